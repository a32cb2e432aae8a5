"""Parts, slips and manifests: every count is that of the file, and the letters in it look as they were frozen."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail import item
from python_calamine import CalamineWorkbook

from service.errors import RefusedError, StoreError
from service.mailing.item import MailItem
from service.mailing.manifest import write_manifest
from service.mailing.pages import NAME_SHOWN, PARTS_A_PAGE, SUMMARY_PAGES, Draw, slip_page, summary_page
from service.mailing.plan import MOST_PARTS, PrintJob, PrintPlan, plan_print
from service.mailing.print_files import PrintPart, _save, print_part
from service.render import RenderPool

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
JOB = PrintJob(batch="2026年11月催收 <示例> & 批次", part_size=5)
Pile = Callable[[int], list[MailItem]]
Letters = list[tuple[bytes, int]]


@given(
    st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=40),
    st.integers(min_value=1, max_value=15),
    st.booleans(),
)
def test_a_plan_adds_up(pages: list[int], part_size: int, duplex: bool) -> None:
    items = [item(place, pages=count, address=f"示例路{place * 7 % 11}号") for place, count in enumerate(pages)]
    plan = plan_print(items, PrintJob(batch="b", part_size=part_size, duplex=duplex))
    assert plan.letters == len(items)
    assert sorted(one.item.row for part in plan.parts for one in part.letters) == [one.row for one in items]
    assert [part.number for part in plan.parts] == list(range(1, plan.parts[0].of + 1))
    assert all(len(part.letters) == part_size for part in plan.parts[:-1])
    assert plan.printed_sides == sum(pages) + 2 * len(plan.parts)
    for part in plan.parts:
        taken = 1
        occupied = [(1, 1), *((one.first_page, one.item.pages) for one in part.letters)]
        for first, count in occupied:
            assert first == taken
            assert not duplex or first % 2 == 1
            taken += count + (count % 2 if duplex else 0)
        assert part.pages == taken - 1 + (2 if duplex else 1)
        assert part.sheets == (part.pages // 2 if duplex else part.pages)
        assert part.letter_sheets == part.sheets - 2
        assert part.blank_sides >= 0


def test_nothing_to_print_is_refused_and_so_is_an_empty_letter() -> None:
    with pytest.raises(RefusedError) as refused:
        plan_print([], JOB)
    assert refused.value.code == "nothing_to_print"
    with pytest.raises(RefusedError) as refused:
        plan_print([item(1), item(2, pages=0)], JOB)
    assert refused.value.code == "letter_empty"
    with pytest.raises(RefusedError) as refused:
        plan_print([item(1)], replace(JOB, part_size=0))
    assert refused.value.code == "part_size"
    many = [item(place) for place in range(2 * MOST_PARTS + 1)]
    with pytest.raises(RefusedError) as refused:
        plan_print(many, replace(JOB, part_size=2))
    assert (refused.value.code, "每册至少 3 件" in refused.value.message_zh) == ("part_size", True)
    assert len(plan_print(many[:-1], replace(JOB, part_size=2)).parts) == MOST_PARTS


def test_the_summary_has_room_for_as_many_parts_as_a_run_may_have(pool: RenderPool) -> None:
    """A run that its summary refuses would be refused when everything is drawn."""
    assert MOST_PARTS / PARTS_A_PAGE + 2 <= SUMMARY_PAGES  # two: the totals and the letters without an address
    items = [item(place, notice_no=f"GXZJFLWS-2026-{'1' * 14}{place:06d}") for place in range(4 * PARTS_A_PAGE)]
    drawn = pool.draw(summary_page(plan_print(items, replace(JOB, part_size=1))), page_limit=SUMMARY_PAGES)
    with pikepdf.open(io.BytesIO(drawn)) as summary:
        assert len(summary.pages) <= 4 + 1


def test_the_id_of_a_batch_is_on_every_slip_however_long_its_files_name_is() -> None:
    name = "某某支行二〇二六年第十一期个人消费贷款逾期客户催收函清单（第三批次，含担保人，已复核，最终版本）.xlsx"
    job = PrintJob(batch="bat_01HZZZZZZZZZZZZZ", file_name=name)
    plan = plan_print([item(1)], job)
    for page in (slip_page(plan.parts[0], plan, is_end=False), slip_page(plan.parts[0], plan, is_end=True)):
        assert re.findall("某某支行.*… bat_01HZZZZZZZZZZZZZ", page) == [job.short_name(NAME_SHOWN)]
    assert job.short_name(NAME_SHOWN) in summary_page(plan)
    assert len(job.short_name(NAME_SHOWN)) == NAME_SHOWN
    assert replace(job, file_name="a.xlsx").short_name(NAME_SHOWN) == "a.xlsx bat_01HZZZZZZZZZZZZZ"
    assert PrintJob(batch="b").short_name(NAME_SHOWN) == PrintJob(batch="b").name == "b"


def printed(plan: PrintPlan, letters: Letters, draw: Draw, folder: Path) -> list[PrintPart]:
    read_pdf = reader(letters)
    return [print_part(part, plan, read_pdf=read_pdf, draw=draw, folder=folder) for part in plan.parts]


def reader(letters: Letters) -> Callable[[MailItem], bytes]:
    return lambda one: letters[int(one.pdf_key)][0]


@pytest.mark.slow
@pytest.mark.parametrize("duplex", [True, False])
def test_the_file_has_what_the_plan_says_and_letters_look_the_same(
    duplex: bool, pile: Pile, letters: Letters, pool: RenderPool, tmp_path: Path
) -> None:
    plan = plan_print(pile(7), replace(JOB, duplex=duplex))
    for part in printed(plan, letters, pool.draw, tmp_path):
        with pypdfium2.PdfDocument(part.path) as document:
            assert len(document) == part.planned.pages
            assert "隔页第1册" in "".join(text_of(document, 0).split()).replace(f"第{part.planned.number}册", "第1册")
            assert part.planned.letters[0].item.notice_no in text_of(document, 0)
            end = part.planned.pages - (2 if duplex else 1)
            assert "本册完" in "".join(text_of(document, end).split())
            blank = [page for page in range(len(document)) if not text_of(document, page).strip()]
            assert len(blank) == part.planned.blank_sides
            for one in part.planned.letters:
                same_pages(document, one.first_page - 1, letters[int(one.item.pdf_key)][0])


def text_of(document: pypdfium2.PdfDocument, page: int) -> str:
    return str(document[page].get_textpage().get_text_bounded())


def same_pages(document: pypdfium2.PdfDocument, first: int, frozen: bytes) -> None:
    with pypdfium2.PdfDocument(frozen) as letter:
        for place in range(len(letter)):
            mine, theirs = letter[place].render(scale=1), document[first + place].render(scale=1)
            assert (mine.width, mine.height) == (theirs.width, theirs.height)
            assert bytes(mine.buffer) == bytes(theirs.buffer)


@pytest.mark.slow
def test_a_part_printed_again_is_the_same_file(pile: Pile, letters: Letters, pool: RenderPool, tmp_path: Path) -> None:
    plan = plan_print(pile(9), JOB)
    parts = printed(plan, letters, pool.draw, tmp_path)
    first = parts[1].path.read_bytes()
    parts[1].path.unlink()
    again = plan_print(list(pile(9)), JOB)
    made = print_part(again.parts[1], again, read_pdf=reader(letters), draw=pool.draw, folder=tmp_path)
    assert made == parts[1]
    assert made.path.read_bytes() == first


@pytest.mark.slow
def test_the_manifest_is_about_the_files(pile: Pile, letters: Letters, pool: RenderPool, tmp_path: Path) -> None:
    plan = plan_print(pile(7), JOB)
    parts = printed(plan, letters, pool.draw, tmp_path)
    made = write_manifest(plan, parts, draw=pool.draw, folder=tmp_path)
    told = json.loads(made.json.read_text(encoding="utf-8"))
    pages = []
    for part, listed in zip(parts, told["parts"], strict=True):
        with pikepdf.open(part.path) as pdf:
            pages.append(len(pdf.pages))
        assert listed["pages"] == pages[-1]
        assert listed["file"] == part.path.name
    assert told["totals"]["pages"] == sum(pages)
    assert told["totals"]["letters_count"] == 7
    assert told["without_address"] == ["DEMO-2026-000004"]
    book = CalamineWorkbook.from_path(str(made.xlsx))
    rows = book.get_sheet_by_name("各册").to_python()
    assert rows[-1][0] == "合计"
    assert rows[-1][7] == sum(pages)
    assert len(book.get_sheet_by_name("明细").to_python()) == 8
    with pypdfium2.PdfDocument(made.pdf) as document:
        assert len(document) == 1
        assert "DEMO-2026-000004 张三" in text_of(document, 0)


@pytest.mark.slow
def test_a_letter_that_is_not_what_was_frozen_is_not_printed(
    pile: Pile, letters: Letters, pool: RenderPool, tmp_path: Path
) -> None:
    items = pile(3)
    changed = [items[0], replace(items[1], pdf_sha256=bytes(32)), items[2]]
    longer = [items[0], replace(items[1], pages=items[1].pages + 1), items[2]]
    for wrong in (changed, longer):
        plan = plan_print(wrong, JOB)
        with pytest.raises(StoreError) as refused:
            printed(plan, letters, pool.draw, tmp_path)
        assert items[1].notice_no in str(refused.value)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_slip_has_one_page_whatever_the_batch_is_called(pool: RenderPool) -> None:
    provinces = ("甲" * 8, "乙" * 8, "丙" * 8)
    addresses = [f"{provinces[place % 3]}省{chr(0x4E10 + place) * 10}市东区一路" for place in range(60)]
    items = [item(place, address=address) for place, address in enumerate(addresses)]
    plan = plan_print(items, PrintJob(batch="超长批次名" * 60, part_size=100))
    for is_end in (False, True):
        pdf = pool.draw(slip_page(plan.parts[0], plan, is_end=is_end), page_limit=1)
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert len(document.pages) == 1


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import pikepdf
from service.errors import StoreError
from service.mailing import print_files

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
pdf = pikepdf.new()
for _ in range(400):
    pdf.add_blank_page()
try:
    print_files._save(pdf, Path(sys.argv[1]))
except StoreError as error:
    print(error.code)
"""


def test_a_full_disk_ends_the_part_and_not_the_process(tmp_path: Path) -> None:
    """QPDF throws while it closes a file of its own, which C++ answers by ending the process."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "a.pdf")],
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "scratch_full\n")


def test_a_part_is_the_file_that_the_library_itself_would_write(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        _save(pdf, tmp_path / "ours.pdf")
        pdf.save(tmp_path / "theirs.pdf", deterministic_id=True)
    assert (tmp_path / "ours.pdf").read_bytes() == (tmp_path / "theirs.pdf").read_bytes()
