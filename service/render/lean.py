"""A letter as LibreOffice is given it to draw, never as it is kept: without unused styles, and by the cut fonts.

A file that began in Word or python-docx carries some 800 KB of styles that no paragraph names; reading them is a third
of LibreOffice's work on a letter, and going through font files of 25 MB another. Styles that are used, that those are
based on or linked to, and the defaults stay, and a cut draws what the whole font draws: the tests compare the pictures.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from service.render.docx import pack, parse_part
from service.render.fonts import CUT_NAMES, everyday_characters

STYLES = "word/styles.xml"
_UNREAD = re.compile(r"word/(stylesWithEffects|webSettings)\.xml|word/glossary/.*|docProps/thumbnail\..*")
"""Parts that no drawing depends on."""
_MAY_NAME = re.compile(r"word/(?!styles\.xml)[A-Za-z0-9]+\.xml")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def lean_docx(parts: Mapping[str, bytes]) -> bytes:
    """Pack a letter's parts without unused styles, its fonts by their cuts' names."""
    kept = {name: content for name, content in parts.items() if not _UNREAD.fullmatch(name)}
    roots = {name: parse_part(name, content) for name, content in kept.items() if _MAY_NAME.fullmatch(name)}
    values = frozenset(value for root in roots.values() for value in _values(root))
    by_cuts = _is_everyday(roots.values())
    if by_cuts:
        for name, root in roots.items():
            _name_cuts(root)
            kept[name] = _written(root)
    for name, content in kept.items():
        if name.endswith(".rels") or name == "[Content_Types].xml":
            kept[name] = _without_links(content)
    if STYLES in kept:
        kept[STYLES] = _pruned(kept[STYLES], values, by_cuts=by_cuts)
    return pack(kept, level=1)


def _values(root: Any) -> Iterator[str]:
    """Every value of every setting: whatever names a style is among them."""
    for item in root.iter(etree.Element):
        if (value := item.get(f"{_W}val")) is not None:
            yield value


def _is_everyday(roots: Iterable[Any]) -> bool:
    """Where a font lacks a character of a line, LibreOffice writes it after the line: whoever reads the PDF's text
    finds a name out of its order. So a letter is drawn by the cuts only when it needs nothing else.
    """
    texts = (text for root in roots for text in root.itertext())
    return set(map(ord, "".join(texts))) <= everyday_characters() | {0x09, 0x0A, 0x0D}


def _name_cuts(root: Any) -> None:
    """Ask for the cut where the whole font is asked for: LibreOffice too is quicker with a smaller font file."""
    for item in root.iter(f"{_W}rFonts"):
        for key, family in item.items():
            if family in CUT_NAMES:
                item.set(key, CUT_NAMES[family])


def _written(root: Any) -> bytes:
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return data


def _without_links(content: bytes) -> bytes:
    """Relations and content types of the parts that are left out go with them."""
    root = parse_part("relations", content)
    for item in list(root):
        target = item.get("Target") or item.get("PartName") or ""
        if _UNREAD.fullmatch("word/" + target.removeprefix("/").removeprefix("word/")) or "thumbnail" in target:
            root.remove(item)
    return _written(root)


@lru_cache(maxsize=16)
def _pruned(content: bytes, used: frozenset[str], *, by_cuts: bool) -> bytes:
    root = parse_part(STYLES, content)
    styles = {style.get(f"{_W}styleId"): style for style in root.iter(f"{_W}style")}
    wanted = set(used & styles.keys()) | _defaults(styles)
    pending = list(wanted)
    while pending:
        for name in _named_by(styles.get(pending.pop())) - wanted:
            wanted.add(name)
            pending.append(name)
    for name, style in styles.items():
        if name not in wanted:
            style.getparent().remove(style)
    if by_cuts:
        _name_cuts(root)
    return _written(root)


def _defaults(styles: Mapping[Any, Any]) -> set[str]:
    return {name for name, style in styles.items() if style.get(f"{_W}default") in ("1", "true", "on")}


def _named_by(style: Any) -> set[str]:
    if style is None:
        return set()
    tags = ("basedOn", "link", "next")
    return {str(item.get(f"{_W}val")) for tag in tags for item in style.iter(f"{_W}{tag}")}
