"""Alarms over HTTP: a case system reads on from where it stopped, and learns of every change."""

from datetime import date
from typing import Any

import httpx
import pytest
from story import Story, issued, matter_body, opened, post
from test_problems import places, problem

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def matter(admin: httpx.Client) -> dict[str, Any]:
    """A loan whose last day is 24 days away, and a letter that was posted long ago."""
    body = matter_body(reference="提醒-1")
    body["claim"] |= {"contract_on": "2015-01-01", "due_on": "2023-12-18"}
    return opened(admin, claim=body["claim"], parties=body["parties"][:2])


def read(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/alarms", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


@pytest.mark.slow
def test_an_alarm_says_what_it_is_about(admin: httpx.Client, matter: dict[str, Any]) -> None:
    (alarm,) = [one for one in read(admin) if one["matter"] == matter["id"]]
    assert alarm | {"id": "", "no": 0} == {
        "id": "", "no": 0, "kind": "limitation.approaching", "kind_zh": "保守日临近", "state": "raised",
        "cleared_because": None, "matter": matter["id"], "reference": matter["reference"],
        "contract_no": "示例借字第2023-0001号", "creditor_name": "某某银行股份有限公司示例支行", "debtor_name": "张三",
        "party": "p2", "party_name": "张三", "item": None, "dispatch": None, "days": 30, "about_on": "2026-12-18",
        "due_on": "2026-11-18", "raised_at": "2026-11-23T22:06:40Z", "changed_at": "2026-11-23T22:06:40Z",
        "links": {"matter": f"/v1/matters/{matter['id']}"},
    }  # fmt: skip
    assert alarm["id"].startswith("a_")


def test_a_change_stands_at_the_end(story: Story, admin: httpx.Client, matter: dict[str, Any]) -> None:
    before = read(admin)
    story.clock.move(seconds=60)
    since = story.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    payment = {"kind": "payment.received", "on": "2026-11-20", "party": "p2", "amount": "1.00", "currency": "CNY"}
    files = [("payment_slip", ("slip.png", slip(), "image/png"))]
    facts = ("facts", (None, str(payment).replace("'", '"'), "application/json"))
    answer = admin.post(
        f"/v1/matters/{matter['id']}/events", files=[facts, *files], headers={"Idempotency-Key": "pay-alarm"}
    )
    assert answer.status_code == 201, answer.text
    (changed,) = read(admin, since=since)
    assert (changed["id"], changed["state"], changed["cleared_because"]) == (before[-1]["id"], "cleared", "moved")
    assert changed["no"] > before[-1]["no"]
    assert changed["raised_at"] < changed["changed_at"]
    assert read(admin, state="raised") == before[:-1]
    assert read(admin, since="2030-01-01T00:00:00Z") == []


def slip() -> bytes:
    from story import VECTORS

    return next(VECTORS.glob("*.png")).read_bytes()


def test_a_letter_to_trace(story: Story, admin: httpx.Client) -> None:
    found = opened(admin, parties=matter_body()["parties"][:2])
    notice = issued(admin, found["id"])
    posted = story.clock()
    facts = {"carrier": "ems", "waybill_no": "1136281381675", "posted_at": posted.strftime("%Y-%m-%dT%H:%M:%SZ")}
    facts["item_description"] = "《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息"
    answer = post(admin, f"/v1/notices/{notice['id']}/dispatches", facts)
    assert answer.status_code == 201, answer.text
    story.clock.move(days=7)
    story.services.limitation.look(story.engine, story.clock, limit=500)
    (alarm,) = [one for one in read(admin) if one["kind"] == "tracing.due"]
    assert (alarm["dispatch"], alarm["days"], alarm["kind_zh"]) == (answer.json()["id"], 7, "邮件应查询")
    assert date.fromisoformat(alarm["due_on"]) == date(2026, 12, 1)
    assert date.fromisoformat(alarm["about_on"]) == date(2027, 11, 24)
    story.clock.move(days=-7)


def test_pages(admin: httpx.Client) -> None:
    for n in range(5):
        body = matter_body(reference=f"提醒-页-{n}")
        body["claim"] |= {"contract_on": "2015-01-01", "due_on": "2023-12-18"}
        opened(admin, claim=body["claim"], parties=body["parties"][:2])
    whole = read(admin, limit=200)
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = admin.get("/v1/alarms", params={"limit": 2} | cursor).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == whole
    assert [one["no"] for one in seen] == sorted(one["no"] for one in seen)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"since": "yesterday"}, {"#query/since": "string_too_short"}),
        ({"since": "2026-11-24T09:30:00"}, {"#query/since": "instant_malformed"}),
        ({"state": "pending"}, {"#query/state": "literal_error"}),
        ({"cursor": "x"}, {"#query/cursor": "cursor_malformed"}),
        ({"sinse": "2026"}, {"#query/sinse": "query_unknown"}),
    ],
)
def test_bad_questions(admin: httpx.Client, query: dict[str, str], place: dict[str, str]) -> None:
    assert places(problem(admin.get("/v1/alarms", params=query), 422, "validation_failed")) == place


def test_whose_they_are(story: Story) -> None:
    with story.client(key=story.other_key) as other, story.client("auditor") as auditor, story.client() as nobody:
        assert read(other) == []
        problem(auditor.get("/v1/alarms"), 403, "scope_missing")
        problem(nobody.get("/v1/alarms"), 401, "credentials_missing")
