"""The sender with its threads, against a receiver on the loopback and a database that fails now and then."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from receiver import Receiver, wait_for
from sqlalchemy import Connection, Engine, select
from standardwebhooks.webhooks import Webhook
from structlog.testing import capture_logs
from webhook_story import log, nothing
from world import World

from service.errors import StoreError
from service.records import tables
from service.records.engine import writing
from service.records.locks import Owner
from service.records.webhook_sending import PORTION, Claimed
from service.webhooks import Changed, Deliveries, Exchange, NewWebhook, Reach, Sender, Webhooks, deliveries
from service.webhooks import sender as under_test
from service.webhooks.schedule import Outcome, Verdict, verdict

pytestmark = pytest.mark.slow

REACH = Reach.of("127.0.0.0/8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def now() -> datetime:
    return datetime.now(UTC)


def endpoint(world: World, url: str) -> Changed:
    part = Webhooks(engine=world.engine, clock=now, random_bytes=world.random, reach=REACH)
    asked = NewWebhook(url=url, description="", types=None, schemes=["hmac-sha256"])
    return part.create(asked, tenant_id=world.tenant.id, also=nothing)


def sender(world: World, *, owner: Owner | None = None, counted: Callable[[str], None] = lambda _one: None) -> Sender:
    part = Deliveries(world.engine, owner=owner or world.owner, clock=now, jitter=lambda: 0.0, count=counted)
    return Sender(part, post=Exchange(reach=REACH, timeout_seconds=2.0).post, seconds=0.05, threads=4)


@pytest.fixture
def begin() -> Iterator[Callable[[Sender], None]]:
    """Start a sender; however the test ends, it does not go on in the next."""
    begun: list[Sender] = []

    def started(one: Sender) -> None:
        begun.append(one)
        one.start()

    yield started
    for one in begun:
        one.stop()


Begin = Callable[[Sender], None]


def issued(world: World, count: int) -> None:
    world.open_matter()
    for number in range(count):
        world.issue(f"n_{number}")


def is_delivered(world: World, hook: Changed) -> Callable[[], bool]:
    return lambda: {row.state for row in log(world, hook.row.id)} == {"delivered"}


@pytest.mark.slow
def test_everything_arrives_signed_while_the_receiver_stumbles(either: World, receiver: Receiver) -> None:
    receiver.answers["/ok"] = [200, 500, 200, 503, 404, 200]
    hook, counted = endpoint(either, receiver.url()), Counter[str]()
    running = sender(either, counted=lambda one: counted.update([one]))
    running.start()
    issued(either, 30)
    wait_for(is_delivered(either, hook), seconds=40)
    running.stop()
    assert counted == {"delivered": 30, "status": 3}
    verifier, seen = Webhook(hook.keys[0].secret or ""), Counter[str]()
    for taken in receiver.taken:
        assert verifier.verify(taken.body, taken.headers)["type"] == "notice.issued"
        seen[taken.headers["webhook-id"]] += 1
    assert len(seen) == 30
    assert seen.total() == 33
    assert {json.loads(taken.body)["data"]["seq"] for taken in receiver.taken} == set(range(2, 32))


@pytest.mark.slow
def test_one_that_hangs_does_not_hold_up_another(world: World, receiver: Receiver) -> None:
    slow, quick = endpoint(world, receiver.url("/hang")), endpoint(world, receiver.url("/ok"))
    running = sender(world)
    issued(world, 12)
    began = time.monotonic()
    running.start()
    wait_for(is_delivered(world, quick))
    assert time.monotonic() - began < 8
    receiver.let_go.set()
    running.stop()
    assert all(row.state != "delivered" for row in log(world, slow.row.id))


@pytest.mark.slow
def test_a_fleet_sends_each_once(either: World, receiver: Receiver) -> None:
    hook = endpoint(either, receiver.url())
    owners = [Owner(either.engine, either.random) for _ in range(3)]
    fleet = [sender(either, owner=owner) for owner in owners]
    for one in fleet:
        one.start()
    issued(either, 40)
    wait_for(is_delivered(either, hook), seconds=40)
    for one in fleet:
        one.stop()
    assert Counter(taken.headers["webhook-id"] for taken in receiver.taken).most_common(1)[0][1] == 1
    assert len(receiver.taken) == 40
    for owner in owners:
        owner.close()


def test_outcomes_are_kept_while_the_database_is_away(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, fails = endpoint(world, receiver.url()), [True, True]
    settle = Deliveries.settle

    def stumbling(self: Deliveries, done: Any) -> None:
        if fails:
            fails.pop()
            raise StoreError("the database is away")
        settle(self, done)

    monkeypatch.setattr(Deliveries, "settle", stumbling)
    issued(world, 1)
    running = sender(world)
    running.start()
    wait_for(is_delivered(world, hook))
    running.stop()
    assert len(receiver.taken) == 1  # sent once, written down when it could be


def test_a_fault_of_ours_is_an_attempt_that_failed(world: World, receiver: Receiver) -> None:
    hook = endpoint(world, receiver.url())

    def breaks(*_: object, **__: object) -> Any:
        raise RuntimeError("a bug")

    issued(world, 1)
    running = Sender(
        Deliveries(world.engine, owner=world.owner, clock=now, jitter=lambda: 0.0), post=breaks, seconds=0.05, threads=1
    )
    running.start()
    wait_for(lambda: log(world, hook.row.id)[0].attempts == 1)
    running.stop()
    (row,) = log(world, hook.row.id)
    assert (row.state, row.error) == ("waiting", "internal")


def test_what_one_receiver_answers_does_not_stop_another(world: World, receiver: Receiver, begin: Begin) -> None:
    hostile, other = endpoint(world, receiver.url("/endless-year")), endpoint(world, receiver.url("/ok"))
    issued(world, 2)
    begin(sender(world))
    wait_for(is_delivered(world, other))
    wait_for(lambda: {row.state for row in log(world, hostile.row.id)} == {"waiting"})
    assert {(row.state, row.status_code) for row in log(world, hostile.row.id)} == {("waiting", 503)}


@pytest.mark.parametrize("stubborn", [False, True])
def test_an_outcome_that_cannot_be_written_does_not_stop_others(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, begin: Begin, stubborn: bool
) -> None:
    """`stubborn`: not even that it failed can be written; it is let go, and tried again."""
    bad, good = endpoint(world, receiver.url("/404")), endpoint(world, receiver.url("/ok"))

    def breaks(claimed: Claimed, outcome: Outcome, **more: Any) -> Verdict:
        if claimed.webhook_id == bad.row.id and (stubborn or outcome.status == 404):
            raise RuntimeError("a bug")
        return verdict(claimed, outcome, **more)

    monkeypatch.setattr(deliveries, "verdict", breaks)
    monkeypatch.setattr(under_test, "RECOVER_SECONDS", 0.0)
    issued(world, 3)
    with capture_logs() as said:
        begin(sender(world))
        wait_for(is_delivered(world, good))
        if stubborn:
            wait_for(lambda: Counter(taken.path for taken in receiver.taken)["/404"] > 3)
        else:
            wait_for(lambda: {row.error for row in log(world, bad.row.id)} == {"internal"})
    assert Counter(taken.path for taken in receiver.taken)["/ok"] == 3
    assert {one.get("webhook") for one in said if one["event"] == "webhooks.outcome_failed"} == {bad.row.id}


def test_what_is_on_its_way_is_not_taken_for_lost(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, begin: Begin
) -> None:
    looked, recover = Counter[str](), Deliveries.recover
    monkeypatch.setattr(under_test, "RECOVER_SECONDS", 0.0)
    monkeypatch.setattr(Deliveries, "recover", lambda self, **more: looked.update(["once"]) or recover(self, **more))
    hook = endpoint(world, receiver.url("/hang"))
    issued(world, 1)
    begin(sender(world))
    wait_for(lambda: len(receiver.taken) == 1)
    before = looked.total()
    wait_for(lambda: looked.total() > before + 5)
    assert [row.state for row in log(world, hook.row.id)] == ["sending"]
    assert len(receiver.taken) == 1
    receiver.let_go.set()


def test_a_claim_whose_commit_was_not_answered_is_delivered(
    either: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, begin: Begin
) -> None:
    lost: list[str] = []

    @contextmanager
    def loses_one(engine: Engine) -> Iterator[Connection]:
        with writing(engine) as conn:
            yield conn
            claims = conn.execute(select(tables.webhook_deliveries.c.state)).scalars().all() == ["sending"]
        if claims and not lost:
            lost.append("the answer")
            raise StoreError("the answer to COMMIT was lost")

    monkeypatch.setattr(deliveries, "writing", loses_one)
    monkeypatch.setattr(under_test, "RECOVER_SECONDS", 0.3)
    hook = endpoint(either, receiver.url())
    issued(either, 1)
    begin(sender(either))
    wait_for(is_delivered(either, hook))
    assert (lost, len(receiver.taken)) == (["the answer"], 1)


def test_what_is_to_be_forgotten_is_not_left_for_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch, begin: Begin
) -> None:
    portions, asked = [PORTION, 2 * PORTION, PORTION - 1, 0], []

    def forget(_self: Deliveries) -> int:
        asked.append(portions.pop(0))
        return asked[-1]

    looked = Counter[str]()
    monkeypatch.setattr(Deliveries, "forget", forget)
    monkeypatch.setattr(Deliveries, "recover", lambda _self, **_: looked.update(["once"]) or 0)
    monkeypatch.setattr(under_test, "RECOVER_SECONDS", 0.0)
    begin(sender(world))
    wait_for(lambda: looked.total() > 6)
    assert asked == [PORTION, 2 * PORTION, PORTION - 1]  # a portion a turn while there is more
