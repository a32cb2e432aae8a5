"""The carrier's batch sheet: a layout in a file, every label whole or left out, text that stays text."""

import json
import re
import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail import item
from python_calamine import CalamineWorkbook

from evidence.law.entry_proofs import is_vague
from service.errors import RefusedError, StoreError
from service.mailing import ems
from service.mailing.ems import EmsSheet, Sender, ems_sheet, item_text
from service.mailing.item import MailItem
from service.mailing.layout import REFUSED_SHEET, load_layout, read_layout

LAYOUT = load_layout()
SENDER = Sender(
    name="某某银行示例支行", phone="01000000000", customer_code="0012345678901234567", address="示例市样本路2号"
)


def written(items: list[MailItem], folder: Path) -> tuple[EmsSheet, list[dict[str, Any]], list[list[Any]]]:
    """Write a sheet, read it with another library; rows by title, and those of the second sheet."""
    done = ems_sheet(items, LAYOUT, SENDER, folder / "ems.xlsx")
    book = CalamineWorkbook.from_path(str(folder / "ems.xlsx"))
    titles, *rows = book.get_sheet_by_name("Sheet1").to_python(skip_empty_area=False)
    second = book.get_sheet_by_name(REFUSED_SHEET).to_python()[1:] if REFUSED_SHEET in book.sheet_names else []
    return done, [dict(zip(titles, row, strict=True)) for row in rows], second


def test_a_line_says_which_letter_is_inside_and_keeps_every_digit(tmp_path: Path) -> None:
    done, rows, refused = written([item(0, waybill_no="1136281381675", postcode="010000")], tmp_path)
    assert done == EmsSheet(lines=1, refused=())
    assert refused == []
    told = rows[0]
    assert told["内件品名"] == "《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息（编号DEMO-2026-000001）"
    assert not is_vague(told["内件品名"])
    assert told["客户单号"] == "DEMO-2026-000001"
    assert told["邮件条码"] == "1136281381675"
    assert told["收件人邮编"] == "010000"
    assert told["寄达城市"] == "示例市"
    assert told["寄件人客户代码"] == SENDER.customer_code
    assert told["文件资料"] == "X"


def test_the_common_layout_has_the_columns_of_the_bureaus_form() -> None:
    titles = [column.title for column in LAYOUT.columns]
    assert len(titles) == 47
    first, last = (
        "邮件条码 收件人姓名 收件人电话 收件人公司名称 收件人地址",
        "寄件人客户代码 客户单号 寄件人邮编 寄件人签署",
    )
    assert titles[:5] == first.split()
    assert titles[8] == "内件品名"
    assert titles[-4:] == last.split()


def test_letters_that_lack_something_are_left_out_and_named(tmp_path: Path) -> None:
    items = [
        item(0),
        item(1, address="  "),
        item(2, to_name="", to_company=""),
        item(3, address="长" * 300),
        item(4, to_name="", to_company="示例担保有限公司"),
    ]
    done, rows, refused = written(items, tmp_path)
    assert [row["客户单号"] for row in rows] == [items[0].notice_no, items[4].notice_no]
    assert rows[1]["收件人姓名"] == "示例担保有限公司"
    assert [(one.item.row, one.errors[0].code, one.errors[0].pointer) for one in done.refused] == [
        (3, "ems.missing", "/address"),
        (4, "ems.missing", "/addressee"),
        (5, "ems.too_long", "/address"),
    ]
    assert [row[:2] for row in refused] == [[3, items[1].notice_no], [4, items[2].notice_no], [5, items[3].notice_no]]
    assert "缺少收件地址" in refused[0][3]


FORMULAS = ("=1+1", "+86 1380", "-示例路", "@SUM(A1)", '=HYPERLINK("http://a","b")', "\t=1", "http://a.b/c", "1.10")


def test_text_is_never_a_formula_a_link_or_a_number(tmp_path: Path) -> None:
    items = [item(place, to_name=text, phone="013800001234") for place, text in enumerate(FORMULAS)]
    _, rows, _ = written(items, tmp_path)
    assert [row["收件人姓名"] for row in rows] == [text.strip() for text in FORMULAS]
    assert {row["收件人电话"] for row in rows} == {"013800001234"}
    sheet = subprocess.run(
        ["unzip", "-p", str(tmp_path / "ems.xlsx"), "xl/worksheets/sheet1.xml"], capture_output=True, check=True
    ).stdout.decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert set(re.findall(r' t="(\w+)"', sheet)) == {"s"}


@pytest.mark.slow
def test_a_long_sheet_is_written_in_the_flat_form_and_reads_the_same(tmp_path: Path) -> None:
    items = [item(place, address=f"示例省示例市示例区样本路{place}号") for place in range(5_001)]
    done, rows, _ = written([*items, item(9_999, address="")], tmp_path)
    assert done.lines == len(rows) == 5_001
    assert rows[-1]["收件人地址"] == "示例省示例市示例区样本路5000号"


@given(st.text(max_size=120), st.integers(min_value=40, max_value=200))
def test_the_number_is_never_cut(said: str, longest: int) -> None:
    text = item_text(item(0, item_description=said), longest=longest)
    assert len(text) <= longest
    assert text.endswith("（编号DEMO-2026-000001）")
    assert item_text(item(0, item_description=text), longest=longest) == text


def test_the_same_letters_give_the_same_file(tmp_path: Path) -> None:
    ems_sheet([item(0)], LAYOUT, SENDER, tmp_path / "a.xlsx")
    ems_sheet([item(0)], LAYOUT, SENDER, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_more_letters_than_lines_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ems, "MOST_ROWS", 2)
    with pytest.raises(RefusedError) as refused:
        ems_sheet([item(0), item(1), item(2)], LAYOUT, SENDER, tmp_path / "ems.xlsx")
    assert refused.value.code == "too_many_letters"


@pytest.mark.slow
def test_libreoffice_opens_it_and_sees_the_same(tmp_path: Path) -> None:
    ems_sheet([item(0, to_name="=1+1"), item(1, address="")], LAYOUT, SENDER, tmp_path / "ems.xlsx")
    convert = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    home = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", convert, "--outdir", str(tmp_path), str(tmp_path / "ems.xlsx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    lines = (tmp_path / "ems-Sheet1.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert ",=1+1,13800001234," in lines[1]
    assert "0012345678901234567,DEMO-2026-000001" in lines[1]
    assert "缺少收件地址" in (tmp_path / f"ems-{REFUSED_SHEET}.csv").read_text(encoding="utf-8")


def common() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(resources.files("service.mailing").joinpath("layouts", "ems.json").read_bytes())
    return found


def without_column(title: str) -> Callable[[dict[str, Any]], None]:
    def change(layout: dict[str, Any]) -> None:
        layout["columns"] = [column for column in layout["columns"] if column["title"] != title]

    return change


def in_column(called: str, /, **more: Any) -> Callable[[dict[str, Any]], None]:
    def change(layout: dict[str, Any]) -> None:
        next(column for column in layout["columns"] if column["title"] == called).update(more)

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda layout: layout.update(format="other/2"), "format: has to be"),
        (lambda layout: layout.update(more=1), "more: is not known here"),
        (lambda layout: layout.update(sheet="a/b"), "sheet: has at most 31"),
        (lambda layout: layout.update(sheet=REFUSED_SHEET), "sheet: has at most 31"),
        (lambda layout: layout.update(columns={}), "columns: has to be a list"),
        (lambda layout: layout.update(columns=["x", None]), "columns[0]: is not an object"),
        (lambda layout: layout.update(returned={"notice_no": ["客户单号"]}), "returned.waybill_no: has no title"),
        (lambda layout: layout.update(returned=[]), "returned: has to be an object"),
        (without_column("内件品名"), "none has the source item_description"),
        (without_column("客户单号"), "none has the source notice_no"),
        (in_column("客户单号", value="x"), "either a source or a value"),
        (in_column("客户单号", source="客户"), "columns[44].source: '客户' is none of"),
        (in_column("内件品名", longest=20), "columns[8].longest: has to be a number from 40"),
        (in_column("内件品名", longest=True), "columns[8].longest"),
        (in_column("信函", value=5), "columns[9].value: has to be a text"),
        (in_column("信函", title="物品"), "two are called 物品"),
        (in_column("信函", title=""), "columns[9].title"),
        (in_column("信函", required="yes"), "columns[9].required"),
        (in_column("信函", width=5), "columns[9].width: is not known"),
    ],
)
def test_a_wrong_layout_is_refused_with_the_place(change: Callable[[dict[str, Any]], None], told: str) -> None:
    layout = common()
    change(layout)
    with pytest.raises(StoreError) as refused:
        read_layout(json.dumps(layout).encode(), where="bureau.json")
    assert refused.value.fatal
    assert "bureau.json" in str(refused.value)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", '{"格"'.encode("gb18030"), b"[" * 100_000, b"null", b" " * (1 << 21)]
)
def test_what_is_no_layout_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError):
        read_layout(data, where="bureau.json")


def test_a_bureau_may_have_its_own_order(tmp_path: Path) -> None:
    layout = common()
    layout["columns"].reverse()
    (tmp_path / "bureau.json").write_text(json.dumps(layout), encoding="utf-8-sig")
    mine = load_layout(tmp_path / "bureau.json")
    ems_sheet([item(0)], mine, SENDER, tmp_path / "ems.xlsx")
    titles = CalamineWorkbook.from_path(str(tmp_path / "ems.xlsx")).get_sheet_by_index(0).to_python()[0]
    assert titles == [column.title for column in reversed(LAYOUT.columns)]
    with pytest.raises(StoreError):
        load_layout(tmp_path / "missing.json")


def test_a_disk_that_fails_is_told_as_one(tmp_path: Path) -> None:
    """XlsxWriter says so in an error of its own, which is no OSError."""
    with pytest.raises(StoreError) as caught:
        ems_sheet([item(0)], LAYOUT, SENDER, tmp_path / "gone" / "ems.xlsx")
    assert caught.value.code == "scratch_full"
