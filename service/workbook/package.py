"""The parts of an XLSX package: which sheets there are, where they are kept, and what must not be in it."""

import posixpath
from dataclasses import dataclass
from typing import IO
from zipfile import ZipFile

from service.workbook.limits import refused
from service.workbook.xml_parts import Attributes, relation_id, walk

_WORKBOOK = "officeDocument"
_SMALL_PART = 16 * 2**20
_PLAIN = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One worksheet: its name, whether people see it, and its part in the package."""

    name: str
    visible: bool
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a workbook says about itself."""

    sheets: tuple[Sheet, ...]
    shared_strings: str | None
    styles: str | None
    date_1904: bool
    external_links: int


def read_package(archive: ZipFile) -> Package:
    """Read the workbook part and its relationships.

    Raises:
        RefusedError: Not an XLSX workbook, or one with macros.
    """
    names = set(archive.namelist())
    _refuse_others(names)
    workbook = _workbook_part(archive, names)
    _refuse_macros(archive, names, workbook)
    relations = relations_of(archive, workbook)
    sheets: list[Sheet] = []
    facts: dict[str, bool] = {"date_1904": False}

    def on_start(name: str, attributes: Attributes) -> None:
        if name == "sheet":
            kind, part = relations.get(relation_id(attributes), ("", ""))
            if kind == "worksheet":
                visible = attributes.get("state", "visible") == "visible"
                sheets.append(Sheet(name=attributes.get("name", ""), visible=visible, part=part))
        elif name == "workbookPr":
            facts["date_1904"] = attributes.get("date1904") in ("1", "true")

    with open_part(archive, workbook) as stream:
        walk(stream, workbook, on_start)
    kinds = dict(relations.values())
    return Package(
        sheets=tuple(sheet for sheet in sheets if sheet.part in names),
        shared_strings=kinds.get("sharedStrings") if kinds.get("sharedStrings") in names else None,
        styles=kinds.get("styles") if kinds.get("styles") in names else None,
        date_1904=facts["date_1904"],
        external_links=sum(kind == "externalLink" for kind, _ in relations.values()),
    )


def relations_of(archive: ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Give (kind, part) of each relationship inside the package by its id; links to elsewhere are left alone."""
    folder, base = posixpath.split(part)
    file = posixpath.join(folder, "_rels", f"{base}.rels")
    found: dict[str, tuple[str, str]] = {}

    def on_start(name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, _resolved(folder, attributes.get("Target", "")))

    if file in archive.namelist():
        with open_part(archive, file) as stream:
            walk(stream, file, on_start)
    return found


def open_part(archive: ZipFile, part: str, *, small: bool = True) -> IO[bytes]:
    """Open a part; a small one that is not small is refused."""
    info = archive.getinfo(part)
    if small and info.file_size > _SMALL_PART:
        raise refused("workbook_bomb", f"工作簿部件 {part[:80]} 过大", f"the part {part[:80]} is too large")
    return archive.open(info)


def _resolved(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")


def _refuse_others(names: set[str]) -> None:
    if "[Content_Types].xml" in names:
        return
    raise refused(
        "workbook_not_xlsx",
        "文件内容不是 .xlsx 工作簿（可能是 .ods 或普通压缩包），请用 Excel 或 WPS 另存为 .xlsx",
        "the file is a zip, but not an .xlsx workbook",
    )


def _workbook_part(archive: ZipFile, names: set[str]) -> str:
    for kind, part in relations_of(archive, "").values():
        if kind == _WORKBOOK and part in names:
            return part
    raise refused(
        "workbook_not_xlsx",
        "文件内容不是 .xlsx 工作簿，请用 Excel 或 WPS 另存为 .xlsx",
        "the file is not an .xlsx workbook: it has no main part",
    )


def _refuse_macros(archive: ZipFile, names: set[str], workbook: str) -> None:
    types: dict[str, str] = {}

    def on_start(name: str, attributes: Attributes) -> None:
        if name == "Override":
            types[attributes.get("PartName", "").lstrip("/")] = attributes.get("ContentType", "")

    with open_part(archive, "[Content_Types].xml") as stream:
        walk(stream, "[Content_Types].xml", on_start)
    main = types.get(workbook, "")
    programs = [name for name in names if name.lower().endswith("vbaproject.bin") or "/macrosheets/" in name.lower()]
    if programs or "macroEnabled" in main:
        raise refused(
            "workbook_macros",
            "工作簿含有宏，请另存为不含宏的 .xlsx 后上传",
            "the workbook holds macros: save it as a plain .xlsx",
        )
    if main not in _PLAIN:
        raise refused(
            "workbook_not_xlsx",
            "文件不是 .xlsx 工作簿（可能是 Word、PPT 或 .xlsb），请另存为 .xlsx",
            f"the main part is no .xlsx workbook but {main[:100] or 'of no named type'}",
        )
