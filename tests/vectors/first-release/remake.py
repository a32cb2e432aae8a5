"""Make the first release's data again, with the first release's own code: `python remake.py CHECKOUT`.

CHECKOUT is a folder with the sources of version 0.1.0 (commit a261965, the last one before migration 0002). Keys and
signatures are random, so the bytes differ each time; what they say does not.
"""

import hashlib
import io
import os
import sqlite3
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent


def main(checkout: Path) -> None:
    sys.path[:0] = [str(checkout), str(checkout / "tests" / "service")]
    os.chdir(checkout)
    from world import World

    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.story()
        world.stamp()
        world.access.issue_key(world.tenant.id, role="auditor", label="审计")
        for n in range(2, 30):
            world.open_matter(f"m_{n}")
            for i in range(10):
                world.append("contact.made", {"text": f"电话联系 {n}.{i}"}, matter_id=f"m_{n}")
        world.integrate_all()
        world.stamp()
        world.hand_out_bundle()
        assert world.problems() == []
        world.close()
        (HERE / "records.sql").write_text("".join(f"{line}\n" for line in dumped(Path(folder) / "records.sqlite")))
        members = {f"objects/{key}": data for key, data in world.objects.kept.items()}
        members |= {f"keys/{path.name}": path.read_bytes() for path in (Path(folder) / "keys").iterdir()}
        members |= {f"tsa/{path.name}": path.read_bytes() for path in (Path(folder) / "tsa").iterdir()}
        (HERE / "files.zip").write_bytes(packed(members))


def dumped(path: Path) -> list[str]:
    with sqlite3.connect(path) as conn:
        return list(conn.iterdump())


def packed(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), members[name])
    print(len(members), "members", hashlib.sha256(packed.getvalue()).hexdigest())
    return packed.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
