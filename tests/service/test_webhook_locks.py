"""Appends, owners and senders at one endpoint at once, on PostgreSQL: none waits for another, none is undone."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Connection, text
from webhook_story import URL, deliveries, endpoint, log, nothing, webhooks
from world import World

from service.errors import ConflictError
from service.records import outbox, webhook_sending
from service.records import webhooks as rows
from service.records.engine import writing
from service.webhooks import Changed, NewWebhook
from service.webhooks.endpoints import LIMIT, Also
from service.webhooks.schedule import Outcome

pytestmark = pytest.mark.slow
FAILED = Outcome(status=500, error="status")


def told(world: World, source: str) -> outbox.Event:
    return outbox.Event(tenant_id=world.tenant.id, type="scan.recorded", at=world.clock(), source=source, data={})


def judged(conn: Connection, world: World, webhook_id: str) -> None:
    webhook_sending.health(conn, webhook_id=webhook_id)
    rows.update_webhook(conn, webhook_id=webhook_id, failures=1, failing_since=world.clock())


def managed(conn: Connection, world: World, webhook_id: str) -> None:
    rows.webhook(conn, tenant_id=world.tenant.id, webhook_id=webhook_id, lock=True)
    rows.update_webhook(conn, webhook_id=webhook_id, description="changed")


@pytest.mark.parametrize("hold", [judged, managed])
def test_a_fact_does_not_wait_for_what_is_done_to_an_endpoint(
    pg_world: World, hold: Callable[[Connection, World, str], None]
) -> None:
    hook = endpoint(pg_world)
    with writing(pg_world.engine) as holding:
        hold(holding, pg_world, hook.row.id)
        with writing(pg_world.engine) as conn:
            conn.execute(text("SET LOCAL lock_timeout = '2s'"))
            outbox.note(conn, told(pg_world, "meanwhile"))
    assert [row.state for row in log(pg_world, hook.row.id)] == ["waiting"]


def test_facts_and_failing_endpoints_do_not_undo_each_other(pg_world: World) -> None:
    """Twenty endpoints that fail, three that append, one that sends: as many facts as were appended, nobody refused."""
    world, faults = pg_world, list[Exception]()
    hooks = []
    for number in range(LIMIT):
        hooks.append(endpoint(world, url=f"https://h{number}.example/").row.id)
        world.clock.move(seconds=1)  # so that they are not found in the order of their ids
    stop = threading.Event()

    def append(who: int) -> None:
        for number in range(15):
            with writing(world.engine) as conn:
                outbox.note(conn, told(world, f"{who}-{number}"))

    def send() -> None:
        part = deliveries(world)
        while not stop.is_set():
            world.clock.move(hours=3)
            part.settle([(task, FAILED) for task in part.take(room=100, under_way={})])

    def kept(act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody else may cause it
            faults.append(error)

    appending = [threading.Thread(target=kept, args=(partial(append, who),)) for who in range(3)]
    sending = threading.Thread(target=kept, args=(send,))
    for thread in (sending, *appending):
        thread.start()
    for thread in appending:
        thread.join(timeout=120)
    stop.set()
    sending.join(timeout=60)
    assert faults == []
    assert {len(log(world, hook)) for hook in hooks} == {45}


def test_two_at_once_do_not_make_one_too_many(either: World) -> None:
    for _ in range(LIMIT - 1):
        endpoint(either)
    part, refused = webhooks(either), list[str]()

    def make(also: Also[Changed]) -> None:
        asked = NewWebhook(url=URL, description="", types=None, schemes=["hmac-sha256"])
        part.create(asked, tenant_id=either.tenant.id, also=also)

    def second() -> None:
        try:
            make(nothing)
        except ConflictError as error:
            refused.append(error.code)

    other = threading.Thread(target=second)

    def meanwhile(*_: object) -> None:
        other.start()
        other.join(timeout=1)

    make(meanwhile)
    other.join(timeout=60)
    assert refused == ["webhooks_limit"]
    assert len(part.of_tenant(either.tenant.id)) == LIMIT
