"""Uploaded tables: each is read as it is, or refused with its reason."""

import io
import json
import tracemalloc
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile

import msoffcrypto
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from service.errors import RefusedError, StoreError, TooLargeError
from service.workbook import Limits, Table, load_table, open_table, open_table_apart

VECTORS = Path(__file__).parents[1] / "vectors" / "workbook"
REFUSED = json.loads((VECTORS / "refused.json").read_text(encoding="utf-8"))


SHARED = b'<Relationship Id="s" Type="x/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>'


def good_parts() -> dict[str, bytes]:
    with ZipFile(VECTORS / "good.xlsx") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def opened(name: str, into: Path, **more: object) -> Table:
    return open_table(VECTORS / name, file_name=name, into=into, **more)


def told(table: Table) -> dict[int, list[str]]:
    return {row.number: [f"{cell.kind}{cell.text}" for cell in row.cells] for row in table.rows()}


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_file_is_refused_by_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        opened(name, tmp_path)
    assert caught.value.code == REFUSED[name]
    assert any("\u4e00" <= character <= "\u9fff" for character in caught.value.message_zh)
    assert caught.value.message.isascii() or caught.value.message != caught.value.message_zh


def test_nothing_in_the_awkward_workbook_becomes_another_value(tmp_path: Path) -> None:
    table = opened("awkward.xlsx", tmp_path)
    assert [header.text for header in table.headers] == [
        "客户姓名", "合同信息/合同编号", "合同信息/签订日", "尚欠本金", "到期日", "备注",
    ]  # fmt: skip
    assert (table.header_row, table.last_header_row, table.sheet) == (3, 4, "贷款")
    rows = told(table)
    assert rows[5] == ["t张三", "t示例借字第1号 ", "d2026-11-05", "n1048937.4999999999", "i2026-11-05T12:00:00", "b1"]
    assert rows[6] == ["t李四", "n1.2345678901234567E+17", "n46331", "n12.5", "d2026-11-05"]
    assert rows[8] == ["t王五", "t000123", "fpercent:", "fformula_uncached:", "ferror_value:#REF!"]
    assert rows[9] == ["t赵\r六", "t=1+1", "", "fcurrency:$", "fformat_unit:万元", "n12"]
    assert rows[10] == ["fmerged:A10:C11"] * 3 + ["n1"]
    assert rows[11] == ["fmerged:A10:C11"] * 3 + ["n2"]
    assert [note.code for note in table.notes] == ["table.hidden_rows", "table.hidden_columns", "table.hidden_sheets"]


def test_a_hidden_sheet_is_read_only_by_name(tmp_path: Path) -> None:
    assert opened("awkward.xlsx", tmp_path).other_sheets == ("说明",)
    (tmp_path / "named").mkdir()
    assert opened("awkward.xlsx", tmp_path / "named", sheet="底稿").sheet == "底稿"
    with pytest.raises(RefusedError, match="no such worksheet"):
        opened("awkward.xlsx", tmp_path, sheet="没有")


def test_prefixes_and_places_left_out_are_the_same_format(tmp_path: Path) -> None:
    assert told(opened("prefixed.xlsx", tmp_path)) == {2: ["t张三", "n7"]}


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "rows"),
    [
        ("good.csv", "utf-8", ",", {2: ["t张三", "t示例借字第1号", "t1,048,937.50"]}),
        ("good-bom.csv", "utf-8-sig", ",", {2: ["t张三", "t示例借字第1号", "t1,048,937.50"]}),
        ("good-gb18030.csv", "gb18030", ",", {2: ["t张㛃𬭊", "t示例借字第1号", "t1,048,937.50"]}),
        ("good-tab.csv", "utf-8", "\t", {2: ["t张三", "t示例，第1号"]}),
        ("good-semicolon.csv", "utf-8", ";",
         {2: ["t张三", "t两行\n地址;有分号", "t1.23457E+17"], 5: ["t李四", "", "t=1+1"]}),
    ],
)  # fmt: skip
def test_text_tables(name: str, encoding: str, delimiter: str, rows: dict[int, list[str]], tmp_path: Path) -> None:
    table = opened(name, tmp_path)
    assert (table.encoding, table.delimiter) == (encoding, delimiter)
    assert told(table) == rows


def test_ndjson(tmp_path: Path) -> None:
    table = opened("good.ndjson", tmp_path)
    assert [header.text for header in table.headers] == ["客户姓名", "尚欠本金", "合同号", "fields"]
    assert told(table) == {1: ["t张三", "n1048937.50"], 3: ["", "", "t1", 'j{"principal": "1.00", "n": 3}']}
    assert (table.row_count, table.empty_rows) == (2, 1)


def test_a_text_that_no_cell_can_hold_is_a_fault(tmp_path: Path) -> None:
    """It would go back cut off otherwise; what a cell can just hold is read."""
    longest = Limits().cell_characters
    path = tmp_path / "long.ndjson"
    path.write_text(json.dumps({"姓名": "张" * longest, "备注": "长" * (longest + 1)}), encoding="utf-8")
    (row,) = open_table(path, file_name=path.name, into=tmp_path).rows()
    assert [f"{cell.kind}{cell.text}" for cell in row.cells] == ["t" + "张" * longest, f"ftoo_long:{longest}"]


def test_a_wrong_byte_is_told_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        opened("wrong-encoding.csv", tmp_path)
    data = (VECTORS / "wrong-encoding.csv").read_bytes()
    assert f"wrong at byte {data.index(0xFF) + 1})" in caught.value.message


def test_limits_are_limits(tmp_path: Path) -> None:
    for limits, code in (
        (Limits(rows=1), "table_too_long"),
        (Limits(columns=2), "table_too_wide"),
        (Limits(file_bytes=10), "table_too_large"),
        (Limits(unpacked_bytes=100), "workbook_bomb"),
    ):
        with pytest.raises(TooLargeError) as caught:
            opened("awkward.xlsx", tmp_path, limits=limits)
        assert caught.value.code == code


def test_a_table_is_there_again_and_read_from_any_row(tmp_path: Path) -> None:
    table = opened("awkward.xlsx", tmp_path)
    assert load_table(tmp_path) == table
    assert [row.number for row in load_table(tmp_path).rows(after=8)] == [9, 10, 11]
    assert list(table.rows()) == list(table.rows())


def test_a_true_password_is_told(tmp_path: Path) -> None:
    plain, locked = tmp_path / "plain.xlsx", tmp_path / "locked.xlsx"
    openpyxl.Workbook().save(plain)
    with plain.open("rb") as source, locked.open("wb") as target:
        msoffcrypto.OfficeFile(source).encrypt("secret", target)
    with pytest.raises(RefusedError) as caught:
        open_table(locked, file_name="locked.xlsx", into=tmp_path)
    assert caught.value.code == "workbook_password"


def test_a_second_reader_agrees_on_plain_cells(tmp_path: Path) -> None:
    """What the wide-spread reader gives for plain cells, ours gives as well."""
    book = openpyxl.Workbook()
    book.active.append(["姓名", "本金", "日期", "时刻", "真", "空"])
    for number in range(1, 60):
        at = datetime(2026, 1, 1 + number % 28, number % 24, 30)
        book.active.append([f"张{number}", number * 37.25, date(2026, 1 + number % 12, 5), at, number % 2 == 0, None])
    path = tmp_path / "plain.xlsx"
    book.save(path)
    table = open_table(path, file_name="plain.xlsx", into=tmp_path)
    _, *theirs = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    for row, (name, amount, on, at, true, _) in zip(table.rows(), theirs, strict=True):
        cells = [cell.text for cell in row.cells]
        assert (cells[0], float(cells[1])) == (name, amount)
        assert cells[2:] == [on.isoformat(), at.isoformat(), "1" if true else "0"]


@pytest.mark.slow
def test_a_child_reads_the_same_and_tells_the_same(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    path = VECTORS / "awkward.xlsx"
    here = open_table(path, file_name=path.name, into=tmp_path / "here")
    there = open_table_apart(path, file_name=path.name, into=tmp_path / "there")
    assert told(here) == told(there)
    for name in ("bomb-entries.xlsx", "no-header.xlsx"):
        with pytest.raises(RefusedError) as caught:
            open_table_apart(VECTORS / name, file_name=name, into=tmp_path / "there")
        assert caught.value.code == REFUSED[name]


@pytest.mark.slow
def test_a_child_finds_what_is_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data folder of `make run` is `data`, and the child stands elsewhere."""
    monkeypatch.chdir(tmp_path)
    Path("list.csv").write_text("收件人,合同编号\n张三,1\n", encoding="utf-8")
    Path("into").mkdir()
    assert open_table_apart(Path("list.csv"), file_name="list.csv", into=Path("into")).row_count == 1


@pytest.mark.slow
def test_a_child_without_a_folder_to_write_to_blames_no_file(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("收件人,合同编号\n张三,1\n", encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        open_table_apart(path, file_name=path.name, into=tmp_path / "gone")
    assert caught.value.code == "scratch_full"


@pytest.mark.slow
def test_a_child_out_of_memory_refuses_the_file(tmp_path: Path) -> None:
    """A limit below what Python itself has taken already lets no long list of texts grow."""
    path = tmp_path / "large.xlsx"
    texts = "".join(f"<si><t>示例文字第{number}号</t></si>" for number in range(120_000))
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, data in good_parts().items():
            relation = data.replace(b"</Relationships>", SHARED) if name.endswith("workbook.xml.rels") else data
            archive.writestr(name, relation)
        archive.writestr("xl/sharedStrings.xml", f"<sst>{texts}</sst>")
    into = tmp_path / "into"
    into.mkdir()
    assert open_table_apart(path, file_name=path.name, into=into).row_count == 1
    with pytest.raises(RefusedError) as caught:
        open_table_apart(path, file_name=path.name, into=into, memory_bytes=2 * 2**20)
    assert caught.value.code == "table_exhausting"


@pytest.mark.slow
def test_reading_holds_no_table_in_memory(tmp_path: Path) -> None:
    """Ten times the rows take no more memory, in opening and in walking the rows."""
    peaks = []
    for rows in (1_000, 10_000):
        path = tmp_path / f"{rows}.csv"
        path.write_text("姓名,合同号\n" + "".join(f"张{n},{n}号\n" for n in range(rows)), encoding="utf-8")
        tracemalloc.start()
        table = open_table(path, file_name=path.name, into=tmp_path)
        assert sum(1 for _ in table.rows()) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2**20


def test_an_openpyxl_workbook_without_shared_strings_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["甲", "乙"])
    book.active.append(["=1+1", "x"])
    out = io.BytesIO()
    book.save(out)
    path = tmp_path / "a.xlsx"
    path.write_bytes(out.getvalue())
    table = open_table(path, file_name="a.XLSX", into=tmp_path)
    assert told(table) == {2: ["fformula_uncached:", "tx"]}


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(choice=st.randoms(use_true_random=False))
def test_a_workbook_with_changed_bytes_is_read_or_refused(
    choice: Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    with ZipFile(VECTORS / "awkward.xlsx") as archive:
        kept = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    data = kept[choice.choice(sorted(kept))]
    for _ in range(choice.randint(1, 4)):
        at = choice.randrange(len(data))
        data[at : at + choice.choice((0, 1, 1, 20))] = bytes(
            choice.choices(b'0123456789<>"=ABZ /-', k=choice.randint(0, 3))
        )
        data[:0] = b"" if data else b" "
    path = folder / "changed.xlsx"
    with ZipFile(path, "w") as archive:
        for name, part in kept.items():
            archive.writestr(name, bytes(part))
    with suppress(RefusedError):
        assert list(open_table(path, file_name=path.name, into=folder).rows())
