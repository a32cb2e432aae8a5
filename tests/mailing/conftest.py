"""Real letters by the real renderer, and values like those that a batch gives."""

import hashlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mail import MakeItem, item

from service.mailing.item import MailItem
from service.render import Catalog, RenderPool, RenderSettings, StampMarks, render_letter
from service.render.fonts import default_cache_directory

TEMPLATES = Path(__file__).parents[2] / "templates"
NAMES = ("student-loan-demand", "move-in-reminder", "receivable-demand")


@pytest.fixture
def make_item() -> MakeItem:
    return item


@pytest.fixture(scope="session")
def pool() -> Iterator[RenderPool]:
    renderer = RenderPool(RenderSettings(cache_directory=default_cache_directory(), papers=1, offices=0))
    yield renderer
    renderer.close()


@pytest.fixture(scope="session")
def letters(pool: RenderPool) -> list[tuple[bytes, int]]:
    """Frozen letters with their pages: three that are full, and one of a single page."""
    catalog = Catalog.load(TEMPLATES)
    made = [_letter(pool, catalog, name, number) for number, name in enumerate(NAMES, start=1)]
    return [*made, (pool.draw("<p>通知书。</p>", page_limit=1), 1)]


def _letter(pool: RenderPool, catalog: Catalog, name: str, number: int) -> tuple[bytes, int]:
    marks = StampMarks(
        notice_no=f"DEMO-2026-{number:06d}",
        issued_at=datetime(2026, 11, 24, 1, tzinfo=UTC),
        prev_hex="01" * 32,
        fields_digest_hex="02" * 32,
        mac_key=b"k" * 32,
    )
    template = catalog.get(name)
    letter = render_letter(pool, template, template.example, engine="html", marks=marks)
    return letter.pdf, letter.pages


@pytest.fixture
def pile(letters: list[tuple[bytes, int]]) -> Callable[[int], list[MailItem]]:
    """Make a pile of letters to a few streets; `pdf_key` tells which of the letters it is."""

    def make(count: int) -> list[MailItem]:
        return [_item(place, *letters[place % len(letters)], key=place % len(letters)) for place in range(count)]

    return make


STREETS = ("浙江省杭州市西湖区文三路", "北京市朝阳区建国路", "示例省示例市示例区样本路", "浙江省宁波市海曙区中山路")


def _item(place: int, pdf: bytes, pages: int, *, key: int) -> MailItem:
    address = "" if place == 3 else f"{STREETS[place * 7 % len(STREETS)]}{place * 13 % 97 + 1}号"
    digest, size = hashlib.sha256(pdf).digest(), len(pdf)
    return item(place, address=address, pages=pages, pdf_sha256=digest, pdf_size=size, pdf_key=str(key))
