"""Webhooks over HTTP: who may manage them, secrets shown once, the log, and again."""

from typing import Any

import httpx
import pytest
from shell import Shell
from sqlalchemy import select
from story import fresh_key, post
from test_problems import places, problem

from service.records import outbox, tables
from service.records.engine import reading, writing

URL = "https://case.example/hooks/duly"


@pytest.fixture(scope="module")
def admin(shell: Shell) -> Any:
    with shell.client("administrator") as client:
        yield client


@pytest.fixture
def hook(admin: httpx.Client) -> Any:
    made = post(admin, "/v1/webhooks", {"url": URL, "signatures": ["hmac-sha256", "ed25519"]})
    assert made.status_code == 201, made.text
    yield made.json()
    admin.delete(made.headers["location"])


def at(answer: httpx.Response) -> list[str]:
    """The places of what is not right."""
    return list(places(problem(answer, 422, "validation_failed")))


def failed(shell: Shell, hook: dict[str, Any], *, count: int = 1) -> list[str]:
    """Events that could not be delivered."""
    now, made = shell.clock(), []
    with writing(shell.engine) as conn:
        for _ in range(count):
            source = f"{len(made)}-{hook['id']}"
            event = outbox.Event(tenant_id=shell.tenant.id, type="scan.recorded", at=now, source=source, data={})
            outbox.put(conn, event, webhook_ids=[hook["id"]])
            made.append(event.id)
        deliveries = tables.webhook_deliveries
        change = deliveries.update().where(deliveries.c.event_id.in_(made))
        conn.execute(
            change.values(state="failed", tries=10, attempts=10, next_at=None, status_code=500, error="status")
        )
    return made


def test_secrets_are_in_the_first_answer_alone(shell: Shell, admin: httpx.Client) -> None:
    key, body = fresh_key(), {"url": URL, "description": "案件系统", "events": ["notice.issued", "bundle.ready"]}
    first = admin.post("/v1/webhooks", json=body, headers=key)
    again = admin.post("/v1/webhooks", json=body, headers=key)
    made = first.json()
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (201, 201, "true")
    assert first.headers["location"] == again.headers["location"] == made["links"]["self"]
    (shown,) = made["keys"]
    assert shown["secret"].startswith("whsec_")
    hidden = made | {"keys": [shown | {"secret": None}]}
    assert again.json() == hidden
    assert admin.get(made["links"]["self"]).json() == hidden
    assert hidden in admin.get("/v1/webhooks").json()["items"]
    assert (made["events"], made["state"], made["failures"]) == (body["events"], "active", 0)
    with reading(shell.engine) as conn:
        stored = conn.execute(select(tables.idempotency.c.body)).scalars().all()
    assert not any(shown["secret"].encode() in one for one in stored if one)
    assert admin.delete(made["links"]["self"]).status_code == 204
    problem(admin.get(made["links"]["self"]), 404, "not_found")
    problem(admin.delete(made["links"]["self"]), 404, "not_found")


def test_the_public_key_is_shown_always_and_its_secret_never(admin: httpx.Client, hook: dict[str, Any]) -> None:
    shared, public = hook["keys"]
    assert (shared["public_key"], public["secret"]) == (None, None)
    assert public["public_key"].startswith("whpk_")
    found = admin.get(hook["links"]["self"])
    assert {key["public_key"] for key in found.json()["keys"]} == {None, public["public_key"]}
    assert "whsk_" not in found.text
    assert "whsec_" not in found.text


def test_rotation(admin: httpx.Client, hook: dict[str, Any]) -> None:
    key, path = fresh_key(), f"{hook['links']['self']}/rotate"
    first = admin.post(path, json={"grace_hours": 2}, headers=key)
    assert first.status_code == 201, first.text
    assert admin.post(path, json={"grace_hours": 2}, headers=key).headers["idempotent-replayed"] == "true"
    keys = first.json()["keys"]
    assert len(keys) == 4
    assert [one["ends_at"] for one in keys if one["id"] in {old["id"] for old in hook["keys"]}] == [
        "2026-11-24T00:06:40Z",
        "2026-11-24T00:06:40Z",
    ]
    assert len(post(admin, path, {"grace_hours": 0}).json()["keys"]) == 2
    assert at(post(admin, path, {"grace_hours": 1000})) == ["/grace_hours"]


def test_change(admin: httpx.Client, hook: dict[str, Any]) -> None:
    path = hook["links"]["self"]
    changed = admin.patch(path, json={"state": "disabled", "events": ["alarm.raised"], "description": "停用"}).json()
    assert (changed["state"], changed["disabled_because"], changed["disabled_because_zh"]) == (
        "disabled",
        "by_hand",
        "已手动停用",
    )
    assert (changed["events"], changed["description"], changed["url"]) == (["alarm.raised"], "停用", URL)
    problem(post(admin, f"{path}/test", None), 409, "webhook_disabled")
    back = admin.patch(path, json={"state": "active", "events": None, "url": f"{URL}/2"}).json()
    assert (back["state"], back["disabled_because"], back["events"], back["url"]) == ("active", None, None, f"{URL}/2")
    assert back["description"] == "停用"
    problem(admin.patch(path, json={"url": "https://169.254.169.254/"}), 422, "webhook_url")
    assert at(admin.patch(path, json={"state": "deleted"})) == ["/state"]
    assert admin.get(path).json()["url"] == f"{URL}/2"


def test_what_cannot_be_an_endpoint_is_refused_with_its_place(admin: httpx.Client) -> None:
    answer = post(admin, "/v1/webhooks", {"url": "https://user:secret@case.example/"})
    body = problem(answer, 422, "webhook_url")
    assert body["errors"][0]["pointer"] == "/url"
    assert "secret" not in answer.text
    assert at(post(admin, "/v1/webhooks", {"url": URL, "events": ["notice.lost"]})) == ["/events/0"]
    assert at(post(admin, "/v1/webhooks", {"url": URL, "events": []})) == ["/events"]
    assert at(post(admin, "/v1/webhooks", {"url": URL, "signatures": ["ed25519", "ed25519"]})) == ["/signatures"]
    problem(admin.post("/v1/webhooks", json={"url": URL}), 400, "idempotency_key_missing")


def test_who_may(shell: Shell, hook: dict[str, Any]) -> None:
    path = hook["links"]["self"]
    with shell.client("case_system") as reader, shell.client("legal_staff") as staff:
        assert reader.get(path).status_code == 200
        assert reader.get(f"{path}/deliveries").status_code == 200
        problem(post(reader, "/v1/webhooks", {"url": URL}), 403, "scope_missing")
        problem(reader.delete(path), 403, "scope_missing")
        problem(staff.get(path), 403, "scope_missing")
    with shell.client(key=shell.other_key) as other:
        assert other.get("/v1/webhooks").json() == {"items": []}
        for answer in (
            other.get(path),
            other.get(f"{path}/deliveries"),
            other.patch(path, json={"state": "disabled"}),
            other.delete(path),
            post(other, f"{path}/rotate", {}),
            post(other, f"{path}/test", None),
            post(other, f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}),
        ):
            problem(answer, 404, "not_found")


def test_a_test_is_in_the_log(admin: httpx.Client, hook: dict[str, Any]) -> None:
    key, path = fresh_key(), hook["links"]["self"]
    sent = admin.post(f"{path}/test", headers=key)
    assert sent.status_code == 202, sent.text
    assert admin.post(f"{path}/test", headers=key).json() == sent.json()
    (listed,) = admin.get(f"{path}/deliveries").json()["items"]
    assert listed == sent.json()
    assert (listed["type"], listed["state"], listed["tries"]) == ("webhook.test", "waiting", 0)


def test_the_log_is_read_page_by_page_and_by_state(shell: Shell, admin: httpx.Client, hook: dict[str, Any]) -> None:
    made, path = failed(shell, hook, count=5), f"{hook['links']['self']}/deliveries"
    post(admin, f"{hook['links']['self']}/test", None)
    seen, cursor = [], None
    while True:
        page = admin.get(path, params={"state": "failed", "limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["event"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    assert len(admin.get(path).json()["items"]) == 6
    (first, *_) = admin.get(path, params={"state": "failed"}).json()["items"]
    assert (first["status"], first["error"], first["error_zh"]) == (500, "status", "接收方未以 2xx 答复")
    problem(admin.get(path, params={"cursor": "x"}), 422, "validation_failed")
    problem(admin.get(path, params={"stat": "failed"}), 422, "validation_failed")


def test_replay(shell: Shell, admin: httpx.Client, hook: dict[str, Any]) -> None:
    made, path = failed(shell, hook, count=3), hook["links"]["self"]
    one = post(admin, f"{path}/deliveries/{made[0]}/replay", None)
    assert (one.status_code, one.json()["event"], one.json()["state"], one.json()["tries"]) == (
        202,
        made[0],
        "waiting",
        0,
    )
    later = post(admin, f"{path}/replay", {"since": "2030-01-01T00:00:00Z"})
    assert (later.status_code, later.json()) == (202, {"replayed": 0})
    key, body = fresh_key(), {"since": "2026-11-23T22:06:40Z"}
    assert admin.post(f"{path}/replay", json=body, headers=key).json() == {"replayed": 2}
    assert admin.post(f"{path}/replay", json=body, headers=key).json() == {"replayed": 2}  # the same answer, once done
    problem(post(admin, f"{path}/deliveries/evt_none/replay", None), 404, "not_found")
    assert at(post(admin, f"{path}/replay", {"since": "yesterday"})) == ["/since"]


def test_a_tenant_has_so_many_and_no_more(shell: Shell) -> None:
    with shell.client(key=shell.other_key) as other:
        made = [post(other, "/v1/webhooks", {"url": URL}) for _ in range(20)]
        assert {answer.status_code for answer in made} == {201}
        problem(post(other, "/v1/webhooks", {"url": URL}), 409, "webhooks_limit")
        other.delete(made[0].headers["location"])
        assert post(other, "/v1/webhooks", {"url": URL}).status_code == 201
        for item in other.get("/v1/webhooks").json()["items"]:
            other.delete(item["links"]["self"])
