"""The forms in which a letter may print a field's value, and whether a page's text holds one of them.

White space is not compared: lines break where the layout wants. A value may also run over a page break, where the
page's furniture (stamp, headers) stands between its two parts.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial

from service.render.numerals import cn_date, cn_num, rmb_upper

EDGE = 400
"""Characters of a page's text, at its start or end, within which furniture may stand beside a broken value."""

_WHITE = re.compile(r"\s+")
_WRITERS: tuple[Callable[..., str], ...] = (
    cn_num,
    partial(cn_num, style="upper"),
    cn_date,
    partial(cn_date, style="upper"),
    rmb_upper,
)


def squeeze(text: str) -> str:
    """Give the text without white space, in NFC, as texts are compared here."""
    return _WHITE.sub("", unicodedata.normalize("NFC", text))


def forms(value: object) -> tuple[str, ...]:
    """Give every way in which the template language can print a value, squeezed, the plain one first."""
    found = [squeeze(str(value))]
    for write in _WRITERS:
        try:
            found.append(squeeze(write(value)))
        except ValueError:
            continue
    return tuple(dict.fromkeys(form for form in found if form))


class PageTexts:
    """The squeezed text of each page, ready to be searched for values."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._pages = [squeeze(text) for text in texts]
        self._whole = "".join(self._pages)

    def holds(self, wanted: str) -> bool:
        """Tell whether a squeezed text stands on the pages, whole or broken at the ends of pages."""
        return wanted in self._whole or any(
            self._runs_over(wanted, page) for page in range(len(self._pages) - 1) if wanted[0] in self._pages[page]
        )

    def characters(self) -> frozenset[str]:
        """Give every character that stands on the pages, white space aside."""
        return frozenset(self._whole)

    def find_any(self, marks: Sequence[str]) -> str | None:
        """Give the first of some squeezed marks that stands anywhere."""
        return next((mark for mark in marks if mark in self._whole), None)

    def _runs_over(self, wanted: str, page: int) -> bool:
        """The longest beginning near the page's end, and then the rest near the start of the following pages."""
        tail = self._pages[page][-EDGE - len(wanted) :]
        for length in range(len(wanted) - 1, 0, -1):
            if wanted[:length] in tail and self._goes_on(wanted[length:], page + 1):
                return True
        return False

    def _goes_on(self, rest: str, page: int) -> bool:
        if page >= len(self._pages):
            return False
        if rest in self._pages[page][: EDGE + len(rest)]:
            return True
        return self._runs_over(rest, page)
