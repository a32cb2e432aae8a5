"""The stores that the contract runs over, and the real S3 server behind one of them."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from ceph_server import S3Server

from service.adapters.directory import DirectoryStore
from service.adapters.s3 import S3Store


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3") / "ceph")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3_store(s3_server: S3Server) -> S3Store:
    """A store of its own in the shared bucket, with parts small enough to need several."""
    return s3_server.store(prefix=secrets.token_hex(8), part_size=5 << 20)


@pytest.fixture
def directory_store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "objects")


@pytest.fixture(params=["directory", pytest.param("s3", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest):
    """Every adapter in turn."""
    return request.getfixturevalue(f"{request.param}_store")
