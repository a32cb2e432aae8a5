"""Sheets written by hand, and whether a workbook is one that Excel opens: no schema is at hand, so its rules are."""

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from service.workbook.places import column_index

GOOD = Path(__file__).parents[1] / "vectors" / "workbook" / "good.xlsx"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip
"""Children of CT_Worksheet, ECMA-376 part 1, 18.3.1.99."""


def said(reference: str, text: str) -> str:
    """A cell with a text."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def line(number: int, *texts: str) -> str:
    """A row of texts from column A on."""
    cells = "".join(said(f"{chr(65 + at)}{number}", text) for at, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


def sheet(rows: str, *, before: str = "", after: str = "") -> str:
    """A sheet with these rows, and what stands around its data."""
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def packed(path: Path, sheet_xml: str, more: Mapping[str, str] | None = None, *, source: Path = GOOD) -> Path:
    """A workbook with another first sheet, and other parts."""
    changed = {"xl/worksheets/sheet1.xml": sheet_xml, **(more or {})}
    with ZipFile(source) as old, ZipFile(path, "w") as made:
        for name in dict.fromkeys([*old.namelist(), *changed]):
            made.writestr(name, changed[name] if name in changed else old.read(name))
    return path


def check_sound(path: Path) -> None:
    """Fail where the package or a sheet of it breaks a rule that Excel insists on."""
    with ZipFile(path) as archive:
        data = {name: archive.read(name) for name in archive.namelist()}
    assert len(data) == len({name.lower() for name in data})
    for name, part in data.items():
        if name.endswith((".xml", ".rels", ".vml")):
            ET.fromstring(part)
    types = re.findall(rb'PartName="/([^"]+)"', data["[Content_Types].xml"])
    assert len(types) == len(set(types))
    assert {name.decode() for name in types} <= data.keys()
    for name, part in data.items():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            check_sheet(ET.fromstring(part))
            check_relations(name, data)


def check_relations(sheet_name: str, data: Mapping[str, bytes]) -> None:
    folder, base = posixpath.split(sheet_name)
    written = data.get(f"{folder}/_rels/{base}.rels", b"<Relationships/>")
    relations = {each.get("Id"): each for each in ET.fromstring(written)}
    assert len(relations) == len(ET.fromstring(written))
    for each in relations.values():
        if each.get("TargetMode") != "External":
            assert posixpath.normpath(posixpath.join("/" + folder, each.get("Target", ""))).lstrip("/") in data
    used = re.findall(rb'\w+:id="([^"]+)"', data[sheet_name].partition(b"</sheetData>")[2])
    assert {one.decode() for one in used} <= relations.keys()


def check_sheet(root: ET.Element) -> None:
    space = root.tag.partition("}")[0] + "}"
    found = [child.tag.removeprefix(space) for child in root if child.tag.startswith(space)]
    assert found == sorted(found, key=ORDER.index)
    assert sum(name == "legacyDrawing" for name in found) <= 1
    assert root.findall(f".//*/{space}legacyDrawing") == []
    last = 0
    for column in root.iterfind(f"{space}cols/{space}col"):
        low, high = int(column.get("min", "")), int(column.get("max", ""))
        assert last < low <= high <= 16384
        last = high
    row_number = 0
    for row in next(iter(root.iterfind(f"{space}sheetData"))):
        assert row.tag == f"{space}row"
        assert int(row.get("r", "")) > row_number
        row_number = int(row.get("r", ""))
        check_cells([cell.get("r", "") for cell in row if cell.tag == f"{space}c"], row_number)
    dimension = root.find(f"{space}dimension")
    for reference in dimension.get("ref", "").split(":") if dimension is not None else ():
        column_index(reference.rstrip("0123456789"))


def check_cells(references: list[str], row_number: int) -> None:
    columns = [column_index(reference.removesuffix(str(row_number))) for reference in references]
    assert columns == sorted(set(columns))
