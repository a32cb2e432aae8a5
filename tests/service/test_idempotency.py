"""The same request again is answered again and done once."""

import threading
from datetime import timedelta

import pytest
from world import World

from service.errors import ConflictError, RefusedError
from service.idempotency import Idempotency, Replay, Started
from service.records.engine import writing
from service.records.locks import Owner


def begin(world: World, key: str = "k", fingerprint: bytes = b"f" * 32, **more: str) -> Replay | Started:
    where = {"tenant_id": world.tenant.id, "scope": "POST /v1/notices"} | more
    return world.idempotency.begin(key=key, fingerprint=fingerprint, **where)


def finish(world: World, started: Started, body: bytes = b"{}") -> None:
    with writing(world.engine) as conn:
        world.idempotency.finish(conn, started, status=201, headers={"etag": '"x"'}, body=body)


def test_the_first_answer_is_given_again(world: World) -> None:
    finish(world, begin(world), '{"编号":1}'.encode())
    assert begin(world) == Replay(status=201, headers={"etag": '"x"'}, body='{"编号":1}'.encode())


def test_while_it_runs_a_second_one_waits(world: World) -> None:
    begin(world)
    with pytest.raises(ConflictError) as caught:
        begin(world)
    assert caught.value.code == "idempotency_in_progress"


@pytest.mark.parametrize("finished", [True, False])
def test_another_request_under_the_key_is_refused(world: World, finished: bool) -> None:
    started = begin(world)
    if finished:
        finish(world, started)
    with pytest.raises(RefusedError) as caught:
        begin(world, fingerprint=b"g" * 32)
    assert caught.value.code == "idempotency_key_reused"


def test_tenants_and_scopes_have_their_own_keys(world: World) -> None:
    other = world.access.create_tenant(code="OTHER", name="另一家")
    for place in ({}, {"tenant_id": other.id}, {"scope": "POST /v1/matters"}):
        assert isinstance(begin(world, **place), Started)


def test_a_refused_request_gives_its_key_back(world: World) -> None:
    world.idempotency.release(begin(world))
    assert isinstance(begin(world, fingerprint=b"g" * 32), Started)


def test_releasing_a_finished_request_changes_nothing(world: World) -> None:
    started = begin(world)
    finish(world, started)
    world.idempotency.release(started)
    assert isinstance(begin(world), Replay)


def test_the_answer_is_stored_only_with_the_work(world: World) -> None:
    started = begin(world)

    def work_and_fail() -> None:
        with writing(world.engine) as conn:
            world.idempotency.finish(conn, started, status=201, headers={}, body=b"")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work_and_fail()
    world.idempotency.release(started)
    assert isinstance(begin(world), Started)


def test_answers_are_kept_for_seven_days(world: World) -> None:
    finish(world, begin(world))
    world.clock.move(days=6, hours=23)
    assert isinstance(begin(world), Replay)
    world.clock.move(hours=2)
    assert isinstance(begin(world), Started)


def test_a_dead_process_holds_no_key(world: World) -> None:
    begin(world)
    world.restart()
    assert isinstance(begin(world), Started)


def test_a_process_taken_for_dead_cannot_finish(world: World) -> None:
    started = begin(world)
    world.restart()
    begin(world)
    with pytest.raises(ConflictError):
        finish(world, started)


def test_settling_forgets_the_dead_and_the_old(world: World) -> None:
    finish(world, begin(world, "old"))
    begin(world, "dead")
    world.clock.move(days=8)
    world.restart()
    finish(world, begin(world, "new"))
    begin(world, "running")
    assert world.idempotency.settle() == 2
    assert isinstance(begin(world, "new"), Replay)
    with pytest.raises(ConflictError):
        begin(world, "running")


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_malformed_key_is_refused(world: World, key: str) -> None:
    with pytest.raises(RefusedError):
        begin(world, key)


def test_of_many_at_once_one_runs(world: World) -> None:
    second = Owner(world.engine, world.random)
    both = [world.idempotency, Idempotency(world.engine, clock=world.clock, owner=second)]
    outcomes: list[str] = []

    def work(n: int) -> None:
        try:
            both[n % 2].begin(tenant_id=world.tenant.id, scope="POST /x", key="k", fingerprint=b"f" * 32)
            outcomes.append("started")
        except ConflictError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.close()
    assert sorted(outcomes) == ["idempotency_in_progress"] * 7 + ["started"]


def test_a_week_is_a_week() -> None:
    from service.idempotency import KEPT

    assert timedelta(days=7) == KEPT
