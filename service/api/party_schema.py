"""The parties of a matter, as a case system states them, and what a guarantor promised."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from service.api.wire import Amount, Day, Line, LongLine, PartyName, Wire, refusal

DEBTS_MOST = 600

Role = Literal["creditor", "debtor", "joint_debtor", "debt_joiner", "guarantor"]
AddressBasis = Literal["agreed", "registered", "identity", "last_known", "wrong"]
BASIS_ZH = (
    "agreed 约定或确认的送达地址；registered 登记住所；identity 身份证件住址；last_known 最后已知；wrong 事后查明有误。"
)


class Maximum(Wire):
    """A guarantee for all debts of a time, up to a sum."""

    debts: list[Day] = Field(
        min_length=1,
        max_length=DEBTS_MOST,
        title="所担保各笔债权的到期日",
        examples=[["2026-06-30", "2026-10-20"]],
    )
    determined_on: Day | None = Field(None, title="债权确定之日", description="依《民法典》第四百二十三条确定之日。")


class Guarantee(Wire):
    """What a guarantor promised."""

    mode: Literal["general", "joint", "unspecified"] = Field(
        title="保证方式", description="general 一般保证；joint 连带责任保证；unspecified 合同没有约定或约定不明。"
    )
    contract_no: Line = Field(title="保证合同编号", description="保证合同的编号。", examples=["示例保字第2023-0001号"])
    contract_on: Day | None = Field(
        None, title="保证合同签订日", description="北京时间；2021年以前签订的适用旧法的保证期间和保证方式。"
    )
    period_months: int | None = Field(None, ge=1, le=600, title="保证期间（月）", examples=[6])
    period_until_on: Day | None = Field(None, title="保证期间届满日", description="与 period_months 只能填写一项。")
    period_unclear: bool | None = Field(
        None,
        title="保证期间约定不明",
        description="如“直至主债务本息还清为止”；与其他两项只能填写一项。",
        examples=[True],
    )
    max_amount: Amount | None = Field(None, title="最高额", description="最高额保证的限额，币种同本金。")
    maximum: Maximum | None = Field(
        None, title="最高额保证", description="所担保的各笔债权及其确定；没有约定届满日的须填写，否则无从起算。"
    )
    recourse_with: Annotated[
        list[PartyName] | None,
        Field(
            min_length=1,
            max_length=50,
            title="约定相互追偿的保证人",
            description="与之约定可以相互追偿的其他保证人简称。",
            examples=[["p4"]],
        ),
    ] = None

    @field_validator("period_until_on", "period_unclear")
    @classmethod
    def _one_period(cls, value: str | bool | None, info: ValidationInfo) -> str | bool | None:
        others = [name for name in ("period_months", "period_until_on") if info.data.get(name) is not None]
        if value not in (None, False) and others:
            raise refusal(
                "period_twice",
                f"{info.field_name} 与 {others[0]} 只能填写一项",
                f"give {info.field_name} or {others[0]}, not both",
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
    address_basis: AddressBasis | None = Field(
        None, title="送达地址的依据", description=f"拒收、退回能否视为到达取决于此。{BASIS_ZH}"
    )
    whereabouts_unknown: bool | None = Field(
        None, title="是否下落不明", description="公告送达限于下落不明的当事人。", examples=[False]
    )
    deemed_days: int | None = Field(
        None,
        ge=0,
        le=60,
        title="视为送达的天数",
        description="合同约定寄往约定地址的函件在交寄后第几日视为送达；只填合同约定的，函件上单方写明的不算。",
        examples=[3],
    )
    phone: Line | None = Field(None, title="电话", examples=["010-00000000"])
    email: Line | None = Field(None, title="电子邮箱", examples=["zhangsan@example.com"])
    guarantee: Guarantee | None = Field(None, title="保证", description="保证人必填，其他身份不得填写。")
