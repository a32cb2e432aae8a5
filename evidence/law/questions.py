"""The points on which courts or authors differ: the answers, who gives them, and which one each track takes.

The engine never chooses in silence: every step that rests on such a point names it, and `evidence.law.advice` computes
the other answers too.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, and the rulings or texts that give it."""

    text_zh: str
    rulings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A contested point.

    Attributes:
        best: The answer that the best view takes.
        conservative: The one against the creditor.
    """

    title_zh: str
    answers: dict[str, Answer]
    best: str
    conservative: str


QUESTIONS: dict[str, Question] = {
    "acceleration_start": Question(
        title_zh="分期债务宣布提前到期后，时效从何时起算",
        answers={
            "accelerated": Answer("自宣布提前到期之日起算"),
            "last_instalment": Answer("仍自原定最后一期届满之日起算（民法典第一百八十九条）"),
        },
        best="accelerated",
        conservative="accelerated",
    ),
    "periodic_debt": Question(
        title_zh="定期重复发生的费用是否为“同一债务”",
        answers={
            "each": Answer("不是同一债务，逐期分别起算（民法典第一百八十九条的反面解释）"),
            "one_debt": Answer("是同一债务，自最后一期起算（对租金有最高人民法院案例持此意见）"),
        },
        best="each",
        conservative="each",
    ),
    "proceeding_restart": Question(
        title_zh="起诉等程序使时效中断后，从何时重新计算",
        answers={
            "end": Answer("自有关程序终结时起（民法典第一百九十五条）"),
            "filing": Answer("自起诉（申请）之日起，有案例采此算法"),
        },
        best="end",
        conservative="filing",
    ),
    "withdrawn_unserved": Question(
        title_zh="起诉状副本未送达即撤诉、被驳回或不予受理的，是否中断",
        answers={
            "interrupts": Answer(
                "中断：《诉讼时效规定》第十条以提交起诉状为准", ("最高人民法院第二巡回法庭法官会议纪要（列三种意见）",)
            ),
            "none": Answer("不中断：视为未起诉，须起诉状副本送达才有主张的意思到达", ("同上纪要所列另两种意见",)),
        },
        best="interrupts",
        conservative="none",
    ),
    "signature_after_expiry": Question(
        title_zh="时效届满后在催收通知上签字盖章而无其他文字的，是否为同意履行",
        answers={
            "agrees": Answer(
                "是：要求全额清偿且签章无保留的，视为重新确认", ("（2021）最高法民申7298号", "法释〔1999〕7号")
            ),
            "receipt": Answer("否：须能认定同意履行，如还款协议、债务确认", ("（2020）最高法民申4676号",)),
        },
        best="receipt",
        conservative="receipt",
    ),
    "part_payment_after_expiry": Question(
        title_zh="时效届满后部分还款的效力",
        answers={
            "part_only": Answer("仅就已还部分不得请求返还，不及于剩余债权"),
            "whole": Answer("构成对全部债务同意履行", ("有基层法院判决",)),
        },
        best="part_only",
        conservative="part_only",
    ),
    "cap_after_waiver": Question(
        title_zh="届满后重新确认的，二十年是否重新起算",
        answers={
            "same": Answer("不重新起算"),
            "fresh": Answer("自重新确认起另行计算"),
        },
        best="same",
        conservative="same",
    ),
    "promise_restart": Question(
        title_zh="债务人承诺于某日履行的，时效从何时重新计算",
        answers={
            "promised_day": Answer("自承诺的履行日起算"),
            "day_of_promise": Answer("自作出承诺之日起算（《诉讼时效规定》第十四条只规定中断）"),
        },
        best="promised_day",
        conservative="day_of_promise",
    ),
    "guarantee_carry_over": Question(
        title_zh="主债务时效中断，是否及于保证债务",
        answers={
            "relative": Answer("不及于：须分别向保证人主张", ("人民法院报2023年11月30日所列相对效力说",)),
            "absolute": Answer("及于：参照《诉讼时效规定》第十五条第二款", ("同上所列绝对效力说",)),
        },
        best="relative",
        conservative="relative",
    ),
    "guarantee_roll": Question(
        title_zh="保证期间的最后一日逢休假日是否顺延",
        answers={
            "rolls": Answer("顺延：第二百零三条是期间的计算规则，不是延长"),
            "no_roll": Answer(
                "不顺延：保证期间为除斥期间", ("王建夫诉凯奔公司案（宁波中院，人民法院报2013年5月30日）",)
            ),
        },
        best="rolls",
        conservative="no_roll",
    ),
    "prevented_addressee": Question(
        title_zh="对方被羁押等无从知悉期间发出的信息，是否“应当到达”",
        answers={
            "arrived": Answer("到达其使用的号码即可", ("湖北孝感法官评析",)),
            "unknown": Answer("对方无从知悉，不发生到达的效力"),
        },
        best="arrived",
        conservative="unknown",
    ),
    "assignment_suit": Question(
        title_zh="受让人未通知债务人即起诉的，何时对债务人发生效力",
        answers={
            "filing": Answer("起诉之日中断（《诉讼时效规定》第十条）"),
            "service": Answer("起诉状副本送达时才对债务人生效（合同编通则解释第四十八条第二款）"),
        },
        best="filing",
        conservative="service",
    ),
    "business_hours": Question(
        title_zh="对方停止业务活动后送到的，是否当日到达",
        answers={
            "that_day": Answer("当日到达"),
            "next_day": Answer("次一营业日到达（民法典第二百零三条第二款）"),
        },
        best="that_day",
        conservative="next_day",
    ),
    "amount_unstated": Question(
        title_zh="微信、短信、电话中没有写明金额的，是否为主张权利",
        answers={
            "counts": Answer("是", ("（2019）豫08民终1217号二审",)),
            "none": Answer("否", ("同案一审",)),
        },
        best="counts",
        conservative="none",
    ),
    "newspaper_guarantor": Question(
        title_zh="对下落不明的保证人公告主张，是否有效",
        answers={
            "counts": Answer("参照《诉讼时效规定》第八条第一款第四项", ("（2020）最高法民申2849号",)),
            "none": Answer("保证没有公告主张的规定"),
        },
        best="counts",
        conservative="none",
    ),
    "set_off_outside_suit": Question(
        title_zh="诉讼外的抵销通知是否使剩余债权的时效中断",
        answers={
            "interrupts": Answer("中断：行使债权，或以抵销部分履行"),
            "none": Answer("不中断：《诉讼时效规定》第十一条只列诉讼中的抵销"),
        },
        best="interrupts",
        conservative="none",
    ),
    "bankruptcy_general_guarantee": Question(
        title_zh="一般保证：期间内在债务人破产程序中申报债权，是否等同起诉债务人",
        answers={
            "counts": Answer("等同：《诉讼时效规定》第十一条"),
            "none": Answer("不等同：第六百九十三条只列诉讼和仲裁"),
        },
        best="counts",
        conservative="none",
    ),
    "guarantee_law_general_old": Question(
        title_zh="旧法下的一般保证：主债务中断是否使保证债务同时中断",
        answers={
            "absolute": Answer("是：法释〔2000〕44号第三十六条第一款"),
            "relative": Answer("否：该条已废止，民法典未保留"),
        },
        best="absolute",
        conservative="relative",
    ),
    "old_unclear_due_after": Question(
        title_zh="旧合同约定“直至还清为止”而主债务在民法典施行后到期的，保证期间多长",
        answers={
            "two_years": Answer("二年（时间效力规定第二十七条、法释〔2000〕44号第三十二条）"),
            "six_months": Answer("六个月（担保制度解释第三十二条）"),
        },
        best="two_years",
        conservative="six_months",
    ),
    "new_guarantee_period": Question(
        title_zh="届满后新订立的保证，没有约定期间的，从何时起算",
        answers={
            "undertaking": Answer("自新的保证成立之日起六个月"),
        },
        best="undertaking",
        conservative="undertaking",
    ),
}
