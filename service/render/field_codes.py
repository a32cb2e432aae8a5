"""Word's fields in a template: none but those that number pages.

A field is worked out by whoever opens the letter: a DATE gives the PDF the day of its drawing and Word another one, an
INCLUDETEXT fetches a file. A code may be split over runs in any way, so it is put together before it is judged.

Source: ECMA-376 Part 1 §17.16 (fields), §17.3.3 (a day in a run), §17.17.2 (altChunk, subDoc), §17.5.2 (dataBinding).
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from service.render.sandbox import TemplateError

_ALLOWED = re.compile(
    r"\s*(PAGE|NUMPAGES|SECTIONPAGES)"
    r'(\s+\\\*\s*(MERGEFORMAT|CHARFORMAT|ARABIC|ROMAN|CHINESENUM[123])|\s+\\#\s*("[0#]+"|[0#]+))*\s*',
    re.ASCII | re.IGNORECASE,
)
_FILLED_ELSEWHERE = (
    *("dayShort", "dayLong", "monthShort", "monthLong", "yearShort", "yearLong"),
    *("altChunk", "subDoc", "dataBinding", "delInstrText"),
)


def check_fields_of_word(name: str, root: Any) -> None:
    """Make sure that a part's text stands in it, and is not worked out or fetched when the letter is opened.

    Raises:
        TemplateError: A field other than PAGE, NUMPAGES and SECTIONPAGES, a day that is filled in, or a part put in.
    """
    for code in _codes(root):
        if not _ALLOWED.fullmatch(code):
            raise TemplateError(
                f"{name}: holds the field {code.strip()[:60]!r}, which is worked out or fetched by whoever opens the "
                "letter: only PAGE, NUMPAGES and SECTIONPAGES may stand in a template"
            )
    for element in root.iter(*(f"{{*}}{wanted}" for wanted in _FILLED_ELSEWHERE)):
        raise TemplateError(
            f"{name}: holds {etree.QName(element).localname}, which is filled when the letter is opened"
        )


def _codes(root: Any) -> Iterator[str]:
    """The code of each field, those inside another's apart; text of codes that stands in no field is one as well."""
    unfinished: list[list[str]] = [[]]
    for node in root.iter("{*}fldSimple", "{*}fldChar", "{*}instrText"):
        kind = etree.QName(node).localname
        if kind == "fldSimple":
            yield _attribute(node, "instr")
        elif kind == "instrText":
            unfinished[-1].append(node.xpath("string()"))
        elif _attribute(node, "fldCharType") == "begin":
            unfinished.append([])
        elif _attribute(node, "fldCharType") == "end" and len(unfinished) > 1:
            yield "".join(unfinished.pop())
    yield from ("".join(pieces) for pieces in unfinished if pieces)


def _attribute(node: Any, wanted: str) -> str:
    """By its local name, for the strict form of the format has other namespaces."""
    return next((str(value) for name, value in node.attrib.items() if etree.QName(name).localname == wanted), "")
