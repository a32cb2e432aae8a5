"""Facts by which an obligor performs or admits: payments, promises, plans, security, confirmations, new agreements."""

from typing import Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from service.api.event_bases import Acknowledged, Happened, HappenedTo, Said
from service.api.wire import Amount, Currency, Day, Line, PartyName, Text, Wire, refusal


class PaymentReceived(Happened):
    """收到还款。A payment that came in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "payment.received", "on": "2026-01-05", "party": "p2", "amount": "1000.00", "currency": "CNY"}
            ]
        }
    )

    kind: Literal["payment.received"] = Field(title="种类")
    amount: Amount = Field(title="金额", description="十进制文本，两位小数。")
    currency: Currency = Field(title="币种", description="ISO 4217。")
    payer_name: Line | None = Field(None, title="付款人", examples=["张三"])
    payer_account: Line | None = Field(None, title="付款账号", examples=["0000 0000 0000 0002"])
    applied_to: Literal["principal", "interest", "penalty", "costs", "mixed"] | None = Field(None, title="抵充")


class DebitMade(HappenedTo):
    """金融机构扣款。A bank's own debit."""

    kind: Literal["debit.made"] = Field(title="种类")
    amount: Amount = Field(title="金额", description="十进制文本，两位小数。")
    currency: Currency = Field(title="币种", description="ISO 4217。")
    account: Line | None = Field(None, title="被扣款账号", examples=["0000 0000 0000 0002"])
    clause: Line | None = Field(None, title="合同依据", examples=["借款合同第八条"])


class PromiseMade(Said):
    """承诺履行。A promise to perform."""

    kind: Literal["promise.made"] = Field(title="种类")
    due_on: Day = Field(title="承诺履行日", description="承诺在何日前履行。")


class ExtensionRequested(Said):
    """请求延期。An extension that was asked for."""

    kind: Literal["extension.requested"] = Field(title="种类")
    until_on: Day | None = Field(None, title="请求延至", description="请求延期到何日。")


class ExtensionAgreed(Happened):
    """达成展期。Creditor and debtor agreed on a later due date."""

    kind: Literal["extension.agreed"] = Field(title="种类")
    to_on: Day = Field(title="展期后到期日", description="不得早于达成展期之日。")
    consented: list[PartyName] | None = Field(
        None,
        min_length=1,
        max_length=50,
        title="书面同意的保证人",
        description="未经其书面同意的，保证期间不受影响（民法典第六百九十五条第二款）。",
        examples=[["p3"]],
    )
    original_held: bool | None = Field(None, title="是否保存纸质原件", examples=[True])

    @field_validator("to_on")
    @classmethod
    def _later(cls, value: str, info: ValidationInfo) -> str:
        if value < info.data.get("on", value):
            raise refusal(
                "dates_out_of_order", "展期后的到期日早于达成展期之日", "the new due day is before the agreement"
            )
        return value


class PlannedPart(Wire):
    """One part of an agreed plan."""

    due_on: Day = Field(title="履行日", description="本期履行日。")
    amount: Amount = Field(title="金额", description="本期金额。")


class PlanAgreed(Acknowledged):
    """达成还款计划。A plan that was agreed."""

    kind: Literal["plan.agreed"] = Field(title="种类")
    currency: Currency = Field(title="币种", description="各期的币种。")
    instalments: list[PlannedPart] = Field(
        min_length=1, max_length=600, title="分期", examples=[[{"due_on": "2026-12-31", "amount": "5000.00"}]]
    )


class SecurityProvided(Acknowledged):
    """提供担保。Security that was given."""

    kind: Literal["security.provided"] = Field(title="种类")
    form: Literal["mortgage", "pledge", "guarantee", "deposit", "lien", "other"] = Field(title="担保方式")
    provider: Line | None = Field(None, title="担保人", examples=["示例担保有限公司"])
    text: Text = Field(title="说明", description="担保物或担保合同。", examples=["以样本路2号房屋抵押"])


class DebtConfirmed(Said):
    """确认债务。A debt that was confirmed."""

    kind: Literal["debt.confirmed"] = Field(title="种类")


class DebtAssumed(Acknowledged):
    """债务承担或加入。Somebody took the debt over, or joined it, and thereby admitted it."""

    kind: Literal["debt.assumed"] = Field(title="种类")


class SetoffDeclared(HappenedTo):
    """主张抵销。A set-off."""

    kind: Literal["setoff.declared"] = Field(title="种类")
    declared_by: Literal["creditor", "obligor"] = Field(title="主张方", description="谁主张抵销。")
    amount: Amount = Field(title="金额", description="十进制文本，两位小数。")
    currency: Currency = Field(title="币种", description="ISO 4217。")
    in_suit: bool | None = Field(
        None, title="是否在诉讼中主张", description="诉讼外的抵销能否中断时效有争议。", examples=[False]
    )


class IouReceived(Acknowledged):
    """收到欠条。An IOU for a debt that was due; the day is that of receipt."""

    kind: Literal["iou.received"] = Field(title="种类")
    due_on: Day | None = Field(None, title="欠条载明的还款日", description="没有写明的不填。")


class AgreementMade(Acknowledged):
    """就债务另行达成协议。A new agreement on the old debt, in particular after its limitation period."""

    kind: Literal["agreement.made"] = Field(title="种类")
    due_on: Day | None = Field(None, title="约定的履行日", description="分期的填写最后一期。")


class GuaranteeRenewed(Acknowledged):
    """另行承诺保证。A new guarantee, in particular after the guarantee period; a signature on a notice is none."""

    kind: Literal["guarantee.renewed"] = Field(title="种类")
    mode: Literal["general", "joint", "unspecified"] = Field(
        title="保证方式", description="general 一般保证；joint 连带责任保证；unspecified 没有约定。"
    )
    period_months: int | None = Field(None, ge=1, le=600, title="保证期间（月）", examples=[6])
