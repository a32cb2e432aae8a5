"""What became of each row, as it goes back to the desk."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.workbook.header import OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """The outcome of one row; texts may be empty. Results go back in the order of their rows."""

    number: int
    status_zh: str = ""
    errors: tuple[str, ...] = ()
    notice_no: str = ""
    waybill_no: str = ""
    received: str = ""
    file: str = ""
    failed: bool = False
    cell_errors: tuple[tuple[int, str], ...] = ()
    """(0-based column, sentence) for the comments on the cells that are wrong."""

    def texts(self) -> Mapping[str, str]:
        """Give our columns' texts by their titles."""
        held = (self.status_zh, "；".join(self.errors), self.notice_no, self.waybill_no, self.received, self.file)
        return dict(zip(OURS, held, strict=True))


AUTHOR = "达证 Duly"
COMMENT_START = "达证核对："
"""Begins each of our comments: programs that save a workbook may drop authors."""
COMMENTS_MOST = 10_000
"""Comments of one workbook; beyond them the column 错误 alone tells."""

WIDTHS: Mapping[str, int] = dict(zip(OURS, (10, 40, 22, 18, 18, 30), strict=True))
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the start of a formula when somebody edits the cell or saves it as CSV."""
