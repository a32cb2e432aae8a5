"""Rows whose workers end: taken up by the living, given up by name; two workers on a row issue one notice."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "api"))

from batch_desk import Desk, as_csv, columns, read_here, row, sent
from databases import Database
from sqlalchemy import select, update
from story import TEMPLATES, Story

from service.batches import BatchWork
from service.batches.issuing import Issuing
from service.records import tables
from service.records.engine import reading, writing
from service.records.locks import Owner
from service.render import Catalog, RenderPool, RenderSettings
from service.render.fonts import default_cache_directory

pytestmark = pytest.mark.slow
DEAD = "o_00000000000000000000000000000000"


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    renderer = RenderPool(RenderSettings(cache_directory=default_cache_directory(), papers=1, offices=0))
    yield renderer
    renderer.close()


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    read_here(monkeypatch)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, pool: RenderPool, database: Database) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    story = Story(folder, pool=pool, catalog=Catalog.load(TEMPLATES), url=database.url(folder))
    with story.client("administrator") as client:
        yield Desk(story, client)
    story.close()


def begun(desk: Desk, count: int, **first: Any) -> tuple[str, BatchWork]:
    """A batch whose rows were read, and nothing else."""
    data = as_csv(*(row(**(first if number == 0 else {})) for number in range(count)))
    answer = sent(desk.client, "名单.csv", data, dry_run=False, mapping=columns())
    assert answer.status_code == 202, answer.text
    desk.story.runs.clear()
    work = BatchWork(desk.story.batch_parts, desk.story.batches)
    batch = str(answer.json()["batch"])
    work.read(desk.story.tenant.id, batch, 1)
    return batch, work


def left(desk: Desk, batch: str, *, owner: str, attempts: int, numbers: tuple[int, ...] = ()) -> None:
    """Leave rows as a worker leaves them that ended in the middle."""
    table = tables.batch_rows.c
    those = [table.batch_id == batch, *([table.number.in_(numbers)] if numbers else [])]
    with writing(desk.story.engine) as conn:
        conn.execute(update(tables.batch_rows).where(*those).values(state="running", owner=owner, attempts=attempts))


def attempts(desk: Desk, batch: str) -> list[int]:
    table = tables.batch_rows.c
    with reading(desk.story.engine) as conn:
        return list(
            conn.execute(select(table.attempts).where(table.batch_id == batch).order_by(table.number)).scalars()
        )


def test_a_letter_that_kills_its_renderer_twice_fails_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever draws it is killed by a real signal, as by the kernel when memory runs out; the others are issued."""
    pool = desk.story.pool
    pool.check()
    fill = pool.fill

    def deadly(template: Any, fields: Any, *args: Any, **more: Any) -> Any:
        if fields["debtor"]["name"] != "毒":
            return fill(template, fields, *args, **more)
        done = threading.Event()
        killer = threading.Thread(target=kill_papers, args=(pool, done))
        killer.start()
        try:
            return fill(template, fields, *args, **more)
        finally:
            done.set()
            killer.join()

    lone = BatchWork(replace(desk.story.batch_parts, lanes=1), desk.story.batches)
    batch, _ = begun(desk, 3, 收件人="毒")
    monkeypatch.setattr(pool, "fill", deadly)
    lone.work(desk.story.tenant.id, batch, 2, 4)
    assert desk.states(batch) == ["failed", "issued", "issued"]
    assert desk.codes(batch)[0] == ["render_crashed"]


def kill_papers(pool: RenderPool, done: threading.Event) -> None:
    while not done.wait(0.005):
        for pid in pool.pids()["paper"]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def test_rows_of_the_dead_are_taken_up(desk: Desk) -> None:
    batch, work = begun(desk, 2)
    left(desk, batch, owner=DEAD, attempts=1)
    work.work(desk.story.tenant.id, batch, 2, 3)
    assert (desk.states(batch), attempts(desk, batch)) == (["issued", "issued"], [2, 2])


def test_a_row_that_ends_its_workers_is_given_up_by_name_and_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker ends at the second row, whenever it comes to it; the rows beside it are never blamed."""
    batch, _ = begun(desk, 4)

    class EndedError(BaseException):
        """This worker is gone."""

    def one(self: Issuing, tenant: Any, each: Any, *, really: Any = Issuing._row) -> Any:
        if each.number == 3 and each.attempts <= 3:
            raise EndedError
        return really(self, tenant, each)

    monkeypatch.setattr(Issuing, "_row", one)
    for _ in range(3):
        owner = Owner(desk.story.engine, os.urandom)
        parts = replace(desk.story.batch_parts, owner=owner, lanes=1)
        with pytest.raises(EndedError):
            BatchWork(parts, desk.story.batches).work(desk.story.tenant.id, batch, 2, 5)
        owner.close()
    assert desk.rows(batch)[1]["state"] == "running"
    BatchWork(desk.story.batch_parts, desk.story.batches).work(desk.story.tenant.id, batch, 2, 5)
    assert desk.states(batch) == ["issued", "failed", "issued", "issued"]
    (fault,) = desk.rows(batch)[1]["errors"]
    assert (fault["code"], "3" in fault["message"]) == ("row_poisonous", True)
    assert max(attempts(desk, batch)[2:]) <= 2


def test_what_another_living_worker_holds_is_left_to_it(desk: Desk) -> None:
    batch, work = begun(desk, 2)
    other = Owner(desk.story.engine, os.urandom)
    left(desk, batch, owner=other.id, attempts=1, numbers=(2,))
    work.work(desk.story.tenant.id, batch, 2, 3)
    assert desk.states(batch) == ["running", "issued"]
    work.close(desk.story.tenant.id, batch, 1)
    assert desk.job(batch)["state"] == "running"  # a row is open: a further round ends it
    other.close()
    work.work(desk.story.tenant.id, batch, 2, 3)
    work.close(desk.story.tenant.id, batch, 1)
    assert (desk.states(batch), desk.job(batch)["state"]) == (["issued", "issued"], "succeeded")


def test_two_workers_on_one_batch_issue_each_row_once(desk: Desk) -> None:
    batch, work = begun(desk, 6)
    owner = Owner(desk.story.engine, os.urandom)
    other = BatchWork(replace(desk.story.batch_parts, owner=owner), desk.story.batches)
    taken = desk.taken_numbers()
    at_once([lambda each=each: each.work(desk.story.tenant.id, batch, 2, 7) for each in (work, other)])
    owner.close()
    found = desk.rows(batch)
    assert [each["state"] for each in found] == ["issued"] * 6
    assert len({each["notice"] for each in found}) == 6
    assert desk.taken_numbers() == taken + 6


def test_a_worker_that_was_taken_for_dead_issues_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on with a row that another has issued meanwhile: its number is voided, its letter never recorded."""
    batch, work = begun(desk, 1)
    slow_owner = Owner(desk.story.engine, os.urandom)
    slow = BatchWork(replace(desk.story.batch_parts, owner=slow_owner), desk.story.batches)
    finish, first = desk.story.pool.finish, threading.Event()

    def late(*args: Any, **more: Any) -> Any:
        if not first.is_set():
            first.set()
            left(desk, batch, owner=DEAD, attempts=1)  # so others think
            work.work(desk.story.tenant.id, batch, 2, 2)
        return finish(*args, **more)

    monkeypatch.setattr(desk.story.pool, "finish", late)
    slow.work(desk.story.tenant.id, batch, 2, 2)
    slow_owner.close()
    (found,) = desk.rows(batch)
    assert found["state"] == "issued"
    entries = desk.entries(found["matter"])
    assert [each["notice_no"] for each in entries if "documents" in each] == [found["notice_no"]]
    assert len(entries) == 3  # opened, the number that was not used, issued


def at_once(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
