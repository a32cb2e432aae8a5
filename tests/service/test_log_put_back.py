"""A database that is put back while the service runs: nothing is signed, shown or appended over what was shown."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults import Fault, Plan
from sqlalchemy import delete, insert, select
from world import ORIGIN, World

from evidence.checkpoint import parse_checkpoint
from service.adapters.directory import DirectoryStore
from service.errors import StoreError
from service.ledger import Ledger
from service.records import tables
from service.records.engine import reading, writing
from service.sequencer import Sequencer

pytestmark = pytest.mark.slow


class Copy:
    """The whole database as it was: what a restored backup has, or a standby that lacked the last transactions."""

    def __init__(self, world: World) -> None:
        self._engine = world.engine
        with reading(world.engine) as conn:
            self._rows = {
                table: conn.execute(select(table)).mappings().all() for table in tables.metadata.sorted_tables
            }

    def put_back(self) -> None:
        with writing(self._engine) as conn:
            for table in reversed(tables.metadata.sorted_tables):
                conn.execute(delete(table))
            for table, rows in self._rows.items():
                if rows:
                    conn.execute(insert(table), [dict(row) for row in rows])


def another_process(world: World) -> Sequencer:
    return Sequencer(world.engine, world.objects, clock=world.clock, log_keys=world.keys, origin=ORIGIN)


def appended(world: World, count: int) -> None:
    for _ in range(count):
        world.open_matter(f"m_{secrets.token_hex(6)}")


def shown_size(world: World) -> int:
    return parse_checkpoint(world.objects.read("log/checkpoint", limit=1 << 20))[0].tree_size


def signed_sizes(world: World) -> list[int]:
    return sorted(int(key.rpartition("/")[2]) for key in world.objects.keys("log/checkpoints/"))


def put_back_from_11_to_5(world: World) -> None:
    appended(world, 5)
    world.integrate_all()
    copy = Copy(world)
    appended(world, 6)
    world.integrate_all()
    assert shown_size(world) == 11
    copy.put_back()


def is_refused(act: Callable[[], Any]) -> StoreError:
    with pytest.raises(StoreError) as caught:
        act()
    assert caught.value.fatal
    assert caught.value.code == "log_broken"
    return caught.value


@pytest.fixture(params=["directory", pytest.param("s3", marks=pytest.mark.slow)])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An installation over each real object store."""
    if request.param == "s3":
        objects = request.getfixturevalue("s3_server").store(prefix=secrets.token_hex(8))
        objects.check()
    else:
        objects = DirectoryStore(tmp_path / "objects")
    made = World(tmp_path, objects=objects)
    yield made
    made.close()


def check_that_nothing_more_is_signed(world: World) -> None:
    put_back_from_11_to_5(world)
    appended(world, 3)
    assert "put back" in is_refused(world.sequencer.integrate).message
    assert (shown_size(world), signed_sizes(world)) == (11, [0, 5, 11])
    appended(world, 12)
    is_refused(world.sequencer.integrate)
    is_refused(world.sequencer.catch_up)
    assert not world.sequencer.has_waiting()
    world.restart()
    is_refused(world.sequencer.check_head)
    is_refused(world.sequencer.integrate)
    assert (shown_size(world), signed_sizes(world)) == (11, [0, 5, 11])


def test_no_second_history_is_signed(world: World) -> None:
    check_that_nothing_more_is_signed(world)


def test_no_second_history_is_signed_over_a_real_store(stored: World) -> None:
    check_that_nothing_more_is_signed(stored)


def test_another_process_that_never_saw_the_newer_head_signs_nothing_either(world: World) -> None:
    other = another_process(world)
    put_back_from_11_to_5(world)
    appended(world, 3)
    is_refused(other.integrate)
    is_refused(world.sequencer.integrate)
    assert (shown_size(world), signed_sizes(world)) == (11, [0, 5, 11])


def test_an_older_head_is_not_published_over_the_newer_one(world: World) -> None:
    """The copy was made between the swap and the publication, so its head says that it is not published."""
    appended(world, 5)
    world.objects.plan = Plan(at=3, fault=Fault.FAILS)  # after a bundle, a tile and checkpoints/5
    with pytest.raises(StoreError):
        world.sequencer.integrate()
    copy = Copy(world)
    world.objects.plan = Plan()
    appended(world, 6)
    world.integrate_all()
    copy.put_back()
    is_refused(another_process(world).integrate)
    assert shown_size(world) == 11


def test_a_commit_that_only_this_process_saw_is_not_forgotten(world: World) -> None:
    """The object store was away: the head was handed out by the API, and `log/checkpoint` does not show it."""
    appended(world, 5)
    world.integrate_all()
    copy = Copy(world)
    appended(world, 6)
    world.objects.plan = Plan(at=2, fault=Fault.FAILS)
    with pytest.raises(StoreError):
        world.sequencer.integrate()
    world.objects.plan = Plan()
    assert (shown_size(world), parse_checkpoint(world.proofs.checkpoint())[0].tree_size) == (5, 11)
    copy.put_back()
    assert world.sequencer.has_waiting(), "an idle process notices too"
    is_refused(world.sequencer.integrate)
    assert signed_sizes(world) == [0, 5]


@pytest.mark.parametrize("at", ["put log/tile/entries/", "put log/tile/0/"])
def test_a_standby_that_takes_over_in_the_midst_of_a_growth(world: World, at: str) -> None:
    """It has the old head, so that the swap would go through, and lacks the entries that were just indexed."""
    appended(world, 5)
    world.integrate_all()
    copy = Copy(world)
    appended(world, 3)
    world.objects.plan = Meanwhile(at, copy.put_back)
    is_refused(world.sequencer.integrate)
    assert (world.sequencer._shown.head().tree_size, shown_size(world), signed_sizes(world)) == (5, 5, [0, 5])


class Meanwhile(Plan):
    """Something happens just before the first write with such a name."""

    def __init__(self, at: str, act: Callable[[], None]) -> None:
        super().__init__()
        self._at, self._act = at, act

    def around(self, name: str, write: Callable[[], None]) -> None:
        if name.startswith(self._at):
            self._at, act = "-", self._act
            act()
        write()


def test_a_checkpoint_that_is_not_ours_or_gone_stops_the_growth(world: World) -> None:
    appended(world, 2)
    world.integrate_all()
    right = world.objects.kept["log/checkpoint"]
    for found in (right[:-8] + b"AAAAAAA\n", b"", None):
        world.objects.kept.pop("log/checkpoint", None)
        if found is not None:
            world.objects.kept["log/checkpoint"] = found
        appended(world, 1)
        is_refused(another_process(world).integrate)
        assert world.objects.kept.get("log/checkpoint") == found
    world.objects.kept["log/checkpoint"] = right
    assert another_process(world).integrate().new_size == 5


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_another_process_shows_while_we_look_is_no_fault(
    world: World, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """It grows the log just before, or just after, we read `log/checkpoint`, with a head of ours that is older."""
    appended(world, 3)
    world.integrate_all()
    appended(world, 2)
    other, read = another_process(world), world.objects.read

    def reading_meanwhile(key: str, *, limit: int) -> bytes:
        monkeypatch.setattr(world.objects, "read", read)
        found = read(key, limit=limit)
        other._integrate()
        return found if when == "after" else read(key, limit=limit)

    monkeypatch.setattr(world.objects, "read", reading_meanwhile)
    world.sequencer.check_shown()
    assert shown_size(world) == 5
    appended(world, 1)
    world.integrate_all()
    world.check_log()


def test_an_older_checkpoint_of_ours_that_is_shown_is_grown_over(world: World) -> None:
    """A process that was slow published it late, and died before it noticed."""
    appended(world, 3)
    world.integrate_all()
    old = world.objects.kept["log/checkpoint"]
    appended(world, 2)
    world.integrate_all()
    world.objects.kept["log/checkpoint"] = old
    world.sequencer.check_shown()
    appended(world, 1)
    assert another_process(world).integrate().new_size == 6
    assert shown_size(world) == 6
    world.check_log()


def test_what_is_shown_is_read_once_for_a_growth(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    appended(world, 3)
    asked: list[str] = []
    read = world.objects.read
    monkeypatch.setattr(world.objects, "read", lambda key, *, limit: (asked.append(key), read(key, limit=limit))[1])
    world.integrate_all()
    world.sequencer.catch_up()
    assert asked.count("log/checkpoint") == 1


def test_nothing_is_appended_over_a_database_that_was_put_back(world: World) -> None:
    """It will be replaced by a newer copy: what would be recorded in it now would be lost, its numbers used twice."""
    ledger = Ledger(
        world.engine, world.objects, clock=world.clock, origin=ORIGIN, random_bytes=world.random,
        require_log=world.sequencer.require_whole,
    )  # fmt: skip
    world.ledger = ledger
    put_back_from_11_to_5(world)
    is_refused(world.sequencer.check_shown)
    before = len(world.objects.kept)
    is_refused(lambda: world.open_matter("m_later"))
    assert len(world.objects.kept) == before


def test_a_store_that_is_away_stops_nothing_for_good(world: World) -> None:
    appended(world, 3)
    world.objects.plan = Plan(at=0, fault=Fault.FAILS)
    with pytest.raises(StoreError) as caught:
        world.sequencer.integrate()
    assert not caught.value.fatal
    world.sequencer.require_whole()
    world.integrate_all()
    world.check_log()
