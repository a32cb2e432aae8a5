"""The facts of one claim, as the law asks for them: who owes what since when, and what was done about it.

Every date is a legal date (Asia/Shanghai). `id` names the fact wherever a result speaks of it; `None` says that nobody
stated it, which is never the same as "no". The order of events means nothing.
"""

from dataclasses import dataclass
from datetime import date

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

NO_PROOFS: frozenset[Proof] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The creditor's right to performance.

    Attributes:
        due_on: The one day of performance.
        instalments: Due dates of one debt that is paid in parts.
        periods: Due dates of a fee or rent that falls due again and again.
        one_debt: Whether a lawyer classified `periods` as parts of one debt; None if nobody did.
        no_due_date: Stated: the contract fixes no day, nor can one be found from it (民法典510, 511).
        known_on: For damages: when the creditor knew, or should have known, the harm and who answers for it.
        harmed_on: When the right was harmed; the 20 years run from it. None: from the start of the period.
        lender: Whether the creditor is a lender of money (规定19(3)); `financial_institution` is narrower.
        short_period: Whether 民法通则136 gave this claim one year before 2017-10-01.
    """

    kind: ClaimKind
    contract_on: date | None = None
    due_on: date | None = None
    instalments: tuple[date, ...] = ()
    periods: tuple[date, ...] = ()
    one_debt: bool | None = None
    no_due_date: bool = False
    known_on: date | None = None
    harmed_on: date | None = None
    lender: bool | None = None
    financial_institution: bool | None = None
    debit_clause: bool | None = None
    short_period: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumAmount:
    """A guarantee for all debts of a time, up to a sum (民法典690).

    Attributes:
        debts: Due dates of the secured debts.
        determined_on: The day on which the secured debts were determined (民法典423).
    """

    debts: tuple[date, ...] = ()
    determined_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """What a guarantor promised.

    Attributes:
        contract_on: The contract's date decides between the old law and the Code.
        period_months: Agreed period, counted from the due date.
        period_until_on: Agreed last day.
        period_unclear: Agreed in words that fix no end ("直至本息还清").
        recourse_with: Co-guarantors with whom mutual recourse is agreed, by party.
        maximum: Set for a maximum-amount guarantee.
    """

    mode: Mode
    contract_on: date | None = None
    period_months: int | None = None
    period_until_on: date | None = None
    period_unclear: bool = False
    recourse_with: frozenset[str] = frozenset()
    maximum: MaximumAmount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One party, by its short name.

    Attributes:
        is_person: A natural person; None if nobody said.
        whereabouts_unknown: Whether the party could not be found; None if nobody said.
        deemed_days: Days after posting on which the contract with this party lets a letter to the agreed address count
            as delivered; None where nothing of that kind was agreed (words on a letter alone bind nobody).
    """

    party: str
    role: Role
    is_person: bool | None = None
    whereabouts_unknown: bool | None = None
    deemed_days: int | None = None
    guarantee: Guarantee | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to one party, by one channel: a letter, a message, a call, a visit, an announcement, a debit.

    Attributes:
        posted_on: The day it left the creditor.
        outcome_on: The day it was signed for, refused, returned, arrived, published, or the account debited.
        after_hours: Whether it came after the addressee's business hours (民法典203(2)); None: it has none, or unsaid.
        demands_payment: Whether its words ask the addressee to pay the debt; None if nobody knows its words.
        demands_guarantee: Whether its words ask the addressee to answer as guarantor.
        states_amount: Whether it states the sum.
        notifies_assignment: Whether it tells that the claim was assigned.
        prevented: Whether the addressee could not learn of it (in custody, say); None if nobody said.
        signature: What a signature on it says about the debt.
        promised_due_on: The day promised with that signature.
        grace_days: Days it allows, for a debt without a due date; `refuses`: the debtor clearly refused on it.
    """

    id: str
    to: str
    channel: Channel
    posted_on: date | None = None
    outcome: Outcome | None = None
    outcome_on: date | None = None
    after_hours: bool | None = None
    signer: Signer | None = None
    address: AddressBasis | None = None
    return_reason: str | None = None
    demands_payment: bool | None = None
    demands_guarantee: bool | None = None
    states_amount: bool | None = None
    notifies_assignment: bool = False
    prevented: bool | None = None
    signature: Signature | None = None
    promised_due_on: date | None = None
    grace_days: int | None = None
    refuses: bool = False
    proofs: frozenset[Proof] = NO_PROOFS


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgment:
    """What an obligor did or said that admits the debt.

    Attributes:
        on: The day it reached the creditor.
        promised_due_on: The day by which performance was promised or agreed, the last one of a plan.
        signature: What the words say, where they were recorded.
        mode: The mode of a new guarantee.
        period_months: Its agreed period.
    """

    id: str
    by: str
    on: date
    kind: AcknowledgmentKind
    promised_due_on: date | None = None
    signature: Signature | None = None
    mode: Mode | None = None
    period_months: int | None = None
    proofs: frozenset[Proof] = NO_PROOFS


@dataclass(frozen=True, slots=True, kw_only=True)
class Proceeding:
    """The claim before a court or another authority.

    Attributes:
        against: Parties that it is directed at.
        served: When the statement of claim reached a party.
        ended_on: When the procedure ended (ruling, judgment in force, decision not to prosecute).
        effective_on: When a judgment took effect, if another day than `ended_on`.
        performance_due_on: The (last) day for performance that the judgment sets.
        ruling_served_on: For enforcement: when the ruling that ended it reached the creditor.
        assets_known: For enforcement: whether assets of the debtor are known to be there.
        by_assignee: Filed by one to whom the claim was assigned.
    """

    id: str
    kind: ProceedingKind
    against: frozenset[str]
    filed_on: date
    served: tuple[tuple[str, date], ...] = ()
    ended_on: date | None = None
    end: End | None = None
    effective_on: date | None = None
    performance_due_on: date | None = None
    ruling_served_on: date | None = None
    assets_known: bool = False
    by_assignee: bool = False
    proofs: frozenset[Proof] = NO_PROOFS


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The creditor assigned the claim to another."""

    id: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Creditor and debtor agreed on a later due date.

    Attributes:
        consented: Guarantors that agreed in writing.
    """

    id: str
    agreed_on: date
    to_on: date
    consented: frozenset[str] = frozenset()
    proofs: frozenset[Proof] = NO_PROOFS


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceleration:
    """The creditor declared the whole of an instalment debt due."""

    id: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A cause that keeps the creditor from pursuing the claim.

    Attributes:
        ended_on: The day it was gone; None while it lasts.
        parties: Whose periods it concerns; empty for all.
    """

    id: str
    cause: Cause
    started_on: date
    ended_on: date | None = None
    parties: frozenset[str] = frozenset()
    proofs: frozenset[Proof] = NO_PROOFS


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorFirstEnded:
    """A general guarantor may no longer send the creditor to the debtor first (民法典687(2)), and the creditor knows.

    Attributes:
        on: The day the creditor knew, or should have known.
    """

    id: str
    guarantor: str
    on: date
    proofs: frozenset[Proof] = NO_PROOFS


Event = Notice | Acknowledgment | Proceeding | Assignment | Extension | Acceleration | Suspension | DebtorFirstEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that is known of one claim."""

    claim: Claim
    parties: tuple[Party, ...]
    events: tuple[Event, ...] = ()
