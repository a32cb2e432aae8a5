"""What follows a notice, over HTTP: dispatch, tracking, receipt, scan and facts, with what is wrong about each."""

import hashlib
from typing import Any

import httpx
import pytest
from faults import Fault, Plan
from story import VECTORS, Story, fresh_key, issued, opened, post, upload
from test_problems import places, problem

from service.waybills import is_s10

POSTED = "2026-11-24T06:30:00+08:00"
NAMED = "《逾期贷款催收通知书》示例借字第2023-0001号"


@pytest.fixture(scope="module")
def notice(story: Story, admin: httpx.Client) -> dict[str, Any]:
    found = issued(admin, opened(admin)["id"])
    story.clock.move(hours=2)
    return found


@pytest.fixture(scope="module")
def dispatch(admin: httpx.Client, notice: dict[str, Any]) -> dict[str, Any]:
    facts = {"carrier": "ems", "posted_at": POSTED, "waybill_no": "1136281381675", "item_description": NAMED}
    answer = post(admin, notice["links"]["dispatches"], facts)
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return places(answer.json())


def codes(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 201, answer.text
    return {warning["code"] for warning in answer.json()["warnings"]}


@pytest.mark.parametrize("number", ["EB000717618HK", "RR473124829FI"])
def test_s10(number: str) -> None:
    assert is_s10(number)
    wrong = str((int(number[10]) + 1) % 10)
    assert not is_s10(number[:10] + wrong + number[11:])
    assert not is_s10(number[1:])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"waybill_no": "EB000717618HK", "item_description": NAMED}, set()),
        ({"waybill_no": "eb 000717618 hk", "item_description": NAMED}, set()),
        ({"waybill_no": "EB000717619HK", "item_description": NAMED}, {"waybill.check_digit"}),
        ({"waybill_no": "1136281381675", "item_description": NAMED}, set()),
        ({"waybill_no": "113628138167", "item_description": NAMED}, {"waybill.form"}),
        ({"waybill_no": "1136281381675"}, {"item_description.missing"}),
        ({"waybill_no": "1136281381675", "item_description": "催款函1份"}, {"item_description.vague"}),
        ({"waybill_no": "1136281381675", "item_description": "文件、资料"}, {"item_description.vague"}),
        ({"waybill_no": "1136281381675", "item_description": "文件"}, {"item_description.vague"}),
        ({"waybill_no": "1136281381675", "item_description": "《催款函》两份"}, {"item_description.vague"}),
        ({}, {"waybill.missing", "item_description.missing"}),
        ({"carrier": "hand"}, set()),
        ({"carrier": "hand", "waybill_no": None}, set()),
    ],
)
def test_a_dispatch_is_warned_of_never_refused(
    admin: httpx.Client, notice: dict[str, Any], facts: dict[str, str], expected: set[str]
) -> None:
    body = {"carrier": "ems", "posted_at": POSTED} | facts
    assert codes(post(admin, notice["links"]["dispatches"], body)) == expected


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"posted_at": "2026-11-24T06:30:00"}, {"/posted_at": "instant_malformed"}),
        ({"posted_at": "2026-11-24"}, {"/posted_at": "string_too_short"}),
        ({"posted_at": "2026-11-23T06:30:00+08:00"}, {"/posted_at": "dates_out_of_order"}),
        ({"posted_at": "2027-11-24T06:30:00+08:00"}, {"/posted_at": "in_the_future"}),
        ({"posted_at": "9999-12-31T23:59:59-12:00"}, {"/posted_at": "instant_malformed"}),
        ({"carrier": "pigeon"}, {"/carrier": "literal_error"}),
        ({"waybill_no": "1" * 65}, {"/waybill_no": "string_too_long"}),
        ({"waybill_no": " ０ " * 67}, {"/waybill_no": "string_too_long"}),
        ({"recipient": "张{{三}}"}, {"/recipient": "text.placeholder"}),
        ({"address": "样本路\u202e1号"}, {"/address": "direction_mark"}),
        ({"dispatch": "d_mine", "salt": "00"}, {"/dispatch": "extra_forbidden", "/salt": "extra_forbidden"}),
    ],
)
def test_a_dispatch_that_does_not_hold(
    admin: httpx.Client, notice: dict[str, Any], facts: dict[str, str], place: dict[str, str]
) -> None:
    assert refused(post(admin, notice["links"]["dispatches"], {"carrier": "ems", "posted_at": POSTED} | facts)) == place


def test_files_with_the_wrong_digest_role_or_type(story: Story, admin: httpx.Client, notice: dict[str, Any]) -> None:
    url, facts = notice["links"]["dispatches"], {"carrier": "hand", "posted_at": POSTED}
    before = set(story.objects.keys("tenants/"))
    answer = upload(admin, url, facts | {"digests": {"good.jpg": "00" * 32}}, ("label", "good.jpg"))
    problem(answer, 400, "digest_mismatch")
    assert refused(upload(admin, url, facts, ("selfie", "good.jpg"))) == {"/files/0": "role_unknown"}
    assert refused(upload(admin, url, facts, ("label", "pdf-in-disguise.jpg"))) == {"/files/0": "type_mismatch"}
    assert refused(upload(admin, url, facts, ("label", "encrypted-user-password.pdf"))) == {"/files/0": "pdf_encrypted"}
    big = [
        ("facts", (None, '{"carrier":"hand"}', "application/json")),
        ("label", ("b.png", bytes(3_000_000), "image/png")),
    ]
    assert admin.post(url, files=big, headers=fresh_key()).status_code == 413
    assert set(story.objects.keys("tenants/")) == before


def test_files_come_out_only_through_a_matter_that_names_them(
    story: Story, admin: httpx.Client, notice: dict[str, Any]
) -> None:
    facts = {"carrier": "hand", "posted_at": POSTED}
    answer = upload(admin, notice["links"]["dispatches"], facts, ("label", "good.png"))
    assert answer.status_code == 201, answer.text
    file = answer.json()["files"][0]
    data = (VECTORS / "good.png").read_bytes()
    out = admin.get(file["href"])
    assert (out.content, out.headers["content-type"]) == (data, "image/png")
    assert "good.png" in out.headers["content-disposition"]
    elsewhere = opened(admin)["id"]
    problem(admin.get(f"/v1/files/{file['sha256']}", params={"matter": elsewhere}), 404, "not_found")
    problem(admin.get(f"/v1/files/{'0' * 64}", params={"matter": notice["matter"]}), 404, "not_found")
    assert refused(admin.get(f"/v1/files/{file['sha256']}")) == {"#query/matter": "missing"}


def test_tracking(admin: httpx.Client, dispatch: dict[str, Any]) -> None:
    url = dispatch["links"]["tracking"]
    event = {"at": POSTED, "status": "accepted", "text": "已收寄"}
    assert codes(upload(admin, url, {"events": [event], "source": "ems.com.cn"}, ("raw", "good.pdf"))) == set()
    assert refused(post(admin, url, {"events": [], "source": "x"})) == {"/events": "too_short"}
    late = event | {"at": "2027-01-01T00:00:00Z", "status": "Accepted!"}
    assert refused(post(admin, url, {"events": [event, late], "source": "x"})) == {
        "/events/1/status": "string_pattern_mismatch"
    }
    late["status"] = "accepted"
    assert refused(post(admin, url, {"events": [event, late], "source": "x"})) == {"/events/1/at": "in_the_future"}
    problem(post(admin, "/v1/dispatches/d_none/tracking", {"events": [event], "source": "x"}), 404, "not_found")


def test_receipts(admin: httpx.Client, dispatch: dict[str, Any]) -> None:
    url = dispatch["links"]["receipts"]
    at = {"delivered_at": "2026-11-24T07:30:00+08:00"}
    good = {"outcome": "delivered", "signed_by": "张三", "relation": "self"} | at
    assert codes(upload(admin, url, good, ("receipt_image", "good.jpg"))) == set()
    assert codes(post(admin, url, good | {"relation": "guard"})) == {"receipt.weak_signature", "receipt.no_file"}
    assert codes(post(admin, url, {"outcome": "refused"} | at)) == {"receipt.reason_missing", "receipt.no_file"}
    assert refused(post(admin, url, {"outcome": "delivered"})) == {"/delivered_at": "delivered_at_missing"}
    early = {"outcome": "delivered", "delivered_at": "2026-11-24T06:00:00+08:00"}
    assert refused(post(admin, url, early)) == {"/delivered_at": "dates_out_of_order"}
    assert refused(post(admin, url, good | {"relation": "dog"})) == {"/relation": "literal_error"}


def test_scans(admin: httpx.Client, notice: dict[str, Any]) -> None:
    url = notice["links"]["scans"]
    assert refused(post(admin, url, {"kind": "label"})) == {"/files": "scan_missing"}
    later = {"kind": "reply_slip", "signed_on": "2026-12-01"}
    assert refused(upload(admin, url, later, ("scan", "good.png"))) == {"/signed_on": "in_the_future"}
    marks = {"received": "yes", "promise": {"amount": "5.00", "due_on": "2026-12-31"}, "likes": True}
    assert refused(upload(admin, url, {"kind": "reply_slip", "marks": marks}, ("scan", "good.png"))) == {
        "/marks/received": "bool_type",
        "/marks/promise/currency": "currency_missing",
        "/marks/likes": "extra_forbidden",
    }


FACTS: list[dict[str, Any]] = [
    {"kind": "payment.received", "on": "2026-11-20", "party": "p2", "amount": "1.00", "currency": "CNY"},
    {"kind": "debit.made", "on": "2026-11-20", "party": "p2", "amount": "1.00", "currency": "CNY"},
    {"kind": "promise.made", "on": "2026-11-20", "party": "p2", "due_on": "2026-12-20", "text": "归还"},
    {"kind": "extension.requested", "on": "2026-11-20", "party": "p2", "text": "请求宽限", "until_on": "2027-01-01"},
    {
        "kind": "plan.agreed",
        "on": "2026-11-20",
        "party": "p2",
        "currency": "CNY",
        "instalments": [{"due_on": "2027-01-01", "amount": "1.00"}],
    },
    {"kind": "security.provided", "on": "2026-11-20", "party": "p2", "form": "pledge", "text": "存单"},
    {"kind": "debt.confirmed", "on": "2026-11-20", "party": "p2", "text": "对账无误"},
    {
        "kind": "setoff.declared",
        "on": "2026-11-20",
        "party": "p2",
        "declared_by": "obligor",
        "amount": "1.00",
        "currency": "CNY",
    },
    {"kind": "suit.filed", "on": "2026-11-20", "court": "示例法院", "against": ["p2"], "way": "suit"},
    {"kind": "suit.served", "on": "2026-11-20", "party": "p2"},
    {"kind": "suit.withdrawn", "on": "2026-11-20", "court": "示例法院"},
    {"kind": "suit.ended", "on": "2026-11-20", "court": "示例法院", "outcome": "judgment"},
    {"kind": "arbitration.filed", "on": "2026-11-20", "court": "示例仲裁委员会", "against": ["p2"]},
    {"kind": "payment_order.applied", "on": "2026-11-20", "court": "示例法院", "against": ["p2"]},
    {"kind": "bankruptcy.claim_filed", "on": "2026-11-20", "party": "p2", "administrator": "某某律师事务所"},
    {"kind": "preservation.applied", "on": "2026-11-20", "court": "示例法院", "against": ["p3"], "before_suit": True},
    {"kind": "mediation.requested", "on": "2026-11-20", "body": "示例调解委员会"},
    {"kind": "police.reported", "on": "2026-11-20", "authority": "示例分局"},
    {"kind": "claim.assigned", "on": "2026-11-20", "assignee": "示例资产管理有限公司"},
    {"kind": "assignment.notified", "on": "2026-11-20", "party": "p2", "notified_by": "assignor"},
    {"kind": "contact.made", "on": "2026-11-20", "party": "p2", "channel": "phone", "said": "无人接听", "by": "李四"},
    {"kind": "suspension.started", "on": "2026-11-20", "cause": "force_majeure", "text": "洪水"},
    {"kind": "suspension.ended", "on": "2026-11-21"},
    {"kind": "address.confirmed", "on": "2026-11-20", "party": "p2", "address": "样本路1号"},
    {"kind": "entry.corrected", "corrects_seq": 1, "reason": "笔误", "facts": {"claim": {"parts": [1, None, "二"]}}},
    {"kind": "matter.closed", "on": "2026-11-21", "outcome": "paid"},
    {"kind": "extension.agreed", "on": "2026-11-20", "to_on": "2027-11-20", "consented": ["p3"], "original_held": True},
    {"kind": "debt.assumed", "on": "2026-11-20", "party": "p2", "text": "同意承担"},
    {"kind": "iou.received", "on": "2026-11-20", "party": "p2", "due_on": "2027-01-01"},
    {"kind": "agreement.made", "on": "2026-11-20", "party": "p2", "due_on": "2027-01-01", "original_held": True},
    {"kind": "guarantee.renewed", "on": "2026-11-20", "party": "p3", "mode": "joint", "period_months": 12},
    {"kind": "arbitration.ended", "on": "2026-11-21", "outcome": "rejected"},
    {"kind": "payment_order.ended", "on": "2026-11-21", "court": "示例法院", "outcome": "terminated"},
    {"kind": "bankruptcy.petitioned", "on": "2026-11-20", "court": "示例中院", "against": ["p2"]},
    {"kind": "bankruptcy.ended", "on": "2026-11-21", "outcome": "terminated"},
    {"kind": "preservation.ended", "on": "2026-11-21", "outcome": "terminated"},
    {"kind": "enforcement.applied", "on": "2026-11-20", "court": "示例法院", "against": ["p2"], "notarised": True},
    {
        "kind": "enforcement.ended",
        "on": "2026-11-20",
        "outcome": "no_assets",
        "ruling_served_on": "2026-11-21",
        "assets_known": False,
    },
    {"kind": "mediation.ended", "on": "2026-11-21", "body": "示例调解委员会", "outcome": "terminated"},
    {"kind": "police.ended", "on": "2026-11-21", "authority": "示例分局", "outcome": "not_prosecuted"},
    {"kind": "claim.accelerated", "on": "2026-11-20", "clause": "第八条"},
    {"kind": "debtor_first.ended", "on": "2026-11-20", "party": "p3", "ground": "bankruptcy"},
    {"kind": "proof.added", "about_seq": 2, "on": "2026-11-21", "held": ["signed_original"], "text": "补充"},
]


FACT = {fact["kind"]: fact for fact in FACTS}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["kind"])
def test_each_kind_of_fact(admin: httpx.Client, notice: dict[str, Any], fact: dict[str, Any]) -> None:
    url = f"/v1/matters/{notice['matter']}/events"
    answer = post(admin, url, fact)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["kind"], found["entry"]["kind"]) == (fact["kind"], fact["kind"])
    assert found["facts"] == {name: value for name, value in fact.items() if name != "kind"}
    assert refused(post(admin, url, fact | {"seq": 9})) == {"/seq": "extra_forbidden"}


def test_the_openapi_document_lists_every_kind(admin: httpx.Client) -> None:
    document = admin.get("/openapi.json").json()
    body = document["paths"]["/v1/matters/{matter_id}/events"]["post"]["requestBody"]["content"]["application/json"]
    assert set(body["schema"]["discriminator"]["mapping"]) == {fact["kind"] for fact in FACTS}


@pytest.mark.parametrize(
    ("fact", "place"),
    [
        ({"kind": "gift.received", "on": "2026-11-20"}, {"": "union_tag_invalid"}),
        ({"on": "2026-11-20"}, {"": "union_tag_not_found"}),
        (FACTS[0] | {"on": "2026-11-30"}, {"/on": "in_the_future"}),
        (FACTS[0] | {"party": "p9"}, {"/party": "party_unknown"}),
        (FACTS[0] | {"amount": "1"}, {"/amount": "string_pattern_mismatch"}),
        (FACTS[8] | {"against": ["p2", "p9"]}, {"/against/1": "party_unknown"}),
        (FACTS[8] | {"amount": "1.00"}, {"/currency": "currency_missing"}),
        (FACTS[24] | {"corrects_seq": 10_000}, {"/corrects_seq": "entry_unknown"}),
        (FACTS[24] | {"corrects_seq": True}, {"/corrects_seq": "int_type"}),
        (FACT["extension.agreed"] | {"to_on": "2026-11-19"}, {"/to_on": "dates_out_of_order"}),
        (
            FACT["extension.agreed"] | {"consented": ["p3", "p2", "p9"]},
            {"/consented/1": "guarantor_unknown", "/consented/2": "guarantor_unknown"},
        ),
        (FACT["guarantee.renewed"] | {"party": "p2"}, {"/party": "guarantor_unknown"}),
        (FACT["debtor_first.ended"] | {"party": "p2"}, {"/party": "guarantor_unknown"}),
        (FACT["proof.added"] | {"about_seq": 10_000}, {"/about_seq": "entry_unknown"}),
        (FACT["proof.added"] | {"held": None}, {"/files": "proof_missing"}),
        (FACT["proof.added"] | {"held": ["a_feeling"]}, {"/held/0": "literal_error"}),
        (FACT["assignment.notified"] | {"arrived_on": "2026-11-19"}, {"/arrived_on": "dates_out_of_order"}),
        (FACT["assignment.notified"] | {"arrived_on": "2026-11-30"}, {"/arrived_on": "in_the_future"}),
        (FACTS[24] | {"facts": {"Amount": 1}}, {"/facts/Amount": "key_malformed"}),
        (FACTS[24] | {"facts": {"amount": 1.5}}, {"/facts/amount": "float"}),
        (FACTS[24] | {"facts": {"amount": 2**53}}, {"/facts/amount": "integer_too_large"}),
        (FACTS[24] | {"facts": {"text": "{{ x }}"}}, {"/facts": "text.placeholder"}),
        (FACTS[24] | {"facts": {"a": [{"file": "x.pdf", "sha256": "0" * 64}]}}, {"/facts": "file_named"}),
        (FACTS[24] | {"facts": {"file": "x.pdf", "sha256": "0" * 64}}, {"/facts": "file_named"}),
        (
            {"kind": "contact.made", "channel": "phone", "said": "无人接听", "by": "李四"},
            {"/at": "time_missing"},
        ),
    ],
)
def test_facts_that_do_not_hold(
    admin: httpx.Client, notice: dict[str, Any], fact: dict[str, Any], place: dict[str, str]
) -> None:
    assert refused(post(admin, f"/v1/matters/{notice['matter']}/events", fact)) == place


def test_a_step_before_its_beginning_is_refused_with_the_place_and_the_day(admin: httpx.Client) -> None:
    url = f"/v1/matters/{opened(admin)['id']}/events"
    served = FACT["suit.served"] | {"on": "2026-11-18"}
    ended = FACT["suspension.ended"] | {"on": "2026-11-18"}
    assert post(admin, url, served).status_code == 201  # the filing may be told later
    for fact in (FACT["suit.filed"], FACT["suspension.started"]):
        assert post(admin, url, fact).status_code == 201
    for fact in (served, ended, FACT["suit.withdrawn"] | {"on": "2026-11-19"}):
        answer = post(admin, url, fact)
        assert refused(answer) == {"/on": "dates_out_of_order"}
        assert "2026-11-20" in answer.json()["errors"][0]["message"]
        assert "earlier than" in post(admin, url, fact, **{"Accept-Language": "en"}).json()["errors"][0]["message"]
    assert post(admin, url, FACT["suit.served"]).status_code == 201
    assert post(admin, url, FACT["suspension.ended"] | {"obstacle": "s1"}).status_code == 201


@pytest.mark.slow
def test_a_fact_that_cannot_be_true_beside_what_is_recorded(admin: httpx.Client) -> None:
    url = f"/v1/matters/{opened(admin)['id']}/events"
    assert post(admin, url, FACT["enforcement.applied"]).status_code == 201
    impossible = FACT["enforcement.ended"] | {"ruling_served_on": "2026-11-19"}
    answer = post(admin, url, impossible)
    assert refused(answer) == {"": "contradiction"}
    assert "早于" in answer.json()["errors"][0]["message"]


def test_later_proof_comes_with_its_files(admin: httpx.Client, notice: dict[str, Any]) -> None:
    facts = {"kind": "proof.added", "about_seq": 2, "on": "2026-11-23"}
    url = f"/v1/matters/{notice['matter']}/events"
    answer = upload(admin, url, facts, ("tracking_print", "good.pdf"), ("address_proof", "good.png"))
    assert answer.status_code == 201, answer.text
    assert [file["role"] for file in answer.json()["files"]] == ["tracking_print", "address_proof"]


@pytest.mark.parametrize("outcome", ["arrived", "read", "published"])
def test_what_arrived_needs_its_time(admin: httpx.Client, dispatch: dict[str, Any], outcome: str) -> None:
    url = dispatch["links"]["receipts"]
    assert refused(post(admin, url, {"outcome": outcome})) == {"/delivered_at": "delivered_at_missing"}
    at = {"delivered_at": "2026-11-24T07:30:00+08:00", "after_hours": False, "prevented": True}
    assert codes(post(admin, url, {"outcome": outcome} | at)) == {"receipt.no_file"}
    assert codes(post(admin, url, {"outcome": "unread"})) == {"receipt.no_file", "receipt.unread"}


def test_what_the_law_asks_of_a_dispatch_and_a_scan(admin: httpx.Client, notice: dict[str, Any]) -> None:
    facts = {"carrier": "hand", "posted_at": POSTED, "address_basis": "agreed", "grace_days": 15}
    found = post(admin, notice["links"]["dispatches"], facts).json()["facts"]
    assert (found["address_basis"], found["grace_days"]) == ("agreed", 15)
    told = {"kind": "signed_notice", "signer": "张三", "relation": "self", "original_held": True, "signature": "agrees"}
    answer = upload(admin, notice["links"]["scans"], told, ("scan", "good.png"), ("signer_identity", "good.jpg"))
    assert answer.status_code == 201, answer.text
    assert told.items() <= answer.json()["facts"].items()
    assert refused(upload(admin, notice["links"]["scans"], told | {"signature": "yes"}, ("scan", "good.png"))) == {
        "/signature": "literal_error"
    }


def test_files_of_a_fact(admin: httpx.Client, notice: dict[str, Any]) -> None:
    answer = upload(admin, f"/v1/matters/{notice['matter']}/events", FACTS[0], ("payment_slip", "good.pdf"))
    assert answer.status_code == 201, answer.text
    file = answer.json()["files"][0]
    assert hashlib.sha256(admin.get(file["href"]).content).hexdigest() == file["sha256"]


def test_a_store_that_is_away_and_the_same_key_again(story: Story, admin: httpx.Client, notice: dict[str, Any]) -> None:
    url, facts = notice["links"]["scans"], {"kind": "envelope"}
    before = len(admin.get(notice["links"]["self"]).json()["scans"])
    for step, fault in enumerate((Fault.FAILS, Fault.STORED)):
        story.objects.plan = Plan(at=step, fault=fault)
        key = f"scan-{step}"
        problem(upload(admin, url, facts, ("scan", "good.jpg"), key=key), 503, "store_unavailable")
        story.objects.plan = Plan()
        first = upload(admin, url, facts, ("scan", "good.jpg"), key=key)
        assert first.status_code == 201, first.text
        assert upload(admin, url, facts, ("scan", "good.jpg"), key=key).content == first.content
    assert len(admin.get(notice["links"]["self"]).json()["scans"]) == before + 2


def test_a_voided_notice_is_not_sent(admin: httpx.Client) -> None:
    problem(post(admin, "/v1/notices/n_none/dispatches", {"carrier": "hand", "posted_at": POSTED}), 404, "not_found")
