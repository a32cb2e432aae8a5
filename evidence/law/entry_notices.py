"""Letters as facts: a notice with one dispatch, its way and its signed paper are one fact; each dispatch is its own.

A signed copy belongs to the dispatch where there is only one, or only one by hand; else, and where the dispatch failed
or came later, it is a delivery by hand of its own. A letter that neither left nor was signed asserts nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evidence.law.entry_arrivals import CAME_BACK, Arrival, arrival_of
from evidence.law.entry_letters import Letter, Sending, copy_of, first_signed_on, letters, seqs_of, words_of
from evidence.law.entry_matter import Finding, LeftOut, Registered, Told
from evidence.law.entry_proofs import names_the_letter, proofs_of
from evidence.law.entry_signatures import admissions, by_hand, with_signed_copies
from evidence.law.entry_statements import Statement
from evidence.law.entry_values import code, day, text
from evidence.law.facts import Notice
from evidence.law.vocabulary import AddressBasis, Channel, Proof

CARRIERS = {
    "ems": Channel.EMS, "sf": Channel.COURIER, "courier": Channel.COURIER, "registered_mail": Channel.REGISTERED_MAIL,
    "hand": Channel.HAND, "email": Channel.EMAIL, "sms": Channel.SMS, "wechat": Channel.WECHAT, "fax": Channel.FAX,
    "notary": Channel.NOTARY, "newspaper": Channel.NEWSPAPER,
}  # fmt: skip
_ON_PAPER = frozenset(
    {Channel.HAND, Channel.EMS, Channel.COURIER, Channel.REGISTERED_MAIL, Channel.NOTARY, Channel.OTHER}
)


def notices(stated: Sequence[Statement], known: Registered) -> Iterator[Finding]:
    """Give the facts that a matter's letters make."""
    for letter in letters(stated):
        if letter.is_voided:
            yield LeftOut(id=letter.entry.id, reason="voided", seqs=letter.entry.seqs)
        elif known.obligor(letter.to) is None:
            yield LeftOut(id=letter.entry.id, reason="party_unknown", seqs=letter.entry.seqs)
        else:
            yield from _of_letter(letter, known)


def _of_letter(letter: Letter, known: Registered) -> Iterator[Finding]:
    if not letter.sendings and not letter.signed:
        yield LeftOut(id=letter.entry.id, reason="not_sent", seqs=letter.entry.seqs)
        return
    carrying, signed = _carrying(letter), None
    for sending in letter.sendings:
        fact = _dispatched(letter, sending, known)
        if sending is carrying and _fits(fact.event, letter.signed):
            fact = signed = with_signed_copies(fact, letter, known)
        yield fact
    if letter.signed and signed is None:
        signed = by_hand(letter, known, is_plain=carrying is not None or not letter.sendings)
        yield signed
    if signed is not None and isinstance(signed.event, Notice):
        yield from admissions(letter, known, arrived_on=signed.event.outcome_on)


def _carrying(letter: Letter) -> Sending | None:
    """Give the dispatch whose copy was signed, where that is plain."""
    if not letter.signed:
        return None
    by_hand = [one for one in letter.sendings if text(one.entry.facts, "carrier") == "hand"]
    fitting = letter.sendings if len(letter.sendings) == 1 else by_hand
    return fitting[0] if len(fitting) == 1 else None


def _fits(event: object, signed: Sequence[Statement]) -> bool:
    """A copy signed before the dispatch, or though the dispatch came back, was handed over in another way."""
    if not isinstance(event, Notice) or event.channel not in _ON_PAPER or event.outcome in CAME_BACK:
        return False
    first = first_signed_on(signed)
    return first is None or event.posted_on is None or first >= event.posted_on


def _dispatched(letter: Letter, sending: Sending, known: Registered) -> Told:
    facts = sending.entry.facts
    arrival = arrival_of(sending.receipts, sending.tracking, to=letter.to, known=known)
    posted_on = day(facts, "posted_at")
    address = code(facts, "address_basis", AddressBasis) or known.address_basis(
        letter.to, text(facts, "address"), posted_on
    )
    notice = replace(
        words_of(letter, sending.entry, arrival.on, known),
        channel=CARRIERS.get(text(facts, "carrier") or "", Channel.OTHER),
        posted_on=posted_on,
        outcome=arrival.outcome,
        outcome_on=arrival.on,
        after_hours=arrival.after_hours,
        signer=arrival.signer,
        address=address,
        return_reason=arrival.reason if arrival.outcome in CAME_BACK else None,
        prevented=arrival.prevented,
        proofs=_proofs(letter, sending, arrival),
    )
    envelopes = letter.envelopes if len(letter.sendings) == 1 else []
    entries = (letter.entry, sending.entry, *sending.tracking, *sending.receipts, *envelopes)
    return Told(event=notice, seqs=seqs_of(entries), ambiguous=arrival.doubtful)


def _proofs(letter: Letter, sending: Sending, arrival: Arrival) -> frozenset[Proof]:
    shown = proofs_of(sending.entry.roles, held=sending.entry.held) | arrival.proofs | copy_of(letter)
    if names_the_letter(sending.entry.facts):
        shown |= {Proof.ITEM_NAMED}
    if letter.envelopes and arrival.outcome in CAME_BACK and len(letter.sendings) == 1:
        shown |= {Proof.RETURNED_PARCEL}
    return shown
