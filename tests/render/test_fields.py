"""All faults of the fields at once, each at its pointer, in both languages; and what has to pass."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import FieldError
from service.render import Catalog, Template, check_fields, rmb_upper
from service.render.fonts import installed_coverage
from service.render.hygiene import check_text

from .conftest import MakeTemplate, schema_of


@pytest.fixture(scope="module")
def loan(catalog: Catalog) -> Template:
    return catalog.get("loan-demand", "v1")


def errors_of(template: Template, fields: object) -> set[tuple[str, str]]:
    return {(error.pointer, error.code) for error in check_fields(template, fields).errors}


def example(template: Template, **changes: Any) -> dict[str, Any]:
    return {**deepcopy(dict(template.example)), **changes}


def test_the_example_is_right(loan: Template) -> None:
    checked = check_fields(loan, loan.example)
    assert checked.errors == ()
    assert checked.fields == loan.example


def test_all_faults_at_once(loan: Template) -> None:
    fields = example(loan, total="1.00", pay_by_on="2026-13-01", surprise=1, creditor={"name": 7})
    del fields["interest"]
    assert errors_of(loan, fields) >= {
        ("/total", "amount.sum_differs"),
        ("/pay_by_on", "schema.format"),
        ("/surprise", "schema.unknown_field"),
        ("/creditor/name", "schema.type"),
        ("/interest", "schema.required"),
    }
    for error in check_fields(loan, fields).errors:
        assert error.message_zh
        assert error.message_en.isascii() or "壹" in error.message_en


@pytest.mark.parametrize("fields", [None, [], "text", 5, True])
def test_other_json_is_refused(loan: Template, fields: object) -> None:
    assert errors_of(loan, fields) == {("", "schema.type")}


def test_words_and_figures(loan: Template) -> None:
    assert errors_of(loan, example(loan, total_words=rmb_upper(loan.example["total"]))) == set()
    assert errors_of(loan, example(loan, total_words="壹佰零肆万捌仟玖佰叁拾柒圆伍角正")) == set()
    wrong = check_fields(loan, example(loan, total_words="人民币壹佰万元整")).errors
    assert [(error.pointer, error.code) for error in wrong] == [("/total_words", "amount.words_differ")]
    assert "1,000,000.00" in wrong[0].message_zh
    assert "1,048,937.50" in wrong[0].message_zh
    assert errors_of(loan, example(loan, total_words="一百万")) == {("/total_words", "amount.words_unreadable")}


@pytest.mark.parametrize(
    "pointer",
    ["debtor/name", "contract_no", "total", "principal", "account/number", "contact/phone", "debtor/id_no", "due_on"],
)
@pytest.mark.parametrize("end", ["\n", "\n\n", "\r\n", " "])
def test_no_field_ends_in_a_line_break(loan: Template, pointer: str, end: str) -> None:
    fields = example(loan)
    *way, last = pointer.split("/")
    holder = fields[way[0]] if way else fields
    holder[last] += end
    form = "schema.format" if last == "due_on" else "schema.pattern"
    assert (f"/{pointer}", form) in errors_of(loan, fields)


@pytest.mark.parametrize("amount", ["1048937.5０", "1２３.００", "1048937.5٠"])
def test_digits_of_other_scripts_are_no_digits(loan: Template, amount: str) -> None:
    faults = check_fields(loan, example(loan, total=amount)).errors
    assert ("/total", "schema.pattern") in {(fault.pointer, fault.code) for fault in faults}
    assert "amount.unreadable" not in {fault.code for fault in faults}, "the schema has said it"


LAX = schema_of(
    {name: {"type": "string"} for name in ("total", "total_words", "due_on", "pay_by_on")}
    | {"parts": {"type": "array"}, "note": {"type": ["string", "null"]}},
    **{
        "x-duly": {
            "sums": [{"total": "/total", "parts": ["/parts/*", "/note"]}],
            "amount_in_words": [{"words": "/total_words", "figures": "/total"}],
            "date_order": [["/due_on", "/pay_by_on"]],
            "pay_by_after": [{"pay_by": "/pay_by_on", "after": "/due_on"}],
        }
    },
)


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"total": "1,000.00", "parts": ["1.00"]}, "/total", "amount.unreadable"),
        ({"total": "3.00", "parts": ["1.00", "2.0０"]}, "/parts/1", "amount.unreadable"),
        ({"total": "3.00", "parts": ["1.00", {}]}, "/parts/1", "amount.unreadable"),
        ({"total": "一百", "total_words": "壹佰元整"}, "/total", "amount.unreadable"),
        ({"total": "110.00", "total_words": "拾佰元整"}, "/total_words", "amount.words_unreadable"),
        ({"total": "100.00", "total_words": "壹佰元"}, "/total_words", "amount.words_unreadable"),
        ({"due_on": "2026-11-31", "pay_by_on": "2026-11-30"}, "/due_on", "date.unreadable"),
        ({"due_on": "2026-11-30", "pay_by_on": "2026-12-1０"}, "/pay_by_on", "date.unreadable"),
    ],
)
def test_what_a_check_cannot_read_is_a_fault_where_the_schema_is_silent(
    make_template: MakeTemplate, fields: dict[str, Any], pointer: str, code: str
) -> None:
    errors = check_fields(make_template("<p>{{ total }}</p>", schema=LAX), fields).errors
    assert [(error.pointer, error.code) for error in errors] == [(pointer, code)]


def test_what_is_null_or_not_given_is_not_checked(make_template: MakeTemplate) -> None:
    template = make_template("<p>{{ total }}</p>", schema=LAX)
    for fields in ({}, {"total": "1.00"}, {"parts": ["1.00"]}, {"total": "1.00", "parts": ["1.00"], "note": None}):
        assert errors_of(template, fields) == set()


def test_parts_and_totals(loan: Template) -> None:
    assert errors_of(loan, example(loan, penalty="5437.51")) == {("/total", "amount.sum_differs")}
    rows = [{"no": "第1期", "due_on": "2026-10-20", "principal": "999999.99", "interest": "43500.00"}]
    assert errors_of(loan, example(loan, instalments=rows)) == {("/principal", "amount.sum_differs")}


def test_dates_in_order(loan: Template) -> None:
    assert errors_of(loan, example(loan, contract_on="2026-10-21")) == {("/due_on", "date.out_of_order")}
    assert errors_of(loan, example(loan, pay_by_on="2026-11-20")) == {("/pay_by_on", "date.not_after")}
    rows = [{"no": "第1期", "due_on": "2026-11-21", "principal": "1000000.00", "interest": "43500.00"}]
    assert errors_of(loan, example(loan, instalments=rows)) == {("/as_of_on", "date.out_of_order")}


def test_wrong_check_digits_only_warn(loan: Template) -> None:
    fields = example(loan)
    fields["debtor"]["id_no"] = "110101199003077476"
    fields["creditor"]["uscc"] = "91110000MA0000003U"
    checked = check_fields(loan, fields)
    assert checked.errors == ()
    assert {warning.pointer for warning in checked.warnings} == {"/debtor/id_no", "/creditor/uscc"}


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("张{{三", "text.placeholder", "{{"),
        ("张}}三", "text.placeholder", "}}"),
        ("{% 三", "text.placeholder", "{%"),
        ("｛｛姓名｝｝", "text.placeholder", "｛｛"),
        ("张\x00三", "text.control_character", "U+0000"),
        ("张\x1b三", "text.control_character", "U+001B"),
        ("张\t三", "text.control_character", "U+0009"),
        ("张\u202e三", "text.invisible_character", "U+202E"),
        ("张\u200b三", "text.invisible_character", "U+200B"),
        ("张\u2066三", "text.invisible_character", "U+2066"),
        ("张\ufeff三", "text.invisible_character", "U+FEFF"),
        ("张\u00ad三", "text.invisible_character", "U+00AD"),
        ("张\u3164三", "text.invisible_character", "U+3164"),
        ("张\ufe00三", "text.invisible_character", "U+FE00"),
        ("张\ud842三", "text.lone_surrogate", "U+D842"),
        ("张\ue000三", "text.private_character", "U+E000"),
        ("张\U000e0041三", "text.invisible_character", "U+E0041"),
        ("张\u0e01三", "text.no_glyph", "U+0E01"),
        ("张\U0001f9ff三", "text.no_glyph", "U+1F9FF"),
        ("\ufa0b", "text.compatibility_character", "U+5ED3"),
        ("张\u0336三\u0336", "text.combining_mark", "U+0336"),
        ("HT\u0338-1", "text.combining_mark", "U+0338"),
        ("\u0336张三", "text.combining_mark", "U+0336"),
        ("张\u20d2三", "text.combining_mark", "U+20D2"),
        ("张三\u20dd", "text.combining_mark", "U+20DD"),
        ("张三\u20e0", "text.combining_mark", "U+20E0"),
        ("张\u0332三", "text.combining_mark", "U+0332"),
        ("张\u302a三", "text.combining_mark", "U+302A"),
        ("张\u309a三", "text.combining_mark", "U+309A"),
        ("Rene\u0301\u0301", "text.combining_mark", "U+0301"),
    ],
)
def test_bad_text_is_named(loan: Template, text: str, code: str, named: str) -> None:
    fields = example(loan)
    fields["debtor"]["name"] = text
    faults = [error for error in check_fields(loan, fields).errors if error.pointer == "/debtor/name"]
    assert [error.code for error in faults if error.code == code], faults
    fault = next(error for error in faults if error.code == code and named in error.message_zh)
    assert named in fault.message_en


@pytest.mark.parametrize(
    ("text", "place"), [("张三\u0336", 3), ("René \u0336", 6), ("\u0336René", 1), ("ab\u0301c\u0301", 3)]
)
def test_a_mark_is_named_with_its_place_once_and_with_no_second_fault(text: str, place: int) -> None:
    faults = list(check_text(text, "/x", {*range(0x300), 0x5F20, 0x4E09}))
    assert [(fault.code, fault.message_zh[:5]) for fault in faults] == [("text.combining_mark", f"第 {place} 个")]


@pytest.mark.parametrize(
    "text", ["か\u309a行", "René", "Rene\u0301", "Nguyễn", "བཀྲ་ཤིས", "สมชายกี่", "राम कुमार", "مُحَمَّد", "ᠮᠣᠩᠭᠣᠯ", "தமிழ்"]
)
def test_signs_that_belong_to_their_letters_are_no_fault(text: str) -> None:
    """Fonts are another matter: a matter's record may hold what no letter prints."""
    assert list(check_text(text, "/x", range(0x110000))) == []


@pytest.mark.parametrize(
    "text", ["A<B>&C 公司", "㛃𬭊", "阿不都·热依木", 'O\'Brien "Ltd"', "〇一①", "㐂堃喆㵘", "ﬁrst—第"]
)
def test_rare_and_awkward_names_pass(loan: Template, text: str) -> None:
    fields = example(loan)
    fields["debtor"]["name"] = text
    assert errors_of(loan, fields) == set()


def test_text_that_only_has_to_be_composed_is_composed(loan: Template) -> None:
    fields = example(loan)
    fields["debtor"]["name"] = "Rene\u0301 张"
    checked = check_fields(loan, fields)
    assert checked.errors == ()
    assert checked.fields["debtor"] == {**fields["debtor"], "name": "René 张"}
    assert [(warning.pointer, warning.code) for warning in checked.warnings] == [("/debtor/name", "text.composed")]


def test_too_long_and_too_much(make_template: MakeTemplate) -> None:
    template = make_template(
        "<p>{{ name }}</p>", schema=schema_of({"name": {"type": "string"}, "rows": {"type": "array"}})
    )
    assert errors_of(template, {"name": "文" * 50_001}) == {("/name", "text.too_long")}
    assert errors_of(template, {"rows": ["文" * 50_000] * 11}) == {("", "text.too_long")}


def test_numbers_that_are_not_exact(make_template: MakeTemplate) -> None:
    template = make_template("<p>{{ name }}</p>", schema=schema_of({"name": {}}))
    for value in (0.1, float("nan"), 1e308, 2**53):
        assert errors_of(template, {"name": value}) == {("/name", "number.inexact")}


def test_deeply_nested_fields_are_refused_and_do_no_harm(make_template: MakeTemplate) -> None:
    template = make_template("<p>{{ name }}</p>", schema=schema_of({"name": {}}))
    nested: Any = "e\u0301"
    for _ in range(900):
        nested = [nested]
    assert errors_of(template, {"name": nested}) == {("", "schema.too_deep")}


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1))
def test_every_unified_character_can_be_drawn(text: str) -> None:
    assert list(check_text(text, "/x", installed_coverage())) == []


@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    faults: list[FieldError] = list(check_text(text, "/x", installed_coverage()))
    drawn = all(character == "\n" or ord(character) in installed_coverage() for character in text)
    assert faults or drawn
