"""Notice numbers have no gap, and each ends issued or voided."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import text
from world import World

from evidence.entry import body_from_bytes
from service import numbers
from service.errors import ConflictError, NotFoundError
from service.records import notices
from service.records.engine import reading, writing


def states(world: World) -> list[tuple[str, str]]:
    with reading(world.engine) as conn:
        rows = conn.execute(text("SELECT notice_no, state FROM notice_numbers ORDER BY tenant_id, year, n"))
        return [(row[0], row[1]) for row in rows]


def test_numbers_count_for_each_tenant_and_year(world: World) -> None:
    world.open_matter()
    other = world.access.create_tenant(code="B2", name="另一家")
    assert [world.reserve(f"n_{n}") for n in range(3)] == [f"DEMO-2026-{n:06d}" for n in (1, 2, 3)]
    with pytest.raises(NotFoundError), writing(world.engine) as conn:
        numbers.reserve(conn, tenant_id="t_x", year=2026, notice_id="n", matter_id="m_1", owner="o")
    with writing(world.engine) as conn:
        made = numbers.reserve(
            conn, tenant_id=world.tenant.id, year=2027, notice_id="n_9", matter_id="m_1", owner="o_x"
        )
    assert made == "DEMO-2027-000001"
    with pytest.raises(NotFoundError), reading(world.engine) as conn:
        numbers.find(conn, tenant_id=other.id, notice_no=made)


def test_the_year_is_chinas(world: World) -> None:
    assert numbers.number_year(datetime.fromisoformat("2026-12-31T15:59:59+00:00")) == 2026
    assert numbers.number_year(datetime.fromisoformat("2026-12-31T16:00:00+00:00")) == 2027


def test_a_reservation_rolled_back_was_never_taken(world: World) -> None:
    world.open_matter()

    def take_and_fail() -> None:
        with writing(world.engine) as conn:
            numbers.reserve(conn, tenant_id=world.tenant.id, year=2026, notice_id="n_1", matter_id="m_1", owner="o")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        take_and_fail()
    assert world.reserve("n_1") == "DEMO-2026-000001"


def test_threads_leave_no_gap(world: World) -> None:
    world.open_matter()
    made: list[str] = []

    def work(thread: int) -> None:
        made.extend(world.reserve(f"n_{thread}_{n}") for n in range(10))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"DEMO-2026-{n:06d}" for n in range(1, 81)]


def test_issuing_makes_the_number_issued(world: World) -> None:
    world.open_matter()
    world.issue("n_1")
    assert states(world) == [("DEMO-2026-000001", "issued")]
    with pytest.raises(ConflictError, match="cannot become issued"):
        world.append("notice.issued", world.notice_facts("n_1", "DEMO-2026-000001"))
    with pytest.raises(ConflictError):
        world.append("notice.issued", world.notice_facts("n_2", "DEMO-2026-000009"))
    world.check_log()


def test_a_number_cannot_be_issued_in_another_matter_or_for_another_notice(world: World) -> None:
    world.open_matter("m_1")
    world.open_matter("m_2")
    no = world.reserve("n_1")
    with pytest.raises(ConflictError):
        world.append("notice.issued", world.notice_facts("n_1", no), matter_id="m_2")
    with pytest.raises(ConflictError):
        world.append("notice.issued", world.notice_facts("n_2", no))
    assert states(world) == [(no, "reserved")]


def test_every_void_is_in_the_chain_with_its_reason(world: World) -> None:
    world.open_matter()
    no = world.reserve("n_1")
    with reading(world.engine) as conn:
        number = numbers.find(conn, tenant_id=world.tenant.id, notice_no=no)
    entry = numbers.void(world.ledger, number, reason="字段与正文不符")
    assert (entry.kind, body_from_bytes(entry.body)["reason"]) == ("notice.voided", "字段与正文不符")
    assert states(world) == [(no, "voided")]
    with pytest.raises(ConflictError):
        numbers.void(world.ledger, number, reason="again")
    with pytest.raises(ConflictError):  # whoever still held the number cannot issue it after all
        world.append("notice.issued", world.notice_facts("n_1", no))
    world.check_log()


def test_an_issued_notice_can_be_voided_later(world: World) -> None:
    world.open_matter()
    world.issue("n_1")
    with reading(world.engine) as conn:
        number = numbers.find(conn, tenant_id=world.tenant.id, notice_no="DEMO-2026-000001")
    entry = numbers.void(world.ledger, number, reason="债务已清偿")
    with reading(world.engine) as conn:
        notice = notices.notice(conn, tenant_id=world.tenant.id, notice_id="n_1")
    assert (notice.state, notice.voided_seq) == ("voided", entry.seq)
    world.check_log()


def test_what_a_crash_left_is_voided_at_the_next_start_and_only_that(world: World) -> None:
    world.open_matter()
    world.issue("n_1")
    left = world.reserve("n_2")
    world.restart()
    mine = world.reserve("n_3")
    settled = numbers.settle(world.ledger, world.engine, owner_is_alive=world.owner.is_alive)
    assert [body_from_bytes(entry.body)["notice_no"] for entry in settled] == [left]
    assert states(world) == [("DEMO-2026-000001", "issued"), (left, "voided"), (mine, "reserved")]
    assert numbers.settle(world.ledger, world.engine, owner_is_alive=world.owner.is_alive) == ()
    assert world.problems() == []
