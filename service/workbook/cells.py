"""What stands in one cell, before anybody asked what it is for: a kind and its text, exact, without interpretation."""

from typing import NamedTuple

EMPTY_KIND = ""
TEXT = "t"
NUMBER = "n"
"""Text as the file has it, such as 1048937.5 or 1.23E+17."""
DATE = "d"
"""A day without time: 2026-11-05."""
INSTANT = "i"
"""A day with a time that is not midnight: 2026-11-05T10:30:00."""
BOOLEAN = "b"
"""1 or 0."""
JSON = "j"
"""An object or a list of an NDJSON row."""
FAULT = "f"
"""The code of a fault of `FAULTS`, then a colon and a detail."""


class Cell(NamedTuple):
    """One cell: `kind` is one of this module's letters; an empty cell has the empty kind."""

    kind: str
    text: str


EMPTY = Cell(EMPTY_KIND, "")

FAULTS: dict[str, tuple[str, str]] = {
    "error_value": ("单元格是错误值 {0}，请更正公式或填写内容", "the cell holds the error value {0}"),
    "formula_uncached": (
        "单元格是没有计算结果的公式，请用 Excel 或 WPS 打开并保存，或者粘贴为值",
        "the cell is a formula without a stored result: open and save the file in a spreadsheet, or paste the value",
    ),
    "merged": (
        "单元格在合并区域 {0} 内，请取消合并后逐行填写",
        "the cell lies in the merged range {0}: unmerge it and fill in each row",
    ),
    "percent": (
        "单元格是百分数格式，请改为普通文本或数字",
        "the cell is formatted as a percentage: write plain text or a plain number",
    ),
    "format_unit": (
        "单元格格式带有单位“{0}”，请改为以元为单位的普通数字",
        "the cell's number format adds the unit {0}: write a plain number in yuan",
    ),
    "format_shown": (
        "单元格显示的内容与所存的数字或文字不同（格式 {0}），请把所见内容写成文本，或改用普通格式写成数字",
        "what the cell shows by its number format {0} is not what it holds: type it as text, or as a plain number",
    ),
    "currency": (
        "单元格格式带有外币“{0}”，函件只用人民币，请改为普通数字",
        "the cell's number format adds the currency {0}, and the letters are in CNY only: write a plain number",
    ),
    "time": ("单元格是时间，不是日期或文字", "the cell is a time of day, not a date or text"),
    "date_out_of_range": ("单元格的日期超出范围", "the cell's date is out of range"),
    "number_unreadable": ("单元格的数字读不出来", "the cell's number cannot be read"),
    "too_long": ("单元格文字过长，上限 {0} 字", "the cell's text is longer than {0} characters"),
}


def fault(code: str, detail: str = "") -> Cell:
    """Make a cell that cannot be read, with the reason in it."""
    return Cell(FAULT, f"{code}:{detail}")


def coded(cell: Cell) -> str:
    """Write a cell as one text: its kind's letter, then its text."""
    return cell.kind + cell.text


def decoded(text: str) -> Cell:
    """Read a cell from its one text."""
    return Cell(text[0], text[1:]) if text else EMPTY


def fault_words(cell: Cell) -> tuple[str, str, str]:
    """Give code, Chinese and English of a cell that could not be read."""
    code, _, detail = cell.text.partition(":")
    zh, en = FAULTS[code]
    return f"cell.{code}", zh.format(detail), en.format(detail)
