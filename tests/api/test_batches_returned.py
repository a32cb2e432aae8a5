"""The workbook goes out and comes back: what 签收 shows, and a row whose 函号 is looked up and not issued again."""

import io
from typing import Any

import httpx
import openpyxl
import pytest
from batch_desk import Desk, as_csv, as_xlsx, columns, contract, read_here, row, saved
from story import Story, matter_body, opened, upload

from service import numbers
from service.batches import checking
from service.errors import StoreError
from service.records.engine import reading

pytestmark = pytest.mark.slow
REASONS = columns(理由="@duplicate_reason")


@pytest.fixture
def desk(story: Story, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Desk:
    read_here(monkeypatch)
    return Desk(story, admin)


def void(desk: Desk, notice_no: str) -> None:
    with reading(desk.story.engine) as conn:
        number = numbers.find(conn, tenant_id=desk.story.tenant.id, notice_no=notice_no)
    numbers.void(desk.story.batch_parts.ledger, number, reason="字段有误")


def filled_anew(desk: Desk, batch: str) -> bytes:
    desk.post(batch, "workbook")
    desk.story.run_posts()
    return desk.workbook(batch)


def changed(workbook: bytes, **cells: Any) -> bytes:
    """The workbook with other values in its first row, by title."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    titles = {cell.value: cell.column for cell in book.active[1]}
    for title, value in cells.items():
        book.active.cell(2, titles[title]).value = value
    return saved(book)


def back(desk: Desk, workbook: bytes, **facts: Any) -> str:
    return desk.run("名单-回填.xlsx", workbook, **{"dry_run": False, "mapping": columns()} | facts)


def test_a_voided_notice_is_told_and_issued_anew_once_its_number_is_cleared(desk: Desk) -> None:
    first = desk.issue(row("乙某"))
    (issued,) = desk.rows(first)
    void(desk, issued["notice_no"])
    workbook = filled_anew(desk, first)
    assert [(each["状态"], each["函号"]) for each in desk.filled(first)] == [("已作废", issued["notice_no"])]
    second = back(desk, workbook)
    for language, told in (("zh-CN", "清空函号"), ("en", "clear 函号")):
        (fault,) = desk.rows(second, language)[0]["errors"]
        assert fault["code"] == "notice_voided"
        assert issued["notice_no"] in fault["message"]
        assert told in fault["message"]
    assert desk.post(second, "retry").status_code == 409  # not as it stands
    third = back(desk, changed(desk.workbook(second), 函号=None))
    assert desk.states(third) == ["issued"]
    assert desk.rows(third)[0]["notice_no"] != issued["notice_no"]
    fourth = back(desk, workbook)  # the old workbook once more: its letter is there by now
    assert [(each["state"], each["notice_no"]) for each in desk.rows(fourth)] == [
        ("skipped", desk.rows(third)[0]["notice_no"])
    ]


def test_a_row_that_was_issued_with_a_reason_is_passed_over(desk: Desk) -> None:
    """By its own column or for the whole batch; and twice issued, each workbook is passed over by its own number."""
    rows = as_csv(row("丙某") | {"理由": "前函退回"}, row("丁某", 到期日="坏") | {"理由": ""})
    asked = {"dry_run": False, "mapping": REASONS}
    batches = [desk.run("名单.csv", rows, **asked) for _ in range(2)]
    issued = [desk.rows(each)[0]["notice_no"] for each in batches]
    assert len(set(issued)) == 2  # a reason asks for one more
    taken = desk.taken_numbers()
    for batch, notice_no in zip(batches, issued, strict=True):
        again = back(desk, desk.workbook(batch), mapping=REASONS)
        assert desk.states(again) == ["skipped", "failed"]
        assert desk.rows(again)[0]["notice_no"] == notice_no
        whole = back(desk, desk.workbook(batch), mapping=REASONS, duplicate_reason="第三次寄送")
        assert desk.states(whole) == ["skipped", "failed"]
    assert desk.taken_numbers() == taken


def test_a_number_that_nobody_took_is_told(desk: Desk) -> None:
    workbook = desk.workbook(desk.run("名单.xlsx", as_xlsx(row("戊某", 本金="坏")), dry_run=False, mapping=columns()))
    batch = back(desk, changed(workbook, 函号="DEMO-2099-000001" + "九" * 90, 本金="1000000"))
    (fault,) = desk.rows(batch)[0]["errors"]
    assert fault["code"] == "notice_no_unknown"
    assert "DEMO-2099-000001" in fault["message"]
    assert len(fault["message"]) < 120
    assert desk.states(back(desk, changed(desk.workbook(batch), 函号=""))) == ["issued"]


def test_a_refused_row_keeps_its_number_in_the_workbook(desk: Desk) -> None:
    """Or the workbook of the refusal, sent again, would issue the second notice that was refused."""
    first = desk.run("名单.xlsx", as_xlsx(row("己某")), dry_run=False, mapping=columns())
    notice_no = desk.rows(first)[0]["notice_no"]
    taken, workbook = desk.taken_numbers(), desk.workbook(first)
    for cells in ({"截至日": "2026-11-21"}, {"截至日": "坏"}, {"截至日": "2026-11-22"}):
        batch = back(desk, changed(workbook, **cells))
        workbook = desk.workbook(batch)
        (told,) = desk.filled(batch)
        assert (told["状态"], told["函号"], told["文件"]) == ("未出具", notice_no, None)
    assert desk.codes(batch) == [["row_changed_since"]]
    assert desk.taken_numbers() == taken
    assert desk.states(back(desk, changed(workbook, 截至日="2026-11-20"))) == ["skipped"]


def test_a_row_with_a_number_and_a_doubtful_matter_is_not_issued_by_a_retry(desk: Desk) -> None:
    number = contract()
    first = desk.run("名单.xlsx", as_xlsx(row("张三", 合同编号=number)), dry_run=False, mapping=columns())
    opened(desk.client, claim=matter_body()["claim"] | {"contract_no": number})
    second = back(desk, changed(desk.workbook(first), 截至日="2026-11-21"))
    assert desk.codes(second) == [["row_changed_since", "matter_ambiguous"]]
    assert desk.post(second, "retry").status_code == 409


def test_the_receipt_is_of_the_dispatch_whose_number_is_shown(
    desk: Desk, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story.clock, "at", story.clock.at)
    batch = desk.issue(row("庚某"))
    notice = desk.rows(batch)[0]["notice"]
    story.clock.move(days=60)

    def shown() -> tuple[str | None, str | None]:
        filled_anew(desk, batch)
        (told,) = desk.filled(batch)
        return told["邮件号"], told["签收"]

    def receipt(dispatch: str, **facts: Any) -> None:
        answer = upload(desk.client, f"/v1/dispatches/{dispatch}/receipts", facts)
        assert answer.status_code == 201, answer.text

    def posted(**more: Any) -> str:
        known = {"item_description": "催收函", "recipient": "庚某", "address": "示例省示例市1号"}
        answer = upload(desk.client, f"/v1/notices/{notice}/dispatches", known | more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    by_hand = posted(carrier="hand", posted_at="2026-12-01T09:00:00+08:00")
    receipt(by_hand, outcome="refused", delivered_at="2026-12-01T10:00:00+08:00", reason="拒收")
    assert shown() == (None, "拒收 2026-12-01")
    first = posted(carrier="ems", waybill_no="1000000000001", posted_at="2026-12-01T10:00:00+08:00")
    assert shown() == ("1000000000001", None)
    receipt(first, outcome="refused", delivered_at="2026-12-03T10:00:00+08:00", reason="拒收")
    assert shown() == ("1000000000001", "拒收 2026-12-03")
    second = posted(carrier="ems", waybill_no="1000000000002", posted_at="2026-12-10T10:00:00+08:00")
    assert shown() == ("1000000000002", None)  # on its way
    receipt(second, outcome="returned", reason="查无此人")
    assert shown() == ("1000000000002", "退回")
    posted(carrier="hand", posted_at="2026-12-20T09:00:00+08:00")
    assert shown() == ("1000000000002", "退回")


@pytest.mark.parametrize("where", ["read_row", "find_matter"])
def test_what_nobody_thought_of_fails_its_row_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    real, broken = getattr(checking, where), iter([False, True, False])

    def breaks(*args: Any, **more: Any) -> Any:
        if next(broken):
            raise ZeroDivisionError("辛某")
        return real(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(checking, where, breaks)
        batch = desk.run("名单.csv", as_csv(row(), row("辛某"), row()), mapping=columns())
    assert desk.states(batch) == ["pending", "failed", "pending"]
    (fault,) = desk.rows(batch)[1]["errors"]
    assert (fault["code"], "ZeroDivisionError" in fault["message"]) == ("internal_error", True)
    assert "辛某" not in fault["message"]
    desk.start(batch)
    assert desk.states(batch) == ["issued", "failed", "issued"]


def test_a_row_that_breaks_the_checks_keeps_its_number(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.run("名单.xlsx", as_xlsx(row("壬某")), dry_run=False, mapping=columns())

    def breaks(*_args: Any, **_more: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(checking, "find_matter", breaks)
        again = back(desk, desk.workbook(first))
    assert desk.codes(again) == [["internal_error"]]
    assert desk.filled(again)[0]["函号"] == desk.rows(first)[0]["notice_no"]


def test_a_store_that_is_away_is_no_fault_of_the_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_more: Any) -> Any:
        raise StoreError("the database is away")

    monkeypatch.setattr(checking, "find_matter", away)
    with pytest.raises(StoreError):
        desk.run("名单.csv", as_csv(row()), mapping=columns())
