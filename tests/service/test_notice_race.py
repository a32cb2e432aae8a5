"""One letter asked for by eight at once: one is issued, seven are told which, no number is lost, on both databases."""

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from world import World

from service.errors import ServiceError
from service.matters import Matters
from service.metrics import Metrics
from service.notice_checks import NoticeDuplicateError
from service.notices import NoticeRequest, Notices
from service.records import tables
from service.records.engine import reading
from service.render import Catalog, RenderPool, RenderSettings
from service.render.fonts import default_cache_directory

TEMPLATES = Path(__file__).parents[2] / "templates"
EXAMPLE = json.loads((TEMPLATES / "loan-demand" / "v1" / "example.json").read_text(encoding="utf-8"))
EIGHT = 8
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    renderer = RenderPool(RenderSettings(cache_directory=default_cache_directory(), papers=2))
    yield renderer
    renderer.close()


@pytest.fixture
def notices(either: World, pool: RenderPool) -> Notices:
    return Notices(
        engine=either.engine,
        ledger=either.ledger,
        matters=Matters(engine=either.engine, ledger=either.ledger, random_bytes=os.urandom),
        objects=either.objects,
        catalog=Catalog.load(TEMPLATES),
        pool=pool,
        clock=either.clock,
        random_bytes=os.urandom,
        owner=either.owner.id,
        metrics=Metrics(),
    )


def request(matter_id: str, *, reason: str | None = None) -> NoticeRequest:
    return NoticeRequest(
        matter_id=matter_id,
        party="p2",
        template="loan-demand",
        version=None,
        engine="html",
        fields=EXAMPLE,
        duplicate_reason=reason,
    )


def all_at_once(world: World, notices: Notices, asked: list[NoticeRequest]) -> list[object]:
    """Give what each came to: the number of the issued notice, or the error."""
    came: list[object] = [None] * len(asked)
    together = threading.Barrier(len(asked))

    def issue(place: int) -> None:
        together.wait(30)
        try:
            done = notices.issue(world.tenant, asked[place], answer=lambda _conn, _issued: None)
            came[place] = done.facts["notice_no"]
        except ServiceError as error:
            came[place] = error

    threads = [threading.Thread(target=issue, args=(place,)) for place in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return came


def numbers(world: World) -> list[tuple[int, str, str | None]]:
    table = tables.notice_numbers.c
    with reading(world.engine) as conn:
        return [tuple(row) for row in conn.execute(select(table.n, table.state, table.reason).order_by(table.n))]


@pytest.mark.parametrize("matters", [1, EIGHT])
def test_one_is_issued_and_the_others_are_told_which(either: World, notices: Notices, matters: int) -> None:
    """In one matter its chain keeps them apart; in eight matters on one contract nothing does but the index."""
    for n in range(matters):
        either.open_matter(f"m_{n}")
    came = all_at_once(either, notices, [request(f"m_{n % matters}") for n in range(EIGHT)])
    issued = [each for each in came if isinstance(each, str)]
    refused = [each for each in came if isinstance(each, NoticeDuplicateError)]
    assert (len(issued), len(refused)) == (1, EIGHT - 1), came
    assert {error.existing.notice_no for error in refused} == set(issued)
    assert all(issued[0] in error.message and issued[0] in error.message_zh for error in refused)
    taken = numbers(either)
    assert [n for n, _, _ in taken] == list(range(1, len(taken) + 1))
    assert Counter(state for _, state, _ in taken) == Counter(issued=1, voided=len(taken) - 1)
    assert {reason for _, state, reason in taken if state == "voided"} <= {"出具失败，该编号作废（notice_duplicate）"}
    either.integrate_all()
    assert either.problems() == []


def test_with_a_reason_each_is_issued(either: World, notices: Notices) -> None:
    either.open_matter("m_0")
    assert isinstance(all_at_once(either, notices, [request("m_0")])[0], str)
    again = [request("m_0", reason=f"第{n}次寄送") for n in range(2)]
    assert {type(each) for each in all_at_once(either, notices, again)} == {str}
    with reading(either.engine) as conn:
        rows = conn.execute(select(tables.notices.c.subject_digest, tables.notices.c.duplicate_reason)).all()
    assert len({row.subject_digest for row in rows}) == 1
    assert sorted(row.duplicate_reason or "" for row in rows) == ["", "第0次寄送", "第1次寄送"]
