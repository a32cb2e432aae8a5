"""The lines of docs/verify-by-hand.md, run as they stand, on honest and on forged bundles."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from bundle_world import MATTER, World

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "bundle" / "v1"
PAGE = ROOT / "docs" / "verify-by-hand.md"
TOOLS = [
    *(
        "awk",
        "base64",
        "basename",
        "bash",
        "cat",
        "cmp",
        "cut",
        "date",
        "find",
        "grep",
        "head",
        "ls",
        "mktemp",
        "mv",
        "od",
    ),
    *("openssl", "rm", "sed", "sha256sum", "sha512sum", "sort", "tail", "tee", "tr", "uniq", "unzip", "wc"),
]
# Said at the page's end: what only the program sees, or nobody without knowledge from elsewhere.
UNSEEN = {"repacked", "pdf-signature-partial", "history-rewritten", "tail-cut-and-sealed-anew"}
BROKEN = sorted(path.stem for path in (VECTORS / "broken").glob("*.zip"))


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing in it but the tools that the page names."""
    folder = tmp_path_factory.mktemp("tools")
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(os.path.realpath(found) if name != "awk" else found)
    return folder


def lines() -> str:
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))


def by_hand(bundle: Path, anchors: Path, tools: Path, scratch: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(tools), "A": str(anchors), "B": str(bundle), "TMPDIR": str(scratch)}
    return subprocess.run(
        [str(tools / "bash"), "-c", lines()], env=environment, capture_output=True, text=True, cwd=scratch, check=False
    )


@pytest.mark.parametrize("path", sorted((VECTORS / "valid").glob("*.zip")), ids=lambda path: path.stem)
def test_the_lines_pass_on_honest_bundles(path: Path, tools: Path, tmp_path: Path) -> None:
    done = by_hand(path, VECTORS / "anchors", tools, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("All holds.\n")
    assert "3 no witness" in done.stdout


def test_a_witness_is_checked_where_the_anchors_name_one(tools: Path, tmp_path: Path) -> None:
    anchors = shutil.copytree(VECTORS / "anchors", tmp_path / "anchors")
    shutil.copy(VECTORS / "given" / "witnesses.vkey", anchors)
    honest = VECTORS / "valid" / "loan-with-earlier-checkpoint.zip"
    assert "3 witness: witness.example/w1 at 2026-03-07" in by_hand(honest, anchors, tools, tmp_path).stdout
    rewritten = VECTORS / "broken" / "history-rewritten.zip"
    assert by_hand(rewritten, anchors, tools, tmp_path).returncode != 0


def test_a_file_that_no_entry_names_stops_them(tools: Path, tmp_path: Path) -> None:
    """Everything else is honest, so this meets the lines of step 7 alone."""
    world = World(tmp_path / "tsa")
    world.append("matter.opened", {"reference": "x"})
    slips = [(f"{number}.png", bytes([number]), "image/png", "label") for number in range(3)]
    kept = world.append("scan.recorded", {"scan": "s_1"}, files=slips)
    kept.files["data/scans/00000002-extra-1.png"] = b"smuggled in"
    anchors = tmp_path / "anchors"
    anchors.mkdir()
    for name, data in world.trust_files().items():
        (anchors / name).write_bytes(data)
    for number, stops in (("smuggled", True), ("honest", False)):
        bundle = tmp_path / f"{number}.zip"
        bundle.write_bytes(world.sealed()[0])
        done = by_hand(bundle, anchors, tools, tmp_path)
        assert (done.returncode != 0) == stops, done.stdout + done.stderr
        assert ("6 history" in done.stdout, "7 bodies" in done.stdout) == (True, not stops)
        kept.files.pop("data/scans/00000002-extra-1.png", None)
        world.matters[MATTER].pop()


@pytest.mark.parametrize("attack", BROKEN)
def test_the_lines_stop_at_forged_bundles(attack: str, tools: Path, tmp_path: Path) -> None:
    done = by_hand(VECTORS / "broken" / f"{attack}.zip", VECTORS / "anchors", tools, tmp_path)
    assert (done.returncode == 0) == (attack in UNSEEN), done.stdout + done.stderr
    assert ("All holds" in done.stdout) == (attack in UNSEEN)
