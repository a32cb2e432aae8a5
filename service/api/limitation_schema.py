"""What the law makes of a matter on a day, member by member; `evidence.law.answers` writes it.

Every code stands beside its Chinese words. Facts are named `e<seq>` by the entry that they stand on, or `claim`,
`party:<name>` and `as_of`; `sources` gives all entries behind each.
"""

from typing import Any

from pydantic import ConfigDict, Field

from service.api.answers import Answered


class _Exact(Answered):
    """An object that has these members and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CodeAnswer(_Exact):
    """A code and what it means."""

    code: str = Field(title="代码", examples=["outcome_on"])
    zh: str = Field(title="含义", examples=["到达日、拒收日或退回日"])


class ProofAnswer(_Exact):
    """A kind of proof."""

    proof: str = Field(title="证据代码", examples=["tracking"])
    zh: str = Field(title="证据", examples=["投递轨迹查询结果"])


class PeriodAnswer(_Exact):
    """A stretch of time that the law counts."""

    kind: str = Field(title="期间种类代码", examples=["limitation"])
    kind_zh: str = Field(title="期间种类", examples=["诉讼时效期间"])
    starts_on: str = Field(title="起算日", description="当日不计入。", examples=["2026-11-26"])
    span: str = Field(title="长度代码", description="如 3y、6m、10d。", examples=["3y"])
    span_zh: str = Field(title="长度", examples=["3年"])
    raw_last_day: str = Field(title="未顺延的最后一日", examples=["2029-11-26"])
    last_day: str = Field(title="最后一日", description="依《民法典》第二百零三条顺延后。", examples=["2029-11-26"])
    rolled: bool = Field(title="是否顺延", examples=[False])
    quality: str = Field(
        title="放假安排的依据", description="published 已公布；provisional 尚未公布；approximate 2004年以前。",
        examples=["provisional"],
    )  # fmt: skip
    suspended: bool = Field(title="是否因中止而改变", examples=[False])


class StepAnswer(_Exact):
    """One thing that happened to a clock, or did not, with the reason."""

    on: str = Field(title="日期", examples=["2026-11-26"])
    effect: str = Field(title="效果代码", examples=["restarts"])
    effect_zh: str = Field(title="效果", examples=["重新计算"])
    because: list[str] = Field(title="所依据的事实", examples=[["e4"]])
    provisions: list[str] = Field(title="规定的键", examples=[["民法典195", "时效规定8"]])
    provisions_zh: list[str] = Field(title="规定", examples=[["《民法典》第一百九十五条"]])
    certainty: str = Field(title="把握程度代码", examples=["settled"])
    certainty_zh: str = Field(title="把握程度", examples=["有明文规定"])
    reason: str = Field(title="理由代码", examples=["arrived"])
    reason_zh: str = Field(title="理由", examples=["函件到达义务人，时效中断"])
    questions: list[str] = Field(title="所涉争议问题", examples=[[]])
    grade: str | None = Field(title="证据等级", description="A 至 D；A、B 计入保守推算。", examples=["A"])


class ClockAnswer(_Exact):
    """One clock of a party on one track."""

    item: str | None = Field(title="所属各期", description="定期费用、租金为各期到期日，其他为空。", examples=[None])
    state: str = Field(title="状态代码", examples=["running"])
    state_zh: str = Field(title="状态", examples=["期间进行中"])
    last_day: str | None = Field(title="最后一日", description="没有期间在进行的为空。", examples=["2029-11-26"])
    raw_last_day: str | None = Field(title="未顺延的最后一日", examples=["2029-11-26"])
    rolled: bool = Field(title="是否顺延", examples=[False])
    quality: str | None = Field(title="放假安排的依据", examples=["provisional"])
    longest: PeriodAnswer | None = Field(title="二十年最长期间")
    periods: list[PeriodAnswer] = Field(title="历次期间")
    steps: list[StepAnswer] = Field(title="推算步骤")
    missing: list[CodeAnswer] = Field(title="尚缺的事实")
    flags: list[CodeAnswer] = Field(title="须注意")


class AlternativeAnswer(_Exact):
    """What the best view would be under another answer to a contested point."""

    question: str = Field(title="争议问题代码", examples=["promise_restart"])
    title_zh: str = Field(title="争议问题", examples=["债务人承诺于某日履行的，时效从何时重新计算"])
    answer: str = Field(title="答案代码", examples=["day_of_promise"])
    answer_zh: str = Field(title="答案", examples=["自作出承诺之日起算"])
    rulings: list[str] = Field(title="裁判或出处", examples=[["（2021）最高法民申7298号"]])
    item: str | None = Field(title="所属各期", examples=[None])
    state: str = Field(title="状态代码", examples=["running"])
    state_zh: str = Field(title="状态", examples=["期间进行中"])
    last_day: str | None = Field(title="最后一日", examples=["2029-11-24"])


class PartyLimitation(_Exact):
    """Both tracks of one party; their clocks stand in the same order."""

    party: str = Field(title="当事人", examples=["p2"])
    role: str = Field(title="身份代码", examples=["debtor"])
    role_zh: str = Field(title="身份", examples=["债务人"])
    best: list[ClockAnswer] = Field(title="通常推算", description="证据 A 至 C 级计入，争议问题取较可能的答案。")
    conservative: list[ClockAnswer] = Field(
        title="保守推算", description="只计 A、B 级证据，争议问题取不利于债权人的答案；提醒以此为准。"
    )
    alternatives: list[AlternativeAnswer] = Field(title="其他答案")


class AssessmentAnswer(_Exact):
    """How well one fact is proved."""

    event: str = Field(title="事实", examples=["e4"])
    grade: str = Field(title="等级", examples=["B"])
    grade_zh: str = Field(title="等级说明", examples=["有证据证明"])
    reason: str = Field(title="理由代码", examples=["proof_delivered"])
    reason_zh: str = Field(title="理由", examples=["存根、内容与妥投证明齐备"])
    needed: list[ProofAnswer] = Field(title="应有的证据")
    have: list[ProofAnswer] = Field(title="已有的证据")
    missing: list[ProofAnswer] = Field(title="尚缺的证据")
    obtain_by: str | None = Field(title="最迟取得日", description="邮件查询自交寄日起一年。", examples=[None])


class NextProofAnswer(_Exact):
    """A missing proof that would move a party's conservative day."""

    event: str = Field(title="事实", examples=["e4"])
    party: str = Field(title="当事人", examples=["p2"])
    item: str | None = Field(title="所属各期", examples=[None])
    missing: list[ProofAnswer] = Field(title="补什么")
    now: str | None = Field(title="现在的保守最后一日", examples=["2029-10-20"])
    then: str | None = Field(title="补齐后的保守最后一日", examples=["2029-11-26"])
    days: int | None = Field(title="延后天数", description="不以天数计的为空。", examples=[37])
    obtain_by: str | None = Field(title="最迟取得日", examples=["2027-11-24"])


class CautionAnswer(_Exact):
    """Something that practitioners must not overlook."""

    code: str = Field(title="代码", examples=["debtor_demand_not_guarantor"])
    party: str | None = Field(title="当事人", examples=["p3"])
    event: str | None = Field(title="事实", examples=[None])
    text_zh: str = Field(title="提示", examples=["向债务人催收不及于连带责任保证人，须另行要求其承担保证责任"])


class SourceAnswer(_Exact):
    """The entries behind a fact."""

    fact: str = Field(title="事实", examples=["e4"])
    entries: list[int] = Field(title="记录序号", examples=[[2, 4, 5, 6]])


class LeftOutAnswer(_Exact):
    """An entry that could be a fact of law and is none."""

    fact: str = Field(title="记录", examples=["e3"])
    reason: str = Field(title="原因代码", examples=["not_sent"])
    reason_zh: str = Field(title="原因", examples=["没有交寄，也没有签收件，未构成主张"])


_PERIOD: dict[str, Any] = {
    "kind": "limitation", "kind_zh": "诉讼时效期间", "starts_on": "2026-11-26", "span": "3y", "span_zh": "3年",
    "raw_last_day": "2029-11-26", "last_day": "2029-11-26", "rolled": False, "quality": "provisional",
    "suspended": False,
}  # fmt: skip
_CLOCK: dict[str, Any] = {
    "item": None, "state": "running", "state_zh": "期间进行中", "last_day": "2029-11-26",
    "raw_last_day": "2029-11-26", "rolled": False, "quality": "provisional",
    "longest": {
        **_PERIOD, "kind": "longest", "kind_zh": "最长权利保护期间（二十年）", "starts_on": "2026-10-20", "span": "20y",
        "span_zh": "20年", "raw_last_day": "2046-10-20", "last_day": "2046-10-22", "rolled": True,
    },
    "periods": [_PERIOD],
    "steps": [
        {
            "on": "2026-11-26", "effect": "restarts", "effect_zh": "重新计算", "because": ["e4"],
            "provisions": ["民法典195", "时效规定8", "民法典137"],
            "provisions_zh": ["《民法典》第一百九十五条", "《诉讼时效规定》第八条", "《民法典》第一百三十七条"],
            "certainty": "settled", "certainty_zh": "有明文规定", "reason": "arrived",
            "reason_zh": "函件到达义务人，时效中断", "questions": [], "grade": "A",
        },
    ],
    "missing": [], "flags": [],
}  # fmt: skip
EXAMPLE: dict[str, Any] = {
    "matter": "m_4k2y7q3n5w6x2z4a5b6c7d2e3f",
    "as_of": "2026-11-28", "rule_version": "2026.11", "calendar_version": "chinesecalendar 1.11.0",
    "wording_version": "666a547fbd2c5221",
    "disclaimer_zh": "以上为依据登记事实的辅助计算，不是法律意见；期间、效力与证据的判断须经律师复核签字后使用。",
    "parties": [
        {"party": "p2", "role": "debtor", "role_zh": "债务人", "best": [_CLOCK], "conservative": [_CLOCK],
         "alternatives": []},
    ],
    "proofs": [
        {
            "event": "e4", "grade": "A", "grade_zh": "足以证明", "reason": "proof_delivered",
            "reason_zh": "存根、内容与妥投证明齐备", "needed": [{"proof": "posting_slip", "zh": "寄件存根"}],
            "have": [{"proof": "posting_slip", "zh": "寄件存根"}], "missing": [], "obtain_by": None,
        },
    ],
    "collect_next": [],
    "warnings": [
        {"code": "debtor_demand_not_guarantor", "party": "p3", "event": None,
         "text_zh": "向债务人催收不及于连带责任保证人，须另行要求其承担保证责任"},
    ],
    "sources": [{"fact": "claim", "entries": [1]}, {"fact": "e4", "entries": [2, 4, 5, 6]}],
    "left_out": [{"fact": "e3", "reason": "not_sent", "reason_zh": "没有交寄，也没有签收件，未构成主张"}],
    "ambiguous": [],
}  # fmt: skip


class LimitationAnswer(_Exact):
    """What follows in law from everything recorded in a matter, on one day: a computed aid, to be signed off."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    matter: str = Field(title="案件", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    as_of: str = Field(title="推算日", description="其后的事实不计入。", examples=["2026-11-28"])
    rule_version: str = Field(title="规则版本", examples=["2026.11"])
    calendar_version: str = Field(title="放假数据版本", examples=["chinesecalendar 1.11.0"])
    wording_version: str = Field(title="措辞版本", description="理由等文字的版本。", examples=["666a547fbd2c5221"])
    disclaimer_zh: str = Field(title="声明", examples=[EXAMPLE["disclaimer_zh"]])
    parties: list[PartyLimitation] = Field(title="各义务人")
    proofs: list[AssessmentAnswer] = Field(title="各项事实的证据")
    collect_next: list[NextProofAnswer] = Field(title="接下来补什么", description="按延后的天数排列。")
    warnings: list[CautionAnswer] = Field(title="提示")
    sources: list[SourceAnswer] = Field(title="事实所依据的记录", description="claim、party:… 为立案所载。")
    left_out: list[LeftOutAnswer] = Field(title="未作为法律事实的记录")
    ambiguous: list[str] = Field(
        title="记录有歧义的事实", description="可以有另一种读法，请补充或更正其记录。", examples=[[]]
    )
