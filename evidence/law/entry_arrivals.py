"""What came of a letter: carrier's receipts, tracking and signed paper put together into one outcome and one day.

Several receipts: the best proved one counts, then the one that reached the addressee in the best way, then the first.
Where they exclude each other the result says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.law.entry_matter import Registered
from evidence.law.entry_proofs import proofs_of
from evidence.law.entry_statements import Statement
from evidence.law.entry_values import Values, code, day, flag, part, parts, text, words_of
from evidence.law.vocabulary import Outcome, Proof, Signature, Signer

STRONG = frozenset({
    Signer.SELF, Signer.LEGAL_REPRESENTATIVE, Signer.MAIL_ROOM, Signer.AUTHORISED, Signer.COHABITING_ADULT,
    Signer.AGENT, Signer.ESTATE_ADMINISTRATOR, Signer.PROPERTY_CUSTODIAN,
})  # fmt: skip
"""Whose signature brings a letter to its addressee (诉讼时效规定8(1)(i), 总则编解释38(2))."""
BINDING = frozenset({Signer.SELF, Signer.LEGAL_REPRESENTATIVE, Signer.AUTHORISED, Signer.AGENT})
"""Whose words on a reply slip are the addressee's own; others only receive."""
RELATIONS_ZH = {
    "本人": Signer.SELF, "法定代表人": Signer.LEGAL_REPRESENTATIVE, "负责人": Signer.LEGAL_REPRESENTATIVE,
    "同住成年家属": Signer.COHABITING_ADULT, "收发室": Signer.MAIL_ROOM, "收发部门": Signer.MAIL_ROOM,
    "受托人": Signer.AUTHORISED, "授权人": Signer.AUTHORISED, "代理人": Signer.AGENT, "门卫": Signer.GUARD,
    "遗产管理人": Signer.ESTATE_ADMINISTRATOR, "财产代管人": Signer.PROPERTY_CUSTODIAN,
}  # fmt: skip
CAME_BACK = frozenset({Outcome.REFUSED, Outcome.RETURNED})
_RECEIPTS = {
    "delivered": Outcome.DELIVERED, "refused": Outcome.REFUSED, "returned": Outcome.RETURNED,
    "arrived": Outcome.ARRIVED, "read": Outcome.READ, "unread": Outcome.UNREAD, "published": Outcome.PUBLISHED,
}  # fmt: skip
_REACHED = frozenset({Outcome.SIGNED, Outcome.DELIVERED, Outcome.ARRIVED, Outcome.READ, Outcome.PUBLISHED})
_NOT_REACHED = {Outcome.REFUSED: 4, Outcome.RETURNED: 5, Outcome.UNREAD: 6, Outcome.UNREACHED: 7}
_DELIVERED = "delivered_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What came of one dispatch.

    Attributes:
        doubtful: Whether other papers of the same dispatch say otherwise.
    """

    outcome: Outcome | None = None
    on: date | None = None
    signer: Signer | None = None
    reason: str | None = None
    after_hours: bool | None = None
    prevented: bool | None = None
    proofs: frozenset[Proof] = frozenset()
    doubtful: bool = False


def arrival_of(receipts: Sequence[Statement], tracking: Sequence[Statement], *, to: str, known: Registered) -> Arrival:
    """Give what receipts and tracking say of one dispatch; an empty arrival where they say nothing."""
    told = sorted((_receipt(one, to=to, known=known) for one in receipts), key=_rank)
    told = [one for one in told if one.outcome is not None]
    trail = _trail(tracking)
    best = told[0] if told else trail
    same = [one for one in told if _family(one) == _family(best)]
    agrees = _family(trail) in (None, _family(best))
    aside = trail if agrees else Arrival()
    signer = best.signer or (aside.signer if best.outcome is Outcome.DELIVERED else None)
    return Arrival(
        outcome=Outcome.SIGNED if signer is not None else best.outcome,
        on=best.on or aside.on,
        signer=signer,
        reason=best.reason or aside.reason,
        after_hours=best.after_hours,
        prevented=_any(one.prevented for one in told),
        proofs=frozenset[Proof]().union(aside.proofs, *(one.proofs for one in same)),
        doubtful=len(same) < len(told) or not agrees,
    )


def signer_of(facts: Values, *, to: str, known: Registered, name_key: str) -> Signer | None:
    """Give who signed: as stated; by name, where a person's own name is written; `unknown` for another name."""
    stated = code(facts, "relation", Signer) or RELATIONS_ZH.get(text(facts, "relation") or "")
    name = text(facts, name_key)
    if stated is not None or name is None:
        return stated
    party = known.obligor(to)
    is_self = party is not None and party.is_person is True and known.is_named(to, name)
    return Signer.SELF if is_self else Signer.UNKNOWN


def signature_of(facts: Values, signer: Signer | None) -> Signature:
    """Give what a signed notice or slip says about the debt: as stated, else by what is ticked.

    One who only receives for the addressee says nothing about the debt, whatever is ticked.
    """
    if signer is not None and signer not in BINDING:
        return Signature.RECEIPT_ONLY
    return code(facts, "signature", Signature) or _ticked(facts)


def _ticked(facts: Values) -> Signature:
    marks = part(facts, "marks")
    if flag(marks, "knows_period_may_have_expired") or part(marks, "promise"):
        return Signature.AGREES
    if flag(marks, "amount_confirmed"):
        return Signature.CONFIRMS
    return Signature.RECEIPT_ONLY if flag(marks, "received") else Signature.NO_TEXT


def _receipt(one: Statement, *, to: str, known: Registered) -> Arrival:
    facts = one.facts
    outcome = _RECEIPTS.get(text(facts, "outcome") or "")
    signer = signer_of(facts, to=to, known=known, name_key="signed_by") if outcome is Outcome.DELIVERED else None
    return Arrival(
        outcome=Outcome.SIGNED if signer is not None else outcome,
        on=day(facts, "delivered_at"),
        signer=signer,
        reason=text(facts, "reason"),
        after_hours=flag(facts, "after_hours"),
        prevented=flag(facts, "prevented"),
        proofs=proofs_of(one.roles, held=one.held),
    )


def _rank(one: Arrival) -> tuple[int, int, date]:
    return (0 if one.proofs else 1, _how_well(one), one.on or date.max)


def _how_well(one: Arrival) -> int:
    if one.outcome in _NOT_REACHED:
        return _NOT_REACHED[one.outcome]
    if one.signer is None:
        return 1
    if one.signer in STRONG:
        return 0
    return 3 if one.signer in (Signer.MINOR, Signer.UNAUTHORISED) else 2


def _family(one: Arrival) -> Outcome | None:
    """Outcomes that go together: refused mail is returned, too."""
    if one.outcome in CAME_BACK:
        return Outcome.RETURNED
    return Outcome.DELIVERED if one.outcome in _REACHED else one.outcome


def _any(told: Iterable[bool | None]) -> bool | None:
    answers = {one for one in told if one is not None}
    return None if not answers else True in answers


def _trail(tracking: Sequence[Statement]) -> Arrival:
    """The last final status counts; what came back after a refusal was refused, on the day of the refusal."""
    events = [event for one in tracking for event in parts(one.facts, "events")]
    final = [one for one in map(_tracked, sorted(events, key=_when)) if one.outcome is not None]
    shown = proofs_of([role for one in tracking for role in one.roles], held=[h for one in tracking for h in one.held])
    if not final:
        return Arrival(proofs=shown)
    last = final[-1]
    refused = [one for one in final if one.outcome is Outcome.REFUSED]
    found = refused[-1] if last.outcome is Outcome.RETURNED and refused else last
    return Arrival(
        outcome=found.outcome,
        on=found.on,
        signer=found.signer,
        reason=found.reason,
        proofs=shown | {Proof.TRACKING},
    )


def _when(event: Values) -> tuple[date, str]:
    return (day(event, "at") or date.min, text(event, "at") or "")


def _tracked(event: Values) -> Arrival:
    status = text(event, "status") or ""
    on = day(event, "at")
    if status.startswith(_DELIVERED):
        who = words_of(Signer).get(status.removeprefix(_DELIVERED), Signer.UNKNOWN)
        return Arrival(outcome=Outcome.SIGNED, on=on, signer=who)
    outcome = _RECEIPTS.get(status)
    return Arrival(outcome=outcome, on=on, reason=text(event, "text") if outcome in CAME_BACK else None)
