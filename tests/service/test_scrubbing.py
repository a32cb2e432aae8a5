"""Scrubbing finds what a store lost or changed, goes on where it stopped, and begins again when it is time."""

from datetime import timedelta

import pytest
from world import World

from service import scrubbing as module
from service.ledger import object_key
from service.records import scrubbing as rounds
from service.records.engine import reading
from service.records.scrubbing import Frozen, ScrubRound
from service.scrubbing import Scrubbing


class Counted:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def found() -> Counted:
    return Counted()


def scrubber(world: World, found: Counted) -> Scrubbing:
    return Scrubbing(world.engine, world.objects, clock=world.clock, every=timedelta(days=30), found=found)


def last(world: World) -> ScrubRound:
    with reading(world.engine) as conn:
        now = rounds.last_round(conn)
    assert now is not None
    return now


def frozen(world: World) -> tuple[Frozen, ...]:
    with reading(world.engine) as conn:
        return rounds.frozen_after(conn, tenant_id="", digest=b"", limit=1000)


def test_a_round_looks_at_everything_once(either: World, found: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    either.story()
    scrubbing, there = scrubber(either, found), frozen(either)
    assert scrubbing.is_due()
    pages = 1
    while scrubbing.page() == 3:
        assert scrubbing.is_due()
        pages += 1
    assert pages == len(there) // 3 + 1
    assert (last(either).checked, list(last(either).faults), found.times) == (len(there), [], 0)
    assert not scrubbing.is_due()
    either.clock.move(days=31)
    assert scrubbing.is_due()


def test_what_is_missing_or_changed_is_found(world: World, found: Counted) -> None:
    world.story()
    missing, changed = frozen(world)[0], frozen(world)[-1]
    keys = [object_key(one.tenant_id, one.digest) for one in (missing, changed)]
    del world.objects.kept[keys[0]]
    world.objects.kept[keys[1]] += b"?"
    scrubber(world, found).page()
    assert sorted(last(world).faults) == sorted(keys)
    assert found.times == 2
