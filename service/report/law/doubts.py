"""What is open: points on which courts differ, what is not proved and what would help, and warnings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evidence.law.questions import QUESTIONS
from service.report.law.rows import Clock, Row
from service.report.law.words import bare, by_items

_FOUND = ("item", "state", "last_day")
GRADES = {"A": 0, "B": 1, "C": 2, "D": 3}


def questions_of(party: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each contested point with all its answers, who holds them, and the date under each."""
    found: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for one in party["alternatives"]:
        found.setdefault(one["question"], {}).setdefault(one["answer"], []).append(one)
    return [_question(name, answers, party) for name, answers in found.items()]


def _question(
    name: str, answers: Mapping[str, Sequence[Mapping[str, Any]]], party: Mapping[str, Any]
) -> dict[str, Any]:
    taken = _taken(name, answers, party["best"])
    return {
        "title": QUESTIONS[name].title_zh,
        "answers": [
            {
                "text": each[0]["answer_zh"],
                "rulings": list(each[0]["rulings"]),
                "taken": ["通常算法采用"] * (answer == taken)
                + ["从严算法采用"] * (answer == QUESTIONS[name].conservative),
                "outcome": list(by_items((one["item"], _outcome(one)) for one in each)),
            }
            for answer, each in answers.items()
        ],
    }


def _taken(name: str, answers: Mapping[str, Sequence[Mapping[str, Any]]], best: Sequence[Clock]) -> str:
    """Give the answer that the best view took: its usual one, unless only another leads to what it found."""
    usual = QUESTIONS[name].best
    ours = [[clock[key] for key in _FOUND] for clock in best]
    same = [answer for answer, each in answers.items() if [[one[key] for key in _FOUND] for one in each] == ours]
    return same[0] if same and usual not in same else usual


def _outcome(answer: Mapping[str, Any]) -> str:
    return f"{answer['state_zh']}，最后一日 {answer['last_day']}" if answer["last_day"] else str(answer["state_zh"])


def unproved(limitation: Mapping[str, Any], rows: Sequence[Row], *, party: str) -> list[dict[str, Any]]:
    """Give each fact whose proof lacks something: what is there, what is missing, what it would do."""
    mine = {row.happening.id: row for row in rows}
    gains = {one["event"]: one for one in limitation["collect_next"] if one["party"] == party}
    proofs = [one for one in limitation["proofs"] if one["event"] in mine and one["missing"] and one["grade"] != "A"]
    first = {name: place for place, name in enumerate(gains)}
    proofs.sort(key=lambda one: (first.get(one["event"], len(first)), -GRADES[one["grade"]], mine[one["event"]].number))
    as_of = limitation["as_of"]
    return [_lack(one, mine[one["event"]], gains.get(one["event"]), as_of=as_of) for one in proofs]


def _lack(proof: Mapping[str, Any], row: Row, gain: Mapping[str, Any] | None, *, as_of: str) -> dict[str, Any]:
    return {
        "number": row.number,
        "what": row.happening.what,
        "grade": proof["grade"],
        "reason": bare(proof["reason_zh"]),
        "missing": "、".join(one["zh"] for one in proof["missing"]),
        "by": _by(proof["obtain_by"], as_of),
        "gain": _gain(gain) if gain else "",
    }


def _by(day: str | None, as_of: str) -> str:
    """Carriers answer for a year (邮政法49)."""
    if day is None:
        return ""
    return f"邮件查询期至 {day}" if as_of <= day else f"邮件查询期已于 {day} 届满"


def _gain(one: Mapping[str, Any]) -> str:
    if one["now"] and one["then"]:
        return f"从严算法的最后一日由 {one['now']} 移至 {one['then']}（{one['days']} 日）"
    return f"从严算法的最后一日可至 {one['then']}" if one["then"] else "从严算法的结论随之改变"


def lacking(party: Mapping[str, Any], rows: Sequence[Row], found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say which facts have to be known, and that proof lacks nothing where it does not."""
    missing = dict.fromkeys(one["zh"] for clock in (*party["best"], *party["conservative"]) for one in clock["missing"])
    said = [f"尚缺少下列事实，不能完成推算：{'；'.join(missing)}。"] if missing else []
    if rows and not found:
        full = all(row.grade == "A" for row in rows if row.grade)
        said.append("上表各项均为 A 级，没有需要补强的证据。" if full else "上表各项没有列出需要补强的证据。")
    return said


def warnings_of(limitation: Mapping[str, Any], party: str) -> Iterator[str]:
    """Give the warnings that concern a party; one that names none concerns each."""
    for one in limitation["warnings"]:
        if one["party"] in (party, None, ""):
            yield one["text_zh"]
