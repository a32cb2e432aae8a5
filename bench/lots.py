"""Letters in lots: what one costs in processor time beside what others would take for the same page, and the memory.

Processor time, because a lot keeps every core busy and this machine may have other work: it is that of this process,
of the children and of all that came from them. `measured / beside` is written as a ratio, with the goal behind it.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import weasyprint

from bench.letters import page_of
from bench.machine import Row, cpu_seconds, resident_mebibytes
from bench.peers import chromium, soffice_alone, unoserver
from bench.workbooks import GIVEN, SURNAMES, borrower
from service.render import (
    Catalog,
    LetterOrder,
    RenderedLetter,
    RenderPool,
    RenderSettings,
    StampMarks,
    Template,
    render_letters,
)
from service.render.fonts import default_cache_directory
from service.template_folder import template_folder

ROUNDS = 5
HTML_LOT, DOCX_LOT, PEER_CALLS, SLOW_CALLS = 40, 20, 6, 2
MARKS_FOR_MEMORY = (100, 500, 2000)
LESS_COMMON, EVERY_LESS_COMMON = "欧阳珺", 8
"""One name in so many has a character beyond the first level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one letter in a lot: milliseconds of processor time of all, of drawing, of finishing, and by the clock."""

    all: float
    drawing: float
    finishing: float
    wall: float


def measure_lots() -> list[Row]:
    """Measure lots of HTML and DOCX letters beside their peers, and the children's memory over 2,000 letters."""
    catalog = Catalog.load(template_folder())
    settings = RenderSettings(cache_directory=default_cache_directory(), papers=2, recycle_after=10**6)
    pool = RenderPool(settings)
    try:
        return [
            *_html(pool, catalog.get("student-loan-demand")),
            *_docx(pool, catalog.get("loan-demand")),
            *_memory(pool, catalog.get("student-loan-demand")),
        ]
    finally:
        pool.close()


def _html(pool: RenderPool, template: Template) -> Iterator[Row]:
    page = page_of(template)
    ours: list[Cost] = []
    with chromium() as browser:
        works = [_call(lambda: weasyprint.HTML(string=page).write_pdf())]
        works += [_call(lambda: browser.to_pdf(page), browser.pid)] if browser else []
        ours, (bare, *printed) = _in_turn(lambda: _lot(pool, template, "html", HTML_LOT), works, calls=PEER_CALLS)
    cost = _middle(ours)
    what = f"HTML letters `{template.name}` in lots of {HTML_LOT}: fill, draw as PDF/A-3b, stamp, read back"
    yield Row(
        what=what,
        result=f"{cost.all:.0f} ms of a core a letter ({cost.wall:.0f} ms by the clock)",
        beside=f"bare `weasyprint.HTML(string=…).write_pdf()`: {bare:.0f} ms; {cost.all / bare:.2f} of it (goal 0.2)",
    )
    if printed:
        beside = f"headless Chromium, warm, print to PDF: {printed[0]:.0f} ms; {cost.all / printed[0]:.2f} (goal 0.1)"
    else:
        beside = "headless Chromium is not installed here: not measured"
    yield Row(what="the same", result=f"{cost.all:.0f} ms of a core a letter", beside=beside)
    yield _finishing(cost)


def _docx(pool: RenderPool, template: Template) -> Iterator[Row]:
    (sample,) = _made(pool, template, "docx", 1)
    letter = sample.docx or b""
    with unoserver() as server:
        works = [_call(lambda: soffice_alone(letter), calls=SLOW_CALLS)]
        works += [_call(lambda: server.to_pdf(letter), server.pid)] if server else []
        ours, (alone, *served) = _in_turn(lambda: _lot(pool, template, "docx", DOCX_LOT), works, calls=PEER_CALLS)
    cost = _middle(ours)
    yield Row(
        what=f"DOCX letters `{template.name}` in lots of {DOCX_LOT}: fill, LibreOffice, stamp, read back",
        result=f"{cost.all:.0f} ms of a core a letter ({cost.wall:.0f} ms by the clock)",
        beside=f"one `soffice --convert-to pdf` a file: {alone:.0f} ms; {cost.all / alone:.2f} of it (goal 0.1)",
    )
    if served:
        beside = f"unoserver, warm: {served[0]:.0f} ms; {cost.all / served[0]:.2f} of it (goal 0.5)"
    else:
        beside = "unoserver is not installed here: not measured"
    yield Row(what="the same", result=f"{cost.all:.0f} ms of a core a letter", beside=beside)
    yield _finishing(cost)


def _finishing(cost: Cost) -> Row:
    """Both letters have three pages."""
    return Row(
        what="of this, stamping and reading back, a page",
        result=f"{cost.finishing / 3:.1f} ms of a core",
        beside=f"filling and drawing the page: {cost.drawing / 3:.1f} ms; {_share(cost)} (goal 0.3)",
    )


def _memory(pool: RenderPool, template: Template) -> Iterator[Row]:
    """Children are not replaced here, as they would be after 300 letters: what they keep is seen."""
    made, told = 0, []
    for mark in MARKS_FOR_MEMORY:
        while made < mark:
            made += len(_made(pool, template, "html", 50, first=made))
        told.append(_resident(pool))
    sizes = "; ".join(f"{kind} {', '.join(f'{sizes[kind]:.0f}' for sizes in told)}" for kind in ("paper", "reader"))
    yield Row(
        what=f"memory of each child after {', '.join(f'{mark:,}' for mark in MARKS_FOR_MEMORY)} HTML letters more",
        result=f"MiB resident: {sizes}",
        beside="children are replaced after 300 letters; here they were not",
    )


def _resident(pool: RenderPool) -> dict[str, float]:
    return {kind: max(map(resident_mebibytes, pids), default=0.0) for kind, pids in pool.pids().items()}


def _lot(pool: RenderPool, template: Template, engine: str, count: int) -> Cost:
    pids = pool.pids()
    drawing, finishing = (*pids["paper"], *pids["office"]), pids["reader"]
    before = (time.process_time(), cpu_seconds(*drawing), cpu_seconds(*finishing), time.perf_counter())
    _made(pool, template, engine, count)
    after = (time.process_time(), cpu_seconds(*drawing), cpu_seconds(*finishing), time.perf_counter())
    own, drawn, finished, wall = ((end - start) * 1000 / count for start, end in zip(before, after, strict=True))
    return Cost(all=own + drawn + finished, drawing=drawn, finishing=finished, wall=wall)


def _made(pool: RenderPool, template: Template, engine: str, count: int, first: int = 0) -> list[RenderedLetter]:
    orders = [_order(template, number) for number in range(first, first + count)]
    letters = render_letters(pool, template, orders, engine=engine)
    return [letter for letter in letters if isinstance(letter, RenderedLetter) or _fail(letter)]


def _fail(error: Exception) -> bool:
    raise error


def _order(template: Template, number: int) -> LetterOrder:
    """No two are the same, in glyphs neither: what is kept of fonts from letter to letter must not look better."""
    fields = deepcopy(dict(template.example))
    fields["contract_no"] = f"示例借字第2023-{number:06}号"
    addressee = fields.get("borrower") or fields["debtor"]
    addressee["name"] = borrower(number + 1) if (number + 1) % EVERY_LESS_COMMON else LESS_COMMON
    addressee["address"] = f"示例省示例市{SURNAMES[number * 7 % len(SURNAMES)]}家村{GIVEN[number % len(GIVEN)]}组"
    marks = StampMarks(
        notice_no=f"DEMO-2026-{number + 1:06}",
        issued_at=datetime.now(UTC).replace(microsecond=0),
        prev_hex=secrets.token_hex(32),
        fields_digest_hex=secrets.token_hex(32),
        mac_key=secrets.token_bytes(32),
    )
    return LetterOrder(fields=fields, marks=marks)


def _call(work: Callable[[], object], pid: int | None = None, *, calls: int = 0) -> Callable[[int], float]:
    """Give what takes the processor time of some calls, in milliseconds a call."""

    def measure(wanted: int) -> float:
        count = calls or wanted
        before = _cpu(pid)
        for _ in range(count):
            work()
        return (_cpu(pid) - before) * 1000 / count

    return measure


def _cpu(pid: int | None) -> float:
    """Children that were waited for count with this process."""
    from resource import RUSAGE_CHILDREN, getrusage

    waited = getrusage(RUSAGE_CHILDREN)
    return time.process_time() + waited.ru_utime + waited.ru_stime + (cpu_seconds(pid) if pid else 0.0)


def _in_turn(
    lot: Callable[[], Cost], works: Sequence[Callable[[int], float]], *, calls: int
) -> tuple[list[Cost], list[float]]:
    """Measure a lot and the peers in turn, so that a busy moment meets all; the peers' medians."""
    lot()
    for work in works:
        work(1)
    costs: list[Cost] = []
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        costs.append(lot())
        for kept, work in zip(times, works, strict=True):
            kept.append(work(calls))
    return costs, list(map(median, times))


def _middle(costs: Sequence[Cost]) -> Cost:
    return Cost(**{name: median(getattr(cost, name) for cost in costs) for name in Cost.__slots__})


def _share(cost: Cost) -> str:
    return f"{cost.finishing / cost.drawing:.2f} of it"
