"""The limitation of a matter, from its recorded entries: one value, which a report holds and a verifier makes again."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from evidence.canonical import JsonValue, composed, sha256, to_json_bytes
from evidence.errors import EvidenceError
from evidence.law import wording
from evidence.law.advice import advise
from evidence.law.answers import advice_to_json
from evidence.law.contradictions import ContradictionError
from evidence.law.entries import LEFT_OUT, MatterFacts, RecordedFact, facts_of_matter
from evidence.law.facts import Facts
from evidence.law.provisions import PROVISIONS, Provision
from evidence.law.provisions import VERSIONS as RULES
from evidence.law.questions import QUESTIONS

__all__ = ["VERSIONS", "RecordedFact", "limitation_of"]


def _fingerprint() -> str:
    """Give a short digest of every sentence that an answer may hold: another wording is another answer."""
    tables: tuple[Mapping[Any, str], ...] = (
        wording.ROLES, wording.STATES, wording.EFFECTS, wording.PERIODS, wording.CERTAINTIES, wording.GRADES,
        wording.PROOFS, wording.REASONS, wording.MISSING, wording.FLAGS, wording.WARNINGS, LEFT_OUT,
        {key: _names(rule) for key, rule in PROVISIONS.items()}, {"disclaimer": wording.DISCLAIMER_ZH},
    )  # fmt: skip
    asked = [[one.title_zh, *(f"{a.text_zh} {a.rulings}" for a in one.answers.values())] for one in QUESTIONS.values()]
    told = [[f"{key}: {said}" for key, said in table.items()] for table in tables]
    return sha256(to_json_bytes([*told, *asked])).hex()[:16]


def _names(rule: Provision) -> str:
    return f"{rule.since} {rule.name_zh} " + " ".join(f"{since} {name}" for since, name in rule.earlier)


VERSIONS = {**RULES, "wording_version": _fingerprint()}
"""What an answer depends on beside the entries: rules, holiday data, and the words that it is told in."""


LARGEST = 4 * 1024 * 1024
"""Bytes of an answer that a report holds; it has to leave room for the rest of a report (docs/bundle-format.md, 10)."""
MOST_FACTS, MOST_STEPS = 1_000, 20_000
"""Facts of law in one matter, and facts times parties times due dates, that are reckoned: a minute's work at most."""
_TOO_LARGE: Mapping[str, JsonValue] = {
    "code": "too_large",
    "message": "the answer is larger than a report can hold; open a matter for each part of the claim",
    "message_zh": "事实或者期数过多，推算的篇幅超出报告所能载明的范围，没有列入；请分立案件，或者另行推算",
    "facts": [],
}


def limitation_of(entries: Sequence[RecordedFact], *, as_of: date) -> dict[str, JsonValue]:
    """Reckon both tracks of every party and say from which entries each fact comes.

    Facts that contradict each other or cannot be read as facts of the law, and an answer that no report could hold,
    give an `error` in the answer's place: a report has to come out all the same, and to say so.

    Args:
        entries: The matter's entries from the first on.
        as_of: Legal date (Asia/Shanghai).

    Returns:
        The JSON of `evidence.law.answers`, with `sources` (for each fact the numbers of its entries), `left_out`
        (entries that could be a fact of law and are none, and why) and `ambiguous` (facts whose entries could be read
        in another way).
    """
    read: dict[str, JsonValue] = {"sources": [], "left_out": [], "ambiguous": []}
    try:
        matter = facts_of_matter(entries)
        read = _read(matter)
        answer = _answer(matter.facts, as_of)
    except EvidenceError as error:
        answer = {"as_of": as_of.isoformat(), "error": _told(error)}
    return {name: composed(member) for name, member in {**_object(answer), **read, **VERSIONS}.items()}


def _answer(facts: Facts, as_of: date) -> JsonValue:
    obligors, due_dates = max(1, len(facts.parties)), max(1, len(facts.claim.periods))
    if len(facts.events) <= MOST_FACTS and len(facts.events) * obligors * due_dates <= MOST_STEPS:
        answer = composed(advice_to_json(advise(facts, as_of=as_of), facts))
        if len(to_json_bytes(answer)) <= LARGEST:
            return answer
    return {"as_of": as_of.isoformat(), "error": dict(_TOO_LARGE)}


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}


def _read(matter: MatterFacts) -> dict[str, JsonValue]:
    return {
        "sources": [{"fact": name, "entries": list(seqs)} for name, seqs in sorted(matter.sources.items())],
        "left_out": [
            {"fact": name, "reason": reason, "reason_zh": LEFT_OUT[reason]}
            for name, reason in sorted(matter.left_out.items())
        ],
        "ambiguous": list(matter.ambiguous),
    }


def _told(error: EvidenceError) -> dict[str, JsonValue]:
    if isinstance(error, ContradictionError):
        facts = list(error.facts)
        return {"code": "contradiction", "message": error.message, "message_zh": error.message_zh, "facts": facts}
    zh = f"记录中的事实无法读作时效推算所需的事实（{error}）"
    return {"code": "unreadable", "message": str(error), "message_zh": zh, "facts": []}
