"""The records on a fresh database each, with simulators around them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import PostgresServer, postgres_server
from world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def pg_world(tmp_path: Path, postgres: PostgresServer) -> Iterator[World]:
    made = World(tmp_path, url=postgres.database())
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The same installation on each database in turn."""
    url = request.getfixturevalue("postgres").database() if request.param == "postgresql" else ""
    made = World(tmp_path, url=url)
    yield made
    made.close()
