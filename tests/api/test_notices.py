"""Issuing over HTTP: what is refused before anything is reserved, what the letter says, and that nothing is doubled."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import docx
import httpx
import pytest
from faults import Fault, Plan
from sqlalchemy import text
from story import Story, fresh_key, issued, matter_body, notice_body, opened, post
from test_problems import places, problem
from test_story import text_of

from service.records import notices
from service.records.engine import reading


@pytest.fixture(scope="module")
def matter(admin: httpx.Client) -> str:
    return opened(admin)["id"]


def refused(client: httpx.Client, body: dict[str, Any]) -> dict[str, str]:
    return places(problem(post(client, "/v1/notices", body), 422, "validation_failed"))


def named(client: httpx.Client, name: str, **fields: Any) -> dict[str, Any]:
    """A matter whose debtor has this name, and the body of a notice to them."""
    body = matter_body()
    body["parties"][1]["name"] = name
    found = notice_body(opened(client, parties=body["parties"])["id"], **fields)
    found["fields"]["debtor"]["name"] = name
    return found


def numbers(story: Story) -> int:
    with reading(story.engine) as conn:
        return len(conn.exec_driver_sql("SELECT notice_no FROM notice_numbers").all())


def test_the_envelope_is_checked(admin: httpx.Client, matter: str) -> None:
    body = notice_body(matter) | {"engine": "pdf", "copies": 2, "fields": []}
    del body["party"]
    assert refused(admin, body) == {
        "/party": "missing",
        "/engine": "literal_error",
        "/fields": "dict_type",
        "/copies": "extra_forbidden",
    }


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"template": "love-letter"}, {"/template": "template_unknown"}),
        ({"version": "v99"}, {"/version": "version_unknown"}),
        ({"party": "p9"}, {"/party": "party_unknown"}),
        ({"party": "p3"}, {"/party": "addressee_not_named"}),
        ({"template": "../../etc"}, {"/template": "string_pattern_mismatch"}),
    ],
)
def test_what_is_not_there(admin: httpx.Client, matter: str, change: dict[str, str], place: dict[str, str]) -> None:
    answer = post(admin, "/v1/notices", notice_body(matter) | change)
    assert answer.status_code == 422, answer.text
    assert places(answer.json()) == place


def test_an_engine_that_a_template_does_not_offer(admin: httpx.Client, matter: str) -> None:
    body = notice_body(matter, template="student-loan-demand") | {"engine": "docx"}
    answer = post(admin, "/v1/notices", body)
    assert places(answer.json())["/engine"] == "engine_not_offered"


def test_every_wrong_field_at_once_and_no_number_taken(story: Story, admin: httpx.Client, matter: str) -> None:
    before = numbers(story)
    body = notice_body(matter, principal=1000000, typo="x", due_on="2026-02-30")
    del body["fields"]["contact"]
    found = refused(admin, body)
    assert set(found) >= {"/fields/principal", "/fields/typo", "/fields/due_on", "/fields/contact"}
    assert numbers(story) == before


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"total": "1048937.51"}, "/fields/total"),
        ({"due_on": "2026-12-20"}, ""),
        ({"contract_on": "2027-11-20"}, ""),
        ({"principal": "-5.00"}, "/fields/principal"),
    ],
)
def test_business_checks(admin: httpx.Client, matter: str, fields: dict[str, str], pointer: str) -> None:
    found = refused(admin, notice_body(matter, **fields))
    assert pointer in found or (not pointer and found)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("示例{{ total }}", "text.placeholder"),
        ("示例｛｛合同编号｝｝", "text.placeholder"),
        ("示例\u0007", "control_character"),
        ("示例\u202e号", "direction_mark"),
        ("示例\u200b号", "text.invisible_character"),
        ("示例\U00012000号", "text.no_glyph"),
        ("示例\uf9d1号", "compatibility_character"),
    ],
)
def test_text_that_cannot_stand(admin: httpx.Client, matter: str, text: str, code: str) -> None:
    assert refused(admin, notice_body(matter, contract_no=text)) == {"/fields/contract_no": code}


def test_a_wrong_check_digit_only_warns(admin: httpx.Client, matter: str) -> None:
    body = notice_body(matter)
    body["fields"]["debtor"]["id_no"] = "110101199003077476"
    answer = post(admin, "/v1/notices", body, **{"Accept-Language": "en"})
    assert answer.status_code == 201, answer.text
    assert [warning["pointer"] for warning in answer.json()["warnings"]] == ["/fields/debtor/id_no", "/party"]


@pytest.mark.parametrize("name", ["A<B>&C 公司", "㛃𬭊"])
@pytest.mark.parametrize("engine", ["html", pytest.param("docx", marks=pytest.mark.slow)])
def test_awkward_names_come_out_whole(admin: httpx.Client, name: str, engine: str) -> None:
    answer = post(admin, "/v1/notices", named(admin, name, contract_no=f"示例{engine}号") | {"engine": engine})
    assert answer.status_code == 201, answer.text
    links = answer.json()["links"]
    squeezed = name.replace(" ", "")
    assert squeezed in "".join(text_of(admin.get(links["pdf"]).content).split())
    written = docx.Document(io.BytesIO(admin.get(links["docx"]).content))
    assert squeezed in "".join("".join(part.itertext()) for part in [written.element.body]).replace(" ", "")


def test_composed_fields_are_what_is_recorded(admin: httpx.Client, matter: str) -> None:
    found = issued(admin, matter, fields=notice_body(matter, contract_no="cafe\u0301-1")["fields"])
    assert admin.get(found["links"]["self"]).json()["fields"]["contract_no"] == "caf\u00e9-1"


def test_a_template_without_a_docx_gives_none(admin: httpx.Client) -> None:
    body = notice_body("", template="student-loan-demand")
    debtor = matter_body()["parties"]
    debtor[1]["name"] = next(
        iter(body["fields"][key]["name"] for key in ("debtor", "borrower") if key in body["fields"])
    )
    found = post(admin, "/v1/notices", body | {"matter": opened(admin, parties=debtor)["id"]})
    assert found.status_code == 201, found.text
    notice = found.json()
    assert "docx" not in notice["links"]
    problem(admin.get(f"{notice['links']['self']}/document.docx"), 404, "not_found")


def test_other_tenants_and_scopes(story: Story, admin: httpx.Client, matter: str) -> None:
    found = issued(admin, matter)
    with story.client(key=story.other_key) as other, story.client("legal_staff") as staff:
        for link in ("self", "pdf", "docx"):
            problem(other.get(found["links"][link]), 404, "not_found")
        problem(post(other, "/v1/notices", notice_body(matter)), 404, "not_found")
        facts = {"carrier": "hand", "posted_at": "2026-11-24T06:06:00+08:00"}
        problem(post(other, found["links"]["dispatches"], facts), 404, "not_found")
        problem(post(staff, "/v1/notices", notice_body(matter)), 403, "scope_missing")
        digest = found["documents"][0]["sha256"]
        problem(other.get(f"/v1/files/{digest}", params={"matter": matter}), 404, "not_found")
        assert staff.get(f"/v1/files/{digest}", params={"matter": matter}).status_code == 200
    with story.client("auditor") as auditor:
        problem(auditor.get(found["links"]["pdf"]), 403, "scope_missing")


def test_etag(admin: httpx.Client, matter: str) -> None:
    url = issued(admin, matter)["links"]["self"]
    first = admin.get(url)
    assert admin.get(url, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    pdf = admin.get(f"{url}/document.pdf")
    assert admin.get(f"{url}/document.pdf", headers={"If-None-Match": pdf.headers["etag"]}).status_code == 304


@pytest.mark.slow
@pytest.mark.sqlite
def test_a_letter_that_waits_over_midnight_prints_the_day_of_its_stamp(
    story: Story, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill, midnight = story.pool.fill, datetime(2026, 11, 25, tzinfo=timezone(timedelta(hours=8)))
    monkeypatch.setattr(story.clock, "at", midnight - timedelta(seconds=10))

    def waits(*args: Any, **more: Any) -> Any:
        drawn = fill(*args, **more)
        story.clock.move(seconds=30)
        return drawn

    monkeypatch.setattr(story.pool, "fill", waits)
    notice = issued(admin, opened(admin)["id"])
    text = text_of(admin.get(f"/v1/notices/{notice['id']}/document.pdf").content)
    assert "2026年11月25日" in text
    assert "2026年11月24日" not in text
    assert "2026-11-25 00:00:50" in text
    assert notice["issued_at"] == "2026-11-24T16:00:50Z"
    assert notice["notice_no"].endswith(f"-{numbers(story):06d}")  # no number was lost


def test_same_key_other_body(admin: httpx.Client, matter: str) -> None:
    key = fresh_key()
    assert admin.post("/v1/notices", json=notice_body(matter, contract_no="同键-1"), headers=key).status_code == 201
    other = notice_body(matter, contract_no="同键-2")
    problem(admin.post("/v1/notices", json=other, headers=key), 422, "idempotency_key_reused")


def test_too_large_a_body(admin: httpx.Client, matter: str) -> None:
    problem(post(admin, "/v1/notices", notice_body(matter, contract_no="长" * 200_000)), 413, "body_too_large")


def writes_of_one_notice(story: Story, admin: httpx.Client) -> int:
    story.objects.plan = Plan()
    issued(admin, opened(admin)["id"])
    return len(story.objects.plan.seen)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Fault.FAILS, Fault.STORED])
def test_a_store_that_is_away(story: Story, admin: httpx.Client, fault: Fault) -> None:
    writes = writes_of_one_notice(story, admin) - 1  # opening the matter is the first
    assert writes == 3
    for step in range(writes):
        found, key = opened(admin), fresh_key()
        body = notice_body(found["id"], contract_no=f"离线{fault.name}第{step}号")
        story.objects.plan = Plan(at=step, fault=fault)
        away = problem(admin.post("/v1/notices", json=body, headers=key), 503, "store_unavailable")
        assert "failed" not in json.dumps(away)
        story.objects.plan = Plan()
        again = admin.post("/v1/notices", json=body, headers=key)
        assert again.status_code == 201, again.text
        assert "idempotent-replayed" not in again.headers
        once_more = admin.post("/v1/notices", json=body, headers=key)
        assert once_more.json() == again.json()
        with reading(story.engine) as conn:
            rows = notices.notices_of_matter(conn, tenant_id=story.tenant.id, matter_id=found["id"])
        assert [row.notice_no for row in rows if row.state == "issued"] == [again.json()["notice_no"]]
        no_number_is_open(story)


def no_number_is_open(story: Story) -> None:
    with reading(story.engine) as conn:
        asked = text("SELECT n, state FROM notice_numbers WHERE tenant_id = :tenant ORDER BY n")
        rows = conn.execute(asked, {"tenant": story.tenant.id}).all()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert {row[1] for row in rows} <= {"issued", "voided"}


@pytest.mark.slow
def test_eight_at_once(story: Story, admin: httpx.Client) -> None:
    found = opened(admin)
    bodies = [notice_body(found["id"], contract_no=f"并发第{n}号") for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda body: post(admin, "/v1/notices", body), bodies))
    assert [answer.status_code for answer in answers] == [201] * 8, [answer.text for answer in answers]
    assert len({answer.json()["notice_no"] for answer in answers}) == 8
    entries = admin.get(found["links"]["entries"]).json()["items"]
    assert [entry["kind"] for entry in entries] == ["matter.opened"] + ["notice.issued"] * 8
    for before, entry in pairwise(entries):
        assert entry["body"]["shown_prev"] == before["leaf_hash"]
    no_number_is_open(story)


@pytest.mark.slow
def test_one_key_sent_eight_times_at_once(story: Story, admin: httpx.Client) -> None:
    found, key = opened(admin), fresh_key()
    body = notice_body(found["id"], contract_no="一键八次")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: admin.post("/v1/notices", json=body, headers=key), range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert sum(answer.status_code == 201 for answer in answers) >= 1
    entries = admin.get(found["links"]["entries"]).json()["items"]
    assert [entry["kind"] for entry in entries] == ["matter.opened", "notice.issued"]


def test_templates(admin: httpx.Client, story: Story) -> None:
    items = admin.get("/v1/templates").json()["items"]
    assert {item["name"] for item in items} >= {"loan-demand", "guarantor-demand"}
    found = admin.get("/v1/templates/loan-demand/v1")
    assert found.json()["schema"]["type"] == "object"
    assert found.json()["example"]["principal"] == "1000000.00"
    assert (
        admin.get("/v1/templates/loan-demand/v1", headers={"If-None-Match": found.headers["etag"]}).status_code == 304
    )
    problem(admin.get("/v1/templates/loan-demand/v9"), 404, "not_found")
    problem(admin.get("/v1/templates/love-letter/v1"), 404, "not_found")
    with story.client("auditor") as auditor:
        problem(auditor.get("/v1/templates"), 403, "scope_missing")


@pytest.mark.parametrize(
    ("template", "party"), [("loan-demand", "p1"), ("loan-demand", "p3"), ("guarantor-demand", "p2")]
)
def test_a_letter_goes_only_to_whom_it_is_for(admin: httpx.Client, matter: str, template: str, party: str) -> None:
    found = refused(admin, notice_body(matter, template=template) | {"party": party})
    assert found["/party"] in ("addressee_role", "addressee_not_named")
