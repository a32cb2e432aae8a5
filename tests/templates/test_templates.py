"""Each published letter against its own schema, example and expected words; no page is drawn here."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from field_paths import schema_leaves, used_fields
from jsonschema import Draft202012Validator
from letter_branches import (
    BRANCHES,
    FALLING_DUE,
    FORMS,
    GENERAL_GUARANTEE,
    HANDOVER_ONLY,
    LONG_NAME,
    NAMES,
    RICH_LOAN,
    WITH_DOCX,
)
from letter_words import TEMPLATES, changed, letter_text, squeezed

from service.render.catalog import Catalog, Template
from service.render.docx import docx_sources
from service.render.fields import check_fields

RULES = {"sums", "amount_in_words", "date_order", "pay_by_after", "id_numbers", "not_printed"}
FREE_FONTS = {"LXGW WenKai", "Noto Serif CJK SC", "Noto Sans CJK SC", "BabelStone Han", "serif", "sans-serif"}


def source_of(template: Template, engine: str) -> str:
    data = (template.directory / f"template.{engine}").read_bytes()
    return data.decode() if engine == "html" else docx_sources(data)["word/document.xml"]


def subschemas(part: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, inner in part.get("properties", {}).items():
        yield name, inner
        yield from subschemas(inner)
        yield from subschemas(inner.get("items", {}))


def pointers_in(rule: object) -> Iterator[str]:
    if isinstance(rule, str) and rule.startswith("/"):
        yield rule
    elif isinstance(rule, Mapping):
        for value in rule.values():
            yield from pointers_in(value)
    elif isinstance(rule, list):
        for value in rule:
            yield from pointers_in(value)


def test_the_five_letters_are_published_with_their_engines(catalog: Catalog) -> None:
    assert [template.name for template in catalog.all()] == list(NAMES)
    assert [name for name in NAMES if "docx" in catalog.get(name).engines] == list(WITH_DOCX)
    assert all("html" in template.engines for template in catalog.all())


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_strict_and_speaks_chinese(catalog: Catalog, name: str) -> None:
    schema = dict(catalog.get(name).schema)
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    for field, part in subschemas(schema):
        assert re.search(r"[\u4e00-\u9fff]", part["title"]), f"{field} has no Chinese title"
        assert part.get("type") != "object" or part["additionalProperties"] is False, field
        assert part.get("type") != "array" or "maxItems" in part, field
    for kind, part in schema["$defs"].items():
        assert "pattern" in part, kind
        assert kind not in {"name", "line", "short_line"} or part["maxLength"] <= 200


@pytest.mark.parametrize("name", NAMES)
def test_the_business_checks_point_at_fields(catalog: Catalog, name: str) -> None:
    template = catalog.get(name)
    assert set(template.rules) == RULES
    assert set(pointers_in(dict(template.rules))) <= schema_leaves(template.schema)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_passes_every_check_without_a_warning(catalog: Catalog, name: str) -> None:
    template = catalog.get(name)
    checked = check_fields(template, dict(template.example))
    assert (checked.errors, checked.warnings) == ((), ())


@pytest.mark.parametrize(("name", "engine"), FORMS)
def test_the_letter_prints_every_field_and_knows_no_other(catalog: Catalog, name: str, engine: str) -> None:
    template = catalog.get(name)
    named, printed = used_fields(source_of(template, engine))
    leaves = schema_leaves(template.schema)
    not_printed = set(template.rules["not_printed"])
    assert printed - {"/letter/notice_no", "/letter/issued_on"} == leaves - not_printed
    assert leaves <= named
    parents = {"/".join(leaf.split("/")[:depth]) for leaf in leaves for depth in range(2, leaf.count("/") + 1)}
    assert named - leaves - parents <= {"/letter/notice_no", "/letter/issued_on"}


@pytest.mark.parametrize(("name", "engine"), FORMS)
def test_the_example_says_the_expected_words(catalog: Catalog, name: str, engine: str) -> None:
    template = catalog.get(name)
    text = letter_text(template, template.example, engine)
    expected = (template.directory / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert len(expected) > 40
    assert [line for line in expected if squeezed(line) not in text] == []


@pytest.mark.parametrize("name", WITH_DOCX)
def test_both_engines_say_the_same_in_every_branch(catalog: Catalog, name: str) -> None:
    template = catalog.get(name)
    for changes in ({}, *BRANCHES[name]):
        fields = changed(template.example, changes)
        assert letter_text(template, fields, "html") == letter_text(template, fields, "docx")


@pytest.mark.parametrize("name", NAMES)
def test_letters_name_only_free_fonts(catalog: Catalog, name: str) -> None:
    template = catalog.get(name)
    css = (template.directory / "style.css").read_text(encoding="utf-8")
    families = {family.strip(' "') for found in re.findall(r"font-family:([^;]*);", css) for family in found.split(",")}
    assert families <= FREE_FONTS
    assert "@import" not in css
    assert "url(" not in css
    assert "counter(" not in css


@pytest.mark.parametrize(("name", "engine"), FORMS)
def test_no_letter_waives_limitation_or_boasts_of_a_technique(catalog: Catalog, name: str, engine: str) -> None:
    template = catalog.get(name)
    for changes in ({}, *BRANCHES[name]):
        text = letter_text(template, changed(template.example, changes), engine)
        for phrase in ("区块链", "放弃时效", "放弃诉讼时效", "☑", "■", "(√)"):
            assert phrase not in text
        assert "（盖章处）" in text
        assert "年月日" in text, "the signer dates the slip by hand"


@pytest.mark.parametrize("name", NAMES)
def test_every_branch_passes_the_checks(catalog: Catalog, name: str) -> None:
    template = catalog.get(name)
    for changes in BRANCHES[name]:
        assert check_fields(template, changed(template.example, changes)).errors == ()


@pytest.mark.parametrize(
    ("name", "changes", "pointer"),
    [
        ("loan-demand", {"total": "1048937.51"}, "/total"),
        (
            "loan-demand",
            RICH_LOAN | {"principal": "1000000.01", "total": "1053949.85", "total_words": None},
            "/principal",
        ),
        ("loan-demand", {"total_words": "壹佰零肆万捌仟玖佰叁拾柒元"}, "/total_words"),
        ("loan-demand", {"pay_by_on": "2026-11-20"}, "/pay_by_on"),
        ("loan-demand", {"due_on": "2023-11-19"}, "/due_on"),
        ("loan-demand", {"costs": "1.00", "total": "1048938.50"}, "/costs_note"),
        ("loan-demand", {"principal": 1000000}, "/principal"),
        ("loan-demand", {"interest": "43,500.00"}, "/interest"),
        ("loan-demand", {"debtor": {"name": " 张三"}}, "/debtor/name"),
        ("loan-demand", {"as_of_on": "2026-02-30"}, "/as_of_on"),
        ("receivable-demand", {"principal": "506400.51", "total": "515515.72"}, "/principal"),
        ("guarantor-demand", {"guarantee": {"until_on": "2026-10-19"}}, "/guarantee/until_on"),
        ("guarantor-demand", {"guarantee": {"mode": "unclear"}}, "/guarantee/mode"),
        ("move-in-reminder", {"deadline_clause_no": None}, "/deadline_clause_no"),
        ("move-in-reminder", {"deadline_rule": "not_agreed"}, "/deadline_clause_no"),
        ("move-in-reminder", {"handover_on": "2026-09-09"}, "/handover_on"),
        ("move-in-reminder", {"fees_total": "10464.01"}, "/fees_total"),
        ("student-loan-demand", FALLING_DUE | {"penalty": "1.00", "total": "8269.40"}, "/penalty"),
    ],
)
def test_a_wrong_field_is_refused_at_its_place(
    catalog: Catalog, name: str, changes: dict[str, Any], pointer: str
) -> None:
    template = catalog.get(name)
    errors = check_fields(template, changed(template.example, changes)).errors
    assert pointer in {error.pointer for error in errors}


@pytest.mark.parametrize("engine", ["html", "docx"])
def test_the_guarantor_is_asked_according_to_the_mode(catalog: Catalog, engine: str) -> None:
    template = catalog.get("guarantor-demand")
    joint = letter_text(template, template.example, engine)
    general = letter_text(template, changed(template.example, GENERAL_GUARANTEE), engine)
    assert "我方现要求贵方承担连带保证责任" in joint
    assert "我方现要求贵方承担保证责任" in general
    assert "连带" not in general
    assert "不代替我方对债务人提起诉讼或者申请仲裁" in general
    for text in (joint, general):
        slip = text.rpartition("回执致：")[2]
        assert "诉讼时效" not in slip
        assert "不是新的保证合同" in slip


@pytest.mark.parametrize("engine", ["html", "docx"])
def test_the_move_in_letter_says_which_deadline_rule_applies(catalog: Catalog, engine: str) -> None:
    template = catalog.get("move-in-reminder")
    agreed = letter_text(template, template.example, engine)
    bare = letter_text(template, changed(template.example, HANDOVER_ONLY), engine)
    assert "依照合同第二十条第三款的约定，自本通知单交寄之日起满三日视为送达" in agreed
    assert "我方现正式要求贵方于2026年12月10日前" in agreed
    assert "以承运人记载的拒收之日或者首次有效投递之日为准" in bare
    assert "满三日" not in bare
    assert "诉讼时效" not in bare
    for text in (agreed, bare):
        assert "交付使用之日为2026年9月30日" in text
        assert "签收当日不计入" in text


@pytest.mark.parametrize("name", ["loan-demand", "receivable-demand", "student-loan-demand"])
def test_the_reply_slip_keeps_its_statements_apart(catalog: Catalog, name: str) -> None:
    template = catalog.get(name)
    slip = letter_text(template, template.example, "html").rpartition("回执致：")[2]
    for start in (
        "□（一）已收到",
        "□（二）经核对，确认",
        "□（三）承诺于",
        "□（四）知悉上述债务的诉讼时效期间可能已经届满，仍同意履行。",
    ):
        assert slip.count(start) == 1
    assert "不构成对时效利益的预先放弃" in slip


def test_a_student_whose_loan_is_not_yet_due_is_asked_nothing_about_limitation(catalog: Catalog) -> None:
    template = catalog.get("student-loan-demand")
    assert "诉讼时效" not in letter_text(template, changed(template.example, FALLING_DUE), "html")


def test_names_with_markup_and_rare_characters_arrive_whole(catalog: Catalog) -> None:
    template = catalog.get("loan-demand")
    fields = changed(template.example, RICH_LOAN)
    for engine in ("html", "docx"):
        assert LONG_NAME + "（统一社会信用代码：91110000MA00000051）：" in letter_text(template, fields, engine)


def test_the_list_of_sums_speaks_the_form_of_sha256sum() -> None:
    lines = (TEMPLATES / "templates.sum").read_text(encoding="ascii").splitlines()
    assert lines == sorted(lines, key=lambda line: line[66:])
    assert all(re.fullmatch(r"[0-9a-f]{64}  [a-z0-9-]+/v\d+/[\w.-]+", line) for line in lines)
