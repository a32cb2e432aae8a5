"""The jobs' database away: the engine waits for it instead of ending what runs."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from dbos import DBOS
from dbos._utils import retriable_postgres_exception
from sqlalchemy import create_engine, event
from sqlalchemy.exc import OperationalError

from service.workflows.engine import next_id, no_connection_is_a_lost_one


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
