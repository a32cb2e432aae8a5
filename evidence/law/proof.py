"""How well an event is proved: what is needed, what is there, what is missing, and the grade that follows.

A: proved even if denied. B: proved, with a presumption of law or a weakness that rarely matters. C: arguable. D: not
proved. Only A and B carry the conservative track; A to C the best view.

Source: 诉讼时效规定8; 民事证据规定 14-15, 61, 90, 92-94; 〔2003〕民二他字第6号; 在线诉讼规则 11-13; 邮政法49.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from evidence.law.act_notices import deemed_delivery
from evidence.law.calendar import last_day
from evidence.law.clock import Assessment
from evidence.law.facts import (
    Acknowledgment,
    Claim,
    DebtorFirstEnded,
    Event,
    Extension,
    Facts,
    Notice,
    Party,
    Proceeding,
    Suspension,
)
from evidence.law.provisions import TRACING
from evidence.law.vocabulary import AcknowledgmentKind, AddressBasis, Channel, Grade, Outcome, Proof, Signer

P, A, B, C, D = Proof, Grade.A, Grade.B, Grade.C, Grade.D
Graded = tuple[Grade, tuple[Proof, ...], str]
"""Grade, what a proof that carries the conservative track has, and the reason's key."""

_PERSONALLY = frozenset({Signer.SELF, Signer.LEGAL_REPRESENTATIVE, Signer.MAIL_ROOM})
_THROUGH = frozenset(
    {Signer.AUTHORISED, Signer.AGENT, Signer.ESTATE_ADMINISTRATOR, Signer.PROPERTY_CUSTODIAN, Signer.COHABITING_ADULT}
)
_WEAK = frozenset({Signer.GUARD, Signer.LOCKER, Signer.UNKNOWN})
_NO_CAPACITY = frozenset({Signer.MINOR, Signer.UNAUTHORISED})
_RIGHT_ADDRESS = frozenset({AddressBasis.AGREED, AddressBasis.REGISTERED, AddressBasis.IDENTITY})
_HANDED = frozenset({Outcome.SIGNED, Outcome.DELIVERED})


def assess_all(facts: Facts) -> tuple[Assessment, ...]:
    """Grade the proof of every event, by id."""
    parties = {party.party: party for party in facts.parties}
    return tuple(_assess(event, facts.claim, parties) for event in sorted(facts.events, key=attrgetter("id")))


def assess(event: Event, facts: Facts) -> Assessment:
    """Grade the proof of one event.

    The grade says nothing of the event's effect: a perfectly proved letter may still ask for nothing.
    """
    return _assess(event, facts.claim, {party.party: party for party in facts.parties})


def _assess(event: Event, claim: Claim, parties: Mapping[str, Party]) -> Assessment:
    grade, needed, reason = _grade(event, claim, parties)
    have: frozenset[Proof] = getattr(event, "proofs", frozenset())
    there, missing = _split(needed, have)
    return Assessment(
        event=event.id,
        grade=grade,
        needed=needed,
        have=there,
        missing=missing,
        reason=reason,
        obtain_by=_obtain_by(event, needed, have),
    )


@lru_cache(maxsize=4096)
def _split(needed: tuple[Proof, ...], have: frozenset[Proof]) -> tuple[tuple[Proof, ...], tuple[Proof, ...]]:
    return tuple(sorted(have)), tuple(proof for proof in needed if proof not in have)


def _obtain_by(event: Event, needed: tuple[Proof, ...], have: frozenset[Proof]) -> date | None:
    """Tracing of a posted item ends one year after posting (邮政法49)."""
    if isinstance(event, Notice) and event.channel in (Channel.EMS, Channel.REGISTERED_MAIL) and event.posted_on:
        return last_day(event.posted_on, TRACING) if P.TRACKING in needed and P.TRACKING not in have else None
    return None


class Shown(NamedTuple):
    """What the grade of a notice depends on, and nothing else: many notices of a portfolio have the same."""

    channel: Channel
    outcome: Outcome | None
    signer: Signer | None
    address: AddressBasis | None
    proofs: frozenset[Proof]
    is_deemed: bool
    is_lost: bool | None
    is_bank: bool
    may_debit: bool


def _shown(event: Notice, claim: Claim, party: Party) -> Shown:
    return Shown(
        event.channel,
        event.outcome,
        event.signer,
        event.address,
        event.proofs,
        party.deemed_days is not None and deemed_delivery(event, party) is not None,
        party.whereabouts_unknown,
        claim.financial_institution is True,
        claim.debit_clause is True,
    )


@lru_cache(maxsize=16384)
def _notice(shown: Shown) -> Graded:
    return _CHANNELS[shown.channel](shown)


def _grade(event: Event, claim: Claim, parties: Mapping[str, Party]) -> Graded:
    if isinstance(event, Notice):
        return _notice(_shown(event, claim, parties[event.to]))
    if isinstance(event, Acknowledgment):
        return _acknowledgment(event)
    if isinstance(event, Proceeding):
        recorded = not event.proofs.isdisjoint({P.COURT_RECORD, P.AUTHORITY_RECORD})
        return (A, (P.COURT_RECORD,), "proof_court") if recorded else (C, (P.COURT_RECORD,), "proof_court_missing")
    if isinstance(event, Suspension):
        return _either(event.proofs, P.CAUSE_RECORD, "proof_cause")
    if isinstance(event, DebtorFirstEnded):
        return _either(event.proofs, P.COURT_RECORD, "proof_court")
    if isinstance(event, Extension):
        return _either(event.proofs | _as_agreement(event.proofs), P.AGREEMENT, "proof_agreement")
    return A, (), "proof_not_needed"


def _as_agreement(proofs: frozenset[Proof]) -> frozenset[Proof]:
    signed = proofs & {P.SIGNED_ORIGINAL, P.NOTARIAL_DEED}
    return frozenset({P.AGREEMENT}) if signed else frozenset()


def _either(proofs: frozenset[Proof], wanted: Proof, reason: str) -> Graded:
    return (B if wanted is P.CAUSE_RECORD else A, (wanted,), reason) if wanted in proofs else (
        C, (wanted,), f"{reason}_missing"
    )  # fmt: skip


def _hand(event: Shown) -> Graded:
    if event.outcome is Outcome.REFUSED:
        return _refused_in_person(event)
    if event.signer in _NO_CAPACITY:
        return D, (), "proof_signer_cannot"
    needed = _signed_needs(event)
    shown = not event.proofs.isdisjoint({P.SIGNED_ORIGINAL, P.SIGNED_SCAN, P.NOTARIAL_DEED})
    if not shown:
        in_person = _refused_in_person(event)
        return in_person if in_person[0] is not D else (D, needed, "proof_no_signature")
    if event.signer in _WEAK or (event.signer is None and P.SIGNER_IDENTITY not in event.proofs):
        return C, needed, "proof_signer_weak"
    if event.signer in _THROUGH and _tie(event.signer) not in event.proofs:
        return C, needed, "proof_signer_relation_missing"
    whole = not event.proofs.isdisjoint({P.SIGNED_ORIGINAL, P.NOTARIAL_DEED})
    full = event.signer in _PERSONALLY or P.SIGNER_IDENTITY in event.proofs
    return (A if whole and full else B), needed, "proof_signed"


def _tie(signer: Signer) -> Proof:
    return P.SIGNER_RELATION if signer is Signer.COHABITING_ADULT else P.SIGNER_AUTHORITY


def _signed_needs(event: Shown) -> tuple[Proof, ...]:
    if event.signer in _THROUGH:
        return (P.SIGNED_ORIGINAL, _tie(event.signer))
    return (P.SIGNED_ORIGINAL,) if event.signer in _PERSONALLY else (P.SIGNED_ORIGINAL, P.SIGNER_IDENTITY)


def _refused_in_person(event: Shown) -> Graded:
    needed = (P.NOTARIAL_DEED,) if P.NOTARIAL_DEED in event.proofs else (P.VIDEO,)
    for proof, grade in ((P.NOTARIAL_DEED, A), (P.VIDEO, B), (P.WITNESS, C), (P.NOTARIAL_DEED_THIN, C)):
        if proof in event.proofs:
            return grade, needed, "proof_in_person"
    return D, needed, "proof_in_person_missing"


def _posted(event: Shown) -> Graded:
    needed = (P.POSTING_SLIP, P.NOTICE_COPY, P.ITEM_NAMED, P.TRACKING)
    if not event.proofs.isdisjoint({P.SIGNED_ORIGINAL, P.SIGNED_SCAN}):
        return min(_hand(event), _by_post(event, needed))
    return _by_post(event, needed)


def _deemed(event: Shown, needed: tuple[Proof, ...]) -> Graded:
    """Where the contract says when a letter counts as delivered, posting it and its contents have to be shown."""
    shown = _stub_and_content(event) or P.RETURNED_PARCEL in event.proofs
    return (B, needed[:3], "proof_deemed") if shown else (D, needed[:3], "proof_contents_doubtful")


def _by_post(event: Shown, needed: tuple[Proof, ...]) -> Graded:
    if event.address is AddressBasis.WRONG:
        return D, (), "proof_wrong_address"
    if event.outcome in _HANDED:
        return _capped(event, _delivered(event, needed))
    if event.is_deemed:
        return _deemed(event, needed)
    if event.outcome in (Outcome.REFUSED, Outcome.RETURNED):
        return _came_back(event, needed)
    if event.channel is Channel.EMS and _stub_and_content(event):
        return C, needed, "proof_stub_and_content"
    return D, needed, "proof_outcome_missing"


def _stub_and_content(event: Shown) -> bool:
    """Tell whether slip and contents are there, the waybill or a record of packing tying one to the other."""
    named = not event.proofs.isdisjoint({P.ITEM_NAMED, P.PACKING_RECORD})
    return named and {P.POSTING_SLIP, P.NOTICE_COPY} <= event.proofs


def _delivered(event: Shown, needed: tuple[Proof, ...]) -> Graded:
    shown = not event.proofs.isdisjoint({P.TRACKING, P.RETURN_RECEIPT})
    if _stub_and_content(event) and shown:
        full = P.RETURN_RECEIPT in event.proofs and event.channel is not Channel.COURIER
        return (A if full else B), needed, "proof_delivered"
    if _stub_and_content(event) and event.channel is Channel.EMS:
        return B, needed, "proof_stub_and_content"
    if shown and P.NOTICE_COPY in event.proofs:
        return C, needed, "proof_contents_doubtful"
    return D, needed, "proof_delivery_missing"


def _capped(event: Shown, graded: Graded) -> Graded:
    """Somebody at the door is not the addressee, unless it was agreed that the address alone counts."""
    if event.signer not in _WEAK | _NO_CAPACITY or event.address is AddressBasis.AGREED:
        return graded
    grade, needed, _ = graded
    return max(grade, C), (*needed, P.SIGNER_AUTHORITY), "proof_signer_weak"


def _came_back(event: Shown, needed: tuple[Proof, ...]) -> Graded:
    at_right_address = event.address in _RIGHT_ADDRESS or P.ADDRESS_PROOF in event.proofs
    shown = not event.proofs.isdisjoint({P.TRACKING, P.RETURNED_PARCEL, P.RETURN_RECEIPT})
    if not (_stub_and_content(event) or P.RETURNED_PARCEL in event.proofs):
        return (C if shown and P.NOTICE_COPY in event.proofs else D), needed, "proof_contents_doubtful"
    if not at_right_address:
        return C, (*needed, P.ADDRESS_PROOF), "proof_address_missing"
    if not shown:
        return C, needed, "proof_delivery_missing"
    return (A if P.RETURNED_PARCEL in event.proofs else B), needed, "proof_came_back"


def _message(event: Shown) -> Graded:
    needed = (P.ORIGINAL_DEVICE, P.IDENTITY_TIE, P.CARRIER_LOG)
    if event.outcome is Outcome.UNREACHED or event.address is AddressBasis.WRONG:
        return D, (), "proof_unreached"
    kept = not event.proofs.isdisjoint({P.ORIGINAL_DEVICE, P.EXPORT, P.NOTARIAL_DEED})
    tied = event.address is AddressBasis.AGREED or not event.proofs.isdisjoint({P.IDENTITY_TIE, P.REPLY})
    if not kept:
        return D, needed, "proof_message_copy_only"
    if not tied:
        return C, needed, "proof_message_whose"
    if not event.proofs.isdisjoint({P.NOTARIAL_DEED, P.REPLY}):
        return A, needed, "proof_message"
    whole = P.CARRIER_LOG in event.proofs or {P.ORIGINAL_DEVICE, P.EXPORT} <= event.proofs
    return (B, needed, "proof_message") if whole else (C, needed, "proof_message_arrival")


def _phone(event: Shown) -> Graded:
    needed = (P.RECORDING, P.IDENTITY_TIE)
    if event.outcome is Outcome.UNREACHED:
        return D, (), "proof_unreached"
    if set(needed) <= event.proofs:
        return (A if P.NOTARIAL_DEED in event.proofs else B), needed, "proof_call"
    some = not event.proofs.isdisjoint({P.RECORDING, P.CARRIER_LOG, P.WITNESS})
    return (C if some else D), needed, "proof_call_missing"


def _visit(event: Shown) -> Graded:
    return _hand(event) if event.signer is not None else _refused_in_person(event)


def _newspaper(event: Shown) -> Graded:
    needed = (P.NEWSPAPER_PAGE, P.WHEREABOUTS_UNKNOWN, P.MEDIUM_FITS)
    lost = P.WHEREABOUTS_UNKNOWN in event.proofs
    if event.is_lost is False or not (lost or event.is_lost):
        return D, needed, "proof_address_known"
    if set(needed) <= event.proofs:
        return A, needed, "proof_announced"
    return (C if P.NEWSPAPER_PAGE in event.proofs else D), needed, "proof_announcement_missing"


def _notary(event: Shown) -> Graded:
    needed = (P.NOTARIAL_DEED,)
    if P.NOTARIAL_DEED in event.proofs:
        return A, needed, "proof_deed"
    return (C, needed, "proof_deed_thin") if P.NOTARIAL_DEED_THIN in event.proofs else (D, needed, "proof_deed_missing")


def _debit(event: Shown) -> Graded:
    needed = (P.LEDGER, P.DEBIT_CLAUSE)
    if not event.is_bank:
        return D, (), "proof_not_a_bank"
    agreed = event.may_debit or P.DEBIT_CLAUSE in event.proofs
    if agreed and P.LEDGER in event.proofs:
        return A, (P.LEDGER,), "proof_debit"
    return (C if agreed or P.LEDGER in event.proofs else D), needed, "proof_debit_missing"


def _other(event: Shown) -> Graded:
    needed = (P.SIGNED_ORIGINAL,)
    if not event.proofs.isdisjoint({P.SIGNED_ORIGINAL, P.NOTARIAL_DEED}):
        return B, needed, "proof_signed"
    return (C if event.proofs else D), needed, "proof_no_signature"


def _acknowledgment(event: Acknowledgment) -> Graded:
    proofs = event.proofs
    if event.kind is AcknowledgmentKind.PART_PAYMENT:
        found = not proofs.isdisjoint({P.BANK_RECORD, P.SIGNED_ORIGINAL})
        return (A, (P.BANK_RECORD,), "proof_payment") if found else (C, (P.BANK_RECORD,), "proof_payment_missing")
    needed = (P.SIGNED_ORIGINAL,)
    if not proofs.isdisjoint({P.SIGNED_ORIGINAL, P.AGREEMENT, P.NOTARIAL_DEED, P.COURT_RECORD}):
        return A, needed, "proof_written"
    tied = P.IDENTITY_TIE in proofs and not proofs.isdisjoint({P.ORIGINAL_DEVICE, P.EXPORT, P.RECORDING})
    if tied or P.SIGNED_SCAN in proofs:
        return B, needed, "proof_words_tied"
    return C, needed, "proof_words_missing"


_CHANNELS: dict[Channel, Callable[[Shown], Graded]] = {
    Channel.HAND: _hand,
    Channel.EMS: _posted,
    Channel.COURIER: _posted,
    Channel.REGISTERED_MAIL: _posted,
    Channel.EMAIL: _message,
    Channel.SMS: _message,
    Channel.WECHAT: _message,
    Channel.FAX: _message,
    Channel.PHONE: _phone,
    Channel.VISIT: _visit,
    Channel.NEWSPAPER: _newspaper,
    Channel.NOTARY: _notary,
    Channel.DEBIT: _debit,
    Channel.OTHER: _other,
}
