"""Number formats: what is read is what a spreadsheet shows, or a fault; LibreOffice said what it shows."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from service.workbook import Table, open_table
from service.workbook.cells import coded
from service.workbook.formats import PLAIN, format_of, formatted, worded

VECTORS = Path(__file__).parents[1] / "vectors" / "workbook"
SHOWN: list[tuple[str, float | str, str]] = json.loads((VECTORS / "shown.json").read_text(encoding="utf-8"))

NUMBERS = (
    "General", "0", "0.00", "#,##0.00", "#,##0", "#,##0.00_);(#,##0.00)", r"#,##0.00_);[Red]\(#,##0.00\)",
    r"#,##0.00_ ;[Red]\-#,##0.00\ ", "[Red]0.00", "[>=0]0.00;[Red]-0.00", '"¥"#,##0.00', "[$¥-804]#,##0.00",
    "[$￥-804]#,##0.00;[$￥-804]-#,##0.00", "[$CNY] #,##0.00", '0.00"元"', "人民币0.00", 'General"元"',
    r'_ "¥"* #,##0.00_ ;_ "¥"* \-#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
    r'_ * #,##0.00_ ;_ * \-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "_-* #,##0.00_-", "0.00E+00", "@", "0;-0;;@", "#,###",
)  # fmt: skip
"""Usual formats: every number under them is read, and a zero that is not shown is an empty cell."""
WORDS = (
    "000", "000000_ ", '"HT-2026-"000', '"借字"0000"号"', "借字0000号", '"HT-"0', "000-0000", r"0\-00\-00", '0"期"',
    "000 0000 0000",
)  # fmt: skip
"""Whole numbers under them are read as the text that is shown; others are faults."""
FAULTS = {
    "0.00万元": "format_unit:万元", '0.00"万元"': "format_unit:万元", '#,##0.00"澳元"': "currency:澳元",
    '#,##0.00"韩元"': "currency:韩元", "#,##0.00台币": "currency:台币", "[$$-409]#,##0.00": "currency:$",
    "0%": "percent:",
} | {
    code: f"format_shown:{code}"
    for code in ("#,##0,", '0.0,"K"', r"0\.0,", "# ?/?", '[DBNum2][$-804]General"元整"', '#"号"', '"2026"000',
                 '0.00"%"', "0:00", '"借字"@"号"', '0.00"吨"', '0.00"day"', "[$-804]aaaa;@")
}  # fmt: skip
"""Every number under them is a fault."""
SOME = {
    ";;;": {0: "", "张三": "fformat_shown:;;;"},
    "-0.00": {0: "n0", -5: "n-5"},
    "(0)": {5: "t(5)", 1234567: "t(1234567)", 0: "t(0)", -5: "n-5"},
    '#,##0;-#,##0;"免"': {5: "n5", 1234567: "n1234567", 104.89: "n104.89", -5: "n-5"},
    '[=0]"无";0.00': {5: "n5", 1234567: "n1234567", 104.89: "n104.89", -5: "n-5"},
    '[>=10000]0.0,"万";0.00': {5: "n5", 1234567: "fformat_unit:万", 104.89: "n104.89", 0: "n0", -5: "n-5"},
}
"""What it depends on the number for; what is not said is the fault `format_shown`."""


def read(code: str, stored: float | str) -> str:
    style = format_of(164, code)
    cell = worded(stored, style) if isinstance(stored, str) else formatted(repr(stored), style, date_1904=False)
    return coded(cell)


def expected(code: str, stored: float | str, shown: str) -> str:
    if code in SOME and (stored in SOME[code] or stored != "张三"):
        return SOME[code].get(stored, f"fformat_shown:{code}")
    if isinstance(stored, str):
        return f"t{shown.strip()}"
    if code in FAULTS:
        return f"f{FAULTS[code]}"
    if code in NUMBERS:
        return f"n{stored}" if shown else ""
    return f"t{shown.strip()}" if stored >= 0 and stored == int(stored) else f"fformat_shown:{code}"


@pytest.mark.parametrize(("code", "stored", "shown"), SHOWN)
def test_a_format_is_read_as_it_is_shown(code: str, stored: float | str, shown: str) -> None:
    assert code in {*NUMBERS, *WORDS, *FAULTS, *SOME}
    assert read(code, stored) == expected(code, stored, shown)


@pytest.mark.parametrize(("code", "stored", "shown"), SHOWN)
def test_what_is_read_says_nothing_but_what_is_shown(code: str, stored: float | str, shown: str) -> None:
    """Whatever the lists above say: a text is the shown one, a number the shown one but for rounding and its sign."""
    found = read(code, stored)
    if found[:1] == "t":
        assert found[1:] == shown.strip()
    elif found[:1] == "n":
        digits = re.sub(r"[,\s¥￥()\-]|CNY|人民币|元$", "", shown)
        assert abs(Decimal(digits or "0") - abs(Decimal(found[1:]))) <= (
            Decimal(5000) if "E" in shown else Decimal("0.5")
        )
    elif not found:
        assert shown == ""


def test_usual_formats_cost_nothing() -> None:
    """A column of amounts is not taken apart cell by cell."""
    for code in ("General", "#,##0.00_ ;[Red]\\-#,##0.00\\ ", NUMBERS[17], NUMBERS[18], '"¥"#,##0.00', "[Red]0.00"):
        assert format_of(164, code) is PLAIN


@pytest.mark.parametrize(
    "code",
    ["yyyy-mm-dd", 'yyyy"年"m"月"d"日";@', "[$-804]yyyy年m月d日", "[DBNum1][$-804]yyyy\"年\"m\"月\"d\"日\"", "m/d/yy",
     "[$-F800]dddd, mmmm dd, yyyy", "yyyy/m/d h:mm;@", "yyyy-mm-dd hh:mm:ss.000"],
)  # fmt: skip
def test_days_stay_days(code: str) -> None:
    assert read(code, 46331) == "d2026-11-05"


def test_a_date_of_the_chinese_editions_needs_no_code() -> None:
    assert coded(formatted("46331", format_of(31, "General"), date_1904=False)) == "d2026-11-05"


@pytest.mark.parametrize("stored", ["1.23456789012346E+17", "123456789012345678", "nan", "x"])
def test_lost_digits_are_not_filled_up_with_zeros(stored: str) -> None:
    for code in ("000000", "[>0]000000;0.0"):
        assert coded(formatted(stored, format_of(164, code), date_1904=False)) == f"n{stored}"


def cells_of(table: Table) -> Iterator[str]:
    return (coded(cell) for row in table.rows() for cell in row.cells)


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "合同号", "流水", "本金", "利息", "担保合同"])
    book.active.append(["张三", 12, 7, 104.89, 0, "第5"])
    codes = ("General", '"借字"0000"号"', "000-0000", "0.00万元", "0.00;-0.00;", '"借字"@"号"')
    for cell, code in zip(book.active[2], codes, strict=True):
        cell.number_format = code
    path = tmp_path / "formats.xlsx"
    book.save(path)
    table = open_table(path, file_name=path.name, into=tmp_path)
    assert list(cells_of(table)) == ["t张三", "t借字0012号", "t000-0007", "fformat_unit:万元", "", "t借字第5号"]
