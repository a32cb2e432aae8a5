"""Every other fact of a matter, one model a kind: payments, promises, suits, contacts, corrections.

The kinds are told apart by `kind`, so this one file is longer than most: it is the list itself.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, RootModel, ValidationInfo, field_validator

from service.api.answers import Answered, EntryAnswer, FileAnswer
from service.api.event_bases import SAMPLE_CASE_NO, Against, Channel, Happened, HappenedTo, Proceeding, Said
from service.api.wire import (
    Amount,
    Currency,
    Day,
    Line,
    LongLine,
    Moment,
    PartyName,
    Text,
    Wire,
    clean_text,
    refusal,
)


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


class PlannedPart(Wire):
    """One part of an agreed plan."""

    due_on: Day = Field(title="履行日", description="本期履行日。")
    amount: Amount = Field(title="金额", description="本期金额。")


class PlanAgreed(HappenedTo):
    """达成还款计划。A plan that was agreed."""

    kind: Literal["plan.agreed"] = Field(title="种类")
    currency: Currency = Field(title="币种", description="各期的币种。")
    instalments: list[PlannedPart] = Field(
        min_length=1, max_length=600, title="分期", examples=[[{"due_on": "2026-12-31", "amount": "5000.00"}]]
    )


class SecurityProvided(HappenedTo):
    """提供担保。Security that was given."""

    kind: Literal["security.provided"] = Field(title="种类")
    form: Literal["mortgage", "pledge", "guarantee", "deposit", "lien", "other"] = Field(title="担保方式")
    provider: Line | None = Field(None, title="担保人", examples=["示例担保有限公司"])
    text: Text = Field(title="说明", description="担保物或担保合同。", examples=["以样本路2号房屋抵押"])


class DebtConfirmed(Said):
    """确认债务。A debt that was confirmed."""

    kind: Literal["debt.confirmed"] = Field(title="种类")


class SetoffDeclared(HappenedTo):
    """主张抵销。A set-off."""

    kind: Literal["setoff.declared"] = Field(title="种类")
    declared_by: Literal["creditor", "obligor"] = Field(title="主张方", description="谁主张抵销。")
    amount: Amount = Field(title="金额", description="十进制文本，两位小数。")
    currency: Currency = Field(title="币种", description="ISO 4217。")


class SuitFiled(Proceeding):
    """提起诉讼。A suit that was filed."""

    kind: Literal["suit.filed"] = Field(title="种类")
    against: Against = Field(description="被告。")


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
    outcome: Literal["judgment", "settlement", "dismissed", "not_accepted", "terminated", "other"] = Field(title="结果")
    effective_on: Day | None = Field(None, title="生效日", description="裁判文书生效的日期。")


class ArbitrationFiled(Proceeding):
    """申请仲裁。An arbitration."""

    kind: Literal["arbitration.filed"] = Field(title="种类")
    against: Against = Field(description="被申请人。")


class PaymentOrderApplied(Proceeding):
    """申请支付令。An order to pay that was applied for."""

    kind: Literal["payment_order.applied"] = Field(title="种类")
    against: Against = Field(description="被申请人。")


class BankruptcyClaimFiled(HappenedTo):
    """申报破产债权。A claim in a bankruptcy."""

    kind: Literal["bankruptcy.claim_filed"] = Field(title="种类")
    court: Line | None = Field(None, title="法院", examples=["示例市中级人民法院"])
    case_no: Line | None = Field(None, title="案号", examples=["（2026）示例01破1号"])
    administrator: Line | None = Field(None, title="管理人", examples=["某某律师事务所"])


class PreservationApplied(Proceeding):
    """申请财产保全。Preservation that was applied for."""

    kind: Literal["preservation.applied"] = Field(title="种类")
    against: Against = Field(description="被申请人。")
    before_suit: bool | None = Field(None, title="诉前保全", examples=[True])


class MediationRequested(Happened):
    """请求调解。Mediation that was asked for."""

    kind: Literal["mediation.requested"] = Field(title="种类")
    body: Line = Field(title="调解组织", examples=["示例市人民调解委员会"])
    against: Against | None = Field(None, description="对方当事人。")


class PoliceReported(Happened):
    """报案、控告。A report to the police."""

    kind: Literal["police.reported"] = Field(title="种类")
    authority: Line = Field(title="机关", examples=["示例市公安局示例分局"])
    receipt_no: Line | None = Field(None, title="回执编号", examples=["受案回执2026-1"])
    against: Against | None = Field(None, description="被控告的当事人。")


class ClaimAssigned(Happened):
    """债权转让。A claim that was assigned."""

    kind: Literal["claim.assigned"] = Field(title="种类")
    assignee: Line = Field(title="受让人", examples=["示例资产管理有限公司"])
    assignee_no: Line | None = Field(None, title="受让人证件号码", examples=["91110000MA00000064"])
    contract_no: Line | None = Field(None, title="转让合同编号", examples=["示例转字第2026-0001号"])


class AssignmentNotified(HappenedTo):
    """通知债权转让。An assignment that was notified."""

    kind: Literal["assignment.notified"] = Field(title="种类")
    notified_by: Literal["assignor", "assignee"] = Field(
        title="通知人", description="assignor 转让人；assignee 受让人。"
    )
    channel: Channel | None = Field(None, title="方式", description="如何通知。")


class ContactMade(Wire):
    """催收联系记录（催收登记簿）。A line of the collection register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "contact.made",
                    "at": "2026-11-20T15:30:00+08:00",
                    "party": "p2",
                    "channel": "phone",
                    "reached": "张三",
                    "relation": "本人",
                    "said": "承认欠款，请求宽限到月底",
                    "reason": "货款未收回",
                    "promised_due_on": "2026-11-30",
                    "by": "李四",
                }
            ]
        }
    )

    kind: Literal["contact.made"] = Field(title="种类")
    on: Day | None = Field(None, title="联系日", description="与 at 至少填写一项。")
    at: Moment | None = Field(None, validate_default=True, title="联系时间", description="带时区；与 on 至少填写一项。")
    party: PartyName | None = Field(None, title="当事人", description="所联系的当事人简称。")
    channel: Channel = Field(title="方式", description="phone 电话；visit 上门等。")
    reached: Line | None = Field(None, title="接触到的人", description="没有联系上的不填。", examples=["张三"])
    relation: Line | None = Field(None, title="与当事人的关系", examples=["本人"])
    said: Text = Field(title="谈话内容", description="照原样记录。", examples=["承认欠款，请求宽限到月底"])
    reason: LongLine | None = Field(None, title="未履行的原因", examples=["货款未收回"])
    promised_due_on: Day | None = Field(None, title="承诺履行日", description="对方承诺的日期。")
    result: LongLine | None = Field(None, title="结果", examples=["约定月底再联系"])
    by: Line = Field(title="催收人", examples=["李四"])

    @field_validator("at")
    @classmethod
    def _some_time(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("on") is None:
            raise refusal("time_missing", "on 与 at 至少填写一项", "give on or at")
        return value


class SuspensionStarted(Happened):
    """时效中止事由发生。A cause that suspends the period began."""

    kind: Literal["suspension.started"] = Field(title="种类")
    cause: Literal["force_majeure", "no_representative", "succession_open", "controlled_by_obligor", "other"] = Field(
        title="事由", description="依《民法典》第一百九十四条。"
    )
    text: Text = Field(title="说明", description="事由的具体情况。", examples=["债权人被义务人控制"])


class SuspensionEnded(Happened):
    """时效中止事由消除。The cause was gone."""

    kind: Literal["suspension.ended"] = Field(title="种类")


class AddressConfirmed(Said):
    """确认送达地址。An address that a party confirmed."""

    kind: Literal["address.confirmed"] = Field(title="种类")
    address: LongLine = Field(title="地址", examples=["示例省示例市示例区样本路1号2单元301室"])
    recipient: Line | None = Field(None, title="收件人", examples=["张三"])
    phone: Line | None = Field(None, title="电话", examples=["010-00000000"])
    text: Text | None = Field(
        None, title="说明", description="确认的方式与范围。", examples=["合同第十二条约定的送达地址"]
    )  # type: ignore[assignment]


class EntryCorrected(Wire):
    """更正此前记录。A correction: the earlier entry stays, this one says what is right."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "entry.corrected",
                    "corrects_seq": 4,
                    "reason": "交寄日期录入有误",
                    "facts": {"posted_at": "2026-11-24T02:05:00Z"},
                }
            ]
        }
    )

    kind: Literal["entry.corrected"] = Field(title="种类")
    corrects_seq: int = Field(ge=1, lt=2**53, title="所更正的记录", description="该记录的序号。", examples=[4])
    reason: LongLine = Field(title="更正原因", examples=["交寄日期录入有误"])
    facts: dict[str, Any] = Field(
        min_length=1,
        title="正确的事实",
        description="任何可记录的 JSON；键为 a-z、0-9 和 _，不含小数。",
        examples=[{"posted_at": "2026-11-24T02:05:00Z"}],
    )

    @field_validator("facts")
    @classmethod
    def _recordable(cls, value: dict[str, Any]) -> dict[str, Any]:
        cleaned: dict[str, Any] = _clean(value, "")
        return cleaned


class MatterClosed(Happened):
    """结案。The matter was closed."""

    kind: Literal["matter.closed"] = Field(title="种类")
    outcome: Literal["paid", "settled", "assigned", "written_off", "withdrawn", "other"] = Field(title="结果")


Event = Annotated[
    PaymentReceived
    | DebitMade
    | PromiseMade
    | ExtensionRequested
    | PlanAgreed
    | SecurityProvided
    | DebtConfirmed
    | SetoffDeclared
    | SuitFiled
    | SuitServed
    | SuitWithdrawn
    | SuitEnded
    | ArbitrationFiled
    | PaymentOrderApplied
    | BankruptcyClaimFiled
    | PreservationApplied
    | MediationRequested
    | PoliceReported
    | ClaimAssigned
    | AssignmentNotified
    | ContactMade
    | SuspensionStarted
    | SuspensionEnded
    | AddressConfirmed
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


def _clean(value: Any, place: str) -> Any:
    """Clean the texts of free facts; a file can only be named by sending it."""
    if isinstance(value, str):
        return clean_text(value) if value else value
    if isinstance(value, list):
        return [_clean(item, f"{place}/{index}") for index, item in enumerate(value)]
    if isinstance(value, dict):
        if {"file", "sha256"} <= value.keys():
            raise refusal(
                "file_named",
                f"{place or '/'}：文件请随请求上传，不能只写名称",
                f"{place or '/'}: send the file itself as a part",
            )
        return {name: _clean(item, f"{place}/{name}") for name, item in value.items()}
    return value
