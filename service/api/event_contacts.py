"""Facts by which the creditor speaks to the other side without a letter of ours, and what changes the claim."""

from typing import Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from service.api.event_bases import CHANNEL_ZH, REACHED_ZH, Channel, Happened, HappenedTo, Reached, Said
from service.api.party_schema import BASIS_ZH, AddressBasis
from service.api.wire import Day, Line, LongLine, Moment, PartyName, Text, Wire, refusal


class ContactInLaw(Wire):
    """What makes a contact a demand or an admission; whatever is left out counts as not stated."""

    demanded: bool | None = Field(
        None,
        title="是否要求履行",
        description="是否要求对方履行债务；对保证人为要求其承担保证责任。只有要求过的才作为一次主张。",
        examples=[True],
    )
    states_amount: bool | None = Field(None, title="是否说明金额", examples=[True])
    admitted: bool | None = Field(None, title="是否承认债务", description="对方是否承认欠款。", examples=[True])
    refuses: bool | None = Field(
        None, title="是否明确表示不履行", description="没有约定履行期限的，时效自此起算。", examples=[False]
    )
    outcome: Reached | None = Field(
        None, title="结果", description=f"电话、上门的不填则依 reached 判断；其他方式不填即为不详。{REACHED_ZH}"
    )
    arrived_on: Day | None = Field(None, title="到达日", description="信函、数据电文到达的日期，与联系日不同的填写。")
    prevented: bool | None = Field(None, title="对方是否无从知悉", description="如被羁押的填 true。", examples=[False])
    address_basis: AddressBasis | None = Field(
        None, title="地址、号码或账号的依据", description=f"为何是该当事人的。{BASIS_ZH}"
    )
    item_description: Line | None = Field(
        None,
        title="内件品名",
        description="立案前寄出的信函：面单上写明的文书名称、合同与要求。",
        examples=["《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息"],
    )


class ContactMade(ContactInLaw):
    """催收联系记录（催收登记簿）。A line of the collection register; also a letter of the time before this matter."""

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
                    "said": "要求归还本金，对方承认欠款，请求宽限到月底",
                    "demanded": True,
                    "states_amount": True,
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
    channel: Channel = Field(title="方式", description=CHANNEL_ZH)
    reached: Line | None = Field(
        None, title="接触到的人", description="没有联系上的不填；信函为签收人。", examples=["张三"]
    )
    relation: Line | None = Field(None, title="与当事人的关系", examples=["本人"])
    said: Text = Field(title="谈话内容", description="照原样记录。", examples=["承认欠款，请求宽限到月底"])
    reason: LongLine | None = Field(None, title="未履行或退回的原因", examples=["货款未收回"])
    promised_due_on: Day | None = Field(None, title="承诺履行日", description="对方承诺的日期。")
    result: LongLine | None = Field(None, title="结果说明", examples=["约定月底再联系"])
    by: Line = Field(title="催收人", examples=["李四"])

    @field_validator("at")
    @classmethod
    def _some_time(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("on") is None:
            raise refusal("time_missing", "on 与 at 至少填写一项", "give on or at")
        return value


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
    outcome: Reached | None = Field(
        None, title="结果", description=f"通知到达债务人时发生效力；不填即为不详。{REACHED_ZH}"
    )
    arrived_on: Day | None = Field(
        None, title="到达日", description="到达或签收的日期，不得早于通知日；以邮戳或系统记录为准。"
    )
    reached: Line | None = Field(None, title="签收人", examples=["张三"])
    relation: Line | None = Field(None, title="与当事人的关系", examples=["本人"])
    demanded: bool | None = Field(None, title="是否同时要求履行", examples=[True])

    @field_validator("arrived_on")
    @classmethod
    def _after_sending(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and value < info.data.get("on", value):
            raise refusal("dates_out_of_order", "到达日早于通知日", "it arrived before it was sent")
        return value


class ClaimAccelerated(Happened):
    """宣布提前到期。The creditor declared the whole of an instalment debt due."""

    kind: Literal["claim.accelerated"] = Field(title="种类")
    clause: Line | None = Field(None, title="合同依据", examples=["借款合同第八条"])


class AddressConfirmed(Said):
    """确认送达地址。An address that a party confirmed."""

    kind: Literal["address.confirmed"] = Field(title="种类")
    address: LongLine = Field(title="地址", examples=["示例省示例市示例区样本路1号2单元301室"])
    recipient: Line | None = Field(None, title="收件人", examples=["张三"])
    phone: Line | None = Field(None, title="电话", examples=["010-00000000"])
    text: Text | None = Field(
        None, title="说明", description="确认的方式与范围。", examples=["合同第十二条约定的送达地址"]
    )  # type: ignore[assignment]
