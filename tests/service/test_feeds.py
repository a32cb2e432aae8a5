"""Calendar feeds: a secret that opens the calendar alone, is shown once, and ends when it should."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from world import World

from service.errors import NotFoundError, UnauthorisedError
from service.feeds import Feeds, NewFeed
from service.records import tables
from service.records.engine import reading

pytestmark = pytest.mark.slow


@pytest.fixture
def feeds(world: World) -> Feeds:
    world.clock.move(microseconds=7)  # clocks do
    return Feeds(world.engine, clock=world.clock, random_bytes=world.random)


def now(world: World) -> datetime:
    return world.clock().replace(microsecond=0)


def test_a_feed_opens_its_tenants_calendar_and_nothing_else(world: World, feeds: Feeds) -> None:
    made = feeds.create(tenant_id=world.tenant.id, label="法务部")
    caller = feeds.authenticate(made.token)
    assert (caller.tenant_id, caller.scopes, caller.key_id) == (world.tenant.id, {"calendar:read"}, made.feed.id)
    with pytest.raises(UnauthorisedError):
        world.access.authenticate(made.token)


@pytest.mark.sqlite
def test_the_secret_is_nowhere_kept(world: World, feeds: Feeds) -> None:
    made = feeds.create(tenant_id=world.tenant.id, label="法务部")
    with reading(world.engine) as conn:
        row = conn.execute(select(tables.calendar_feeds)).one()
    assert made.token not in repr(tuple(row))
    assert made.token[9:].encode() not in (world.folder / "records.sqlite").read_bytes()
    assert "token" not in repr(feeds.of_tenant(world.tenant.id))


@pytest.mark.parametrize("token", ["", "duly_cal_", "duly_cal_" + "A" * 43, "x" * 5000, "\ud83d"])
def test_other_secrets_open_nothing(world: World, feeds: Feeds, token: str) -> None:
    feeds.create(tenant_id=world.tenant.id, label="x")
    with pytest.raises(UnauthorisedError):
        feeds.authenticate(token)


def test_a_new_secret_ends_the_old_one(world: World, feeds: Feeds) -> None:
    made = feeds.create(tenant_id=world.tenant.id, label="x")
    again = feeds.rotate(tenant_id=world.tenant.id, feed_id=made.feed.id)
    assert again.feed == made.feed
    assert feeds.authenticate(again.token).key_id == made.feed.id
    with pytest.raises(UnauthorisedError):
        feeds.authenticate(made.token)


def test_a_revoked_feed_is_over(world: World, feeds: Feeds) -> None:
    made = feeds.create(tenant_id=world.tenant.id, label="x")
    world.clock.move(days=1)
    feeds.revoke(tenant_id=world.tenant.id, feed_id=made.feed.id)
    world.clock.move(days=1)
    feeds.revoke(tenant_id=world.tenant.id, feed_id=made.feed.id)
    (feed,) = feeds.of_tenant(world.tenant.id)
    assert feed.revoked_at == now(world) - timedelta(days=1)
    with pytest.raises(UnauthorisedError):
        feeds.authenticate(made.token)
    with pytest.raises(NotFoundError):
        feeds.rotate(tenant_id=world.tenant.id, feed_id=made.feed.id)


def test_a_closed_tenants_feed_is_over(world: World, feeds: Feeds) -> None:
    made = feeds.create(tenant_id=world.tenant.id, label="x")
    world.access.close_tenant(world.tenant.id)
    with pytest.raises(UnauthorisedError):
        feeds.authenticate(made.token)


def test_another_tenants_feed_is_not_found(world: World, feeds: Feeds) -> None:
    other = world.access.create_tenant(code="OTHER", name="另一家")
    made = feeds.create(tenant_id=other.id, label="x")
    for act in (feeds.rotate, feeds.revoke):
        with pytest.raises(NotFoundError):
            act(tenant_id=world.tenant.id, feed_id=made.feed.id)
    assert feeds.of_tenant(world.tenant.id) == ()
    assert feeds.authenticate(made.token).tenant_id == other.id


def test_what_is_done_beside_it_fails_with_it(world: World, feeds: Feeds) -> None:
    def fail(_conn: object, _made: NewFeed) -> None:
        raise RuntimeError("the answer could not be stored")

    with pytest.raises(RuntimeError):
        feeds.create(tenant_id=world.tenant.id, label="x", also=fail)
    assert feeds.of_tenant(world.tenant.id) == ()


def test_use_is_noted_now_and_then(world: World, feeds: Feeds) -> None:
    made = feeds.create(tenant_id=world.tenant.id, label="x")
    seen = []
    for _ in range(3):
        feeds.authenticate(made.token)
        seen.append(feeds.of_tenant(world.tenant.id)[0].last_used_at)
        world.clock.move(minutes=3)
    assert seen[0] == seen[1] == now(world) - timedelta(minutes=9)
    assert seen[2] == now(world) - timedelta(minutes=3)
