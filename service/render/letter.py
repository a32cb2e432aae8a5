"""A letter, or a lot of them, in one call: filled, stamped and read back."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from service.errors import RefusedError, ServiceError
from service.render.catalog import Template
from service.render.pool import RenderPool
from service.render.stamp import StampMarks

_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedLetter:
    """A letter that says what was asked for, ready to be frozen."""

    pdf: bytes
    docx: bytes | None
    pages: int
    engine_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterOrder:
    """One letter of a lot: its checked fields, and what its stamp says."""

    fields: Mapping[str, Any]
    marks: StampMarks


def render_letter(
    pool: RenderPool,
    template: Template,
    fields: Mapping[str, Any],
    *,
    engine: str,
    marks: StampMarks,
    in_lot: bool = False,
) -> RenderedLetter:
    """Fill, stamp and read back one letter; the date of issue is that of `marks.issued_at` in Asia/Shanghai.

    Raises:
        RefusedError: The letter cannot be drawn, or does not say what was asked for.
        BusyError: No renderer was free in time.
        StoreError: The engine is not there.
        ValueError: The marks are not of their form.
    """
    issued_on = marks.issued_at.astimezone(_CHINA).date()
    filled = pool.fill(template, fields, engine, notice_no=marks.notice_no, issued_on=issued_on, in_lot=in_lot)
    pdf = pool.finish(filled, marks=marks, fields=fields, template=template, in_lot=in_lot)
    return RenderedLetter(pdf=pdf, docx=filled.docx, pages=filled.pages, engine_version=filled.engine_version)


def render_letters(
    pool: RenderPool, template: Template, orders: Sequence[LetterOrder], *, engine: str
) -> list[RenderedLetter | ServiceError]:
    """Fill, stamp and read back many letters over all children; single letters of others go before them.

    Each letter is a message of its own, so the one that kills or hangs a child is known without a search: it is tried
    once more on another child and then refused by name (`render_crashed`, `render_timed_out`), alone.

    Args:
        pool: The renderer.
        template: Of all of them.
        orders: What is in them; everything given back is held in memory, so some hundreds rather than thousands.
        engine: `html` or `docx`.

    Returns:
        For each order, in its place, the letter or why there is none.
    """
    make = partial(_render_or_tell, pool, template, engine=engine)
    with ThreadPoolExecutor(max_workers=pool.lanes(engine), thread_name_prefix="letters") as lanes:
        return list(lanes.map(make, orders))


def _render_or_tell(
    pool: RenderPool, template: Template, order: LetterOrder, *, engine: str
) -> RenderedLetter | ServiceError:
    try:
        return render_letter(pool, template, order.fields, engine=engine, marks=order.marks, in_lot=True)
    except ServiceError as error:
        return error
    except Exception as error:  # noqa: BLE001 - one order that nobody foresaw costs no other its letter
        text = f"{type(error).__name__}: {error}"
        return RefusedError("render_failed", f"the letter cannot be made: {text}", message_zh=f"文书无法排版：{text}")
