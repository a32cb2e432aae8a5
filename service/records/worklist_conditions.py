"""What a worklist may be asked for, and which rows answer it as of today though they were written on an earlier day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_

from service.records.limitation import ENDED as STATES_ENDED
from service.records.limitation import ClockRow, ended_by
from service.records.tables import matters

RECENT = timedelta(days=30)
"""How long an ended clock is still shown unasked, so that nothing vanishes unseen."""
ALIVE, ENDED, CLOSED, ALL = "alive", "ended", "closed", "all"
_m = matters.c

Columns = Any
"""The columns of the table of clocks, or of a selection of its rows, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a worklist is asked for.

    Attributes:
        track: `conservative` or `best`: whose last day orders and bounds the list.
        before: Only clocks whose last day lies before this one.
        party: Part of a party's name, or its whole short name.
        state: `alive`, `ended`, `closed`, `all`, or a state of the asked track; empty for what is listed unasked.
        text: Looked for in reference, contract number, creditor's and debtor's name.
    """

    tenant_id: str
    today: date
    track: str = "conservative"
    before: date | None = None
    party: str = ""
    role: str = ""
    state: str = ""
    text: str = ""

    @property
    def listed(self) -> tuple[bool, ...]:
        """Which of the listed and the unlisted rows can answer."""
        if self.state in ("", ALIVE):
            return (True,)
        return (False,) if self.state == CLOSED else (True, False)


def conditions(c: Columns, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Give every condition of the question but tenant and place in the order."""
    found = [_standing(c, wanted)]
    if wanted.before is not None:
        found.append(day_of(c, wanted.track) < wanted.before)
    if wanted.party:
        found.append(or_(is_named(c, wanted), c.party == wanted.party))
    if wanted.role:
        found.append(c.role == wanted.role)
    if wanted.text:
        fields = (_m.reference, _m.contract_no, _m.creditor_name, _m.debtor_name)
        named = or_(*(field.icontains(wanted.text, autoescape=True) for field in fields))
        found.append(exists().where(_m.id == c.matter_id, named))
    return found


def is_named(c: Columns, wanted: Wanted) -> ColumnElement[bool]:
    """Whether the party's name holds the text."""
    named: ColumnElement[bool] = c.party_name.icontains(wanted.party, autoescape=True)
    return named


def day_of(c: Columns, track: str) -> Any:
    """Give the column of a track's last day."""
    return c.best_on if track == "best" else c.conservative_on


def state_on(row: ClockRow, track: str, today: date) -> str:
    """Give a row's state on a track as of today, as the conditions do."""
    best = (row.best_state, row.best_period, row.best_on)
    strict = (row.conservative_state, row.conservative_period, row.conservative_on)
    state, period, day = best if track == "best" else strict
    return state if state in STATES_ENDED or not period or day >= today else ended_by(period)


def _standing(c: Columns, wanted: Wanted) -> ColumnElement[bool]:
    best_now = _now(c.best_state, c.best_period, c.best_on, wanted.today)
    groups: dict[str, ColumnElement[bool]] = {
        # Of an expression, since for the column alone SQLite takes the other track's index and sorts all it finds.
        "": func.coalesce(c.best_on, wanted.today) >= wanted.today - RECENT,
        ALIVE: and_(c.standing == "open", best_now.not_in(STATES_ENDED)),
        ENDED: and_(c.standing != "closed", best_now.in_(STATES_ENDED)),
        CLOSED: c.standing == "closed",
        ALL: c.standing.is_not(None),
    }
    if wanted.state in groups:
        return groups[wanted.state]
    strict_now = _now(c.conservative_state, c.conservative_period, c.conservative_on, wanted.today)
    return and_((best_now if wanted.track == "best" else strict_now) == wanted.state, c.standing != "closed")


def _now(state: Any, period: Any, day: Any, today: date) -> ColumnElement[str]:
    """Give a track's state as of today: a day that is over has ended its period."""
    return case(
        (or_(state.in_(STATES_ENDED), period == "", day >= today), state),
        (period == "longest", ended_by("longest")),
        (period == "guarantee", ended_by("guarantee")),
        else_=ended_by(""),
    )
