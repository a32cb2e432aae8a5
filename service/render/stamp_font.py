"""The small font of the stamp: one fixed cut of LXGW WenKai, made once, embedded whole with its Unicode map."""

import zlib
from dataclasses import dataclass
from functools import cache

import pikepdf
import uharfbuzz
from pikepdf import Array, Dictionary, Name

from service.render.fonts import find_fonts

CHARACTERS = "".join(chr(point) for point in range(0x20, 0x7F)) + "编号第页共签发前项字段散列上一条值／，。：（）　"


@dataclass(frozen=True, slots=True, kw_only=True)
class StampFont:
    """The font program (packed), and per character its glyph and width (thousandths of the size)."""

    packed: bytes
    size: int
    glyphs: dict[str, int]
    widths: dict[str, int]
    ascent: int
    descent: int

    def encode(self, text: str) -> str:
        """Give the text as the hex string of its glyphs; KeyError for a character outside `CHARACTERS`."""
        return "".join(f"{self.glyphs[character]:04X}" for character in text)


@cache
def stamp_font() -> StampFont:
    """Cut the font; takes some 30 ms, once."""
    source = next(font for font in find_fonts() if font.face.family == "LXGW WenKai" and font.face.style == "Regular")
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(source.path)), source.index)
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(map(ord, CHARACTERS))
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING
    wanted.drop_table_tag_set.update(
        int.from_bytes(tag, "big") for tag in (b"GSUB", b"GPOS", b"GDEF", b"vhea", b"vmtx")
    )
    cut = uharfbuzz.subset(face, wanted)
    program = cut.blob.data
    font = uharfbuzz.Font(cut)
    glyphs = {character: font.get_nominal_glyph(ord(character)) or 0 for character in CHARACTERS}
    scale = 1000 / cut.upem
    extents = font.get_font_extents("ltr")
    return StampFont(
        packed=zlib.compress(program, 9),
        size=len(program),
        glyphs=glyphs,
        widths={character: round(font.get_glyph_h_advance(glyph) * scale) for character, glyph in glyphs.items()},
        ascent=round(extents.ascender * scale),
        descent=round(extents.descender * scale),
    )


def embed(pdf: pikepdf.Pdf, font: StampFont) -> pikepdf.Object:
    """Add the font to a document and give its dictionary (Type 0, Identity-H), fit for PDF/A."""
    name = Name("/DULYST+LXGWWenKai-Stamp")
    program = pikepdf.Stream(pdf, font.packed, Filter=Name.FlateDecode, Length1=font.size)
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=name, Flags=4, FontBBox=[0, font.descent, 1000, font.ascent], ItalicAngle=0,
        Ascent=font.ascent, Descent=font.descent, CapHeight=font.ascent, StemV=80, FontFile2=pdf.make_indirect(program),
    )  # fmt: skip
    descendant = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=name, CIDToGIDMap=Name.Identity, DW=1000,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor), W=_widths(font),
    )  # fmt: skip
    composite = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=name,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=pdf.make_indirect(pikepdf.Stream(pdf, _unicode_map(font))),
    )
    return pdf.make_indirect(composite)


def _widths(font: StampFont) -> Array:
    widths = Array()
    for character, glyph in sorted(font.glyphs.items(), key=lambda item: item[1]):
        widths.append(glyph)
        widths.append(Array([font.widths[character]]))
    return widths


def _unicode_map(font: StampFont) -> bytes:
    pairs = [
        f"<{glyph:04X}> <{ord(character):04X}>" for character, glyph in sorted(font.glyphs.items(), key=lambda i: i[1])
    ]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode("ascii")
