"""What a case system says when it opens a matter, and what it is told."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from service.api.answers import Answered, EntryAnswer, Notice, Warned
from service.api.wire import Amount, Day, Line, LongLine, Money, PartyName, Text, Wire, refusal

PARTIES_MOST, INSTALMENTS_MOST = 50, 600

Role = Literal["creditor", "debtor", "joint_debtor", "debt_joiner", "guarantor"]
ClaimKind = Literal[
    "loan", "instalment_loan", "receivable", "student_loan", "house_price", "periodic_fee", "damages", "other"
]

EXAMPLE: dict[str, Any] = {
    "reference": "示例催收-2026-001",
    "claim": {
        "kind": "loan",
        "contract_no": "示例借字第2023-0001号",
        "contract_on": "2023-11-20",
        "principal": {"amount": "1000000.00", "currency": "CNY"},
        "due_on": "2026-10-20",
        "description": "个人经营性借款",
    },
    "parties": [
        {
            "party": "p1",
            "role": "creditor",
            "kind": "organisation",
            "name": "某某银行股份有限公司示例支行",
            "id_no": "91110000MA0000003T",
        },
        {
            "party": "p2",
            "role": "debtor",
            "kind": "person",
            "name": "张三",
            "id_no": "110101199003077475",
            "address": "示例省示例市示例区样本路1号2单元301室",
        },
        {
            "party": "p3",
            "role": "guarantor",
            "kind": "organisation",
            "name": "示例担保有限公司",
            "id_no": "91110000MA00000064",
            "guarantee": {"mode": "joint", "contract_no": "示例保字第2023-0001号", "period_until_on": "2029-10-20"},
        },
    ],
}


class Instalment(Wire):
    """One part of the debt and the day it falls due."""

    due_on: Day = Field(title="到期日", description="本期到期日，北京时间。")
    amount: Amount = Field(title="本期金额", description="本期应付金额。")


class Claim(Wire):
    """The creditor's right to performance."""

    kind: ClaimKind = Field(title="债权种类", description="loan 借款；receivable 应收账款；periodic_fee 定期费用等。")
    contract_no: Line = Field(
        title="合同编号", description="债权所依据合同的编号。", examples=["示例借字第2023-0001号"]
    )
    contract_on: Day | None = Field(None, title="合同签订日", description="不得晚于到期日。")
    principal: Money = Field(title="本金", description="本金及币种。")
    due_on: Day | None = Field(None, title="到期日", description="一次到期的填写此项；分期的填写 instalments。")
    instalments: list[Instalment] | None = Field(
        None,
        min_length=1,
        max_length=INSTALMENTS_MOST,
        title="分期",
        description="按到期日先后排列。",
        examples=[[{"due_on": "2026-10-20", "amount": "50000.00"}]],
    )
    description: Text | None = Field(None, title="说明", description="债权的其他说明。", examples=["个人经营性借款"])

    @field_validator("instalments")
    @classmethod
    def _in_order(cls, value: list[Instalment] | None, info: ValidationInfo) -> list[Instalment] | None:
        if value is None:
            return value
        if info.data.get("due_on") is not None:
            raise refusal("due_twice", "due_on 与 instalments 只能填写一项", "give due_on or instalments, not both")
        days = [part.due_on for part in value]
        if days != sorted(set(days)):
            raise refusal(
                "dates_out_of_order", "各期到期日须由早到晚且不重复", "due days have to rise, each given once"
            )
        return value


class Guarantee(Wire):
    """What a guarantor promised."""

    mode: Literal["general", "joint"] = Field(title="保证方式", description="general 一般保证；joint 连带责任保证。")
    contract_no: Line = Field(title="保证合同编号", description="保证合同的编号。", examples=["示例保字第2023-0001号"])
    contract_on: Day | None = Field(None, title="保证合同签订日", description="北京时间。")
    period_months: int | None = Field(None, ge=1, le=600, title="保证期间（月）", examples=[6])
    period_until_on: Day | None = Field(None, title="保证期间届满日", description="与 period_months 只能填写一项。")
    max_amount: Amount | None = Field(None, title="最高额", description="最高额保证的限额，币种同本金。")

    @field_validator("period_until_on")
    @classmethod
    def _one_period(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("period_months") is not None:
            raise refusal(
                "period_twice", "period_months 与 period_until_on 只能填写一项", "give months or the last day, not both"
            )
        return value


class PartyBody(Wire):
    """One party of the matter."""

    party: PartyName = Field(description="本案内的简称，之后以此指称该当事人。")
    role: Role = Field(title="身份", description="creditor 债权人；debtor 债务人；guarantor 保证人等。")
    kind: Literal["person", "organisation"] = Field(title="类别", description="person 自然人；organisation 单位。")
    name: Line = Field(title="姓名或名称", description="证件或登记上的全称。", examples=["张三"])
    id_no: Annotated[
        Line | None,
        Field(
            title="证件号码",
            description="自然人为身份证件号码，单位为统一社会信用代码；校验位不符只提示，不拒绝。",
            examples=["110101199003077475"],
        ),
    ] = None
    address: LongLine | None = Field(None, title="送达地址", examples=["示例省示例市示例区样本路1号2单元301室"])
    phone: Line | None = Field(None, title="电话", examples=["010-00000000"])
    email: Line | None = Field(None, title="电子邮箱", examples=["zhangsan@example.com"])
    guarantee: Guarantee | None = Field(None, title="保证", description="保证人必填，其他身份不得填写。")


class MatterBody(Wire):
    """A matter to open."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    reference: Line | None = Field(None, title="贵方编号", description="案件系统中的编号。", examples=["催收-2026-001"])
    claim: Claim = Field(title="债权", description="债权种类、合同、本金与到期日。")
    parties: list[PartyBody] = Field(
        min_length=2, max_length=PARTIES_MOST, title="当事人", description="至少一名债权人和一名债务人。"
    )


class Head(Answered):
    """The last entry of the chain."""

    seq: int = Field(title="序号", examples=[5])
    leaf_hash: str = Field(title="叶哈希", description="下一条记录的 prev。", examples=["6e34…"])


class MatterAnswer(Warned):
    """A matter."""

    id: str = Field(title="案件标识", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    reference: str | None = Field(title="贵方编号", examples=["示例催收-2026-001"])
    opened_at: str = Field(title="立案时间", examples=["2026-11-24T01:30:00Z"])
    claim: dict[str, Any] = Field(title="债权", examples=[EXAMPLE["claim"]])
    parties: list[dict[str, Any]] = Field(title="当事人", examples=[EXAMPLE["parties"]])
    entry: EntryAnswer = Field(title="立案记录")
    links: dict[str, str] = Field(title="链接", examples=[{"self": "/v1/matters/m_…"}])


class MatterNow(MatterAnswer):
    """A matter as it stands."""

    head: Head = Field(title="最新记录")
    notices: list[Notice] = Field(title="通知书")


class MatterItem(Answered):
    """A matter as lists show it."""

    id: str = Field(title="案件标识", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    reference: str | None = Field(title="贵方编号", examples=["示例催收-2026-001"])
    contract_no: str | None = Field(title="合同编号", examples=["示例借字第2023-0001号"])
    creditor_name: str | None = Field(title="债权人", examples=["某某银行"])
    debtor_name: str | None = Field(title="债务人", examples=["张三"])
    opened_at: str = Field(title="立案时间", examples=["2026-11-24T01:30:00Z"])
    entries: int = Field(title="记录数", examples=[5])
    last_at: str = Field(title="最近记录时间", examples=["2026-11-26T02:00:00Z"])
    last_kind: str = Field(title="最近记录种类", examples=["receipt.recorded"])


class MatterList(Answered):
    """One page of matters, newest first."""

    items: list[MatterItem] = Field(title="案件")
    next_cursor: str | None = Field(title="下一页游标", description="没有下一页时为空。", examples=[None])


class EntryBodyAnswer(EntryAnswer):
    """An entry with its facts, as recorded."""

    body: dict[str, Any] = Field(
        title="正文", description="记录的事实，连同随机 salt。", examples=[{"on": "2026-11-24", "salt": "5e…"}]
    )


class EntryList(Answered):
    """One page of a matter's entries, in order."""

    items: list[EntryBodyAnswer] = Field(title="记录")
    next_cursor: str | None = Field(title="下一页游标", description="没有下一页时为空。", examples=[None])
