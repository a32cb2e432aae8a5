"""The catalogue, and one renderer for all tests."""

from collections.abc import Callable, Iterator

import pytest
from letter_words import ISSUED_ON, NOTICE_NO, TEMPLATES

from service.render import RenderPool, RenderSettings
from service.render.catalog import Catalog, Template
from service.render.fonts import default_cache_directory


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.load(TEMPLATES)


@pytest.fixture(scope="session")
def pool() -> Iterator[RenderPool]:
    pool = RenderPool(RenderSettings(cache_directory=default_cache_directory(), papers=1))
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def draw(pool: RenderPool) -> Callable[[Template, str], bytes]:
    """Draw a template's example as a PDF, each only once."""
    drawn: dict[tuple[str, str], bytes] = {}

    def example_pdf(template: Template, engine: str) -> bytes:
        key = (template.name, engine)
        if key not in drawn:
            filled = pool.fill(template, template.example, engine, notice_no=NOTICE_NO, issued_on=ISSUED_ON)
            drawn[key] = filled.pdf
        return drawn[key]

    return example_pdf
