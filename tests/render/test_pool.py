"""The renderer under trouble: hung and dead children, hostile letters, limits, waiting, and no way out to a network."""

import io
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import docx
import pytest

from service.errors import BusyError, RefusedError, StoreError
from service.render import (
    Catalog,
    Filled,
    RenderPool,
    RenderSettings,
    StampMarks,
    Template,
    check_fields,
    render_letter,
)
from service.render.process import Child, ChildSettings

from .conftest import ISSUED_ON, NOTICE_NO, MakeTemplate, docx_of, schema_of
from .pages import codes, pdfa_findings, read_back, scan, texts

pytestmark = pytest.mark.slow
ROWS = schema_of({"rows": {"type": "array"}, "name": {"type": "string"}})
LOOP = "".join(f"{{% for {name} in rows %}}" for name in "abcdef") + "x" + "{% endfor %}" * 6


@pytest.fixture
def small_pool(render_settings: Callable[..., RenderSettings]) -> Iterator[Callable[..., RenderPool]]:
    """Renderers with limits of their own, ended after the test."""
    pools: list[RenderPool] = []

    def make(**settings: Any) -> RenderPool:
        pools.append(RenderPool(render_settings(**{"papers": 1, "offices": 0, **settings})))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def fill(pool: RenderPool, template: Template, fields: dict[str, Any] | None = None, engine: str = "html") -> Filled:
    return pool.fill(template, fields or {"name": "张三"}, engine, notice_no=NOTICE_NO, issued_on=ISSUED_ON)


def plain(make_template: MakeTemplate) -> Template:
    return make_template("<p>{{ name }} {{ letter.notice_no }} {{ letter.issued_on | cn_date }}</p>", schema=ROWS)


@pytest.mark.parametrize("name", ["loan-demand", "guarantor-demand", "receivable-demand"])
def test_html_letters_have_the_same_bytes_in_every_child(
    catalog: Catalog, pool: RenderPool, small_pool: Callable[..., RenderPool], name: str
) -> None:
    template = catalog.get(name)
    one, two = (fill(each, template, dict(template.example)) for each in (pool, small_pool()))
    assert one == two
    assert pdfa_findings(one.pdf) == []
    fields = deepcopy(dict(template.example))
    fields["contact"]["phone"] = "010-00000001"
    assert fill(pool, template, fields).pdf != one.pdf


def test_the_engines_are_named(catalog: Catalog, pool: RenderPool) -> None:
    template = catalog.get("loan-demand")
    assert fill(pool, template, dict(template.example)).engine_version.startswith("weasyprint ")
    assert "libreoffice " in fill(pool, template, dict(template.example), "docx").engine_version
    pool.check()
    with pytest.raises(RefusedError, match="has no pdf form"):
        fill(pool, template, {}, "pdf")


@pytest.mark.parametrize(
    "source",
    [
        '<img src="file:///etc/hostname"/>',
        '<img src="http://198.51.100.1/x.png"/>',
        '<link rel="stylesheet" href="https://198.51.100.1/x.css"/>',
        '<link rel="attachment" href="file:///etc/hostname"/>',
        '<a rel="attachment" href="/etc/hostname">x</a>',
        "<style>@import url(//198.51.100.1/x.css)</style>",
        '<p style="background: url(data:image/png;base64,AAAA)">x</p>',
        '<img src="template.json"/>',
        '<img src="../v1/style.css"/>',
    ],
)
def test_nothing_outside_the_template_is_fetched(make_template: MakeTemplate, pool: RenderPool, source: str) -> None:
    template = make_template(f"<html><body>{source}<p>{{{{ name }}}}</p></body></html>", schema=ROWS)
    with pytest.raises(RefusedError) as caught:
        fill(pool, template)
    assert caught.value.code == "render_refused"
    assert "own template folder" in caught.value.message


def test_own_files_are_used(make_template: MakeTemplate, pool: RenderPool) -> None:
    html = '<html><head><link rel="stylesheet" href="style.css"/></head><body><p>{{ name }}</p></body></html>'
    template = make_template(html, schema=ROWS, files={"style.css": "p::before { content: '甲' }"})
    assert "甲张三" in texts(fill(pool, template).pdf)[0]


def test_a_template_changed_after_the_start_is_not_used(make_template: MakeTemplate, pool: RenderPool) -> None:
    template = plain(make_template)
    (template.directory / "template.html").write_text("<p>{{ name }}！</p>", encoding="utf-8")
    with pytest.raises(RefusedError) as caught:
        fill(pool, template)
    assert caught.value.code == "template_changed"


def test_a_missing_field_is_named(make_template: MakeTemplate, pool: RenderPool) -> None:
    with pytest.raises(RefusedError, match="name") as caught:
        fill(pool, plain(make_template), {"rows": []})
    assert caught.value.code == "render_missing_field"


def test_a_value_that_a_filter_cannot_write_is_refused(make_template: MakeTemplate, pool: RenderPool) -> None:
    template = make_template("<p>{{ name | rmb_upper }}</p>", schema=ROWS)
    with pytest.raises(RefusedError, match="not an amount") as caught:
        fill(pool, template)
    assert caught.value.code == "render_bad_value"


@pytest.mark.slow
def test_an_endless_letter_times_out_and_the_next_one_is_served(
    make_template: MakeTemplate, small_pool: Callable[..., RenderPool]
) -> None:
    template = make_template(LOOP, schema=ROWS)
    pool = small_pool(work_seconds=2.0, queue_seconds=20.0, memory_bytes=4 * 2**30)
    started = time.monotonic()
    with pytest.raises(RefusedError) as caught:
        fill(pool, template, {"rows": list(range(40))})
    assert caught.value.code in {"render_timed_out", "render_crashed"}
    assert time.monotonic() - started < 30
    assert fill(pool, plain(make_template)).pages == 1
    assert pool.restarts() == 2


@pytest.mark.slow
def test_a_letter_that_eats_memory_is_refused_and_the_next_one_is_served(
    make_template: MakeTemplate, small_pool: Callable[..., RenderPool]
) -> None:
    template = make_template(LOOP.replace("x", "文" * 200), schema=ROWS)
    pool = small_pool(work_seconds=30.0, memory_bytes=400 * 2**20)
    with pytest.raises(RefusedError) as caught:
        fill(pool, template, {"rows": list(range(20))})
    assert caught.value.code in {"render_too_large", "render_crashed"}
    assert fill(pool, plain(make_template)).pages == 1


def paged() -> bytes:
    """A DOCX form with a page for each row."""
    document, sink = docx.Document(), io.BytesIO()
    document.styles["Normal"].font.name = "LXGW WenKai"
    for text in ("{%p for row in rows %}", "{{ row }}", None, "{%p endfor %}"):
        if text is None:
            document.add_page_break()
        else:
            document.add_paragraph(text)
    document.save(sink)
    return sink.getvalue()


PAGED = "{% for row in rows %}<p style='break-after: page'>{{ row }}</p>{% endfor %}"


@pytest.mark.parametrize("engine", ["html", "docx"])
def test_too_many_pages(make_template: MakeTemplate, small_pool: Callable[..., RenderPool], engine: str) -> None:
    template = make_template(PAGED, body=paged(), schema=ROWS)
    pool = small_pool(page_limit=3, offices=1)
    with pytest.raises(RefusedError, match="pages") as caught:
        fill(pool, template, {"rows": [f"第{number}页" for number in range(5)]}, engine)
    assert caught.value.code == "render_too_many_pages"


@pytest.mark.parametrize("kind", ["paper", "office"])
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_a_dead_child_is_replaced_unseen(catalog: Catalog, pool: RenderPool, kind: str, blow: signal.Signals) -> None:
    pool.check()
    template = catalog.get("loan-demand")
    (victim,) = pool.pids()[kind]
    os.kill(victim, blow)
    engine = "html" if kind == "paper" else "docx"
    assert fill(pool, template, dict(template.example), engine).pages == 3
    assert pool.pids()[kind] != (victim,)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["paper", "office"])
def test_a_hung_child_is_killed_and_the_letter_made_by_another(
    catalog: Catalog, small_pool: Callable[..., RenderPool], kind: str
) -> None:
    pool = small_pool(work_seconds=6.0, offices=1)
    pool.check()
    (victim,) = pool.pids()[kind]
    os.kill(victim, signal.SIGSTOP)
    template = catalog.get("loan-demand")
    filled = fill(pool, template, dict(template.example), "html" if kind == "paper" else "docx")
    read_back(filled.pdf, fields=template.example, template=template)
    assert pool.pids()[kind] != (victim,)
    with pytest.raises(ProcessLookupError):
        os.kill(victim, 0)


def test_waiting_has_its_own_budget(make_template: MakeTemplate, small_pool: Callable[..., RenderPool]) -> None:
    pool = small_pool(queue_seconds=20.0)
    pool.check()
    pool._paper._queue_seconds = 0.3
    (busy,) = pool.pids()["paper"]
    os.kill(busy, signal.SIGSTOP)
    template = plain(make_template)
    done: list[Filled] = []
    first = threading.Thread(target=lambda: done.append(fill(pool, template)))
    first.start()
    time.sleep(0.2)
    with pytest.raises(BusyError) as caught:
        fill(pool, template)
    assert caught.value.retry_after >= 1
    os.kill(busy, signal.SIGCONT)
    first.join(timeout=30)
    assert len(done) == 1


def test_children_are_renewed_after_their_share_of_work(
    make_template: MakeTemplate, small_pool: Callable[..., RenderPool]
) -> None:
    pool = small_pool(recycle_after=2)
    template = plain(make_template)
    seen = set()
    for _ in range(4):
        fill(pool, template)
        seen.update(pool.pids()["paper"])
    assert pool.restarts() == 2


def test_many_letters_at_once(catalog: Catalog, small_pool: Callable[..., RenderPool]) -> None:
    pool = small_pool(papers=2)
    template = catalog.get("loan-demand")
    done: list[bytes] = []

    def work() -> None:
        done.extend(fill(pool, template, dict(template.example)).pdf for _ in range(3))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(done) == 12
    assert len(set(done)) == 1


def test_broken_documents_do_not_stop_the_office(pool: RenderPool) -> None:
    for data in (b"", b"PK\x03\x04broken", b"not a document at all \x00\x01"):
        with pytest.raises(RefusedError):
            pool._office.run({"engine": "docx"}, [data])
    reply, (pdf,) = pool._office.run({"engine": "docx"}, [docx_of("好")])
    assert reply["ok"]
    assert pdf.startswith(b"%PDF-")


def test_without_an_office_docx_is_a_clear_refusal(catalog: Catalog, small_pool: Callable[..., RenderPool]) -> None:
    template = catalog.get("loan-demand")
    with pytest.raises(StoreError, match="LibreOffice"):
        fill(small_pool(), template, dict(template.example), "docx")


def test_a_child_that_cannot_start_says_why(tmp_path: Path) -> None:
    settings = ChildSettings(kind="paper", fontconfig=tmp_path, memory_bytes=20 * 2**20, work_seconds=5)
    with pytest.raises(StoreError, match="did not start"):
        Child(settings)


def test_a_closed_pool_has_ended_its_children(small_pool: Callable[..., RenderPool]) -> None:
    pool = small_pool()
    pool.check()
    (pid,) = pool.pids()["paper"]
    (workspace,) = (child._workspace.path for child in pool._paper._living)
    assert workspace.exists()
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not workspace.exists()
    with pytest.raises(StoreError, match="shut down"):
        pool.check()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["html", "docx"])
def test_a_letter_of_two_hundred_pages(
    make_template: MakeTemplate, pool: RenderPool, marks: StampMarks, engine: str
) -> None:
    """Made, stamped and read back whole; its last page's codes read."""
    template = make_template(PAGED, body=paged(), schema=ROWS)
    rows = [f"第{number}项：" + "债务人应当按照约定清偿债务。" * 40 for number in range(200)]
    assert check_fields(template, {"rows": rows}).errors == ()
    letter = render_letter(pool, template, {"rows": rows}, engine=engine, marks=marks)
    assert letter.pages in (200, 201)
    last = scan(letter.pdf)[199]
    assert codes(last)["Code128"] == f"{NOTICE_NO}:200/{letter.pages}"
