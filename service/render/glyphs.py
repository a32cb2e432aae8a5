"""Whether a PDF holds every font it uses, and whether every code in its text selects a real glyph.

A character that no font draws comes out as an empty box while its text can still be copied; only the fonts tell.
"""

import io
import re
from collections.abc import Iterator

import pikepdf
from fontTools.ttLib import TTFont, TTLibError
from pikepdf import Name

_BFCHAR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<[0-9A-Fa-f]*>")
_BFRANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<[0-9A-Fa-f]*>|\[)")
_RANGE_BLOCK = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_CHAR_BLOCK = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_EMBEDDED = (Name.FontFile, Name.FontFile2, Name.FontFile3)


def find_font_faults(pdf: bytes) -> list[tuple[str, str]]:
    """Give (Chinese, English) for every font that is not embedded, has no Unicode map, or lacks a glyph in use."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [fault for font in _fonts(document) for fault in _faults(font)]


def _fonts(document: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every font dictionary that text can select: those with an encoding of their own, not their descendants."""
    for item in document.objects:
        is_font = isinstance(item, pikepdf.Dictionary) and item.get(Name.Type) == Name.Font
        if is_font and item.get(Name.Subtype) not in (Name.CIDFontType0, Name.CIDFontType2):
            yield item


def _faults(font: pikepdf.Object) -> Iterator[tuple[str, str]]:
    name = str(font.get(Name.BaseFont, "/?"))[1:]
    program = _program(font)
    if program is None:
        yield f"字体 {name} 没有嵌入", f"the font {name} is not embedded"
        return
    if Name.ToUnicode not in font:
        yield f"字体 {name} 没有文字对照表", f"the font {name} has no Unicode map"
        return
    missing = _missing_codes(font, program, _codes(bytes(font.ToUnicode.read_bytes())))
    if missing:
        yield f"字体 {name} 缺少 {len(missing)} 个字形", f"the font {name} lacks {len(missing)} glyphs that are used"


def _program(font: pikepdf.Object) -> bytes | None:
    descriptor = (
        font.DescendantFonts[0].get(Name.FontDescriptor)
        if Name.DescendantFonts in font
        else font.get(Name.FontDescriptor)
    )
    for key in _EMBEDDED:
        if descriptor is not None and key in descriptor:
            return bytes(descriptor[key].read_bytes())
    return None


def _codes(unicode_map: bytes) -> set[int]:
    codes = {int(code, 16) for block in _CHAR_BLOCK.findall(unicode_map) for code in _BFCHAR.findall(block)}
    for block in _RANGE_BLOCK.findall(unicode_map):
        for first, last in _BFRANGE.findall(block):
            codes.update(range(int(first, 16), int(last, 16) + 1))
    return codes


def _missing_codes(font: pikepdf.Object, program: bytes, codes: set[int]) -> set[int]:
    """Codes are glyph places in composite fonts; simple TrueType fonts go through their own table; Type 1 has names."""
    if program[:4] not in (b"\0\1\0\0", b"true", b"OTTO"):
        return set()
    try:
        with TTFont(io.BytesIO(program), lazy=True) as table:
            if Name.DescendantFonts in font:
                count = table["maxp"].numGlyphs
                return {code for code in codes if not 0 < code < count}
            return codes - _drawn_codes(table)
    except (TTLibError, KeyError, AssertionError) as error:
        raise pikepdf.PdfError(f"a font program cannot be read: {error}") from error


def _drawn_codes(table: TTFont) -> set[int]:
    drawn: set[int] = set()
    for subtable in table["cmap"].tables:
        drawn |= {code & 0xFF for code, glyph in subtable.cmap.items() if table.getGlyphID(glyph) != 0}
    return drawn
