"""The jobs' database away: the engine waits for it instead of ending what runs."""

from pathlib import Path

import pytest
from dbos._utils import retriable_postgres_exception
from sqlalchemy import create_engine, event
from sqlalchemy.exc import OperationalError

from service.workflows.engine import no_connection_is_a_lost_one


@pytest.mark.parametrize("query", ["?host={folder}", "?host=127.0.0.1&port=1"])
def test_a_server_that_takes_no_connection_is_waited_for(tmp_path: Path, query: str) -> None:
    engine = create_engine("postgresql+psycopg://duly@/x" + query.format(folder=tmp_path))
    event.listen(engine, "handle_error", no_connection_is_a_lost_one)
    with pytest.raises(OperationalError) as caught:
        engine.connect()
    assert retriable_postgres_exception(caught.value)
