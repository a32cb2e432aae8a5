"""Make a version's template.docx from its template.html, so that both engines say the same words.

    python templates/to_docx.py loan-demand v1

HTML elements become Word paragraphs and tables with real styles; Jinja tags between blocks become docxtpl's
``{%p … %}`` and ``{%tr … %}``. The result is an ordinary Word file that a lawyer may go on editing.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from docx.document import Document as WordDocument
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from lxml import etree
from word_styles import CENTER, blank_document

TEXT_WIDTH_MM = 156
JINJA_TAG = re.compile(r"\{%\s*(.*?)\s*%\}", re.DOTALL)
BLANKS = {"blank": 12, "blank short": 6, "blank long": 26}
"""Widths of the ruled blanks, in no-break spaces: other spaces would vanish at the end of a line."""


STYLE_OF_CLASS = {
    "number": "Letter number",
    "addressee": "Letter addressee",
    "lead": "Letter lead",
    "choice": "Slip choice",
    "note": "Slip note",
    "seal": "Letter seal",
}


def rule_below(paragraph: Paragraph) -> None:
    """Leave a line's height under the text and draw a rule across the page."""
    borders, rule = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for key, value in (("val", "single"), ("sz", "4"), ("space", "20"), ("color", "000000")):
        rule.set(qn(f"w:{key}"), value)
    borders.append(rule)
    paragraph._p.get_or_add_pPr().append(borders)
    paragraph.paragraph_format.space_after = Pt(8)


def add_blank(paragraph: Paragraph, kind: str) -> None:
    """A ruled blank to fill by hand; no character is printed."""
    if kind == "blank line":
        rule_below(paragraph)
    else:
        paragraph.add_run("\u00a0" * BLANKS[kind]).underline = True


def fill_paragraph(paragraph: Paragraph, element: etree._Element) -> None:
    """Copy an element's text, with its Jinja tags, into one Word paragraph."""
    if element.text:
        paragraph.add_run(element.text)
    for child in element:
        kind = child.get("class", "")
        if child.tag == "br":
            paragraph.add_run().add_break()
        elif kind.startswith("blank"):
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
    return {"closing": "Letter lead", "signature": "Letter signature", "slip": "Slip text"}.get(
        container, "Letter body"
    )


def table_rows(element: etree._Element) -> Iterator[str | etree._Element]:
    """Rows in order: a string is a Jinja tag between rows, or around a thead or tbody."""
    yield from tags_in(element.text)
    for part in element:
        if part.tag not in ("thead", "tbody"):
            raise ValueError(f"a table holds thead and tbody; of {part.tag!r} nothing would be left")
        yield from tags_in(part.text)
        for row in part:
            check_row(row)
            yield row
            yield from tags_in(row.tail)
        yield from tags_in(part.tail)


def check_row(row: etree._Element) -> None:
    """Refuse what a row of the Word table cannot say: tags or text between cells, a cell over several rows."""
    lost = "".join([row.text or "", *(cell.tail or "" for cell in row)]).strip()
    if row.tag != "tr" or lost:
        raise ValueError(
            f"between rows or cells of a table: {lost or row.tag!r}; a tag governs whole rows, or stands in a cell"
        )
    for cell in row:
        if cell.tag not in ("td", "th") or cell.get("rowspan", "1") != "1":
            raise ValueError(f"a row holds td and th, each of one row: {etree.tostring(cell, encoding='unicode')[:80]}")


def column_widths(rows: list[str | etree._Element], *, container: str) -> list[int]:
    """Column widths in millimetres that fill the text width."""
    cells = max((list(row) for row in rows if not isinstance(row, str)), key=len)
    kinds = [cell.get("class", "") for cell in cells]
    if kinds[0] == "label":
        first = 53 if container == "slip" else 37
        return [first, TEXT_WIDTH_MM - first]
    if len(cells) == 2:
        return [94, 62]
    if len(cells) == 4:
        return [34, 42, 40, 40]
    return [TEXT_WIDTH_MM // len(cells)] * len(cells)


def fill_cell(cell: _Cell, source: etree._Element) -> None:
    """Copy one table cell."""
    kind = source.get("class", "")
    style = "Table head" if source.tag == "th" else "Table amount" if kind == "amount" else "Table text"
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.style = style
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
    column = 0
    for cell in source:
        span = int(cell.get("colspan", "1"))
        target = row.cells[column]
        fill_cell(target.merge(row.cells[column + span - 1]) if span > 1 else target, cell)
        column += span
        if container == "slip":
            row.height = Mm(23 if cell.get("class") == "sign" else 9)


def set_widths(row: _Row, widths: list[int]) -> None:
    """Give each cell the width of the columns that it spans; Word reads cells, LibreOffice columns."""
    column = 0
    for cell in row._tr.tc_lst:
        cell.width = Mm(sum(widths[column : column + cell.grid_span]))
        column += cell.grid_span


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
    assert layout is not None, "python-docx writes a layout when autofit is set"
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
        set_widths(table_row, widths)
    if element.get("class") == "short":
        hold_together(table)


def add_tags(document: WordDocument, text: str | None, *, gap: float, at_if: list[float]) -> float:
    """Append Jinja tags that govern whole paragraphs; every branch begins with the gap that stood before the `if`."""
    for tag in tags_in(text):
        document.add_paragraph("{%p " + tag + " %}", style="Slip note")
        if tag.startswith("if "):
            at_if.append(gap)
        elif tag.startswith(("elif ", "else")):
            gap = at_if[-1]
        elif tag == "endif":
            gap = max(gap, at_if.pop())
    return gap


def add_blocks(document: WordDocument, element: etree._Element, *, container: str) -> None:
    """Append an element's children, block by block."""
    at_if: list[float] = []
    gap = add_tags(document, element.text, gap=16 if container == "signature" else 0, at_if=at_if)
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
        gap = add_tags(document, child.tail, gap=6 if child.tag == "table" else 0, at_if=at_if)


def stable_zip(data: bytes) -> bytes:
    """The same parts with fixed times, so that one template.html gives one template.docx."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(sink, "w") as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            target.writestr(info, source.read(name), compress_type=zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def body_size(css: str) -> float:
    """The size in points that style.css gives to the text of the letter."""
    match = re.search(r"html\s*\{[^}]*font-size:\s*([0-9.]+)pt", css)
    if match is None:
        raise ValueError("style.css gives html no font-size in pt")
    return float(match.group(1))


def docx_from_html(html: bytes, *, css: str) -> bytes:
    """The Word template of a letter.

    Args:
        html: the bytes of template.html, well-formed as XML (`<br/>`, `<meta …/>`).
        css: its style.css; only the size of the text is taken from it.

    Raises:
        ValueError: text stands outside a paragraph or table cell, or a tag where it governs neither rows nor words.
        lxml.etree.XMLSyntaxError: not well-formed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    root = etree.fromstring(html, parser)
    body, heading = root.find("body"), root.find(".//h1")
    if body is None or heading is None:
        raise ValueError("template.html has no body or no h1")
    document = blank_document(heading.text or "", body_size=body_size(css))
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
    try:
        html, css = (folder / "template.html").read_bytes(), (folder / "style.css").read_text(encoding="utf-8")
        (folder / "template.docx").write_bytes(docx_from_html(html, css=css))
    except (OSError, ValueError, etree.XMLSyntaxError) as error:
        print(f"{member} is not made: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
