"""Reading and writing of workbooks in a process of its own: a hostile file may break that process, and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from service.errors import RefusedError, StoreError, TooLargeError
from service.workbook.disk import scratch_full
from service.workbook.limits import Limits
from service.workbook.results import RowResult
from service.workbook.table import Table, load_table

log = structlog.get_logger("workbook")

MEMORY = 2 * 2**30
SECONDS = 300.0
_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])


def open_table_apart(
    path: Path,
    *,
    file_name: str,
    into: Path,
    sheet: str | None = None,
    limits: Limits | None = None,
    memory_bytes: int = MEMORY,
    seconds: float = SECONDS,
) -> Table:
    """Open a table like `open_table`, in a child without network and with bounds of memory and time.

    Raises:
        RefusedError: As `open_table`; or the child broke, or ran out of memory or time, on this file.
        TooLargeError: As `open_table`.
        StoreError: The disk has no room for the rows, or the folder is gone.
    """
    job = {"do": "open", "path": _named(path), "file_name": file_name, "into": _named(into), "sheet": sheet}
    answer = _run(job, limits, memory_bytes=memory_bytes, seconds=seconds)
    if answer.get("refused"):
        raise _refusal(answer["refused"])
    if answer:
        raise RefusedError(
            "table_exhausting",
            "the file could not be read within the bounds of memory and time, or it broke its reader",
            message_zh="文件读取超出内存或时间限制，或使读取程序中断，请精简后重新另存",
        )
    return load_table(into)


def write_back_apart(
    source: Path,
    target: Path,
    *,
    table: Table,
    results: Iterable[RowResult],
    limits: Limits | None = None,
    memory_bytes: int = MEMORY,
    seconds: float = SECONDS,
) -> None:
    """Write the workbook back like `write_back`, in a child; `target` is there complete, or not at all.

    Raises:
        RefusedError: The upload is not the one that was opened; or something in it breaks the writer, or takes more
            memory than there is, which it would do every time.
        StoreError: The child ran out of time or disk, or was ended; nothing was written.
    """
    spool, work = target.with_name(target.name + ".results"), target.with_name(target.name + ".part")
    try:
        with spool.open("w", encoding="utf-8", errors="surrogatepass") as file:
            for result in results:
                file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
        job = {"do": "write_back", "path": _named(source), "target": _named(work), "table": _named(table.folder)}
        answer = _run({**job, "results": _named(spool)}, limits, memory_bytes=memory_bytes, seconds=seconds)
        if answer:
            raise _unwritten(answer)
        work.replace(target)
    finally:
        spool.unlink(missing_ok=True)
        work.unlink(missing_ok=True)


def _named(path: Path) -> str:
    """Name a file as the child finds it, which stands in another folder."""
    return str(path.absolute())


def _run(job: dict[str, Any], limits: Limits | None, *, memory_bytes: int, seconds: float) -> dict[str, Any]:
    """Give the child's answer: `broke` by what it was given, `ended` by time or somebody's signal, or what it said."""
    full = {**job, "limits": asdict(limits or Limits()), "memory_bytes": memory_bytes, "seconds": int(seconds) + 1}
    try:
        done = _child(json.dumps(full).encode(), folder=Path(job["path"]).parent, seconds=seconds + 5)
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"ended": True}
    except ValueError:
        answer = {"broke": True}
    if done.returncode or "broke" in answer:
        log.warning("table_child.broke", returncode=done.returncode, error=_kind(done.stderr))
        return {"ended": True} if done.returncode < 0 else {"broke": True}
    if "disk" in answer:
        raise scratch_full(answer["disk"])
    return answer


def _child(job: bytes, *, folder: Path, seconds: float) -> subprocess.CompletedProcess[bytes]:
    environment = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": _PACKAGE_ROOT,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", "service.workbook.child"],
        input=job,
        capture_output=True,
        timeout=seconds,
        check=False,
        env=environment,
        cwd=folder,
        start_new_session=True,
    )


def _kind(stderr: bytes) -> str:
    """Name the error that ended the child, and nothing of what it was about: that is somebody's personal data."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].partition(":")[0][:100] if lines else ""


def _unwritten(answer: dict[str, Any]) -> RefusedError | StoreError:
    """Only what may go better another time is worth waiting for."""
    if answer.get("refused"):
        return _refusal(answer["refused"])
    if answer.get("broke"):
        return RefusedError(
            "workbook_unwritable",
            "the workbook cannot be filled: something in it breaks the writer, or takes more memory than there is",
            message_zh="该工作簿无法回填：其中有无法处理的内容，或超出内存限制；请用 Excel 或 WPS 另存后重新上传，"
            "已出具的函件不受影响",
        )
    return StoreError(
        "the workbook could not be written in the time that it may take",
        code="workbook_unwritten",
        message_zh="回填工作簿未能在时间限制内完成",
    )


def _refusal(told: dict[str, Any]) -> RefusedError:
    kind = TooLargeError if told["large"] else RefusedError
    return kind(told["code"], told["en"], message_zh=told["zh"])
