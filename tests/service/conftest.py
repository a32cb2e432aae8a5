"""The records on a fresh database each, with simulators around them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import Database
from postgres import PostgresServer
from world import World


@pytest.fixture
def world(tmp_path: Path, database: Database) -> Iterator[World]:
    made = World(tmp_path, url=database.url(tmp_path))
    yield made
    made.close()


@pytest.fixture
def pg_world(tmp_path: Path, postgres: PostgresServer) -> Iterator[World]:
    made = World(tmp_path, url=postgres.database(ready=True))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The same installation on each database in turn."""
    url = request.getfixturevalue("postgres").database(ready=True) if request.param == "postgresql" else ""
    made = World(tmp_path, url=url)
    yield made
    made.close()
