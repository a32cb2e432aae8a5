"""Tables of a desk: reading one beside openpyxl and calamine, giving it back beside openpyxl, and their memory."""

import shutil
import sys
import tempfile
from pathlib import Path

from bench.machine import Row, run_child
from bench.workbooks import write_workbook
from service.workbook import RowResult, open_table, write_back

SHORT, LONG = 5_000, 100_000
_OURS_READ = "import sys; from bench.tables import read; read(sys.argv[1], sys.argv[2])"
_OURS_BACK = "import sys; from bench.tables import give_back; give_back(sys.argv[1], sys.argv[2])"
_NOTHING = "import service.workbook"
_OPENPYXL_READ = (
    "import sys, openpyxl\n"
    "for row in openpyxl.load_workbook(sys.argv[1], read_only=True).active.iter_rows(values_only=True): pass"
)
_CALAMINE_READ = (
    "import sys, python_calamine\n"
    "for row in python_calamine.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).iter_rows(): pass"
)
_OPENPYXL_BACK = (
    "import sys, openpyxl\n"
    "book = openpyxl.load_workbook(sys.argv[1]); sheet = book.active\n"
    "for row in range(2, sheet.max_row + 1):\n"
    "    sheet.cell(row, 17, '已出具'); sheet.cell(row, 19, f'示例函〔2026〕{row:06d}号')\n"
    "book.save(sys.argv[2] + '/back.xlsx')"
)


def read(path: str, folder: str) -> None:
    """Open a table and walk all its rows."""
    table = open_table(Path(path), file_name=path, into=Path(folder))
    for _ in table.rows():
        pass


def give_back(path: str, folder: str) -> None:
    """Fill our columns of a table that is opened already."""
    into, target = Path(folder) / "table", Path(folder) / "back.xlsx"
    into.mkdir()
    table = open_table(Path(path), file_name=path, into=into)
    results = (
        RowResult(number=row.number, status_zh="已出具", notice_no=f"示例函〔2026〕{row.number:06d}号")
        for row in table.rows()
    )
    write_back(Path(path), target, table=table, results=results)


def measure_tables() -> list[Row]:
    """Measure both, each in a process of its own that starts from nothing."""
    folder = Path(tempfile.mkdtemp(prefix="duly-bench-"))
    try:
        return _measured(folder)
    finally:
        shutil.rmtree(folder)


def _measured(folder: Path) -> list[Row]:
    short, long = folder / "short.xlsx", folder / "long.xlsx"
    write_workbook(short, rows=SHORT)
    write_workbook(long, rows=LONG)
    start, _ = _timed(_NOTHING, short, folder)
    rows = []
    for path, count in ((short, SHORT), (long, LONG)):
        ours, ours_mib = _timed(_OURS_READ, path, folder)
        theirs, theirs_mib = _timed(_OPENPYXL_READ, path, folder)
        bare, bare_mib = _timed(_CALAMINE_READ, path, folder)
        rows.append(
            Row(
                what=f"read {count:,} rows × 16 columns: every kind, format and formula; rows kept on the disk",
                result=f"{ours:.1f} s ({start:.1f} s imports), {ours_mib:.0f} MiB = {ours / theirs:.2f} of openpyxl",
                beside=f"openpyxl read-only {theirs:.1f} s, {theirs_mib:.0f} MiB; "
                f"calamine {bare:.1f} s, {bare_mib:.0f} MiB (empty text for #REF! and for formulas without a result)",
            )
        )
    for path, count in ((short, SHORT), (long, LONG)):
        ours, ours_mib = _timed(_OURS_BACK, path, folder)
        theirs, theirs_mib = _timed(_OPENPYXL_BACK, path, folder)
        rows.append(
            Row(
                what=f"give {count:,} rows back, opening included; all else byte for byte",
                result=f"{ours:.1f} s, {ours_mib:.0f} MiB = {ours / theirs:.2f} of openpyxl",
                beside=f"openpyxl load and save {theirs:.1f} s, {theirs_mib:.0f} MiB (loses shapes and charts)",
            )
        )
    return rows


def _timed(program: str, path: Path, folder: Path) -> tuple[float, float]:
    work = Path(tempfile.mkdtemp(dir=folder))
    root = Path(__file__).parents[1]
    return run_child([sys.executable, "-c", program, path, work], folder=root)
