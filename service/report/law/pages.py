"""The section on limitation and guarantee periods: an overview, then pages of its own for each party."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from evidence.law.provisions import PROVISIONS
from evidence.law.vocabulary import Certainty
from evidence.law.wording import CERTAINTIES
from service.report.law.doubts import lacking, questions_of, unproved, warnings_of
from service.report.law.happenings import Happenings
from service.report.law.pictures import ending, pictures_of
from service.report.law.reasoning import differing_steps, reasoning, stricter
from service.report.law.rows import Clock, Row, effects, rows_of
from service.report.law.summary import summary
from service.report.law.words import ENDS, QUALITIES, SIGN_OFF, bare, zh
from service.report.reading import day, money, parts, text
from service.report.story import Story
from service.report.wording import CLAIMS


def law_pages(limitation: Mapping[str, Any], story: Story, groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put the section together, from the law's answer, the matter and the list of evidence."""
    head = {
        "as_of": limitation["as_of"],
        "rule_version": limitation["rule_version"],
        "calendar_version": limitation["calendar_version"],
        "wording_version": limitation["wording_version"],
        "disclaimer": limitation.get("disclaimer_zh") or SIGN_OFF,
        "sign_off": SIGN_OFF,
        "error": None,
        "parties": [],
        "provisions": [],
    }
    limitation = _with_names(limitation, story)
    happenings = Happenings(story, limitation, groups)
    head |= {"left_out": _left_out(limitation, happenings), "ambiguous": _ambiguous(limitation, happenings)}
    if "error" in limitation:
        return head | {"error": _error(limitation["error"], happenings)}
    parties = [
        _party(one, limitation, story, happenings, place=place) for place, one in enumerate(limitation["parties"])
    ]
    return head | {"parties": parties, "provisions": _provisions(limitation)}


def _with_names(value: Any, story: Story) -> Any:
    """Where a fact reaches a party through another the law gives that one's short name; readers know the full one."""
    if isinstance(value, Mapping):
        return {key: _with_names(member, story) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_names(member, story) for member in value]
    if isinstance(value, str) and "原因发生在" in value:
        head, mark, tail = value.partition("原因发生在")
        return head + mark + story.party_name(tail.removesuffix("）")) + "）" * tail.endswith("）")
    return value


def _error(error: Mapping[str, Any], happenings: Happenings) -> dict[str, Any]:
    found = [happenings.get(name) for name in error["facts"]]
    facts = [{"what": one.what, "detail": one.detail, "shown_by": one.shown_by} for one in found if one.entries]
    return {"message": error["message_zh"], "facts": facts}


def _left_out(limitation: Mapping[str, Any], happenings: Happenings) -> list[dict[str, Any]]:
    """List entries that are no assertion, with the reason; a judge may otherwise miss them in the table."""
    found = [(happenings.get(one["fact"]), one["reason_zh"]) for one in limitation["left_out"]]
    return [{"what": one.what, "detail": one.detail, "reason": why, "shown_by": one.shown_by} for one, why in found]


def _ambiguous(limitation: Mapping[str, Any], happenings: Happenings) -> list[dict[str, str]]:
    found = [happenings.get(name) for name in limitation["ambiguous"]]
    return [{"what": one.what, "shown_by": one.shown_by} for one in found]


def _party(
    party: Mapping[str, Any], limitation: Mapping[str, Any], story: Story, happenings: Happenings, *, place: int
) -> dict[str, Any]:
    as_of = date.fromisoformat(limitation["as_of"])
    grades = {one["event"]: one["grade"] for one in limitation["proofs"]}
    every = rows_of(party, happenings, grades)
    rows, elsewhere = _own(every, party["party"], story)
    name, lacks = story.party_name(party["party"]), unproved(limitation, rows, party=party["party"])
    return {
        "anchor": f"party-{place + 1}",
        "name": name,
        "role": party["role_zh"],
        "outcome": [_outcome(clock, other) for clock, other in zip(party["best"], party["conservative"], strict=False)],
        "summary": summary(party, rows, as_of=as_of),
        "pictures": pictures_of(party, rows, happenings, as_of=as_of, name=name),
        "rows": [_row(row) for row in rows],
        "elsewhere": elsewhere,
        "reasoning": reasoning(party, rows, claim=_claim(story), as_of=as_of),
        "questions": questions_of(party),
        "unproved": lacks,
        "lacking": lacking(party, rows, lacks),
        "warnings": [bare(one) for one in warnings_of(limitation, party["party"])],
    }


def _own(rows: Sequence[Row], party: str, story: Story) -> tuple[tuple[Row, ...], str]:
    """Keep what is about a party; what was done against others and does not reach it is only counted."""
    by_seq = {entry.seq: entry for entry in story.entries}
    kept: list[Row] = []
    others: list[Row] = []
    for row in rows:
        about = {name for seq in row.happening.entries[:1] for name in story.parties_of(by_seq[seq])}
        (others if about and party not in about and not row.counts else kept).append(row)
    numbered = tuple(
        replace(row, number=number, days_since=(row.on - before.on).days if before else None)
        for number, (before, row) in enumerate(zip([None, *kept], kept, strict=False), start=1)
    )
    if not others:
        return numbered, ""
    said = next((step["reason_zh"] for row in others for step in row.best), "")
    names = "、".join(sorted({story.party_name(one) for row in others for seq in row.happening.entries[:1]
                             for one in story.parties_of(by_seq[seq])}))  # fmt: skip
    return numbered, f"另有对{names}的主张等{len(others)}项，对本当事人不生效力，未列入上表（{bare(said)}）。"


def _claim(story: Story) -> list[str]:
    claim = story.claim
    contract, signed_on = text(claim, "contract_no"), day(claim, "contract_on")
    head = "，".join(filter(None, (
        CLAIMS.get(text(claim, "kind"), text(claim, "kind")),
        f"合同编号{contract}" if contract else "",
        f"{zh(signed_on)}签订" if signed_on else "",
        f"本金{money(claim.get('principal'))}" if money(claim.get("principal")) else "",
    )))  # fmt: skip
    return [f"{head}。{_due(claim)}" if head else _due(claim)]


def _due(claim: Mapping[str, Any]) -> str:
    due_on = day(claim, "due_on")
    instalments = [on for on in (day(one, "due_on") for one in parts(claim, "instalments")) if on]
    if due_on:
        return f"履行期限于{zh(due_on)}届满（案件登记，以合同约定为准）。"
    if instalments:
        return f"分{len(instalments)}期履行，最后一期于{zh(max(instalments))}届满（案件登记，以合同约定为准）。"
    return "案件登记没有写明履行期限。"


def _outcome(best: Clock, strict: Clock) -> dict[str, Any]:
    return {
        "item": best["item"],
        "period": ENDS[ending(best)].removesuffix("届满"),
        "state": best["state_zh"],
        "strict_state": strict["state_zh"] if strict["state"] != best["state"] else "",
        "best": best["last_day"],
        "strict": strict["last_day"],
        "starts_on": best["periods"][-1]["starts_on"] if best["periods"] else None,
        "quality": QUALITIES.get(best["quality"] or "", ""),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "what": row.happening.what,
        "detail": row.happening.detail,
        "posted_on": row.happening.posted_on,
        "on": row.on,
        "days_since": row.days_since,
        "last_day": row.last_day,
        "days_left": row.days_left,
        "effects": list(effects(row.best, on=row.on)) or ["不影响通常算法的期间"],
        "strict": list(dict.fromkeys(map(stricter, differing_steps(row)))) if row.counts else [],
        "grade": row.grade,
        "shown_by": row.happening.shown_by,
    }


def _provisions(limitation: Mapping[str, Any]) -> list[dict[str, str]]:
    """List each provision that a step rests on, under the names cited, with what it says, in the order of the rules."""
    clocks = [clock for party in limitation["parties"] for name in ("best", "conservative") for clock in party[name]]
    used = {
        pair
        for clock in clocks
        for step in clock["steps"]
        for pair in zip(step["provisions"], step["provisions_zh"], strict=True)
    }
    place = {key: number for number, key in enumerate(PROVISIONS)}
    cited = sorted(used, key=lambda pair: (place[pair[0]], pair[1]))
    return [{"name": name, "gist": PROVISIONS[key].gist_zh, "doubt": _doubt(key)} for key, name in cited]


def _doubt(key: str) -> str:
    """Say of a rule that its text was not read, or what is contested about it."""
    rule = PROVISIONS[key]
    unread = rule.certainty in (Certainty.SECONDARY, Certainty.UNVERIFIED)
    checked = f"{CERTAINTIES[rule.certainty]}，引用前请核对原文" if unread else ""
    return "；".join(filter(None, (checked, f"争议：{rule.contested}" if rule.contested else "")))
