"""Exactly once: the row again is passed over, a second letter of its kind is named, and a reason allows it."""

import io
from typing import Any

import httpx
import openpyxl
import pytest
from batch_desk import CONSTANTS, Desk, as_csv, as_ndjson, as_xlsx, columns, contract, read_here, row, saved
from sqlalchemy import select
from story import Story, matter_body, notice_body, opened, post

from service.batches.opening import open_matter
from service.records import batch_rows, tables
from service.records.engine import reading

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(story: Story, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Desk:
    read_here(monkeypatch)
    return Desk(story, admin)


def case(desk: Desk, number: str) -> dict[str, Any]:
    """The case system's matter on a contract: creditor, debtor 张三, a guarantor."""
    return opened(desk.client, claim=matter_body()["claim"] | {"contract_no": number})


def test_each_row_has_one_notice_and_the_file_again_none(desk: Desk) -> None:
    rows = [row("张三"), row("李四")]
    first = desk.issue(*rows)
    issued = desk.rows(first)
    assert [each["state"] for each in issued] == ["issued", "issued"]
    assert len({each["notice_no"] for each in issued}) == len({each["matter"] for each in issued}) == 2
    taken = desk.taken_numbers()
    again = desk.issue(*rows, row("王五"))
    assert desk.job(again)["state"] == "succeeded"
    assert desk.states(again) == ["skipped", "skipped", "issued"]
    assert [each["notice_no"] for each in desk.rows(again, state="skipped")] == [each["notice_no"] for each in issued]
    assert [each["notice"] for each in desk.rows(again, state="skipped")] == [each["notice"] for each in issued]
    assert desk.taken_numbers() == taken + 1
    with desk.story.engine.connect() as conn:
        states = select(tables.notice_numbers.c.state).distinct()
        assert conn.execute(states).scalars().all() == ["issued"]


def test_the_workbook_that_came_back_runs_only_what_was_corrected(desk: Desk) -> None:
    first = desk.run("名单.xlsx", as_xlsx(row("张三"), row("李四", 本金="坏")), dry_run=False, mapping=columns())
    assert desk.states(first) == ["issued", "failed"]
    back = openpyxl.load_workbook(io.BytesIO(desk.workbook(first)))
    titles = {cell.value: cell.column for cell in back.active[1]}
    assert titles.keys() >= {"状态", "错误", "函号", "邮件号", "签收", "文件"}
    number = back.active.cell(2, titles["函号"]).value
    assert number == desk.rows(first)[0]["notice_no"]
    assert "本金" in back.active.cell(3, titles["错误"]).value
    back.active.cell(3, titles["本金"]).value = "1000000"
    second = desk.run("名单-回填.xlsx", saved(back), dry_run=False)
    assert desk.now(second)["mapping_source"] == "saved"
    assert desk.states(second) == ["skipped", "issued"]
    assert [each["状态"] for each in desk.filled(second)] == ["此前已出具", "已出具"]
    assert desk.filled(second)[0]["函号"] == number
    back.active.cell(2, titles["罚息"]).value, back.active.cell(2, titles["合计"]).value = "5437.51", "1048937.51"
    third = desk.run("名单-回填.xlsx", saved(back), dry_run=False)
    assert desk.states(third) == ["failed", "skipped"]
    (fault,) = desk.rows(third)[0]["errors"]
    assert (fault["code"], number in fault["message"]) == ("row_changed_since", True)


def test_doubles_within_a_table_name_the_first(desk: Desk) -> None:
    number = contract()
    batch = desk.issue(row(合同编号=number), row("李四", 合同编号=number), row(合同编号=f" {number} ", 罚息="5437.5"))
    assert desk.states(batch) == ["issued", "issued", "failed"]  # another debtor is another addressee
    (fault,) = desk.rows(batch)[2]["errors"]
    assert fault["code"] == "row_double"
    assert "第 2 行" in fault["message"]
    assert "row 2" in desk.rows(batch, "en")[2]["errors"][0]["message"]


def test_a_notice_that_was_issued_singly_is_named(desk: Desk) -> None:
    number = contract()
    matter = case(desk, number)["id"]
    single = post(desk.client, "/v1/notices", notice_body(matter, contract_no=number)).json()["notice_no"]
    batch = desk.issue(row(合同编号=number))
    (fault,) = desk.rows(batch)[0]["errors"]
    assert (fault["code"], single in fault["message"]) == ("notice_duplicate", True)
    reasons = columns(理由="@duplicate_reason")
    by_column = desk.issue(row(合同编号=number, 理由="前函退回"), mapping=reasons)
    by_request = desk.issue(row(合同编号=number), duplicate_reason="第三次寄送")
    assert (desk.states(by_column), desk.states(by_request)) == (["issued"], ["issued"])
    entries = desk.entries(matter)
    assert [entry.get("duplicate_reason") for entry in entries] == [None, None, "前函退回", "第三次寄送"]
    assert {desk.rows(each)[0]["matter"] for each in (by_column, by_request)} == {matter}


def test_what_another_batch_issued_meanwhile_is_passed_over(desk: Desk) -> None:
    """Two desks read the same file, then both start: the second finds every letter there."""
    rows = as_csv(row("张三"), row("李四"))
    first = desk.run("名单.csv", rows, mapping=columns())
    second = desk.run("名单.csv", rows, mapping=columns())
    desk.start(first)
    desk.start(second)
    assert (desk.states(first), desk.states(second)) == (["issued"] * 2, ["skipped"] * 2)
    assert [each["notice"] for each in desk.rows(first)] == [each["notice"] for each in desk.rows(second)]


def test_a_debtor_and_a_guarantor_share_a_matter_whichever_row_is_first(desk: Desk) -> None:
    for guarantor_first in (True, False):
        number = contract()
        debtor = row("张三", 合同编号=number, 模板="loan-demand") | guarantee("", "")
        surety = row("", 合同编号="", 模板="guarantor-demand", 合同名称="", 借款金额="", 合同签订日="") | {
            "证件号码": "", "送达地址": "",
        } | guarantee("张三", number)  # fmt: skip
        rows = [surety, debtor] if guarantor_first else [debtor, surety]
        batch = desk.issue(*rows, mapping=columns(模板="@template", **GUARANTEE), constants=CONSTANTS)
        assert desk.states(batch) == ["issued", "issued"], desk.rows(batch)
        (matter,) = {each["matter"] for each in desk.rows(batch)}
        parties = desk.client.get(f"/v1/matters/{matter}").json()["parties"]
        assert [party["role"] for party in parties] == ["creditor", "debtor", "guarantor"]
        assert len({party["party"] for party in parties}) == 3


GUARANTEE = {
    "保证人": "/guarantor/name",
    "保证人统一社会信用代码": "/guarantor/uscc",
    "保证人地址": "/guarantor/address",
    "保证合同": "/guarantee/contract_title",
    "保证合同编号": "/guarantee/contract_no",
    "保证合同签订日": "/guarantee/contract_on",
    "保证方式": "/guarantee/mode",
    "保证期间至": "/guarantee/until_on",
    "主合同名称": "/main_contract/title",
    "主合同编号": "/main_contract/no",
    "主合同签订日": "/main_contract/on",
}


def guarantee(debtor: str, number: str) -> dict[str, str]:
    """The guarantor's columns; without a debtor they stand empty."""
    values = [
        "示例担保有限公司", "91110000MA00000064", "示例省示例市样本路6号", "保证合同", "示例保字第1号", "2023-11-20",
        "joint", "2029-10-20", "个人借款合同", number, "2023-11-20",
    ]  # fmt: skip
    return dict(zip(GUARANTEE, values if debtor else [""] * len(values), strict=True)) | (
        {"收件人": debtor} if debtor else {}
    )


def test_the_matter_of_the_case_system_is_found(desk: Desk) -> None:
    """By contract number and debtor, however the number is written; a debtor that it does not have is told."""
    matter = case(desk, "示例借字第2099-0001号")
    assert [party["role"] for party in matter["parties"]] == ["creditor", "debtor", "guarantor"]
    batch = desk.issue(row(合同编号="示例借字第2099-0001号"))
    assert [each["matter"] for each in desk.rows(batch)] == [matter["id"]]
    assert desk.entries(matter["id"])[-1]["party"] == "p2"


def test_a_contract_number_in_two_widths_and_spacings_is_one_matter(desk: Desk) -> None:
    number = contract()
    wide, spaced = f"（{number}）", f"({number[:3]} {number[3:]})"
    batch = desk.issue(row(合同编号=wide), row(合同编号=spaced, 截至日="2026-11-21"))
    assert desk.states(batch) == ["issued", "issued"]
    assert len({each["matter"] for each in desk.rows(batch)}) == 1
    again = desk.issue(row(合同编号=spaced, 罚息="5437.5"))
    assert desk.codes(again) == [["notice_duplicate"]]


def test_a_name_in_two_widths_is_one_party(desk: Desk) -> None:
    number, mapping = contract(), columns(证件号码="/debtor/uscc")
    rows = [
        row(name, 合同编号=number, 证件号码="91110000MA0000003T", 截至日=day)
        for name, day in (("样本（北京）有限公司", "2026-11-20"), ("样本(北京) 有限公司", "2026-11-21"))
    ]
    batch = desk.issue(*rows, mapping=mapping)
    assert desk.states(batch) == ["issued", "issued"], desk.rows(batch)
    (matter,) = {each["matter"] for each in desk.rows(batch)}
    parties = desk.client.get(f"/v1/matters/{matter}").json()["parties"]
    assert [party["role"] for party in parties] == ["creditor", "debtor"]
    later = desk.issue(rows[1] | {"截至日": "2026-11-22"}, mapping=mapping)  # its dry run would have passed it
    assert desk.states(later) == ["issued"], desk.rows(later)


def test_a_doubtful_matter_is_told(desk: Desk) -> None:
    number = contract()
    two = [case(desk, number)["id"] for _ in range(2)]
    batch = desk.run("名单.csv", as_csv(row(合同编号=number)), mapping=columns())
    (fault,) = desk.rows(batch)[0]["errors"]
    assert (fault["pointer"], fault["code"], fault["header"]) == ("/contract_no", "matter_ambiguous", "合同编号")
    assert all(matter in fault["message"] for matter in two)
    titles = columns(案件="@matter", 当事人="@party")
    at_hand = [
        row(合同编号=number, 案件=two[1], 当事人=""), row(案件="m_nothing", 当事人=""), row(案件=two[0], 当事人="p9")
    ]  # fmt: skip
    named = desk.run("名单.csv", as_csv(*at_hand), mapping=titles)
    assert desk.codes(named) == [[], ["not_found"], ["party_unknown"]]
    assert [each["errors"][0]["header"] for each in desk.rows(named)[1:]] == ["案件", "当事人"]
    desk.start(named)
    assert [each["matter"] for each in desk.rows(named)] == [two[1], None, None]


def test_the_parties_of_all_rows_of_a_matter_are_gathered(desk: Desk) -> None:
    """The guarantor's row is the sixtieth of its matter."""
    number = contract()
    days = [f"2026-{month:02d}-{day:02d}" for month in (9, 10, 11) for day in range(1, 21)]
    known = {"合同编号": number, "模板": "loan-demand", "到期日": "2026-08-20"}
    debtor = [row("张三", 截至日=day, **known) | guarantee("", "") for day in days[:59]]
    surety = row("", 合同编号="", 模板="guarantor-demand", 合同名称="", 借款金额="", 合同签订日="") | {
        "证件号码": "", "送达地址": "",
    } | guarantee("张三", number)  # fmt: skip
    batch = desk.run("名单.csv", as_csv(*debtor, surety), mapping=columns(模板="@template", **GUARANTEE))
    assert desk.states(batch) == ["pending"] * 60
    with reading(desk.story.engine) as conn:
        first = batch_rows.row(conn, batch_id=batch, number=2)
    template = desk.story.catalog.get("loan-demand")
    matter_id, _ = open_matter(desk.story.batch_parts, desk.story.tenant, first, template)
    parties = desk.client.get(f"/v1/matters/{matter_id}").json()["parties"]
    assert [party["role"] for party in parties] == ["creditor", "debtor", "guarantor"]


def test_two_debtors_of_one_name_stay_two(desk: Desk) -> None:
    """One contract, one name, two identity numbers: each letter is recorded against its own."""
    number, other = contract(), "11010119900307109X"
    batch = desk.issue(row("张三", 合同编号=number), row("张三", 合同编号=number, 证件号码=other, 截至日="2026-11-19"))
    assert desk.states(batch) == ["issued", "issued"], desk.codes(batch)
    (matter,) = {each["matter"] for each in desk.rows(batch)}
    parties = desk.client.get(f"/v1/matters/{matter}").json()["parties"]
    known = {party["party"]: party.get("id_no") for party in parties}
    sent_to = [known[entry["party"]] for entry in desk.entries(matter) if "documents" in entry]
    assert sorted(sent_to) == sorted([row()["证件号码"], other])


def test_a_row_that_no_matter_can_be_opened_on_does_not_keep_another_from_opening_it(desk: Desk) -> None:
    template, number = desk.story.catalog.get("move-in-reminder"), contract()
    fields = dict(template.example) | {"contract_no": number}
    bare = {name: value for name, value in fields.items() if name != "payment"} | {"handover_on": "2026-11-30"}
    asked = {"template": "move-in-reminder", "mapping": [{"header": "内容", "target": "@fields"}], "constants": None}
    batch = desk.run("名单.ndjson", as_ndjson({"内容": fields}, {"内容": bare}), dry_run=False, **asked)
    assert [each["state"] for each in desk.rows(batch)] == ["issued", "failed"]
    desk.post(batch, "retry")  # there is a matter by now
    desk.story.run_batches()
    assert desk.states(batch) == ["issued", "issued"]
    assert len({each["matter"] for each in desk.rows(batch)}) == 1


def test_a_letter_that_was_issued_stays_issued_though_its_matter_is_doubtful_now(desk: Desk) -> None:
    number = contract()
    first = desk.issue(row(合同编号=number))
    case(desk, number)
    assert desk.states(desk.issue(row(合同编号=number, 罚息="5437.51", 合计="1048937.51"))) == ["failed"]
    again = desk.issue(row(合同编号=number))
    assert (desk.states(first), desk.states(again)) == (["issued"], ["skipped"])


def test_a_guarantor_whom_the_open_matter_does_not_have_is_told_before_anything_is_issued(desk: Desk) -> None:
    number = contract()
    case(desk, number)
    stranger = row("", 合同编号="", 模板="guarantor-demand", 合同名称="", 借款金额="", 合同签订日="") | {
        "证件号码": "", "送达地址": "",
    } | guarantee("张三", number) | {"保证人": "另一担保有限公司"}  # fmt: skip
    batch = desk.run("名单.csv", as_csv(stranger), mapping=columns(模板="@template", **GUARANTEE))
    (fault,) = desk.rows(batch)[0]["errors"]
    assert (fault["code"], fault["header"]) == ("addressee_not_in_matter", "保证人"), fault


def test_what_no_matter_can_be_opened_on_is_told_and_goes_into_one_that_the_desk_opens(desk: Desk) -> None:
    """A reminder to move in may state no sum: it is told in the dry run, and is issued as it stands once it can be."""
    template, number = desk.story.catalog.get("move-in-reminder"), contract()
    fields = {name: value for name, value in template.example.items() if name != "payment"} | {"contract_no": number}
    asked = {"template": "move-in-reminder", "mapping": [{"header": "内容", "target": "@fields"}], "constants": None}
    batch = desk.run("名单.ndjson", as_ndjson({"内容": fields}), **asked)
    assert desk.codes(batch) == [["claim_not_told"]]
    buyer = {"party": "p2", "role": "debtor", "kind": "person", "name": fields["buyer"]["name"]}
    claim = matter_body()["claim"] | {"contract_no": number}
    matter = opened(desk.client, claim=claim, parties=[matter_body()["parties"][0], buyer])
    desk.start(batch)
    assert desk.states(batch) == ["failed"]
    desk.post(batch, "retry")
    desk.story.run_batches()
    assert [(each["state"], each["matter"]) for each in desk.rows(batch)] == [("issued", matter["id"])]
    again = desk.run("名单.ndjson", as_ndjson({"内容": fields | {"deadline_clause_no": "第二十一条"}}), **asked)
    assert desk.codes(again) == [["notice_duplicate"]]  # of the same kind, and no longer that there is no matter
