"""The whole story as a bank's case system, its legal staff and an auditor play it, up to asking for the bundle."""

import hashlib
import io
import json

import docx
import httpx
import pypdfium2
from story import VECTORS, Story, events_of, matter_body, notice_body, post, upload

from service.records import jobs
from service.records.engine import writing

SLIP = VECTORS / "good.jpg"


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    finally:
        document.close()


def test_the_story(story: Story) -> None:
    with (
        story.client("case_system") as case_system,
        story.client("legal_staff") as staff,
        story.client("auditor") as auditor,
    ):
        matter = open_matter(case_system)
        demand = issue(case_system, matter, "loan-demand")
        to_guarantor = issue(case_system, matter, "guarantor-demand")
        assert [demand["notice_no"], to_guarantor["notice_no"]] == ["DEMO-2026-000001", "DEMO-2026-000002"]
        read_documents(case_system, demand)
        story.clock.move(hours=4)
        dispatch = record_dispatch(staff, demand)
        story.clock.move(days=2)
        record_arrival(staff, demand, dispatch)
        record_facts(staff, matter)
        follow_bundle(story, staff, matter)
        look_it_up(story, auditor, demand)
        read_everything(case_system, matter)


def open_matter(client: httpx.Client) -> str:
    answer = post(client, "/v1/matters", matter_body())
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert answer.headers["location"] == found["links"]["self"] == f"/v1/matters/{found['id']}"
    assert found["entry"]["seq"] == 1
    assert found["warnings"] == []
    return found["id"]


def issue(client: httpx.Client, matter: str, template: str) -> dict:
    key = {"Idempotency-Key": f"issue-{template}"}
    body = notice_body(matter, template=template)
    answer = client.post("/v1/notices", json=body, headers=key)
    assert answer.status_code == 201, answer.text
    again = client.post("/v1/notices", json=body, headers=key)
    assert (again.content, again.headers["idempotent-replayed"]) == (answer.content, "true")
    found = answer.json()
    assert answer.headers["location"] == f"/v1/notices/{found['id']}"
    assert [each["role"] for each in found["documents"]] == ["document_pdf", "document_docx"]
    assert found["links"]["public"] == f"/v/{found['notice_no']}"
    return found


def read_documents(client: httpx.Client, notice: dict) -> None:
    pdf = client.get(notice["links"]["pdf"])
    assert hashlib.sha256(pdf.content).hexdigest() == notice["documents"][0]["sha256"]
    assert pdf.headers["content-type"] == "application/pdf"
    assert notice["notice_no"] in text_of(pdf.content)
    twin = client.get(notice["links"]["docx"])
    assert hashlib.sha256(twin.content).hexdigest() == notice["documents"][1]["sha256"]
    paragraphs = "".join(paragraph.text for paragraph in docx.Document(io.BytesIO(twin.content)).paragraphs)
    assert "张三" in paragraphs
    assert client.head(notice["links"]["pdf"]).headers["content-length"] == str(len(pdf.content))
    part = client.get(notice["links"]["pdf"], headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"%PDF-")


def record_dispatch(staff: httpx.Client, notice: dict) -> dict:
    facts = {
        "carrier": "ems",
        "waybill_no": "ＥＢ 000717618 hk",
        "item_description": "《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息",
        "posted_at": "2026-11-24T09:30:00+08:00",
        "recipient": "张三",
        "digests": {"good.jpg": hashlib.sha256(SLIP.read_bytes()).hexdigest()},
    }
    answer = upload(
        staff, notice["links"]["dispatches"], facts, ("posting_slip", "good.jpg"), ("packing_photo", "good.png")
    )
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["facts"]["waybill_no"] == "EB000717618HK"
    assert found["facts"]["posted_at"] == "2026-11-24T01:30:00Z"
    assert found["warnings"] == []
    assert staff.get(found["files"][0]["href"]).content == SLIP.read_bytes()
    return found


def record_arrival(staff: httpx.Client, notice: dict, dispatch: dict) -> None:
    trail = {
        "events": [
            {"at": "2026-11-24T11:00:00+08:00", "status": "accepted", "text": "已收寄", "place": "示例市"},
            {"at": "2026-11-26T09:00:00+08:00", "status": "delivered_self", "text": "已签收，本人签收", "code": "301"},
        ],
        "source": "ems.com.cn",
    }
    answer = post(staff, dispatch["links"]["tracking"], trail)
    assert answer.status_code == 201, answer.text
    receipt = {
        "outcome": "delivered",
        "delivered_at": "2026-11-26T09:00:00+08:00",
        "signed_by": "张三",
        "relation": "self",
    }
    answer = upload(staff, dispatch["links"]["receipts"], receipt, ("receipt_image", "good.jpg"))
    assert answer.status_code == 201, answer.text
    assert answer.json()["warnings"] == []
    marks = {"received": True, "promise": {"amount": "5000.00", "currency": "CNY", "due_on": "2026-12-31"}}
    slip = {"kind": "reply_slip", "signed_on": "2026-11-26", "marks": marks}
    answer = upload(staff, notice["links"]["scans"], slip, ("scan", "good.pdf"))
    assert answer.status_code == 201, answer.text
    assert answer.json()["facts"]["marks"] == marks
    now = staff.get(notice["links"]["self"]).json()
    assert now["dispatches"][0]["receipts"][0]["outcome"] == "delivered"
    assert [scan["kind"] for scan in now["scans"]] == ["reply_slip"]


def record_facts(staff: httpx.Client, matter: str) -> None:
    url = f"/v1/matters/{matter}/events"
    paid = {"kind": "payment.received", "on": "2026-11-25", "party": "p2", "amount": "1000.00", "currency": "CNY"}
    answer = upload(staff, url, paid, ("payment_slip", "good.pdf"))
    assert answer.status_code == 201, answer.text
    assert answer.json()["entry"]["kind"] == "payment.received"
    promised = {"kind": "promise.made", "on": "2026-11-26", "party": "p2", "due_on": "2026-12-31", "text": "月底还清"}
    sued = {"kind": "suit.filed", "on": "2026-11-26", "court": "示例市示例区人民法院", "against": ["p2", "p3"]}
    fixed = {"kind": "entry.corrected", "corrects_seq": 8, "reason": "金额有误", "facts": {"amount": "1001.00"}}
    for fact in (promised, sued, fixed):
        answer = post(staff, url, fact)
        assert answer.status_code == 201, answer.text
        assert answer.json()["facts"] == {name: value for name, value in fact.items() if name != "kind"}


def follow_bundle(story: Story, staff: httpx.Client, matter: str) -> None:
    answer = post(staff, f"/v1/matters/{matter}/bundles", {})
    assert answer.status_code == 202, answer.text
    found = answer.json()
    job = found["job"]["id"]
    assert answer.headers["location"] == f"/v1/jobs/{job}"
    assert story.asked == [(story.tenant.id, found["bundle"])]
    assert staff.get(f"/v1/jobs/{job}").json()["state"] == "queued"
    assert staff.get(f"/v1/bundles/{found['bundle']}").json()["state"] == "building"
    assert staff.get(f"/v1/bundles/{found['bundle']}/download").status_code == 409
    data = b"PK\x05\x06" + bytes(18)
    key = f"tenants/{story.tenant.id}/bundles/{found['bundle']}.zip"
    digest = hashlib.sha256(data).digest()
    story.objects.put(key, io.BytesIO(data), size=len(data), sha256=digest, media_type="application/zip")
    with writing(story.engine) as conn:
        jobs.start_job(conn, job_id=job, at=story.clock(), total=4)
        jobs.update_bundle(
            conn, bundle_id=found["bundle"], state="ready", sha256=digest, size=len(data), object_key=key, seal_seq=1
        )
        jobs.finish_job(conn, job_id=job, at=story.clock(), result={"bundle": found["bundle"]})
    with staff.stream("GET", f"/v1/jobs/{job}/events") as stream:
        last = list(events_of(stream))[-1]
    assert last["event"] == "finished"
    links = json.loads(last["data"])["result"]["links"]
    zipped = staff.get(links["download"])
    assert (zipped.content, zipped.headers["content-type"]) == (data, "application/zip")
    assert staff.get(links["bundle"]).json()["sha256"] == digest.hex()


def look_it_up(story: Story, auditor: httpx.Client, notice: dict) -> None:
    story.services.sequencer.integrate()
    answer = auditor.post("/v1/verifications", json={"sha256": notice["documents"][0]["sha256"]})
    assert answer.json()["recorded"] is True
    assert answer.json()["places"][0]["log"]["leaf_index"] >= 0


def read_everything(client: httpx.Client, matter: str) -> None:
    first = client.get(f"/v1/matters/{matter}/entries", params={"limit": 4}).json()
    rest = client.get(f"/v1/matters/{matter}/entries", params={"cursor": first["next_cursor"]}).json()
    items = first["items"] + rest["items"]
    assert [item["seq"] for item in items] == list(range(1, len(items) + 1))
    assert [item["kind"] for item in items] == [
        "matter.opened",
        "notice.issued",
        "notice.issued",
        "dispatch.recorded",
        "tracking.recorded",
        "receipt.recorded",
        "scan.recorded",
        "payment.received",
        "promise.made",
        "suit.filed",
        "entry.corrected",
    ]
    assert all(item["logged"] and len(item["body"]["salt"]) == 64 for item in items)
    now = client.get(f"/v1/matters/{matter}").json()
    assert now["head"]["seq"] == len(items)
    assert [notice["notice_no"] for notice in now["notices"]] == ["DEMO-2026-000001", "DEMO-2026-000002"]
