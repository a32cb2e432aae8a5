"""Every other fact of a matter: payments, promises, agreements, assignments, extensions, suspensions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from evidence.law.entry_contacts import assignment_notified, contact, debit
from evidence.law.entry_matter import LONGEST_PERIOD, Finding, LeftOut, Registered, Told
from evidence.law.entry_proofs import proofs_of
from evidence.law.entry_statements import Statement
from evidence.law.entry_values import code, day, flag, names, number, parts, same_words, text
from evidence.law.facts import Acceleration, Acknowledgment, Assignment, DebtorFirstEnded, Extension, Suspension
from evidence.law.vocabulary import AcknowledgmentKind, Cause, Mode, Proof, Signature

Mapper: TypeAlias = Callable[[Statement, Registered], Iterator[Finding]]

_ACKNOWLEDGMENTS: Mapping[str, tuple[AcknowledgmentKind, str]] = {
    "payment.received": (AcknowledgmentKind.PART_PAYMENT, ""),
    "promise.made": (AcknowledgmentKind.PROMISE, "due_on"),
    "extension.requested": (AcknowledgmentKind.EXTENSION_REQUEST, ""),
    "plan.agreed": (AcknowledgmentKind.PLAN, "instalments"),
    "security.provided": (AcknowledgmentKind.SECURITY, ""),
    "debt.confirmed": (AcknowledgmentKind.DEBT_CONFIRMATION, "due_on"),
    "debt.assumed": (AcknowledgmentKind.DEBT_ASSUMPTION, "due_on"),
    "setoff.declared": (AcknowledgmentKind.SET_OFF, ""),
    "iou.received": (AcknowledgmentKind.IOU, "due_on"),
    "agreement.made": (AcknowledgmentKind.NEW_AGREEMENT, "due_on"),
    "guarantee.renewed": (AcknowledgmentKind.NEW_GUARANTEE, "due_on"),
}
"""What each kind is in law, and the key of the day that was promised; an asked-for day was promised by nobody."""


def events(stated: Sequence[Statement], known: Registered) -> Iterator[Finding]:
    """Give what every entry is in law that stands for itself, and the suspensions."""
    for one in stated:
        if one.kind in _ACKNOWLEDGMENTS and not _is_in_suit(one):
            yield _acknowledgment(one, known)
        elif one.kind in _MAPPERS:
            yield from _MAPPERS[one.kind](one, known)
    yield from _suspensions(stated, known)


def _is_in_suit(one: Statement) -> bool:
    """A creditor's set-off in a suit is a proceeding."""
    return flag(one.facts, "in_suit") is True and text(one.facts, "declared_by") == "creditor"


def _acknowledgment(one: Statement, known: Registered) -> Finding:
    kind, promised = _ACKNOWLEDGMENTS[one.kind]
    party = text(one.facts, "party") or known.called(text(one.facts, "payer_name"))
    if party is None or one.on is None or known.obligor(party) is None:
        return _left_out(one)
    event = Acknowledgment(
        id=one.id,
        by=party,
        on=one.on,
        kind=kind,
        promised_due_on=_promised(one, promised),
        signature=code(one.facts, "signature", Signature),
        mode=code(one.facts, "mode", Mode),
        period_months=number(one.facts, "period_months", most=LONGEST_PERIOD) or None,
        proofs=_proofs(one),
    )
    return Told(event=event, seqs=one.seqs)


def _promised(one: Statement, key: str) -> date | None:
    if key == "instalments":
        return max((on for part in parts(one.facts, key) if (on := day(part, "due_on"))), default=None)
    return day(one.facts, key) if key else None


def _proofs(one: Statement) -> frozenset[Proof]:
    """What files show; a signed paper whose original is kept is more than its image."""
    shown = proofs_of(one.roles, held=one.held)
    if flag(one.facts, "original_held") and shown & {Proof.SIGNED_SCAN, Proof.AGREEMENT}:
        shown |= {Proof.SIGNED_ORIGINAL}
    return shown


def _assigned(one: Statement, _known: Registered) -> Iterator[Finding]:
    yield _left_out(one) if one.on is None else Told(event=Assignment(id=one.id, on=one.on), seqs=one.seqs)


def _accelerated(one: Statement, _known: Registered) -> Iterator[Finding]:
    yield _left_out(one) if one.on is None else Told(event=Acceleration(id=one.id, on=one.on), seqs=one.seqs)


def _extended(one: Statement, known: Registered) -> Iterator[Finding]:
    to_on = day(one.facts, "to_on")
    if one.on is None or to_on is None:
        yield _left_out(one)
        return
    consented = frozenset(name for name in names(one.facts, "consented") if known.is_guarantor(name))
    event = Extension(id=one.id, agreed_on=one.on, to_on=to_on, consented=consented, proofs=_proofs(one))
    yield Told(event=event, seqs=one.seqs)


def _debtor_first_ended(one: Statement, known: Registered) -> Iterator[Finding]:
    party = text(one.facts, "party")
    if party is None or one.on is None or not known.is_guarantor(party):
        yield _left_out(one)
        return
    event = DebtorFirstEnded(id=one.id, guarantor=party, on=one.on, proofs=_proofs(one))
    yield Told(event=event, seqs=one.seqs)


def _left_out(one: Statement) -> LeftOut:
    return LeftOut(id=one.id, reason="undated" if one.on is None else "party_unknown", seqs=one.seqs)


def _suspensions(stated: Sequence[Statement], known: Registered) -> Iterator[Finding]:
    """Put the end of each obstacle to its beginning: by its name; else to the only one that lasts."""
    found: dict[str, tuple[Told, Statement]] = {}
    for one in (one for one in stated if one.kind == "suspension.started"):
        told = _suspension(one, known)
        if isinstance(told, Told):
            found[one.id] = (told, one)
        else:
            yield told
    for one in sorted((one for one in stated if one.kind == "suspension.ended"), key=_by_day):
        fitting = [name for name, (told, began) in found.items() if _ends(one, told, began)]
        if one.on is None or not fitting:
            yield LeftOut(id=one.id, reason="undated" if one.on is None else "no_suspension", seqs=one.seqs)
            continue
        for place, name in enumerate(reversed(_by_start(fitting, found))):
            found[name] = _ended(found[name], one, is_it=place == 0, is_plain=len(fitting) == 1)
    yield from (told for told, _ in found.values())


def started_later(end: Statement, stated: Sequence[Statement], known: Registered) -> date | None:
    """Give the day on which the obstacle began that an end can only belong to, if that is after the end."""
    begun = [(told, one) for one in stated if one.kind == "suspension.started" if (told := _suspension(one, known))]
    days = [one.on for told, one in begun if isinstance(told, Told) and one.on and _concerns(end, told, one)]
    first = min(days, default=None)
    return first if first is not None and end.on is not None and end.on < first else None


def _by_day(one: Statement) -> tuple[date, int]:
    return (one.on or date.max, one.seq)


def _by_start(fitting: Sequence[str], found: Mapping[str, tuple[Told, Statement]]) -> list[str]:
    return sorted(fitting, key=lambda name: _by_day(found[name][1]))


def _suspension(one: Statement, known: Registered) -> Finding:
    party = text(one.facts, "party")
    if one.on is None or (party is not None and known.obligor(party) is None):
        return _left_out(one)
    shown = proofs_of(one.roles, held=one.held)
    if shown & {Proof.COURT_RECORD, Proof.AUTHORITY_RECORD, Proof.NOTARIAL_DEED}:
        shown |= {Proof.CAUSE_RECORD}
    event = Suspension(
        id=one.id,
        cause=code(one.facts, "cause", Cause) or Cause.OTHER,
        started_on=one.on,
        parties=frozenset({party} if party else ()),
        proofs=shown,
    )
    return Told(event=event, seqs=one.seqs)


def _ends(one: Statement, told: Told, began: Statement) -> bool:
    event = told.event
    if not isinstance(event, Suspension) or event.ended_on is not None or one.on is None or one.on < event.started_on:
        return False
    return _concerns(one, told, began)


def _concerns(one: Statement, told: Told, began: Statement) -> bool:
    """Tell whether an end is of this obstacle, by its name where either has one, else by the party."""
    event, name, party = told.event, text(one.facts, "obstacle"), text(one.facts, "party")
    if not isinstance(event, Suspension):
        return False
    if name is not None or text(began.facts, "obstacle") is not None:
        return same_words(text(began.facts, "obstacle"), name)
    return party is None or not event.parties or party in event.parties


def _ended(found: tuple[Told, Statement], one: Statement, *, is_it: bool, is_plain: bool) -> tuple[Told, Statement]:
    told, began = found
    if is_it and isinstance(told.event, Suspension):
        seqs = tuple(sorted({*told.seqs, *one.seqs}))
        told = replace(told, event=replace(told.event, ended_on=one.on), seqs=seqs)
    return replace(told, ambiguous=told.ambiguous or not is_plain), began


_MAPPERS: Mapping[str, Mapper] = {
    "debit.made": debit,
    "contact.made": contact,
    "assignment.notified": assignment_notified,
    "claim.assigned": _assigned,
    "claim.accelerated": _accelerated,
    "extension.agreed": _extended,
    "debtor_first.ended": _debtor_first_ended,
}
EVENT_KINDS = frozenset({*_ACKNOWLEDGMENTS, *_MAPPERS, "suspension.started", "suspension.ended"})
"""Kinds of entries that this file reads."""
