"""One run at a time: what a run that was cancelled, started anew or resumed still does is not kept."""

from typing import Any

import httpx
import pytest
from batch_desk import Desk, as_csv, columns, read_here, row, sent
from sqlalchemy.exc import OperationalError
from story import Story

from service.batches import BatchWork
from service.errors import RefusedError, StoreError
from service.workflows.desk import told_as_away

pytestmark = [pytest.mark.sqlite, pytest.mark.slow]


@pytest.fixture
def desk(story: Story, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Desk:
    read_here(monkeypatch)
    monkeypatch.setattr("service.batches.reading.PAGE", 2)
    return Desk(story, admin)


@pytest.fixture
def work(desk: Desk) -> BatchWork:
    return BatchWork(desk.story.batch_parts, desk.story.batches)


def asked(desk: Desk, *rows: dict[str, Any], **facts: Any) -> tuple[str, str]:
    answer = sent(desk.client, "名单.csv", as_csv(*rows), **{"mapping": columns()} | facts)
    assert answer.status_code == 202, answer.text
    tenant, batch, run = desk.story.runs.pop(0)
    assert run == 1
    return tenant, batch


def after_a_page(monkeypatch: pytest.MonkeyPatch, *acts: Any) -> None:
    """Do something, once, when the first page of rows is kept and the second is not yet read."""
    waiting = list(acts)
    say = BatchWork._say_read

    def say_and_act(*args: Any, **more: Any) -> None:
        say(*args, **more)
        while waiting:
            waiting.pop(0)()

    monkeypatch.setattr(BatchWork, "_say_read", say_and_act)


def swapped() -> list[dict[str, str]]:
    """The mapping that a person looks at and rejects: interest and penalty changed places."""
    meant = {"利息": "/penalty", "罚息": "/interest"}
    return [{**each, "target": meant.get(each["header"], each["target"])} for each in columns()]


@pytest.mark.parametrize("is_done", [True, False])
def test_a_run_that_another_followed_keeps_no_row(
    desk: Desk, work: BatchWork, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    """Cancelled and started with the right columns while its second page was read: four rows, by the right columns."""
    tenant, batch = asked(desk, *[row() for _ in range(4)], dry_run=True, mapping=swapped())

    def anew() -> None:
        assert desk.post(batch, "cancel").status_code == 204
        assert desk.post(batch, "start", {"mapping": columns()}).status_code == 202
        if is_done:
            desk.story.run_batches()

    after_a_page(monkeypatch, anew)
    assert work.read(tenant, batch, 1) == {"dry_run": False, "go": False}
    work.close(tenant, batch, 1)
    desk.story.run_batches()
    assert desk.states(batch) == ["issued"] * 4
    assert desk.job(batch)["state"] == "succeeded"
    for each in desk.rows(batch):
        (notice,) = [entry for entry in desk.entries(each["matter"]) if "documents" in entry]
        assert (notice["fields"]["interest"], notice["fields"]["penalty"]) == ("43500.00", "5437.50")


def test_a_cancelled_table_is_not_read_to_its_end(desk: Desk, work: BatchWork, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant, batch = asked(desk, *[row() for _ in range(6)], dry_run=True)
    after_a_page(monkeypatch, lambda: desk.post(batch, "cancel"))
    assert work.read(tenant, batch, 1) == {"dry_run": False, "go": False}
    assert len(desk.rows(batch)) == 2
    assert desk.job(batch)["state"] == "cancelled"


def test_paused_and_resumed_while_it_is_read(desk: Desk, work: BatchWork, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second reader begins while the first is at its second page; each row is there once."""
    tenant, batch = asked(desk, *[row() for _ in range(5)], dry_run=False)

    def pause_and_resume() -> None:
        assert desk.post(batch, "pause").status_code == 204
        assert desk.post(batch, "resume").status_code == 204
        desk.story.run_batches()

    after_a_page(monkeypatch, pause_and_resume)
    assert work.read(tenant, batch, 1) == {"dry_run": False, "go": False}
    work.close(tenant, batch, 1)
    assert (desk.states(batch), desk.job(batch)["state"]) == (["issued"] * 5, "succeeded")


def test_two_workers_read_for_one_run(desk: Desk, work: BatchWork, monkeypatch: pytest.MonkeyPatch) -> None:
    """One was taken for dead and was not: the rows of whoever was first count."""
    tenant, batch = asked(desk, *[row() for _ in range(5)], dry_run=False)
    after_a_page(monkeypatch, lambda: work.read(tenant, batch, 1))
    assert work.read(tenant, batch, 1) == {"dry_run": False, "go": True}
    assert [each["number"] for each in desk.rows(batch)] == [2, 3, 4, 5, 6]


def test_a_late_end_does_not_end_the_next_run(desk: Desk, work: BatchWork) -> None:
    """The dry run's last steps come after the real run has begun and before it has read a row."""
    tenant, batch = asked(desk, row(), row(), dry_run=True)
    work.read(tenant, batch, 1)
    assert desk.post(batch, "cancel").status_code == 204
    assert desk.post(batch, "start", {"mapping": columns(), "constants": None}).status_code == 202
    work.sample(tenant, batch, 1)
    work.close(tenant, batch, 1)
    work.waiting(tenant, batch, 1, "some store")
    work.fail(tenant, batch, 1, "broke")
    assert work.plan(tenant, batch, 1) == []
    assert (desk.job(batch)["state"], desk.now(batch)["files"]) == ("queued", [])
    desk.story.run_batches()
    assert (desk.states(batch), desk.job(batch)["state"]) == (["issued"] * 2, "succeeded")


def test_a_run_whose_rows_are_not_all_there_is_not_at_its_end(
    desk: Desk, work: BatchWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed after the first page left two rows of four."""
    tenant, batch = asked(desk, *[row() for _ in range(4)], dry_run=False)

    def killed() -> None:
        raise KeyboardInterrupt

    after_a_page(monkeypatch, killed)
    with pytest.raises(KeyboardInterrupt):
        work.read(tenant, batch, 1)
    work.close(tenant, batch, 1)
    assert desk.job(batch)["state"] == "running"
    assert work.read(tenant, batch, 1) == {"dry_run": False, "go": True}
    assert len(desk.rows(batch)) == 4


def test_a_batch_that_broke_before_its_first_row_is_taken_up_by_retry(
    desk: Desk, work: BatchWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, batch = asked(desk, row(), row(), dry_run=False)
    work.fail(tenant, batch, 1, "unexpected OverflowError; the service's log tells more")
    assert (desk.job(batch)["state"], desk.states(batch)) == ("failed", [])
    assert desk.post(batch, "retry").status_code == 202
    desk.story.run_batches()
    assert (desk.job(batch)["state"], desk.states(batch)) == ("succeeded", ["issued", "issued"])


def test_a_workbook_that_cannot_be_filled_holds_up_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise RefusedError("workbook_unwritten", "the workbook broke", message_zh="工作簿无法回填")

    with monkeypatch.context() as patch:
        patch.setattr("service.batches.returning.write_back_apart", broken)
        batch = desk.issue(row())
    job = desk.job(batch)
    assert (job["state"], desk.states(batch)) == ("partial", ["issued"])
    assert job["result"]["workbook"]["code"] == "workbook_unwritten"


def test_what_was_recorded_is_done_though_the_jobs_database_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is the one that was recorded; the cadence asks for the run later."""

    def away(*_args: Any) -> None:
        with told_as_away():
            raise OperationalError("SELECT 1", None, Exception("away"))

    tenant, batch = asked(desk, row(), dry_run=True)
    desk.story.runs.append((tenant, batch, 1))
    desk.story.run_batches()
    with monkeypatch.context() as patch:
        patch.setattr(desk.story.batches, "_enqueue", away)
        assert desk.post(batch, "start", {"mapping": columns()}).status_code == 202
        assert desk.post(batch, "pause").status_code == 204
        assert desk.post(batch, "resume").status_code == 204
        with pytest.raises(StoreError):
            desk.story.batches.enqueue_unfinished()
    desk.story.batches.enqueue_unfinished()
    desk.story.run_batches()
    assert (desk.states(batch), desk.job(batch)["state"]) == (["issued"], "succeeded")


def test_a_reason_for_doubles_is_told_and_taken_back(desk: Desk) -> None:
    """Given for the dry run, it would stay in force for a start that says nothing of it."""
    first = row()
    desk.issue(first)
    batch = desk.run("名单.csv", as_csv(first), mapping=columns(), duplicate_reason="前函退回")
    assert desk.now(batch)["duplicate_reason"] == "前函退回"
    desk.start(batch, mapping=columns(), duplicate_reason=None)
    assert desk.now(batch)["duplicate_reason"] is None
    assert desk.states(batch) == ["skipped"]
