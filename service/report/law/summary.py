"""The answer to be found in one minute: when the period began, what interrupted it, what shows that, when it ends."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from service.report.law.happenings import ranges
from service.report.law.pictures import ending
from service.report.law.rows import Clock, Row
from service.report.law.words import ENDS, QUALITIES, zh

NAMED = 3
"""Facts that the summary names; the rest are in the table."""
LISTED = 24
"""Exhibits that are named by their numbers."""
_ENDED = ("expired", "capped", "released")


def summary(party: Mapping[str, Any], rows: Sequence[Row], *, as_of: date) -> list[dict[str, Any]]:
    """Give the questions and their answers, each in lines."""
    best, strict = party["best"], party["conservative"]
    if len(best) != 1 or len(strict) != 1:
        return _of_many(best, strict, as_of=as_of)
    one, other = best[0], strict[0]
    told = [
        ("保证期间", list(_guarantee(one, rows))),
        ("何时起算", list(_start(one))),
        ("因何中断", list(_interrupted(rows))),
        ("以何证明", list(_proved(rows))),
        ("何时届满", list(_end(one, other))),
        ("现状", [_standing(one, other, as_of=as_of)]),
    ]
    return [{"label": label, "lines": lines} for label, lines in told if lines]


def _of_many(best: Sequence[Clock], strict: Sequence[Clock], *, as_of: date) -> list[dict[str, Any]]:
    """Due dates of a fee run apart: count them, and name the next one that ends."""
    over = [sum(clock["state"] in _ENDED for clock in clocks) for clocks in (best, strict)]
    running = [
        sorted(c["last_day"] for c in clocks if c["last_day"] and c["state"] not in _ENDED) for clocks in (best, strict)
    ]
    ends = [
        f"{label}最早届满的一期：{zh(days[0])}"
        for label, days in zip(("通常算法，", "从严算法，"), running, strict=True)
        if days
    ]
    counted = f"通常算法已届满{over[0]}期，从严算法已届满{over[1]}期"
    return [
        {"label": "何时起算", "lines": [f"定期发生的费用，逐期起算，共{len(best)}期，各期分列于下"]},
        {"label": "何时届满", "lines": ends or ["各期均无正在计算的期间"]},
        {"label": "现状", "lines": [f"至推算日{zh(as_of)}，{counted}"]},
    ]


def _guarantee(clock: Clock, rows: Sequence[Row]) -> Iterator[str]:
    for period in clock["periods"]:
        if period["kind"] == "guarantee":
            unmoved = f"（顺延前为{zh(period['raw_last_day'])}）" if period["rolled"] else ""
            yield f"{zh(period['starts_on'])}主债务到期，保证期间至{zh(period['last_day'])}{unmoved}"
    kept = [row for row in rows if any(step["effect"] == "satisfies" for step in row.best)]
    for row in kept[:1]:
        yield f"{zh(row.on)}（距届满{row.days_left}日）已行使权利：{row.happening.what}（第{row.number}项）"


def _start(clock: Clock) -> Iterator[str]:
    periods = [one for one in clock["periods"] if one["kind"] != "guarantee"]
    if not periods:
        if clock["missing"]:
            yield f"不能推算，缺少：{'、'.join(one['zh'] for one in clock['missing'])}"
        elif not clock["periods"]:
            yield clock["state_zh"]
        else:
            yield "保证债务的诉讼时效尚未起算"
        return
    first, current = periods[0], periods[-1]
    yield f"{zh(first['starts_on'])}（当日不计入），{first['kind_zh']}{first['span_zh']}"
    if current is not first:
        yield f"最近一次重新起算：{zh(current['starts_on'])}（当日不计入），{current['kind_zh']}{current['span_zh']}"


def _interrupted(rows: Sequence[Row]) -> Iterator[str]:
    found = [row for row in rows if any(step["effect"] in ("interrupts", "waives", "enforcement") for step in row.best)]
    if not found:
        return
    left_out = f"，下列最近{NAMED}次，其余见下表" if len(found) > NAMED else ""
    yield f"共{len(found)}次{left_out}："
    for row in found[-NAMED:]:
        yield f"{zh(row.on)}　{row.happening.what}（第{row.number}项）"


def _proved(rows: Sequence[Row]) -> Iterator[str]:
    counting = [row for row in rows if row.counts]
    for grade, words in (("A", "证据充分"), ("B", "可以认定"), ("C", "有争议，从严算法不计"), ("D", "不足，不计")):
        numbers = [row.number for row in counting if row.grade == grade]
        if numbers:
            yield f"{grade} 级（{words}）：第{ranges(numbers)}项"
    exhibits = sorted({no for row in counting for no in row.happening.exhibits})
    if exhibits:
        yield (
            f"证据目录序号：{ranges(exhibits)}"
            if len(exhibits) <= LISTED
            else f"证据目录中的{len(exhibits)}份，序号见下表"
        )


def _end(best: Clock, strict: Clock) -> Iterator[str]:
    ours, theirs = _last(best), _last(strict)
    if ours == theirs:
        yield f"通常、从严算法相同：{ours}"
    else:
        yield f"通常算法：{ours}"
        yield f"从严算法：{theirs}"
    if best["longest"] and ending(best) not in ("enforcement", "longest"):
        yield f"二十年最长期间：至{zh(best['longest']['last_day'])}"


def _last(clock: Clock) -> str:
    if clock["last_day"]:
        return f"{zh(clock['last_day'])}（{ENDS[ending(clock)]}{_moved(clock)}）"
    return f"{clock['state_zh']}，没有可以写明的届满日"


def _moved(clock: Clock) -> str:
    """Say how a last day came to lie where it lies: a holiday passed over, an arrangement not yet published."""
    said = f"；原为{zh(clock['raw_last_day'])}，休假日顺延" if clock["raw_last_day"] != clock["last_day"] else ""
    quality = QUALITIES.get(clock["quality"] or "", "")
    return said + (f"；{quality}" if quality else "")


def _standing(best: Clock, strict: Clock, *, as_of: date) -> str:
    if best["state"] == strict["state"]:
        left = _left(best, as_of), _left(strict, as_of)
        days = "，尚余 " + (f"{left[0]} 日" if left[0] == left[1] else f"{left[0]} 日（从严 {left[1]} 日）")
        return f"至{zh(as_of)}：{best['state_zh']}{days if None not in left else ''}"
    return f"至{zh(as_of)}：通常算法，{best['state_zh']}；从严算法，{strict['state_zh']}"


def _left(clock: Clock, as_of: date) -> int | None:
    if not clock["last_day"] or clock["state"] in _ENDED:
        return None
    return (date.fromisoformat(clock["last_day"]) - as_of).days
