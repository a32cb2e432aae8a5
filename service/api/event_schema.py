"""Every other fact of a matter: the one list of its kinds, told apart by `kind`; the models stand by subject."""

from typing import Annotated, Any

from pydantic import Field, RootModel

from service.api.answers import Answered, EntryAnswer, FileAnswer
from service.api.event_contacts import (
    AddressConfirmed,
    AssignmentNotified,
    ClaimAccelerated,
    ClaimAssigned,
    ContactMade,
)
from service.api.event_performance import (
    AgreementMade,
    DebitMade,
    DebtAssumed,
    DebtConfirmed,
    ExtensionAgreed,
    ExtensionRequested,
    GuaranteeRenewed,
    IouReceived,
    PaymentReceived,
    PlanAgreed,
    PromiseMade,
    SecurityProvided,
    SetoffDeclared,
)
from service.api.event_proceedings import (
    ArbitrationEnded,
    ArbitrationFiled,
    BankruptcyClaimFiled,
    BankruptcyEnded,
    BankruptcyPetitioned,
    EnforcementApplied,
    EnforcementEnded,
    MediationEnded,
    MediationRequested,
    PaymentOrderApplied,
    PaymentOrderEnded,
    PoliceEnded,
    PoliceReported,
    PreservationApplied,
    PreservationEnded,
    SuitEnded,
    SuitFiled,
    SuitServed,
    SuitWithdrawn,
)
from service.api.event_record import (
    DebtorFirstEnded,
    EntryCorrected,
    MatterClosed,
    ProofAdded,
    SuspensionEnded,
    SuspensionStarted,
)

Event = Annotated[
    PaymentReceived
    | DebitMade
    | PromiseMade
    | ExtensionRequested
    | ExtensionAgreed
    | PlanAgreed
    | SecurityProvided
    | DebtConfirmed
    | DebtAssumed
    | SetoffDeclared
    | IouReceived
    | AgreementMade
    | GuaranteeRenewed
    | SuitFiled
    | SuitServed
    | SuitWithdrawn
    | SuitEnded
    | ArbitrationFiled
    | ArbitrationEnded
    | PaymentOrderApplied
    | PaymentOrderEnded
    | BankruptcyPetitioned
    | BankruptcyClaimFiled
    | BankruptcyEnded
    | PreservationApplied
    | PreservationEnded
    | EnforcementApplied
    | EnforcementEnded
    | MediationRequested
    | MediationEnded
    | PoliceReported
    | PoliceEnded
    | ClaimAssigned
    | AssignmentNotified
    | ClaimAccelerated
    | ContactMade
    | SuspensionStarted
    | SuspensionEnded
    | DebtorFirstEnded
    | AddressConfirmed
    | ProofAdded
    | EntryCorrected
    | MatterClosed,
    Field(discriminator="kind"),
]


class EventBody(RootModel[Event]):
    """Any of these facts."""

    def recorded(self) -> dict[str, Any]:
        """Give the facts as the entry holds them; the kind stands in its header."""
        facts = self.root.recorded()
        del facts["kind"]
        return facts


class EventAnswer(Answered):
    """A recorded fact."""

    entry: EntryAnswer = Field(title="记录")
    kind: str = Field(title="种类", examples=["payment.received"])
    facts: dict[str, Any] = Field(title="记录的事实", examples=[{"on": "2026-01-05", "amount": "1000.00"}])
    files: list[FileAnswer] = Field(title="文件")
