"""Many processes over one database: locks that are lost, sequencers that meet, owners that are taken for dead."""

import io
import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from postgres import PostgresServer
from sqlalchemy import text
from world import ORIGIN, World

from evidence.checkpoint import open_checkpoint
from evidence.entry import leaf_hash
from evidence.merkle import root_from_leaves
from service import numbers, sequencer
from service.errors import ConflictError, StoreError
from service.idempotency import Replay, Started
from service.ledger import Draft
from service.records.engine import reading, writing
from service.records.locks import Owner, exclusive, exclusive_if_free
from service.sequencer import Sequencer

pytestmark = pytest.mark.slow


def second_sequencer(world: World) -> Sequencer:
    """Another process's sequencer of the same log: nothing shared but the stores."""
    return Sequencer(
        world.engine, world.objects, clock=world.clock, log_keys=world.keys, origin=ORIGIN,
        authorities=[authority.name for authority in world.authorities],
    )  # fmt: skip


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sequencers' lock does not hold: whoever comes goes in."""
    monkeypatch.setattr(sequencer, "exclusive_if_free", lambda *_: nullcontext(enter_result=True))


def filled(world: World, count: int) -> None:
    world.open_matter()
    for n in range(count):
        world.append("contact.made", {"text": f"{n}"})


def one_history(world: World) -> None:
    """No entry twice, none left out, every checkpoint's root that of the entries in order, the store as it should."""
    while world.sequencer.integrate():
        pass
    with reading(world.engine) as conn:
        rows = conn.execute(text("SELECT log_index, header FROM entries ORDER BY log_index")).all()
        signed = conn.execute(text("SELECT tree_size, checkpoint FROM checkpoints ORDER BY tree_size")).all()
    assert [row[0] for row in rows] == list(range(len(rows)))
    leaves = [leaf_hash(bytes(row[1])) for row in rows]
    for size, note in signed:
        checkpoint = open_checkpoint(bytes(note), log_keys=world.keys.verifier_keys, origin=ORIGIN)
        assert (checkpoint.tree_size, checkpoint.root_hash) == (size, root_from_leaves(leaves[:size]))
    world.check_log()


class Meeting:
    """Stops the first sequencer at a chosen write, lets the second run through, then lets the first go on."""

    def __init__(self, world: World, *, at: str, meanwhile: Callable[[], object]) -> None:
        self._at, self._meanwhile, self.met = at, meanwhile, False
        self._put, self._publish = world.objects.put, world.objects.publish
        world.objects.put, world.objects.publish = self.put, self.publish

    def put(self, key: str, source: io.BytesIO, **more: object) -> None:
        self._stop(key)
        self._put(key, source, **more)

    def publish(self, key: str, data: bytes, **more: object) -> None:
        self._stop(key)
        self._publish(key, data, **more)

    def _stop(self, key: str) -> None:
        if not self.met and key.startswith(self._at):
            self.met = True
            self._meanwhile()


@pytest.mark.parametrize("at", ["log/tile/entries/", "log/tile/0/", "log/checkpoints/", "log/checkpoint"])
def test_a_second_sequencer_in_the_midst_of_a_growth_does_no_harm(either: World, unlocked: None, at: str) -> None:
    filled(either, 20)
    other = second_sequencer(either)

    def meanwhile() -> None:
        either.append("contact.made", {"text": "came between"})
        while other.integrate():
            pass

    meeting = Meeting(either, at=at, meanwhile=meanwhile)
    swapped = at.startswith("log/checkpoint")
    with nullcontext() if swapped else pytest.raises(StoreError, match="moved by another sequencer"):
        either.sequencer.integrate()
    assert meeting.met
    one_history(either)
    either.append("contact.made", {"text": "and on"})
    one_history(either)


def test_a_late_publication_that_hides_the_head_is_mended_at_the_next_start(either: World, unlocked: None) -> None:
    """The slow sequencer dies between writing an older checkpoint over the newer one and noticing it."""
    filled(either, 3)
    either.integrate_all()
    old = either.proofs.checkpoint()
    either.append("contact.made", {"text": "x"})
    either.integrate_all()
    either.objects.kept["log/checkpoint"] = old
    assert either.problems() != []
    either.sequencer.check_head()
    one_history(either)
    assert either.objects.kept["log/checkpoint"] == either.proofs.checkpoint()


def test_sequencers_that_meet_all_the_time_make_one_history(either: World, unlocked: None) -> None:
    either.open_matter()
    stop, errors = threading.Event(), []

    def run(mine: Sequencer) -> None:
        while not stop.is_set():
            try:
                mine.integrate()
            except StoreError as error:
                errors.append(error)

    runners = [threading.Thread(target=run, args=(second_sequencer(either),)) for _ in range(3)]
    for runner in runners:
        runner.start()
    for n in range(60):
        either.append("contact.made", {"text": f"{n}"})
    stop.set()
    for runner in runners:
        runner.join(timeout=60)
    assert not [error for error in errors if error.fatal]
    one_history(either)


@pytest.mark.parametrize("at", ["log/tile/entries/", "log/checkpoints/"])
def test_a_lock_that_is_lost_with_its_session_in_the_midst(pg_world: World, postgres: PostgresServer, at: str) -> None:
    filled(pg_world, 5)
    other = second_sequencer(pg_world)

    def meanwhile() -> None:
        assert other.integrate() is None
        assert postgres.end_sessions(pg_world.url, holding_locks=True) >= 1
        while other.integrate():
            pass
        assert other.check_head().tree_size == 6

    meeting = Meeting(pg_world, at=at, meanwhile=meanwhile)
    with nullcontext() if at.startswith("log/checkpoint") else pytest.raises(StoreError, match="another sequencer"):
        pg_world.sequencer.integrate()
    assert meeting.met
    one_history(pg_world)


def test_an_owner_takes_its_lost_lock_again(pg_world: World, postgres: PostgresServer) -> None:
    mine, other = Owner(pg_world.engine, pg_world.random), Owner(pg_world.engine, pg_world.random)
    assert other.is_alive(mine.id)
    postgres.end_sessions(pg_world.url)
    assert not other.is_alive(mine.id)
    assert mine.keep()
    assert other.is_alive(mine.id)
    mine.close()
    assert not mine.keep()
    assert not other.is_alive(mine.id)
    other.close()


def test_an_owner_keeps_its_lock_by_itself(pg_world: World, postgres: PostgresServer) -> None:
    mine, other = Owner(pg_world.engine, pg_world.random), Owner(pg_world.engine, pg_world.random)
    mine.watch(seconds=0.05)
    postgres.end_sessions(pg_world.url)
    assert any(other.is_alive(mine.id) for _ in iter(lambda: threading.Event().wait(0.05), True))
    mine.close()
    other.close()


def test_who_was_taken_for_dead_cannot_issue_the_number_that_was_voided(either: World) -> None:
    either.open_matter()
    number = either.reserve("n_1")
    assert len(numbers.settle(either.ledger, either.engine, owner_is_alive=lambda _: False)) == 1
    with pytest.raises(ConflictError):
        either.append("notice.issued", either.notice_facts("n_1", number))
    assert numbers.settle(either.ledger, either.engine, owner_is_alive=lambda _: False) == ()
    either.integrate_all()
    either.check_log()


def test_who_was_taken_for_dead_cannot_finish_a_request_that_another_took_over(either: World) -> None:
    """Both do the work; the transaction of the first is refused as a whole."""
    either.open_matter()
    asked = {"tenant_id": either.tenant.id, "scope": "POST /v1/x", "key": "k", "fingerprint": bytes(32)}
    first = either.idempotency.begin(**asked)
    survivor = Owner(either.engine, either.random)
    either.idempotency._owner = survivor
    either.owner.close()
    second = either.idempotency.begin(**asked)
    assert isinstance(second, Started)

    def record(started: Started) -> None:
        def also(conn: object, _entry: object) -> None:
            either.idempotency.finish(conn, started, status=201, headers={}, body=b"{}")

        draft = Draft(
            tenant_id=either.tenant.id, matter_id="m_1", kind="contact.made", facts={"text": started.owner}, also=also
        )
        either.ledger.append(draft)

    with pytest.raises(ConflictError):
        record(first)
    record(second)
    assert isinstance(either.idempotency.begin(**asked), Replay)
    assert either.ledger.head(tenant_id=either.tenant.id, matter_id="m_1").seq == 2
    survivor.close()
    either.integrate_all()
    either.check_log()


def test_many_who_settle_at_once_void_a_number_once(either: World) -> None:
    either.open_matter()
    for n in range(8):
        either.reserve(f"n_{n}", owner="o_" + "0" * 32)
    voided: list[object] = []

    def settle() -> None:
        voided.extend(numbers.settle(either.ledger, either.engine, owner_is_alive=lambda _: False))

    threads = [threading.Thread(target=settle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(voided) == 8
    either.integrate_all()
    either.check_log()


def test_waiters_for_a_lock_take_no_connection_of_the_pool(postgres: PostgresServer, pg_world: World) -> None:
    """Forty wait, as many as a process has threads, and the one who has the lock still works."""
    done = []

    def wait() -> None:
        with exclusive(pg_world.engine, "a name"):
            done.append(1)

    with exclusive(pg_world.engine, "a name"):
        waiters = [threading.Thread(target=wait) for _ in range(40)]
        for waiter in waiters:
            waiter.start()
        with writing(pg_world.engine) as conn:
            conn.execute(text("SELECT 1"))
        with exclusive_if_free(pg_world.engine, "a name") as held:
            assert not held
    for waiter in waiters:
        waiter.join(timeout=60)
    assert len(done) == 40
