"""A matter told as entries: a bank, a debtor, a guarantor; and the means to tell others."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from evidence.entry import FileRef, named_files
from evidence.layout import payload_path
from service.report import ReportEntry, ReportSource

PREPARED_AT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
LABEL = "开发用时间戳机构，不受信任 / development timestamp authority, UNTRUSTED"
PDF, JPEG = "application/pdf", "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

PARTIES: list[dict[str, Any]] = [
    {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行股份有限公司示例支行",
     "id_no": "91110000MA0000003T", "address": "示例省示例市示例区样本大街100号", "phone": "010-00000000"},
    {"party": "p2", "role": "debtor", "kind": "person", "name": "张三", "id_no": "110101199003077475",
     "address": "示例省示例市示例区样本路1号2单元301室", "phone": "138-0000-0000"},
    {"party": "p3", "role": "guarantor", "kind": "person", "name": "李四", "id_no": "110101198801010011",
     "address": "示例省示例市示例区样本路9号",
     "guarantee": {"mode": "joint", "contract_no": "示例保字第2023-0001号", "contract_on": "2023-11-20",
                   "period_until_on": "2027-04-20", "max_amount": "1200000.00"}},
]  # fmt: skip
CLAIM: dict[str, Any] = {
    "kind": "loan", "contract_no": "示例借字第2023-0001号", "contract_on": "2023-11-20", "due_on": "2026-04-20",
    "principal": {"amount": "1000000.00", "currency": "CNY"}, "description": "个人经营性借款",
}  # fmt: skip


def named(name: str, role: str, media_type: str, *, salt: str = "") -> dict[str, Any]:
    """A file as bodies name it; its digest comes from its name."""
    digest = hashlib.sha256((name + salt).encode()).hexdigest()
    return {"file": name, "sha256": digest, "size": 20_480 + len(name), "media_type": media_type, "role": role}


@dataclass
class Telling:
    """Entries, one after the other, an hour apart unless told."""

    matter: str = "m_4k2y7q3n5w6x2z4a5b6c7d2e3f"
    entries: list[ReportEntry] = field(default_factory=list)

    def tell(self, kind: str, at: str = "", /, **facts: Any) -> ReportEntry:
        seq = len(self.entries) + 1
        body: Mapping[str, Any] = {**facts, "salt": hashlib.sha256(b"salt%d" % seq).hexdigest()}
        recorded = datetime.fromisoformat(at) if at else self.entries[-1].at + timedelta(hours=1)
        paths = {ref.sha256: payload_path(ref, kind=kind, seq=seq) for ref in _refs(body)}
        entry = ReportEntry(
            seq=seq,
            kind=kind,
            at=recorded.astimezone(UTC),
            leaf_hash_hex=hashlib.sha256(b"leaf%d" % seq).hexdigest(),
            body_sha256_hex=hashlib.sha256(b"body%d" % seq).hexdigest(),
            facts=body,
            log_index=100 + seq,
            paths=paths,
        )
        self.entries.append(entry)
        return entry

    def open(self, at: str = "2026-05-06T09:00:00+08:00", **more: Any) -> "Telling":
        facts = {"matter": self.matter, "reference": "示例催收-2026-001", "claim": CLAIM, "parties": PARTIES, **more}
        self.tell("matter.opened", at, **facts)
        return self

    def notice(self, number: int, party: str, name: str, at: str, *, template: str = "loan-demand", **more: Any) -> str:
        no, guarantor = f"DEMO-2026-{number:06d}", template == "guarantor-demand"
        wording = {"demands_payment": True, "demands_guarantee": guarantor, "states_amount": True}
        documents = [named(f"{no}.pdf", "document_pdf", PDF), named(f"{no}.docx", "document_docx", DOCX)]
        self.tell(
            "notice.issued", at, notice=f"n_{number}", notice_no=no, template=template, version="v1", engine="docx",
            party=party, to_name=name, pages=2, documents=documents, issued_at=_utc(at),
            fields={"total": "1048937.50", "pay_by_on": "2026-12-10"}, **{"wording": wording, **more},
        )  # fmt: skip
        return f"n_{number}"

    def posted(self, notice: str, at: str, **more: Any) -> str:
        dispatch = f"d_{len(self.entries)}"
        facts = {"carrier": "ems", "waybill_no": f"EB{len(self.entries):09d}CN", "posted_at": _utc(at), **more}
        self.tell("dispatch.recorded", at, dispatch=dispatch, notice=notice, **facts)
        return dispatch

    def source(self, **more: Any) -> ReportSource:
        facts: dict[str, Any] = {
            "matter_id": self.matter, "tenant_name": "某某银行股份有限公司示例支行", "bundle_id": "b_2345",
            "prepared_at": PREPARED_AT, "entries": tuple(self.entries), "origin": "log.example.org/duly",
            "tree_size": 4096, "root_hex": "ab" * 32, "witnesses": 0,
            "authorities": (("dev1", LABEL), ("dev2", LABEL)),
            **more,
        }  # fmt: skip
        return ReportSource(**facts)


def bank_story() -> Telling:
    """Debtor served, guarantor refuses, a payment, a promise, a correction, a voided number, a second demand."""
    story = Telling().open()
    first = story.notice(1, "p2", "张三", "2026-05-06T10:00:00+08:00")
    second = story.notice(2, "p3", "李四", "2026-05-06T10:20:00+08:00", template="guarantor-demand")
    slip = named("寄件存根.jpg", "posting_slip", JPEG)
    item = "《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息"
    one = story.posted(
        first, "2026-05-07T15:30:00+08:00", recipient="张三", address=PARTIES[1]["address"], item_description=item,
        files=[slip, named("装封.jpg", "packing_photo", JPEG)],
    )  # fmt: skip
    two = story.posted(
        second, "2026-05-07T15:40:00+08:00", recipient="李四", address=PARTIES[2]["address"],
        item_description="《保证人履行保证责任通知书》示例保字第2023-0001号，要求承担保证责任",
        files=[named("存根二.jpg", "posting_slip", JPEG)],
    )  # fmt: skip
    events = [
        {"at": "2026-05-07T08:00:00Z", "status": "accepted", "text": "已收寄", "place": "示例市"},
        {"at": "2026-05-08T01:00:00Z", "status": "in_transit", "text": "运输中", "place": "示例市处理中心"},
        {"at": "2026-05-09T02:10:00Z", "status": "delivered", "text": "已签收，本人签收", "place": "示例区投递部"},
    ]
    story.tell("tracking.recorded", "2026-05-10T09:00:00+08:00", dispatch=one, events=events, source="EMS 官网查询",
               files=[named("轨迹.json", "raw", "application/json")])  # fmt: skip
    wrong = story.tell("receipt.recorded", receipt="r_1", dispatch=one, outcome="delivered", signed_by="张三",
                       relation="self", delivered_at="2026-05-10T02:10:00Z",
                       files=[named("投递回执.jpg", "receipt_image", JPEG)])  # fmt: skip
    story.tell("receipt.recorded", receipt="r_2", dispatch=two, outcome="refused",
               delivered_at="2026-05-11T03:00:00Z", reason="收件人拒收",
               files=[named("退回批条.jpg", "return_envelope", JPEG)])  # fmt: skip
    story.tell("entry.corrected", corrects_seq=wrong.seq, reason="录入时日期误写，回执所载为5月9日",
               facts={"delivered_at": "2026-05-09T02:10:00Z"})  # fmt: skip
    story.tell("scan.recorded", "2026-05-20T10:00:00+08:00", scan="s_1", notice=first, kind="reply_slip",
               signed_on="2026-05-15", marks={"received": True, "amount_confirmed": True,
               "promise": {"due_on": "2026-06-30", "amount": "100000.00", "currency": "CNY"}},
               files=[named("回执.pdf", "scan", PDF)])  # fmt: skip
    story.tell("payment.received", "2026-06-30T17:00:00+08:00", party="p2", on="2026-06-30",
               amount="50000.00", currency="CNY", payer_name="张三", applied_to="interest",
               text="网银转入，附言“还贷款”",
               files=[named("回单.pdf", "payment_slip", PDF)])  # fmt: skip
    story.tell("promise.made", party="p2", on="2026-07-02", due_on="2026-08-31", channel="phone",
               text="电话中表示余款于2026年8月底前还清")  # fmt: skip
    story.tell("notice.voided", "2026-09-01T09:00:00+08:00", notice="n_x", notice_no="DEMO-2026-000003",
               reason="出具失败，该编号作废（render_missing_field）")  # fmt: skip
    third = story.notice(4, "p2", "张三", "2026-09-01T10:00:00+08:00")
    three = story.posted(third, "2026-09-02T11:00:00+08:00", files=[named("存根三.jpg", "posting_slip", JPEG)])
    story.tell("receipt.recorded", "2026-09-08T10:00:00+08:00", receipt="r_3", dispatch=three, outcome="returned",
               reason="原址查无此人")  # fmt: skip
    story.tell("suit.filed", "2026-10-12T15:00:00+08:00", on="2026-10-12", against=["p2", "p3"],
               court="示例市示例区人民法院", case_no="（2026）示例0101民初1号")  # fmt: skip
    return story


def _refs(body: Mapping[str, Any]) -> tuple[FileRef, ...]:
    return named_files(body)


def _utc(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
