"""Many letters at once: in order, each with its own fate, and nobody's single letter behind them."""

from dataclasses import replace

import pytest

from service.render import Catalog, LetterOrder, RenderPool, StampMarks, render_letter, render_letters

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
