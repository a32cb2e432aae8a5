"""The reasoning of one party's pages, in the order in which a court goes: claim, period, each assertion, the end."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from service.report.law.happenings import ranges
from service.report.law.pictures import ending
from service.report.law.rows import ACTS, IDLE, Clock, Row, Step, is_event
from service.report.law.words import ENDS, bare, by_items, cited, of_items, zh

IN_ORDER = 16
"""Steps that are told in the order of their days; more are told by what they have in common."""
_ENDING = frozenset({"releases", "caps", "ends"})
"""Effects that are told where the end is told."""
LISTED = 8
"""Facts of one kind that a paragraph names one by one; more are named by their numbers."""


def reasoning(
    party: Mapping[str, Any], rows: Sequence[Row], *, claim: Sequence[str], as_of: date
) -> list[dict[str, Any]]:
    """Give headed paragraphs, from the claim to the day on which the period ends."""
    best, strict = party["best"], party["conservative"]
    guarantor = party["role"] == "guarantor"
    parts = [
        ("主债权及履行期限" if guarantor else "债权及履行期限", list(claim)),
        ("保证方式、保证期间及保证债务时效的起算" if guarantor else "适用的期间", list(_starts(best, rows))),
        ("各项主张、承认及其效力（通常算法）", list(_assertions(rows))),
        ("从严算法与通常算法的不同", list(_stricter(rows, best, strict))),
        ("期间是否曾经届满", list(_lapses(best, strict, as_of=as_of))),
    ]
    return [{"title": title, "paragraphs": paragraphs} for title, paragraphs in parts if paragraphs]


def _starts(clocks: Sequence[Clock], rows: Sequence[Row]) -> Iterator[str]:
    """Say what rests on the claim and the guarantee themselves: their terms, a transition, the cap."""
    yield from by_items((clock["item"], said) for clock in clocks for said in _terms(clock, rows))


def _terms(clock: Clock, rows: Sequence[Row]) -> Iterator[str]:
    for step in (step for step in _own(clock) if step["effect"] not in _ENDING):
        yield f"{_numbers(step, rows)}{bare(step['reason_zh'])}（{cited(step['provisions_zh'])}）。"
    if clock["periods"] and not clock["item"]:
        yield _first_period(clock["periods"])
    if clock["missing"]:
        yield f"尚不能推算，缺少：{'；'.join(bare(one['zh']) for one in clock['missing'])}。"


def _own(clock: Clock) -> list[Step]:
    """Give the steps that rest on no fact of the table, and those by which one only fixes a beginning."""
    return [step for step in clock["steps"] if not any(map(is_event, step["because"])) or _begins(step)]


def _first_period(periods: Sequence[Mapping[str, Any]]) -> str:
    """Say how long the first period is, and when it would have ended if nothing had happened."""
    first = next((one for one in periods if one["kind"] != "guarantee"), periods[0])
    if first["kind"] == "guarantee":
        return f"保证期间自{zh(first['starts_on'])}起计算，至{zh(first['last_day'])}，不中断、不中止、不延长。"
    whole = f"{first['kind_zh']}为{first['span_zh']}，自{zh(first['starts_on'])}的次日起计算"
    moved = "经中止" if first["suspended"] else "如无中断"
    return f"{whole}；{moved}，至{zh(first['last_day'])}届满。"


def _begins(step: Step) -> bool:
    return step["effect"] in ("starts", "fixes_start")


def _numbers(step: Step, rows: Sequence[Row]) -> str:
    found = [row.number for row in rows if row.happening.id in step["because"]]
    return f"据第{ranges(found)}项，" if found else ""


def _assertions(rows: Sequence[Row]) -> Iterator[str]:
    """One paragraph for each fact; those with the same effect for the same reason share one, if there are many."""
    told = [(row, step) for row in rows for step in row.best if not _begins(step)]
    if len(told) > IN_ORDER:
        first = {_same(step): row.number for row, step in reversed(told)}
        told.sort(key=lambda pair: first[_same(pair[1])])
    for _, group in groupby(told, key=lambda pair: _same(pair[1])):
        pairs = list(group)
        step = pairs[0][1]
        yield f"{_who(pairs)}：{bare(step['reason_zh'])}（{cited(step['provisions_zh'])}）。{_in_time(pairs)}"


def _same(step: Step) -> tuple[str, str]:
    return (step["reason_zh"], step["effect"])


def _who(pairs: Sequence[tuple[Row, Step]]) -> str:
    """Name one fact with its day, or several by their numbers, and the due dates that they are about."""
    numbers = list(dict.fromkeys(row.number for row, _ in pairs))
    items = of_items(step["item"] for _, step in pairs)
    about = f"（{items}）" if items else ""
    if len(numbers) == 1:
        row, step = pairs[0]
        return f"第{row.number}项　{zh(step['on'])}，{row.happening.what}{about}"
    days = list(dict.fromkeys(zh(step["on"]) for _, step in pairs))
    listed = "、".join(days if len(days) <= LISTED else [*days[:2], "……", *days[-2:]])
    return f"第{ranges(numbers)}项　共{len(numbers)}次（{listed}）{about}"


def _in_time(pairs: Sequence[tuple[Row, Step]]) -> str:
    left = [row.days_left for row, step in pairs if step["effect"] in ACTS and row.days_left is not None]
    if not left or min(left) < 0:
        return ""
    return f"其时距当时期间届满尚有{left[0]}日。" if len(left) == 1 else f"其时距当时期间届满最少尚有{min(left)}日。"


def _stricter(rows: Sequence[Row], best: Sequence[Clock], strict: Sequence[Clock]) -> Iterator[str]:
    """Name each fact that the conservative track leaves out or takes from another day, and why."""
    for row in rows:
        for said in by_items((step["item"], differing(step)) for step in differing_steps(row)):
            yield f"第{row.number}项　{row.happening.what}：{said}。"
    pairs = zip(best, strict, strict=False)
    yield from by_items((ours["item"], said) for ours, theirs in pairs for said in _other_start(ours, theirs, rows))


def _other_start(best: Clock, strict: Clock, rows: Sequence[Row]) -> Iterator[str]:
    if not best["periods"] or not strict["periods"]:
        return
    ours, theirs = (clock["periods"][-1]["starts_on"] for clock in (best, strict))
    if ours != theirs:
        posted = next((row for row in rows if row.happening.posted_on == date.fromisoformat(theirs)), None)
        why = f"（第{posted.number}项的交寄日）" if posted else ""
        yield f"现行期间的起算日：通常算法为{zh(ours)}，从严算法为{zh(theirs)}{why}。"


def differing(step: Step) -> str:
    """Say what a fact does on the conservative track, and why."""
    return f"{stricter(step)}；{bare(step['reason_zh'])}（{cited(step['provisions_zh'])}）"


def differing_steps(row: Row) -> list[Step]:
    """Give the steps of the conservative track that the best one has not."""
    ours = {(step["effect"], step["on"], step["item"]) for step in row.best}
    return [step for step in row.conservative if (step["effect"], step["on"], step["item"]) not in ours]


def stricter(step: Step) -> str:
    """Say in a word what a step of the conservative track is."""
    return "不计入" if step["effect"] in IDLE else f"{step['on']} {step['effect_zh']}"


def _lapses(best: Sequence[Clock], strict: Sequence[Clock], *, as_of: date) -> Iterator[str]:
    same = list(_ends(best, as_of=as_of)) == list(_ends(strict, as_of=as_of))
    for label, clocks in (("", best),) if same else (("按通常算法，", best), ("按从严算法，", strict)):
        yield from by_items((item, label + said) for item, said in _ends(clocks, as_of=as_of))
    if same:
        yield "以上结论按通常算法和从严算法相同。"
    yield from dict.fromkeys(f"{bare(flag['zh'])}。" for clock in (*best, *strict) for flag in clock["flags"])


def _ends(clocks: Sequence[Clock], *, as_of: date) -> Iterator[tuple[str | None, str]]:
    """Give what ended each clock or will, and whether it ever ran out, with its due date."""
    for clock in clocks:
        for step in (step for step in _own(clock) if step["effect"] in _ENDING):
            yield clock["item"], f"{bare(step['reason_zh'])}（{cited(step['provisions_zh'])}）。"
        yield clock["item"], lapse(clock, as_of=as_of)


def gaps(clock: Clock) -> Iterator[str]:
    """Give the last days of periods that had run out before something revived the claim."""
    waived = [step["on"] for step in clock["steps"] if step["effect"] in ("waives", "new_guarantee")]
    for day in waived:
        over = [one["last_day"] for one in clock["periods"] if one["last_day"] < day and one["starts_on"] < day]
        if over:
            yield max(over)


def lapse(clock: Clock, *, as_of: date) -> str:
    """Say plainly whether the period ever ran out."""
    last, kind = clock["last_day"], ENDS[ending(clock)]
    revived = "；".join(f"曾于{zh(day)}届满，其后义务人同意履行或者另立保证，重新计算" for day in gaps(clock))
    head = f"期间{revived}；" if revived else ""
    if clock["state"] in ("expired", "released", "capped"):
        return f"{head}{_kept(clock)}{kind.removesuffix('届满')}已于{zh(last)}届满（推算日为{zh(as_of)}）。"
    if clock["state"] in ("undetermined", "not_covered", "not_subject", "not_started"):
        return f"{clock['state_zh']}，不存在可以计算的届满日。" if not last else f"{clock['state_zh']}。"
    if last is None:
        return f"{head}{_kept(clock)}{clock['state_zh']}，目前没有正在计算的期间。"
    return f"{head}{_kept(clock)}现行期间的最后一日为{zh(last)}，至推算日{zh(as_of)}尚未届满。"


def _kept(clock: Clock) -> str:
    """Say what kept the periods from running out."""
    effects = [step["effect"] for step in clock["steps"]]
    called = "债权人已在保证期间内依法行使权利，保证期间不再影响保证责任；" if "satisfies" in effects else ""
    count = effects.count("interrupts")
    return called + (f"{count}次中断均发生在当时的期间届满以前；" if count else "")
