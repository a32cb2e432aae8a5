"""A whole application on a real database and a real object folder, served by uvicorn; only the renderer is left out."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog

sys.path.insert(0, str(Path(__file__).parent))

from shell import Shell

from service.structured_logs import place_exception


@pytest.fixture(scope="session", autouse=True)
def quiet() -> Iterator[None]:
    """Exceptions as the service writes them; the default would draw every local variable, which takes seconds."""
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, place_exception, *before[-1:]])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("shell"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(shell: Shell) -> Iterator[httpx.Client]:
    with shell.client() as client:
        yield client
