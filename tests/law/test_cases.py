"""Every case file, and whether the comparison would notice if one expected something else."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from scenario_coverage import GIVEN

from evidence.law import case
from evidence.law.calendar import Quality
from evidence.law.case_answer import Answer, answer
from evidence.law.case_comparison import differences
from evidence.law.case_expectations import (
    NOTHING,
    ClockExpectation,
    Expectation,
    HandoverExpectation,
    PeriodExpectation,
    SuitExpectation,
    WarningExpectation,
)
from evidence.law.case_format import Situation
from evidence.law.clock import Effect, Track
from evidence.law.handover import HandoverNotice, handover

CASES = Path(__file__).with_name("cases")
FILES = sorted([*CASES.glob("*.toml"), *CASES.glob("contradictory/*.toml")])
NAMES_OF_THINGS = {"party", "event", "track", "item", "question", "answer", "code"}
"""Fields that say of what something is expected; another one may well be met."""
AT_LEAST = {"provisions", "flags"}
ABSENCES = {"no_last_day", "no_risk", "not_delivered"}
"""To turn one off expects nothing in its place; a test of its own turns them on."""


def read(path: Path) -> case.Case:
    return case.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_law_answers_as_expected(path: Path) -> None:
    assert case.compare(read(path)) == ()


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_order_of_the_facts_does_not_matter(path: Path) -> None:
    found = read(path)
    turned = replace(found, situations=tuple(reversed_facts(each) for each in found.situations))
    assert case.compare(turned) == ()


def reversed_facts(situation: Situation) -> Situation:
    facts = situation.facts
    if facts is None:
        return situation
    return replace(situation, facts=replace(facts, events=facts.events[::-1], parties=facts.parties[::-1]))


def test_every_given_scenario_is_there() -> None:
    assert len(GIVEN) == 60
    assert GIVEN.keys() <= {path.name.split("-")[0] for path in CASES.glob("*.toml")}


def test_there_are_enough_further_cases() -> None:
    assert len([path for path in CASES.glob("*.toml") if path.name.split("-")[0] not in GIVEN]) >= 60


def test_a_file_is_named_after_its_case() -> None:
    cases = {path.stem: read(path) for path in CASES.glob("*.toml")}
    assert [name for name, found in cases.items() if not re.fullmatch(rf"{found.id}-[a-z0-9-]+", name)] == []
    assert len({found.id for found in cases.values()}) == len(cases)


def test_every_file_expects_something_in_every_situation() -> None:
    silent = [(path.stem, each.name) for path in FILES for each in read(path).situations if not each.expect]
    assert silent == []


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_a_given_scenario_expects_all_that_it_was_given(name: str) -> None:
    days, counts = GIVEN[name]
    expected = [each.expect for each in read(next(CASES.glob(f"{name}-*.toml"))).situations]
    assert set(days.split()) <= {day.isoformat() for expect in expected for day in dates_in(expect)}
    for count in counts.split():
        kind, least = count.split(":")
        assert sum(amount(expect, kind) for expect in expected) >= int(least), kind


def amount(expect: Expectation, kind: str) -> int:
    value = getattr(expect, kind)
    return len(value) if isinstance(value, tuple) else int(value != getattr(NOTHING, kind))


def dates_in(value: object) -> Iterator[date]:
    if isinstance(value, date):
        yield value
    elif isinstance(value, tuple | frozenset):
        for each in value:
            yield from dates_in(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from dates_in(getattr(value, each.name))


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(CASES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_changed_expectation_is_noticed(path: Path) -> None:
    """Every value that is expected is changed in turn: the comparison names the place."""
    answers = [answer(situation) for situation in read(path).situations]
    unnoticed = [
        (place, expect)
        for found in answers
        for place, expect in changed(found.situation.expect)
        if not is_noticed(found, place, expect)
    ]
    assert unnoticed == []


def is_noticed(found: Answer, place: str, expect: Expectation) -> bool:
    return any(each.where.startswith(place) for each in differences(expect, found, ""))


def changed(expect: Expectation) -> Iterator[tuple[str, Expectation]]:
    """Give the expectation with each of its values changed in turn, and the place of the table that holds the value."""
    for each in fields(expect):
        for place, other in changes(getattr(expect, each.name), each.name):
            yield f".{each.name}{place}", replace(expect, **{each.name: other})


def changes(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple):
        for number, entry in enumerate(value, start=1):
            for _, other in changes(entry, ""):
                yield f"[{number}]", (*value[: number - 1], other, *value[number:])
        if name == "chain":
            yield "", (*value, PeriodExpectation())
    elif is_dataclass(value):
        yield from changed_fields(value)
    elif value is not None and name not in NAMES_OF_THINGS | ABSENCES:
        yield from (("", other) for other in others(value, name))


def changed_fields(value: Any) -> Iterator[tuple[str, Any]]:
    for each in fields(value):
        if isinstance(value, SuitExpectation) and each.name == "on":
            continue
        for _, other in changes(getattr(value, each.name), each.name):
            yield "", replace(value, **{each.name: other})


def others(value: Any, name: str) -> Iterator[Any]:
    """Give values that the same answer cannot meet as well."""
    if isinstance(value, Effect):
        yield Effect.INTERRUPTS if value is Effect.NONE else Effect.SUSPENDS if value is Effect.CAPS else Effect.CAPS
    elif isinstance(value, StrEnum):
        yield next(each for each in reversed(type(value)) if each is not value)
    elif isinstance(value, bool):
        yield from [] if value is False and name == "absent" else [not value]
    elif isinstance(value, date):
        yield value + timedelta(days=1)
    elif isinstance(value, frozenset):
        yield from other_sets(value, name)
    elif isinstance(value, str):
        yield "99y"


def other_sets(value: frozenset[Any], name: str) -> Iterator[Any]:
    if value or name not in AT_LEAST:
        yield value | {"no such code"}
    if value and name not in AT_LEAST:
        yield value - {sorted(value)[0]}


def test_the_changes_reach_every_kind_of_expectation() -> None:
    """The test above would notice nothing if it changed nothing: these are the kinds that it changes."""
    expected = [each.expect for path in CASES.glob("*.toml") for each in read(path).situations]
    kinds = {place.split("[")[0] for expect in expected for place, _ in changed(expect)}
    assert kinds == {f".{each.name}" for each in fields(Expectation)} - {".contradiction"}


def test_a_day_where_none_is_expected_is_noticed() -> None:
    found = answer(read(next(CASES.glob("A01-*.toml"))).situations[0])
    clock = ClockExpectation(party="D", track=Track.BEST, no_last_day=True)
    assert [each.where for each in differences(Expectation(clock=(clock,)), found, "x")] == ["x.clock[1].no_last_day"]
    notice = HandoverNotice(received_on=date(2024, 6, 15), days=10, delivery_on=date(2024, 6, 28))
    moved_in = replace(found, handover=handover(replace(notice, refused_without_reason=True, conditions_met=True)))
    nothing = HandoverExpectation(no_risk=True, no_last_day=True, not_delivered=True)
    assert [each.where for each in differences(Expectation(handover=nothing), moved_in, "x")] == [
        "x.handover.no_risk",
        "x.handover.no_last_day",
        "x.handover.not_delivered",
    ]


def test_a_warning_that_must_not_be_there_is_noticed() -> None:
    found = answer(read(next(CASES.glob("G02-*.toml"))).situations[0])
    warning = WarningExpectation(code="letter_to_general", absent=True)
    assert [each.where for each in differences(Expectation(warning=(warning,)), found, "x")] == ["x.warning[1]"]


def test_contradictory_facts_are_named() -> None:
    """Each file's ids are compared; a file that names others differs."""
    for path in CASES.glob("contradictory/*.toml"):
        found = read(path)
        own = found.situations[0]
        other = replace(own, expect=Expectation(contradiction=frozenset({"somebody else"})))
        assert [each.where for each in case.compare(replace(found, situations=(other,)))] == ["expect.contradiction"]


def test_facts_that_agree_differ_from_an_expected_contradiction() -> None:
    found = read(next(CASES.glob("C01-*.toml")))
    expect = Expectation(contradiction=frozenset({"e1"}))
    turned = replace(found, situations=(replace(found.situations[0], expect=expect),))
    assert [(each.expected, each.got) for each in case.compare(turned)] == [("e1", "—")]


def test_last_days_of_years_without_an_arrangement_are_marked() -> None:
    """A case that looks past the published years says so, and is to be looked at again each November."""
    late = [
        period
        for path in CASES.glob("*.toml")
        for situation in read(path).situations
        for clock in situation.expect.clock
        for period in clock.chain or ()
        if period.last_day is not None and period.last_day.year > 2026
    ]
    assert late
    assert {period.quality for period in late} == {Quality.PROVISIONAL}
