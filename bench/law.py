"""The law: what a matter of twenty years and sixty events costs, on both tracks."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from statistics import median

from bench.machine import Row, in_turn, middle
from evidence.law.facts import (
    Acknowledgment,
    Assignment,
    Claim,
    Event,
    Facts,
    Guarantee,
    Notice,
    Party,
    Proceeding,
    Suspension,
)
from evidence.law.timeline import reckon
from evidence.law.vocabulary import (
    AcknowledgmentKind,
    AddressBasis,
    Cause,
    Channel,
    ClaimKind,
    End,
    Mode,
    Outcome,
    ProceedingKind,
    Proof,
    Role,
    Signer,
)

EVENTS, APART, RUNS = 60, timedelta(days=121), 400
DUE = date(2006, 12, 20)
YEARS = timedelta(days=20 * 365)
POSTED = frozenset({Proof.POSTING_SLIP, Proof.NOTICE_COPY, Proof.ITEM_NAMED, Proof.TRACKING})
CHANNELS = (Channel.EMS, Channel.SMS, Channel.HAND, Channel.EMS, Channel.WECHAT, Channel.COURIER)


def measure_law() -> list[Row]:
    """Measure both tracks of a long matter, by how many it binds; no two runs share their dates, as in a portfolio."""
    return [_measure(obligors) for obligors in (1, 2, 4)]


def _measure(obligors: int) -> Row:
    matters = [_matter(DUE + timedelta(days=run), obligors) for run in range(RUNS + 1)]
    texts = iter([json.dumps(asdict(facts), default=_plain, ensure_ascii=False) for facts in matters])
    todo = iter(matters)
    reckoned, read = in_turn(RUNS, lambda: _reckon(next(todo)), lambda: json.loads(next(texts)))
    ratio = median(reckoned) / median(read)
    who = ("debtor", "joint guarantor", "debt joiner", "general guarantor")[:obligors]
    return Row(
        what=f"a matter of 20 years and {EVENTS} events ({', '.join(who)}): both tracks, with reasons",
        result=middle(reckoned),
        beside=f"`json.loads` of the same facts: {median(read):.2f} ms; {ratio:.0f} times that",
    )


def _reckon(facts: Facts) -> object:
    due = facts.claim.due_on or DUE
    return reckon(facts, as_of=due + YEARS)


def _matter(due: date, obligors: int) -> Facts:
    surety = Guarantee(mode=Mode.JOINT, contract_on=due - timedelta(days=365), period_months=24)
    backstop = Guarantee(mode=Mode.GENERAL, contract_on=due - timedelta(days=365))
    parties = (
        Party(party="张三", role=Role.DEBTOR, is_person=True),
        Party(party="王五", role=Role.GUARANTOR, guarantee=surety),
        Party(party="李四", role=Role.DEBT_JOINER, is_person=True),
        Party(party="赵六", role=Role.GUARANTOR, guarantee=backstop),
    )[:obligors]
    return Facts(
        claim=Claim(kind=ClaimKind.LOAN, due_on=due, lender=True, financial_institution=True),
        parties=(Party(party="某某银行", role=Role.CREDITOR), *parties),
        events=tuple(_events(due, [party.party for party in parties])),
    )


def _events(due: date, names: Sequence[str]) -> Iterator[Event]:
    for number in range(EVENTS):
        on, id_ = due + APART * (number + 1), f"e{number}"
        if number % 20 == 7:
            yield _suit(id_, on, names)
        elif number % 20 == 13:
            yield Suspension(id=id_, cause=Cause.FORCE_MAJEURE, started_on=on, ended_on=on + APART)
        elif number == 30:
            yield Assignment(id=id_, on=on)
        elif number % 4 == 3:
            yield _admission(id_, on, number)
        else:
            yield _letter(id_, on, number, to=names[number % len(names)])


def _letter(id_: str, on: date, number: int, *, to: str) -> Notice:
    return Notice(
        id=id_,
        to=to,
        channel=CHANNELS[number % len(CHANNELS)],
        posted_on=on,
        outcome=Outcome.SIGNED,
        outcome_on=on + timedelta(days=3),
        signer=Signer.SELF,
        address=AddressBasis.AGREED,
        demands_payment=True,
        demands_guarantee=True,
        states_amount=True,
        proofs=POSTED | {Proof.SIGNED_ORIGINAL, Proof.ORIGINAL_DEVICE, Proof.EXPORT},
    )


def _admission(id_: str, on: date, number: int) -> Acknowledgment:
    kinds = (AcknowledgmentKind.PART_PAYMENT, AcknowledgmentKind.PROMISE, AcknowledgmentKind.EXTENSION_REQUEST)
    return Acknowledgment(
        id=id_,
        by="张三",
        on=on,
        kind=kinds[number % len(kinds)],
        promised_due_on=on + timedelta(days=60),
        proofs=frozenset({Proof.BANK_RECORD, Proof.SIGNED_ORIGINAL}),
    )


def _suit(id_: str, on: date, names: Sequence[str]) -> Proceeding:
    return Proceeding(
        id=id_,
        kind=ProceedingKind.SUIT,
        against=frozenset(names),
        filed_on=on,
        served=(("张三", on + timedelta(days=20)),),
        ended_on=on + timedelta(days=90),
        end=End.WITHDRAWN,
        proofs=frozenset({Proof.COURT_RECORD}),
    )


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)
