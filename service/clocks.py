"""From a matter's entries to the rows of its clocks: the law run over them, as of one day.

Pure: nothing here reads a database or a clock, so the append, the daily look and fsck derive the same rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.law.clock import Clock, PeriodKind, State, Timeline
from evidence.law.contradictions import ContradictionError
from evidence.law.entries import RecordedFact, facts_of_matter
from evidence.law.entry_statements import Statement, statements
from evidence.law.entry_values import Values, flag, parts, text
from evidence.law.timeline import reckon
from evidence.law.vocabulary import Role
from service.changes import next_change
from service.records.limitation import NAME_LENGTH, NEVER, PARTY_LENGTH, ClockRow, TracingRow
from service.records.worklist_conditions import RECENT
from service.tracings import tracings_of

CONTRADICTION, FAILED, NOT_COVERED = "contradiction", "law_failed", "not_covered"
_DAY = timedelta(days=1)
_ENDED = frozenset({State.EXPIRED, State.CAPPED, State.RELEASED})
_UNKNOWN = frozenset({State.UNDETERMINED, State.NOT_COVERED})
_OBLIGORS = frozenset(role.value for role in Role if role is not Role.CREDITOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A matter's entries; whose it is stands beside them."""

    tenant_id: str
    matter_id: str
    entries: Sequence[RecordedFact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """What follows from a matter's entries on one day; `recompute_on` is when that changes by itself."""

    clocks: tuple[ClockRow, ...]
    tracings: tuple[TracingRow, ...]
    recompute_on: date | None


def reckon_matter(matter: Matter, *, today: date) -> Reckoned:
    """Run the law over a matter's entries as of a day.

    Facts that contradict each other leave every party's clock undetermined, with that reason.

    Raises:
        EvidenceError: The law could not be run over these entries.
    """
    stated = statements(matter.entries)
    tracings = tracings_of(stated, tenant_id=matter.tenant_id, matter_id=matter.matter_id, today=today)
    names = _Names.of(stated)
    try:
        facts = facts_of_matter(matter.entries).facts
        timeline = reckon(facts, as_of=today)
    except ContradictionError:
        clocks = undetermined(matter, reason=CONTRADICTION, is_closed=names.is_closed)
        return Reckoned(clocks=clocks, tracings=tracings, recompute_on=_recompute_on((), tracings, None, today))
    clocks = tuple(_clocks(matter, timeline, names, today))
    following = next_change(facts, timeline, today=today)
    recompute_on = _recompute_on(clocks, tracings, following, today)
    return Reckoned(clocks=clocks, tracings=tracings, recompute_on=recompute_on)


def reckon_surely(matter: Matter, *, today: date) -> tuple[Reckoned, Exception | None]:
    """Like `reckon_matter`, but what fails leaves every clock undetermined; gives the failure beside it."""
    try:
        return reckon_matter(matter, today=today), None
    except Exception as failure:  # noqa: BLE001 - no fault of the law may keep a fact from being recorded
        clocks = undetermined(matter, reason=FAILED)
        return Reckoned(clocks=clocks, tracings=(), recompute_on=None), failure


def _recompute_on(
    clocks: Sequence[ClockRow], tracings: Sequence[TracingRow], following: date | None, today: date
) -> date | None:
    days = [following] if following is not None else []
    days += [row.ends_on + _DAY for row in tracings]
    ended = (row.best_on for row in clocks if row.standing == "ended" and row.listed and row.best_on != NEVER)
    days += [on + RECENT + _DAY for on in ended]
    return min(days, default=None)


def undetermined(matter: Matter, *, reason: str, is_closed: bool = False) -> tuple[ClockRow, ...]:
    """Give a clock of each obligor that says only why nothing can be said; never raises."""
    opened = next((entry.facts for entry in matter.entries if entry.seq == 1), {})
    parties = [one for one in parts(opened, "parties") if text(one, "role") in _OBLIGORS and text(one, "party")]
    return tuple(_unknown(matter, party, reason, is_closed) for party in parties)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What the clocks do not say themselves."""

    full: Mapping[str, str]
    is_closed: bool

    @classmethod
    def of(cls, stated: Sequence[Statement]) -> "_Names":
        opened = next((one.facts for one in stated if one.kind == "matter.opened"), {})
        full = {text(one, "party") or "": text(one, "name") or "" for one in parts(opened, "parties")}
        return cls(full=full, is_closed=any(_closes(one) for one in stated))


def _closes(one: Statement) -> bool:
    """A matter that was closed by mistake is opened again by correcting that entry with `reopened`."""
    return one.kind == "matter.closed" and not flag(one.facts, "reopened")


def _clocks(matter: Matter, timeline: Timeline, names: _Names, today: date) -> Iterator[ClockRow]:
    for party in timeline.parties:
        for best, conservative in _paired(party.best, party.conservative):
            yield _row(matter, best, conservative, names, today)


def _paired(best: Sequence[Clock], conservative: Sequence[Clock]) -> Iterator[tuple[Clock, Clock]]:
    """Put both tracks' clocks side by side; a debt that is one on one track stands beside each part on the other."""
    if len(best) == len(conservative):
        yield from zip(best, conservative, strict=True)
    elif len(best) == 1:
        yield from ((best[0], one) for one in conservative)
    else:
        yield from ((one, conservative[0]) for one in best)


def _row(matter: Matter, best: Clock, conservative: Clock, names: _Names, today: date) -> ClockRow:
    standing = "closed" if names.is_closed else "ended" if best.state in _ENDED else "open"
    best_on, item = _last_day(best), best.item or conservative.item
    return ClockRow(
        tenant_id=matter.tenant_id,
        matter_id=matter.matter_id,
        party=best.party[:PARTY_LENGTH],
        item=item.isoformat() if item else "",
        role=best.role.value,
        party_name=names.full.get(best.party, "")[:NAME_LENGTH],
        best_state=best.state.value,
        best_on=best_on,
        best_period=_period(best),
        conservative_state=conservative.state.value,
        conservative_on=_last_day(conservative),
        conservative_period=_period(conservative),
        alarm_on=conservative.raw_last_day or _last_day(conservative),
        reason=_reason(conservative, best),
        standing=standing,
        listed=standing == "open" or (standing == "ended" and best_on >= today - RECENT),
    )


def _last_day(clock: Clock) -> date:
    """Give the last day; of a clock that ended without one, the day of its last step."""
    if clock.last_day is not None:
        return clock.last_day
    return max(step.on for step in clock.steps) if clock.state in _ENDED and clock.steps else NEVER


def _period(clock: Clock) -> str:
    """Tell which period the last day is of; nothing where there is no last day."""
    if clock.last_day is None:
        return ""
    if clock.current is None or clock.current.last_day != clock.last_day:
        return PeriodKind.LONGEST.value  # the 20 years end before the period does
    return clock.current.kind.value


def _reason(*clocks: Clock) -> str:
    for clock in clocks:
        if clock.state in _UNKNOWN:
            return (clock.missing or (NOT_COVERED,))[0]
    return ""


def _unknown(matter: Matter, party: Values, reason: str, is_closed: bool) -> ClockRow:
    return ClockRow(
        tenant_id=matter.tenant_id,
        matter_id=matter.matter_id,
        party=(text(party, "party") or "")[:PARTY_LENGTH],
        item="",
        role=text(party, "role") or "",
        party_name=(text(party, "name") or "")[:NAME_LENGTH],
        best_state=State.UNDETERMINED.value,
        best_on=NEVER,
        best_period="",
        conservative_state=State.UNDETERMINED.value,
        conservative_on=NEVER,
        conservative_period="",
        alarm_on=NEVER,
        reason=reason,
        standing="closed" if is_closed else "open",
        listed=not is_closed,
    )
