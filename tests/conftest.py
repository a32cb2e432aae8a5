"""Every test of records, jobs or the whole service runs on SQLite and again on PostgreSQL, in one run of pytest.

A fixture that makes an installation takes `database`; so does whatever uses that fixture, once for each kind. A test
about SQLite's own files is marked `sqlite`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

sys.path.insert(0, str(Path(__file__).parent))

sys.path.insert(0, str(Path(__file__).parent / "contract"))

from ceph_server import S3Server
from databases import KINDS, Database
from postgres import PostgresServer, postgres_server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        only_sqlite = metafunc.definition.get_closest_marker("sqlite") is not None
        kinds = [kind if kind == "sqlite" else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
        metafunc.parametrize("database", kinds[:1] if only_sqlite else kinds, indirect=True, scope="session")


# A machine that does other work is slow now and then: what a property says does not depend on it.
hypothesis.settings.register_profile("duly", deadline=None)
hypothesis.settings.load_profile("duly")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3") / "ceph")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> Database:
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return Database(request.param, server)
