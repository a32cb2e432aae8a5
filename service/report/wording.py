"""The Chinese words of the report, by the codes that entries use. An unknown code is printed as it is."""

ROLES = {
    "creditor": "债权人", "debtor": "债务人", "joint_debtor": "共同债务人", "debt_joiner": "债务加入人",
    "guarantor": "保证人",
}  # fmt: skip
PERSONS = {"person": "自然人", "organisation": "法人或其他组织"}
GUARANTEES = {"general": "一般保证", "joint": "连带责任保证", "unspecified": "保证方式未约定"}
CLAIMS = {
    "loan": "借款", "instalment_loan": "分期借款", "receivable": "应收账款", "student_loan": "助学贷款",
    "house_price": "购房款", "periodic_fee": "定期费用", "rent": "租金", "damages": "损害赔偿", "deposit": "存款本息",
    "bond": "债券本息", "capital_contribution": "缴付出资", "maintenance_fund": "专项维修资金",
    "return_of_property": "返还财产", "support": "抚养费、赡养费或者扶养费", "cessation": "停止侵害等",
    "other": "其他债权",
}  # fmt: skip
CAUSES = {
    "loan": "借款合同纠纷", "instalment_loan": "借款合同纠纷", "student_loan": "借款合同纠纷",
    "receivable": "合同纠纷", "house_price": "房屋买卖合同纠纷", "periodic_fee": "合同纠纷",
    "rent": "租赁合同纠纷", "deposit": "储蓄存款合同纠纷", "capital_contribution": "股东出资纠纷",
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
OUTCOMES = {
    "delivered": "妥投", "refused": "拒收", "returned": "退回", "arrived": "到达", "read": "已读", "unread": "未读",
    "published": "公告刊出",
}  # fmt: skip
RELATIONS = {
    "self": "本人", "cohabiting_adult": "同住成年家属", "mail_room": "收发部门", "authorised": "受托人",
    "legal_representative": "法定代表人", "agent": "代理人", "estate_administrator": "遗产管理人",
    "property_custodian": "财产代管人", "guard": "门卫", "locker": "快递柜", "minor": "未成年人",
    "unauthorised": "未经授权的人", "unknown": "关系不详",
}  # fmt: skip
SIGNATURES = {
    "receipt_only": "仅表示收到", "no_text": "只有签章，没有其他文字", "reservation": "写明保留",
    "confirms": "确认债务",
    "agrees": "同意履行", "new_guarantee": "另行承诺保证",
}  # fmt: skip
ADDRESSES = {
    "agreed": "约定或确认的送达地址", "registered": "登记住所", "identity": "身份证件住址",
    "last_known": "最后已知地址",
    "wrong": "事后查明有误",
}  # fmt: skip
SCANS = {
    "signed_notice": "签收的通知书", "reply_slip": "回执", "envelope": "信封", "label": "邮件面单", "other": "其他",
}  # fmt: skip
FILES = {
    "document_pdf": "（定稿，PDF）", "document_docx": "（同一函件的文字处理格式）", "posting_slip": "寄件存根",
    "posting_receipt": "收寄凭证", "packing_photo": "装封照片", "label": "邮件面单", "raw": "承运人数据原文",
    "tracking_print": "邮件轨迹查询结果", "receipt_image": "投递回执", "return_envelope": "退回邮件的信封",
    "photo": "照片", "scan": "扫描件", "payment_slip": "付款凭证", "agreement": "协议", "letter": "信函",
    "court_document": "法律文书", "recording_transcript": "录音整理稿", "notice_copy": "函件留底",
    "ledger": "账务流水", "contract_clause": "合同条款", "authority_record": "有关机关的记录",
    "cause_record": "障碍事由证明",
    "address_proof": "地址依据", "signer_identity": "签收人身份证明", "signer_relation": "签收人与收件人关系证明",
    "signer_authority": "授权证明", "device_photo": "原始设备照片", "screenshot": "屏幕截图",
    "export": "数据导出文件",
    "identity_tie": "号码或账号归属证明", "carrier_log": "通信记录", "reply": "对方回复", "recording": "录音",
    "video": "录像", "witness_statement": "证人证言", "notarial_deed": "公证书",
    "notarial_deed_thin": "公证书（未载明函件内容）", "newspaper_page": "报纸整版",
    "whereabouts_proof": "下落不明证明",
    "medium_proof": "刊载媒体级别证明", "other": "附件",
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
    "matter.closed": "结案", "extension.agreed": "达成展期", "claim.accelerated": "宣布提前到期",
    "debt.assumed": "债务承担或加入", "iou.received": "收到欠条", "agreement.made": "就债务另行达成协议",
    "guarantee.renewed": "另行承诺保证", "debtor_first.ended": "先诉抗辩权消灭", "proof.added": "补充证据",
    "arbitration.ended": "仲裁终结", "payment_order.ended": "督促程序终结", "bankruptcy.petitioned": "申请破产",
    "bankruptcy.ended": "破产程序终结", "preservation.ended": "保全解除", "enforcement.applied": "申请执行",
    "enforcement.ended": "执行终结", "mediation.ended": "调解终结", "police.ended": "刑事程序终结",
}  # fmt: skip
CREDITOR_ACTS = frozenset({
    "setoff.declared", "suit.filed", "arbitration.filed", "payment_order.applied", "bankruptcy.claim_filed",
    "preservation.applied", "mediation.requested", "police.reported", "debit.made", "bankruptcy.petitioned",
    "enforcement.applied",
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
    "plan.agreed": "performance", "debt.confirmed": "performance", "extension.agreed": "performance",
    "debt.assumed": "performance", "iou.received": "performance", "agreement.made": "performance",
    "guarantee.renewed": "performance", "claim.accelerated": "due", "debtor_first.ended": "guarantors",
    "proof.added": "service",
}  # fmt: skip
KEYS = {
    "account": "账号", "address": "地址", "administrator": "管理人", "against": "对方", "amount": "金额",
    "applied_to": "抵充", "assignee": "受让人", "assignee_no": "受让人证件号码", "at": "时间", "authority": "机关",
    "before_suit": "诉前", "body": "调解组织", "by": "经办人", "carrier": "承运人", "case_no": "案号",
    "cause": "事由",
    "channel": "方式", "clause": "合同依据", "contract_no": "合同编号", "court": "法院或机构",
    "declared_by": "主张方", "deemed_days": "视为送达天数", "delivered_at": "结果时间", "due_on": "履行日",
    "effective_on": "生效日",
    "events": "轨迹", "form": "担保方式", "instalments": "分期", "item_description": "内件品名", "kind": "种类",
    "marks": "勾填", "notified_by": "通知人", "on": "日期", "outcome": "结果", "party": "当事人",
    "payer_account": "付款账号", "payer_name": "付款人", "phone": "电话", "posted_at": "交寄时间",
    "promised_due_on": "承诺履行日", "provider": "担保人", "reached": "接触到", "reason": "原因",
    "receipt_no": "回执编号", "recipient": "收件人", "relation": "关系", "result": "结果", "said": "谈话内容",
    "signed_by": "签收人", "signed_on": "签署日期", "source": "来源", "text": "说明", "until_on": "请求延至",
    "waybill_no": "邮件号", "currency": "币种", "corrects_seq": "所更正的记录", "facts": "正确的事实",
    "about_seq": "所证明的记录", "address_basis": "地址依据", "admitted": "承认债务", "after_hours": "营业时间以后",
    "arrived_on": "到达日", "assets_known": "有可供执行的财产", "by_assignee": "由受让人提起",
    "consented": "书面同意的保证人",
    "demanded": "要求履行", "grace_days": "宽限天数", "ground": "情形", "held": "系统外保存的证据",
    "in_suit": "在诉讼中主张",
    "mode": "保证方式", "notarised": "依据公证债权文书", "obstacle": "事由代号", "original_held": "保存纸质原件",
    "performance_due_on": "履行期间届满日", "period_months": "保证期间（月）", "prevented": "无从知悉",
    "refuses": "明确表示不履行", "ruling_served_on": "裁定送达债权人之日", "signature": "签署的含义",
    "signer": "签署人",
    "states_amount": "说明金额", "to_on": "展期后到期日", "way": "诉讼形式", "wording": "函件内容的法律意义",
}  # fmt: skip
CHANNELS = {
    "phone": "电话", "sms": "短信", "visit": "上门", "wechat": "微信", "fax": "传真", "email": "电子邮件",
    "letter": "书面", "hand": "当面递交", "ems": "邮政特快专递（EMS）", "courier": "快递",
    "registered_mail": "挂号信",
    "newspaper": "报纸公告", "notary": "公证送达", "other": "其他方式",
}  # fmt: skip
VALUES = {
    "outcome": {
        **OUTCOMES, "signed": "签收", "unreached": "未联系上", "judgment": "裁判支持", "settlement": "调解或和解",
        "dismissed": "驳回起诉或申请", "rejected": "驳回请求", "not_accepted": "不予受理（立案）",
        "terminated": "终结",
        "no_assets": "终结本次执行程序", "not_prosecuted": "不起诉", "criminal_judgment": "刑事判决",
        "paid": "清偿", "settled": "和解", "assigned": "转让", "written_off": "核销",
        "withdrawn": "撤回", "other": "其他",
    },
    "relation": RELATIONS, "carrier": CARRIERS, "channel": CHANNELS,
    "applied_to": {"principal": "本金", "interest": "利息", "penalty": "罚息", "costs": "费用", "mixed": "混合"},
    "form": {
        "mortgage": "抵押", "pledge": "质押", "guarantee": "保证", "deposit": "定金", "lien": "留置", "other": "其他",
    },
    "address_basis": ADDRESSES, "signature": SIGNATURES, "mode": GUARANTEES,
    "way": {
        "suit": "起诉", "joinder": "追加当事人", "subrogation_suit": "代位权诉讼",
        "declaration": "申请宣告失踪或死亡",
    },
    "ground": {
        "debtor_missing": "债务人下落不明且无财产可供执行", "bankruptcy": "人民法院已经受理债务人破产案件",
        "assets_insufficient": "有证据证明债务人的财产不足以履行全部债务或者丧失履行能力",
        "waived": "保证人书面放弃权利",
    },
    "held": {
        "signed_original": "签署原件", "original_device": "原始设备", "returned_parcel": "退回的邮件",
        "witness": "证人",
        "video": "录像", "recording": "录音", "notarial_deed": "公证书", "bank_record": "银行凭证",
        "ledger": "账务流水",
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
