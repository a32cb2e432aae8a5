"""The rules that decide: each with its name as a court writes it, when it was in force, and how sure we are of it.

A rule's numbers (years, months, cut-off days) stand here and nowhere else; the engine asks for them by name. Keys are
stable: results, cases and reports cite them.

Source: the texts named in each row, as compiled on 2025-04-19 and checked for repeal marks; `certainty` says how each
was read.
"""

from dataclasses import dataclass
from datetime import date

from evidence.law.calendar import CALENDAR_VERSION, Span
from evidence.law.vocabulary import Certainty, ClaimKind

RULE_VERSION = "2026.11"
"""Changes whenever a rule, a default or a reading changes; results made under another one are computed again."""
VERSIONS = {"rule_version": RULE_VERSION, "calendar_version": CALENDAR_VERSION}

CODE_FROM = date(2021, 1, 1)
"""民法典 in force; 民法总则, 合同法, 担保法 and 民法通则 repealed."""
THREE_YEARS_FROM = date(2017, 10, 1)
"""民法总则 in force: three years, also for periods of two years (or one) that still ran (法释〔2018〕12号)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One rule, under each name that it had.

    Attributes:
        name_zh: As a judgment cites it today.
        gist_zh: What it says, in one sentence.
        since: First day in force under that name; `until` the first day on which it no longer was, None while it is.
        earlier: The same rule's names before, oldest first: first day and name.
        contested: What courts or authors differ about; empty if nothing is known.
    """

    name_zh: str
    gist_zh: str
    since: date
    until: date | None = None
    certainty: Certainty = Certainty.SETTLED
    contested: str = ""
    earlier: tuple[tuple[date, str], ...] = ()

    def name_on(self, on: date) -> str:
        """Give the name of the version in force on a day; the oldest known for days before it."""
        if on >= self.since or not self.earlier:
            return self.name_zh
        return next((name for since, name in reversed(self.earlier) if since <= on), self.earlier[0][1])

    def in_force(self, on: date) -> bool:
        """Tell whether the rule was in force on a day, under any name."""
        first = self.earlier[0][0] if self.earlier else self.since
        return first <= on and (self.until is None or on < self.until)


_1999, _2008, _2017, _2018 = date(1999, 2, 16), date(2008, 9, 1), THREE_YEARS_FROM, date(2018, 7, 23)
_1987, _1995, _2000, _2022, _2023 = (
    date(1987, 1, 1), date(1995, 10, 1), date(2000, 12, 13), date(2022, 3, 1), date(2023, 12, 5),
)  # fmt: skip
_2024 = date(2024, 1, 1)
_SECONDARY, _UNVERIFIED = Certainty.SECONDARY, Certainty.UNVERIFIED


def _code(article: str, gist_zh: str, contested: str = "", *, old: str = "", is_new: bool = False) -> Provision:
    """Give an article of the Code; those up to 204 stood in 民法总则 under the same number, some in older law."""
    earlier: tuple[tuple[date, str], ...] = ((_1987, old),) if old else ()
    if not is_new:
        earlier += ((THREE_YEARS_FROM, f"《民法总则》{article}"),)
    return Provision(
        name_zh=f"《民法典》{article}", gist_zh=gist_zh, since=CODE_FROM, contested=contested, earlier=earlier
    )


def _contracts(article: str, gist_zh: str, contested: str = "") -> Provision:
    """Give an article of the Code's books on contracts and security."""
    return _code(article, gist_zh, contested, is_new=True)


def _limitation(article: str, gist_zh: str, contested: str = "", *, old: str) -> Provision:
    name = "《最高人民法院关于审理民事案件适用诉讼时效制度若干问题的规定》"
    return Provision(
        name_zh=f"{name}（法释〔2020〕17号修正）{article}",
        gist_zh=gist_zh,
        since=CODE_FROM,
        contested=contested,
        earlier=((_2008, f"{name}（法释〔2008〕11号）第{old}条"),),
    )


def _security(article: str, gist_zh: str, contested: str = "") -> Provision:
    name = f"《最高人民法院关于适用〈中华人民共和国民法典〉有关担保制度的解释》（法释〔2020〕28号）{article}"
    return Provision(name_zh=name, gist_zh=gist_zh, since=CODE_FROM, contested=contested)


def _general(article: str, gist_zh: str) -> Provision:
    name = f"《最高人民法院关于适用〈中华人民共和国民法典〉总则编若干问题的解释》（法释〔2022〕6号）{article}"
    return Provision(name_zh=name, gist_zh=gist_zh, since=_2022)


def _contract(article: str, gist_zh: str) -> Provision:
    name = f"《最高人民法院关于适用〈中华人民共和国民法典〉合同编通则若干问题的解释》（法释〔2023〕13号）{article}"
    return Provision(name_zh=name, gist_zh=gist_zh, since=_2023)


def _old(name_zh: str, gist_zh: str, since: date, *, until: date = CODE_FROM, unsure: bool = False) -> Provision:
    certainty = _UNVERIFIED if unsure else _SECONDARY
    return Provision(name_zh=name_zh, gist_zh=gist_zh, since=since, until=until, certainty=certainty)


PROVISIONS: dict[str, Provision] = {
    "民法典137": _code("第一百三十七条第二款", "非对话意思表示到达相对人时生效；数据电文进入指定系统时到达"),
    "民法典139": _code("第一百三十九条", "以公告方式作出的意思表示，公告发布时生效"),
    "民法典140": _code("第一百四十条第二款", "沉默只有法律规定、约定或习惯时才视为意思表示"),
    "民法典188": _code(
        "第一百八十八条",
        "诉讼时效三年，自知道或应当知道受损及义务人之日起算；自受损起不超过二十年",
        old="《民法通则》第一百三十五条、第一百三十七条",
    ),
    "民法典189": _code(
        "第一百八十九条", "同一债务分期履行的，自最后一期履行期限届满之日起算", old="法释〔2008〕11号第五条"
    ),
    "民法典192": _code(
        "第一百九十二条", "时效届满，义务人可以抗辩；届满后同意履行的不得再抗辩", old="《民法通则》第一百三十八条"
    ),
    "民法典193": _code("第一百九十三条", "法院不得主动适用诉讼时效", old="法释〔2008〕11号第三条"),
    "民法典194": _code(
        "第一百九十四条",
        "最后六个月内因障碍不能行使的中止，自原因消除之日起满六个月届满",
        old="《民法通则》第一百三十九条",
    ),
    "民法典195": _code(
        "第一百九十五条",
        "请求履行、同意履行、起诉或仲裁等中断，从中断、有关程序终结时起重新计算",
        old="《民法通则》第一百四十条",
    ),
    "民法典196": _code("第一百九十六条", "停止侵害、返还不动产和登记的动产、抚养赡养扶养费等不适用诉讼时效"),
    "民法典197": _code("第一百九十七条", "时效的期间、方法、中止中断事由法定；预先放弃时效利益无效"),
    "民法典199": _code("第一百九十九条", "除斥期间不适用中止、中断和延长"),
    "民法典201": _code("第二百零一条", "按年、月、日计算的，开始的当日不计入", old="《民法通则》第一百五十四条"),
    "民法典202": _code(
        "第二百零二条", "到期月的对应日为最后一日，没有对应日的，月末日为最后一日", old="《民法通则》第一百五十四条"
    ),
    "民法典203": _code(
        "第二百零三条",
        "最后一日是法定休假日的，以休假日结束的次日为最后一日；截止于24时或停止业务活动之时",
        old="《民法通则》第一百五十四条",
    ),
    "民法典204": _code("第二百零四条", "期间的计算方法依法律规定或者当事人约定"),
    "民法典423": _contracts("第四百二十三条", "最高额担保的债权确定的情形"),
    "民法典496": _contracts("第四百九十六条、第四百九十七条", "格式条款的提示说明义务与无效情形"),
    "民法典510": _contracts(
        "第五百一十条、第五百一十一条第四项", "履行期限不明确的，债权人可以随时请求，但应给必要的准备时间"
    ),
    "民法典518": _contracts("第五百一十八条", "连带债务：债权人可以请求部分或者全部债务人履行全部债务"),
    "民法典546": _contracts("第五百四十六条", "债权转让未通知债务人的，对债务人不发生效力"),
    "民法典552": _contracts("第五百五十二条", "债务加入：第三人与债务人承担连带债务"),
    "民法典675": _contracts("第六百七十五条", "借款期限不明的，贷款人可以催告在合理期限内返还"),
    "民法典686": _contracts("第六百八十六条第二款", "保证方式没有约定或者约定不明确的，按照一般保证"),
    "民法典687": _contracts("第六百八十七条", "一般保证的先诉抗辩权及其例外"),
    "民法典688": _contracts("第六百八十八条", "连带责任保证：可以请求债务人，也可以请求保证人"),
    "民法典690": _contracts("第六百九十条", "最高额保证"),
    "民法典692": _contracts(
        "第六百九十二条",
        "保证期间不中止、中断和延长；没有约定或者约定不明的，为主债务履行期限届满之日起六个月",
        contested="末日逢休假日能否依第二百零三条顺延有争议",
    ),
    "民法典693": _contracts(
        "第六百九十三条", "期间内未对债务人起诉或仲裁（一般保证）、未请求保证人（连带保证）的，保证人免责"
    ),
    "民法典694": _contracts(
        "第六百九十四条", "保证债务的诉讼时效：一般保证自先诉抗辩权消灭之日起，连带保证自请求保证人之日起"
    ),
    "民法典695": _contracts("第六百九十五条", "未经保证人书面同意变更主债权债务履行期限的，保证期间不受影响"),
    "民法典696": _contracts("第六百九十六条第一款", "债权转让未通知保证人的，对保证人不发生效力"),
    "民法典699": _contracts("第六百九十九条", "同一债务有两个以上保证人"),
    "民法典701": _contracts("第七百零一条", "保证人可以主张债务人对债权人的抗辩"),
    "时效规定1": _limitation("第一条", "存款本息、国债金融债企业债本息、缴付出资等请求权不适用诉讼时效", old="一"),
    "时效规定3": _limitation("第三条", "时效抗辩应在一审提出，二审须有新证据，再审不予支持", old="四"),
    "时效规定4": _limitation(
        "第四条", "履行期限不能确定的，自宽限期届满之日起算；首次主张时明确拒绝的，自拒绝之日起算", old="六"
    ),
    "时效规定8": _limitation(
        "第八条",
        "主张权利的方式：送交文书并签收或以其他方式证明到达；信件或数据电文到达或应当到达；金融机构扣收；公告",
        old="十",
    ),
    "时效规定9": _limitation("第九条", "对同一债权中的部分主张权利，及于剩余债权", old="十一"),
    "时效规定10": _limitation(
        "第十条", "提交起诉状或口头起诉之日起中断", contested="起诉后撤诉、不予受理是否中断，有三种意见", old="十二"
    ),
    "时效规定11": _limitation(
        "第十一条", "支付令、破产、诉前措施、强制执行、追加当事人、诉讼中抵销等与起诉效力相同", old="十三"
    ),
    "时效规定12": _limitation("第十二条", "向调解组织或有权机关请求保护的，自请求之日起中断", old="十四"),
    "时效规定13": _limitation(
        "第十三条", "报案或控告请求保护民事权利的，自报案之日起中断，按处理结果重新计算", old="十五"
    ),
    "时效规定14": _limitation("第十四条", "分期或部分履行、提供担保、请求延期、制定清偿计划等为同意履行", old="十六"),
    "时效规定15": _limitation(
        "第十五条第二款",
        "对连带债务人之一的中断及于其他连带债务人",
        contested="能否适用于债务人与连带责任保证人之间",
        old="十七",
    ),
    "时效规定16": _limitation("第十六条", "代位权诉讼使债权人的债权和债务人的债权均中断", old="十八"),
    "时效规定17": _limitation(
        "第十七条", "债权转让自通知到达债务人之日中断；债务承担构成承认的自意思到达债权人之日中断", old="十九"
    ),
    "时效规定18": _limitation(
        "第十八条", "保证人可主张主债务的时效抗辩；未主张而承担责任的，一般不得追偿", old="二十一"
    ),
    "时效规定19": _limitation(
        "第十九条",
        "届满后同意履行、自愿履行、达成新协议，或在贷款人通知单上签章且能认定同意履行的，不得再抗辩",
        contested="仅签章而无其他文字是否为同意履行：（2021）最高法民申7298号与（2020）最高法民申4676号不同",
        old="二十二",
    ),
    "担保解释20": _security("第二十条", "第三人提供的物的担保，参照保证的若干规定"),
    "担保解释23": _security("第二十三条", "债务人破产时债权人申报债权与请求担保人的关系"),
    "担保解释25": _security("第二十五条", "以“不能履行”“不履行”等文字区分一般保证与连带责任保证"),
    "担保解释26": _security("第二十六条", "一般保证未起诉债务人仅起诉保证人的，驳回起诉"),
    "担保解释27": _security("第二十七条", "赋予强制执行效力的公证债权文书，期间内申请执行即可"),
    "担保解释28": _security(
        "第二十八条", "一般保证时效：终结本次执行等裁定送达之日，或收到执行申请书满一年之日，或知道例外情形之日起算"
    ),
    "担保解释29": _security("第二十九条", "对部分保证人行使权利不及于其他保证人；有追偿关系的在不能追偿范围内免责"),
    "担保解释30": _security("第三十条", "最高额保证的保证期间的起算"),
    "担保解释31": _security(
        "第三十一条", "一般保证撤诉后未再起诉的免责；连带保证撤诉但起诉状副本已送达保证人的，视为已行使"
    ),
    "担保解释32": _security("第三十二条", "约定保证至主债务本息还清为止的，视为约定不明，为六个月"),
    "担保解释34": _security("第三十四条", "法院应当查明保证期间；届满后仅在通知上签字的不恢复，除非成立新的保证合同"),
    "担保解释35": _security("第三十五条", "明知主债权时效届满仍提供保证或承担责任的，不得再主张时效抗辩"),
    "担保解释36": _security("第三十六条", "增信文件：保证、债务加入或其他；难以确定的，认定为保证"),
    "总则编解释35": _general("第三十五条", "三年期间不得延长；二十年可以依申请延长，不适用中止、中断"),
    "总则编解释36": _general("第三十六条、第三十七条", "无民事行为能力人、限制民事行为能力人的时效起算"),
    "总则编解释38": _general("第三十八条", "再次中断；向代理人、财产代管人、遗产管理人等提出请求可以中断"),
    "合同编解释48": _contract("第四十八条", "受让人未通知即起诉的，自起诉状副本送达时对债务人发生效力"),
    "合同编解释50": _contract("第五十条第二款", "转让通知到达时间依邮戳、系统记载等认定"),
    "合同编解释51": _contract("第五十一条", "债务加入人的追偿"),
    "合同编解释58": _contract("第五十八条", "以诉讼时效届满的债权主张抵销，对方提出抗辩的，不予支持"),
    "商品房解释8": Provision(
        name_zh="《最高人民法院关于审理商品房买卖合同纠纷案件适用法律若干问题的解释》（2020年修正）第八条",
        gist_zh="接到书面交房通知无正当理由拒收的，风险自通知确定的交付使用之日起转移给买受人",
        since=date(2003, 6, 1),
    ),
    "民诉法250": Provision(
        name_zh="《民事诉讼法》（2023年修正）第二百五十条",
        gist_zh="申请执行的期间为二年，自规定的履行期间（最后一期）届满起算，可以中止、中断",
        since=date(2008, 4, 1),
    ),
    "民诉法268": Provision(
        name_zh="《民事诉讼法》（2023年修正）第二百六十八条第三项、第五项",
        gist_zh="终结执行的情形（《担保制度解释》第二十八条所引第二百五十七条今为本条）",
        since=_2024,
    ),
    "民诉法72": Provision(
        name_zh="《民事诉讼法》（2023年修正）第七十二条", gist_zh="公证的事实和文书作为认定事实的根据", since=_2024
    ),
    "公证执行规定9": Provision(
        name_zh="《最高人民法院关于公证债权文书执行若干问题的规定》第九条",
        gist_zh="分期履行的公证债权文书，执行时效自每期届满之日分别计算",
        since=date(2018, 10, 1),
    ),
    "邮政法49": Provision(
        name_zh="《邮政法》第四十九条", gist_zh="给据邮件可自交寄之日起一年内持收据查询", since=date(2009, 10, 1)
    ),
    "2003民二他6": Provision(
        name_zh="最高人民法院〔2003〕民二他字第6号复函（2003年6月12日）",
        gist_zh="债权人能提供特快专递邮件存根及内容的，推定已向保证人主张权利，但有相反证据的除外",
        since=date(2003, 6, 12),
        certainty=_SECONDARY,
        contested="复函非司法解释；须同时有存根和内容，只适用于邮政特快专递",
    ),
    "法释1999-7": Provision(
        name_zh="法释〔1999〕7号批复",
        gist_zh="超过时效后借款人在催收通知单上签字盖章的，视为对原债务的重新确认",
        since=_1999,
        certainty=_SECONDARY,
        contested="未见废止，但与《诉讼时效规定》第十九条第三款不一致之处不再适用（第二十一条）",
    ),
    "法复1994-3": Provision(
        name_zh="法复〔1994〕3号批复（2020年修正）",
        gist_zh="期限届满后出具没有还款日期的欠款条，时效中断，自收到欠条之日起重新计算",
        since=date(1994, 3, 26),
    ),
    "时间效力1": Provision(
        name_zh="《最高人民法院关于适用〈中华人民共和国民法典〉时间效力的若干规定》（法释〔2020〕15号）第一条",
        gist_zh="民法典施行前的法律事实适用当时的法律；持续至施行后的适用民法典",
        since=CODE_FROM,
    ),
    "时间效力27": Provision(
        name_zh="《最高人民法院关于适用〈中华人民共和国民法典〉时间效力的若干规定》（法释〔2020〕15号）第二十七条",
        gist_zh="施行前的保证，到期至施行不满二年且约定不明的，保证期间为二年；没有约定不满六个月的，为六个月",
        since=CODE_FROM,
    ),
    "民法通则135": _old("《民法通则》第一百三十五条", "诉讼时效期间为二年", _1987),
    "民法通则136": _old("《民法通则》第一百三十六条", "身体受伤害、不合格商品、拒付租金、寄存财物的为一年", _1987),
    "民法通则139": _old("《民法通则》第一百三十九条", "最后六个月内中止，原因消除之日起继续计算", _1987),
    "法释2018-12": _old("法释〔2018〕12号", "2017年10月1日尚未满二年或者一年的，适用三年", _2018),
    "民法总则188": _old("《民法总则》第一百八十八条", "诉讼时效期间为三年", _2017),
    "担保法19": _old("《担保法》第十九条", "保证方式没有约定或者约定不明确的，按照连带责任保证", _1995),
    "担保法25": _old("《担保法》第二十五条、第二十六条", "未约定保证期间的，为主债务履行期届满之日起六个月", _1995),
    "担保法解释32": _old(
        "法释〔2000〕44号第三十二条", "约定早于或等于到期日的视为没有约定；约定至本息还清的为二年", _2000
    ),
    "担保法解释34": _old(
        "法释〔2000〕44号第三十四条第一款",
        "一般保证在期间内对债务人起诉的，自判决或仲裁裁决生效之日起计算保证合同的诉讼时效",
        _2000,
        unsure=True,
    ),
    "担保法解释36": _old(
        "法释〔2000〕44号第三十六条", "主债务中断：一般保证的保证债务随之中断，连带保证的不中断；中止同时中止", _2000
    ),
}

NOT_SUBJECT: dict[ClaimKind, str] = {
    ClaimKind.DEPOSIT: "时效规定1",
    ClaimKind.BOND: "时效规定1",
    ClaimKind.CAPITAL_CONTRIBUTION: "时效规定1",
    ClaimKind.MAINTENANCE_FUND: "时效规定1",
    ClaimKind.RETURN_OF_PROPERTY: "民法典196",
    ClaimKind.SUPPORT: "民法典196",
    ClaimKind.CESSATION: "民法典196",
}
"""Claims that no limitation period concerns, and why."""

LIMITATION, OLD_LIMITATION, OLD_SHORT = Span(years=3), Span(years=2), Span(years=1)
LONGEST, ENFORCEMENT, AFTER_CAUSE = Span(years=20), Span(years=2), Span(months=6)
GUARANTEE_DEFAULT, GUARANTEE_UNCLEAR_OLD = Span(months=6), Span(years=2)
RULING_WAIT = Span(years=1)
"""担保制度解释28: without a ruling within a year of the application, the year's end counts."""
TRACING = Span(years=1)
"""邮政法49."""


def law_of(on: date, *, code: str, general: str, old: str) -> str:
    """Give the key of the version in force on a day: 民法典, before it 民法总则, before that the older law."""
    return code if on >= CODE_FROM else general if on >= THREE_YEARS_FROM else old
