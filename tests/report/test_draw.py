"""The drawn report: PDF/A-3b, pages numbered through, the same bytes again, and any text survives the drawing."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from pikepdf import Pdf
from render.pages import pdfa_findings, texts

from service.errors import RefusedError
from service.render import RenderPool, RenderSettings
from service.render.fonts import default_cache_directory
from service.report import Report, build_report, draw_report

from . import matters
from .samples import CLAIM, PARTIES, Telling, bank_story

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    made = RenderPool(RenderSettings(cache_directory=default_cache_directory(), papers=1, offices=0))
    yield made
    made.close()


def squeezed(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(texts(pdf)))


def test_the_report_is_pdfa_numbered_through_and_the_same_again(pool: RenderPool) -> None:
    report = build_report(bank_story().source())
    pdf = draw_report(report, pool)
    assert pdfa_findings(pdf) == []
    pages = [re.sub(r"\s", "", text) for text in texts(pdf)]
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert f"第{number}页共{len(pages)}页" in page
    assert draw_report(report, pool) == pdf


def test_every_digest_can_be_read_on_paper(pool: RenderPool) -> None:
    story = bank_story()
    text = squeezed(draw_report(build_report(story.source()), pool))
    for entry in story.entries:
        assert entry.leaf_hash_hex in text
        assert all(digest in text for digest in entry.paths)


def test_the_heading_of_the_list_stands_on_each_of_its_pages(pool: RenderPool) -> None:
    story = Telling().open()
    for number in range(60):
        story.tell("contact.made", party="p2", on="2026-06-01", text=f"第{number}次联络，称资金周转困难")
    pages = [re.sub(r"\s", "", text) for text in texts(draw_report(build_report(story.source()), pool))]
    with_rows = [page for page in pages if "联络记录记录" in page]
    assert len(with_rows) > 2
    assert all("证明内容与对象" in page for page in with_rows)


def test_hostile_names_are_drawn_and_nothing_is_left_to_a_missing_glyph(pool: RenderPool) -> None:
    name = "A<B>&C 公司㛃𬭊 \u202e倒\u200b 😀 \U0003ffff é"
    parties = [{**PARTIES[0], "name": name}, {**PARTIES[1], "name": "极长名称" * 50}]
    story = Telling().open(parties=parties, claim={**CLAIM, "description": "٣ العربية <img src='file:///etc/passwd'>"})
    pdf = draw_report(build_report(story.source(tenant_name=name)), pool)
    assert pdfa_findings(pdf) == []
    text = squeezed(pdf)
    assert "A<B>&C公司㛃𬭊〔U+202E〕倒〔U+200B〕" in text
    assert "<imgsrc='file:///etc/passwd'>" in text


def test_a_matter_that_was_only_opened_has_a_report(pool: RenderPool) -> None:
    pdf = draw_report(build_report(Telling().open().source()), pool)
    assert pdfa_findings(pdf) == []
    assert "没有更正" in squeezed(pdf)


def test_a_page_can_fetch_nothing_and_has_a_limit(pool: RenderPool) -> None:
    with pytest.raises(RefusedError) as caught:
        draw_report(Report(json=b"{}", html="<img src='file:///etc/passwd'>"), pool)
    assert caught.value.code == "render_refused"
    with pytest.raises(RefusedError) as caught:
        pool.draw("<p style='break-after: page'>1</p><p>2</p>", page_limit=1)
    assert caught.value.code == "render_too_many_pages"


def test_each_party_has_its_pages_with_a_drawn_timeline_and_the_same_again(pool: RenderPool) -> None:
    report = build_report(matters.guarantor_kept().source())
    pdf = draw_report(report, pool)
    assert pdfa_findings(pdf) == []
    pages = [re.sub(r"\s", "", text) for text in texts(pdf)]
    for heading, first in (("债务人张三", "何时起算"), ("保证人李四", "保证期间")):
        (page,) = [text for text in pages if f"{heading}{first}" in text]
        assert "何时届满" in page
        assert "主张、承认及其证明" in page
    assert images(pdf) == 0
    assert draw_report(report, pool) == pdf


def test_sixty_facts_in_twenty_years_are_on_one_picture_of_a_page(pool: RenderPool) -> None:
    story = matters.twenty_years()
    pdf = draw_report(build_report(story.source()), pool)
    assert pdfa_findings(pdf) == []
    (page,) = [text for text in texts(pdf) if "二十年最长期间" in text and "推算日 20" in text]
    drawn = set(re.findall(r"(?<!\d)\d{1,2}(?!\d)", page))
    assert {str(number) for number in range(1, 61)} <= drawn


def images(pdf: bytes) -> int:
    with Pdf.open(BytesIO(pdf)) as read:
        return sum(len(page.get_images()) for page in read.pages)
