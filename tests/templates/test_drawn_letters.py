"""The letters as drawn pages: the expected words are in the PDF, both engines agree, the stamp's places stay empty."""

import io
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from letter_branches import BRANCHES, FORMS, WITH_DOCX
from letter_words import changed, squeezed
from pypdf import PdfReader

from service.render import Catalog, RenderPool, StampMarks, Template, render_letter

pytestmark = pytest.mark.slow
Draw = Callable[[Template, str], bytes]
MILLIMETRE = 72 / 25.4


def text_of(pdf: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


@pytest.mark.parametrize(("name", "engine"), FORMS)
def test_the_pages_hold_the_expected_words(catalog: Catalog, draw: Draw, name: str, engine: str) -> None:
    template = catalog.get(name)
    text = text_of(draw(template, engine))
    expected = (template.directory / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in expected if squeezed(line) not in text] == []


@pytest.mark.parametrize("name", WITH_DOCX)
def test_both_engines_draw_the_same_characters(catalog: Catalog, draw: Draw, name: str) -> None:
    template = catalog.get(name)
    assert Counter(text_of(draw(template, "html"))) == Counter(text_of(draw(template, "docx")))


@pytest.mark.parametrize(("name", "engine"), FORMS)
def test_two_pages_of_letter_and_the_slip_on_its_own(catalog: Catalog, draw: Draw, name: str, engine: str) -> None:
    pages = PdfReader(io.BytesIO(draw(catalog.get(name), engine))).pages
    assert len(pages) == 3
    assert squeezed(pages[2].extract_text()).startswith("回执致：")
    assert "（盖章处）" in squeezed(pages[1].extract_text())
    for page in pages:
        assert [round(float(side) / MILLIMETRE) for side in page.mediabox] == [0, 0, 210, 297]


@pytest.mark.parametrize(("name", "engine"), FORMS)
def test_the_places_of_stamp_and_paging_seal_stay_empty(catalog: Catalog, draw: Draw, name: str, engine: str) -> None:
    outside: list[str] = []

    def look(text: str, at: list[float], within: list[float], *_: object) -> None:
        across = within[4] * at[0] + within[5] * at[2] + at[4]
        up = within[4] * at[1] + within[5] * at[3] + at[5]
        inside = 12 < across / MILLIMETRE < 198 and 30 < up / MILLIMETRE < 297 - 32
        if text.strip() and not inside:
            outside.append(f"{text!r} at {across / MILLIMETRE:.0f}, {up / MILLIMETRE:.0f} mm")

    for page in PdfReader(io.BytesIO(draw(catalog.get(name), engine))).pages:
        page.extract_text(visitor_text=look)
    assert outside == []


@pytest.mark.parametrize(("name", "engine"), FORMS)
def test_every_branch_is_drawn_stamped_and_read_back(
    catalog: Catalog, pool: RenderPool, name: str, engine: str
) -> None:
    template = catalog.get(name)
    marks = StampMarks(
        notice_no="DEMO-2026-000001",
        issued_at=datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC),
        prev_hex="ab" * 32,
        fields_digest_hex="cd" * 32,
        mac_key=bytes(32),
    )
    for changes in BRANCHES[name]:
        letter = render_letter(pool, template, changed(template.example, changes), engine=engine, marks=marks)
        assert letter.pages in (3, 4)
