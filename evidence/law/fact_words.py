"""The codes of the facts in Chinese, and one short name for each event."""

from evidence.law.facts import (
    Acceleration,
    Acknowledgment,
    Assignment,
    DebtorFirstEnded,
    Event,
    Extension,
    Notice,
    Proceeding,
    Suspension,
)
from evidence.law.vocabulary import (
    AcknowledgmentKind,
    AddressBasis,
    Cause,
    Channel,
    ClaimKind,
    End,
    Mode,
    Outcome,
    ProceedingKind,
    Signature,
    Signer,
)

CLAIMS: dict[ClaimKind, str] = {
    ClaimKind.LOAN: "借款",
    ClaimKind.INSTALMENT_LOAN: "分期偿还的借款",
    ClaimKind.STUDENT_LOAN: "助学贷款",
    ClaimKind.RECEIVABLE: "应收账款、货款",
    ClaimKind.HOUSE_PRICE: "购房款",
    ClaimKind.PERIODIC_FEE: "物业费、水电费等定期费用",
    ClaimKind.RENT: "租金",
    ClaimKind.DAMAGES: "损害赔偿",
    ClaimKind.OTHER: "其他债权",
    ClaimKind.DEPOSIT: "存款本息",
    ClaimKind.BOND: "国债、金融债、企业债本息",
    ClaimKind.CAPITAL_CONTRIBUTION: "缴付出资",
    ClaimKind.MAINTENANCE_FUND: "专项维修资金",
    ClaimKind.RETURN_OF_PROPERTY: "返还不动产或登记的动产",
    ClaimKind.SUPPORT: "抚养费、赡养费、扶养费",
    ClaimKind.CESSATION: "停止侵害、排除妨碍、消除危险",
}
MODES: dict[Mode, str] = {
    Mode.GENERAL: "一般保证",
    Mode.JOINT: "连带责任保证",
    Mode.UNSPECIFIED: "没有约定或约定不明",
}
CHANNELS: dict[Channel, str] = {
    Channel.HAND: "当面送交",
    Channel.EMS: "邮政特快专递",
    Channel.COURIER: "其他快递",
    Channel.REGISTERED_MAIL: "挂号信",
    Channel.EMAIL: "电子邮件",
    Channel.SMS: "短信",
    Channel.WECHAT: "微信",
    Channel.FAX: "传真",
    Channel.PHONE: "电话",
    Channel.VISIT: "上门",
    Channel.NEWSPAPER: "报纸公告",
    Channel.NOTARY: "公证送达",
    Channel.DEBIT: "账户扣收",
    Channel.OTHER: "其他方式",
}
OUTCOMES: dict[Outcome, str] = {
    Outcome.SIGNED: "签收",
    Outcome.DELIVERED: "妥投",
    Outcome.REFUSED: "拒收",
    Outcome.RETURNED: "退回",
    Outcome.ARRIVED: "到达",
    Outcome.READ: "已读",
    Outcome.UNREAD: "已到达、未读",
    Outcome.UNREACHED: "未接通、发送失败",
    Outcome.PUBLISHED: "已刊登",
    Outcome.DEBITED: "已扣款",
}
SIGNERS: dict[Signer, str] = {
    Signer.SELF: "本人",
    Signer.LEGAL_REPRESENTATIVE: "法定代表人、负责人",
    Signer.MAIL_ROOM: "收发室等负责收发信件的部门",
    Signer.AUTHORISED: "被授权的人",
    Signer.COHABITING_ADULT: "同住的、具有完全行为能力的亲属",
    Signer.AGENT: "代理人",
    Signer.ESTATE_ADMINISTRATOR: "遗产管理人",
    Signer.PROPERTY_CUSTODIAN: "财产代管人",
    Signer.GUARD: "门卫、前台",
    Signer.LOCKER: "快递柜、驿站",
    Signer.MINOR: "未成年人",
    Signer.UNAUTHORISED: "未获授权的人",
    Signer.UNKNOWN: "不明",
}
ADDRESSES: dict[AddressBasis, str] = {
    AddressBasis.AGREED: "合同约定的地址、号码或账号",
    AddressBasis.REGISTERED: "登记的住所",
    AddressBasis.IDENTITY: "身份证件地址，或实名的号码、账号",
    AddressBasis.LAST_KNOWN: "最后知道的地址",
    AddressBasis.WRONG: "错误的地址",
}
SIGNATURES: dict[Signature, str] = {
    Signature.RECEIPT_ONLY: "只写收到",
    Signature.NO_TEXT: "只有签名或盖章，没有文字",
    Signature.RESERVATION: "收到，并声明保留或不认可",
    Signature.CONFIRMS: "确认债务",
    Signature.AGREES: "同意履行",
    Signature.NEW_GUARANTEE: "愿（继续）承担保证责任",
}
ACKNOWLEDGMENTS: dict[AcknowledgmentKind, str] = {
    AcknowledgmentKind.PART_PAYMENT: "部分还款",
    AcknowledgmentKind.PROMISE: "承诺履行",
    AcknowledgmentKind.EXTENSION_REQUEST: "请求延期",
    AcknowledgmentKind.PLAN: "还款计划",
    AcknowledgmentKind.SECURITY: "提供担保",
    AcknowledgmentKind.DEBT_CONFIRMATION: "确认债务",
    AcknowledgmentKind.IOU: "出具没有还款日期的欠条",
    AcknowledgmentKind.SET_OFF: "诉讼外抵销",
    AcknowledgmentKind.NEW_AGREEMENT: "达成新的协议",
    AcknowledgmentKind.NEW_GUARANTEE: "作出新的保证",
    AcknowledgmentKind.DEBT_ASSUMPTION: "债务承担",
    AcknowledgmentKind.ADVANCE_WAIVER: "预先放弃时效利益",
}
PROCEEDINGS: dict[ProceedingKind, str] = {
    ProceedingKind.SUIT: "起诉",
    ProceedingKind.ARBITRATION: "申请仲裁",
    ProceedingKind.PAYMENT_ORDER: "申请支付令",
    ProceedingKind.BANKRUPTCY_CLAIM: "申报破产债权",
    ProceedingKind.BANKRUPTCY_PETITION: "申请破产",
    ProceedingKind.DECLARATION: "申请宣告失踪或死亡",
    ProceedingKind.PRESERVATION: "申请诉前保全等诉前措施",
    ProceedingKind.ENFORCEMENT: "申请强制执行",
    ProceedingKind.NOTARISED_ENFORCEMENT: "就公证债权文书申请执行",
    ProceedingKind.JOINDER: "申请追加当事人",
    ProceedingKind.SET_OFF_IN_SUIT: "诉讼中主张抵销",
    ProceedingKind.SUBROGATION_SUIT: "代位权诉讼",
    ProceedingKind.MEDIATION: "请求调解组织或有权机关处理",
    ProceedingKind.POLICE_REPORT: "报案、控告",
    ProceedingKind.OTHER: "其他程序",
}
ENDS: dict[End, str] = {
    End.JUDGMENT: "判决（裁决）支持",
    End.SETTLEMENT: "调解书、和解",
    End.WITHDRAWN: "撤回",
    End.DISMISSED: "驳回起诉",
    End.REJECTED: "驳回诉讼请求",
    End.NOT_ACCEPTED: "不予受理",
    End.TERMINATED: "程序终结",
    End.NO_ASSETS: "终结本次执行（无财产）",
    End.NOT_PROSECUTED: "不立案、撤案或不起诉",
    End.CRIMINAL_JUDGMENT: "刑事裁判生效",
    End.OTHER: "其他",
}
CAUSES: dict[Cause, str] = {
    Cause.FORCE_MAJEURE: "不可抗力",
    Cause.NO_REPRESENTATIVE: "没有法定代理人，或其死亡、丧失能力或代理权",
    Cause.SUCCESSION_OPEN: "继承开始后继承人或遗产管理人未确定",
    Cause.CONTROLLED_BY_OBLIGOR: "权利人被义务人或他人控制",
    Cause.OTHER: "其他障碍",
}


def event_name(event: Event) -> str:
    """Give an event's short Chinese name."""
    if isinstance(event, Notice):
        return f"{CHANNELS[event.channel]}致{event.to}"
    if isinstance(event, Acknowledgment):
        return f"{event.by}{ACKNOWLEDGMENTS[event.kind]}"
    if isinstance(event, Proceeding):
        return PROCEEDINGS[event.kind]
    return _rare_name(event)


def _rare_name(event: Assignment | Extension | Acceleration | Suspension | DebtorFirstEnded) -> str:
    if isinstance(event, Suspension):
        return f"障碍：{CAUSES[event.cause]}"
    if isinstance(event, DebtorFirstEnded):
        return f"{event.guarantor}的先诉抗辩权消灭"
    if isinstance(event, Extension):
        return f"展期至{event.to_on}"
    return "债权转让" if isinstance(event, Assignment) else "宣布提前到期"
