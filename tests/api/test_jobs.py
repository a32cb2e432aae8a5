"""Progress as server-sent events: what changes is told, nothing twice, and nothing goes on after the reader is gone."""

import json
import threading
import time

import httpx
import pytest
from story import Story, events_of, opened, post
from test_problems import problem

from service.api import jobs as job_routes
from service.errors import RefusedError
from service.records import jobs
from service.records.engine import writing

pytestmark = pytest.mark.slow


@pytest.fixture
def job(admin: httpx.Client) -> str:
    return post(admin, opened(admin)["links"]["bundles"], {}).json()["job"]["id"]


def start(story: Story, job_id: str) -> None:
    with writing(story.engine) as conn:
        jobs.start_job(conn, job_id=job_id, at=story.clock(), total=4)


def move(story: Story, job_id: str, done: int, zh: str = "") -> None:
    with writing(story.engine) as conn:
        jobs.job_progress(conn, job_id=job_id, done=done, message_zh=zh, message_en="")


def end(story: Story, job_id: str, **how: object) -> None:
    with writing(story.engine) as conn:
        jobs.finish_job(conn, job_id=job_id, at=story.clock(), **how)


def test_each_change_is_told(story: Story, admin: httpx.Client, job: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_routes, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(job_routes, "HEARTBEAT_SECONDS", 0.1)
    told: list[dict[str, str]] = []
    with admin.stream("GET", f"/v1/jobs/{job}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for event in events_of(stream):
            told.append(event)
            if "comment" in event:
                continue
            state = json.loads(event["data"])
            if state["state"] == "queued":
                start(story, job)
            elif state["state"] == "running" and state["done"] == 0:
                move(story, job, 2, "收集文件")
            elif state["message"] == "收集文件":
                move(story, job, 2, "等待时间戳")
            elif state["state"] == "running":
                time.sleep(0.3)
                end(story, job, error={"code": "bundle_failed", "message": "没有时间戳"})
    changes = [event for event in told if "data" in event]
    assert [(event["id"], event["event"]) for event in changes] == [
        ("1", "progress"),
        ("2", "progress"),
        ("4", "progress"),
        ("4", "progress"),
        ("7", "finished"),
    ]
    assert json.loads(changes[-1]["data"])["error"]["code"] == "bundle_failed"


def test_a_heartbeat_keeps_the_line(
    story: Story, admin: httpx.Client, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_routes, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(job_routes, "HEARTBEAT_SECONDS", 0.05)
    with admin.stream("GET", f"/v1/jobs/{job}/events") as stream:
        events = events_of(stream)
        assert next(events)["event"] == "progress"
        assert next(events) == {"comment": "heartbeat"}
        end(story, job, result={"bundle": "b_1"})
        assert [event["event"] for event in events if "event" in event] == ["finished"]


def test_a_reader_that_comes_back(story: Story, admin: httpx.Client, job: str) -> None:
    start(story, job)
    end(story, job, result={"bundle": "b_1"})
    url = f"/v1/jobs/{job}/events"
    with admin.stream("GET", url, headers={"Last-Event-ID": "2"}) as stream:
        assert [(event["id"], event["event"]) for event in events_of(stream)] == [("7", "finished")]
    assert admin.get(url, headers={"Last-Event-ID": "7"}).status_code == 204
    assert admin.get(url, headers={"Last-Event-ID": "x"}).status_code == 200


def test_nothing_goes_on_after_the_reader_is_gone(
    story: Story, admin: httpx.Client, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_routes, "POLL_SECONDS", 0.02)
    reads = threading.Semaphore(0)
    read = job_routes._row

    def counted(*arguments: object) -> object:
        reads.release()
        return read(*arguments)

    monkeypatch.setattr(job_routes, "_row", counted)
    with admin.stream("GET", f"/v1/jobs/{job}/events") as stream:
        assert next(events_of(stream))["event"] == "progress"
        assert reads.acquire(timeout=5)
    time.sleep(0.3)
    while reads.acquire(blocking=False):
        pass
    assert not reads.acquire(timeout=0.5)


def test_a_stream_ends_in_time(admin: httpx.Client, job: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_routes, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(job_routes, "STREAM_SECONDS", 0.1)
    with admin.stream("GET", f"/v1/jobs/{job}/events") as stream:
        assert [event["event"] for event in events_of(stream)] == ["progress"]


def test_jobs_and_bundles_are_their_tenants(story: Story, admin: httpx.Client) -> None:
    found = post(admin, opened(admin)["links"]["bundles"], {}).json()
    with story.client(key=story.other_key) as other, story.client("case_system") as case_system:
        for url in (found["job"]["links"]["self"], found["job"]["links"]["events"], f"/v1/bundles/{found['bundle']}"):
            problem(other.get(url), 404, "not_found")
            problem(case_system.get(url), 403, "scope_missing")


def test_a_bundle_is_asked_for_once(story: Story, admin: httpx.Client) -> None:
    url = opened(admin)["links"]["bundles"]
    before = len(story.asked)
    answers = [admin.post(url, headers={"Idempotency-Key": "bundle-once"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert len(story.asked) == before + 1
    problem(post(admin, "/v1/matters/m_none/bundles", {}), 404, "not_found")
    problem(post(admin, url, {"x": 1}), 422, "validation_failed")


def test_a_run_that_follows_a_broken_one_hands_out_no_second_seal(story: Story, admin: httpx.Client) -> None:
    """The engine asks again for a bundle whose run broke off: an ended one is left, a sealed one is refused."""
    begun = post(admin, opened(admin)["links"]["bundles"], {}).json()
    bundle, job = begun["bundle"], begun["job"]["links"]["self"]
    bundles = story.services.bundles
    with writing(story.engine) as conn:
        jobs.update_bundle(conn, bundle_id=bundle, seal_seq=2)
    with pytest.raises(RefusedError) as caught:
        bundles.gather(story.tenant.id, bundle)
    assert caught.value.code == "bundle_interrupted"
    bundles.fail(story.tenant.id, bundle, caught.value.message)
    assert admin.get(job).json()["state"] == "failed"
    assert bundles.gather(story.tenant.id, bundle) == {"over": True}
