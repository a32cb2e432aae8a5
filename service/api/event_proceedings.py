"""Facts before courts and other authorities: each way of pursuing the claim, and how it ended."""

from typing import Literal

from pydantic import Field

from service.api.event_bases import SAMPLE_CASE_NO, Against, Happened, HappenedTo, LaterStep, Proceeding
from service.api.wire import Day, Line, PartyName

_PERFORMANCE = "裁判文书确定的履行期间的最后一日；分期的填写最后一期。申请执行时效自此起算。"


class SuitFiled(Proceeding):
    """提起诉讼。A suit that was filed."""

    kind: Literal["suit.filed"] = Field(title="种类")
    against: Against = Field(description="被告。")
    way: Literal["suit", "joinder", "subrogation_suit", "declaration"] | None = Field(
        None,
        title="诉讼形式",
        description="suit 起诉（缺省）；joinder 追加当事人；subrogation_suit 代位权诉讼；"
        "declaration 申请宣告失踪、死亡。",
    )
    by_assignee: bool | None = Field(None, title="是否由债权受让人提起", examples=[False])


class SuitServed(Happened):
    """起诉状送达。The statement of claim reached a party."""

    kind: Literal["suit.served"] = Field(title="种类")
    party: PartyName = Field(title="当事人", description="收到起诉状的当事人。")
    court: Line | None = Field(None, title="法院", examples=["示例市示例区人民法院"])
    case_no: Line | None = Field(None, title="案号", examples=[SAMPLE_CASE_NO])


class SuitWithdrawn(Proceeding):
    """撤诉。A suit that was withdrawn."""

    kind: Literal["suit.withdrawn"] = Field(title="种类")


class SuitEnded(Proceeding):
    """诉讼终结。A suit that ended."""

    kind: Literal["suit.ended"] = Field(title="种类")
    outcome: Literal["judgment", "settlement", "dismissed", "rejected", "not_accepted", "terminated", "other"] = Field(
        title="结果",
        description="judgment 判决支持；settlement 调解；dismissed 裁定驳回起诉；rejected 判决驳回诉讼请求等。",
    )
    effective_on: Day | None = Field(None, title="生效日", description="裁判文书生效的日期。")
    performance_due_on: Day | None = Field(None, title="履行期间届满日", description=_PERFORMANCE)


class ArbitrationFiled(Proceeding):
    """申请仲裁。An arbitration."""

    kind: Literal["arbitration.filed"] = Field(title="种类")
    against: Against = Field(description="被申请人。")


class ArbitrationEnded(LaterStep):
    """仲裁终结。An arbitration that ended."""

    kind: Literal["arbitration.ended"] = Field(title="种类")
    outcome: Literal["judgment", "settlement", "withdrawn", "dismissed", "rejected", "not_accepted", "other"] = Field(
        title="结果", description="judgment 裁决支持；settlement 调解；dismissed 驳回申请；rejected 裁决驳回请求等。"
    )
    effective_on: Day | None = Field(None, title="生效日", description="裁决书、调解书生效的日期。")
    performance_due_on: Day | None = Field(None, title="履行期间届满日", description=_PERFORMANCE)


class PaymentOrderApplied(Proceeding):
    """申请支付令。An order to pay that was applied for."""

    kind: Literal["payment_order.applied"] = Field(title="种类")
    against: Against = Field(description="被申请人。")


class PaymentOrderEnded(LaterStep):
    """督促程序终结。What became of an order to pay."""

    kind: Literal["payment_order.ended"] = Field(title="种类")
    outcome: Literal["judgment", "terminated", "withdrawn", "dismissed", "not_accepted", "other"] = Field(
        title="结果", description="judgment 支付令生效；terminated 因异议终结；dismissed 驳回申请等。"
    )
    effective_on: Day | None = Field(None, title="生效日", description="支付令生效的日期。")


class BankruptcyPetitioned(LaterStep):
    """申请破产。A petition for the debtor's bankruptcy."""

    kind: Literal["bankruptcy.petitioned"] = Field(title="种类")
    against: Against = Field(description="被申请破产的当事人。")


class BankruptcyClaimFiled(HappenedTo):
    """申报破产债权。A claim in a bankruptcy."""

    kind: Literal["bankruptcy.claim_filed"] = Field(title="种类")
    court: Line | None = Field(None, title="法院", examples=["示例市中级人民法院"])
    case_no: Line | None = Field(None, title="案号", examples=["（2026）示例01破1号"])
    administrator: Line | None = Field(None, title="管理人", examples=["某某律师事务所"])


class BankruptcyEnded(LaterStep):
    """破产程序终结。A bankruptcy that ended."""

    kind: Literal["bankruptcy.ended"] = Field(title="种类")
    outcome: Literal["terminated", "settlement", "withdrawn", "dismissed", "not_accepted", "other"] = Field(
        title="结果", description="terminated 终结；settlement 和解；dismissed 驳回申请等。"
    )


class PreservationApplied(Proceeding):
    """申请财产保全。Preservation that was applied for."""

    kind: Literal["preservation.applied"] = Field(title="种类")
    against: Against = Field(description="被申请人。")
    before_suit: bool | None = Field(None, title="诉前保全", examples=[True])


class PreservationEnded(LaterStep):
    """保全解除。Preservation that ended."""

    kind: Literal["preservation.ended"] = Field(title="种类")
    outcome: Literal["terminated", "withdrawn", "dismissed", "other"] = Field(
        title="结果", description="terminated 解除；dismissed 驳回申请等。"
    )


class EnforcementApplied(Proceeding):
    """申请执行。Enforcement that was applied for."""

    kind: Literal["enforcement.applied"] = Field(title="种类")
    against: Against = Field(description="被执行人。")
    notarised: bool | None = Field(
        None, title="是否依据公证债权文书", description="赋予强制执行效力的公证债权文书。", examples=[False]
    )
    assets_known: bool | None = Field(None, title="是否有可供执行的财产", examples=[False])


class EnforcementEnded(LaterStep):
    """执行终结。Enforcement that ended."""

    kind: Literal["enforcement.ended"] = Field(title="种类")
    outcome: Literal["no_assets", "terminated", "settlement", "withdrawn", "dismissed", "other"] = Field(
        title="结果", description="no_assets 终结本次执行；terminated 终结执行；settlement 和解等。"
    )
    ruling_served_on: Day | None = Field(
        None, title="裁定送达债权人之日", description="一般保证的保证债务时效自此起算（担保制度解释第二十八条）。"
    )
    assets_known: bool | None = Field(None, title="是否有可供执行的财产", examples=[False])


class MediationRequested(Happened):
    """请求调解。Mediation that was asked for."""

    kind: Literal["mediation.requested"] = Field(title="种类")
    body: Line = Field(title="调解组织", examples=["示例市人民调解委员会"])
    against: Against | None = Field(None, description="对方当事人。")


class MediationEnded(Happened):
    """调解终结。Mediation that ended."""

    kind: Literal["mediation.ended"] = Field(title="种类")
    body: Line | None = Field(None, title="调解组织", examples=["示例市人民调解委员会"])
    outcome: Literal["settlement", "terminated", "withdrawn", "not_accepted", "other"] = Field(
        title="结果", description="settlement 达成协议；terminated 未达成协议等。"
    )


class PoliceReported(Happened):
    """报案、控告。A report to the police."""

    kind: Literal["police.reported"] = Field(title="种类")
    authority: Line = Field(title="机关", examples=["示例市公安局示例分局"])
    receipt_no: Line | None = Field(None, title="回执编号", examples=["受案回执2026-1"])
    against: Against | None = Field(None, description="被控告的当事人。")


class PoliceEnded(Happened):
    """刑事程序终结。What became of a report; the day is that on which the creditor knew, or should have known."""

    kind: Literal["police.ended"] = Field(title="种类")
    authority: Line | None = Field(None, title="机关", examples=["示例市公安局示例分局"])
    outcome: Literal["not_accepted", "withdrawn", "not_prosecuted", "criminal_judgment", "other"] = Field(
        title="结果",
        description="not_accepted 不予立案；withdrawn 撤销案件；not_prosecuted 不起诉；criminal_judgment 判决。",
    )
    effective_on: Day | None = Field(None, title="生效日", description="刑事裁判文书生效的日期。")
