"""The portfolio worklist as a caller is told of it: one row a matter and party clock, both tracks in it."""

from typing import Any, Literal

from pydantic import Field

from evidence.law.clock import State
from service.api.answers import Answered

TrackName = Literal["conservative", "best"]
ObligorRole = Literal["debtor", "joint_debtor", "debt_joiner", "guarantor"]
StateName = Literal[
    "alive", "ended", "closed", "all", "running", "revived", "pending", "preserved", "expired", "capped", "released",
    "not_started", "not_subject", "undetermined", "not_covered",
]  # fmt: skip
"""Groups, then the states of a clock."""
_TRACK_EXAMPLE: dict[str, Any] = {
    "state": "running",
    "state_zh": "期间进行中",
    "period": "limitation",
    "period_zh": "诉讼时效期间",
    "last_day": "2029-10-22",
}


class TrackAnswer(Answered):
    """How a clock stands on one track today."""

    state: str = Field(title="状态", examples=[State.RUNNING.value])
    state_zh: str = Field(title="状态说明", examples=["期间进行中"])
    period: str | None = Field(title="期间种类", description="没有进行中的期间时为空。", examples=["limitation"])
    period_zh: str | None = Field(title="期间名称", examples=["诉讼时效期间"])
    last_day: str | None = Field(
        title="最后一日", description="当日仍可主张；没有确定日期时为空。", examples=["2029-10-22"]
    )


class ReasonAnswer(Answered):
    """Why nothing is determined."""

    code: str = Field(title="代码", examples=["due_on"])
    zh: str = Field(title="说明", examples=["履行期限（到期日、分期或没有约定期限的声明）"])


class ClockItem(Answered):
    """One party's clock in one matter."""

    matter: str = Field(title="案件标识", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    reference: str | None = Field(title="贵方编号", examples=["示例催收-2026-001"])
    contract_no: str | None = Field(title="合同编号", examples=["示例借字第2023-0001号"])
    creditor_name: str | None = Field(title="债权人", examples=["某某银行"])
    debtor_name: str | None = Field(title="债务人", examples=["张三"])
    party: str = Field(title="当事人简称", examples=["p3"])
    party_name: str = Field(title="当事人", examples=["示例担保有限公司"])
    role: str = Field(title="身份", examples=["guarantor"])
    role_zh: str = Field(title="身份名称", examples=["保证人"])
    item: str | None = Field(title="期次", description="定期费用等按期分别计算的到期日。", examples=[None])
    conservative: TrackAnswer = Field(title="保守", examples=[_TRACK_EXAMPLE])
    best: TrackAnswer = Field(title="最有利", examples=[_TRACK_EXAMPLE])
    raw_last_day: str | None = Field(title="不顺延的保守日", description="提醒以此日为准。", examples=["2029-10-20"])
    days_left: int | None = Field(
        title="剩余日数", description="所选 track 的最后一日减今天；当日为 0，已过为负数。", examples=[1059]
    )
    closed: bool = Field(title="已结案", examples=[False])
    reason: ReasonAnswer | None = Field(title="不能判断的原因", examples=[None])
    links: dict[str, str] = Field(title="链接", examples=[{"matter": "/v1/matters/m_…"}])


class Worklist(Answered):
    """One page of the worklist, by the last day of the chosen track; rows without a day stand at the end."""

    as_of: str = Field(title="计算日", description="今天，北京时间。", examples=["2026-11-28"])
    track: str = Field(title="排序所依", examples=["conservative"])
    items: list[ClockItem] = Field(title="时效")
    next_cursor: str | None = Field(title="下一页游标", description="没有下一页时为空。", examples=[None])
    up_to_date: bool = Field(
        title="已全部更新", description="为 false 时，有案件正等待按今天的日期或新的规则重新计算。", examples=[True]
    )
    rule_version: str = Field(title="规则版本", examples=["2026.11"])
    calendar_version: str = Field(title="放假安排数据版本", examples=["chinesecalendar 1.11.0"])
    disclaimer_zh: str = Field(title="声明", examples=["以上为辅助计算，须经律师复核。"])
