"""The table of one party's assertions: each fact once, with its day, its effect on both tracks, and what proves it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.report.law.happenings import Happening, Happenings
from service.report.law.words import of_items

Clock = Mapping[str, Any]
Step = Mapping[str, Any]
IDLE = frozenset({"none", "not_covered"})
"""Effects that leave a clock as it was."""
ACTS = frozenset({"interrupts", "satisfies", "waives", "releases", "new_guarantee", "enforcement"})
"""Effects for which it matters how many days were left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fact against one party.

    Attributes:
        number: From 1, by the day of the effect.
        on: The day of its (first) effect on the best track, or else on the other one.
        best: Its steps on the best track, of all clocks.
        conservative: The same on the conservative track.
        days_since: From the row before; None in the first.
        last_day: Of the period that ran when it happened; None where that does not matter.
    """

    number: int
    happening: Happening
    on: date
    best: tuple[Step, ...]
    conservative: tuple[Step, ...]
    grade: str
    days_since: int | None
    last_day: date | None

    @property
    def counts(self) -> bool:
        """Whether it changed anything on either track."""
        return any(step["effect"] not in IDLE for step in (*self.best, *self.conservative))

    @property
    def days_left(self) -> int | None:
        """How many days the period still had; negative if it was over."""
        return None if self.last_day is None else (self.last_day - self.on).days


def rows_of(party: Mapping[str, Any], happenings: Happenings, grades: Mapping[str, str]) -> tuple[Row, ...]:
    """Give the rows in the order of their days."""
    best, conservative = _by_fact(party["best"]), _by_fact(party["conservative"])
    days = {name: _first(best.get(name) or conservative[name]) for name in {**best, **conservative}}
    rows: list[Row] = []
    for number, name in enumerate(sorted(days, key=lambda name: (days[name], _seq(name))), start=1):
        on, steps = days[name], best.get(name, ())
        rows.append(
            Row(
                number=number,
                happening=happenings.get(name),
                on=on,
                best=tuple(steps),
                conservative=tuple(conservative.get(name, ())),
                grade=grades.get(name) or next((step["grade"] for step in steps if step["grade"]), ""),
                days_since=(on - rows[-1].on).days if rows else None,
                last_day=_last_day(party["best"], on) if any(step["effect"] in ACTS for step in steps) else None,
            )
        )
    return tuple(rows)


def is_event(name: str) -> bool:
    """Tell whether an id is that of something that happened, and not of the claim, a party's terms or a day."""
    return not (name in ("claim", "as_of") or name.startswith("party:"))


def _by_fact(clocks: Iterable[Clock]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for clock in clocks:
        steps = [step for step in clock["steps"] if any(map(is_event, step["because"]))]
        at_work = {name for step in steps if step["effect"] not in IDLE for name in step["because"]}
        for step in steps:
            # A suit against debtor and guarantor reaches the latter once by itself, and once, in vain, by the former.
            if step["effect"] not in IDLE or at_work.isdisjoint(step["because"]):
                for name in filter(is_event, step["because"]):
                    found.setdefault(name, []).append({**step, "item": clock["item"]})
    return found


def _first(steps: Sequence[Step]) -> date:
    return min(date.fromisoformat(step["on"]) for step in steps)


def _seq(name: str) -> tuple[int, str]:
    return (int(name[1:]) if name[1:].isdecimal() else 0, name)


def _last_day(clocks: Sequence[Clock], on: date) -> date | None:
    """Give the last day of the period that ran on a day; only one clock has one answer."""
    periods = clocks[0]["periods"] if len(clocks) == 1 else ()
    running = [one for one in periods if date.fromisoformat(one["starts_on"]) < on]
    return date.fromisoformat(running[-1]["last_day"]) if running else None


def effects(steps: Sequence[Step], *, on: date) -> Iterator[str]:
    """Say what a fact did, each effect once; the day where it is another than the row's, the due dates of a fee's."""
    items: dict[str, list[str]] = {}
    for step in steps:
        day = "" if step["on"] == on.isoformat() else f"（{step['on']}）"
        items.setdefault(f"{step['effect_zh']}{day}", []).append(step["item"] or "")
    every = {item for named in items.values() for item in named}
    for said, named in items.items():
        partial = len(every) > 1 and set(named) != every
        yield said + (f"：{of_items(named)}" if partial else "")
