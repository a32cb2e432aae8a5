"""Deliveries until they are taken: the schedule, who may send, rotation, replay, endpoints that fail or are gone."""

import base64
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from test_webhook_signing import verify_ed25519
from webhook_story import Wire, deliveries, endpoint, events, log, nothing, webhooks
from world import World

from service.errors import ConflictError, NotFoundError, StoreError
from service.records import tables
from service.records import webhooks as rows
from service.records.engine import open_engine, reading, writing
from service.records.locks import Owner
from service.records.webhooks import DeliveryRow
from service.webhooks import deliveries as under_test
from service.webhooks import schedule
from service.webhooks.schedule import DELAYS, Outcome, delay, retry_after_seconds

pytestmark = pytest.mark.slow

REFUSED = Outcome(status=500, error="status", answer="broken")


def issued(world: World, count: int = 1) -> None:
    """That many events."""
    world.open_matter()
    for number in range(1, count + 1):
        world.issue(f"n_{number}")


def only(world: World, webhook_id: str) -> DeliveryRow:
    (row,) = log(world, webhook_id)
    return row


def test_what_is_taken_is_delivered_once(either: World) -> None:
    hook, wire = endpoint(either), Wire(either)
    issued(either, 3)
    assert wire.all() == 3
    rows = log(either, hook.row.id)
    assert {(row.state, row.tries, row.attempts, row.status_code, row.error) for row in rows} == {
        ("delivered", 1, 1, 200, None)
    }
    assert sorted(headers["webhook-id"] for headers, _ in wire.sent) == sorted(row.event_id for row in rows)
    assert {body for _, body in wire.sent} == {one["body"] for one in events(either)}
    assert wire.turn() == 0


def test_the_schedule_and_its_end(either: World) -> None:
    hook, wire = endpoint(either), Wire(either, answer=lambda _event: REFUSED)
    issued(either)
    began = either.clock()
    waited = []
    for wait in DELAYS:
        either.clock.move(seconds=wait)
        waited.append(either.clock() - began)
        assert wire.turn() == 1, wait
        assert wire.turn() == 0
    assert waited[-1] == timedelta(hours=75, minutes=35, seconds=5)
    row = only(either, hook.row.id)
    assert (row.state, row.tries, row.next_at, row.answer) == ("failed", 10, None, "broken")
    assert [attempt["status"] for attempt in row.history] == [500] * 10
    shown = webhooks(either).get(hook.row.id, tenant_id=either.tenant.id).row
    assert (shown.state, shown.disabled_because, shown.failures) == ("disabled", "failing", 10)
    assert shown.failing_since == began


def test_nothing_is_lost_while_an_endpoint_is_disabled(world: World) -> None:
    hook, wire = endpoint(world), Wire(world)
    world.open_matter()
    part, mine = webhooks(world), {"tenant_id": world.tenant.id}
    part.change(hook.row.id, {"state": "disabled"}, **mine)
    world.issue("n_1")
    assert wire.turn() == 0
    assert only(world, hook.row.id).state == "waiting"
    for refused in (
        lambda: part.test(hook.row.id, also=nothing, **mine),
        lambda: part.replay(hook.row.id, only(world, hook.row.id).event_id, also=nothing, **mine),
        lambda: part.replay_failed(hook.row.id, since=world.clock(), also=nothing, **mine),
    ):
        with pytest.raises(ConflictError, match="disabled"):
            refused()
    active = part.change(hook.row.id, {"state": "active"}, **mine).row
    assert (active.state, active.disabled_because, active.failures) == ("active", None, 0)
    assert wire.all() == 1


def test_gone_disables_at_once(world: World) -> None:
    hook, wire = endpoint(world), Wire(world, answer=lambda _event: Outcome(status=410, error="status"))
    issued(world)
    wire.turn()
    row = webhooks(world).get(hook.row.id, tenant_id=world.tenant.id).row
    assert (row.state, row.disabled_because) == ("disabled", "gone")
    assert only(world, hook.row.id).state == "failed"
    world.clock.move(days=30)
    assert wire.turn() == 0


@pytest.mark.slow
def test_four_days_without_a_success_disable_however_many_events(world: World) -> None:
    hook, wire = endpoint(world), Wire(world, answer=lambda _event: REFUSED)
    issued(world, 40)
    for _ in range(4 * 24 + 2):
        wire.turn()
        world.clock.move(hours=1)
    row = webhooks(world).get(hook.row.id, tenant_id=world.tenant.id).row
    assert (row.state, row.disabled_because) == ("disabled", "failing")
    assert row.failures < 120  # it rested: forty events did not take ten attempts each
    assert Counter(one.state for one in log(world, hook.row.id))["failed"] < 40


def test_an_endpoint_that_fails_rests_and_is_probed_by_one(world: World) -> None:
    hook, wire = endpoint(world), Wire(world, answer=lambda _event: REFUSED)
    issued(world, 20)
    assert wire.turn() == 8  # no more abreast than this
    assert wire.turn() == 0
    row = webhooks(world).get(hook.row.id, tenant_id=world.tenant.id).row
    assert row.resting_until == world.clock() + timedelta(seconds=60 * 2**3)
    world.clock.move(seconds=60 * 2**3)
    assert wire.turn() == 1
    wire.answer = lambda _event: Outcome(status=200)
    world.clock.move(hours=1)
    assert wire.turn() == 1
    assert wire.turn() == 8  # well again
    wire.all()
    world.clock.move(days=1)
    wire.all()
    assert {one.state for one in log(world, hook.row.id)} == {"delivered"}


def test_retry_after_is_honoured_within_bounds(world: World) -> None:
    asked = Outcome(status=503, error="status", retry_after="600")
    hook, wire = endpoint(world), Wire(world, answer=lambda _event: asked)
    issued(world)
    wire.turn()
    assert only(world, hook.row.id).next_at == world.clock() + timedelta(seconds=600)
    world.issue("n_2")
    assert wire.turn() == 0  # nothing at all is sent to who asked for quiet
    world.clock.move(seconds=600)
    wire.answer = lambda _event: Outcome(status=204)
    assert wire.all() == 2


PARTS = st.sampled_from(
    (
        "Mon",
        ",",
        "01",
        "31",
        "Jan",
        "Dec",
        "2026",
        "9999",
        "00:00:00",
        "00.00",
        "24:60",
        "GMT",
        "+2359",
        "-9999",
        "(",
        '"',
    )
)
RETRY_AFTERS = (
    st.text(max_size=40)
    | st.integers(-(10**12), 10**12).map(str)
    | st.lists(PARTS | st.integers(-1, 10**20).map(str), max_size=9).map(" ".join)
)
"""Anything, numbers, and what looks like a date."""


@given(text=RETRY_AFTERS, jitter=st.floats(0, 1))
@example(text="Mon, 01 Jan 99999999999999999999 00:00:00 GMT", jitter=0.0)
@example(text="Mon, 01 Jan 2026 99999999999999999999:00:00 GMT", jitter=0.0)
@example(text="Mon, 01 Jan 2026 00:00:00 +99999999999999999", jitter=0.0)
def test_any_retry_after_is_bounded(text: str, jitter: float) -> None:
    now = schedule.datetime(2026, 11, 28, tzinfo=schedule.UTC)
    assert 0 <= retry_after_seconds(text, now=now) <= 24 * 3600
    for tries in range(1, 10):
        wait = delay(tries, text, now=now, jitter=jitter)
        assert wait is not None
        assert DELAYS[tries] <= wait.total_seconds() <= max(DELAYS[tries] * 1.2, 24 * 3600) + 1
    assert delay(10, text, now=now, jitter=jitter) is None


def test_retry_after_as_a_date() -> None:
    now = schedule.datetime(2026, 11, 28, 1, tzinfo=schedule.UTC)
    assert retry_after_seconds("Sat, 28 Nov 2026 01:05:00 GMT", now=now) == 300
    assert retry_after_seconds("Sat, 28 Nov 2020 01:05:00 GMT", now=now) == 0
    assert retry_after_seconds("Fri, 31 Dec 9999 23:59:59 GMT", now=now) == 24 * 3600


def test_a_replay_keeps_the_id_and_begins_a_new_round(world: World) -> None:
    hook, wire = endpoint(world), Wire(world, answer=lambda _event: REFUSED)
    issued(world)
    for wait in DELAYS:
        world.clock.move(seconds=wait)
        wire.turn()
    part, mine = webhooks(world), {"tenant_id": world.tenant.id}
    part.change(hook.row.id, {"state": "active"}, **mine)
    (failed,) = log(world, hook.row.id, state="failed")
    assert part.replay_failed(hook.row.id, since=world.clock(), also=nothing, **mine) == 0
    assert part.replay_failed(hook.row.id, since=failed.created_at, also=nothing, **mine) == 1
    wire.answer = lambda _event: Outcome(status=200)
    assert wire.all() == 1
    again = part.replay(hook.row.id, failed.event_id, also=nothing, **mine)
    assert (again.state, again.tries, again.attempts) == ("waiting", 0, 11)
    assert wire.all() == 1
    assert len(wire.sent) == 12
    assert {(headers["webhook-id"], body) for headers, body in wire.sent} == {(failed.event_id, wire.sent[0][1])}
    assert len({headers["webhook-signature"] for headers, _ in wire.sent}) > 1  # each signs its own time
    with pytest.raises(NotFoundError):
        part.replay(hook.row.id, "evt_none", also=nothing, **mine)


def test_a_test_is_sent_whatever_is_wanted(world: World) -> None:
    hook, wire = endpoint(world, types=["scan.recorded"]), Wire(world)
    other = endpoint(world)
    sent = webhooks(world).test(hook.row.id, tenant_id=world.tenant.id, also=nothing)
    assert (sent.type, sent.state) == ("webhook.test", "waiting")
    assert wire.all() == 1
    assert only(world, hook.row.id).state == "delivered"
    assert log(world, other.row.id) == []


def test_rotation_signs_with_both_until_the_old_key_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.clock.at = schedule.datetime.now(schedule.UTC)  # the other library looks at its own clock
    hook, wire = endpoint(world, schemes=("hmac-sha256", "ed25519")), Wire(world)
    part, mine = webhooks(world), {"tenant_id": world.tenant.id}
    old = {key.scheme: key for key in hook.keys}
    made = part.rotate(hook.row.id, grace=timedelta(hours=1), also=nothing, **mine)
    new = {key.scheme: key for key in made.keys if key.ends_at is None}
    assert [key.secret is None for key in made.keys] == [
        True,
        False,
        True,
        True,
    ]  # ed25519 shows none, old ones neither
    issued(world)
    wire.turn()
    headers, body = wire.sent[-1]
    assert len(headers["webhook-signature"].split(" ")) == 4
    assert headers["webhook-signature"].split(" ")[0].startswith("v1")
    for keys in (old, new):
        assert Webhook(keys["hmac-sha256"].secret or "").verify(body, headers)["type"] == "notice.issued"
        assert any(_holds(keys["ed25519"].public_key or "", one, headers, body) for one in signatures_of(headers))
    world.clock.move(hours=1)
    world.issue("n_2")
    wire.turn()
    headers, body = wire.sent[-1]
    assert len(signatures_of(headers)) == 2
    assert not any(_holds(old["ed25519"].public_key or "", one, headers, body) for one in signatures_of(headers))
    monkeypatch.setattr(
        Webhook,
        "_Webhook__verify_timestamp",
        lambda _self, text: schedule.datetime.fromtimestamp(int(text), tz=schedule.UTC),
    )
    with pytest.raises(WebhookVerificationError):
        Webhook(old["hmac-sha256"].secret or "").verify(body, headers)
    assert Webhook(new["hmac-sha256"].secret or "").verify(body, headers)


def signatures_of(headers: dict[str, str]) -> list[str]:
    return headers["webhook-signature"].split(" ")


def _holds(public: str, signature: str, headers: dict[str, str], body: bytes) -> bool:
    if not signature.startswith("v1a,"):
        return False
    try:
        verify_ed25519(public, signature, f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body)
    except Exception:  # noqa: BLE001 - whatever it is, it does not hold
        return False
    return True


def test_keys_that_are_over_are_erased(world: World) -> None:
    hook, part, mine = endpoint(world), webhooks(world), {"tenant_id": world.tenant.id}
    first = base64.b64decode((hook.keys[0].secret or "").removeprefix("whsec_"))
    part.rotate(hook.row.id, grace=timedelta(days=400), also=nothing, **mine)
    assert part.get(hook.row.id, **mine).keys[1].ends_at == world.clock() + timedelta(days=7)  # no longer than this
    part.rotate(hook.row.id, grace=timedelta(hours=1), also=nothing, **mine)
    with reading(world.engine) as conn:
        secrets = conn.execute(select(tables.webhook_keys.c.secret)).scalars().all()
    assert len(secrets) == 2
    assert first not in secrets
    part.delete(hook.row.id, **mine)
    with reading(world.engine) as conn:
        assert conn.execute(select(func.count()).select_from(tables.webhook_keys)).scalar_one() == 0


def test_a_key_is_erased_when_its_grace_is_over(either: World) -> None:
    hook, part, mine = endpoint(either), webhooks(either), {"tenant_id": either.tenant.id}
    part.rotate(hook.row.id, grace=timedelta(hours=1), also=nothing, **mine)
    either.clock.move(minutes=59)
    deliveries(either).forget()
    assert len(stored_keys(either)) == 2
    either.clock.move(minutes=1)
    deliveries(either).forget()
    assert stored_keys(either) == [key.id for key in part.get(hook.row.id, **mine).keys]
    fresh = part.rotate(hook.row.id, grace=timedelta(0), also=nothing, **mine).keys
    assert stored_keys(either) == [key.id for key in fresh]
    assert len(fresh) == 1


def stored_keys(world: World) -> list[str]:
    with reading(world.engine) as conn:
        return list(conn.execute(select(tables.webhook_keys.c.id)).scalars())


def test_a_closed_tenant_is_sent_nothing(world: World) -> None:
    endpoint(world)
    issued(world)
    world.access.close_tenant(world.tenant.id)
    assert Wire(world).turn() == 0


def test_an_endpoint_that_moves_is_thought_well(world: World) -> None:
    hook, wire = endpoint(world), Wire(world, answer=lambda _event: REFUSED)
    issued(world, 8)
    wire.turn()
    part, mine = webhooks(world), {"tenant_id": world.tenant.id}
    assert part.change(hook.row.id, {"description": "x"}, **mine).row.failures == 8
    assert part.get(hook.row.id, **mine).row.resting_until is not None
    moved = part.change(hook.row.id, {"url": "https://other.example/"}, **mine).row
    assert (moved.failures, moved.failing_since, moved.resting_until) == (0, None, None)


def test_a_deleted_endpoint_is_sent_nothing_more_and_forgotten(world: World) -> None:
    hook, kept, wire = endpoint(world), endpoint(world), Wire(world)
    issued(world, 2)
    wire.all()
    world.issue("n_3")
    webhooks(world).delete(hook.row.id, tenant_id=world.tenant.id)
    with pytest.raises(NotFoundError):
        webhooks(world).get(hook.row.id, tenant_id=world.tenant.id)
    assert wire.all() == 1
    part = deliveries(world)
    assert part.forget() == 3
    assert len(log(world, kept.row.id)) == 3
    world.clock.move(days=31)
    assert part.forget() == 6  # three deliveries and three events
    assert (events(world), part.forget()) == ([], 0)


def test_what_was_not_delivered_is_kept(world: World) -> None:
    hook = endpoint(world)
    issued(world)
    world.clock.move(days=400)
    assert deliveries(world).forget() == 0
    assert only(world, hook.row.id).state == "waiting"


def test_two_processes_never_send_the_same_at_once(either: World) -> None:
    endpoint(either)
    issued(either, 30)
    claimed: list[str] = []
    owners = [Owner(either.engine, either.random) for _ in range(3)]
    barrier = threading.Barrier(3)

    def claim(owner: Owner) -> None:
        part = deliveries(either, owner)
        barrier.wait()
        for _ in range(10):
            claimed.extend(task.claimed.event_id for task in part.take(room=3, under_way={}))

    threads = [threading.Thread(target=claim, args=(owner,)) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(claimed) == len(set(claimed)) == 30
    for owner in owners:
        owner.close()


def test_what_a_dead_process_was_sending_waits_again(either: World) -> None:
    hook = endpoint(either)
    issued(either, 2)
    other = open_engine(either.url)
    dying = Owner(other, either.random)
    (task,) = deliveries(either, dying).take(room=1, under_way={})
    mine = deliveries(either)
    assert mine.recover() == 0  # it lives
    assert [row.state for row in log(either, hook.row.id)].count("sending") == 1
    with pytest.raises(ConflictError, match="sent now"):
        webhooks(either).replay(hook.row.id, task.claimed.event_id, tenant_id=either.tenant.id, also=nothing)
    dying.close()
    assert mine.recover() == 1
    assert Wire(either).all() == 2
    deliveries(either, dying).settle([(task, REFUSED)])  # too late: another has sent it
    assert {row.state for row in log(either, hook.row.id)} == {"delivered"}
    other.dispose()


def test_a_claim_whose_commit_was_not_answered_waits_again(either: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hook, part = endpoint(either), deliveries(either)
    issued(either)
    after_writing(monkeypatch, _lose_the_answer)
    with pytest.raises(StoreError):
        part.take(room=5, under_way={})
    assert only(either, hook.row.id).state == "sending"
    assert part.recover() == 1
    (task,) = part.take(room=5, under_way={})
    assert part.recover(held=[task.claimed.key]) == 0  # this one is on its way
    part.settle([(task, Outcome(status=200))])
    assert only(either, hook.row.id).state == "delivered"


def _lose_the_answer() -> None:
    raise StoreError("the answer to COMMIT was lost")


@pytest.mark.parametrize(
    ("change", "sent_to"),
    [
        ("delete", []),
        ({"state": "disabled"}, []),
        ({"url": "https://other.example/"}, ["https://other.example/"]),
    ],
)
def test_a_change_before_the_claim_holds_for_it(
    either: World, monkeypatch: pytest.MonkeyPatch, change: str | dict[str, str], sent_to: list[str]
) -> None:
    """It comes after the look that found something due, and before the transaction that takes it."""
    hook, part, mine = endpoint(either), webhooks(either), {"tenant_id": either.tenant.id}
    issued(either)

    def changed() -> None:
        if isinstance(change, str):
            part.delete(hook.row.id, **mine)
        else:
            part.change(hook.row.id, change, **mine)

    before_writing(monkeypatch, changed)
    tasks = deliveries(either).take(room=5, under_way={})
    assert [task.url for task in tasks] == sent_to
    with reading(either.engine) as conn:
        states = conn.execute(select(tables.webhook_deliveries.c.state)).scalars().all()
    assert states == ["sending" if sent_to else "waiting"]


def before_writing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Do it once, before the next transaction of deliveries that writes."""

    @contextmanager
    def later(engine: Engine) -> Iterator[Connection]:
        monkeypatch.setattr(under_test, "writing", writing)
        act()
        with writing(engine) as conn:
            yield conn

    monkeypatch.setattr(under_test, "writing", later)


def after_writing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Do it once, after the next transaction of deliveries that writes."""

    @contextmanager
    def earlier(engine: Engine) -> Iterator[Connection]:
        monkeypatch.setattr(under_test, "writing", writing)
        with writing(engine) as conn:
            yield conn
        act()

    monkeypatch.setattr(under_test, "writing", earlier)


def test_nothing_is_claimed_for_an_endpoint_without_a_key(world: World) -> None:
    hook = endpoint(world)
    issued(world)
    with writing(world.engine) as conn:
        rows.erase_keys(conn, webhook_id=hook.row.id)
    assert deliveries(world).take(room=5, under_way={}) == []
    assert only(world, hook.row.id).state == "waiting"


def test_no_endpoint_starves_another(world: World) -> None:
    hooks = [endpoint(world) for _ in range(3)]
    issued(world, 20)
    part, taken = deliveries(world), Counter()
    for _ in range(6):
        tasks = part.take(room=5, under_way={})
        taken.update(task.claimed.webhook_id for task in tasks)
    assert set(taken) == {hook.row.id for hook in hooks}
    assert part.take(room=0, under_way={}) == []
    assert part.take(room=5, under_way={hook.row.id: 8 for hook in hooks}) == []
