"""Make a version's template.docx from its template.html, so that both engines say the same words.

    python templates/to_docx.py loan-demand v1

HTML elements become Word paragraphs and tables with real styles; Jinja tags between blocks become docxtpl's
``{%p … %}`` and ``{%tr … %}``. The result is an ordinary Word file that a lawyer may go on editing.
"""

from __future__ import annotations

import argparse
import datetime
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from lxml import etree

BODY_FONT, TITLE_FONT, HEADING_FONT = "LXGW WenKai", "Noto Serif CJK SC", "Noto Sans CJK SC"
TEXT_WIDTH_MM = 156
FIXED_TIME = datetime.datetime(2026, 1, 1)
JINJA_TAG = re.compile(r"\{%\s*(.*?)\s*%\}", re.DOTALL)
BLANKS = {"blank": 4, "blank short": 2, "blank long": 9, "blank line": 28}


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
    "Slip choice": Look(size=12, hanging=4, before=3, after=3),
    "Slip note": Look(size=10.5, indent=2, line=1.15),
    "Table text": Look(size=12, align=LEFT, line=1.1, before=2, after=2),
    "Table head": Look(font=HEADING_FONT, size=12, align=LEFT, line=1.0, before=2, after=2),
    "Table amount": Look(size=12, align=RIGHT, line=1.1, before=2, after=2),
}
STYLE_OF_CLASS = {
    "number": "Letter number",
    "addressee": "Letter addressee",
    "lead": "Letter lead",
    "choice": "Slip choice",
    "note": "Slip note",
    "seal": "Letter seal",
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


def blank_document(title: str) -> WordDocument:
    """An empty A4 document with our styles, margins, language and a fixed date."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    for name, look in LOOKS.items():
        add_style(document, name, look)
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


def add_blank(paragraph: Paragraph, kind: str) -> None:
    """A ruled blank to fill by hand: underlined ideographic spaces, so no character is printed."""
    if kind == "blank line":
        paragraph.add_run().add_break()
    paragraph.add_run("\u3000" * BLANKS[kind]).underline = True


def fill_paragraph(paragraph: Paragraph, element: etree._Element) -> None:
    """Copy an element's text, with its Jinja tags, into one Word paragraph."""
    if element.text:
        paragraph.add_run(element.text)
    for child in element:
        kind = child.get("class", "")
        if kind.startswith("blank"):
            add_blank(paragraph, kind)
        else:
            fill_paragraph(paragraph, child)
        if child.tail:
            paragraph.add_run(child.tail)


def tags_in(text: str | None) -> Iterator[str]:
    """Jinja tags that stand between elements; any other text there would be lost, so it is refused."""
    rest = JINJA_TAG.sub("", text or "").strip()
    if rest:
        raise ValueError(f"text outside a paragraph: {rest!r}")
    return (match.group(1) for match in JINJA_TAG.finditer(text or ""))


def style_of(element: etree._Element, *, container: str) -> str:
    """The Word style of a heading or paragraph, by its element, class and container."""
    kind = element.get("class", "")
    if element.tag in ("h1", "h2", "h3"):
        return {"h1": "Letter title", "h2": "Slip heading", "h3": "Letter heading"}[element.tag]
    if kind in STYLE_OF_CLASS:
        return STYLE_OF_CLASS[kind]
    return {"signature": "Letter signature", "slip": "Slip text"}.get(container, "Letter body")


def table_rows(element: etree._Element) -> Iterator[str | etree._Element]:
    """Rows in order: a string is a Jinja tag between rows."""
    for part in element:
        yield from tags_in(part.text)
        for row in part:
            yield row
            yield from tags_in(row.tail)


def column_widths(rows: list[str | etree._Element], *, container: str) -> list[int]:
    """Column widths in millimetres that fill the text width."""
    cells = max(([cell for cell in row] for row in rows if not isinstance(row, str)), key=len)
    kinds = [cell.get("class", "") for cell in cells]
    if kinds[0] == "label":
        first = 53 if container == "slip" else 37
        return [first, TEXT_WIDTH_MM - first]
    if len(cells) == 2:
        return [94, 62]
    return [TEXT_WIDTH_MM // len(cells)] * len(cells)


def fill_cell(cell: _Cell, source: etree._Element) -> None:
    """Copy one table cell."""
    kind = source.get("class", "")
    style = "Table head" if source.tag == "th" else "Table amount" if kind == "amount" else "Table text"
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.style = cell.part.document.styles[style]
    fill_paragraph(paragraph, source)
    if source.tag == "th" and kind != "label":
        paragraph.alignment = CENTER


def keep_row_whole(row: _Row, *, header: bool) -> None:
    """No page break inside a row; a header row comes again on each page."""
    settings = row._tr.get_or_add_trPr()
    settings.append(OxmlElement("w:cantSplit"))
    if header:
        settings.append(OxmlElement("w:tblHeader"))


def fill_row(table: Table, source: str | etree._Element, *, container: str) -> None:
    """Append one row: of cells, or the tag alone in its first cell."""
    row = table.add_row()
    if isinstance(source, str):
        row.cells[0].text = "{%tr " + source + " %}"
        return
    parent = source.getparent()
    keep_row_whole(row, header=parent is not None and parent.tag == "thead")
    for index, cell in enumerate(source):
        target = row.cells[index]
        if cell.get("colspan"):
            target = target.merge(row.cells[index + int(cell.get("colspan", "1")) - 1])
        fill_cell(target, cell)
        if container == "slip":
            row.height = Mm(23 if cell.get("class") == "sign" else 9)


def hold_together(table: Table) -> None:
    """Keep a short table on one page: every paragraph but the last row's stays with the next."""
    for row in table.rows[:-1]:
        for paragraph in row.cells[0].paragraphs:
            paragraph.paragraph_format.keep_with_next = True


def align_with_text(table: Table) -> None:
    """Put the table's left rule at the text's edge; by default Word hangs it into the margin."""
    indent = OxmlElement("w:tblInd")
    indent.set(qn("w:w"), "108")
    indent.set(qn("w:type"), "dxa")
    layout = table._tbl.tblPr.find(qn("w:tblLayout"))
    layout.addprevious(indent)


def add_table(document: WordDocument, element: etree._Element, *, container: str) -> None:
    """Append a table with fixed column widths."""
    rows = list(table_rows(element))
    widths = column_widths(rows, container=container)
    table = document.add_table(rows=0, cols=len(widths))
    table.style, table.autofit = document.styles["Table Grid"], False
    align_with_text(table)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in rows:
        fill_row(table, row, container=container)
    for table_row in table.rows:
        for cell, width in zip(table_row._tr.tc_lst, widths, strict=False):
            cell.width = Mm(TEXT_WIDTH_MM) if cell.grid_span > 1 else Emu(Mm(width))
    if element.get("class") == "short":
        hold_together(table)


def add_tags(document: WordDocument, text: str | None) -> None:
    """Append Jinja tags that govern whole paragraphs."""
    for tag in tags_in(text):
        document.add_paragraph("{%p " + tag + " %}", style="Slip note")


def add_blocks(document: WordDocument, element: etree._Element, *, container: str) -> None:
    """Append an element's children, block by block."""
    add_tags(document, element.text)
    gap = 16 if container == "signature" else 0
    for child in element:
        if child.tag in ("main", "section", "div"):
            add_blocks(document, child, container=child.get("class", "") or container)
        elif child.tag == "table":
            add_table(document, child, container=container)
        else:
            paragraph = document.add_paragraph(style=style_of(child, container=container))
            fill_paragraph(paragraph, child)
            if gap:
                paragraph.paragraph_format.space_before = Pt(gap)
        gap = 6 if child.tag == "table" else 0
        add_tags(document, child.tail)


def stable_zip(data: bytes) -> bytes:
    """The same parts with fixed times, so that one template.html gives one template.docx."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(sink, "w") as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            target.writestr(info, source.read(name), compress_type=zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def docx_from_html(html: bytes) -> bytes:
    """The Word template of a letter.

    Args:
        html: the bytes of template.html, well-formed as XML (`<br/>`, `<meta …/>`).

    Raises:
        ValueError: text stands outside a paragraph or table cell.
        lxml.etree.XMLSyntaxError: not well-formed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    root = etree.fromstring(html, parser)
    body, heading = root.find("body"), root.find(".//h1")
    if body is None or heading is None:
        raise ValueError("template.html has no body or no h1")
    document = blank_document(heading.text or "")
    add_blocks(document, body, container="")
    sink = io.BytesIO()
    document.save(sink)
    return stable_zip(sink.getvalue())


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make template.docx from template.html.")
    parser.add_argument("name")
    parser.add_argument("version")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent, help="folder of the templates")
    chosen = parser.parse_args(arguments)
    member = f"{chosen.name}/{chosen.version}/template.docx"
    sums = chosen.root / "templates.sum"
    if sums.exists() and f"  {member}\n" in sums.read_text():
        print(f"{member} is published and stays as it is; make a new version", file=sys.stderr)
        return 1
    folder = chosen.root / chosen.name / chosen.version
    (folder / "template.docx").write_bytes(docx_from_html((folder / "template.html").read_bytes()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
