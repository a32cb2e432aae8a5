"""Make the bundles whose report states a limitation: honest ones, and those whose statement is not the entries'.

    .venv/bin/python tests/vectors/bundle/law/make.py [FOLDER]

All else about the broken ones is right: manifests, tokens and seal are made over the false statement, as an operator
could. They are judged by the rules that they name; under later rules a verifier can no longer tell, and says so. Run it
again when the rules change. FOLDER (default: this folder) is written anew.
"""

import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "evidence")]

from bundle_world import MATTER, World  # noqa: E402
from law_world import (  # noqa: E402
    guarantor_left_out,
    interruption_invented,
    last_day_moved,
    lawful_story,
    proof_upgraded,
    sealed_with,
)

ATTACKS = (last_day_moved, interruption_invented, guarantor_left_out, proof_upgraded)


def main(target: Path) -> None:
    for folder in ("valid", "broken", "anchors"):
        shutil.rmtree(target / folder, ignore_errors=True)
        (target / folder).mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        make(target, World(Path(scratch)))


def make(target: Path, world: World) -> None:
    lawful_story(world)
    (target / "valid" / "reckoned.zip").write_bytes(sealed_with(world))
    world.matters.pop(MATTER)
    lawful_story(world, due_on="2023-01-10")
    (target / "valid" / "contradictory.zip").write_bytes(sealed_with(world))
    for attack in ATTACKS:
        world.matters.pop(MATTER)
        lawful_story(world)
        name = attack.__name__.replace("_", "-")
        (target / "broken" / f"{name}.zip").write_bytes(sealed_with(world, attack))
    for name, data in world.trust_files().items():
        (target / "anchors" / name).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
