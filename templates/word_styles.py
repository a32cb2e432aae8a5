"""The Word styles of a letter: sizes, fonts and indents that match the letters' style.css.

`to_docx.py` uses them; a lawyer finds them in Word's style list under the same names.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle

BODY_FONT, TITLE_FONT, HEADING_FONT = "LXGW WenKai", "Noto Serif CJK SC", "Noto Sans CJK SC"
FIXED_TIME = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""Creation time in every file, so that the same letter gives the same bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one paragraph style looks; sizes in points, the indent in characters."""

    font: str = BODY_FONT
    size: float = 14
    bold: bool = False
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY
    indent: int = 0
    hanging: int = 0
    line: float = 1.28
    before: float = 0
    after: float = 0
    right: float = 0
    spread: float = 0
    keep_next: bool = False
    new_page: bool = False


BODY_SIZE = 14
LEFT, RIGHT, CENTER = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.CENTER
LOOKS = {
    "Letter title": Look(font=TITLE_FONT, size=21, bold=True, align=CENTER, line=1.0, after=10, spread=1.3),
    "Letter number": Look(size=12, align=RIGHT, after=8),
    "Letter addressee": Look(bold=True, align=LEFT),
    "Letter heading": Look(font=HEADING_FONT, indent=2, line=1.0, before=8, after=2, keep_next=True),
    "Letter body": Look(indent=2),
    "Letter lead": Look(indent=2, keep_next=True),
    "Letter signature": Look(align=RIGHT, right=28, keep_next=True),
    "Letter seal": Look(align=RIGHT, right=84, keep_next=True),
    "Slip heading": Look(font=HEADING_FONT, size=17, align=CENTER, line=1.0, after=10, spread=8, new_page=True),
    "Slip text": Look(size=12, align=LEFT),
    "Slip choice": Look(size=12, align=LEFT, hanging=4, before=3, after=3),
    "Slip note": Look(size=10.5, indent=2, line=1.15),
    "Table text": Look(size=12, align=LEFT, line=1.1, before=2, after=2),
    "Table head": Look(font=HEADING_FONT, size=12, align=LEFT, line=1.0, before=2, after=2),
    "Table amount": Look(size=12, align=RIGHT, line=1.1, before=2, after=2),
}


def set_fonts(style: ParagraphStyle, font: str) -> None:
    """Name the font for every script; Word keeps East Asian text apart from the rest."""
    style.font.name = font
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), font)


def set_indent(style: ParagraphStyle, look: Look) -> None:
    """Indent in characters, as Chinese typesetting counts, with the same in points for other readers."""
    layout = style.paragraph_format
    layout.right_indent = Pt(look.right)
    if not look.indent and not look.hanging:
        return
    layout.first_line_indent = Pt(look.size * (look.indent - look.hanging))
    layout.left_indent = Pt(look.size * look.hanging)
    if look.indent:
        style.element.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), str(look.indent * 100))


def set_spread(style: ParagraphStyle, points: float) -> None:
    """Space the letters of a heading."""
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(round(points * 20)))
    style.element.get_or_add_rPr().append(spacing)


def add_style(document: WordDocument, name: str, look: Look) -> None:
    """Create one paragraph style."""
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style, style.quick_style = document.styles["Normal"], True
    set_fonts(style, look.font)
    style.font.size, style.font.bold = Pt(look.size), look.bold
    layout = style.paragraph_format
    layout.alignment, layout.line_spacing = look.align, look.line
    layout.space_before, layout.space_after = Pt(look.before), Pt(look.after)
    layout.keep_with_next, layout.page_break_before = look.keep_next, look.new_page
    layout.widow_control = True
    set_indent(style, look)
    if look.spread:
        set_spread(style, look.spread)
    if name in ("Letter title", "Slip heading"):
        outline = OxmlElement("w:outlineLvl")
        outline.set(qn("w:val"), "0")
        style.element.get_or_add_pPr().append(outline)


def scaled(look: Look, body_size: float) -> Look:
    """The look for a letter set in another body size: text of body size follows, and tables stay at most as large."""
    if look.size == BODY_SIZE:
        return replace(look, size=body_size)
    return replace(look, size=11) if look.align is not CENTER and look.size == 12 and body_size <= 12 else look


def blank_document(title: str, *, body_size: float) -> WordDocument:
    """An empty A4 document with our styles, margins, language and a fixed date."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    for name, look in LOOKS.items():
        add_style(document, name, scaled(look, body_size) if not name.startswith("Slip") else look)
    normal = document.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    set_fonts(normal, BODY_FONT)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-US")  # Latin text; under zh-CN a line may break inside a number
        language.set(qn("w:eastAsia"), "zh-CN")
    properties = document.core_properties
    properties.title, properties.language, properties.author, properties.comments = title, "zh-CN", "", ""
    properties.created = properties.modified = FIXED_TIME
    return document
