"""What a caller says of a batch, and what they are told: the batch, its rows, its files."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import ConfigDict, Field, field_validator

from service.api.answers import Answered
from service.api.job_schema import JobBegun
from service.api.wire import Line, Wire, refusal

MAPPING_MOST = 200

_MAPPING: dict[str, str] = {"借款人": "/debtor/name", "合同编号": "/contract_no", "剩余本金": "/principal"}
_COLUMNS: list[Any] = [{"header": header, "target": target} for header, target in _MAPPING.items()]
_CONSTANTS: dict[str, Any] = {"creditor": {"name": "某某银行股份有限公司示例支行"}}
_DUPLICATES = "明知同类通知书已经出具仍须再次出具的，写明理由，记入每份通知书；null 撤回。Why notices are issued again."


class ColumnMeaning(Wire):
    """What one column means."""

    header: Annotated[str, Field(min_length=1, max_length=200, title="表头", examples=["借款人"])]
    target: Annotated[
        str,
        Field(
            pattern=r"^(/[a-z0-9_]{1,60}){1,6}$|^@[a-z_]{1,30}$",
            title="含义",
            description="字段（JSON 指针），或 @template、@matter、@reference、@address、@phone 等。",
            examples=["/debtor/name"],
        ),
    ]


class BatchChange(Wire):
    """What is confirmed or set otherwise when a batch that was read is started."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"mapping": _COLUMNS, "constants": _CONSTANTS}]})

    mapping: Annotated[list[ColumnMeaning], Field(min_length=1, max_length=MAPPING_MOST)] | None = Field(
        None,
        title="列的含义",
        description="确认后按表头记住，下次自动采用。",
        examples=[_COLUMNS],
    )
    constants: dict[str, Any] | None = Field(
        None,
        title="各行相同的字段",
        description="与函件字段同样的写法；单元格有值的以单元格为准。",
        examples=[_CONSTANTS],
    )
    duplicate_reason: Line | None = Field(
        None, title="重复出具的理由", description=_DUPLICATES, examples=["前函退回，重新寄送"]
    )

    @field_validator("mapping")
    @classmethod
    def _once_each(cls, value: list[ColumnMeaning] | None) -> list[ColumnMeaning] | None:
        headers = [column.header for column in value or ()]
        if len(set(headers)) != len(headers):
            raise refusal("column_twice", "同一列写了两次", "a column stands there twice")
        return value

    def change(self) -> dict[str, Any]:
        """Give what was said as use cases take it: header to target, and values by JSON pointer."""
        columns = None if self.mapping is None else {column.header: column.target for column in self.mapping}
        constants = None if self.constants is None else dict(_flat(self.constants, ""))
        withdrawn = "" if "duplicate_reason" in self.model_fields_set else None
        return {"mapping": columns, "constants": constants, "duplicate_reason": self.duplicate_reason or withdrawn}


def _flat(values: dict[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}/{name}")
        else:
            yield f"{above}/{name}", value


class BatchFacts(BatchChange):
    """What to do with a table."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"template": "loan-demand", "dry_run": True, "constants": _CONSTANTS}]}
    )

    template: Annotated[str, Field(pattern="^[a-z0-9-]{1,60}$", title="模板", examples=["loan-demand"])]
    version: Annotated[
        str | None, Field(pattern="^v[0-9]{1,4}$", title="模板版本", description="缺省为最新。", examples=["v1"])
    ] = None
    engine: Annotated[str | None, Field(pattern="^(html|docx)$", title="排版方式", examples=["html"])] = None
    sheet: Line | None = Field(None, title="工作表", description="缺省为唯一未隐藏的工作表。", examples=["Sheet1"])
    dry_run: bool = Field(
        True, title="是否试运行", description="true：只读取、核对并排版风险样张，不出具；false：直接出具。"
    )


class BatchBegun(Answered):
    """A batch that was taken in, or goes on."""

    batch: str = Field(title="批次", examples=["bt_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    job: JobBegun = Field(title="任务")
    links: dict[str, str] = Field(title="链接", examples=[{"self": "/v1/batches/bt_…"}])


class BatchItem(Answered):
    """A batch as lists show it."""

    id: str = Field(title="批次", examples=["bt_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    file_name: str = Field(title="文件名", examples=["逾期名单.xlsx"])
    mode: str = Field(title="方式", description="dry_run 试运行；real 正式出具。", examples=["real"])
    template: str = Field(title="模板", examples=["loan-demand"])
    created_at: str = Field(title="受理时间", examples=["2026-11-24T01:30:00Z"])
    job: str = Field(title="当前任务", examples=["j_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    links: dict[str, str] = Field(title="链接", examples=[{"self": "/v1/batches/bt_…"}])


class BatchList(Answered):
    """One page of batches, newest first."""

    items: list[BatchItem] = Field(title="批次")
    next_cursor: str | None = Field(title="下一页游标", description="没有下一页时为空。", examples=[None])


class BatchFile(Answered):
    """A file that came of a batch."""

    kind: str = Field(title="种类", description="workbook、sample、print 等。", examples=["workbook"])
    name: str = Field(title="文件名", examples=["逾期名单-回填.xlsx"])
    size: int = Field(title="字节数", examples=[123456])
    sha256: str = Field(title="SHA-256 摘要", examples=["9f…"])
    about: str | None = Field(title="说明", examples=["姓名最长；含生僻字"])
    created_at: str = Field(title="生成时间", examples=["2026-11-24T01:40:00Z"])
    href: str = Field(title="地址", examples=["/v1/batches/bt_…/files/workbook/…"])


class BatchNow(BatchItem):
    """A batch as it stands."""

    version: str | None = Field(title="模板版本", examples=["v1"])
    state: str = Field(title="任务状态", examples=["running"])
    rows: dict[str, int] = Field(
        title="各状态行数",
        description="pending 待处理；running 处理中；issued 已出具；failed 未出具；skipped 此前已出具。",
        examples=[{"issued": 4990, "failed": 10}],
    )
    mapping: dict[str, str] | None = Field(title="列的含义", examples=[_MAPPING])
    mapping_source: str | None = Field(
        title="列的含义从何而来",
        description="guessed 推测，须确认；saved 此前确认过；given 本次给出。",
        examples=["guessed"],
    )
    table: dict[str, Any] | None = Field(
        title="表格",
        description="表头、推测的依据、未用的列、没有列对应的必填字段、提示。",
        examples=[{"headers": ["借款人"]}],
    )
    constants: dict[str, Any] | None = Field(
        title="各行相同的字段", description="字段（JSON 指针）到值。", examples=[{"/creditor/name": "某某银行"}]
    )
    duplicate_reason: str | None = Field(title="重复出具的理由", examples=[None])
    files: list[BatchFile] = Field(title="文件")


class BatchRowItem(Answered):
    """One row."""

    number: int = Field(title="行号", description="工作簿中的行号，或文本文件中的行。", examples=[2])
    state: str = Field(title="状态", examples=["failed"])
    errors: list[dict[str, Any]] = Field(
        title="错误",
        examples=[[{"column": "C", "pointer": "/debtor/id_no", "code": "schema.pattern", "message": "写法不对"}]],
    )
    warnings: list[dict[str, Any]] = Field(title="提示", examples=[[]])
    matter: str | None = Field(title="案件", examples=["m_…"])
    notice: str | None = Field(title="通知书", examples=["n_…"])
    notice_no: str | None = Field(title="编号", examples=["DEMO-2026-000001"])


class BatchRowList(Answered):
    """One page of rows, in order."""

    items: list[BatchRowItem] = Field(title="行")
    next_cursor: str | None = Field(title="下一页游标", description="没有下一页时为空。", examples=[None])
