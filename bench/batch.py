"""A batch end to end on the embedded default: rows a second, from the first to the last, and each process's memory."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import Row
from bench.workbooks import CONSTANTS, write_workbook

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "acceptance"))

from batch_driver import get, post, send, wait_for_job  # the tests' case system
from served import Served

MIXED_ROWS, HTML_ROWS, SPAN = 5_000, 1_000, 1_000
EVERY_DOCX = 10
LOOK_SECONDS = 1.0
HOURS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How far the batch was at one moment, and the resident memory of each process in MiB."""

    at: float
    done: int
    resident: dict[str, float]


def measure_batch() -> list[Row]:
    """Measure an HTML batch and a mixed one; each from the upload to the workbook back."""
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder) / "data")
        served.settings = {"DULY_CHECKPOINT_SECONDS": "1", "DULY_JOB_POLLING_SECONDS": "0.5"}
        served.settings["DULY_RENDER_PROCESSES"] = "2"
        served.make_keys()
        served.start()
        try:
            html = list(_run(served, Path(folder), rows=HTML_ROWS, docx_every=0))
            mixed = list(_run(served, Path(folder), rows=MIXED_ROWS, docx_every=EVERY_DOCX))
        finally:
            served.stop()
    return [_html(html), _linear(mixed), _memory(mixed)]


def _html(looks: list[Look]) -> Row:
    rate = _rate(looks, 0, HTML_ROWS)
    return Row(
        what=f"HTML batch of {HTML_ROWS:,} rows, from the upload to the workbook back, 2 cores",
        result=f"{rate:.1f} rows/s",
        beside=f"100,000 rows at this rate: {100_000 / rate / HOURS:.2f} h (goal 1 h)",
    )


def _linear(looks: list[Look]) -> Row:
    first, last = _rate(looks, 500, 500 + SPAN), _rate(looks, MIXED_ROWS - SPAN, MIXED_ROWS)
    return Row(
        what=f"mixed batch of {MIXED_ROWS:,} rows (every {EVERY_DOCX}th set by LibreOffice), 2 cores",
        result=f"{_rate(looks, 0, MIXED_ROWS):.1f} rows/s",
        beside=f"{SPAN:,} after the first 500: {first:.1f}/s; last {SPAN:,}: {last:.1f}/s, {last / first:.2f} of it",
    )


def _memory(looks: list[Look]) -> Row:
    marks = [next(look for look in looks if look.done >= wanted) for wanted in (500, MIXED_ROWS // 2)] + [looks[-1]]
    kinds = sorted({kind for look in marks for kind in look.resident})
    told = "; ".join(f"{kind} " + ", ".join(f"{mark.resident.get(kind, 0):.0f}" for mark in marks) for kind in kinds)
    return Row(
        what=f"resident MiB of each process after 500, {MIXED_ROWS // 2:,} and {MIXED_ROWS:,} rows (largest of a kind)",
        result=told,
    )


def _rate(looks: list[Look], start: int, end: int) -> float:
    first = next(look for look in looks if look.done >= start)
    last = next(look for look in looks if look.done >= end)
    return (last.done - first.done) / (last.at - first.at)


def _run(served: Served, folder: Path, *, rows: int, docx_every: int) -> Iterator[Look]:
    book = folder / f"batch-{rows}.xlsx"
    write_workbook(book, rows=rows, series=f"B{rows}", docx_every=docx_every)
    begun = send(served, book, key=f"send-{rows}", template="loan-demand", constants=CONSTANTS)
    assert wait_for_job(served, begun["job"]["id"], seconds=600)["state"] == "succeeded"
    known = get(served, f"/v1/batches/{begun['batch']}").json()["mapping"]
    mapping = [{"header": header, "target": target} for header, target in known.items()]
    mapping += [{"header": "排版", "target": "@engine"}] if "@engine" not in known.values() else []
    started = post(served, f"/v1/batches/{begun['batch']}/start", key=f"start-{rows}", body={"mapping": mapping}).json()
    yield from _followed(served, started["job"]["id"])


def _followed(served: Served, job: str) -> Iterator[Look]:
    assert served.process is not None
    while True:
        told: dict[str, Any] = get(served, f"/v1/jobs/{job}").json()
        yield Look(at=time.monotonic(), done=told["done"], resident=_resident(served.process.pid))
        if told["state"] not in ("queued", "running"):
            assert told["state"] == "succeeded", told
            return
        time.sleep(LOOK_SECONDS)


def _resident(service: int) -> dict[str, float]:
    found = {"service": _mebibytes(service)}
    for pid in _children(service):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        if "service.render.child" in words:
            kind = words[words.index("service.render.child") + 1]
            found[kind] = max(found.get(kind, 0.0), _mebibytes(pid))
    return found


def _children(parent: int) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - names of processes, not files
        try:
            stat = Path(f"/proc/{name}/stat").read_text()
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == parent:
            found.append(int(name))
    return found


def _mebibytes(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
