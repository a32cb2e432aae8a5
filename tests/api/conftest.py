"""A whole application on a real database and a real object folder, served by uvicorn; only the renderer is left out."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog

sys.path.insert(0, str(Path(__file__).parent))

from databases import Database
from shell import Shell
from story import TEMPLATES, Story

from service.render import Catalog, RenderPool, RenderSettings
from service.render.fonts import default_cache_directory
from service.structured_logs import place_exception


@pytest.fixture(scope="session", autouse=True)
def quiet() -> Iterator[None]:
    """Exceptions as the service writes them; the default would draw every local variable, which takes seconds."""
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, place_exception, *before[-1:]])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, database: Database) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("shell")
    made = Shell(folder, url=database.url(folder))
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(shell: Shell) -> Iterator[httpx.Client]:
    with shell.client() as client:
        yield client


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.load(TEMPLATES)


@pytest.fixture(scope="session")
def pool() -> Iterator[RenderPool]:
    renderer = RenderPool(RenderSettings(cache_directory=default_cache_directory(), papers=1, offices=1))
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory, pool: RenderPool, catalog: Catalog, database: Database
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    made = Story(folder, pool=pool, catalog=catalog, url=database.url(folder))
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(story: Story) -> Iterator[httpx.Client]:
    with story.client("administrator") as client:
        yield client
