"""What a case system says when it opens a matter, and what it is told."""

from typing import Any

from pydantic import ConfigDict, Field

from service.api.answers import Answered, EntryAnswer, Notice, Warned
from service.api.claim_schema import Claim
from service.api.party_schema import PartyBody
from service.api.wire import Line, Wire

PARTIES_MOST = 50

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
