"""What the law's answer names by an id, in the words of the report and with the exhibits that show it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.report.reading import day, fact_day, text
from service.report.source import ReportEntry
from service.report.statements import statement
from service.report.story import Story
from service.report.wording import CARRIERS, kind_title

_PROCEEDINGS = (
    "suit.", "arbitration.", "payment_order.", "bankruptcy.", "preservation.", "mediation.", "police.", "enforcement.",
    "proceeding.",
)  # fmt: skip
_DEMANDS = ("notice.", "dispatch.", "tracking.", "receipt.", "scan.", "contact.", "debit.", "assignment.")
_ADMISSIONS = ("payment.", "promise.", "extension.", "plan.", "security.", "debt.", "setoff.", "iou.", "guarantee.")
LONGEST = 70
"""Characters of a statement in a table; the whole is in the list of entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One fact of the law as the report shows it.

    Attributes:
        shape: How it is drawn: demand, admission, proceeding or other.
        entries: Numbers of the entries behind it.
        exhibits: Numbers in the list of evidence, ascending.
    """

    id: str
    what: str
    detail: str
    shape: str
    posted_on: date | None
    entries: tuple[int, ...]
    exhibits: tuple[int, ...]

    @property
    def shown_by(self) -> str:
        """Say what proves it, by exhibit and entry numbers."""
        exhibits = f"证据{ranges(self.exhibits)}" if self.exhibits else ""
        return "\n".join(filter(None, (exhibits, f"记录{ranges(self.entries)}" if self.entries else "")))


class Happenings:
    """Looks facts up by the ids of the law's answer."""

    def __init__(self, story: Story, limitation: Mapping[str, Any], groups: Iterable[Mapping[str, Any]]) -> None:
        self._story = story
        self._by_seq = {entry.seq: entry for entry in story.entries}
        self._sources = {one["fact"]: tuple(one["entries"]) for one in limitation["sources"]}
        self._exhibits: dict[int, list[int]] = {}
        for item in (item for group in groups for item in group["items"]):
            self._exhibits.setdefault(item["entry"], []).append(item["no"])

    def get(self, name: str) -> Happening:
        """Give the fact of an id; one that no entry stands behind keeps its id for a name."""
        entries = self._sources.get(name, ())
        own = self._by_seq.get(int(name[1:])) if name[1:].isdecimal() else None
        exhibits = sorted({no for seq in entries for no in self._exhibits.get(seq, ())})
        return Happening(
            id=name,
            what=self._what(own) if own else name,
            detail=self._detail(own) if own else "",
            shape=_shape(own.kind) if own else "other",
            posted_on=day(self._story.effective(own), "posted_at") if own else None,
            entries=entries,
            exhibits=tuple(exhibits),
        )

    def began_on(self, name: str) -> date | None:
        """Give the day on which a fact that lasts began."""
        own = self._by_seq.get(int(name[1:])) if name[1:].isdecimal() else None
        return fact_day(self._story.effective(own), recorded_at=own.at) if own else None

    def _what(self, entry: ReportEntry) -> str:
        if entry.kind == "suspension.started":
            return f"障碍事由（{fact_day(self._story.effective(entry), recorded_at=entry.at)} 发生）"
        letter = self._story.letter_of(entry)
        return letter.name if letter else kind_title(entry.kind)

    def _detail(self, entry: ReportEntry) -> str:
        facts = self._story.effective(entry)
        if entry.kind == "dispatch.recorded":
            carrier = CARRIERS.get(text(facts, "carrier"), text(facts, "carrier"))
            return f"{carrier} {text(facts, 'waybill_no')}".strip()
        if self._story.letter_of(entry):
            return ""
        # Its day, kind and party stand in the columns beside it.
        said = statement(entry, self._story).partition("，")[2]
        return said if len(said) <= LONGEST else f"{said[:LONGEST]}……"


def _shape(kind: str) -> str:
    shapes = {"proceeding": _PROCEEDINGS, "demand": _DEMANDS, "admission": _ADMISSIONS}
    return next((shape for shape, kinds in shapes.items() if kind.startswith(kinds)), "other")


def ranges(numbers: Iterable[int]) -> str:
    """Write ascending numbers, runs of three and more as from–to."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "、".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else "、".join(map(str, run)) for run in runs)
