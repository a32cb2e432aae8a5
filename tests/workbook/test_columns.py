"""Columns to fields: the guess with its reasons, and what a given mapping may say."""

from pathlib import Path

import pytest

from service.errors import RefusedError
from service.render import Catalog
from service.workbook import (
    OURS,
    Header,
    Mapping,
    check_constants,
    check_mapping,
    column_letters,
    guess_mapping,
    header_fingerprint,
    our_columns,
)
from service.workbook.targets import JSON, targets_of

CATALOG = Catalog.load(Path(__file__).parents[2] / "templates")
LOAN, GUARANTOR, MOVE_IN = (CATALOG.get(name) for name in ("loan-demand", "guarantor-demand", "move-in-reminder"))


def headers(*texts: str) -> tuple[Header, ...]:
    return tuple(Header(text=text, column=column_letters(at), index=at) for at, text in enumerate(texts))


def guessed(*texts: str, template: object = LOAN) -> dict[str, str]:
    return guess_mapping(headers(*texts), template).to_json()


def test_a_title_may_give_several_words_for_one_thing() -> None:
    assert guessed("客户/收件人", "签订日", "身份证号或证件号码") == {
        "客户/收件人": "/debtor/name", "签订日": "/contract_on", "身份证号或证件号码": "/debtor/id_no",
    }  # fmt: skip
    assert guessed("客户/合同号") == {}


def test_each_column_has_its_reason() -> None:
    mapping = guess_mapping(
        headers("债权人全称", "收款账户/户名", "debtor.id_no", "第2期到期日", "贷款合同号", "尚欠 本金（元）*", "备注"),
        LOAN,
    )
    assert [(column.target, column.reason) for column in mapping.columns] == [
        ("/creditor/name", "exact title"),
        ("/account/name", "title within object"),
        ("/debtor/id_no", "field name"),
        ("/instalments/1/due_on", "numbered item of a list"),
        ("/contract_no", "synonym"),
        ("/principal", "exact title"),
    ]
    assert [unused.header for unused in mapping.unused] == ["备注"]
    assert "/debtor/name" in {missing.pointer for missing in mapping.missing}
    assert "/acceleration/clause_no" not in {missing.pointer for missing in mapping.missing}


@pytest.mark.parametrize("template", CATALOG.all(), ids=lambda template: template.name)
def test_the_schemas_own_titles_are_all_understood(template: object) -> None:
    """A workbook whose titles are the schema's, object before title, needs nobody's help."""
    leaves = [target for target in targets_of(template) if target.kind != JSON and "/*" not in target.pointer]
    found = guess_mapping(headers(*("/".join(target.titles) for target in leaves)), template)
    assert found.to_json() == {"/".join(target.titles): target.pointer for target in leaves}
    assert [missing.pointer for missing in found.missing if "/*" not in missing.pointer] == [
        target.pointer for target in targets_of(template) if target.required and target.pointer == "/invoices"
    ]


def test_no_two_columns_on_one_field() -> None:
    mapping = guess_mapping(headers("合同号", "合同编号", "借款合同号"), LOAN)
    assert mapping.to_json() == {"合同编号": "/contract_no"}
    assert all("已经填写" in unused.reason_zh for unused in mapping.unused)


def test_who_is_meant_depends_on_the_letter() -> None:
    assert guessed("姓名", "借款人") == {"姓名": "/debtor/name"}
    assert guessed("姓名", "借款人", template=GUARANTOR) == {"姓名": "/guarantor/name", "借款人": "/debtor/name"}
    assert guessed("业主", "电话", template=MOVE_IN) == {"业主": "/buyer/name", "电话": "/buyer/phone"}
    assert guessed("电话", "案件编号", "币种") == {"电话": "@phone", "案件编号": "@reference", "币种": "@currency"}


def test_a_title_that_fits_several_fields_is_left_to_the_caller() -> None:
    mapping = guess_mapping(headers("全称"), CATALOG.get("student-loan-demand"))
    assert mapping.columns == ()


@pytest.mark.parametrize("title", ["逾期各期1/期次", "第1期期次", "逾期各期1期次", "逾期各期第1期/期次"])
def test_numbered_titles(title: str) -> None:
    assert guessed(title) == {title: "/instalments/0/no"}


def test_numbered_titles_stay_within_the_list() -> None:
    assert guessed("第120期到期日") == {"第120期到期日": "/instalments/119/due_on"}
    assert guessed("第121期到期日", "第0期到期日") == {}


def test_our_own_columns_are_no_fields() -> None:
    mapping = guess_mapping(headers("姓名", *OURS), LOAN)
    assert mapping.to_json() == {"姓名": "/debtor/name"}
    assert header_fingerprint(headers("姓名", *OURS)) == header_fingerprint(headers("姓名"))


def test_a_column_of_the_desk_that_is_called_like_ours_is_the_desks() -> None:
    titles = ("姓名", "状态", "文件")
    before, after = (guess_mapping(headers(*both), LOAN) for both in (titles, (*titles, *OURS)))
    assert [each.header for each in after.unused[:2]] == ["状态", "文件"]
    assert all("the desk's own" in each.reason and "六列" in each.reason_zh for each in after.unused[:2])
    assert [(each.header, each.reason) for each in after.unused[2:]] == [(title, "filled by us") for title in OURS]
    assert before.unused == after.unused[:2]
    assert header_fingerprint(headers(*titles)) == header_fingerprint(headers(*titles, *OURS))
    assert header_fingerprint(headers(*titles)) != header_fingerprint(headers("姓名"))
    given = Mapping.from_json({"状态": "/penalty"})
    assert check_mapping(given, headers(*titles), LOAN) == check_mapping(given, headers(*titles, *OURS), LOAN) == ()


@pytest.mark.parametrize(
    ("titles", "first"),
    [
        (("姓名", *OURS), 1),
        ((*OURS, "姓名", *OURS, "备注"), 7),
        (("姓名", *OURS[:5]), None),
        (("姓名", *OURS[:3], "备注", *OURS[3:]), None),
        (("姓名", *reversed(OURS)), None),
    ],
)
def test_ours_are_the_last_six_neighbours_in_our_order(titles: tuple[str, ...], first: int | None) -> None:
    wanted = {} if first is None else {title: first + at for at, title in enumerate(OURS)}
    assert our_columns(headers(*titles)) == wanted


def test_our_titles_with_an_empty_column_between_them_are_not_ours() -> None:
    apart = [Header(text=title, column="", index=at + (at > 2)) for at, title in enumerate(OURS)]
    assert our_columns(apart) == {}


def test_one_table_for_two_letters() -> None:
    mapping = guess_mapping(headers("模板", "姓名", "保证期间"), LOAN, GUARANTOR)
    assert mapping.to_json() == {"模板": "@template", "保证期间": "/guarantee/until_on"}


def test_a_mapping_keeps_its_way_through_json_and_faults_are_told() -> None:
    given = Mapping.from_json({"姓名": "/debtor/name", "甲": "/debtor/name", "乙": "/nothing", "丙": "@nothing",
                               "函号": "/penalty", "丁": "/instalments/120/no", "戊": "/instalments/*/no"})  # fmt: skip
    assert Mapping.from_json(given.to_json()) == given
    faults = check_mapping(given, headers("姓名", "乙", "丙", "丁", "戊", *OURS), LOAN)
    assert {(fault.pointer, fault.code) for fault in faults} == {
        ("/甲", "mapping.no_column"), ("/甲", "mapping.target_twice"), ("/乙", "mapping.no_target"),
        ("/丙", "mapping.no_target"), ("/函号", "mapping.own_column"), ("/丁", "mapping.no_target"),
        ("/戊", "mapping.no_target"),
    }  # fmt: skip
    assert check_constants({"/creditor/name": "某某银行", "/x": "1"}, LOAN)[0].pointer == "/~1x"


@pytest.mark.parametrize("value", [[], "a", {"a": 1}, {"a": ""}, {"a": "x" * 300}, {str(n): "/a" for n in range(600)}])
def test_what_is_no_mapping_is_refused(value: object) -> None:
    with pytest.raises(RefusedError):
        Mapping.from_json(value)


def test_the_fingerprint_forgets_order_width_and_units() -> None:
    assert header_fingerprint(headers("姓名", "本金（元）")) == header_fingerprint(headers("本金(元)", " 姓 名"))
    assert header_fingerprint(headers("姓名")) != header_fingerprint(headers("姓名", "本金"))
    assert len(header_fingerprint(headers())) == 32
