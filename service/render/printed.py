"""The forms in which a letter may print a field's value, and whether a page's text holds one of them.

White space is not compared: lines break where the layout wants. A value may also run over a page break, where the
page's furniture (stamp, running headers) stands between its two parts: the pages are read with it and without it.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial

from service.render.numerals import cn_date, cn_num, rmb_upper

_STAMP = re.compile(
    r"编号[A-Z0-9-]+第\d+页／共\d+页签发\d{4}-\d\d-\d\d\d\d:\d\d:\d\d\+\d\d:\d\d"
    r"上一条散列值[0-9a-f]{16}字段散列值[0-9a-f]{16}"
)
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
    """The squeezed text of each page, ready to be searched for values, also for one that runs over a page break."""

    def __init__(self, texts: Sequence[str]) -> None:
        pages = [squeeze(text) for text in texts]
        bare = [_STAMP.sub("", page) for page in pages]
        self._whole = "".join(pages)
        self._readings = tuple(dict.fromkeys((self._whole, "".join(bare), "".join(_without_furniture(bare)))))

    def holds(self, wanted: str) -> bool:
        """Tell whether a squeezed text stands on the pages, whole or broken at the end of a page."""
        return any(wanted in reading for reading in self._readings)

    def characters(self) -> frozenset[str]:
        """Give every character that stands on the pages, white space aside."""
        return frozenset(self._whole)

    def find_any(self, marks: Sequence[str]) -> str | None:
        """Give the first of some squeezed marks that stands anywhere."""
        return next((mark for mark in marks if mark in self._whole), None)


def _without_furniture(pages: list[str]) -> list[str]:
    """Take away what all pages begin or end with: running headers and footers of the template itself."""
    if len(pages) < 2:
        return pages
    head = _common_start(pages)
    tail = _common_start([page[head:][::-1] for page in pages])
    return [page[head : len(page) - tail] for page in pages]


def _common_start(texts: list[str]) -> int:
    """Whatever the first and the last in order have in common, all have."""
    first, last = min(texts), max(texts)
    return next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
