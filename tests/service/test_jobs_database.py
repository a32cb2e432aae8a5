"""The jobs' database away: the engine waits for it instead of ending what runs."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
from dbos import DBOS
from dbos._utils import retriable_postgres_exception
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from service.records.engine import patience
from service.wiring.fleet import patient_url
from service.workflows.bundles import BUNDLES
from service.workflows.engine import RUNS_MOST, Executor, Jobs, next_id, no_connection_is_a_lost_one


@pytest.mark.parametrize("query", ["?host={folder}", "?host=127.0.0.1&port=1"])
def test_a_server_that_takes_no_connection_is_waited_for(tmp_path: Path, query: str) -> None:
    engine = create_engine("postgresql+psycopg://duly@/x" + query.format(folder=tmp_path))
    event.listen(engine, "handle_error", no_connection_is_a_lost_one)
    with pytest.raises(OperationalError) as caught:
        engine.connect()
    assert retriable_postgres_exception(caught.value)


@pytest.mark.parametrize(
    ("ended", "expected"),
    [({}, "batch-1"), ({"batch-1": "PENDING"}, "batch-1"), ({"batch-1": "ERROR"}, "batch-1~2"),
     ({"batch-1": "SUCCESS", "batch-1~2": "ERROR"}, "batch-1~3"), ({"batch-1": "ENQUEUED"}, "batch-1")],
)  # fmt: skip
def test_a_run_that_ended_without_ending_its_job_is_followed_by_another(
    monkeypatch: pytest.MonkeyPatch, ended: dict[str, str], expected: str
) -> None:
    def status(workflow_id: str) -> SimpleNamespace | None:
        return SimpleNamespace(status=ended[workflow_id]) if workflow_id in ended else None

    monkeypatch.setattr(DBOS, "get_workflow_status", status)
    assert next_id("batch-1") == expected


def jobs() -> Jobs:
    executor = Executor(id="o_1", is_alive=lambda _: True)
    return Jobs(database_url="sqlite://", polling_seconds=1, cadence_seconds=1, executor=executor)


def test_a_job_that_is_given_up_is_told_once_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DBOS, "get_workflow_status", lambda _: SimpleNamespace(status="ERROR"))
    monkeypatch.setattr(DBOS, "enqueue_workflow_with_options", lambda *_: pytest.fail("asked for a further run"))
    worker = jobs()
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            worker.enqueue(BUNDLES, print, workflow_id="bundle-7")
    assert [(line["event"], line["log_level"], line["workflow"], line["runs"]) for line in lines] == [
        ("job.given_up", "error", "bundle-7", RUNS_MOST)
    ]


class Runs:
    """The runs that DBOS keeps, found and deleted as it does."""

    def __init__(self, *kept: tuple[str, str]) -> None:
        self.kept = set(kept)

    def listed(self, *, name: list[str], status: list[str], **_more: object) -> list[SimpleNamespace]:
        return [SimpleNamespace(workflow_id=run) for run in self.kept if run[0] in name and run[1] in status]

    def delete(self, runs: list[tuple[str, str]]) -> None:
        self.kept -= set(runs)


def test_failed_runs_of_the_cadence_are_forgotten_and_those_of_jobs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = ("SUCCESS", "ERROR", "CANCELLED", "PENDING")
    names = ("integrate_log", "stamp_checkpoint", "look_at_limitation", "run_batch", "run_batch_mail", "seal_bundle")
    runs = Runs(*((name, status) for name in names for status in ended))
    monkeypatch.setattr(DBOS, "list_workflows", runs.listed)
    monkeypatch.setattr(DBOS, "delete_workflows", runs.delete)
    jobs()._forget_old_runs()
    cadence, counted = names[:3], names[3:5]
    assert runs.kept == {
        *((name, "PENDING") for name in cadence),
        *((name, status) for name in counted for status in ("ERROR", "CANCELLED", "PENDING")),
        *(("seal_bundle", status) for status in ended),
    }


def test_the_jobs_database_is_given_up_as_soon_as_the_records_when_it_is_silent() -> None:
    url = "postgresql+psycopg://duly:p%40ss@db:5432/duly?keepalives_idle=7"
    found = make_url(patient_url(url))
    assert found.set(query={}) == make_url(url).set(query={})
    told = {name: str(value) for name, value in patience(make_url(url)).items()}
    assert dict(found.query) == {"keepalives_idle": "7", **told}
    assert patient_url("sqlite:///jobs.sqlite") == "sqlite:///jobs.sqlite"
