"""Signed copies of letters: what they show of the arrival, and what their signatures say about the debt.

What was promised or confirmed on another day than that of the arrival is an act of that day.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from evidence.law.entry_arrivals import BINDING, STRONG, signature_of, signer_of
from evidence.law.entry_letters import Letter, copy_of, first_signed_on, seqs_of, words_of
from evidence.law.entry_matter import Finding, LeftOut, Registered, Told
from evidence.law.entry_proofs import proofs_of
from evidence.law.entry_statements import Statement
from evidence.law.entry_values import day, flag, part
from evidence.law.facts import Acknowledgment, Notice
from evidence.law.vocabulary import AcknowledgmentKind, Channel, Outcome, Proof, Signature, Signer

_SIGNATURES = (
    Signature.RESERVATION, Signature.NEW_GUARANTEE, Signature.AGREES, Signature.CONFIRMS, Signature.RECEIPT_ONLY,
    Signature.NO_TEXT,
)  # fmt: skip
"""Which of several signatures on one letter counts: a reservation takes back the rest, else the fullest one, except
that a tick for receipt alone says more of what was meant than no tick."""
_ADMISSIONS = {
    Signature.AGREES: AcknowledgmentKind.PROMISE,
    Signature.CONFIRMS: AcknowledgmentKind.DEBT_CONFIRMATION,
    Signature.NEW_GUARANTEE: AcknowledgmentKind.NEW_GUARANTEE,
}


def with_signed_copies(fact: Told, letter: Letter, known: Registered) -> Told:
    """Put the signed copy into the dispatch: it tells the outcome where nothing better does."""
    if not isinstance(fact.event, Notice):
        return fact
    notice, hand = fact.event, handed(letter, known)
    weak = notice.outcome is None or (notice.signer not in {None, *STRONG} and hand.signer in STRONG)
    on = hand.outcome_on or (notice.posted_on if notice.channel is Channel.HAND else None)
    signer = hand.signer if weak else notice.signer or hand.signer
    signed = replace(
        notice,
        outcome=Outcome.SIGNED if weak or signer else notice.outcome,
        outcome_on=on if weak else notice.outcome_on or on,
        signer=signer,
        grace_days=hand.grace_days if weak else notice.grace_days,
        proofs=notice.proofs | hand.proofs,
    )
    return _with_words(replace(fact, event=signed, seqs=_merged(fact.seqs, seqs_of(letter.signed))), letter, known)


def by_hand(letter: Letter, known: Registered, *, is_plain: bool) -> Told:
    """Make the signed copies a delivery of its own; not plain where a dispatch may have carried them."""
    told = Told(event=handed(letter, known), seqs=seqs_of((letter.entry, *letter.signed)), ambiguous=not is_plain)
    return _with_words(told, letter, known)


def handed(letter: Letter, known: Registered) -> Notice:
    """Give a letter as its signed copies alone show it: handed over on the first day that one of them bears."""
    first = min(letter.signed, key=lambda one: day(one.facts, "signed_on") or date.max)
    on = first_signed_on(letter.signed)
    return replace(
        words_of(letter, first, on, known),
        outcome=Outcome.SIGNED,
        outcome_on=on,
        signer=_who(first, letter, known),
        proofs=copy_of(letter).union(*(_signed_proofs(one) for one in letter.signed)),
    )


def _with_words(fact: Told, letter: Letter, known: Registered) -> Told:
    """Add what the signatures of the day of arrival say."""
    if not isinstance(fact.event, Notice):
        return fact
    on = fact.event.outcome_on
    said = {_says(one, letter, known): one for one in letter.signed if not _is_act_of_its_own(one, on, letter, known)}
    if not said:
        return fact
    signature = min(said, key=_SIGNATURES.index)
    who = _who(said[signature], letter, known)
    admits = signature in _ADMISSIONS
    event = replace(
        fact.event,
        signature=signature,
        promised_due_on=_promised(said[signature]) if admits else None,
        signer=who if admits and who in BINDING else fact.event.signer,
    )
    return replace(fact, event=event)


def admissions(letter: Letter, known: Registered, *, arrived_on: date | None) -> Iterator[Finding]:
    """Give what was promised or confirmed on another day than that of the arrival: an act of that day."""
    for scan in letter.signed:
        on, signature = day(scan.facts, "signed_on"), _says(scan, letter, known)
        if on is None or not _is_act_of_its_own(scan, arrived_on, letter, known):
            continue
        if _who(scan, letter, known) is None:
            yield LeftOut(id=scan.id, reason="signer_unstated", seqs=scan.seqs)
            continue
        event = Acknowledgment(
            id=scan.id,
            by=letter.to,
            on=on,
            kind=_ADMISSIONS[signature],
            promised_due_on=_promised(scan),
            signature=signature,
            proofs=_signed_proofs(scan),
        )
        yield Told(event=event, seqs=seqs_of((letter.entry, scan)))


def _is_act_of_its_own(scan: Statement, arrived_on: date | None, letter: Letter, known: Registered) -> bool:
    on = day(scan.facts, "signed_on")
    return on is not None and on != arrived_on and _says(scan, letter, known) in _ADMISSIONS


def _who(scan: Statement, letter: Letter, known: Registered) -> Signer | None:
    return signer_of(scan.facts, to=letter.to, known=known, name_key="signer")


def _says(scan: Statement, letter: Letter, known: Registered) -> Signature:
    return signature_of(scan.facts, _who(scan, letter, known))


def _signed_proofs(scan: Statement) -> frozenset[Proof]:
    paper = Proof.SIGNED_ORIGINAL if flag(scan.facts, "original_held") else Proof.SIGNED_SCAN
    return proofs_of(scan.roles, held=scan.held) | {paper}


def _promised(scan: Statement) -> date | None:
    return day(part(part(scan.facts, "marks"), "promise"), "due_on") or day(scan.facts, "promised_due_on")


def _merged(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted({*one, *other}))
