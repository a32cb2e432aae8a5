"""A DOCX without the styles that nothing in it uses: what LibreOffice is given to draw, never what is kept.

A file that began in Word or python-docx carries some 800 KB of styles that no paragraph names; reading them is more
than half of LibreOffice's work on a letter. Styles that are used, that those are based on or linked to, and the
defaults stay, so the drawing is the same; the tests compare the pictures.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from service.render.docx import pack, parse_part

STYLES = "word/styles.xml"
_UNREAD = re.compile(r"word/(stylesWithEffects|webSettings)\.xml|word/glossary/.*|docProps/thumbnail\..*")
"""Parts that no drawing depends on."""
_MAY_NAME = re.compile(r"word/(?!styles\.xml)[A-Za-z0-9]+\.xml")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def lean_docx(parts: Mapping[str, bytes]) -> bytes:
    """Pack a letter's parts without unused styles; a file of another make is packed as it is."""
    kept = {name: content for name, content in parts.items() if not _UNREAD.fullmatch(name)}
    for name, content in kept.items():
        if name.endswith(".rels") or name == "[Content_Types].xml":
            kept[name] = _without_links(content)
    if STYLES in kept:
        others = (parse_part(name, content) for name, content in kept.items() if _MAY_NAME.fullmatch(name))
        kept[STYLES] = _pruned(kept[STYLES], frozenset(name for root in others for name in _values(root)))
    return pack(kept, level=1)


def _values(root: Any) -> Iterator[str]:
    """Every value of every setting: whatever names a style is among them."""
    for item in root.iter(etree.Element):
        if (value := item.get(f"{_W}val")) is not None:
            yield value


def _without_links(content: bytes) -> bytes:
    """Relations and content types of the parts that are left out go with them."""
    root = parse_part("relations", content)
    for item in list(root):
        target = item.get("Target") or item.get("PartName") or ""
        if _UNREAD.fullmatch("word/" + target.removeprefix("/").removeprefix("word/")) or "thumbnail" in target:
            root.remove(item)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


@lru_cache(maxsize=16)
def _pruned(content: bytes, used: frozenset[str]) -> bytes:
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
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _defaults(styles: Mapping[Any, Any]) -> set[str]:
    return {name for name, style in styles.items() if style.get(f"{_W}default") in ("1", "true", "on")}


def _named_by(style: Any) -> set[str]:
    if style is None:
        return set()
    tags = ("basedOn", "link", "next")
    return {str(item.get(f"{_W}val")) for tag in tags for item in style.iter(f"{_W}{tag}")}
