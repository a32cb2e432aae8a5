"""The workbook that goes back: ours filled in, everything else as it was, nothing a formula."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from zipfile import ZipFile

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from service.errors import RefusedError, ServiceError, StoreError
from service.workbook import OURS, RowResult, Table, apart, open_table, write_back, write_back_apart
from service.workbook.results import AUTHOR, COMMENT_START

from .sound import check_sound

VECTORS = Path(__file__).parents[1] / "vectors" / "workbook"
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")', "=cmd|' /C calc'!A0")
CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A workbook as a desk has it: everything that a clumsy writer would lose."""
    picture = tmp_path / "logo.png"
    Image.new("RGB", (20, 20), (200, 30, 40)).save(picture)
    path = tmp_path / "desk.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("贷款")
        red = book.add_format({"bold": True, "font_color": "red", "num_format": "#,##0.00", "border": 1})
        sheet.merge_range("A1:D1", "二〇二六年逾期贷款清单", red)
        for column, title in enumerate(("客户姓名", "合同号", "本金", "罚息")):
            sheet.write(1, column, title, red)
        for number in range(2, 30):
            sheet.write_row(number, 0, [f"张{number}", f"示例借字第{number}号"])
            sheet.write_number(number, 2, number * 37.25, red)
            sheet.write_formula(number, 3, f"=C{number + 1}*0.05", red, number * 1.8625)
        sheet.write_comment("A4", "客户经理的批注", {"author": "王五"})
        sheet.write_blank(5, 10, None, red)
        sheet.set_column("B:B", 33)
        sheet.freeze_panes(2, 1)
        sheet.autofilter("A2:D30")
        sheet.conditional_format("C3:C30", {"type": "3_color_scale"})
        sheet.data_validation("B3:B30", {"validate": "length", "criteria": ">", "value": 2})
        sheet.insert_image("F3", str(picture))
        sheet.insert_textbox("F10", "请勿外传")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=贷款!$C$3:$C$30"})
        sheet.insert_chart("F15", chart)
        book.add_worksheet("底稿").hide()
    return path


def opened(path: Path, into: Path) -> Table:
    into.mkdir(exist_ok=True)
    return open_table(path, file_name=path.name, into=into)


def results(table: Table, *, wrong: tuple[int, ...] = (4, 7)) -> Iterator[RowResult]:
    for row in table.rows():
        failed = row.number in wrong
        yield RowResult(
            number=row.number,
            status_zh="失败" if failed else "已出具",
            errors=("合同号不对", "金额不对") if failed else (),
            notice_no="" if failed else f"示例函〔2026〕{row.number:06d}号",
            waybill_no="" if failed else "EA123456785CN",
            file="" if failed else f"{row.number:06d}.pdf",
            failed=failed,
            cell_errors=((0, "姓名不对"), (1, "合同号不对")) if failed else (),
        )


def texts(table: Table) -> dict[int, list[str]]:
    return {row.number: [cell.text for cell in row.cells] for row in table.rows()}


def parts(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def comments(path: Path) -> dict[str, tuple[str, str]]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return {
        cell.coordinate: (cell.comment.text, cell.comment.author)
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }


def test_everything_of_the_desk_is_still_there(desk: Path, tmp_path: Path) -> None:
    table, back = opened(desk, tmp_path / "a"), tmp_path / "back.xlsx"
    write_back(desk, back, table=table, results=results(table))
    before, after = parts(desk), parts(back)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {
        "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml",
    }  # fmt: skip
    assert set(after) == set(before)
    old, new = before["xl/worksheets/sheet1.xml"], after["xl/worksheets/sheet1.xml"]
    cells = re.compile(rb'<c r="(?:[A-D]|K)\d+".*?(?:/>|</c>)')
    assert cells.findall(new) == cells.findall(old)
    assert new.partition(b"</sheetData>")[2] == old.partition(b"</sheetData>")[2]
    assert re.findall(b"<sheetViews>.*<sheetFormatPr[^>]*>", new) == re.findall(
        b"<sheetViews>.*<sheetFormatPr[^>]*>", old
    )
    assert re.findall(b'<cols>(.*?)(?=<col min="5"|</cols>)', new) == re.findall(b"<cols>(.*?)</cols>", old)


def test_our_columns_are_filled_and_only_failed_rows_coloured(desk: Path, tmp_path: Path) -> None:
    table, back = opened(desk, tmp_path / "a"), tmp_path / "back.xlsx"
    write_back(desk, back, table=table, results=results(table))
    sheet = openpyxl.load_workbook(back).worksheets[0]
    assert [sheet.cell(2, column).value for column in range(5, 11)] == list(OURS)
    assert [sheet.cell(4, column).value for column in range(5, 11)] == [
        "失败",
        "合同号不对；金额不对",
        None,
        None,
        None,
        None,
    ]
    assert sheet.cell(5, 7).value == "示例函〔2026〕000005号"
    assert sheet["D3"].value == "=C3*0.05"
    assert sheet["C3"].font.color.rgb == "FFFF0000"
    assert {cell.fill.fill_type for cell in sheet[4][:4]} == {None}
    assert sheet.cell(4, 5).fill.fgColor.rgb == "FFFDE9E7"
    assert sheet.cell(5, 5).fill.fill_type is None
    assert sheet.freeze_panes == "B3"
    assert sheet.auto_filter.ref == "A2:D30"


def test_comments_stand_on_the_wrong_cells_and_others_keep_theirs(desk: Path, tmp_path: Path) -> None:
    table, back = opened(desk, tmp_path / "a"), tmp_path / "back.xlsx"
    write_back(desk, back, table=table, results=results(table))
    found = comments(back)
    assert found["A4"] == ("客户经理的批注", "王五")
    assert found["B4"] == (COMMENT_START + "合同号不对", AUTHOR)
    assert found["A7"] == (COMMENT_START + "姓名不对", AUTHOR)
    assert set(found) == {"A4", "B4", "A7", "B7"}


def test_the_next_round_fills_the_same_columns_and_its_own_comments(desk: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    table = opened(desk, tmp_path / "a")
    write_back(desk, first, table=table, results=results(table))
    again = opened(first, tmp_path / "b")
    assert [header.text for header in again.headers][-6:] == list(OURS)
    write_back(first, second, table=again, results=results(again, wrong=(9,)))
    assert [header.text for header in opened(second, tmp_path / "c").headers] == [
        header.text for header in again.headers
    ]
    assert set(comments(second)) == {"A4", "A9", "B9"}
    shapes = parts(second)["xl/drawings/vmlDrawing1.vml"]
    assert shapes.count(b"<v:shape ") == 3
    sheet = openpyxl.load_workbook(second).worksheets[0]
    assert [sheet.cell(4, column).value for column in (5, 6)] == ["已出具", None]


def test_rows_without_a_result_stay_as_they_are(desk: Path, tmp_path: Path) -> None:
    table, back = opened(desk, tmp_path / "a"), tmp_path / "back.xlsx"
    write_back(desk, back, table=table, results=[RowResult(number=8, status_zh="已出具")])
    sheet = openpyxl.load_workbook(back).worksheets[0]
    assert [sheet.cell(row, 5).value for row in (7, 8, 9)] == [None, "已出具", None]
    assert set(comments(back)) == {"A4"}


@pytest.mark.parametrize("name", ["awkward.xlsx", "prefixed.xlsx", "good.xlsx"])
def test_the_vectors_come_back_with_the_same_cells(name: str, tmp_path: Path) -> None:
    table, back = opened(VECTORS / name, tmp_path / "a"), tmp_path / "back.xlsx"
    done = [
        RowResult(number=row.number, status_zh="失败", failed=True, cell_errors=((0, "错"),)) for row in table.rows()
    ]
    write_back(VECTORS / name, back, table=table, results=done)
    again = opened(back, tmp_path / "b")
    assert [header.text for header in again.headers] == [*(header.text for header in table.headers), *OURS]
    width = table.width
    assert {number: row[:width] for number, row in texts(again).items()} == {
        number: row + [""] * (width - len(row)) for number, row in texts(table).items()
    }
    openpyxl.load_workbook(back)


@pytest.mark.parametrize("name", ["good.csv", "good-gb18030.csv", "good-semicolon.csv", "good.ndjson"])
def test_texts_come_back_as_a_workbook_of_texts(name: str, tmp_path: Path) -> None:
    table, back = opened(VECTORS / name, tmp_path / "a"), tmp_path / "back.xlsx"
    shift = 0 if table.format == "csv" else 1
    done = [
        RowResult(number=row.number, status_zh="失败", failed=True, cell_errors=((0, "错"),)) for row in table.rows()
    ]
    write_back(VECTORS / name, back, table=table, results=done)
    again = opened(back, tmp_path / "b")
    assert [header.text for header in again.headers] == [*(header.text for header in table.headers), *OURS]
    told = texts(again)
    for number, row in texts(table).items():
        assert [text for text in told[number + shift] if text] == [*(text for text in row if text), "失败"]
        assert comments(back)[f"A{number + shift}"][0] == COMMENT_START + "错"


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(cells=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5), said=st.sampled_from(FORMULAS) | CELLS)
def test_whatever_is_written_comes_back_as_the_same_text(
    cells: list[tuple[str, str]], said: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("back")
    path, back = folder / "a.xlsx", folder / "b.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["甲", "乙"])
        for number, row in enumerate(cells, start=1):
            sheet.write_string(number, 0, "x")
            for column, text in enumerate(row, start=1):
                sheet.write_string(number, column, text)
    table = opened(path, folder / "a")
    done = [
        RowResult(number=row.number, status_zh=said, errors=(said,), cell_errors=((0, said),)) for row in table.rows()
    ]
    write_back(path, back, table=table, results=done)
    again = opened(back, folder / "b")
    status = next(header.index for header in again.headers if header.text == "状态")
    written = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", said).replace("\r\n", "\n")
    for before, after in zip(table.rows(), again.rows(), strict=True):
        assert [cell.text for cell in after.cells[: len(before.cells)]] == [cell.text for cell in before.cells]
        assert after.cell(status).text == written.replace("\r", "\n")
        assert after.cell(status).kind in ("t", "")
    with ZipFile(back) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("name", ["own.xlsx", "own.csv"])
def test_the_desks_own_columns_of_our_names_stay_its_own(name: str, tmp_path: Path) -> None:
    path, first, second = tmp_path / name, tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    rows = (("姓名", "号", "状态", "文件"), ("张三", "1", "逾期90天", "A柜3层"))
    if name == "own.csv":
        path.write_text("\n".join(map(",".join, rows)), encoding="utf-8")
    else:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    table = opened(path, tmp_path / "a")
    write_back(path, first, table=table, results=[RowResult(number=2, status_zh="核对无误", notice_no="函1")])
    again = opened(first, tmp_path / "b")
    assert [header.text for header in again.headers] == [*rows[0], *OURS]
    assert texts(again)[2][:7] == [*rows[1], "核对无误", "", "函1"]
    write_back(first, second, table=again, results=[RowResult(number=2, status_zh="已出具")])
    last = opened(second, tmp_path / "c")
    assert last.headers == again.headers
    assert texts(last)[2][:7] == [*rows[1], "已出具"]


def test_what_looks_like_a_formula_is_a_quoted_text(desk: Path, tmp_path: Path) -> None:
    table, back = opened(desk, tmp_path / "a"), tmp_path / "back.xlsx"
    done = [RowResult(number=3 + at, status_zh=text) for at, text in enumerate(FORMULAS)]
    write_back(desk, back, table=table, results=done)
    sheet = openpyxl.load_workbook(back).worksheets[0]
    for at, text in enumerate(FORMULAS):
        cell = sheet.cell(3 + at, 5)
        assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_a_formula_in_one_of_our_columns_gives_way(tmp_path: Path) -> None:
    path, back = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["甲", "乙", *OURS])
        sheet.write_row(1, 0, ["x", "y"])
        sheet.write_formula(1, 2, '="已"&"办"', None, "已办")
    table = opened(path, tmp_path / "a")
    write_back(path, back, table=table, results=[RowResult(number=2, status_zh="已出具")])
    assert b"<f>" not in parts(back)["xl/worksheets/sheet1.xml"]
    assert texts(opened(back, tmp_path / "b"))[2] == ["x", "y", "已出具"]


@pytest.mark.slow
def test_a_child_writes_the_same_bytes(desk: Path, tmp_path: Path) -> None:
    table, here, there = opened(desk, tmp_path / "a"), tmp_path / "here.xlsx", tmp_path / "there.xlsx"
    write_back(desk, here, table=table, results=results(table))
    write_back_apart(desk, there, table=table, results=results(table))
    assert here.read_bytes() == there.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} >= {"here.xlsx", "there.xlsx"}
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".part", ".results")] == []


@pytest.mark.slow
def test_a_child_that_breaks_leaves_nothing(desk: Path, tmp_path: Path) -> None:
    table, there = opened(desk, tmp_path / "a"), tmp_path / "there.xlsx"
    done = list(results(table))
    (table.folder / "table.json").write_text("not what was kept", encoding="utf-8")
    with pytest.raises(RefusedError) as caught:
        write_back_apart(desk, there, table=table, results=done)
    assert caught.value.code == "workbook_unwritable"
    assert not there.exists()
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".part", ".results")] == []


@pytest.mark.parametrize(
    ("ending", "kind", "code"),
    [
        (CompletedProcess([], 1, b"", b"ValueError: x"), RefusedError, "workbook_unwritable"),
        (CompletedProcess([], 0, b'{"broke": true}', b""), RefusedError, "workbook_unwritable"),
        (CompletedProcess([], -9, b"", b""), StoreError, "workbook_unwritten"),
        (CompletedProcess([], 0, b'{"disk": "No space left on device"}', b""), StoreError, "scratch_full"),
        (TimeoutExpired([], 1), StoreError, "workbook_unwritten"),
    ],
)
def test_only_what_may_go_better_another_time_is_waited_for(
    ending: CompletedProcess[bytes] | TimeoutExpired,
    kind: type[ServiceError],
    code: str,
    desk: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A step waits for days on a StoreError; the same file breaks its writer every time."""

    def child(*_: object, **__: object) -> CompletedProcess[bytes]:
        if isinstance(ending, TimeoutExpired):
            raise ending
        return ending

    table = opened(desk, tmp_path / "a")
    monkeypatch.setattr(apart, "_child", child)
    with pytest.raises(kind) as caught:
        write_back_apart(desk, tmp_path / "there.xlsx", table=table, results=[])
    assert caught.value.code == code


def test_texts_that_no_file_can_hold_come_back_marked(tmp_path: Path) -> None:
    """A half of a character in NDJSON, and what XlsxWriter would take for XML of its own."""
    said = ("李\ud800四", "<r>&</r>", "a\ufffeb\x0bc", "_x0041_")
    lines = [json.dumps({"客户": text, "号": "1"}) for text in said]
    path, back = tmp_path / "a.ndjson", tmp_path / "b.xlsx"
    path.write_text("\n".join(lines), encoding="utf-8")
    done = [RowResult(number=1, status_zh="x\ud800", failed=True, cell_errors=((0, "“\ud800\x0b”"),))]
    write_back(path, back, table=opened(path, tmp_path / "a"), results=done)
    again = opened(back, tmp_path / "b")
    assert again.headers[0].text == "客户"
    assert [row[0] for row in texts(again).values()] == ["李\ufffd四", "<r>&</r> ", "a\ufffeb\x0bc", "_x0041_"]
    assert texts(again)[2][2] == "x\ufffd"
    check_sound(back)


def test_the_same_texts_give_the_same_workbook(tmp_path: Path) -> None:
    back = tmp_path / "b.xlsx"
    write_back(VECTORS / "good.csv", back, table=opened(VECTORS / "good.csv", tmp_path / "a"), results=[])
    assert re.findall(b">(\\d{4}-[^<]*)<", parts(back)["docProps/core.xml"]) == [b"1980-01-01T00:00:00Z"] * 2


def test_a_new_workbook_without_room_blames_the_disk(tmp_path: Path) -> None:
    table = opened(VECTORS / "good.csv", tmp_path / "a")
    with pytest.raises(StoreError) as caught:
        write_back(VECTORS / "good.csv", tmp_path / "gone" / "b.xlsx", table=table, results=[])
    assert caught.value.code == "scratch_full"


def office(source: Path, kind: str, folder: Path) -> Path:
    """Convert with LibreOffice, which reads the file with other eyes than ours."""
    profile = folder / "profile"
    subprocess.run(
        ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind, "--outdir",
         str(folder / "out"), str(source)],
        check=True, capture_output=True, timeout=120, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    return folder / "out" / f"{source.stem}.{kind.partition(':')[0]}"


@pytest.mark.slow
def test_libreoffice_opens_it_and_its_own_workbook_goes_back_too(desk: Path, tmp_path: Path) -> None:
    """There and back: LibreOffice saves the desk's workbook its own way, we fill it, LibreOffice reads it."""
    saved = office(desk, "xlsx", tmp_path)
    table, back = opened(saved, tmp_path / "a"), tmp_path / "back.xlsx"
    write_back(saved, back, table=table, results=results(table))
    before, after = parts(saved), parts(back)
    untouched = [name for name in before if "chart" in name or "media" in name or re.search(r"drawing\d+\.xml", name)]
    assert len(untouched) >= 3
    assert all(before[name] == after[name] for name in untouched)
    again = office(back, "xlsx", tmp_path)
    assert comments(again)["B4"][0] == COMMENT_START + "合同号不对"
    reread = opened(again, tmp_path / "b")
    assert [header.text for header in reread.headers] == ["客户姓名", "合同号", "本金", "罚息", *OURS]
    assert texts(reread)[4][4:6] == ["失败", "合同号不对；金额不对"]
    last = tmp_path / "last.xlsx"
    write_back(again, last, table=reread, results=results(reread, wrong=(12,)))
    assert set(comments(last)) == {"A4", "A12", "B12"}


def test_rows_of_a_controls_drawing_are_no_rows_of_the_sheet(tmp_path: Path) -> None:
    """A check box keeps its corners as xdr:col and xdr:row inside the sheet's own part."""
    corner = b'<x:from xmlns:x="urn:x"><x:col>1</x:col><x:row>2</x:row></x:from>'
    path, back = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    with ZipFile(path, "w") as archive:
        for name, data in parts(VECTORS / "good.xlsx").items():
            archive.writestr(name, data.replace(b"</sheetData>", b"</sheetData><controls>" + corner + b"</controls>"))
    table = opened(path, tmp_path / "a")
    assert (table.row_count, table.empty_rows) == (1, 0)
    done = [RowResult(number=2, status_zh="失败", failed=True, cell_errors=((0, "错"),)), RowResult(number=3)]
    write_back(path, back, table=table, results=done)
    sheet = parts(back)["xl/worksheets/sheet1.xml"]
    assert sheet.index(b"<legacyDrawing") < sheet.index(b"<controls>")
    assert corner in sheet
    assert texts(opened(back, tmp_path / "b"))[2][3] == "失败"
