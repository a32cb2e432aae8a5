"""The day that a letter prints, the instant of its stamp and its entry agree, however long it waits over midnight."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import sqlite_url
from faults import StepClock
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from world import World

from evidence.canonical import format_instant
from evidence.law.entry_values import legal_day
from service.errors import StoreError
from service.ledger import object_key
from service.matters import Matters
from service.metrics import Metrics
from service.notices import IssuedNotice, NoticeRequest, Notices
from service.records import tables
from service.records.engine import reading
from service.render import Catalog, Filled, StampMarks

pytestmark = pytest.mark.slow

MIDNIGHT = datetime(2026, 11, 24, 16, tzinfo=UTC)
"""In China."""
WAITS = st.lists(st.sampled_from([0, 7, 30, 40_000, 86_400, -30]), max_size=8)


@dataclass
class PlainPool:
    """Letters that are nothing but their day and their stamp; drawing and stamping take as long as they are told to."""

    clock: StepClock
    waits: Iterator[int] = field(default_factory=lambda: iter(()))
    between: Any = None
    """Called once while a letter is stamped."""
    filled: list[tuple[str, str]] = field(default_factory=list)

    def fill(self, *_args: Any, notice_no: str, issued_on: Any, **_more: Any) -> Filled:
        self.filled.append((notice_no, issued_on.isoformat()))
        self.clock.move(seconds=next(self.waits, 0))
        return Filled(pdf=issued_on.isoformat().encode(), docx=None, engine_version="plain", pages=1, printed=())

    def finish(self, filled: Filled, *, marks: StampMarks, **_more: Any) -> bytes:
        self.clock.move(seconds=next(self.waits, 0))
        between, self.between = self.between, None
        if between is not None:
            between()
        return filled.pdf + b" " + format_instant(marks.issued_at).encode()


class Desk:
    """One matter, and letters to its debtor."""

    def __init__(self, world: World, catalog: Catalog) -> None:
        self.world, self.catalog, self.pool = world, catalog, PlainPool(world.clock)
        world.clock.at = MIDNIGHT - timedelta(days=1)
        world.open_matter()
        self.notices = Notices(
            engine=world.engine,
            ledger=world.ledger,
            matters=Matters(engine=world.engine, ledger=world.ledger, random_bytes=os.urandom),
            objects=world.objects,
            catalog=catalog,
            pool=self.pool,  # type: ignore[arg-type]
            clock=world.clock,
            random_bytes=os.urandom,
            owner=world.owner.id,
            metrics=Metrics(),
        )

    def issue(self) -> IssuedNotice:
        template = self.catalog.get("loan-demand")
        request = NoticeRequest(
            matter_id="m_1",
            party="p2",
            template="loan-demand",
            version=None,
            engine="html",
            fields=template.example,
            duplicate_reason="再次寄送",
        )
        self.pool.filled.clear()
        return self.notices.issue(self.world.tenant, request, answer=lambda _conn, _issued: None)

    def printed(self, issued: IssuedNotice) -> list[str]:
        """The day and the stamp of the frozen letter."""
        (document,) = issued.facts["documents"]
        key = object_key(self.world.tenant.id, bytes.fromhex(document["sha256"]))
        return self.world.objects.read(key, limit=1000).decode().split()

    def before_midnight(self, seconds: int) -> None:
        """Move the clock to so long before the next midnight that no entry has seen."""
        at = max(self.world.clock.at, self.world.ledger.head(tenant_id=self.world.tenant.id, matter_id="m_1").at)
        self.world.clock.at = MIDNIGHT + (at - MIDNIGHT) // timedelta(days=1) * timedelta(days=1) + timedelta(days=2)
        self.world.clock.move(seconds=-seconds)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load(Path(__file__).parents[2] / "templates")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("midnight")
    world = World(folder, url=sqlite_url(folder))
    yield Desk(world, catalog)
    world.close()


def tried(desk: Desk) -> IssuedNotice | StoreError:
    try:
        return desk.issue()
    except StoreError as error:
        return error


def states(desk: Desk) -> set[str]:
    with reading(desk.world.engine) as conn:
        return set(conn.execute(select(tables.notice_numbers.c.state).distinct()).scalars())


def test_a_letter_that_waits_over_midnight_is_filled_again_with_its_number(desk: Desk) -> None:
    desk.before_midnight(10)
    desk.pool.waits = iter([30])
    issued = desk.issue()
    (number, first), (again, second) = desk.pool.filled
    assert number == again == issued.facts["notice_no"]
    assert [first, second] == [legal_day(issued.entry.at - timedelta(days=1)).isoformat(), desk.printed(issued)[0]]


def test_an_entry_of_the_new_day_that_comes_between_is_the_new_day(desk: Desk) -> None:
    """The chain does not go back: where its last entry is of tomorrow by another clock, so is the letter."""
    desk.before_midnight(10)

    def tomorrow() -> None:
        desk.world.append("contact.made", {"text": "次日"}, at=desk.world.clock.at + timedelta(seconds=20))

    desk.pool.waits, desk.pool.between = iter(()), tomorrow
    issued = desk.issue()
    assert len(desk.pool.filled) == 2
    assert desk.printed(issued)[0] == legal_day(issued.entry.at).isoformat()


def test_a_letter_that_never_catches_up_with_its_day_is_not_issued(desk: Desk) -> None:
    desk.before_midnight(10)
    desk.pool.waits = iter([86_400] * 9)
    with pytest.raises(StoreError, match="day") as caught:
        desk.issue()
    assert caught.value.message_zh != caught.value.message
    assert len(desk.pool.filled) == 3
    assert "voided" in states(desk)
    desk.pool.waits = iter(())
    desk.issue()
    assert "reserved" not in states(desk)


@given(seconds=st.integers(1, 60), waits=WAITS, ahead=st.sampled_from([0, 20, 100_000]))
def test_the_day_the_stamp_and_the_entry_agree(desk: Desk, seconds: int, waits: list[int], ahead: int) -> None:
    desk.before_midnight(seconds)
    if ahead:
        desk.world.append("contact.made", {"text": "别处"}, at=desk.world.clock.at + timedelta(seconds=ahead))
    desk.pool.waits, desk.pool.between = iter(waits), None
    came = tried(desk)
    if isinstance(came, StoreError):
        assert (came.code, len(desk.pool.filled)) == ("day_passed", 3)
    else:
        day, stamped = desk.printed(came)
        assert day == legal_day(came.entry.at).isoformat()
        assert stamped == format_instant(came.entry.at) == came.facts["issued_at"]
    assert len({number for number, _ in desk.pool.filled}) == 1
    assert "reserved" not in states(desk)
