"""Facts for the law's tests: arbitrary valid ones, and single ones that are proved as well as can be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from evidence.law.calendar import add_months
from evidence.law.facts import (
    Acceleration,
    Acknowledgment,
    Assignment,
    Claim,
    DebtorFirstEnded,
    Event,
    Extension,
    Facts,
    Guarantee,
    MaximumAmount,
    Notice,
    Party,
    Proceeding,
    Suspension,
)
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
    Signature,
    Signer,
)

EVERY_PROOF = frozenset(Proof)
OBLIGORS = (Role.DEBTOR, Role.JOINT_DEBTOR, Role.DEBT_JOINER)
MAX_PARTIES, MAX_EVENTS = 6, 12
_FIRST_DUE = st.dates(min_value=date(2009, 1, 1), max_value=date(2024, 12, 31))
AS_OF = st.dates(min_value=date(2012, 1, 1), max_value=date(2031, 12, 31))
NAMES = ("甲", "乙", "丙", "丁", "戊", "己")
STRANGER = "庚"
"""A party that no generated fact names."""

maybe = st.sampled_from((None, False, True))
proofs = st.frozensets(st.sampled_from(sorted(Proof)), max_size=6)


def optional(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(st.none(), strategy)


def days_after(first: date, least: int, most: int) -> st.SearchStrategy[date]:
    return st.integers(least, most).map(lambda days: first + timedelta(days=days))


# Claims


@st.composite
def claims(draw: st.DrawFn, *, kinds: Sequence[ClaimKind] = tuple(ClaimKind)) -> tuple[Claim, date]:
    """A claim, and a day about which its facts happen."""
    first = draw(_FIRST_DUE)
    claim = Claim(
        kind=draw(st.sampled_from(kinds)),
        contract_on=draw(optional(days_after(first, -2000, 0))),
        lender=draw(maybe),
        financial_institution=draw(maybe),
        debit_clause=draw(maybe),
        one_debt=draw(maybe),
        short_period=draw(st.booleans()),
    )
    return replace(claim, **draw(_due(first))), first


def _due(first: date) -> st.SearchStrategy[dict[str, object]]:
    parts = st.lists(st.integers(0, 1500), min_size=1, max_size=5, unique=True)
    dates = parts.map(lambda offsets: tuple(first + timedelta(days=days) for days in offsets))
    return st.one_of(
        st.just({"due_on": first}),
        dates.map(lambda days: {"instalments": days}),
        dates.map(lambda days: {"periods": days}),
        st.just({"no_due_date": True}),
        days_after(first, 0, 800).map(lambda known: {"harmed_on": first, "known_on": known}),
        st.just({}),
    )


# Parties


@st.composite
def guarantees(draw: st.DrawFn, first: date, others: Sequence[str]) -> Guarantee:
    agreed = draw(
        st.one_of(
            st.just({}),
            st.integers(1, 36).map(lambda months: {"period_months": months}),
            days_after(first, -100, 900).map(lambda until: {"period_until_on": until}),
            st.just({"period_unclear": True}),
        )
    )
    return Guarantee(
        mode=draw(st.sampled_from(list(Mode))),
        contract_on=draw(optional(days_after(first, -2000, 0))),
        recourse_with=frozenset(draw(st.lists(st.sampled_from(others), max_size=1))) if others else frozenset(),
        maximum=draw(optional(_maximum_amounts(first))),
        **agreed,
    )


def _maximum_amounts(first: date) -> st.SearchStrategy[MaximumAmount]:
    debts = st.lists(days_after(first, 0, 700), max_size=3, unique=True).map(tuple)
    return st.builds(MaximumAmount, debts=debts, determined_on=optional(days_after(first, 0, 700)))


@st.composite
def parties(draw: st.DrawFn, first: date) -> tuple[Party, ...]:
    """A debtor, and up to five others of every role."""
    others = draw(st.lists(st.sampled_from(list(Role)), max_size=MAX_PARTIES - 1))
    roles = [draw(st.sampled_from((Role.DEBTOR, Role.JOINT_DEBTOR))), *others]
    named = dict(zip(NAMES, roles, strict=False))
    guarantors = [name for name, role in named.items() if role is Role.GUARANTOR]
    return tuple(
        Party(
            party=name,
            role=role,
            is_person=draw(maybe),
            whereabouts_unknown=draw(maybe),
            deemed_days=draw(st.sampled_from((None, None, 3, 7))),
            guarantee=draw(guarantees(first, [other for other in guarantors if other != name]))
            if role is Role.GUARANTOR
            else None,
        )
        for name, role in named.items()
    )


# Events


@st.composite
def notices(draw: st.DrawFn, id_: str, to: str, on: date) -> Notice:
    outcome = draw(optional(st.sampled_from(list(Outcome))))
    took = outcome in (Outcome.SIGNED, Outcome.DELIVERED)
    return Notice(
        id=id_,
        to=to,
        channel=draw(st.sampled_from(list(Channel))),
        posted_on=draw(st.sampled_from((None, on))),
        outcome=outcome,
        outcome_on=draw(optional(days_after(on, 0, 20))),
        after_hours=draw(maybe),
        signer=draw(optional(st.sampled_from(list(Signer)))) if took else None,
        address=draw(optional(st.sampled_from(list(AddressBasis)))),
        demands_payment=draw(maybe),
        demands_guarantee=draw(maybe),
        states_amount=draw(maybe),
        notifies_assignment=draw(st.booleans()),
        prevented=draw(maybe),
        signature=draw(optional(st.sampled_from(list(Signature)))) if took else None,
        promised_due_on=draw(optional(days_after(on, 21, 600))),
        grace_days=draw(optional(st.integers(1, 60))),
        refuses=draw(st.booleans()),
        proofs=draw(proofs),
    )


@st.composite
def acknowledgments(draw: st.DrawFn, id_: str, by: str, on: date) -> Acknowledgment:
    return Acknowledgment(
        id=id_,
        by=by,
        on=on,
        kind=draw(st.sampled_from(list(AcknowledgmentKind))),
        promised_due_on=draw(optional(days_after(on, 1, 900))),
        signature=draw(optional(st.sampled_from(list(Signature)))),
        mode=draw(optional(st.sampled_from(list(Mode)))),
        period_months=draw(optional(st.integers(1, 36))),
        proofs=draw(proofs),
    )


@st.composite
def proceedings(draw: st.DrawFn, id_: str, names: Sequence[str], on: date) -> Proceeding:
    against = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    reached = draw(st.lists(st.sampled_from(against), max_size=2, unique=True))
    proceeding = Proceeding(
        id=id_,
        kind=draw(st.sampled_from(list(ProceedingKind))),
        against=frozenset(against),
        filed_on=on,
        served=tuple((name, draw(days_after(on, 0, 60))) for name in reached),
        assets_known=draw(st.booleans()),
        by_assignee=draw(st.booleans()),
        proofs=draw(proofs),
    )
    return replace(proceeding, **draw(_endings(on)))


def _endings(filed: date) -> st.SearchStrategy[dict[str, object]]:
    def ended(days: int, end: End, later: int) -> dict[str, object]:
        on = filed + timedelta(days=days)
        shared: dict[str, object] = {"ended_on": on, "end": end}
        if end in (End.JUDGMENT, End.SETTLEMENT):
            effective = on + timedelta(days=later)
            return {**shared, "effective_on": effective, "performance_due_on": effective + timedelta(days=later * 3)}
        return {**shared, "ruling_served_on": on + timedelta(days=later)}

    return st.one_of(
        st.just({}), st.builds(ended, st.integers(60, 800), st.sampled_from(list(End)), st.integers(0, 40))
    )


@st.composite
def suspensions(draw: st.DrawFn, id_: str, names: Sequence[str], on: date) -> Suspension:
    return Suspension(
        id=id_,
        cause=draw(st.sampled_from(list(Cause))),
        started_on=on,
        ended_on=draw(optional(days_after(on, 0, 900))),
        parties=frozenset(draw(st.lists(st.sampled_from(names), max_size=2))),
        proofs=draw(proofs),
    )


@st.composite
def events(draw: st.DrawFn, id_: str, known: Sequence[Party], first: date, latest_due: date = date.min) -> Event:
    """One event of any class, from half a year before the debt is due to sixteen years after."""
    on = draw(st.one_of(days_after(first, -180, 5800), _about_an_end(first)))
    obligors = [party.party for party in known if party.role is not Role.CREDITOR]
    guarantors = [party.party for party in known if party.role is Role.GUARANTOR]
    name = draw(st.sampled_from(obligors))
    choices: list[st.SearchStrategy[Event]] = [
        notices(id_, name, on),
        acknowledgments(id_, name, on),
        proceedings(id_, obligors, on),
        suspensions(id_, obligors, on),
        st.just(Assignment(id=id_, on=on)),
        st.just(Acceleration(id=id_, on=on)),
        _extensions(id_, guarantors, on, latest_due),
    ]
    if guarantors:
        choices.append(
            st.builds(
                DebtorFirstEnded, id=st.just(id_), guarantor=st.sampled_from(guarantors), on=st.just(on), proofs=proofs
            )
        )
    # The first two are what a file is full of.
    return draw(st.one_of(choices[0], choices[0], choices[1], *choices))


def _about_an_end(first: date) -> st.SearchStrategy[date]:
    """Where rules bite: about the due date, and some months or years after it."""
    months = st.sampled_from((0, 0, 6, 12, 24, 36, 48, 60, 72, 240))
    return st.builds(lambda count, days: add_months(first, count) + timedelta(days=days), months, st.integers(-9, 9))


def _extensions(id_: str, guarantors: Sequence[str], on: date, latest_due: date) -> st.SearchStrategy[Extension]:
    consented = st.frozensets(st.sampled_from(guarantors), max_size=2) if guarantors else st.just(frozenset())
    return st.builds(
        Extension,
        id=st.just(id_),
        agreed_on=st.just(on),
        to_on=days_after(max(on, latest_due), 1, 900),
        consented=consented,
        proofs=proofs,
    )


@st.composite
def facts(
    draw: st.DrawFn, *, kinds: Sequence[ClaimKind] = tuple(ClaimKind), most: int = MAX_EVENTS, least_parties: int = 1
) -> Facts:
    """Everything that may be known of a claim, free of contradictions."""
    claim, first = draw(claims(kinds=kinds))
    known = draw(parties(first).filter(lambda found: len(found) >= least_parties))
    count = draw(st.integers(0, most))
    latest_due = max((first, *claim.instalments, *claim.periods))
    happened = tuple(draw(events(f"e{number}", known, first, latest_due)) for number in range(1, count + 1))
    return Facts(claim=claim, parties=known, events=happened)


_AHEAD = {"promised_due_on", "performance_due_on", "to_on"}
"""Days that are only spoken of."""


def days_of(event: Event) -> list[date]:
    """Every day on which something of an event happens."""
    values = [getattr(event, name) for name in type(event).__slots__ if name not in _AHEAD]
    served = [on for _, on in event.served] if isinstance(event, Proceeding) else []
    return [value for value in values if isinstance(value, date)] + served


# Facts proved as well as can be

DELIVERED = frozenset(
    {
        Proof.POSTING_SLIP,
        Proof.NOTICE_COPY,
        Proof.ITEM_NAMED,
        Proof.PACKING_RECORD,
        Proof.TRACKING,
        Proof.RETURN_RECEIPT,
    }
)
IN_PERSON = frozenset({Proof.SIGNED_ORIGINAL, Proof.SIGNER_IDENTITY})


def debtor(name: str = "甲", role: Role = Role.DEBTOR) -> Party:
    return Party(party=name, role=role)


def guarantor(name: str = "乙", mode: Mode = Mode.JOINT, **agreed: object) -> Party:
    return Party(party=name, role=Role.GUARANTOR, guarantee=Guarantee(mode=mode, **agreed))


def letter(id_: str, arrived: date, *, to: str = "甲", posted: date | None = None, **said: object) -> Notice:
    """An EMS letter that asks for the money, received by its addressee in person."""
    wording = {"demands_payment": True, "demands_guarantee": True, "states_amount": True, **said}
    return Notice(
        id=id_,
        to=to,
        channel=Channel.EMS,
        posted_on=posted or arrived,
        outcome=Outcome.SIGNED,
        outcome_on=arrived,
        signer=Signer.SELF,
        address=AddressBasis.AGREED,
        proofs=DELIVERED,
        **wording,
    )


def handed(id_: str, on: date, *, to: str = "甲", **said: object) -> Notice:
    """A demand that its addressee signed for in person."""
    wording = {"demands_payment": True, "demands_guarantee": True, "states_amount": True, **said}
    return Notice(
        id=id_,
        to=to,
        channel=Channel.HAND,
        outcome=Outcome.SIGNED,
        outcome_on=on,
        signer=Signer.SELF,
        proofs=IN_PERSON,
        **wording,
    )


def acknowledged(id_: str, on: date, kind: AcknowledgmentKind, *, by: str = "甲", **said: object) -> Acknowledgment:
    """What a party admitted, in a form that it cannot deny."""
    proved = frozenset({Proof.SIGNED_ORIGINAL, Proof.BANK_RECORD})
    return Acknowledgment(id=id_, by=by, on=on, kind=kind, proofs=proved, **said)


def filed(
    id_: str, on: date, *, against: Sequence[str] = ("甲",), kind: ProceedingKind = ProceedingKind.SUIT, **said: object
) -> Proceeding:
    """A proceeding that is on the court's record."""
    proved = frozenset({Proof.COURT_RECORD, Proof.AUTHORITY_RECORD})
    return Proceeding(id=id_, kind=kind, against=frozenset(against), filed_on=on, proofs=proved, **said)


def suspended(id_: str, started: date, ended: date | None) -> Suspension:
    """A cause that is on record."""
    proved = frozenset({Proof.CAUSE_RECORD})
    return Suspension(id=id_, cause=Cause.FORCE_MAJEURE, started_on=started, ended_on=ended, proofs=proved)
