"""The log grows, survives, and refuses to build on what it did not sign."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from world import ORIGIN, World

from evidence.checkpoint import open_checkpoint
from evidence.entry import leaf_hash
from evidence.errors import InclusionError
from evidence.logproof import verify_log_proof
from evidence.merkle import root_from_leaves, verify_consistency
from service.errors import ConflictError, NotFoundError, StoreError
from service.records import logs
from service.records.engine import reading, writing
from service.records.locks import exclusive

FIRST, SECOND = "development-1", "development-2"
TOKEN = {
    "gen_time": datetime(2026, 11, 23, 22, 6, 40, tzinfo=UTC),
    "tsq_key": "q",
    "tsq_digest": bytes(32),
    "tsr_key": "r",
    "tsr_digest": bytes(32),
}


def headers_in_log(world: World) -> list[bytes]:
    with reading(world.engine) as conn:
        query = "SELECT header FROM entries WHERE log_index IS NOT NULL ORDER BY log_index"
        return [row[0] for row in conn.execute(text(query))]


def test_the_root_is_that_of_all_entries_in_order(world: World) -> None:
    world.open_matter()
    for n in range(20):
        world.append("contact.made", {"text": f"{n}"})
    grown = world.sequencer.integrate()
    assert (grown.old_size, grown.new_size) == (0, 21)
    checkpoint = open_checkpoint(grown.checkpoint, log_keys=world.keys.verifier_keys, origin=ORIGIN)
    assert checkpoint.root_hash == root_from_leaves(leaf_hash(header) for header in headers_in_log(world))
    assert world.sequencer.integrate() is None
    world.check_log()


def test_both_keys_sign_every_checkpoint(world: World) -> None:
    world.open_matter()
    data = world.sequencer.integrate().checkpoint
    for key in world.keys.verifier_keys:
        assert open_checkpoint(data, log_keys=[key], origin=ORIGIN).tree_size == 1


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 7, 255, 256, 257, 1000])
def test_growth_in_batches_of_any_size_gives_the_same_tree(tmp_path: Path, batch: int) -> None:
    world = World(tmp_path, batch=batch)
    world.open_matter()
    for n in range(520 if batch > 1 else 12):
        world.append("contact.made", {"text": f"{n}"})
    world.integrate_all()
    head = world.sequencer.check_head()
    assert head.root_hash == root_from_leaves(leaf_hash(header) for header in headers_in_log(world))
    world.check_log()
    world.close()


@pytest.mark.slow
def test_every_entry_can_be_proved_at_every_later_checkpoint(world: World) -> None:
    appended, sizes = [world.open_matter()], []
    for n in range(6):
        appended += [world.append("contact.made", {"text": f"{n}.{i}"}) for i in range(60)]
        sizes.append(world.sequencer.integrate().new_size)
    assert sizes[-1] > 256
    for size in sizes:
        for entry in appended[:size:17]:
            proof = world.proofs.proof(leaf_hash=entry.leaf_hash, tree_size=size)
            keys = world.keys.verifier_keys
            verified = verify_log_proof(proof, leaf_hash=entry.leaf_hash, log_keys=keys, origin=ORIGIN)
            assert verified.tree_size == size


def test_a_proof_that_the_tiles_do_not_bear_out_is_not_given(world: World) -> None:
    first = world.open_matter()
    world.append("contact.made", {"text": "x"})
    world.integrate_all()
    broken = bytearray(world.objects.kept["log/tile/0/000.p/2"])
    broken[40] ^= 1
    world.objects.kept["log/tile/0/000.p/2"] = bytes(broken)
    with pytest.raises(StoreError) as caught:
        world.proofs.proof(leaf_hash=first.leaf_hash)
    assert isinstance(caught.value.__cause__, InclusionError)


def test_consistency_between_any_two_checkpoints(world: World) -> None:
    world.open_matter()
    roots = {}
    for n in range(5):
        world.append("contact.made", {"text": f"{n}"})
        world.integrate_all()
        head = world.sequencer.check_head()
        roots[head.tree_size] = head.root_hash
    for old, root in roots.items():
        proof = world.proofs.consistency(old_size=old, tree_size=6)
        verify_consistency(first_size=old, second_size=6, first_root=root, second_root=roots[6], proof=proof.proof)
    with pytest.raises(NotFoundError):
        world.proofs.consistency(old_size=7)


def test_an_entry_is_not_proved_before_it_is_in_the_log(world: World) -> None:
    entry = world.open_matter()
    with pytest.raises(ConflictError, match="not in the log yet"):
        world.proofs.proof(leaf_hash=entry.leaf_hash)
    with pytest.raises(NotFoundError):
        world.proofs.proof(leaf_hash=bytes(32))


def test_a_log_is_created_once(world: World) -> None:
    with pytest.raises(ConflictError, match="exists"):
        world.sequencer.inception()


def test_a_lost_head_is_an_error_and_never_an_empty_log(world: World) -> None:
    world.open_matter()
    world.integrate_all()
    with writing(world.engine) as conn:
        conn.execute(text("DELETE FROM tokens"))
        conn.execute(text("DELETE FROM checkpoints"))
        conn.execute(text("DELETE FROM log_head"))
    for act in (world.sequencer.integrate, world.sequencer.check_head, world.sequencer.inception):
        with pytest.raises(StoreError) as caught:
            act()
        assert caught.value.fatal
        assert caught.value.code == "log_head_missing"


def test_tiles_without_a_database_are_an_error_too(world: World) -> None:
    with writing(world.engine) as conn:
        for table in ("checkpoints", "log_head"):
            conn.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(StoreError, match="without a log head"):
        world.sequencer.inception()


@pytest.mark.sqlite
def test_a_database_put_back_to_an_older_day_is_seen_at_the_start(world: World, tmp_path: Path) -> None:
    world.open_matter()
    world.integrate_all()
    world.engine.dispose()
    saved = {path.name: path.read_bytes() for path in tmp_path.glob("records.sqlite*") if path.is_file()}
    world.append("contact.made", {"text": "later"})
    world.integrate_all()
    world.engine.dispose()
    for path in tmp_path.glob("records.sqlite-*"):
        path.unlink()
    for name, data in saved.items():
        (tmp_path / name).write_bytes(data)
    world.restart()
    with pytest.raises(StoreError, match="put back") as caught:
        world.sequencer.check_head()
    assert caught.value.fatal
    world.restart()
    world.append("contact.made", {"text": "another history"})
    with pytest.raises(StoreError, match="put back") as caught:
        world.integrate_all()
    assert caught.value.fatal


@pytest.mark.slow
@pytest.mark.parametrize("part", ["tile/0/000.p/3", "tile/entries/000.p/3", "checkpoint"])
def test_a_changed_edge_stops_the_start(world: World, part: str) -> None:
    world.open_matter()
    for n in range(2):
        world.append("contact.made", {"text": f"{n}"})
    world.integrate_all()
    for position in range(0, len(world.objects.kept[f"log/{part}"]), 13):
        broken = bytearray(world.objects.kept[f"log/{part}"])
        broken[position] ^= 1
        right = world.objects.kept
        world.objects.kept = right | {f"log/{part}": bytes(broken)}
        world.restart()
        with pytest.raises(StoreError) as caught:
            world.sequencer.check_head()
        assert caught.value.fatal
        world.objects.kept = right


def test_catching_up_waits_for_the_one_who_is_at_it(world: World) -> None:
    world.open_matter()
    caught_up = threading.Thread(target=world.sequencer.catch_up)
    with exclusive(world.engine, f"sequencer:{ORIGIN}"):
        caught_up.start()
        caught_up.join(timeout=0.1)
        assert caught_up.is_alive()
    caught_up.join(timeout=30)
    assert not world.sequencer.has_waiting()
    assert world.sequencer.check_head().tree_size == 1


def test_two_sequencers_take_turns(world: World) -> None:
    world.open_matter()
    with exclusive(world.engine, f"sequencer:{ORIGIN}"):
        assert world.sequencer.integrate() is None
    assert world.sequencer.integrate() is not None


def test_a_head_moved_by_somebody_else_is_never_overwritten(world: World) -> None:
    world.open_matter()
    stale = world.sequencer._shown.known_head()
    world.integrate_all()
    world.append("contact.made", {"text": "x"})
    world.sequencer._shown.known_head = lambda: stale
    with pytest.raises(StoreError) as caught:
        world.sequencer.integrate()
    assert caught.value.code == "log_head_moved"


@pytest.mark.sqlite
def test_a_changed_entry_row_is_not_signed(world: World) -> None:
    world.open_matter()
    with writing(world.engine) as conn:
        conn.execute(
            text("UPDATE entries SET header = CAST(replace(CAST(header AS TEXT), 'opened', 'closed') AS BLOB)")
        )
    with pytest.raises(StoreError, match="another header"):
        world.sequencer.integrate()
    assert world.sequencer._shown.head().tree_size == 0


def test_each_checkpoint_wants_one_token_of_each_authority_and_frees_the_older(world: World) -> None:
    world.open_matter()
    world.integrate_all()
    now = world.clock()
    with writing(world.engine) as conn:
        assert [row.authority for row in logs.pending_tokens(conn, origin=ORIGIN, now=now)] == [
            FIRST,
            SECOND,
        ]
        logs.record_token(conn, origin=ORIGIN, tree_size=1, authority=FIRST, **TOKEN)
    world.append("contact.made", {"text": "x"})
    world.integrate_all()
    with writing(world.engine) as conn:
        pending = logs.pending_tokens(conn, origin=ORIGIN, now=now)
        assert [(row.tree_size, row.authority) for row in pending] == [(2, FIRST), (2, SECOND)]
        assert logs.token(conn, origin=ORIGIN, tree_size=1, authority=SECOND).state == "superseded"
        assert logs.token(conn, origin=ORIGIN, tree_size=1, authority=FIRST).state == "granted"
        # One that still arrives for a superseded checkpoint is kept.
        logs.record_token(conn, origin=ORIGIN, tree_size=1, authority=SECOND, **TOKEN)
        assert logs.stamped_size(conn, origin=ORIGIN, authorities=[FIRST, SECOND]) == 1
        assert logs.stamped_size(conn, origin=ORIGIN, authorities=[FIRST, SECOND], at_least=2) is None
        logs.record_token_failure(
            conn,
            origin=ORIGIN,
            tree_size=2,
            authority=FIRST,
            error="away",
            next_try_at=now.replace(year=2027),
        )
        assert [row.authority for row in logs.pending_tokens(conn, origin=ORIGIN, now=now)] == [SECOND]
        assert logs.token_states(conn, origin=ORIGIN)[(FIRST, "pending")] == 1
