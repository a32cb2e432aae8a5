"""What XlsxWriter has to be told so that every text is a text and the same rows give the same bytes."""

import re
from datetime import datetime

MADE = datetime(1980, 1, 1)  # noqa: DTZ001 - a workbook's date of making has no zone, and this one means nothing
_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which no file can hold; XlsxWriter escapes all else that XML cannot."""


def new_text(text: str) -> str:
    """Give a text as XlsxWriter writes it: halves of characters become U+FFFD.

    It takes what stands between <r> and </r> for the XML of a rich text and would write it as it is; a blank at the
    end keeps such a text a text.
    """
    whole = _HALVES.sub("\ufffd", text)
    return f"{whole} " if whole.startswith("<r>") and whole.endswith("</r>") else whole
