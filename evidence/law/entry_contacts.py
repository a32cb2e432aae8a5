"""Calls, messages, visits, debits and notices of assignment that were recorded without a letter of ours.

A line of the collection register is an assertion where it says that performance was demanded, and an acknowledgment
where the obligor promised or admitted something.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from evidence.law.entry_arrivals import CAME_BACK, signer_of
from evidence.law.entry_matter import Finding, LeftOut, Registered, Told
from evidence.law.entry_proofs import names_the_letter, proofs_of
from evidence.law.entry_statements import Statement
from evidence.law.entry_values import code, day, flag, text
from evidence.law.facts import Acknowledgment, Notice
from evidence.law.vocabulary import AcknowledgmentKind, AddressBasis, Channel, Outcome, Proof, Signature

_LIVE = frozenset({Channel.PHONE, Channel.VISIT})
"""Where the other side is reached at once, or is not."""
_SIGNED = frozenset({Outcome.SIGNED, Outcome.DELIVERED})


def contact(one: Statement, known: Registered) -> Iterator[Finding]:
    """Give what a line of the register is in law: a demand, an admission, both, or nothing."""
    party, on = text(one.facts, "party"), one.on
    demanded = flag(one.facts, "demanded") is True
    kind = _admitted(one)
    if not demanded and kind is None:
        return
    if known.obligor(party) is None or party is None or on is None:
        yield LeftOut(id=one.id, reason="undated" if on is None else "party_unknown", seqs=one.seqs)
        return
    if demanded:
        yield Told(event=_demand(one, party, on, known), seqs=one.seqs)
    if kind is not None:
        yield Told(event=_admission(one, party, on, kind=kind, beside=demanded), seqs=one.seqs)


def debit(one: Statement, known: Registered) -> Iterator[Finding]:
    """Give a bank's own debit (诉讼时效规定8(1)(iii))."""
    found = _told(one, known)
    if isinstance(found, Notice):
        shown = found.proofs | ({Proof.LEDGER} if Proof.BANK_RECORD in found.proofs else frozenset())
        event = replace(found, channel=Channel.DEBIT, outcome=Outcome.DEBITED, outcome_on=one.on, proofs=shown)
        yield Told(event=event, seqs=one.seqs)
    else:
        yield found


def assignment_notified(one: Statement, known: Registered) -> Iterator[Finding]:
    """Give a notice of assignment; without an outcome nobody knows that it arrived."""
    found = _told(one, known)
    if isinstance(found, Notice):
        demands = flag(one.facts, "demanded")
        event = replace(
            found,
            outcome=code(one.facts, "outcome", Outcome),
            outcome_on=day(one.facts, "arrived_on"),
            notifies_assignment=True,
            demands_payment=demands,
            demands_guarantee=demands if known.is_guarantor(found.to) else False,
        )
        yield Told(event=_with_signer(event, one, known), seqs=one.seqs)
    else:
        yield found


def _told(one: Statement, known: Registered) -> Notice | LeftOut:
    party, on = text(one.facts, "party"), one.on
    if known.obligor(party) is None or party is None or on is None:
        return LeftOut(id=one.id, reason="undated" if on is None else "party_unknown", seqs=one.seqs)
    return Notice(id=one.id, to=party, channel=_channel(one), posted_on=on, proofs=_proofs(one))


def _channel(one: Statement) -> Channel:
    """A letter whose carrier nobody named has no presumption of the post's: it needs what any courier's needs."""
    if text(one.facts, "channel") == "letter":
        return Channel.COURIER
    return code(one.facts, "channel", Channel) or Channel.OTHER


def _proofs(one: Statement) -> frozenset[Proof]:
    shown = proofs_of(one.roles, held=one.held)
    return shown | ({Proof.ITEM_NAMED} if names_the_letter(one.facts) else frozenset())


def _demand(one: Statement, party: str, on: date, known: Registered) -> Notice:
    outcome, channel = _outcome(one), _channel(one)
    arrived = outcome in (Outcome.ARRIVED, Outcome.READ) or channel in _LIVE
    notice = Notice(
        id=one.id,
        to=party,
        channel=channel,
        posted_on=on,
        outcome=outcome,
        outcome_on=day(one.facts, "arrived_on") or (on if arrived else None),
        address=code(one.facts, "address_basis", AddressBasis),
        return_reason=text(one.facts, "reason") if outcome in CAME_BACK else None,
        demands_payment=True,
        demands_guarantee=known.is_guarantor(party),
        states_amount=flag(one.facts, "states_amount"),
        prevented=flag(one.facts, "prevented"),
        refuses=flag(one.facts, "refuses") is True,
        proofs=_proofs(one) | {Proof.REGISTER},
    )
    return _with_signer(notice, one, known)


def _outcome(one: Statement) -> Outcome | None:
    stated = code(one.facts, "outcome", Outcome)
    if stated is not None or _channel(one) not in _LIVE:
        return stated
    return Outcome.ARRIVED if text(one.facts, "reached") else Outcome.UNREACHED


def _with_signer(notice: Notice, one: Statement, known: Registered) -> Notice:
    if notice.outcome not in _SIGNED:
        return notice
    who = signer_of(one.facts, to=notice.to, known=known, name_key="reached")
    return replace(notice, signer=who, outcome=Outcome.SIGNED if who else notice.outcome)


def _admitted(one: Statement) -> AcknowledgmentKind | None:
    if day(one.facts, "promised_due_on") is not None:
        return AcknowledgmentKind.PROMISE
    return AcknowledgmentKind.DEBT_CONFIRMATION if flag(one.facts, "admitted") is True else None


def _admission(one: Statement, party: str, on: date, *, kind: AcknowledgmentKind, beside: bool) -> Acknowledgment:
    is_promise = kind is AcknowledgmentKind.PROMISE
    return Acknowledgment(
        id=f"{one.id}.2" if beside else one.id,
        by=party,
        on=on,
        kind=kind,
        promised_due_on=day(one.facts, "promised_due_on"),
        signature=Signature.AGREES if is_promise else Signature.CONFIRMS,
        proofs=_proofs(one) | {Proof.REGISTER},
    )
