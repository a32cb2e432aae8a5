"""What columns mean: guessed, confirmed, remembered, or given; constants beside them; letters and engines by column."""

from typing import Any

import httpx
import pytest
from batch_desk import COLUMNS, CONSTANTS, Desk, as_csv, columns, read_here, row, sent
from story import Story

from service.api.batch_schema import BatchChange, BatchFacts

pytestmark = [pytest.mark.sqlite, pytest.mark.slow]


@pytest.fixture
def desk(story: Story, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Desk:
    read_here(monkeypatch)
    return Desk(story, admin)


@pytest.mark.parametrize("model", [BatchFacts, BatchChange])
def test_the_documents_examples_are_what_they_say(model: type[BatchChange]) -> None:
    schema = model.model_json_schema()
    for example in schema["examples"]:
        assert model.model_validate(example).change()["constants"]["/creditor/name"]
    for name, member in schema["properties"].items():
        for example in member.get("examples", []):
            assert model.model_validate(({"template": "loan-demand"} if model is BatchFacts else {}) | {name: example})


def test_a_guess_alone_issues_nothing(desk: Desk) -> None:
    batch = desk.run("名单.csv", as_csv(row(新列="")), dry_run=False)
    job = desk.job(batch)
    assert (job["state"], job["error"]["code"]) == ("failed", "mapping_unconfirmed")
    assert desk.job(batch, "en")["error"]["message"].isascii()
    told = desk.now(batch)
    assert (told["mode"], told["mapping_source"], told["rows"]) == ("dry_run", "guessed", {})
    desk.start(batch)
    told = desk.now(batch)
    assert (told["mode"], told["mapping_source"], told["rows"]) == ("real", "given", {"issued": 1})


def test_what_was_confirmed_is_remembered_by_the_titles(desk: Desk) -> None:
    """Unit and width of a title and the order of columns do not make another table."""
    first = desk.run("名单.csv", as_csv(row(季度="")), dry_run=False)
    desk.start(first)
    assert desk.states(first) == ["issued"]
    again = {
        "季度": "",
        **{header + "（元）" * (header == "本金"): value for header, value in row(到期日="坏").items()},
    }
    second = desk.run("下月.csv", as_csv(again), constants=None)
    told = desk.now(second)
    assert told["mapping_source"] == "saved"
    assert told["mapping"]["本金（元）"] == "/principal"
    assert told["constants"]["/creditor/name"] == CONSTANTS["creditor"]["name"]
    assert desk.codes(second) == [["cell.date"]]
    other = desk.run("下月.csv", as_csv(row(季度="")), constants=None, dry_run=False)
    assert desk.states(other) == ["issued"]  # what is remembered needs no second look


def test_a_mapping_given_for_a_dry_run_is_remembered_when_it_is_started(desk: Desk) -> None:
    batch = desk.run("名单.csv", as_csv(row(网点="", 到期日="坏")), mapping=columns(网点="@reference"))
    before = desk.run("下月.csv", as_csv(row(网点="", 到期日="坏")))
    assert desk.now(before)["mapping_source"] == "guessed"
    desk.start(batch)
    after = desk.run("下月.csv", as_csv(row(网点="", 到期日="坏")))
    assert (desk.now(after)["mapping_source"], desk.now(after)["mapping"]["网点"]) == ("saved", "@reference")


def test_another_tenants_tables_are_not_remembered_for_us(desk: Desk, story: Story) -> None:
    desk.issue(row(部门="", 到期日="坏"), mapping=columns())
    with story.client(key=story.other_key) as client:
        theirs = Desk(story, client)
        batch = theirs.run("名单.csv", as_csv(row(部门="", 到期日="坏")))
        assert theirs.now(batch)["mapping_source"] == "guessed"


WRONG = {
    "/没有": "mapping.no_column",
    "/甲": "mapping.no_target",
    "/乙": "mapping.target_twice",
    "/丙": "mapping.no_target",
    "/丁": "mapping.no_target",
}


def test_a_wrong_mapping_is_told_and_can_be_put_right(desk: Desk) -> None:
    """Columns that are not there, fields that are not there, one field twice, too far into a list: all at once."""
    mapping = columns(没有="/costs", 甲="/colour", 乙="/debtor/name", 丙="@colour", 丁="/instalments/9999/due_on")
    batch = desk.issue(row(甲="", 乙="", 丙="", 丁="", 到期日="坏"), mapping=mapping)
    for language in ("zh-CN", "en"):
        job = desk.job(batch, language)
        assert (job["state"], job["error"]["code"]) == ("failed", "mapping_wrong")
        assert {fault["pointer"]: fault["code"] for fault in job["error"]["errors"]} == WRONG
    assert desk.now(batch)["mode"] == "dry_run"
    assert [header["text"] for header in desk.now(batch)["table"]["headers"]] == [*COLUMNS, "甲", "乙", "丙", "丁"]
    assert desk.post(batch, "start", {}).json()["code"] == "batch_unread"
    desk.start(batch, mapping=columns())
    assert desk.codes(batch) == [["cell.date"]]


def test_a_wrong_mapping_at_the_start_loses_nothing(desk: Desk) -> None:
    batch = desk.run("名单.csv", as_csv(row(附注="", 到期日="坏")))
    desk.start(batch, mapping=columns(没有="/costs"))
    assert desk.job(batch)["error"]["code"] == "mapping_wrong"
    desk.start(batch)
    assert desk.codes(batch) == [["cell.date"]]


@pytest.mark.parametrize(
    ("constants", "pointer"),
    [
        ({"colour": "red"}, "/~1colour"),
        ({"debtor": {"shoe": "42"}}, "/~1debtor~1shoe"),
        ({"creditor": 7}, "/~1creditor"),
    ],
)
def test_a_constant_without_a_place_is_told(desk: Desk, constants: Any, pointer: str) -> None:
    batch = desk.issue(row(到期日="坏"), constants=constants)
    if pointer == "/~1creditor":  # there is such a place, but it takes no number: each row says so
        assert "/creditor" in [error["pointer"] for error in desk.rows(batch)[0]["errors"]]
        return
    (fault,) = desk.job(batch)["error"]["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, "mapping.no_target")


@pytest.mark.parametrize(
    "facts",
    [
        {"mapping": [{"header": "收件人", "target": "name"}]},
        {"mapping": [{"header": "收件人", "target": "/debtor/name"}] * 2},
        {"mapping": []},
        {"mapping": {"收件人": "/debtor/name"}},
        {"constants": ["/creditor/name"]},
        {"template": "../x"},
        {"engine": "tex"},
        {"dry_run": "maybe"},
        {"sheets": "1"},
    ],
)
def test_facts_that_cannot_be_are_refused_at_once(desk: Desk, facts: Any) -> None:
    answer = sent(desk.client, "名单.csv", as_csv(row()), **facts)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), answer.text
    (name,) = facts
    assert answer.json()["errors"][0]["pointer"].startswith(f"/{name}")


def test_a_cell_wins_over_a_constant(desk: Desk) -> None:
    branch = "某某银行股份有限公司样本支行"
    batch = desk.issue(row(债权人=branch), row(债权人=""), mapping=columns(债权人="/creditor/name"))
    names = [desk.entries(each["matter"])[-1]["fields"]["creditor"]["name"] for each in desk.rows(batch)]
    assert names == [branch, CONSTANTS["creditor"]["name"]]


def test_the_letter_and_its_engine_by_column(desk: Desk) -> None:
    """Named by its name or by its Chinese title; what is neither is told at the cell."""
    more = columns(模板="@template", 排版="@engine")
    title = desk.story.catalog.get("loan-demand").title_zh
    batch = desk.issue(
        row(模板=title, 排版="docx"),
        row(模板="loan-demand", 排版=""),
        row(模板="没有这种函", 排版=""),
        row(模板="", 排版="tex"),
        template="loan-demand",
        mapping=more,
    )
    assert desk.states(batch) == ["issued", "issued", "failed", "failed"]
    engines = [desk.entries(each["matter"])[-1]["engine"] for each in desk.rows(batch, state="issued")]
    assert engines == ["docx", "html"]
    unknown, not_offered = desk.rows(batch, state="failed")
    assert [(e["column"], e["header"], e["code"]) for e in unknown["errors"]] == [("O", "模板", "not_found")]
    assert [(e["column"], e["pointer"], e["code"]) for e in not_offered["errors"]] == [
        ("P", "@engine", "engine_not_offered")
    ]


def test_what_is_beside_the_fields_is_checked_as_well(desk: Desk) -> None:
    """It goes into entries that stay: no hidden characters, no marks of templates, one line, of no great length."""
    more = columns(理由="@duplicate_reason", 编号="@reference", 电话="@phone", 排版="@engine")
    bad = row(理由="一行\n两行", 编号="A\u202eB", 电话="{{x}}", 排版="x" * 300)
    batch = desk.run("名单.csv", as_csv(bad, row(理由="长" * 201, 编号="", 电话="", 排版="")), mapping=more)
    first, second = desk.rows(batch)
    assert {e["header"]: e["pointer"] for e in first["errors"]} == {
        "理由": "@duplicate_reason", "编号": "@reference", "电话": "@phone", "排版": "@engine",
    }  # fmt: skip
    assert [(e["header"], e["code"]) for e in second["errors"]] == [("理由", "text.no_line")]
