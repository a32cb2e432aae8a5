"""The manifest of a print run: what a clerk checks trays, envelopes and the printer's counter against."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.mailing.order import read_place
from service.mailing.pages import SUMMARY_PAGES, Draw, summary_page
from service.mailing.plan import PlannedLetter, PlannedPart, PrintPlan
from service.mailing.print_files import PrintPart
from service.mailing.worksheets import Worksheet, write_workbook

FORMAT = "duly.print-manifest/1"
_PART_TITLES = (
    "册", "共几册", "文件", "首函编号", "末函编号", "函件（信封）", "用纸（张）", "文件页数", "有内容的面", "空白面",
    "SHA-256",
)  # fmt: skip
_PART_WIDTHS = (6, 8, 24, 22, 22, 12, 10, 10, 12, 8, 66)
_LETTER_TITLES = (
    "册", "册内序号", "函号", "收件人", "城市", "表格行", "起始页", "页数", "用纸（张）", "地址",
)  # fmt: skip
_LETTER_WIDTHS = (6, 10, 22, 24, 16, 8, 8, 8, 10, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The three forms of one manifest, as files."""

    json: Path
    xlsx: Path
    pdf: Path


def write_manifest(plan: PrintPlan, parts: Sequence[PrintPart], *, draw: Draw, folder: Path) -> Manifest:
    """Write the manifest as JSON for programs, as a workbook for clerks and as a summary to be signed.

    Args:
        plan: The whole run.
        parts: Its parts as they were written, all of them.
        draw: `RenderPool.draw`.
        folder: Where the files are put.

    Raises:
        BusyError: No rendering process became free in time.
    """
    made = Manifest(json=folder / "manifest.json", xlsx=folder / "manifest.xlsx", pdf=folder / "manifest.pdf")
    with made.json.open("w", encoding="utf-8") as file:
        json.dump(manifest_document(plan, parts), file, ensure_ascii=False, indent=1)
    write_workbook(made.xlsx, [_parts_sheet(parts), _letters_sheet(parts)], rows=plan.letters)
    made.pdf.write_bytes(draw(summary_page(plan), page_limit=SUMMARY_PAGES))
    return made


def manifest_document(plan: PrintPlan, parts: Iterable[PrintPart]) -> dict[str, Any]:
    """Give the manifest as a JSON value; every count is of the files as they were written."""
    told = [_part(part) for part in parts]
    counts = ("letters_count", "sheets", "pages", "printed_sides", "blank_sides")
    return {
        "format": FORMAT,
        "batch": plan.job.name,
        "duplex": plan.job.duplex,
        "part_size": plan.job.part_size,
        "totals": {name: sum(part[name] for part in told) for name in counts},
        "without_address": [
            letter["notice_no"] for part in told for letter in part["letters"] if not letter["address"]
        ],
        "parts": told,
    }


def _part(part: PrintPart) -> dict[str, Any]:
    planned = part.planned
    first, last = planned.notice_numbers
    return {
        "part": planned.number,
        "of": planned.of,
        "file": part.file_name,
        "size": part.size,
        "sha256": part.sha256.hex(),
        "first_notice_no": first,
        "last_notice_no": last,
        "letters_count": len(planned.letters),
        "sheets": planned.sheets,
        "pages": planned.pages,
        "printed_sides": planned.printed_sides,
        "blank_sides": planned.blank_sides,
        "letters": [_letter(letter) for letter in planned.letters],
    }


def _letter(letter: PlannedLetter) -> dict[str, Any]:
    item = letter.item
    return {
        "position": letter.position,
        "notice_no": item.notice_no,
        "row": item.row,
        "addressee": item.addressee,
        "address": item.address.strip(),
        "first_page": letter.first_page,
        "pages": item.pages,
        "sheets": letter.sheets,
    }


def _parts_sheet(parts: Sequence[PrintPart]) -> Worksheet:
    return Worksheet(
        name="各册", titles=_PART_TITLES, widths=_PART_WIDTHS, rows=[*map(_part_row, parts), _totals(parts)]
    )


def _part_row(part: PrintPart) -> tuple[str | int, ...]:
    one = part.planned
    counts = (len(one.letters), one.sheets, one.pages, one.printed_sides, one.blank_sides)
    return one.number, one.of, part.file_name, *one.notice_numbers, *counts, part.sha256.hex()


def _totals(parts: Sequence[PrintPart]) -> tuple[str | int, ...]:
    rows = [_part_row(part)[5:10] for part in parts]
    return "合计", "", "", "", "", *(sum(int(value) for value in column) for column in zip(*rows, strict=True)), ""


def _letters_sheet(parts: Sequence[PrintPart]) -> Worksheet:
    return Worksheet(name="明细", titles=_LETTER_TITLES, widths=_LETTER_WIDTHS, rows=_letter_rows(parts))


def _letter_rows(parts: Sequence[PrintPart]) -> Iterator[tuple[str | int, ...]]:
    for part in parts:
        for letter in part.planned.letters:
            yield _letter_row(part.planned, letter)


def _letter_row(part: PlannedPart, letter: PlannedLetter) -> tuple[str | int, ...]:
    item = letter.item
    where = item.address.strip() or "（无地址）"
    named = (item.notice_no, item.addressee, read_place(item.address).city)
    return part.number, letter.position, *named, item.row, letter.first_page, item.pages, letter.sheets, where
