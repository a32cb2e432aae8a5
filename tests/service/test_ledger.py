"""The append: what it writes, what it refuses, and what is true after every fault."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults import Fault, FaultyObjects, KilledError, Plan
from sqlalchemy import event, text
from world import ORIGIN, World, opened

from evidence.chain import verify_chain
from evidence.entry import GENESIS, body_from_bytes, entry_from_bytes
from evidence.errors import MalformedError
from service.errors import ConflictError, NotFoundError, StoreError
from service.idempotency import Replay, Started
from service.ledger import Appended, Draft, PrevMovedError, object_key
from service.records import matters, notices
from service.records.engine import reading


def test_the_entry_is_what_the_format_says(world: World) -> None:
    first = world.open_matter()
    second = world.append("contact.made", {"text": "电话催收"})
    entry = entry_from_bytes(second.header)
    assert (entry.seq, entry.prev, entry.log, entry.kind) == (2, first.leaf_hash, ORIGIN, "contact.made")
    assert entry_from_bytes(first.header).prev == GENESIS
    body = world.objects.read(object_key(world.tenant.id, entry.body_digest), limit=10**6)
    assert body == second.body
    assert body_from_bytes(body)["text"] == "电话催收"


def test_no_two_bodies_share_a_salt(world: World) -> None:
    world.open_matter()
    salts = {body_from_bytes(world.append("contact.made", {"text": "x"}).body)["salt"] for _ in range(20)}
    assert len(salts) == 20


def test_a_chain_read_back_verifies(world: World) -> None:
    world.open_matter()
    for n in range(30):
        world.append("contact.made", {"text": f"{n}"})
    rows = []
    while page := world.ledger.entries(tenant_id=world.tenant.id, matter_id="m_1", after_seq=len(rows), limit=7):
        rows += page
    headers = [row.header for row in rows]
    verify_chain([entry_from_bytes(header) for header in headers], headers=headers)
    head = world.ledger.head(tenant_id=world.tenant.id, matter_id="m_1")
    assert (head.seq, head.leaf_hash) == (31, rows[-1].leaf_hash)


def test_a_stale_prev_is_refused_and_nothing_is_written(world: World) -> None:
    prev = world.open_matter().leaf_hash
    world.append("contact.made", {"text": "first"}, expected_prev=prev)
    with pytest.raises(PrevMovedError) as caught:
        world.append("contact.made", {"text": "second"}, expected_prev=prev)
    assert caught.value.expected == prev
    assert world.ledger.head(tenant_id=world.tenant.id, matter_id="m_1").seq == 2
    world.check_log()


def test_at_never_runs_back(world: World) -> None:
    first = world.open_matter()
    world.clock.move(hours=-3)
    assert world.append("contact.made", {"text": "x"}).at == first.at
    assert world.append("contact.made", {"text": "x"}, at=first.at - timedelta(days=1)).at == first.at
    world.clock.move(hours=4, microseconds=7)
    assert world.append("contact.made", {"text": "x"}).at == first.at + timedelta(hours=1)
    beijing = datetime.fromisoformat("2027-01-01T08:00:00+08:00")
    assert world.append("contact.made", {"text": "x"}, at=beijing).at == datetime(2027, 1, 1, tzinfo=UTC)
    world.check_log()


def test_another_tenant_finds_nothing(world: World) -> None:
    world.open_matter()
    other = world.access.create_tenant(code="OTHER", name="另一家")
    draft = Draft(tenant_id=other.id, matter_id="m_1", kind="contact.made", facts={"text": "x"})
    for act in (
        lambda: world.ledger.append(draft),
        lambda: world.ledger.head(tenant_id=other.id, matter_id="m_1"),
        lambda: world.ledger.entries(tenant_id=other.id, matter_id="m_1"),
    ):
        with pytest.raises(NotFoundError):
            act()
    with pytest.raises(ConflictError):
        world.ledger.append(Draft(tenant_id=other.id, matter_id="m_1", kind="matter.opened", facts=opened("m_1")))
    world.check_log()


def test_a_matter_is_opened_once_and_first(world: World) -> None:
    with pytest.raises(NotFoundError):
        world.append("contact.made", {"text": "x"})
    world.open_matter()
    with pytest.raises(ConflictError, match="already open"):
        world.open_matter()


def test_a_parent_in_another_matter_is_refused(world: World) -> None:
    world.open_matter("m_1")
    world.open_matter("m_2")
    world.issue("n_1")
    moved = {"dispatch": "d_1", "notice": "n_1", "carrier": "ems", "files": []}
    with pytest.raises(ConflictError, match="contradicts"):
        world.append("dispatch.recorded", moved, matter_id="m_2")
    world.append("dispatch.recorded", moved)
    with pytest.raises(ConflictError):
        world.append("dispatch.recorded", moved)
    world.check_log()


def test_facts_outside_the_profile_are_refused_before_anything_is_written(world: World) -> None:
    world.open_matter()
    before = dict(world.objects.kept)
    for facts in ({"Amount": 1}, {"amount": 1.5}, {"text": "e\u0301"}, {"n": 2**60}):
        with pytest.raises(MalformedError):
            world.append("contact.made", facts)
    assert world.objects.kept == before


def test_a_file_cannot_be_known_with_two_sizes(world: World) -> None:
    world.open_matter()
    ref = world.keep(b"slip", name="a", media_type="text/plain", role="x")
    world.append("contact.made", {"files": [ref]})
    world.append("contact.made", {"files": [ref | {"file": "b", "media_type": "text/csv"}]})
    with pytest.raises(ConflictError, match="size"):
        world.append("contact.made", {"files": [ref | {"size": 5}]})
    world.check_log()


def test_rows_follow_from_entries(world: World) -> None:
    world.story()
    with reading(world.engine) as conn:
        matter = matters.matter(conn, tenant_id=world.tenant.id, matter_id="m_1")
        assert (matter.debtor_name, matter.contract_no) == ("张三", "借2026-001")
        notice = notices.notice(conn, tenant_id=world.tenant.id, notice_id="n_1")
        assert (notice.notice_no, notice.pages, notice.state) == ("DEMO-2026-000001", 2, "issued")
        dispatch = notices.dispatches_of_notice(conn, tenant_id=world.tenant.id, notice_id="n_1")[0]
        assert (dispatch.waybill_no, dispatch.posted_at.hour) == ("EX1", 1)
        assert notices.receipts_of_dispatch(conn, tenant_id=world.tenant.id, dispatch_id="d_1")
        assert notices.scans_of_notice(conn, tenant_id=world.tenant.id, notice_id="n_1")[0].kind == "reply_slip"
        with pytest.raises(NotFoundError):
            notices.notice(conn, tenant_id="t_other", notice_id="n_1")
    world.check_log()


# One request, as a use case makes it: begin, append with the stored answer, retry after any fault.


def request(world: World, key: str = "k1") -> bytes:
    """Ask for a fact to be recorded, under an idempotency key; the answer is the leaf hash."""
    begun = world.idempotency.begin(
        tenant_id=world.tenant.id, scope="POST /v1/matters/m_1/events", key=key, fingerprint=b"f" * 32
    )
    if isinstance(begun, Replay):
        return begun.body
    assert isinstance(begun, Started)

    def store_answer(conn: object, appended: Appended) -> None:
        world.idempotency.finish(conn, begun, status=201, headers={}, body=appended.leaf_hash)

    try:
        return world.append("contact.made", {"text": "requested"}, also=store_answer).leaf_hash
    except Exception:
        world.idempotency.release(begun)
        raise


def requested(world: World) -> list[bytes]:
    rows = world.ledger.entries(tenant_id=world.tenant.id, matter_id="m_1")
    return [row.leaf_hash for row in rows if b"requested" in row.body]


@pytest.mark.slow
@pytest.mark.parametrize("fault", Fault)
def test_after_any_fault_of_the_object_store_the_retry_records_once(world: World, fault: Fault) -> None:
    world.open_matter()
    world.objects.plan = Plan(at=0, fault=fault)
    with pytest.raises((StoreError, KilledError)):
        request(world)
    assert world.objects.plan.seen
    world.restart()
    world.integrate_all()
    world.check_log()
    assert requested(world) == []
    first = request(world)
    assert request(world) == first
    assert requested(world) == [first]
    world.integrate_all()
    world.check_log()


def fail_at_commit(world: World, act: Callable[[], None]) -> None:
    """Do something instead of the COMMIT that makes the entry part of the chain, the second one of a request."""
    commits = []

    def on_commit(conn: object) -> None:
        if conn.get_execution_options().get("duly_writes"):
            commits.append(conn)
            if len(commits) == 2:
                event.remove(world.engine, "commit", on_commit)
                act()

    event.listen(world.engine, "commit", on_commit)


@pytest.mark.parametrize("error", [StoreError("gone"), KilledError("killed")])
def test_a_commit_that_fails_and_did_not_happen(world: World, error: BaseException) -> None:
    world.open_matter()

    def act() -> None:
        raise error

    fail_at_commit(world, act)
    with pytest.raises(type(error)):
        request(world)
    world.restart()
    assert requested(world) == []
    world.check_log()
    recorded = request(world)
    assert requested(world) == [recorded]
    world.check_log()


@pytest.mark.parametrize("error", [StoreError("lost answer"), KilledError("killed")])
def test_a_commit_that_happened_though_its_answer_was_lost(world: World, error: BaseException) -> None:
    world.open_matter()
    real, lost = world.ledger._record, []

    def record(conn: object, *args: object, **kwargs: object) -> Appended:
        made = real(conn, *args, **kwargs)
        conn.exec_driver_sql("COMMIT")
        conn.exec_driver_sql("BEGIN")
        lost.append(made.leaf_hash)
        raise error

    world.ledger._record = record
    with pytest.raises(type(error)):
        request(world)
    world.restart()
    assert requested(world) == lost
    assert [request(world)] == lost
    assert requested(world) == lost
    world.check_log()


def steps_of(world: World, act: Callable[[], object]) -> int:
    world.objects.plan = Plan()
    act()
    return len(world.objects.plan.seen)


@pytest.mark.slow
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("before", [0, 3, 254])
def test_after_any_fault_of_the_sequencer_the_next_run_goes_on(tmp_path: Path, before: int, fault: Fault) -> None:
    """Each write of one integration in turn: tiles, bundles, checkpoint, the published name."""
    base = World(tmp_path / "base")
    base.open_matter()
    for n in range(before):
        base.append("contact.made", {"text": f"{n}"})
    if before:
        base.integrate_all()
    for n in range(5):
        base.append("contact.made", {"text": f"new {n}"})
    step, seen = 0, set()
    while failed := fails_at(base.copy(tmp_path / str(step)), Plan(at=step, fault=fault), size=before + 7):
        seen.add(failed.split("/")[1].split(" ")[0])
        step += 1
    base.close()
    assert seen >= {"tile", "checkpoints", "checkpoint"}


def fails_at(world: World, plan: Plan, *, size: int) -> str:
    """Integrate with one fault, repair, and check all; the name of the write that failed, or none is left."""
    world.objects.plan = plan
    try:
        world.integrate_all()
    except (StoreError, KilledError):
        world.restart()
        assert [str(problem) for problem in world.problems()] == []
        last = world.append("contact.made", {"text": "one more before the repair"})
        world.integrate_all()
        world.check_log()
        assert world.proofs.proof(leaf_hash=last.leaf_hash).leaf_index == size - 1
        return plan.seen[plan.at]
    finally:
        world.close()
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("after", range(4))
def test_the_sequencer_killed_at_each_commit(world: World, after: int) -> None:
    world.open_matter()
    commits = []

    def on_commit(conn: object) -> None:
        if conn.get_execution_options().get("duly_writes"):
            commits.append(conn)
            if len(commits) == after + 1:
                raise KilledError("commit")

    event.listen(world.engine, "commit", on_commit)
    if after < 3:
        with pytest.raises(KilledError):
            world.integrate_all()
    else:
        world.integrate_all()
    event.remove(world.engine, "commit", on_commit)
    world.restart()
    assert world.problems() == []
    world.append("contact.made", {"text": "x"})
    world.integrate_all()
    world.check_log()
    assert world.sequencer.check_head().tree_size == 2


def test_eight_threads_leave_no_gap(world: World) -> None:
    for n in range(4):
        world.open_matter(f"m_{n}")
    errors: list[Exception] = []

    def work(thread: int) -> None:
        try:
            for n in range(12):
                matter_id = f"m_{(thread + n) % 4 if n % 2 else 0}"
                world.append("contact.made", {"text": f"{thread}.{n}"}, matter_id=matter_id)
                if n % 4 == 0:
                    world.sequencer.integrate()
        except Exception as error:  # noqa: BLE001 - the main thread asserts that there was none
            errors.append(error)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    assert errors == []
    world.integrate_all()
    world.check_log()
    with reading(world.engine) as conn:
        counts = conn.execute(text("SELECT count(*), count(log_index), max(log_index) FROM entries")).one()
    assert tuple(counts) == (100, 100, 99)


def test_the_simulator_itself_never_replaces_bytes() -> None:
    import hashlib
    import io

    objects = FaultyObjects()
    for data in (b"a", b"a"):
        objects.put("k", io.BytesIO(data), size=1, sha256=hashlib.sha256(data).digest(), media_type="")
    with pytest.raises(ConflictError):
        objects.put("k", io.BytesIO(b"b"), size=1, sha256=hashlib.sha256(b"b").digest(), media_type="")
