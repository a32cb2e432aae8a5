"""Events are written with their facts: none is lost, none invented, and none says more than where to look."""

import json
from datetime import timedelta

import pytest
from law_story import matter, open_matter
from sqlalchemy import delete, event
from webhook_story import endpoint, events, log, webhooks
from world import World

from service.errors import ConflictError
from service.limitation import Limitation
from service.records import alarms, jobs, outbox, tables
from service.records.engine import reading, writing
from service.records.jobs import JobRow

pytestmark = pytest.mark.slow


def types(world: World) -> list[str]:
    return [one["type"] for one in events(world)]


def test_every_fact_that_is_told_is_told_once(either: World) -> None:
    hook = endpoint(either)
    either.story()
    told = [json.loads(one["body"]) for one in events(either)]
    entries = [(one["type"], one["data"]["seq"]) for one in told if "seq" in one["data"]]
    assert sorted(entries, key=lambda one: one[1]) == [
        ("notice.issued", 2),
        ("dispatch.recorded", 3),
        ("receipt.recorded", 4),
        ("dispatch.recorded", 5),
        ("scan.recorded", 6),
        ("notice.voided", 7),
    ]
    issued = next(one for one in told if one["type"] == "notice.issued")
    assert issued["data"]["links"] == {"matter": "/v1/matters/m_1", "notice": "/v1/notices/n_1"}
    assert len(log(either, hook.row.id)) == len(told)
    assert {row.state for row in log(either, hook.row.id)} == {"waiting"}
    either.check_log()


def test_tracking_is_told(world: World) -> None:
    endpoint(world)
    world.open_matter()
    world.append("tracking.recorded", {"dispatch": "d_1", "source": "EMS", "events": []})
    (one,) = [json.loads(found["body"]) for found in events(world)]
    assert (one["type"], one["data"]["dispatch"]) == ("tracking.recorded", "d_1")


def test_what_is_told_holds_no_personal_data_and_is_small(world: World) -> None:
    endpoint(world)
    open_matter(world, matter("m_2"))
    world.story()
    Limitation().look(world.engine, world.clock)
    found = events(world)
    assert len(found) > 6
    for one in found:
        text = one["body"].decode()
        assert text.isascii()  # no name of a person or a bank
        assert len(one["body"]) < 1000
        assert "." not in one["id"]
        for secret in ("EX1", "2026-001", "REF-", "delivered"):
            assert secret not in text
        assert set(json.loads(text)) == {"type", "timestamp", "data"}


def test_without_an_endpoint_nothing_is_written(world: World) -> None:
    world.story()
    assert events(world) == []


def test_only_what_is_wanted_is_written(world: World) -> None:
    some, every = endpoint(world, types=["scan.recorded"]), endpoint(world)
    gone = endpoint(world, types=["notice.voided"])
    webhooks(world).delete(gone.row.id, tenant_id=world.tenant.id)
    world.story()
    assert [row.type for row in log(world, some.row.id)] == ["scan.recorded"]
    assert len(log(world, every.row.id)) == len(events(world))
    scan = next(one["id"] for one in events(world) if one["type"] == "scan.recorded")
    assert {row.event_id for row in log(world, some.row.id)} == {scan}  # one event, however many want it


def test_another_tenants_facts_are_not_told(world: World) -> None:
    hook, other = endpoint(world), world.access.create_tenant(code="OTHER", name="另一家")
    mine, world.tenant = world.tenant, other
    world.open_matter("m_other")
    number = world.reserve("n_other", matter_id="m_other")
    world.append("notice.issued", world.notice_facts("n_other", number), matter_id="m_other")
    world.tenant = mine
    assert log(world, hook.row.id) == []


def test_a_fact_that_is_not_recorded_is_not_told(either: World) -> None:
    endpoint(either)
    either.open_matter()

    def fails(*_: object) -> None:
        raise ConflictError("later", "the transaction ends here")

    with pytest.raises(ConflictError):
        either.issue("n_1", also=fails)
    assert events(either) == []
    either.issue("n_2")
    assert types(either) == ["notice.issued"]


def test_ends_of_jobs_are_told_once(world: World) -> None:
    endpoint(world)
    now = world.clock()
    with writing(world.engine) as conn:
        for number, kind in enumerate(("bundle", "bundle", "batch", "export")):
            request = {"bundle": "b_1"} if kind == "bundle" else {"batch": "b_2", "mapping": {"张三": "姓名"}}
            row = JobRow(id=f"j_{number}", tenant_id=world.tenant.id, kind=kind, state="queued", created_at=now)
            jobs.insert_job(conn, row if number > 2 else JobRow(**{**_columns(row), "request": request}))
            jobs.start_job(conn, job_id=f"j_{number}", at=now)
        jobs.finish_job(conn, job_id="j_0", at=now, result={})
        jobs.finish_job(conn, job_id="j_0", at=now + timedelta(seconds=1), error={"code": "late"})
        jobs.finish_job(conn, job_id="j_1", at=now, error={"code": "away"})
        assert jobs.move_job(conn, job_id="j_2", since=("running",), to="paused", at=now)
        assert not jobs.move_job(conn, job_id="j_2", since=("running",), to="paused", at=now)
        assert jobs.move_job(conn, job_id="j_2", since=("paused",), to="running", at=now)
        jobs.finish_job(conn, job_id="j_2", at=now, state="partial")
        jobs.finish_job(conn, job_id="j_3", at=now)
    assert sorted(types(world)) == ["batch.partial", "batch.paused", "bundle.failed", "bundle.ready", "job.finished"]
    ready = next(json.loads(one["body"]) for one in events(world) if one["type"] == "bundle.ready")
    assert ready["data"] == {
        "job": "j_0",
        "kind": "bundle",
        "bundle": "b_1",
        "links": {"job": "/v1/jobs/j_0", "bundle": "/v1/bundles/b_1"},
    }


def _columns(row: JobRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in JobRow.__slots__}


def test_alarms_are_told_as_they_change(world: World) -> None:
    endpoint(world, types=["alarm.raised", "alarm.cleared"])
    world.clock.move(days=50)
    open_matter(world, matter("m_1"))
    with reading(world.engine) as conn:
        stored = alarms.page(conn, tenant_id=world.tenant.id)
    told = [json.loads(one["body"])["data"] for one in events(world)]
    assert stored
    assert [(one["alarm"], one["no"], one["kind"]) for one in told] == [(row.id, row.no, row.kind) for row in stored]
    world.append("matter.closed", {"reason": "paid"})
    assert types(world)[-1] == "alarm.cleared"


def test_types_are_those_that_can_happen() -> None:
    assert len(outbox.TYPES) == len(set(outbox.TYPES)) == 18
    assert all(len(one) <= 40 and one.count(".") == 1 for one in outbox.TYPES)


def test_deleting_an_endpoint_never_fails_an_append(world: World) -> None:
    """Its row stays, so what an append saw alive can still be pointed to."""
    hook = endpoint(world)
    world.open_matter()
    webhooks(world).delete(hook.row.id, tenant_id=world.tenant.id)
    told = outbox.Event(tenant_id=world.tenant.id, type="x", at=world.clock(), source="x", data={})
    with writing(world.engine) as conn:
        outbox.put(conn, told, webhook_ids=[hook.row.id])
    with pytest.raises(Exception, match=r"(?i)foreign key"), writing(world.engine) as conn:
        conn.execute(delete(tables.webhooks))


@pytest.mark.sqlite
def test_without_an_endpoint_an_append_asks_one_question_more(world: World) -> None:
    world.open_matter()
    asked: list[str] = []
    event.listen(world.engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    world.append("notice.voided", {"notice": "n_9", "notice_no": world.reserve("n_9"), "reason": "x"})
    about = [statement for statement in asked if "webhook" in statement]
    assert len(about) == 1
    assert about[0].startswith("SELECT webhooks.id, webhooks.types")
    with reading(world.engine) as conn:
        plan = conn.exec_driver_sql("EXPLAIN QUERY PLAN SELECT id, types FROM webhooks WHERE tenant_id = 't'").all()
    assert "USING INDEX" in str(plan)
