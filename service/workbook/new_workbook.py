"""A new XLSX for a table that came as text: every cell a text, our columns after it, comments on what is wrong."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from service.workbook import cells
from service.workbook.cells import Cell
from service.workbook.disk import disk_errors
from service.workbook.header import OURS, our_columns
from service.workbook.new_texts import MADE, new_text
from service.workbook.results import AUTHOR, COMMENT_START, COMMENTS_MOST, WIDTHS, RowResult
from service.workbook.table import Table
from service.workbook.xml_editing import TEXT_MOST

_LAST_ROW = 1_048_575
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def write_new(target: Path, table: Table, results: Iterator[RowResult]) -> None:
    """Write the workbook; a CSV's lines keep their numbers as rows, an NDJSON's move down by one for the header.

    Raises:
        StoreError: `scratch_full`: the disk failed.
    """
    options = {**_OPTIONS, "tmpdir": str(target.parent)}
    with disk_errors(), xlsxwriter.Workbook(str(target), options) as book:
        book.set_properties({"author": AUTHOR, "created": MADE})
        sheet = book.add_worksheet("数据")
        plain = {"num_format": "@", "quote_prefix": True}
        formats = {
            "header": book.add_format({"bold": True, "num_format": "@"}),
            "plain": book.add_format(plain),
            "failed": book.add_format({**plain, "bg_color": "#FDE9E7"}),
        }
        places = _places(table)
        for title in OURS:
            sheet.set_column(places[title], places[title], WIDTHS[title])
        _write_rows(sheet, table, results, formats)


def _places(table: Table) -> Mapping[str, int]:
    return our_columns(table.headers) or {title: table.width + at for at, title in enumerate(OURS)}


def _write_rows(sheet: Worksheet, table: Table, results: Iterator[RowResult], formats: Mapping[str, Format]) -> None:
    """Rows are written once and from above, as the format without memory wants it."""
    places = _places(table)
    heading = max(table.last_header_row, 1)
    titles = {header.index: header.text for header in table.headers} | {at: title for title, at in places.items()}
    for column, title in sorted(titles.items()):
        sheet.write_string(heading - 1, column, new_text(title), formats["header"])
    result, commented = next(results, None), 0
    shift = 0 if table.header_row else 1
    for row in table.rows():
        while result is not None and result.number < row.number:
            result = next(results, None)
        mine = result if result is not None and result.number == row.number else None
        at = min(row.number - 1 + shift, _LAST_ROW)
        _write_row(sheet, at, _texts(row.cells, mine, places), formats["failed" if mine and mine.failed else "plain"])
        if mine is not None and commented < COMMENTS_MOST:
            commented += _comment(sheet, at, mine)


def _texts(row: tuple[Cell, ...], result: RowResult | None, places: Mapping[str, int]) -> dict[int, tuple[str, bool]]:
    """Column to (text, whether it is ours)."""
    found = {index: (_shown(cell), False) for index, cell in enumerate(row)}
    ours = result.texts() if result is not None else {}
    return found | {places[title]: (text, True) for title, text in ours.items()}


def _write_row(sheet: Worksheet, at: int, texts: Mapping[int, tuple[str, bool]], style: Format) -> None:
    for column, (text, ours) in sorted(texts.items()):
        if text:
            sheet.write_string(at, column, new_text(text[:TEXT_MOST]), style if ours else None)


def _comment(sheet: Worksheet, at: int, result: RowResult) -> int:
    said: dict[int, list[str]] = {}
    for column, sentence in result.cell_errors:
        said.setdefault(column, []).append(sentence)
    for column, sentences in said.items():
        text = COMMENT_START + "；".join(dict.fromkeys(sentences))
        sheet.write_comment(at, column, new_text(text[:TEXT_MOST]), {"author": AUTHOR, "x_scale": 1.6})
    return len(said)


def _shown(cell: Cell) -> str:
    if cell.kind == cells.BOOLEAN:
        return "TRUE" if cell.text == "1" else "FALSE"
    return "" if cell.kind == cells.FAULT else cell.text
