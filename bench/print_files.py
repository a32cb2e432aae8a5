"""Print files: a part of 500 letters put together, beside pypdf doing the same; memory from part to part."""

import hashlib
import io
import itertools
import os
import statistics
import tempfile
from pathlib import Path

import pypdf

from bench.letters import _marks
from bench.machine import Row, in_turn, middle
from service.mailing.item import MailItem
from service.mailing.plan import PrintJob, plan_print
from service.mailing.print_files import print_part
from service.render import Catalog, RenderPool, RenderSettings, render_letter
from service.render.fonts import default_cache_directory
from service.template_folder import template_folder

LETTERS, DISTINCT, PARTS, ROUNDS = 500, 20, 4, 2


def measure_print_files() -> list[Row]:
    """Measure one part of a print run, and what the process holds after each of several."""
    catalog = Catalog.load(template_folder())
    pool = RenderPool(RenderSettings(cache_directory=default_cache_directory(), papers=1, offices=0))
    try:
        frozen = _letters(pool, catalog)
        with tempfile.TemporaryDirectory() as folder:
            memory = _memory(pool, frozen, Path(folder))  # before pypdf fills it
            return [_merging(pool, frozen, Path(folder)), memory]
    finally:
        pool.close()


def _letters(pool: RenderPool, catalog: Catalog) -> list[tuple[bytes, int]]:
    templates = itertools.islice(itertools.cycle(catalog.all()), DISTINCT)
    made = (render_letter(pool, one, one.example, engine="html", marks=_marks()) for one in templates)
    return [(letter.pdf, letter.pages) for letter in made]


def _items(frozen: list[tuple[bytes, int]], count: int) -> list[MailItem]:
    return [
        MailItem(
            row=place,
            notice_id=f"n_{place}",
            notice_no=f"DEMO-2026-{place:06d}",
            title_zh="通知书",
            pages=frozen[place % DISTINCT][1],
            pdf_sha256=hashlib.sha256(frozen[place % DISTINCT][0]).digest(),
            pdf_size=len(frozen[place % DISTINCT][0]),
            pdf_key=str(place % DISTINCT),
            address=f"示例省示例市示例区样本路{place}号",
        )
        for place in range(1, count + 1)
    ]


def _merging(pool: RenderPool, frozen: list[tuple[bytes, int]], folder: Path) -> Row:
    plan = plan_print(_items(frozen, LETTERS), PrintJob(batch="bench"))

    def ours() -> None:
        print_part(plan.parts[0], plan, read_pdf=lambda one: frozen[int(one.pdf_key)][0], draw=pool.draw, folder=folder)

    def theirs() -> None:
        writer = pypdf.PdfWriter()
        for letter in plan.parts[0].letters:
            writer.append(io.BytesIO(frozen[int(letter.item.pdf_key)][0]), import_outline=False)
        writer.write(folder / "pypdf.pdf")

    our_times, their_times = in_turn(ROUNDS, ours, theirs)
    ratio = statistics.median(our_times) / statistics.median(their_times)
    return Row(
        what=f"Print file of {LETTERS} letters, {plan.pages} pages: digests checked, slips drawn, merged by pikepdf",
        result=f"{middle(our_times)}, ratio {ratio:.2f}",
        beside=f"pypdf, merging alone: {middle(their_times)}",
    )


def _memory(pool: RenderPool, frozen: list[tuple[bytes, int]], folder: Path) -> Row:
    plan = plan_print(_items(frozen, LETTERS * PARTS), PrintJob(batch="bench"))
    held = []
    for part in plan.parts:
        print_part(part, plan, read_pdf=lambda one: frozen[int(one.pdf_key)][0], draw=pool.draw, folder=folder)
        held.append(_resident())
    return Row(
        what=f"Memory of the process after each of {PARTS} parts of {LETTERS} letters",
        result=", ".join(f"{size:.0f}" for size in held) + " MiB",
        beside="flat after the first",
    )


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
