"""Many letters at once: in order, each with its own fate, and nobody's single letter behind them."""

import io
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import docx
import pikepdf
import pytest

from service.errors import RefusedError, ServiceError
from service.render import (
    Catalog,
    LetterOrder,
    RenderedLetter,
    RenderPool,
    RenderSettings,
    StampMarks,
    render_letter,
    render_letters,
    wire,
)
from service.render.waiting import WaitingRoom

from .conftest import ISSUED_ON, MakeTemplate, schema_of

pytestmark = pytest.mark.slow


def orders(catalog: Catalog, marks: StampMarks, count: int) -> list[LetterOrder]:
    example = catalog.get("loan-demand").example
    return [
        LetterOrder(fields=dict(example), marks=replace(marks, notice_no=f"DEMO-2026-{number:06}"))
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("engine", ["html", "docx"])
def test_a_lot_is_what_its_letters_are_alone(
    catalog: Catalog, pool: RenderPool, marks: StampMarks, engine: str
) -> None:
    template = catalog.get("loan-demand")
    lot = orders(catalog, marks, 5)
    made = render_letters(pool, template, lot, engine=engine)
    for order, letter in zip(lot, made, strict=True):
        alone = render_letter(pool, template, order.fields, engine=engine, marks=order.marks)
        assert letter.docx == alone.docx
        if engine == "html":
            assert letter == alone


LOOP = "".join(f"{{% for {name} in rows %}}" for name in "abcdef") + "x" + "{% endfor %}" * 6
ROWS = schema_of({"rows": {"type": "array"}, "name": {"type": "string"}})


@pytest.fixture
def own_pool(render_settings: Callable[..., RenderSettings]) -> Iterator[Callable[..., RenderPool]]:
    """Renderers with limits of their own, ended after the test."""
    pools: list[RenderPool] = []

    def make(**settings: Any) -> RenderPool:
        pools.append(RenderPool(render_settings(**{"papers": 1, "offices": 0, **settings})))
        pools[-1].check()
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def told(made: list[RenderedLetter | ServiceError]) -> list[str]:
    return [letter.code if isinstance(letter, ServiceError) else "made" for letter in made]


def test_a_poison_letter_fails_alone(
    make_template: MakeTemplate, own_pool: Callable[..., RenderPool], marks: StampMarks
) -> None:
    """One letter never ends: two children are lost over it, and every other letter of the lot is made."""
    template = make_template(f"<p>{{{{ name }}}}</p><p>{LOOP}</p>", schema=ROWS)
    pool = own_pool(work_seconds=5.0, memory_bytes=4 * 2**30)
    poison = {"rows": list(range(40)), "name": "毒"}
    lot = [LetterOrder(fields={"rows": [], "name": "张三"}, marks=marks) for _ in range(5)]
    lot[2] = LetterOrder(fields=poison, marks=marks)
    assert told(render_letters(pool, template, lot, engine="html")) in (
        ["made", "made", "render_timed_out", "made", "made"],
        ["made", "made", "render_crashed", "made", "made"],
    )
    assert pool.restarts() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"notice_no": "演示-1"},
        {"prev_hex": "short"},
        {"issued_at": None},
    ],
    ids=str,
)
def test_an_order_that_cannot_be_stamped_fails_alone(
    catalog: Catalog, pool: RenderPool, marks: StampMarks, change: dict[str, Any]
) -> None:
    """Marks that are not of their form are the caller's mistake: one order's, not the lot's."""
    lot = orders(catalog, marks, 3)
    lot[1] = replace(lot[1], marks=replace(marks, **change))
    assert told(render_letters(pool, catalog.get("loan-demand"), lot, engine="html")) == [
        "made", "render_failed", "made",
    ]  # fmt: skip


def test_no_pdf_is_opened_where_the_keys_are(
    catalog: Catalog, pool: RenderPool, marks: StampMarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PDF that kills qpdf, from a LibreOffice that was taken over, costs a child."""

    def never(*_args: Any, **_named: Any) -> None:
        raise AssertionError("the service opened the PDF")

    monkeypatch.setattr(pikepdf, "open", never)
    for engine in ("html", "docx"):
        letter = render_letter(
            pool, catalog.get("loan-demand"), catalog.get("loan-demand").example, engine=engine, marks=marks
        )
        assert letter.pages == 3


@pytest.mark.parametrize("pages", [0, 2, 4, -1])
def test_a_child_that_miscounts_is_not_believed(
    catalog: Catalog, pool: RenderPool, marks: StampMarks, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """The reader counts again, before it stamps anything."""
    office, template = pool._office, catalog.get("loan-demand")
    assert office
    run = office.run

    def lie(*args: Any, **named: Any) -> tuple[dict[str, Any], list[bytes]]:
        reply, pieces = run(*args, **named)
        return {**reply, "pages": pages}, pieces

    monkeypatch.setattr(office, "run", lie)
    with pytest.raises(RefusedError, match=f"has 3 pages, not {max(pages, 0)}"):
        render_letter(pool, template, template.example, engine="docx", marks=marks)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("kind", ["office", "reader"])
def test_a_lot_outlives_its_children(
    catalog: Catalog, own_pool: Callable[..., RenderPool], marks: StampMarks, kind: str, blow: signal.Signals
) -> None:
    """A LibreOffice or a reader that is killed or hangs in the middle costs time, and no letter."""
    pool = own_pool(offices=1, work_seconds=15.0)
    victims = set(pool.pids()[kind])
    lot = orders(catalog, marks, 6)
    made: list[RenderedLetter | ServiceError] = []
    work = threading.Thread(
        target=lambda: made.extend(render_letters(pool, catalog.get("loan-demand"), lot, engine="docx"))
    )
    work.start()
    for victim in victims:
        os.kill(victim, blow)
    work.join(timeout=120)
    assert told(made) == ["made"] * 6
    assert not victims & set(pool.pids()[kind])


def test_an_office_without_memory_refuses_its_letter(
    make_template: MakeTemplate, own_pool: Callable[..., RenderPool], marks: StampMarks
) -> None:
    """A letter of thousands of rows is more than LibreOffice may hold; the small ones around it are made."""
    document, sink = docx.Document(), io.BytesIO()
    for text in ("{{ name }}", "{%p for row in rows %}", "{{ row }}", "{%p endfor %}"):
        document.add_paragraph(text)
    document.save(sink)
    template = make_template(body=sink.getvalue(), schema=ROWS)
    pool = own_pool(offices=1, memory_bytes=400 * 2**20, work_seconds=60.0, page_limit=100_000)
    rows = ["债务人应当按照约定清偿债务。" * 30] * 20_000
    lot = [LetterOrder(fields={"rows": [], "name": "张三"}, marks=marks) for _ in range(3)]
    lot[1] = LetterOrder(fields={"rows": rows, "name": "李四"}, marks=marks)
    first, second, third = told(render_letters(pool, template, lot, engine="docx"))
    assert (first, third) == ("made", "made")
    assert second in {"render_crashed", "render_timed_out", "render_failed", "render_too_large", "render_refused"}


def test_a_pdf_that_kills_the_reader_costs_the_reader(
    catalog: Catalog, own_pool: Callable[..., RenderPool], marks: StampMarks
) -> None:
    pool, template = own_pool(), catalog.get("loan-demand")
    filled = pool.fill(template, template.example, "html", notice_no="DEMO-2026-000001", issued_on=ISSUED_ON)
    (victim,) = pool.pids()["reader"]
    os.kill(victim, signal.SIGSEGV)
    assert pool.finish(filled, marks=marks, fields=template.example, template=template).startswith(b"%PDF-")
    assert pool.pids()["reader"] != (victim,)
    broken = replace(filled, pdf=filled.pdf[: len(filled.pdf) // 2])
    with pytest.raises(RefusedError):
        pool.finish(broken, marks=marks, fields=template.example, template=template)
    with pytest.raises(RefusedError, match="pages"):
        pool.finish(replace(filled, pages=2), marks=marks, fields=template.example, template=template)


def test_the_reader_tells_field_by_field(catalog: Catalog, pool: RenderPool, marks: StampMarks) -> None:
    template = catalog.get("loan-demand")
    filled = pool.fill(template, template.example, "html", notice_no="DEMO-2026-000001", issued_on=ISSUED_ON)
    other = {**template.example, "contract_no": "示例借字第2024-0099号"}
    with pytest.raises(RefusedError) as caught:
        pool.finish(filled, marks=marks, fields=other, template=template)
    assert caught.value.code == "readback_failed"
    assert ("/contract_no", "readback.missing") in {(error.pointer, error.code) for error in caught.value.errors}


def test_no_key_goes_to_a_child(
    catalog: Catalog, pool: RenderPool, marks: StampMarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    send = wire.send

    def listen(channel: Any, head: dict[str, Any], blobs: Any = (), **more: Any) -> None:
        sent.append(json.dumps(head))
        send(channel, head, blobs, **more)

    monkeypatch.setattr(wire, "send", listen)
    template = catalog.get("loan-demand")
    render_letter(pool, template, template.example, engine="html", marks=marks)
    assert len(sent) == 3
    assert not any("a tenant's key" in text or marks.mac_key.hex() in text for text in sent)


def test_single_letters_go_first() -> None:
    """Ten wait in a lot, then one alone: it is served before all that have not begun."""
    room: WaitingRoom[int] = WaitingRoom()
    served: list[str] = []
    deadline = time.monotonic() + 20

    def wait(name: str, *, in_lot: bool) -> None:
        item = room.take(deadline=deadline, in_lot=in_lot)
        assert item is not None
        served.append(name)
        room.put(item)

    threads = [threading.Thread(target=wait, args=("lot",), kwargs={"in_lot": True}) for _ in range(10)]
    threads.append(threading.Thread(target=wait, args=("single",), kwargs={"in_lot": False}))
    for thread in threads:
        thread.start()
    while room.waiting() < len(threads):
        time.sleep(0.01)
    room.put(1)
    for thread in threads:
        thread.join(timeout=20)
    assert served[0] == "single"
    assert len(served) == 11
    assert room.take(deadline=time.monotonic() + 0.1, in_lot=True) == 1
    assert room.take(deadline=time.monotonic() + 0.1, in_lot=True) is None
    room.close()
    assert room.take(deadline=deadline, in_lot=False) is None
