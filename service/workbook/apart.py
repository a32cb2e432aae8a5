"""Reading and writing of workbooks in a process of its own: a hostile file may break that process, and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from service.errors import RefusedError, StoreError, TooLargeError
from service.workbook.limits import Limits
from service.workbook.results import RowResult
from service.workbook.table import Table, load_table

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
    """
    job = {"do": "open", "path": str(path), "file_name": file_name, "into": str(into), "sheet": sheet}
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
        RefusedError: The upload is not the one that was opened.
        StoreError: The child ran out of memory, time or disk; nothing was written.
    """
    spool, work = target.with_name(target.name + ".results"), target.with_name(target.name + ".part")
    try:
        with spool.open("w", encoding="utf-8", errors="surrogatepass") as file:
            for result in results:
                file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
        job = {"do": "write_back", "path": str(source), "target": str(work), "table": str(table.folder)}
        answer = _run({**job, "results": str(spool)}, limits, memory_bytes=memory_bytes, seconds=seconds)
        if answer.get("refused"):
            raise _refusal(answer["refused"])
        if answer:
            raise StoreError(
                "the workbook could not be written within the bounds of memory, time and disk",
                code="workbook_unwritten",
                message_zh="回填工作簿未能在内存、时间或磁盘限制内完成",
            )
        work.replace(target)
    finally:
        spool.unlink(missing_ok=True)
        work.unlink(missing_ok=True)


def _run(job: dict[str, Any], limits: Limits | None, *, memory_bytes: int, seconds: float) -> dict[str, Any]:
    """Give the child's answer; a child that gave none is told as exhausted."""
    full = {**job, "limits": asdict(limits or Limits()), "memory_bytes": memory_bytes, "seconds": int(seconds) + 1}
    command = [sys.executable, "-m", "service.workbook.child"]
    environment = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": _PACKAGE_ROOT,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    try:
        done = subprocess.run(
            command,
            input=json.dumps(full).encode(),
            capture_output=True,
            timeout=seconds + 5,
            check=False,
            env=environment,
            cwd=Path(job["path"]).parent,
            start_new_session=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"exhausted": True}
    return answer if done.returncode == 0 else {"exhausted": True}


def _refusal(told: dict[str, Any]) -> RefusedError:
    kind = TooLargeError if told["large"] else RefusedError
    return kind(told["code"], told["en"], message_zh=told["zh"])
