"""The claim of a matter, as a case system states it: kind, contract, sum, and when it falls due."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from service.api.wire import Amount, Day, Line, Money, Text, Wire, refusal

INSTALMENTS_MOST = 600

ClaimKind = Literal[
    "loan",
    "instalment_loan",
    "receivable",
    "student_loan",
    "house_price",
    "periodic_fee",
    "rent",
    "damages",
    "deposit",
    "bond",
    "capital_contribution",
    "maintenance_fund",
    "return_of_property",
    "support",
    "cessation",
    "other",
]


class Instalment(Wire):
    """One part of the debt and the day it falls due."""

    due_on: Day = Field(title="到期日", description="本期到期日，北京时间。")
    amount: Amount = Field(title="本期金额", description="本期应付金额。")


class ClaimInLaw(Wire):
    """What the law asks of a claim beside its sum and its day; whatever is left out counts as not stated."""

    known_on: Day | None = Field(
        None, title="知道受损之日", description="损害赔偿等：债权人知道或者应当知道受损和义务人之日，不得早于受损之日。"
    )
    harmed_on: Day | None = Field(None, title="受损之日", description="二十年自此日起算；不填则自时效起算日起算。")
    one_debt: bool | None = Field(
        None,
        title="是否同一债务",
        description="定期费用、租金的各期经律师认定为同一债务的分期填 true，不是的填 false。",
        examples=[False],
    )
    lender: bool | None = Field(
        None, title="债权人是否贷款人", description="《诉讼时效规定》第十九条第三款只适用于贷款人。", examples=[True]
    )
    financial_institution: bool | None = Field(
        None, title="债权人是否金融机构", description="依约扣款中断时效的，限于金融机构。", examples=[True]
    )
    debit_clause: bool | None = Field(None, title="合同是否约定可以扣款", examples=[True])
    short_period: bool | None = Field(
        None,
        title="旧法一年时效",
        description="2017年10月1日以前属于《民法通则》第一百三十六条各项的。",
        examples=[False],
    )

    @field_validator("harmed_on")
    @classmethod
    def _harm_comes_first(cls, value: str | None, info: ValidationInfo) -> str | None:
        known_on = info.data.get("known_on")
        if value is not None and known_on is not None and known_on < value:
            raise refusal("dates_out_of_order", "知道受损之日早于受损之日", "the harm was known before it happened")
        return value


class Claim(ClaimInLaw):
    """The creditor's right to performance."""

    kind: ClaimKind = Field(
        title="债权种类",
        description="loan 借款；receivable 应收账款；periodic_fee 定期费用；rent 租金；deposit 存款本息；bond 国债、"
        "金融债券等；capital_contribution 缴付出资；maintenance_fund 专项维修资金；return_of_property 返还财产；"
        "support 抚养费等；cessation 停止侵害等。",
    )
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
        description="按到期日先后排列；定期费用和租金为各期。",
        examples=[[{"due_on": "2026-10-20", "amount": "50000.00"}]],
    )
    no_due_date: bool | None = Field(
        None,
        title="没有约定履行期限",
        description="合同没有约定履行期限、依《民法典》第五百一十条、第五百一十一条也不能确定的填 true。",
        examples=[False],
    )
    description: Annotated[
        Text | None, Field(title="说明", description="债权的其他说明。", examples=["个人经营性借款"])
    ] = None

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

    @field_validator("no_due_date")
    @classmethod
    def _no_day_beside(cls, value: bool | None, info: ValidationInfo) -> bool | None:
        if value and (info.data.get("due_on") is not None or info.data.get("instalments") is not None):
            raise refusal(
                "due_twice",
                "已填写到期日或分期的，不能再填没有约定履行期限",
                "there is a due day: it cannot be open as well",
            )
        return value
