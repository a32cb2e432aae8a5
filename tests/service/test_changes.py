"""Between a reckoning and the day on which it is to be done again, nothing changes by itself."""

import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "law"))

from law_strategies import AS_OF, debtor, facts, filed, guarantor, suspended

from evidence.law.contradictions import ContradictionError, check
from evidence.law.facts import Claim, Facts
from evidence.law.timeline import reckon
from evidence.law.vocabulary import ClaimKind, End, Mode, ProceedingKind
from service.changes import first_after, next_change

FAR = 40 * 366


def told(given_facts: Facts, on: date) -> list[tuple[object, ...]]:
    timeline = reckon(given_facts, as_of=on)
    clocks = [clock for party in timeline.parties for clock in (*party.best, *party.conservative)]
    return [(clock.party, clock.track, clock.item, clock.state, clock.last_day, clock.raw_last_day) for clock in clocks]


def agree(given_facts: Facts) -> bool:
    try:
        check(given_facts)
    except ContradictionError:
        return False
    return True


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(facts(), AS_OF, st.data())
def test_nothing_changes_before_the_day_that_is_foretold(known: Facts, today: date, data: st.DataObject) -> None:
    assume(agree(known))
    following = next_change(known, reckon(known, as_of=today), today=today)
    last = today + timedelta(days=FAR) if following is None else following - timedelta(days=1)
    assert last >= today
    between = data.draw(st.integers(0, (last - today).days))
    for on in (today + timedelta(days=between), last):
        assert told(known, on) == told(known, today), on


def test_the_day_itself_and_the_day_after_it_are_looked_at() -> None:
    day = date(2026, 12, 1)
    assert first_after(day - timedelta(days=2), [day]) == day
    assert first_after(day, [day]) == day + timedelta(days=1)
    assert first_after(day + timedelta(days=1), [day]) is None
    assert first_after(day, []) is None


def test_an_application_without_a_ruling_starts_the_guarantee_debt_a_year_later() -> None:
    known = Facts(
        claim=Claim(kind=ClaimKind.LOAN, due_on=date(2024, 1, 10)),
        parties=(debtor(), guarantor(mode=Mode.GENERAL)),
        events=(
            filed("e1", date(2024, 2, 1), against="甲", ended_on=date(2024, 5, 6), end=End.JUDGMENT),
            filed("e2", date(2024, 9, 2), against="甲", kind=ProceedingKind.ENFORCEMENT),
        ),
    )
    today = date(2024, 12, 2)
    days = [today]
    while (following := next_change(known, reckon(known, as_of=days[-1]), today=days[-1])) and len(days) < 50:
        days.append(following)
    assert date(2025, 9, 2) in days
    assert told(known, date(2025, 9, 1)) != told(known, date(2025, 9, 3))


def test_while_a_cause_lasts_every_day_moves_the_end() -> None:
    known = Facts(
        claim=Claim(kind=ClaimKind.LOAN, due_on=date(2023, 12, 20)),
        parties=(debtor(),),
        events=(suspended("e1", date(2026, 11, 2), None),),
    )
    today = date(2026, 11, 28)
    assert next_change(known, reckon(known, as_of=today), today=today) == date(2026, 11, 29)
    assert told(known, date(2026, 11, 29)) != told(known, today)
