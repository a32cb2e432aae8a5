"""The stores that the contract runs over."""

import secrets
from pathlib import Path

import pytest
from ceph_server import S3Server

from service.adapters.directory import DirectoryStore
from service.adapters.s3 import S3Store


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
