"""The arithmetic of a print run, before anything is drawn: which letter begins on which page of which part.

A part is one PDF for one tray: a slip sheet, its letters, a slip sheet again. In a duplex run every slip and every
letter begins on the front of a sheet, so whatever has an odd number of pages is followed by a blank page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service.errors import RefusedError
from service.mailing.item import MailItem
from service.mailing.order import print_order

PART_SIZE = 500
SLIP_PAGES = 1
MOST_PARTS = 2_000
"""As many as the summary has room for (`pages.SUMMARY_PAGES`), and is drawn in a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintJob:
    """How a batch is printed: `batch`, its id, stands on every slip behind the name of its file."""

    batch: str
    file_name: str = ""
    part_size: int = PART_SIZE
    duplex: bool = True

    @property
    def name(self) -> str:
        """The batch as people know it: its file's name and its id."""
        return f"{self.file_name} {self.batch}".strip()

    def short_name(self, longest: int) -> str:
        """Give the name in so many characters: what is too long is cut out of the file's name, never out of the id."""
        room = longest - len(self.batch) - 1
        name = self.file_name if len(self.file_name) <= room else f"{self.file_name[: max(0, room - 1)]}…"
        return f"{name} {self.batch}".strip()[-longest:]

    def filled(self, pages: int) -> int:
        """Give the pages that something of so many pages takes in the file, blank back included."""
        return pages + pages % 2 if self.duplex else pages

    def sheets(self, pages: int) -> int:
        """Give the sheets of paper that something of so many pages takes."""
        return self.filled(pages) // 2 if self.duplex else pages


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLetter:
    """A letter in its part; `first_page` is counted from 1 over the part's file."""

    position: int
    item: MailItem
    first_page: int
    sheets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPart:
    """One tray. `pages` are those of the file; `printed_sides` of them have something on them."""

    number: int
    of: int
    letters: tuple[PlannedLetter, ...]
    pages: int
    sheets: int
    printed_sides: int

    @property
    def blank_sides(self) -> int:
        """Pages that are there only so that the next letter begins on a front."""
        return self.pages - self.printed_sides

    @property
    def letter_sheets(self) -> int:
        """Sheets that go into envelopes."""
        return sum(letter.sheets for letter in self.letters)

    @property
    def notice_numbers(self) -> tuple[str, str]:
        """The first and the last notice number in the tray's order."""
        return self.letters[0].item.notice_no, self.letters[-1].item.notice_no


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintPlan:
    """A whole run; the same letters and the same job give the same plan, so one part can be printed again."""

    job: PrintJob
    parts: tuple[PlannedPart, ...]

    @property
    def letters(self) -> int:
        """How many envelopes there are."""
        return sum(len(part.letters) for part in self.parts)

    @property
    def pages(self) -> int:
        """Pages of all files."""
        return sum(part.pages for part in self.parts)

    @property
    def sheets(self) -> int:
        """Sheets of paper, slips included."""
        return sum(part.sheets for part in self.parts)

    @property
    def printed_sides(self) -> int:
        """Sides with something on them, slips included."""
        return sum(part.printed_sides for part in self.parts)


def plan_print(items: Sequence[MailItem], job: PrintJob) -> PrintPlan:
    """Put letters in print order and deal them out to parts.

    Raises:
        RefusedError: There is no letter, a letter has no page, or the parts would be too many.
    """
    if not items:
        raise _refused("nothing_to_print", "没有可打印的函件", "there is no letter to print")
    least = max(1, -(-len(items) // MOST_PARTS))
    if job.part_size < least:
        raise _refused(
            "part_size",
            f"每册 {job.part_size} 件过少：{len(items)} 件函件至多分 {MOST_PARTS} 册，每册至少 {least} 件",
            f"{job.part_size} letters a part are too few: {len(items)} letters make at most {MOST_PARTS} parts, "
            f"so a part has at least {least}",
        )
    if empty := next((item for item in items if item.pages < 1), None):
        raise _refused("letter_empty", f"函件 {empty.notice_no} 没有页面", f"{empty.notice_no} has no page")
    ordered = print_order(items)
    chunks = [ordered[start : start + job.part_size] for start in range(0, len(ordered), job.part_size)]
    parts = [_part(chunk, job, number=place, of=len(chunks)) for place, chunk in enumerate(chunks, start=1)]
    return PrintPlan(job=job, parts=tuple(parts))


def _part(items: Sequence[MailItem], job: PrintJob, *, number: int, of: int) -> PlannedPart:
    letters, page = [], 1 + job.filled(SLIP_PAGES)
    for position, item in enumerate(items, start=1):
        letters.append(PlannedLetter(position=position, item=item, first_page=page, sheets=job.sheets(item.pages)))
        page += job.filled(item.pages)
    return PlannedPart(
        number=number,
        of=of,
        letters=tuple(letters),
        pages=page - 1 + job.filled(SLIP_PAGES),
        sheets=sum(letter.sheets for letter in letters) + 2 * job.sheets(SLIP_PAGES),
        printed_sides=sum(item.pages for item in items) + 2 * SLIP_PAGES,
    )


def _refused(code: str, message_zh: str, message_en: str) -> RefusedError:
    return RefusedError(code, message_en, message_zh=message_zh)
