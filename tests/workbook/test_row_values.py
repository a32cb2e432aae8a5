"""Cells to values: exactly what was meant, or a named problem at its cell."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.errors import NotFoundError
from service.render import Catalog, Template, check_fields
from service.workbook import OURS, Cell, Header, Mapping, Row, column_letters, content_key, open_table, read_row
from service.workbook.amounts_and_days import day_of, money_of
from service.workbook.plain_values import ProblemError, plain_text
from service.workbook.targets import find_target
from service.workbook.values import to_value

CATALOG = Catalog.load(Path(__file__).parents[2] / "templates")
LOAN, GUARANTOR, MOVE_IN = (CATALOG.get(name) for name in ("loan-demand", "guarantor-demand", "move-in-reminder"))
VECTORS = Path(__file__).parents[1] / "vectors" / "workbook"


def problem(work: Any, cell: Cell) -> str:
    with pytest.raises(ProblemError) as caught:
        work(cell)
    return caught.value.code


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        (Cell("n", "1048937.5"), "1048937.50"),
        (Cell("n", "1048937.4999999999"), "1048937.50"),
        (Cell("n", "0.30000000000000004"), "0.30"),
        (Cell("n", "1.0489375E6"), "1048937.50"),
        (Cell("n", "7"), "7.00"),
        (Cell("n", "999999999999999"), "999999999999999.00"),
        (Cell("t", "1,048,937.50"), "1048937.50"),
        (Cell("t", " ￥１，０４８，９３７．５０元 "), "1048937.50"),
        (Cell("t", "人民币 100 元整"), "100.00"),
        (Cell("t", "CNY 1.5"), "1.50"),
        (Cell("n", "99999999999999.99"), "99999999999999.99"),
    ],
)
def test_amounts(cell: Cell, amount: str) -> None:
    assert money_of(cell) == amount


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Cell("n", "1.005"), "cell.money_decimals"),
        (Cell("t", "1.005"), "cell.money_decimals"),
        (Cell("n", "-3"), "cell.money_negative"),
        (Cell("n", "1e+16"), "cell.number_rewritten"),
        (Cell("n", "nan"), "cell.number_rewritten"),
        (Cell("n", "12x"), "cell.number_unreadable"),
        (Cell("t", "1.23E+17"), "cell.number_rewritten"),
        (Cell("t", "10,48"), "cell.money"),
        (Cell("t", "壹佰元"), "cell.money"),
        (Cell("t", "100①"), "cell.digit_like"),
        (Cell("t", "100²"), "cell.digit_like"),
        (Cell("t", "100½"), "cell.digit_like"),
        (Cell("t", "1 000"), "cell.money"),
        (Cell("t", "104.89万元"), "cell.money_unit"),
        (Cell("t", "$100"), "cell.currency"),
        (Cell("t", "100 美元"), "cell.currency"),
        (Cell("t", "HK$5"), "cell.currency"),
        (Cell("b", "1"), "cell.money"),
        (Cell("d", "2026-11-05"), "cell.money"),
        (Cell("f", "error_value:#REF!"), "cell.error_value"),
    ],
)
def test_what_is_no_amount(cell: Cell, code: str) -> None:
    assert problem(lambda given: to_value(given, target(LOAN, "/principal")), cell) == code


def target(template: Template, pointer: str) -> Any:
    found = find_target(template, pointer)
    assert found is not None
    return found


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_money_kept_as_a_float_comes_back_to_the_cent(cents: int) -> None:
    """What a spreadsheet stores for an amount is the nearest double; up to 15 digits the cents are in it."""
    stored = repr(cents / 100)
    assert money_of(Cell("n", stored)) == f"{cents // 100}.{cents % 100:02d}"


@pytest.mark.parametrize(
    "cell",
    [
        Cell("d", "2026-11-05"), Cell("i", "2026-11-05T10:30:00"), Cell("n", "20261105"), Cell("n", "20261105.0"),
        *(Cell("t", text) for text in (
            "2026-11-05", "2026/11/5", "2026.11.05", "2026年11月5日", "2026 年 11 月 5 日", "20261105",
            "2026-11-05 00:00:00", "２０２６－１１－０５", " 2026/11/05 0:00 ")),
    ],
)  # fmt: skip
def test_days(cell: Cell) -> None:
    assert day_of(cell) == "2026-11-05"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Cell("t", "05/11/2026"), "cell.date_ambiguous"),
        (Cell("t", "11-5-26"), "cell.date_ambiguous"),
        (Cell("n", "46331"), "cell.date_serial"),
        (Cell("t", "2026-02-30"), "cell.date_unknown"),
        (Cell("t", "0026-02-03"), "cell.date_unlikely"),
        (Cell("t", "2026-11-05 10:30"), "cell.date"),
        (Cell("t", "明年"), "cell.date"),
        (Cell("t", "2026-1 1-5"), "cell.date"),
        (Cell("t", "2026-1  1-5"), "cell.date"),
        (Cell("t", "2026年1 1月5日"), "cell.date"),
        (Cell("t", "2026-1①-5"), "cell.digit_like"),
        (Cell("t", "2026-11-05²"), "cell.digit_like"),
        (Cell("b", "1"), "cell.date"),
    ],
)
def test_what_is_no_day(cell: Cell, code: str) -> None:
    assert problem(day_of, cell) == code


def test_plain_text_is_what_was_typed() -> None:
    assert plain_text(Cell("t", "\u3000张三\xa0\r\n")) == "张三"
    assert plain_text(Cell("t", "两行\r\n地址")) == "两行\n地址"
    assert plain_text(Cell("n", "13000000000")) == "13000000000"
    assert plain_text(Cell("n", "-0.0")) == "0"
    assert plain_text(Cell("t", "=1+1")) == "=1+1"
    for text in ("a\x00b", "a\tb", "a\ud800b"):
        assert problem(plain_text, Cell("t", text)) == "cell.control_character"
    assert problem(plain_text, Cell("n", "123456789012345678")) == "cell.number_rewritten"
    assert problem(plain_text, Cell("d", "2026-01-01")) == "cell.became_date"
    assert problem(plain_text, Cell("b", "1")) == "cell.text"


def test_other_kinds_of_fields() -> None:
    for text in ("是", "TRUE", "√", "1"):
        assert to_value(Cell("t", text), target(LOAN, "/credit_reporting")) == (True, "")
    assert to_value(Cell("b", "0"), target(LOAN, "/credit_reporting")) == (False, "")
    mode = target(GUARANTOR, "/guarantee/mode")
    assert [to_value(Cell("t", text), mode)[0] for text in ("joint", "连带责任保证", "一般保证")] == [
        "joint", "joint", "general",
    ]  # fmt: skip
    assert problem(lambda cell: to_value(cell, mode), Cell("t", "抵押")) == "cell.choice"
    papers = target(MOVE_IN, "/papers")
    assert to_value(Cell("t", "身份证；合同原件\n 钥匙 ;"), papers)[0] == ["身份证", "合同原件", "钥匙"]
    fees = target(MOVE_IN, "/fees")
    for kind in "jt":
        assert to_value(Cell(kind, '[{"amount": "1.00"}]'), fees)[0] == [{"amount": "1.00"}]
    assert problem(lambda cell: to_value(cell, fees), Cell("t", '{"a": 1, "a": 2}')) == "cell.json"


def row(*texts: str | Cell, titles: tuple[str, ...]) -> Row:
    cells = tuple(text if isinstance(text, Cell) else Cell("t" if text else "", text) for text in texts)
    headers = tuple(Header(text=text, column=column_letters(at), index=at) for at, text in enumerate(titles))
    return Row(number=2, cells=cells, headers=headers)


def mapped(**targets: str) -> Mapping:
    return Mapping.from_json(targets)


def test_a_row_nests_its_fields_and_a_cell_wins_over_a_constant() -> None:
    mapping = mapped(甲="/debtor/name", 乙="/creditor/name", 丙="@reference")
    read = read_row(
        row("张三", "某某银行", "S-1", titles=("甲", "乙", "丙")),
        mapping,
        lambda specials: CATALOG.get(specials["template"]),
        {"/creditor/name": "另一银行", "/account/bank": "营业部", "@template": "loan-demand"},
    )
    assert read.fields == {
        "creditor": {"name": "某某银行"}, "account": {"bank": "营业部"}, "debtor": {"name": "张三"},
    }  # fmt: skip
    assert read.specials == {"template": "loan-demand", "reference": "S-1"}
    assert read.template is LOAN
    assert read.errors == ()


def test_one_rows_cell_never_gets_into_the_constant_of_the_next() -> None:
    constants = {"/creditor": {"name": "某某银行"}, "/account": {"bank": "营业部"}}
    mapping = mapped(甲="/creditor/name", 乙="/debtor/name")
    first = read_row(row("另一银行", "张三", titles=("甲", "乙")), mapping, lambda _: LOAN, constants)
    second = read_row(row("", "李四", titles=("甲", "乙")), mapping, lambda _: LOAN, constants)
    assert first.fields["creditor"] == {"name": "另一银行"}
    assert second.fields["creditor"] == {"name": "某某银行"}
    assert constants["/creditor"] == {"name": "某某银行"}


def test_numbered_items_close_up_and_faults_find_their_cells() -> None:
    titles = ("期1", "日1", "期3", "日3")
    mapping = mapped(
        期1="/instalments/0/no", 日1="/instalments/0/due_on", 期3="/instalments/2/no", 日3="/instalments/2/due_on"
    )
    read = read_row(row("", "", "三", "2026-02-30", titles=titles), mapping, lambda _: LOAN)
    assert read.fields == {"instalments": [{"no": "三"}]}
    assert [(error.column, error.letter, error.code) for error in read.errors] == [(3, "D", "cell.date_unknown")]
    placed = read.placed(check_fields(LOAN, read.fields).errors)
    assert read.cell_of("/instalments/0/no") == 2
    assert read.cell_of("/instalments/0") == 2
    assert read.cell_of("/creditor") is None
    assert "/instalments/0/due_on" not in {error.pointer for error in placed}
    assert {error.column for error in placed if error.pointer.startswith("/instalments/0")} == {2}
    assert {error.column for error in placed if error.pointer == "/creditor"} == {None}


def test_a_required_field_lands_on_its_empty_cell() -> None:
    read = read_row(row("", "x", titles=("甲", "乙")), mapped(甲="/contract_no", 乙="/contract_title"), lambda _: LOAN)
    placed = {error.pointer: error.column for error in read.placed(check_fields(LOAN, read.fields).errors)}
    assert placed["/contract_no"] == 0
    assert placed["/debtor"] is None


def test_a_cell_for_a_field_that_the_letter_lacks_is_told() -> None:
    mapping = mapped(甲="/guarantee/mode")
    read = read_row(row("joint", titles=("甲",)), mapping, lambda _: LOAN)
    assert [error.code for error in read.errors] == ["cell.not_in_template"]
    assert read_row(row("", titles=("甲",)), mapping, lambda _: LOAN).errors == ()


def test_an_unknown_template_is_the_rows_error() -> None:
    read = read_row(
        row("没有", "张三", titles=("甲", "乙")),
        mapped(甲="@template", 乙="/debtor/name"),
        lambda specials: CATALOG.get(specials["template"]),
    )
    assert read.template is None
    assert [(error.column, error.code) for error in read.errors] == [(0, "not_found")]

    def away(_: object) -> Template:
        raise NotFoundError("template", message_zh="没有模板")

    assert [error.column for error in read_row(row("x", titles=("甲",)), mapped(甲="/due_on"), away).errors] == [None]


def test_other_currencies_are_errors() -> None:
    mapping = mapped(甲="@currency")
    assert read_row(row("人民币", titles=("甲",)), mapping, lambda _: LOAN).errors == ()
    assert read_row(row("USD", titles=("甲",)), mapping, lambda _: LOAN).errors[0].code == "cell.currency"


def test_our_columns_come_back_as_what_they_said() -> None:
    said = row("张三", "逾期", "失败", "", "函1", titles=("甲", "状态", *OURS))
    read = read_row(said, mapped(甲="/debtor/name", 状态="/contract_no"), lambda _: LOAN)
    assert read.returned == {"status": "失败", "notice_no": "函1"}
    assert read.fields == {"debtor": {"name": "张三"}, "contract_no": "逾期"}
    assert read_row(row("函1", titles=("函号",)), mapped(), lambda _: LOAN).returned == {}


def test_an_ndjson_row_brings_its_fields_whole(tmp_path: Path) -> None:
    table = open_table(VECTORS / "good.ndjson", file_name="good.ndjson", into=tmp_path)
    mapping = mapped(fields="@fields", 合同号="/contract_no")
    *_, last = table.rows()
    assert read_row(last, mapping, lambda _: LOAN).fields == {"principal": "1.00", "n": 3, "contract_no": "1"}


@pytest.mark.parametrize(
    ("fields", "pointer", "place"),
    [
        ({"debtor": []}, "/debtor/name", "/debtor"),
        ({"debtor": "李四"}, "/debtor/name", "/debtor"),
        ({"instalments": [1]}, "/instalments/0/no", "/instalments/0"),
        ({"instalments": {"no": "一"}}, "/instalments/0/no", "/instalments"),
    ],
)
def test_what_cannot_hold_a_cell_is_a_fault_at_it(fields: dict[str, Any], pointer: str, place: str) -> None:
    told = row(Cell("j", json.dumps(fields)), "张三", titles=("fields", "甲"))
    read = read_row(told, mapped(fields="@fields", 甲=pointer), lambda _: LOAN)
    assert [(error.column, error.pointer, error.code) for error in read.errors] == [(1, pointer, "cell.in_the_way")]
    assert f" {place} " in read.errors[0].message_zh
    assert read.fields == fields


def test_a_numbered_column_never_writes_over_another_item() -> None:
    """Gaps close up behind the items that the row's own list has."""
    own = Cell("j", '{"instalments": [{"no": "一"}, {"no": "二"}]}')
    mapping = mapped(fields="@fields", 日1="/instalments/0/due_on", 期9="/instalments/8/no")
    read = read_row(row(own, "2026-11-05", "九", titles=("fields", "日1", "期9")), mapping, lambda _: LOAN)
    assert read.errors == ()
    assert read.fields == {"instalments": [{"no": "一", "due_on": "2026-11-05"}, {"no": "二"}, {"no": "九"}]}
    assert read.cell_of("/instalments/2/no") == 2


def test_all_fields_in_one_cell_win_over_a_constant() -> None:
    constants = {"/creditor/name": "另一银行", "/account/bank": "营业部"}
    told = row(Cell("j", '{"creditor": {"name": "某某银行"}}'), titles=("fields",))
    read = read_row(told, mapped(fields="@fields"), lambda _: LOAN, constants)
    assert read.fields == {"creditor": {"name": "某某银行"}, "account": {"bank": "营业部"}}


def test_an_object_comes_before_what_is_in_it() -> None:
    told = row("张三", Cell("j", '{"name": "李四", "id_no": "1"}'), titles=("甲", "乙"))
    read = read_row(told, mapped(甲="/debtor/name", 乙="/debtor"), lambda _: LOAN)
    assert read.fields == {"debtor": {"name": "张三", "id_no": "1"}}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "张三", "1.00", "2026-11-05"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "no", "0", "1", "due_on", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)
PLACES = (
    "/debtor", "/debtor/name", "/debtor/id_no", "/principal", "/instalments", "/instalments/0/no",
    "/instalments/0/due_on", "/instalments/2/no", "/instalments/7/due_on", "/creditor/name",
)  # fmt: skip


@given(
    base=st.dictionaries(
        st.sampled_from(["debtor", "instalments", "principal", "creditor", "x"]), ANY_JSON, max_size=4
    ),
    texts=st.dictionaries(
        st.sampled_from(PLACES),
        st.sampled_from(["张三", "1.00", "2026-11-05", "[]", '[{"no": "一"}]', '{"name": "李四"}', ""]),
    ),
    constants=st.dictionaries(st.sampled_from(PLACES), ANY_JSON, max_size=3),
)
@example(base={}, texts={"/instalments/7/due_on": "2026-11-05", "/instalments/0/due_on": "张三"}, constants={})
def test_no_object_whatever_breaks_a_row(
    base: dict[str, Any], texts: dict[str, str], constants: dict[str, Any]
) -> None:
    """Each filled cell is in the fields as it was read, or has its fault."""
    titles = ("@fields", *texts)
    told = row(Cell("j", json.dumps(base)), *texts.values(), titles=titles)
    read = read_row(told, Mapping.from_json({one: one for one in titles}), lambda _: LOAN, constants)
    faulty = {error.column for error in read.errors}
    for column, (pointer, text) in enumerate(texts.items(), start=1):
        place = next((place for place, at in read.places.items() if at == column), pointer)
        if text and column not in faulty and text[0] not in "[{":
            held: Any = read.fields
            for segment in place.split("/")[1:]:
                held = held[int(segment)] if isinstance(held, list) else held[segment]
            assert held == to_value(Cell("t", text), target(LOAN, pointer))[0]


def test_content_keys_say_the_same_letter() -> None:
    one = content_key({"a": "1", "b": {"c": "2"}}, "loan-demand", "html")
    assert one == content_key({"b": {"c": "2"}, "a": "1"}, "loan-demand", "html")
    assert one != content_key({"a": "1", "b": {"c": "2"}}, "loan-demand", "docx")
    assert len(one) == 32


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from("tnbdifj"), st.text(max_size=12)), min_size=1, max_size=6))
def test_no_cell_whatever_breaks_a_row(cells: list[tuple[str, str]]) -> None:
    """Days and faults keep their own form; every other kind may hold any text."""
    forms = {"f": "merged:{}", "d": "9999-12-31", "i": "1900-01-01T00:00:01"}
    told = [Cell(kind, forms[kind].replace("{}", text) if kind in forms else text) for kind, text in cells]
    pointers = ("/debtor/name", "/principal", "/due_on", "/credit_reporting", "/instalments", "@fields")
    titles = tuple(pointers[: len(told)])
    read = read_row(row(*told, titles=titles), Mapping.from_json({one: one for one in titles}), lambda _: LOAN)
    check_fields(LOAN, read.fields)
    assert all(error.column is not None for error in read.errors)
