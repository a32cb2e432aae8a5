"""What came of a case, as JSON and in plain Chinese."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from evidence.canonical import JsonValue
from evidence.law.answers import advice_to_json
from evidence.law.case_answer import Answer
from evidence.law.case_differences import Difference
from evidence.law.case_format import Case
from evidence.law.clock import Clock, PartyTimeline, Track
from evidence.law.fact_words import event_name
from evidence.law.handover import Handover
from evidence.law.plain import lines_of
from evidence.law.provisions import PROVISIONS
from evidence.law.timeline import SuitOutcome, suit_outcome
from evidence.law.wording import DISCLAIMER_ZH

SUITS = {
    SuitOutcome.IN_TIME: "在期间内",
    SuitOutcome.EXPIRED: "时效已届满，被告可以抗辩",
    SuitOutcome.CAPPED: "已过二十年，除非法院依申请延长",
    SuitOutcome.RELEASED: "保证人已免责",
    SuitOutcome.NOT_SUBJECT: "不适用诉讼时效",
    SuitOutcome.UNDETERMINED: "事实不足，无法判断",
}
"""What a suit would meet, on one track."""
HANDOVER_MISSING = {"delivery_proof": "送达的证明", "conditions_met": "房屋是否符合交付条件"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One situation's answer with its differences; `is_compared` tells whether anything was expected."""

    found: Answer
    differences: tuple[Difference, ...]
    is_compared: bool


def case_to_json(case: Case, told: Sequence[Told]) -> dict[str, JsonValue]:
    """Give a case with all its situations, each answered in the shape of `evidence.law.answers`."""
    return {
        "id": case.id,
        "title": case.title,
        "source": case.source,
        "reviewer": case.reviewer,
        "note": case.note,
        "disagrees": case.disagrees,
        "situations": [_situation(each) for each in told],
    }


def _situation(told: Told) -> dict[str, JsonValue]:
    found, situation = told.found, told.found.situation
    advice, facts = found.advice, situation.facts
    return {
        "name": situation.name,
        "note": situation.note,
        "facts": {event.id: event_name(event) for event in facts.events} if facts else {},
        "answer": advice_to_json(advice, facts) if advice and facts else None,
        "suits": list(_suits(found)),
        "handover": _handover(found.handover) if found.handover else None,
        "is_compared": told.is_compared,
        "differences": [{"where": x.where, "expected": x.expected, "got": x.got} for x in told.differences],
    }


def _suits(found: Answer) -> Iterator[JsonValue]:
    for suit in found.situation.suits:
        for party in found.suits[suit.on].parties:
            if not suit.against or party.party in suit.against:
                tracks = {track.value: _outcomes(party, track, suit.on) for track in Track}
                yield {"on": suit.on.isoformat(), "party": party.party, "note": suit.note, **tracks}


def _outcomes(party: PartyTimeline, track: Track, on: date) -> JsonValue:
    return [_outcome(clock, suit_outcome(clock, on)) for clock in party.on_track(track)]


def _outcome(clock: Clock, outcome: SuitOutcome) -> JsonValue:
    return {"item": str(clock.item or "") or None, "outcome": outcome.value, "outcome_zh": SUITS[outcome]}


def _handover(found: Handover) -> JsonValue:
    days = ("delivered_on", "raw_last_day", "last_day", "risk_on")
    return {
        **{name: str(getattr(found, name) or "") or None for name in days},
        "deemed": found.deemed,
        "provisions": list(found.provisions),
        "provisions_zh": [PROVISIONS[key].name_zh for key in found.provisions],
        "missing": [{"code": code, "zh": HANDOVER_MISSING[code]} for code in found.missing],
    }


def case_to_text(told: Mapping[str, Any]) -> str:
    """Give the JSON of `case_to_json` as plain Chinese."""
    lines = [f"案例 {told['id']}：{told['title']}"]
    for key, name in (
        ("source", "出处"),
        ("note", "说明"),
        ("disagrees", "与给定答案的分歧"),
        ("reviewer", "复核律师"),
    ):
        if told[key]:
            lines.append(f"{name}：{told[key]}")
    for number, situation in enumerate(told["situations"]):
        lines += ["", *_situation_lines(situation, is_variant=number > 0)]
    return "\n".join(lines) + "\n"


def _situation_lines(situation: Mapping[str, Any], *, is_variant: bool) -> Iterator[str]:
    if is_variant:
        note = f"（{situation['note']}）" if situation["note"] else ""
        yield f"════ 变式 {situation['name']}{note}"
    if situation["answer"] is not None:
        yield from lines_of(situation["answer"], names=situation["facts"])
    if situation["handover"] is not None:
        yield from _handover_lines(situation["handover"])
    yield from _suit_lines(situation["suits"])
    yield from ("", DISCLAIMER_ZH)
    yield from _difference_lines(situation)


def _suit_lines(suits: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if suits:
        yield ""
        yield "■ 拟起诉日"
    for suit in suits:
        note = f"（{suit['note']}）" if suit["note"] else ""
        tracks = "；".join(
            f"{name}：{_suit_said(suit[key])}" for key, name in (("best", "最佳"), ("conservative", "保守"))
        )
        yield f"  {suit['on']} 起诉 {suit['party']} → {tracks}{note}"


def _suit_said(outcomes: Sequence[Mapping[str, Any]]) -> str:
    items = (f"{each['item']} 一期{each['outcome_zh']}" if each["item"] else each["outcome_zh"] for each in outcomes)
    return "、".join(items)


def _handover_lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield "■ 交房通知"
    how = "依合同约定视为" if found["deemed"] else ""
    yield f"  {how}送达：{found['delivered_on'] or '无法认定'}"
    if found["last_day"]:
        rolled = (
            f"（对应日 {found['raw_last_day']}，逢休假日顺延）" if found["raw_last_day"] != found["last_day"] else ""
        )
        yield f"  办理的最后一日：{found['last_day']}{rolled}"
    if found["risk_on"]:
        yield f"  风险转移：{found['risk_on']}（通知确定的交付使用之日）"
    yield f"  依据：{'、'.join(found['provisions_zh'])}"
    yield from (f"  缺：{each['zh']}" for each in found["missing"])


def _difference_lines(situation: Mapping[str, Any]) -> Iterator[str]:
    if not situation["is_compared"]:
        return
    yield ""
    if not situation["differences"]:
        yield "✓ 与预期一致"
    for each in situation["differences"]:
        yield f"✗ {each['where']}：预期 {each['expected']}，得到 {each['got']}"
