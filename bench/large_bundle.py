"""A bundle with 1 GiB of scans: built and verified in processes of their own, beside sha256sum and zip.

`python -m bench.large_bundle FOLDER` builds the bundle of FOLDER/scans as FOLDER/bundle.zip, with FOLDER/anchors.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from bench.machine import Row, run_child
from evidence.archive import write_archive
from evidence.bundle import LogRecord, PayloadFile, bag_files, bundle_members, log_payload, payload_path
from evidence.canonical import to_json_bytes
from evidence.entry import FileRef
from evidence.layout import TAG_MANIFEST
from evidence.payload import payload_file, payload_from_bytes

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/evidence"))
from bundle_world import World, small_pdf  # noqa: E402  # the tests' clerk, log and authorities

MATTER = "m_bench"
SCANS, SCAN_BYTES = 64, 16 * 2**20
GIBIBYTE = SCANS * SCAN_BYTES / 2**30


def measure_bundle() -> list[Row]:
    """Measure building and verifying, and what sha256sum and zip take for the same bytes."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as name:
        folder = Path(name)
        _write_scans(folder / "scans")
        build = run_child([sys.executable, "-m", "bench.large_bundle", folder], folder=ROOT)
        bundle = folder / "bundle.zip"
        verify = run_child(
            [sys.executable, "-m", "evidence", "verify", bundle, "--trust", folder / "anchors"], folder=ROOT
        )
        small = run_child([sys.executable, "-m", "evidence", "verify", "--help"], folder=ROOT)
        plain = run_child(["sha256sum", bundle])
        zipped = run_child(["zip", "-0", "-q", "-r", folder / "plain.zip", "scans"], folder=folder)
    return [
        Row(
            what=f"bundle of {GIBIBYTE:.0f} GiB built (read once for digests, once into the zip)",
            result=_cost(build),
            beside=f"`zip -0`: {_cost(zipped)}",
        ),
        Row(
            what=f"bundle of {GIBIBYTE:.0f} GiB verified, all checks",
            result=_cost(verify),
            beside=f"`sha256sum`: {_cost(plain)}; speed {plain[0] / verify[0]:.0%} of it",
        ),
        Row(what="the verifier's process before it reads anything", result=_cost(small)),
    ]


def _cost(taken: tuple[float, float]) -> str:
    return f"{taken[0]:.2f} s, {taken[1]:.0f} MiB resident"


def _write_scans(folder: Path) -> None:
    folder.mkdir()
    for number in range(SCANS):
        (folder / f"{number:02}.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(SCAN_BYTES - 9))


def build(folder: Path) -> None:
    """Build the bundle as the service does, from files on disk, with a log and authorities in memory."""
    (folder / "tsa").mkdir()
    world = World(folder / "tsa")
    world.append("matter.opened", {"claim": {"kind": "loan"}}, matter=MATTER)
    payload = [_record(world, path) for path in sorted((folder / "scans").iterdir())]
    checkpoint, size = world.checkpoint(cosigned=False), len(world.leaves)
    world.clock.forward(seconds=2)
    payload += log_payload(_records(world, checkpoint), checkpoint=checkpoint, stamp=world.stamp(checkpoint))
    payload.append(payload_from_bytes("data/report.pdf", small_pdf("证据包")))
    payload.append(payload_from_bytes("data/report.json", to_json_bytes({"matter": MATTER, "rules": "2026-01"})))
    trust = world.trust_files()
    bag = bag_files(matter=MATTER, payload=payload, bagging_on=date(2026, 3, 8), trust=trust)
    tokens = [world.stamp(bag[TAG_MANIFEST], number) for number in (0, 1)]
    seal = world.seal(bag[TAG_MANIFEST], tokens, old=size, matter=MATTER, cosigned=False)
    with (folder / "bundle.zip").open("wb") as sink:
        write_archive(bundle_members(matter=MATTER, payload=payload, bag=bag, seal=seal), sink)
    (folder / "anchors").mkdir()
    for name, data in trust.items():
        (folder / "anchors" / name).write_bytes(data)


def _record(world: World, path: Path) -> PayloadFile:
    """Append the entry of one scan, and give the scan as payload: read once, never held."""
    file = payload_file("data/scans/unnamed", _opener(path))
    ref = FileRef(
        file=path.name, sha256=file.sha256.hex(), size=file.size, media_type="application/pdf", role="signed_notice"
    )
    kept = world.append("scan.recorded", {"kind": "other", "files": [asdict(ref)]}, matter=MATTER)
    return replace(file, path=payload_path(ref, kind="scan.recorded", seq=kept.entry.seq))


def _records(world: World, checkpoint: bytes) -> list[LogRecord]:
    size = len(world.leaves)
    return [
        LogRecord(header=each.header, body=each.body, proof=world.proof(each.index, checkpoint, size))
        for each in world.matters[MATTER]
    ]


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
