"""The Chinese words of the report, by the codes that entries use. An unknown code is printed as it is."""

ROLES = {
    "creditor": "债权人", "debtor": "债务人", "joint_debtor": "共同债务人", "debt_joiner": "债务加入人",
    "guarantor": "保证人",
}  # fmt: skip
PERSONS = {"person": "自然人", "organisation": "法人或其他组织"}
GUARANTEES = {"general": "一般保证", "joint": "连带责任保证"}
CLAIMS = {
    "loan": "借款", "instalment_loan": "分期借款", "receivable": "应收账款", "student_loan": "助学贷款",
    "house_price": "购房款", "periodic_fee": "定期费用", "damages": "损害赔偿", "other": "其他债权",
}  # fmt: skip
CAUSES = {
    "loan": "借款合同纠纷", "instalment_loan": "借款合同纠纷", "student_loan": "借款合同纠纷",
    "receivable": "合同纠纷", "house_price": "房屋买卖合同纠纷", "periodic_fee": "合同纠纷",
}  # fmt: skip
"""Suggestions for the list's header; the one who hands it in decides."""
TITLES = {
    "loan-demand": "逾期贷款催收通知书",
    "receivable-demand": "应收账款催收函",
    "student-loan-demand": "助学贷款到期催收通知书",
    "move-in-reminder": "商品房交房催收通知单",
    "guarantor-demand": "保证人履行保证责任通知书",
}
CARRIERS = {
    "ems": "邮政特快专递（EMS）", "sf": "顺丰速运", "registered_mail": "挂号信", "courier": "快递",
    "hand": "当面递交", "email": "电子邮件", "sms": "短信", "wechat": "微信", "fax": "传真", "notary": "公证送达",
    "newspaper": "报纸公告", "other": "其他方式",
}  # fmt: skip
OUTCOMES = {"delivered": "妥投", "refused": "拒收", "returned": "退回"}
RELATIONS = {
    "self": "本人", "cohabiting_adult": "同住成年家属", "mail_room": "收发部门", "authorised": "受托人",
    "legal_representative": "法定代表人", "guard": "门卫", "locker": "快递柜", "minor": "未成年人",
    "unknown": "关系不详",
}  # fmt: skip
SCANS = {
    "signed_notice": "签收的通知书", "reply_slip": "回执", "envelope": "信封", "label": "邮件面单", "other": "其他",
}  # fmt: skip
FILES = {
    "document_pdf": "（定稿，PDF）", "document_docx": "（同一函件的文字处理格式）", "posting_slip": "寄件存根",
    "posting_receipt": "收寄凭证", "packing_photo": "装封照片", "label": "邮件面单", "raw": "承运人数据原文",
    "tracking_print": "邮件轨迹查询结果", "receipt_image": "投递回执", "return_envelope": "退回邮件的信封",
    "photo": "照片", "scan": "扫描件", "payment_slip": "付款凭证", "agreement": "协议", "letter": "信函",
    "court_document": "法律文书", "recording_transcript": "录音整理稿", "other": "附件",
}  # fmt: skip
CARRIER_FILES = frozenset({"posting_slip", "posting_receipt", "label", "raw", "tracking_print", "receipt_image"})
"""What a carrier issues; the rest was made by whoever recorded it."""
KINDS = {
    "matter.opened": "案件登记", "notice.issued": "通知书出具", "notice.voided": "编号作废",
    "dispatch.recorded": "交寄", "tracking.recorded": "邮件轨迹", "receipt.recorded": "投递结果",
    "scan.recorded": "扫描件", "payment.received": "收到付款", "promise.made": "付款承诺",
    "extension.requested": "请求延期", "plan.agreed": "还款计划", "security.provided": "提供担保",
    "debt.confirmed": "债务确认", "setoff.declared": "抵销通知", "suit.filed": "提起诉讼",
    "suit.served": "起诉状副本送达",
    "suit.withdrawn": "撤诉", "suit.ended": "诉讼终结", "arbitration.filed": "申请仲裁",
    "payment_order.applied": "申请支付令", "bankruptcy.claim_filed": "申报破产债权",
    "preservation.applied": "申请保全", "mediation.requested": "申请调解", "police.reported": "报案",
    "claim.assigned": "债权转让", "assignment.notified": "债权转让通知", "contact.made": "联络记录",
    "debit.made": "扣划", "suspension.started": "障碍事由发生", "suspension.ended": "障碍事由消除",
    "address.confirmed": "送达地址确认", "entry.corrected": "更正", "bundle.sealed": "证据包封存",
    "matter.closed": "结案",
}  # fmt: skip
CREDITOR_ACTS = frozenset({
    "setoff.declared", "suit.filed", "arbitration.filed", "payment_order.applied", "bankruptcy.claim_filed",
    "preservation.applied", "mediation.requested", "police.reported", "debit.made",
})  # fmt: skip
"""Acts of the creditor that stand in the chain beside the notices, by their own day."""
GROUPS = (
    ("claim", "债权成立"), ("due", "到期"), ("assertions", "历次主张（按日期）"), ("guarantors", "保证人主张"),
    ("service", "送达"), ("performance", "履行与承认"), ("other", "其他事实"),
)  # fmt: skip
KIND_GROUPS = {
    "matter.opened": "claim", "claim.assigned": "claim", "security.provided": "performance",
    "suspension.started": "due", "suspension.ended": "due", "contact.made": "assertions",
    "dispatch.recorded": "service", "tracking.recorded": "service", "receipt.recorded": "service",
    "scan.recorded": "service", "address.confirmed": "service", "assignment.notified": "service",
    "payment.received": "performance", "promise.made": "performance", "extension.requested": "performance",
    "plan.agreed": "performance", "debt.confirmed": "performance",
}  # fmt: skip
KEYS = {
    "account": "账号", "address": "地址", "administrator": "管理人", "against": "对方", "amount": "金额",
    "applied_to": "抵充", "assignee": "受让人", "assignee_no": "受让人证件号码", "at": "时间", "authority": "机关",
    "before_suit": "诉前", "body": "调解组织", "by": "经办人", "carrier": "承运人", "case_no": "案号", "cause": "事由",
    "channel": "方式", "clause": "合同依据", "contract_no": "合同编号", "court": "法院或机构",
    "declared_by": "主张方", "delivered_at": "结果时间", "due_on": "履行日", "effective_on": "生效日",
    "events": "轨迹", "form": "担保方式", "instalments": "分期", "item_description": "内件品名", "kind": "种类",
    "marks": "勾填", "notified_by": "通知人", "on": "日期", "outcome": "结果", "party": "当事人",
    "payer_account": "付款账号", "payer_name": "付款人", "phone": "电话", "posted_at": "交寄时间",
    "promised_due_on": "承诺履行日", "provider": "担保人", "reached": "接触到", "reason": "原因",
    "receipt_no": "回执编号", "recipient": "收件人", "relation": "关系", "result": "结果", "said": "谈话内容",
    "signed_by": "签收人", "signed_on": "签署日期", "source": "来源", "text": "说明", "until_on": "请求延至",
    "waybill_no": "邮件号", "currency": "币种", "corrects_seq": "所更正的记录", "facts": "正确的事实",
}  # fmt: skip
CHANNELS = {
    "phone": "电话", "sms": "短信", "visit": "上门", "wechat": "微信", "fax": "传真", "email": "电子邮件",
    "letter": "书面", "other": "其他方式",
}  # fmt: skip
VALUES = {
    "outcome": {
        **OUTCOMES, "judgment": "判决", "settlement": "调解或和解", "dismissed": "驳回", "not_accepted": "不予受理",
        "terminated": "终结", "paid": "清偿", "settled": "和解", "assigned": "转让", "written_off": "核销",
        "withdrawn": "撤回", "other": "其他",
    },
    "relation": RELATIONS, "carrier": CARRIERS, "channel": CHANNELS,
    "applied_to": {"principal": "本金", "interest": "利息", "penalty": "罚息", "costs": "费用", "mixed": "混合"},
    "form": {
        "mortgage": "抵押", "pledge": "质押", "guarantee": "保证", "deposit": "定金", "lien": "留置", "other": "其他",
    },
    "declared_by": {"creditor": "债权人", "obligor": "义务人"},
    "notified_by": {"assignor": "转让人", "assignee": "受让人"},
    "cause": {
        "force_majeure": "不可抗力", "no_representative": "没有法定代理人", "succession_open": "继承人等未确定",
        "controlled_by_obligor": "权利人被控制", "other": "其他障碍",
    },
}  # fmt: skip
ASKED = {
    "loan-demand": "要求还本付息", "receivable-demand": "要求付清欠款", "student-loan-demand": "要求还本付息",
    "move-in-reminder": "要求办理交房手续", "guarantor-demand": "要求承担保证责任",
}  # fmt: skip
"""What each letter asks for, in its own words."""


def kind_title(kind: str) -> str:
    """Name an entry's kind."""
    return KINDS.get(kind, kind)


def notice_title(template: str) -> str:
    """Name a letter by its template."""
    return f"《{TITLES[template]}》" if template in TITLES else f"《通知书》（模板 {template}）"
