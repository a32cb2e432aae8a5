"""The calendar over HTTP: an address that a calendar program keeps, who may have one, and what it may see."""

from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import select
from story import Story, fresh_key, matter_body, opened, post
from test_problems import places, problem

from service.records import tables
from service.records.engine import reading


@pytest.fixture(scope="module")
def feed(admin: httpx.Client) -> dict[str, Any]:
    body = matter_body()
    body["claim"] |= {"contract_on": "2015-01-01", "due_on": "2023-12-18"}
    opened(admin, claim=body["claim"], parties=body["parties"][:2])
    answer = post(admin, "/v1/calendar-feeds", {"label": "法务部 Outlook"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def path(feed: dict[str, Any]) -> str:
    return f"/v1/calendar.ics?token={feed['token']}"


def test_a_calendar_program_needs_the_address_alone(story: Story, feed: dict[str, Any]) -> None:
    with story.client() as nobody:
        answer = nobody.get(path(feed))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, max-age=0, must-revalidate"
    assert answer.headers["referrer-policy"] == "no-referrer"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["SUMMARY"] == "【时效】张三 示例借字第2023-0001号 最迟 2026-12-18 主张（保守日）"
    for secret in ("110101199003077475", "样本路", "010-0000", "1000000"):
        assert secret not in answer.text


def test_it_need_not_be_sent_again(story: Story, admin: httpx.Client, feed: dict[str, Any]) -> None:
    with story.client() as nobody:
        first = nobody.get(path(feed))
        tag = first.headers["etag"]
        again = nobody.get(path(feed), headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert nobody.head(path(feed)).headers["etag"] == tag
        story.clock.move(hours=30)
        assert nobody.get(path(feed), headers={"If-None-Match": tag}).status_code == 304
        story.clock.move(hours=-30)
        body = matter_body()
        body["claim"] |= {"contract_on": "2015-01-01", "due_on": "2024-03-11"}
        opened(admin, claim=body["claim"], parties=body["parties"][:2])
        changed = nobody.get(path(feed), headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert len(Calendar.from_ical(changed.content).walk("VEVENT")) == 2


def test_an_interruption_moves_the_event(story: Story, admin: httpx.Client, feed: dict[str, Any]) -> None:
    found = opened(admin, parties=matter_body()["parties"][:2], claim=loan("2024-06-03"))
    uid = f"{found['id']}.p2@log.example/2026"
    with story.client() as nobody:
        before = event_of(nobody.get(path(feed)), uid)
        confirmed = {"kind": "debt.confirmed", "on": "2026-11-20", "party": "p2", "text": "确认欠款"}
        assert post(admin, found["links"]["events"], confirmed | {"channel": "letter"}).status_code == 201
        after = event_of(nobody.get(path(feed)), uid)
    # Nothing proves it, so the conservative day stays; the best one moves, and with it the event's revision.
    assert after["DTSTART"].dt == before["DTSTART"].dt
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert "2029-11-20" in after["DESCRIPTION"]


def loan(due_on: str) -> dict[str, Any]:
    return matter_body()["claim"] | {"contract_on": "2015-01-01", "due_on": due_on}


def event_of(answer: httpx.Response, uid: str) -> Any:
    (found,) = [one for one in Calendar.from_ical(answer.content).walk("VEVENT") if one["UID"] == uid]
    return found


def test_keys_that_may_read_matters_read_it_too(story: Story) -> None:
    with story.client("legal_staff") as staff, story.client("auditor") as auditor, story.client() as nobody:
        assert staff.get("/v1/calendar.ics").status_code == 200
        problem(auditor.get("/v1/calendar.ics"), 403, "scope_missing")
        problem(nobody.get("/v1/calendar.ics"), 401, "credentials_missing")
        problem(nobody.get("/v1/calendar.ics?token=duly_cal_x"), 401, "feed_unknown")
        problem(nobody.get("/v1/calendar.ics?token="), 401, "credentials_missing")


def test_what_programs_add_to_the_address_is_let_pass(story: Story, feed: dict[str, Any]) -> None:
    with story.client() as nobody:
        assert nobody.get(path(feed) + "&nocache=17").status_code == 200


def test_the_secret_opens_nothing_else(story: Story, feed: dict[str, Any]) -> None:
    with story.client(key=feed["token"]) as holder:
        problem(holder.get("/v1/matters"), 401, "key_unknown")
        problem(holder.get("/v1/calendar.ics"), 401, "key_unknown")


def test_another_tenants_days_are_not_in_it(story: Story) -> None:
    with story.client(key=story.other_key) as other:
        made = post(other, "/v1/calendar-feeds", {"label": "x"}).json()
        assert Calendar.from_ical(other.get(path(made)).content).walk("VEVENT") == []


def test_the_secret_is_in_the_first_answer_alone(story: Story, admin: httpx.Client) -> None:
    key = fresh_key()
    first = admin.post("/v1/calendar-feeds", json={"label": "手机"}, headers=key)
    again = admin.post("/v1/calendar-feeds", json={"label": "手机"}, headers=key)
    assert first.json()["token"].startswith("duly_cal_")
    assert first.json()["url"].endswith(f"/v1/calendar.ics?token={first.json()['token']}")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json() == first.json() | {"token": None, "url": None}
    with reading(story.engine) as conn:
        stored = conn.execute(select(tables.idempotency.c.body)).scalars().all()
    assert not any(first.json()["token"].encode() in body for body in stored if body)
    listed = admin.get("/v1/calendar-feeds").json()["items"]
    assert [one["label"] for one in listed if one["id"] == first.json()["id"]] == ["手机"]
    assert "token" not in listed[-1]


def test_a_replaced_and_a_revoked_address_are_over(story: Story, admin: httpx.Client) -> None:
    made = post(admin, "/v1/calendar-feeds", {"label": "旧"}).json()
    again = post(admin, f"/v1/calendar-feeds/{made['id']}/rotations", None)
    assert again.status_code == 201, again.text
    with story.client() as nobody:
        problem(nobody.get(path(made)), 401, "feed_unknown")
        assert nobody.get(path(again.json())).status_code == 200
        assert admin.delete(f"/v1/calendar-feeds/{made['id']}").status_code == 204
        problem(nobody.get(path(again.json())), 401, "feed_unknown")
    assert admin.delete(f"/v1/calendar-feeds/{made['id']}").status_code == 204
    problem(post(admin, f"/v1/calendar-feeds/{made['id']}/rotations", None), 404, "not_found")
    problem(admin.delete("/v1/calendar-feeds/f_none"), 404, "not_found")


def test_only_administrators_hand_addresses_out(story: Story, feed: dict[str, Any]) -> None:
    with story.client("legal_staff") as staff, story.client(key=story.other_key) as other:
        problem(post(staff, "/v1/calendar-feeds", {"label": "x"}), 403, "scope_missing")
        problem(staff.get("/v1/calendar-feeds"), 403, "scope_missing")
        problem(staff.delete(f"/v1/calendar-feeds/{feed['id']}"), 403, "scope_missing")
        problem(other.delete(f"/v1/calendar-feeds/{feed['id']}"), 404, "not_found")


def test_a_label_is_a_line(admin: httpx.Client) -> None:
    assert places(problem(post(admin, "/v1/calendar-feeds", {}), 422, "validation_failed")) == {"/label": "missing"}
    answer = post(admin, "/v1/calendar-feeds", {"label": "张\u200b"})
    assert places(problem(answer, 422, "validation_failed")) == {"/label": "text.invisible_character"}
