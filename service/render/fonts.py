"""The letter's fonts: which files they are, which characters they draw, and a folder that makes them quick.

WeasyPrint subsets each font anew for each PDF, so fewer glyphs in its file mean a quicker letter. Once for a set of
fonts we make two cuts of each, the everyday characters and the less common ones, and tell fontconfig to try them in
that order and the whole font after them: a rare character in a name costs a few milliseconds and is drawn all the
same. Children see only these fonts, so a letter looks the same on every machine with the same font packages.
"""

import contextlib
import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import uharfbuzz
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.DefaultTable import DefaultTable

from service.errors import StoreError

LAYOUT = "6"
"""Changes when what the folder holds changes, so that old folders are not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One style of one family the letters use, and the Debian package that brings it."""

    family: str
    style: str
    package: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFile:
    """A face found on this machine; `index` counts inside a collection file."""

    face: Face
    path: Path
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedFonts:
    """A folder with the cut fonts and two fontconfig files, one that tries the cuts first and one without them.

    `digest_hex` names what they were made from and how.
    """

    cut_config: Path
    whole_config: Path
    digest_hex: str


FACES = tuple(
    Face(family=family, style=style, package=package)
    for family, styles, package in (
        ("LXGW WenKai", ("Regular", "Bold"), "fonts-lxgw-wenkai"),
        ("Noto Serif CJK SC", ("Regular", "Bold"), "fonts-noto-cjk"),
        ("Noto Sans CJK SC", ("Regular", "Bold"), "fonts-noto-cjk"),
        ("BabelStone Han", ("Regular",), "fonts-babelstone-han"),
    )
    for style in styles
)
_CUT_FAMILIES = ("LXGW WenKai", "Noto Serif CJK SC", "Noto Sans CJK SC")
_CUTS = ("Duly", "Duly More")
"""What the cuts' family names begin with: everyday characters, less common ones; tried in this order."""
CUT_NAMES = {family: f"{_CUTS[0]} {family}" for family in _CUT_FAMILIES}
"""What a family's first cut is called."""
_UNUSED_FEATURES = (b"locl", b"vert", b"vrt2", b"ljmo", b"vjmo", b"tjmo", b"jalt")
"""Other countries' forms, vertical lines, Korean: they would double a cut's glyphs, and no letter asks for them."""
_UNUSED_TABLES = (b"vhea", b"vmtx", b"VORG")
_SUBSTITUTES = {
    "LXGW WenKai": (
        "仿宋",
        "仿宋_GB2312",
        "FangSong",
        "FangSong_GB2312",
        "楷体",
        "楷体_GB2312",
        "KaiTi",
        "KaiTi_GB2312",
    ),
    "Noto Serif CJK SC": ("宋体", "SimSun", "NSimSun", "方正小标宋简体", "Times New Roman", "serif"),
    "Noto Sans CJK SC": (
        "黑体",
        "SimHei",
        "微软雅黑",
        "Microsoft YaHei",
        "Arial",
        "Calibri",
        "sans-serif",
        "monospace",
    ),
}


@cache
def find_fonts() -> tuple[FontFile, ...]:
    """Find every face by fontconfig.

    Raises:
        StoreError: A face is not installed; the text names its Debian package.
    """
    return tuple(_find(face) for face in FACES)


def font_folders() -> tuple[Path, ...]:
    """Give the folders in which the faces' files are."""
    return tuple(
        sorted({font.path.resolve().parent for font in find_fonts()} | {font.path.parent for font in find_fonts()})
    )


@cache
def installed_coverage() -> frozenset[int]:
    """Give the code points that at least one of the letter's fonts draws; reads the fonts once."""
    points: set[int] = set()
    for font in find_fonts():
        if font.face.style == "Regular":
            points |= set(_open(font).unicodes)
    return frozenset(points)


def prepare_fonts(cache_directory: Path) -> PreparedFonts:
    """Make the folder of cut fonts under a cache folder, or take the one that is there.

    A crash while making leaves only a temporary folder; two processes at once both succeed.
    """
    fonts = find_fonts()
    digest_hex = _sources_digest(fonts)
    folder = cache_directory / f"fonts-{LAYOUT}-{digest_hex[:16]}"
    if not folder.is_dir():
        cache_directory.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix="fonts-", dir=cache_directory))
        try:
            _build(building, fonts, folder)
            building.rename(folder)
        except OSError:
            shutil.rmtree(building, ignore_errors=True)
            if not folder.is_dir():
                raise
    made = PreparedFonts(cut_config=folder / "cut.conf", whole_config=folder / "whole.conf", digest_hex=digest_hex)
    for config in (made.cut_config, made.whole_config):
        _list_once(config)
    return made


def _list_once(config: Path) -> None:
    """Let fontconfig note in our folder what it finds: children may read these notes, and write none."""
    environment = {**os.environ, "FONTCONFIG_FILE": str(config)}
    with contextlib.suppress(OSError, subprocess.SubprocessError):  # then children look through the fonts themselves
        subprocess.run(["fc-list"], env=environment, capture_output=True, timeout=120, check=True)


def _find(face: Face) -> FontFile:
    pattern = f"{face.family}:style={face.style}"
    try:
        found = subprocess.run(
            ["fc-match", "--format=%{family}\t%{style}\t%{file}\t%{index}", pattern],
            capture_output=True, text=True, timeout=30, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise StoreError(f"fc-match (package fontconfig) cannot be run: {error}", fatal=True) from error
    family, style, path, index = found.split("\t")
    if face.family not in family.split(",") or face.style not in style.split(","):
        raise StoreError(f"the font {face.family} {face.style} is missing: install {face.package}", fatal=True)
    return FontFile(face=face, path=Path(path), index=int(index) & 0xFFFF)


def _open(font: FontFile) -> uharfbuzz.Face:
    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font.path)), font.index)


def _sources_digest(fonts: Iterable[FontFile]) -> str:
    digests: dict[Path, str] = {}
    for font in fonts:
        if font.path not in digests:
            with font.path.open("rb") as stream:
                digests[font.path] = hashlib.file_digest(stream, "sha256").hexdigest()
    faces = (f"{font.face.family} {font.face.style} {font.index} {digests[font.path]}\n" for font in fonts)
    lines = (f"layout {LAYOUT}\n", *faces)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _build(building: Path, fonts: tuple[FontFile, ...], folder: Path) -> None:
    """`folder` is the name that `building` will have: fontconfig files hold absolute paths."""
    for name in ("cut", "cache"):
        (building / name).mkdir()
    for font in fonts:
        if font.face.family in _CUT_FAMILIES:
            for name, characters in zip(_CUTS, (everyday_characters(), less_common_characters()), strict=True):
                family = f"{name} {font.face.family}"
                path = building / "cut" / f"{family.replace(' ', '')}-{font.face.style}.otf"
                path.write_bytes(_cut(font, family, characters))
    (building / "cut.conf").write_text(_config(folder, fonts, cut=True), encoding="utf-8")
    (building / "whole.conf").write_text(_config(folder, fonts, cut=False), encoding="utf-8")


@cache
def everyday_characters() -> frozenset[int]:
    """Give ASCII, the signs and figures of GB 2312, and its 3,755 characters of the first level."""
    signs = {0xA0, 0xA7, 0xB7, 0xD7, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x25A1, 0x2611, 0x3007}
    return frozenset(range(0x20, 0x7F)) | _gb2312(0xA1, 0xA4) | _gb2312(0xB0, 0xD8) | signs


def less_common_characters() -> frozenset[int]:
    """Give Latin letters with accents, and the rest of GB 2312: 3,008 characters of its second level, other scripts."""
    latin = frozenset(range(0xA0, 0x180))
    return (latin | _gb2312(0xA4, 0xB0) | _gb2312(0xD8, 0xF8)) - everyday_characters()


def _gb2312(first_row: int, end_row: int) -> frozenset[int]:
    pairs = (bytes((row, cell)) for row in range(first_row, end_row) for cell in range(0xA1, 0xFF))
    return frozenset(ord(character) for pair in pairs for character in pair.decode("gb2312", errors="ignore"))


def _cut(font: FontFile, family: str, characters: frozenset[int]) -> bytes:
    """Cut a font to some characters under another family name; charstrings are unrolled once, here."""
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(characters)
    wanted.flags = uharfbuzz.SubsetFlags.DESUBROUTINIZE | uharfbuzz.SubsetFlags.NO_HINTING
    wanted.layout_feature_tag_set.difference_update(uharfbuzz.Set(map(_tag, _UNUSED_FEATURES)))
    wanted.drop_table_tag_set.update(map(_tag, _UNUSED_TABLES))
    data = uharfbuzz.subset(_open(font), wanted).blob.data
    cut = TTFont(BytesIO(data), lazy=True, recalcTimestamp=False)
    if "CFF " in cut:
        cut["CFF "] = _number_glyphs(cut)
    for record in cut["name"].names:
        if record.nameID in (1, 16):
            record.string = family
        elif record.nameID in (4, 6):
            record.string = f"{family.replace(' ', '')}-{font.face.style}"
    sink = BytesIO()
    cut.save(sink)
    return sink.getvalue()


def _tag(name: bytes) -> int:
    return int.from_bytes(name, "big")


def _number_glyphs(cut: TTFont) -> DefaultTable:
    """Give the CFF table with each character id set to the glyph's place in the cut font.

    A cut CID font keeps the character ids of the whole one, while a PDF writer that sees no difference between the
    two (WeasyPrint) writes places: readers would then draw other glyphs, and PDF/A validators say so. The list of ids
    is overwritten where it stands by one range, which is never longer; building the table anew would take seconds.
    """
    data = bytearray(cut.reader["CFF "])
    top = cut["CFF "].cff.topDictIndex[0]
    if hasattr(top, "ROS"):
        start, count = top.rawDict["charset"], len(top.CharStrings)
        data[start : start + 5] = struct.pack(">BHH", 2, 1, count - 2)
    table = DefaultTable("CFF ")
    table.data = bytes(data)
    return table


def _config(folder: Path, fonts: tuple[FontFile, ...], *, cut: bool) -> str:
    """Only the listed files count; no links in a folder of ours: LibreOffice does not follow them to collections."""
    paths = sorted({str(font.path) for font in fonts})
    own = [str(folder / "cut")] if cut else []
    directories = "".join(
        f"<dir>{_xml(path)}</dir>" for path in own + sorted({str(Path(path).parent) for path in paths})
    )
    accepted = "".join(f"<glob>{_xml(path)}</glob>" for path in [*paths, *(f"{path}/*" for path in own)])
    chosen = f"<selectfont><acceptfont>{accepted}</acceptfont><rejectfont><glob>*</glob></rejectfont></selectfont>"
    rules = "".join(_substitute(alias, family) for family, aliases in _SUBSTITUTES.items() for alias in aliases)
    if cut:
        rules += "".join(_cut_first(family) + _whole_after(family) for family in _CUT_FAMILIES)
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>'
        f"{directories}{chosen}<cachedir>{_xml(str(folder / 'cache'))}</cachedir>{rules}"
        "<config><rescan><int>0</int></rescan></config></fontconfig>\n"
    )


def _substitute(alias: str, family: str) -> str:
    """Fonts that are not free, and the generic names, are drawn by ours."""
    return (
        f'<match target="pattern"><test name="family"><string>{_xml(alias)}</string></test>'
        f'<edit name="family" mode="append" binding="same"><string>{_xml(family)}</string></edit></match>'
    )


def _cut_first(family: str) -> str:
    cuts = "".join(f"<string>{_xml(f'{name} {family}')}</string>" for name in _CUTS)
    return (
        f'<match target="pattern"><test name="family"><string>{_xml(family)}</string></test>'
        f'<edit name="family" mode="prepend" binding="same">{cuts}</edit></match>'
    )


def _whole_after(family: str) -> str:
    """Who asks for a cut by its own name (LibreOffice does, see `lean`) is given the rest of the family as well."""
    rest = "".join(f"<string>{_xml(name)}</string>" for name in (f"{_CUTS[1]} {family}", family, "BabelStone Han"))
    return (
        f'<match target="pattern"><test name="family"><string>{_xml(CUT_NAMES[family])}</string></test>'
        f'<edit name="family" mode="append_last" binding="same">{rest}</edit></match>'
    )


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def default_cache_directory() -> Path:
    """Give the user's cache folder for Duly."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "duly"
