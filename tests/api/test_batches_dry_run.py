"""A dry run: everything that is wrong with every row at its cell, samples to look at, and nothing done."""

import io

import httpx
import pypdf
import pytest
from batch_desk import COLUMNS, Desk, as_csv, as_ndjson, as_xlsx, read_here, row
from story import Story

pytestmark = pytest.mark.sqlite
WRONG = {"证件号码": "11010119900307747X", "本金": "一百万", "到期日": "2026-13-45", "合同名称": ""}
PLACES = {
    ("H", "到期日", "/due_on", "cell.date_unknown"),
    ("J", "本金", "/principal", "cell.money_unit"),
    ("D", "合同名称", "/contract_title", "schema.required"),
}
FORMS = {
    "名单.xlsx": as_xlsx,
    "名单.ndjson": as_ndjson,
    "名单-gb.csv": lambda *rows: as_csv(*rows, encoding="gb18030"),
    "名单-bom.csv": lambda *rows: as_csv(*rows, encoding="utf-8-sig"),
}


@pytest.fixture
def desk(story: Story, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Desk:
    read_here(monkeypatch)
    return Desk(story, admin)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_all_faults_of_all_rows_are_told_at_their_cells(desk: Desk, name: str) -> None:
    batch = desk.run(name, FORMS[name](row("张㛃", **WRONG), row(**WRONG)))
    assert desk.job(batch)["state"] == "partial"
    assert desk.now(batch)["rows"] == {"failed": 2}
    chinese, english = desk.rows(batch), desk.rows(batch, "en")
    for each in (*chinese, *english):
        assert {tuple(e[name] for name in ("column", "header", "pointer", "code")) for e in each["errors"]} == PLACES
        (doubt,) = each["warnings"]
        assert (doubt["column"], doubt["pointer"], doubt["code"]) == ("B", "/debtor/id_no", "number.check_digit")
    assert all(is_chinese(fault["message"]) for each in chinese for fault in each["errors"] + each["warnings"])
    assert all(fault["message"].isascii() for each in english for fault in each["errors"] + each["warnings"])


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.mark.slow
def test_samples_are_drawn_and_marked_and_nothing_is_done(desk: Desk) -> None:
    taken, matters = desk.taken_numbers(), desk.client.get("/v1/matters").json()
    batch = desk.run("名单.xlsx", as_xlsx(row("阿卜杜热合曼·买买提明示例"), row("王𬭊"), row(本金="坏")))
    told = desk.now(batch)
    assert (desk.job(batch)["state"], told["mode"], told["rows"]) == ("partial", "dry_run", {"pending": 2, "failed": 1})
    samples = [file for file in told["files"] if file["kind"] == "sample"]
    assert {file["name"] for file in samples} == {"row-2.pdf", "row-3.pdf"}
    assert all(is_chinese(file["about"]) for file in samples)
    for file in samples:
        document = pypdf.PdfReader(io.BytesIO(desk.client.get(file["href"]).content))
        pages = [page.extract_text() for page in document.pages]
        assert all("样张" in page and "未出具" in page for page in pages), pages
        assert "SAMPLE" in pages[0]
    assert "王𬭊" in "".join(pages) or "阿卜杜热合曼" in "".join(pages)
    assert (desk.taken_numbers(), desk.client.get("/v1/matters").json()) == (taken, matters)
    assert [each["状态"] for each in desk.filled(batch)] == ["核对无误", "核对无误", "未出具"]
    assert desk.filled(batch)[2]["错误"].startswith("本金：")
    assert [each["函号"] for each in desk.filled(batch)] == [None, None, None]


@pytest.mark.slow
def test_the_guess_is_told_with_its_reasons(desk: Desk) -> None:
    batch = desk.run("名单.csv", as_csv(row(本金="坏", 心情="好", 余额="1")))
    told = desk.now(batch)
    assert (told["mapping_source"], told["mapping"]) == ("guessed", COLUMNS)
    table = told["table"]
    assert {each["header"]: each["reason_zh"] for each in table["guess"]}["合同编号"] == "与字段标题相同"
    assert {each["header"] for each in table["unused"]} >= {"心情"}
    assert all(is_chinese(each["reason_zh"]) and each["reason"].isascii() for each in table["unused"][:1])
    assert table["missing"] == []  # the constants fill the rest
    assert desk.job(batch, "en")["state"] == "partial"
