"""The law's answer in plain Chinese, made from its JSON (`evidence.law.answers`), for a terminal or a text file.

Per party: when each track ends, which periods ran, what happened to them and why, what proves it, and the contested
points with their answers; then the proofs, what to collect next, the warnings and the rules cited.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
_TRACKS = (("best", "最佳算法"), ("conservative", "保守算法"))
_NO_EVENT = {"claim": "债权本身", "as_of": "所问之日"}
_QUALITY = {
    "published": "",
    "provisional": "该年放假安排尚未公布，待公布后重算",
    "approximate": "2004年以前，只按周末和法定节日推算",
}


NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is said of a fact beside its id: its name, and the grade of its proof."""

    names: Mapping[str, str]
    grades: Mapping[str, str]

    def said(self, fact: str) -> str:
        """Give a fact as a step names it."""
        if fact.startswith("party:"):
            return f"{fact.removeprefix('party:')}的约定"
        if fact in _NO_EVENT:
            return _NO_EVENT[fact]
        grade = f"，证据{self.grades[fact]}" if fact in self.grades else ""
        return f"{self.name(fact)}{grade}"

    def name(self, fact: str) -> str:
        """Give a fact's id and name."""
        return f"{fact} {self.names[fact]}" if fact in self.names else fact


def lines_of(answer: Json, *, names: Mapping[str, str] = NO_NAMES) -> Iterator[str]:
    """Give the lines of an answer, indented, without line ends; the disclaimer is the caller's to add.

    Args:
        answer: From `evidence.law.answers.advice_to_json`.
        names: What to call the facts beside their ids.
    """
    yield f"截至 {answer['as_of']}（规则版本 {answer['rule_version']}；放假数据 {answer['calendar_version']}）"
    facts = _Facts(names, {proof["event"]: proof["grade_zh"] for proof in answer["proofs"]})
    for party in answer["parties"]:
        yield ""
        yield from _party(party, facts)
    yield from _section("证据", [line for proof in answer["proofs"] for line in _proof(proof, facts)])
    yield from _section("下一步收集（按可多争取的天数）", [_collect(each, facts) for each in answer["collect_next"]])
    yield from _section("提示", [_warning(each, facts) for each in answer["warnings"]])
    yield from _section("所引规定", _rules(answer))


def _rules(answer: Json) -> list[str]:
    """Give each cited rule once, with the name that a court writes."""
    clocks = [clock for party in answer["parties"] for track, _ in _TRACKS for clock in party[track]]
    steps = [step for clock in clocks for step in clock["steps"]]
    cited = {key: name for step in steps for key, name in zip(step["provisions"], step["provisions_zh"], strict=True)}
    return [f"{key}：{name}" for key, name in sorted(cited.items())]


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"■ {title}"
        yield from (f"  {line}" for line in lines)


def _party(party: Json, facts: _Facts) -> Iterator[str]:
    yield f"■ {party['party']}（{party['role_zh']}）"
    for number, clock in enumerate(party["best"]):
        strict = party["conservative"][number : number + 1]
        yield from _clock(clock, _TRACKS[0][1], facts)
        yield from _other(clock, strict, facts)
    for clock in party["conservative"][len(party["best"]) :]:
        yield from _clock(clock, _TRACKS[1][1], facts)
    yield from _alternatives(party["alternatives"])


def _other(best: Json, strict: Sequence[Json], facts: _Facts) -> Iterator[str]:
    """The conservative track in full only where it is another one."""
    for clock in strict:
        if {**clock, "steps": []} == {**best, "steps": []} and _said(clock) == _said(best):
            yield f"  【{_TRACKS[1][1]}】同上：{_end(clock)}"
        else:
            yield from _clock(clock, _TRACKS[1][1], facts)


def _said(clock: Json) -> list[tuple[str, str, str]]:
    return [(step["on"], step["effect"], step["reason_zh"]) for step in clock["steps"]]


def _clock(clock: Json, track: str, facts: _Facts) -> Iterator[str]:
    item = f"（{clock['item']} 到期的一期）" if clock["item"] else ""
    yield f"  【{track}】{item}{_end(clock)}"
    yield from (f"    {_period(period)}" for period in clock["periods"])
    if clock["longest"]:
        yield f"    {_period(clock['longest'])}"
    yield from (f"    {_step(step, facts)}" for step in clock["steps"])
    yield from (f"    缺：{each['zh']}" for each in clock["missing"])
    yield from (f"    注：{each['zh']}" for each in clock["flags"])


def _end(clock: Json) -> str:
    if clock["last_day"] is None:
        return f"{clock['state_zh']}"
    rolled = f"（对应日 {clock['raw_last_day']}，逢休假日顺延）" if clock["rolled"] else ""
    return f"最后一日 {clock['last_day']}{rolled}：{clock['state_zh']}"


def _period(period: Json) -> str:
    moved = [
        "因中止延后" if period["suspended"] else "",
        f"对应日 {period['raw_last_day']} 为休假日" if period["rolled"] else "",
        _QUALITY[period["quality"]],
    ]
    notes = "；".join(note for note in moved if note)
    told = f"（{notes}）" if notes else ""
    return f"▸ {period['kind_zh']}：自 {period['starts_on']} 起{period['span_zh']}，至 {period['last_day']}{told}"


def _step(step: Json, facts: _Facts) -> str:
    because = "、".join(facts.said(fact) for fact in step["because"])
    doubt = "" if step["certainty"] == "settled" else f"［{step['certainty_zh']}］"
    return (
        f"{step['on']} {step['effect_zh']}：{step['reason_zh']}（{because}）{doubt}〔{'、'.join(step['provisions'])}〕"
    )


def _alternatives(alternatives: Sequence[Json]) -> Iterator[str]:
    asked = dict.fromkeys((each["question"], each["title_zh"]) for each in alternatives)
    for question, title in asked:
        yield f"  【争议】{title}"
        for each in alternatives:
            if each["question"] == question:
                yield f"    · {_answer(each)}"


def _answer(each: Json) -> str:
    rulings = f"［{'；'.join(each['rulings'])}］" if each["rulings"] else ""
    item = f"（{each['item']} 到期的一期）" if each["item"] else ""
    end = f"最后一日 {each['last_day']}，{each['state_zh']}" if each["last_day"] else each["state_zh"]
    return f"{each['answer_zh']}{rulings} → {item}{end}"


def _proof(proof: Json, facts: _Facts) -> Iterator[str]:
    missing = f"；缺：{_names(proof['missing'])}" if proof["missing"] else ""
    until = f"（须在 {proof['obtain_by']} 前取得）" if proof["obtain_by"] else ""
    yield f"{facts.name(proof['event'])}：{proof['grade_zh']}，{proof['reason_zh']}"
    yield f"  有：{_names(proof['have']) or '无'}{missing}{until}"


def _names(proofs: Sequence[Json]) -> str:
    return "、".join(each["zh"] for each in proofs)


def _collect(each: Json, facts: _Facts) -> str:
    gain = f"，多 {each['days']} 天" if each["days"] is not None else ""
    until = f"；须在 {each['obtain_by']} 前取得" if each["obtain_by"] else ""
    then = f"由 {each['now'] or '无'} 变为 {each['then'] or '不届满'}"
    return f"{facts.name(each['event'])}：{_names(each['missing'])} → {each['party']} 的保守最后一日{then}{gain}{until}"


def _warning(warning: Json, facts: _Facts) -> str:
    event = facts.name(warning["event"]) if warning["event"] else ""
    about = "；".join(each for each in (warning["party"], event) if each)
    return f"{warning['text_zh']}（{about}）" if about else str(warning["text_zh"])
