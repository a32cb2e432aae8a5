"""The course of a batch: pause, go on, stop, try again; what excludes what; who sees it; the same key twice."""

from typing import Any

import httpx
import pytest
from batch_desk import CONSTANTS, Desk, as_csv, columns, read_here, row, sent
from sqlalchemy import select
from story import Story, fresh_key

from service.batches import BatchWork
from service.errors import BusyError, StoreError
from service.records import batch_rows, tables
from service.records.engine import reading, writing

pytestmark = [pytest.mark.sqlite, pytest.mark.slow]


@pytest.fixture
def desk(story: Story, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Desk:
    read_here(monkeypatch)
    return Desk(story, admin)


def asked(desk: Desk, *rows: dict[str, Any], **facts: Any) -> tuple[str, str]:
    """Ask for a real batch; nothing of it is done yet."""
    answer = sent(desk.client, "名单.csv", as_csv(*rows), **{"dry_run": False, "mapping": columns()} | facts)
    assert answer.status_code == 202, answer.text
    (run,) = desk.story.runs
    desk.story.runs.clear()
    return run[0], run[1]


def refused(answer: httpx.Response, code: str = "batch_state") -> None:
    assert (answer.status_code, answer.json()["code"]) == (409, code), answer.text


def test_pause_finishes_what_is_in_hand_and_going_on_does_the_rest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.batches.issuing.LOT", 1)
    tenant, batch = asked(desk, row(), row(), row())
    work = BatchWork(desk.story.batch_parts, desk.story.batches)
    assert work.read(tenant, batch, 1) == {"dry_run": False, "go": True}
    (chunk,) = work.plan(tenant, batch, 1)
    issue = desk.story.batch_parts.notices.issue

    def issue_and_pause(*args: Any, **more: Any) -> Any:
        assert desk.post(batch, "pause").status_code == 204  # while the first row is in hand
        return issue(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(desk.story.batch_parts.notices, "issue", issue_and_pause)
        work.work(tenant, batch, *chunk)
    assert desk.states(batch) == ["issued", "pending", "pending"]
    assert work.plan(tenant, batch, 1) == []
    work.close(tenant, batch, 1)
    assert desk.job(batch)["state"] == "paused"
    assert [each["状态"] for each in desk.filled(batch)] == ["已出具", "待出具", "待出具"]
    for verb in ("pause", "start", "retry"):
        refused(desk.post(batch, verb, {} if verb == "start" else None))
    assert desk.post(batch, "resume").status_code == 204
    refused(desk.post(batch, "resume"))
    desk.story.run_batches()
    assert desk.job(batch)["state"] == "succeeded"
    assert desk.states(batch) == ["issued"] * 3
    for verb in ("pause", "resume", "cancel"):
        refused(desk.post(batch, verb))
    refused(desk.post(batch, "start", {}), "batch_started")
    refused(desk.post(batch, "retry"), "nothing_to_retry")


def test_cancelled_rows_stay_undone_until_they_are_asked_for_again(desk: Desk) -> None:
    tenant, batch = asked(desk, row(), row())
    work = BatchWork(desk.story.batch_parts, desk.story.batches)
    work.read(tenant, batch, 1)
    assert desk.post(batch, "cancel").status_code == 204
    assert work.plan(tenant, batch, 1) == []
    work.work(tenant, batch, 2, 3)
    work.close(tenant, batch, 1)
    assert (desk.job(batch)["state"], desk.states(batch)) == ("cancelled", ["pending", "pending"])
    assert [each["状态"] for each in desk.filled(batch)] == ["待出具", "待出具"]
    refused(desk.post(batch, "cancel"))
    assert desk.post(batch, "retry").status_code == 202
    desk.story.run_batches()
    assert (desk.job(batch)["state"], desk.states(batch)) == ("succeeded", ["issued", "issued"])


def test_cancelled_before_it_was_read(desk: Desk) -> None:
    tenant, batch = asked(desk, row())
    assert desk.post(batch, "cancel").status_code == 204
    work = BatchWork(desk.story.batch_parts, desk.story.batches)
    assert work.read(tenant, batch, 1) == {"dry_run": False, "go": False}
    work.close(tenant, batch, 1)
    assert (desk.job(batch)["state"], desk.states(batch)) == ("cancelled", [])


def test_failed_rows_are_tried_again_when_the_cause_is_gone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that could not be read stays failed; one whose letter could not be drawn is drawn."""

    def crashes(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("张三")

    with monkeypatch.context() as patch:
        patch.setattr(desk.story.pool, "fill", crashes)
        batch = desk.issue(row(), row(到期日="坏"))
    assert desk.codes(batch) == [["internal_error"], ["cell.date"]]
    assert desk.job(batch)["state"] == "partial"
    assert "张三" not in str(desk.rows(batch)[0]["errors"])
    answer = desk.post(batch, "retry")
    assert answer.status_code == 202
    assert desk.states(batch) == ["pending", "failed"]
    desk.story.run_batches()
    assert (desk.states(batch), desk.codes(batch)) == (["issued", "failed"], [[], ["cell.date"]])
    refused(desk.post(batch, "retry"), "nothing_to_retry")


def test_rows_are_given_back_while_the_store_is_away(desk: Desk) -> None:
    tenant, batch = asked(desk, row(), row(), row())
    work = BatchWork(desk.story.batch_parts, desk.story.batches)
    work.read(tenant, batch, 1)
    plan = desk.story.objects.plan
    plan.at = len(plan.seen)  # the first letter's file is not kept
    with pytest.raises(StoreError):
        work.work(tenant, batch, 2, 4)
    assert sorted(desk.states(batch)) == ["issued", "issued", "pending"]
    work.work(tenant, batch, 2, 4)
    work.close(tenant, batch, 1)
    assert (desk.states(batch), desk.job(batch)["state"]) == (["issued"] * 3, "succeeded")
    assert kept(desk, batch) == [1, 1, 1]


def test_a_row_that_could_not_be_given_back_is_taken_up_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is away, then the database too: the row stays ours in the records, and nobody blames it for that."""
    tenant, batch = asked(desk, row(), row())
    work = BatchWork(desk.story.batch_parts, desk.story.batches)
    work.read(tenant, batch, 1)

    def away(*_args: Any, **_more: Any) -> None:
        raise StoreError("the database is away")

    for _ in range(4):
        plan = desk.story.objects.plan
        plan.at = len(plan.seen)
        with monkeypatch.context() as patch:
            patch.setattr(batch_rows, "release", away)
            with pytest.raises(StoreError):
                work.work(tenant, batch, 2, 3)
    assert sorted(desk.states(batch)) == ["issued", "running"]
    work.work(tenant, batch, 2, 3)
    assert (desk.states(batch), kept(desk, batch)) == (["issued", "issued"], [1, 1])


def test_rows_are_given_back_while_every_renderer_is_at_other_work(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant, batch = asked(desk, row())
    _, dry = asked(desk, row(), dry_run=True)
    work = BatchWork(desk.story.batch_parts, desk.story.batches)

    def busy(*_args: Any, **_more: Any) -> Any:
        raise BusyError("renderer_busy", "all renderers are at work", message_zh="排版进程全忙")

    for each in (batch, dry):
        work.read(tenant, each, 1)
    with monkeypatch.context() as patch:
        patch.setattr(desk.story.pool, "fill", busy)
        with pytest.raises(StoreError, match="at work"):
            work.work(tenant, batch, 2, 2)
        with pytest.raises(StoreError, match="at work"):
            work.sample(tenant, dry, 1)
    assert (desk.states(batch), desk.states(dry), kept(desk, batch)) == (["pending"], ["pending"], [0])
    work.work(tenant, batch, 2, 2)
    assert (desk.states(batch), kept(desk, batch)) == (["issued"], [1])


def kept(desk: Desk, batch: str) -> list[int]:
    """How often work began on each row."""
    table = tables.batch_rows.c
    with reading(desk.story.engine) as conn:
        return list(
            conn.execute(select(table.attempts).where(table.batch_id == batch).order_by(table.number)).scalars()
        )


def test_the_same_key_is_the_same_request(desk: Desk) -> None:
    data, facts = as_csv(row(到期日="坏"), row()), {"dry_run": True, "mapping": columns()}
    first = sent(desk.client, "名单.csv", data, key="batch-1", **facts)
    again = sent(desk.client, "名单.csv", data, key="batch-1", **facts)
    assert (first.json(), again.headers["location"]) == (again.json(), first.headers["location"])
    other = sent(desk.client, "名单.csv", data + b"\r\n", key="batch-1", **facts)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(desk.story.runs) == 1
    desk.story.run_batches()
    batch = first.json()["batch"]
    key = {"Idempotency-Key": "start-1"}
    started = [desk.client.post(f"/v1/batches/{batch}/start", json={}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in started] == [202, 202]
    assert started[0].json() == started[1].json()
    desk.story.run_batches()
    assert desk.client.post(f"/v1/batches/{batch}/start", json={}).status_code == 400  # no key
    with writing(desk.story.engine) as conn:  # as if its letter had not been drawn
        conn.exec_driver_sql(f"UPDATE batch_rows SET fields = '{{}}' WHERE batch_id = '{batch}' AND state = 'failed'")
    retried = [desk.client.post(f"/v1/batches/{batch}/retry", headers={"Idempotency-Key": "retry-1"}) for _ in range(2)]
    assert [answer.json() for answer in retried] == [retried[0].json()] * 2
    assert len(desk.story.runs) == 1
    desk.story.run_batches()
    assert desk.states(batch) == ["failed", "issued"]


def test_who_may_see_and_do_what(desk: Desk, story: Story) -> None:
    _, batch = asked(desk, row(到期日="坏"), row(到期日="坏"))
    story.runs.append((story.tenant.id, batch, 1))
    story.run_batches()
    file = desk.now(batch)["files"][0]["href"]
    reads = [f"/v1/batches/{batch}", f"/v1/batches/{batch}/rows", file]
    verbs = {"start": {}, "retry": None, "pause": None, "resume": None, "cancel": None}
    with story.client(key=story.other_key) as other, story.client("auditor") as auditor, story.client() as nobody:
        assert [other.get(address).status_code for address in reads] == [404] * 3
        assert other.get("/v1/batches").json()["items"] == []
        for verb, body in verbs.items():
            for client, status in ((other, 404), (auditor, 403), (nobody, 401)):
                answer = client.post(f"/v1/batches/{batch}/{verb}", json=body, headers=fresh_key())
                assert answer.status_code == status, (verb, answer.text)
        assert sent(auditor, "名单.csv", as_csv(row())).status_code == 403
    assert desk.client.get("/v1/batches/bt_nothing").status_code == 404


def test_lists_by_cursor_and_rows_by_state(desk: Desk) -> None:
    made = [desk.issue(row(到期日="坏")) for _ in range(3)]
    page = desk.client.get("/v1/batches", params={"limit": 2}).json()
    rest = desk.client.get("/v1/batches", params={"limit": 200, "cursor": page["next_cursor"]}).json()
    ids = [item["id"] for item in page["items"] + rest["items"]]
    assert len(set(ids)) == len(ids)
    assert set(made) <= set(ids)
    assert rest["next_cursor"] is None
    batch = desk.issue(row(), *(row(到期日="坏") for _ in range(4)))
    address = f"/v1/batches/{batch}/rows"
    numbers, cursor = [], None
    while True:
        query = {"state": "failed", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = desk.client.get(address, params=query).json()
        numbers += [item["number"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert numbers == [3, 4, 5, 6]
    assert [item["number"] for item in desk.rows(batch, state="issued")] == [2]
    assert desk.client.get(address, params={"state": "lost"}).status_code == 422
    elsewhere = desk.client.get(address, params={"limit": 2}).json()["next_cursor"]
    assert desk.client.get(address, params={"state": "failed", "cursor": elsewhere}).status_code in (400, 422)
    assert CONSTANTS["creditor"]["name"] in desk.now(batch)["constants"].values()
