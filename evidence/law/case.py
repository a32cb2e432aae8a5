"""Case files: TOML that a lawyer reads and signs, with facts and what the law is expected to make of them.

The format is told in docs/law-cases.md.
"""

import tomllib
from collections.abc import Iterable, Sequence
from typing import TypeVar

from evidence.errors import MalformedError
from evidence.law.case_checking import Names, check_answer, check_expectation
from evidence.law.case_comparison import compare
from evidence.law.case_differences import Difference
from evidence.law.case_format import Case, CaseFile, Situation, Variant
from evidence.law.case_reading import read
from evidence.law.facts import Claim, Event, Facts, Party

__all__ = ["Case", "Difference", "compare", "parse"]

MAX_BYTES = 128 * 1024
MAX_DEPTH = 12
MAX_DOTS = 24
"""In one line. A key of thousands of dotted parts takes the parser gigabytes."""
_OPENING, _CLOSING = "[{", "]}"

Fact = TypeVar("Fact", Party, Event)


def parse(text: str) -> Case:
    """Read a case file.

    Raises:
        MalformedError: No TOML, larger than 128 KiB, or not in the format; `where` names the place, like
            `event[2].channel`, counted from 1.
    """
    file = read(_tables(text), CaseFile, "")
    own = Situation(
        name="", note=file.note, as_of=file.as_of, suits=file.suit, expect=file.expect, handover=file.handover,
        facts=_facts(file.claim, file.party, file.event, ""),
    )  # fmt: skip
    situations = (own, *(_varied(own, variant, number) for number, variant in enumerate(file.variant, start=1)))
    _check(file, situations)
    return Case(
        id=file.id, title=file.title, kind=file.kind, confidence=file.confidence, source=file.source,
        reviewer=file.reviewer, note=file.note, disagrees=file.disagrees, situations=situations,
    )  # fmt: skip


def _facts(claim: Claim | None, parties: tuple[Party, ...], events: tuple[Event, ...], place: str) -> Facts | None:
    if claim is not None and not parties:
        raise MalformedError("至少要有一个当事人 at least one party is needed", where=f"{place}party")
    if claim is None and (parties or events):
        raise MalformedError("缺少这个表 this table is missing", where=f"{place}claim")
    return None if claim is None else Facts(claim=claim, parties=parties, events=events)


def _tables(text: str) -> dict[str, object]:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise MalformedError(f"文件过大 larger than {MAX_BYTES} bytes")
    _check_depth(text)
    try:
        return tomllib.loads(text)
    except ValueError as error:  # also a number of too many digits
        raise MalformedError(f"不是有效的 TOML not valid TOML: {str(error)[:200]}") from error


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser meets it."""
    depth = 0
    for letter in text:
        depth = depth + 1 if letter in _OPENING else max(depth - 1, 0) if letter in _CLOSING else depth
        if depth > MAX_DEPTH:
            raise MalformedError(f"嵌套过深 nested deeper than {MAX_DEPTH}")
    if any(line.count(".") > MAX_DOTS for line in text.split("\n")):
        raise MalformedError(f"一行中的点号过多 more than {MAX_DOTS} dots in a line")


def _varied(own: Situation, variant: Variant, number: int) -> Situation:
    facts = own.facts
    return Situation(
        name=variant.name, note=variant.note, as_of=variant.as_of or own.as_of, suits=variant.suit or own.suits,
        readings=variant.readings, expect=variant.expect, handover=variant.handover or own.handover,
        facts=_facts(
            variant.claim or (facts.claim if facts else None),
            _replaced(facts.parties if facts else (), variant.party, variant.remove),
            _replaced(facts.events if facts else (), variant.event, variant.remove),
            f"variant[{number}].",
        ),
    )  # fmt: skip


def _replaced(old: Sequence[Fact], new: Sequence[Fact], removed: frozenset[str]) -> tuple[Fact, ...]:
    by_name = {name_of(each): each for each in old if name_of(each) not in removed}
    return tuple((by_name | {name_of(each): each for each in new}).values())


def name_of(fact: Party | Event) -> str:
    """Give a party's name or an event's id."""
    return fact.party if isinstance(fact, Party) else fact.id


def _check(file: CaseFile, situations: Iterable[Situation]) -> None:
    _check_names(file.party, "party", "party")
    _check_names(file.event, "event", "id")
    for number, variant in enumerate(file.variant, start=1):
        _check_variant(file, variant, f"variant[{number}]")
    _check_unlike([each.name for each in file.variant], "variant", "name")
    for number, each in enumerate(situations):
        check_expectation(
            each.expect, f"variant[{number}].expect" if number else "expect", names=_names(each)
        )  # fmt: skip


def _names(situation: Situation) -> Names:
    facts = situation.facts
    return Names(
        parties=[name_of(each) for each in facts.parties] if facts else (),
        events=[name_of(each) for each in facts.events] if facts else (),
        suits=[each.on for each in situation.suits],
        has_handover=situation.handover is not None,
    )


def _check_variant(file: CaseFile, variant: Variant, place: str) -> None:
    _check_names(variant.party, f"{place}.party", "party")
    _check_names(variant.event, f"{place}.event", "id")
    unknown = variant.remove - {name_of(each) for each in (*file.party, *file.event)}
    if unknown:
        raise MalformedError(f"没有 unknown: {', '.join(sorted(unknown))}", where=f"{place}.remove")
    for question, answer in variant.readings:
        check_answer(question, answer, f"{place}.readings.{question}")


def _check_names(facts: Sequence[Party | Event], place: str, key: str) -> None:
    _check_unlike([name_of(each) for each in facts], place, key)


def _check_unlike(names: Sequence[str], place: str, key: str) -> None:
    for number, name in enumerate(names, start=1):
        if not name:
            raise MalformedError("不能为空 must not be empty", where=f"{place}[{number}].{key}")
        if name in names[: number - 1]:
            raise MalformedError(f"重复 used twice: {name}", where=f"{place}[{number}].{key}")
