"""What a case system says when it asks for a notice, and what it is told."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from service.api.answers import Answered, EntryAnswer, FileAnswer, Warned
from service.api.wire import Line, PartyName, Wire

_FIELDS: dict[str, Any] = {
    "creditor": {"name": "某某银行股份有限公司示例支行"},
    "debtor": {"name": "张三"},
    "principal": "1000000.00",
    "due_on": "2026-10-20",
}


class NoticeBody(Wire):
    """A notice to issue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "matter": "m_4k2y7q3n5w6x2z4a5b6c7d2e3f",
                    "party": "p2",
                    "template": "loan-demand",
                    "version": "v1",
                    "engine": "html",
                    "fields": _FIELDS,
                }
            ]
        }
    )

    matter: Annotated[str, Field(min_length=1, max_length=40, title="案件", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"])]
    party: PartyName = Field(title="收件当事人", description="立案时的当事人简称。")
    template: Annotated[str, Field(pattern="^[a-z0-9-]{1,60}$", title="模板", examples=["loan-demand"])]
    version: Annotated[
        str | None, Field(pattern="^v[0-9]{1,4}$", title="模板版本", description="缺省为最新。", examples=["v1"])
    ] = None
    engine: Literal["html", "docx"] | None = Field(
        None, title="排版方式", description="html 或 docx；缺省为模板所列的第一种。", examples=["html"]
    )
    fields: dict[str, Any] = Field(
        title="函件字段", description="按 `GET /v1/templates/{name}/{version}` 给出的 schema。", examples=[_FIELDS]
    )
    duplicate_reason: Line | None = Field(
        None,
        title="再次出具的理由",
        description="同类通知已就同一合同、同一截至日向同一收件人出具的，须写明理由才能再次出具"
        "（否则 409 notice_duplicate）；理由记入出具记录。已作废的不算。",
        examples=["前函因地址有误退回，重新寄送"],
    )


class DispatchItem(Answered):
    """A dispatch in short, with what came of it."""

    id: str = Field(title="寄送", examples=["d_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    carrier: str = Field(title="寄送方式", examples=["ems"])
    waybill_no: str | None = Field(title="单号", examples=["1136281381675"])
    posted_at: str | None = Field(title="交寄时间", examples=["2026-11-24T02:05:00Z"])
    receipts: list[dict[str, Any]] = Field(
        title="回执", examples=[[{"id": "r_…", "outcome": "delivered", "delivered_at": "2026-11-26T02:00:00Z"}]]
    )


class NoticeAnswer(Warned):
    """An issued notice."""

    id: str = Field(title="通知书标识", examples=["n_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    notice_no: str = Field(title="编号", examples=["DEMO-2026-000001"])
    state: str = Field(title="状态", description="issued 已出具；voided 已作废。", examples=["issued"])
    matter: str = Field(title="案件", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    party: str = Field(title="收件当事人", examples=["p2"])
    to_name: str = Field(title="收件人", examples=["张三"])
    template: str = Field(title="模板", examples=["loan-demand"])
    version: str = Field(title="模板版本", examples=["v1"])
    engine: str = Field(title="排版方式", examples=["html"])
    pages: int = Field(title="页数", examples=[3])
    issued_at: str = Field(title="出具时间", examples=["2026-11-24T01:30:00Z"])
    duplicate_reason: str | None = Field(None, title="再次出具的理由", examples=[None])
    documents: list[FileAnswer] = Field(
        title="文书", description="document_pdf 为寄出的文书；document_docx 为同一函件的可编辑文件。"
    )
    entry: EntryAnswer = Field(title="记录")
    links: dict[str, str] = Field(title="链接", examples=[{"self": "/v1/notices/n_…", "public": "/v/DEMO-2026-000001"}])


class NoticeNow(NoticeAnswer):
    """A notice as it stands."""

    fields: dict[str, Any] = Field(title="函件字段", examples=[_FIELDS])
    dispatches: list[DispatchItem] = Field(title="寄送")
    scans: list[dict[str, str]] = Field(title="扫描件", examples=[[{"id": "s_…", "kind": "reply_slip"}]])


class TemplateItem(Answered):
    """A letter that may be issued."""

    name: str = Field(title="模板", examples=["loan-demand"])
    version: str = Field(title="版本", examples=["v1"])
    title: str = Field(title="名称", examples=["逾期贷款催收通知书"])
    engines: list[str] = Field(title="排版方式", examples=[["html", "docx"]])
    addressee: str = Field(title="收件人身份", examples=["debtor"])
    href: str = Field(title="地址", examples=["/v1/templates/loan-demand/v1"])


class TemplateList(Answered):
    """Every published template."""

    items: list[TemplateItem] = Field(title="模板")


class TemplateAnswer(TemplateItem):
    """A template with what its fields have to be."""

    digest: str = Field(title="摘要", description="模板文件夹的 SHA-256，记入每份通知书。", examples=["5f…"])
    item_description: str = Field(
        title="建议的内件品名", examples=["《逾期贷款催收通知书》{contract_no}，要求还本付息"]
    )
    json_schema: dict[str, Any] = Field(alias="schema", title="字段的 JSON Schema", examples=[{"type": "object"}])
    example: dict[str, Any] = Field(title="示例字段", examples=[_FIELDS])
