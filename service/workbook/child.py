"""A process that reads or writes one workbook and ends: `python -m service.workbook.child`, a job as JSON on stdin.

It binds itself before it looks at the file: no network, so much memory, so much processor time. Its one line of answer
says what was refused, or nothing; the table itself, or the workbook, is in the files that the job names.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.errors import RefusedError, StoreError, TooLargeError
from service.render.confine import allow_cpu, confine
from service.workbook.disk import disk_errors
from service.workbook.limits import Limits
from service.workbook.opening import open_table
from service.workbook.results import RowResult
from service.workbook.table import load_table
from service.workbook.write_back import write_back


def main() -> None:
    """Do one job."""
    job: dict[str, Any] = json.load(sys.stdin)
    confine(memory_bytes=job["memory_bytes"])
    allow_cpu(job["seconds"])
    sys.stdout.write(json.dumps(_answer(job)) + "\n")


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        with disk_errors():
            _do(job)
    except RefusedError as error:
        large = isinstance(error, TooLargeError)
        return {"refused": {"code": error.code, "zh": error.message_zh, "en": error.message, "large": large}}
    except (MemoryError, RecursionError):
        return {"broke": True}
    except StoreError as error:
        return {"disk": error.message}
    return {}


def _do(job: dict[str, Any]) -> None:
    limits = Limits(**job["limits"])
    if job["do"] == "open":
        into = Path(job["into"])
        open_table(Path(job["path"]), file_name=job["file_name"], into=into, sheet=job["sheet"], limits=limits)
        return
    results = _results(Path(job["results"]))
    table = load_table(Path(job["table"]))
    write_back(Path(job["path"]), Path(job["target"]), table=table, results=results, limits=limits)


def _results(path: Path) -> Iterator[RowResult]:
    with path.open(encoding="utf-8", errors="surrogatepass") as file:
        for line in file:
            facts = json.loads(line)
            errors, cell_errors = facts.pop("errors"), facts.pop("cell_errors")
            yield RowResult(errors=tuple(errors), cell_errors=tuple((at, text) for at, text in cell_errors), **facts)


if __name__ == "__main__":
    main()
