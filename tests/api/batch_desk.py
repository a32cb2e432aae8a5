"""A desk that sends tables: rows of sample borrowers, and what is asked of a batch over HTTP."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from story import Story, fresh_key

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.workbooks import CONSTANTS
from service.workbook import open_table, write_back

CONTENT = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
COLUMNS = {
    "收件人": "/debtor/name",
    "证件号码": "/debtor/id_no",
    "送达地址": "/debtor/address",
    "合同名称": "/contract_title",
    "合同编号": "/contract_no",
    "合同签订日": "/contract_on",
    "借款金额": "/principal_lent",
    "到期日": "/due_on",
    "截至日": "/as_of_on",
    "本金": "/principal",
    "利息": "/interest",
    "罚息": "/penalty",
    "合计": "/total",
    "清偿期限": "/pay_by_on",
}
"""The columns of a sample table and what they mean."""
_contracts = iter(range(10**9))


def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and write tables in this process: starting the child takes longer than all else in these tests.

    What the child bounds, and that it says the same, is tested in `tests/workbook` and `test_batches_refused`.
    """
    for module in ("reading", "returning"):
        monkeypatch.setattr(f"service.batches.{module}.open_table_apart", open_table)
    monkeypatch.setattr("service.batches.returning.write_back_apart", write_back)


def columns(**more: str) -> list[dict[str, str]]:
    """The mapping of a sample table as it is sent; `more` adds columns."""
    return [{"header": header, "target": target} for header, target in (COLUMNS | more).items()]


def contract() -> str:
    return f"示例借字第2026-{next(_contracts):06d}号"


def row(name: str = "张三", **more: Any) -> dict[str, Any]:
    """One sample borrower under a contract of its own."""
    return {
        "收件人": name,
        "证件号码": "110101199003077475",
        "送达地址": "示例省示例市示例区样本路1号2单元301室",
        "合同名称": "个人借款合同",
        "合同编号": contract(),
        "合同签订日": "2023-11-20",
        "借款金额": "1,000,000.00",
        "到期日": "2026年10月20日",
        "截至日": "2026-11-20",
        "本金": "1000000",
        "利息": "43500.00",
        "罚息": "5437.50",
        "合计": "1048937.50",
        "清偿期限": "2026-12-10",
    } | more


def as_csv(*rows: dict[str, Any], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_ndjson(*rows: dict[str, Any]) -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows).encode()


def as_xlsx(*rows: dict[str, Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(rows[0]))
    for each in rows:
        sheet.append([each.get(header) for header in rows[0]])
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def sent(client: httpx.Client, name: str, data: bytes, *, key: str = "", **facts: Any) -> httpx.Response:
    """Upload a table for loan demands, with the sample constants unless others are named."""
    asked = {"template": "loan-demand", "constants": CONSTANTS} | facts
    content_type = CONTENT.get(name.rpartition(".")[2], "application/octet-stream")
    return client.post(
        "/v1/batches",
        files=[("facts", (None, json.dumps(asked), "application/json")), ("table", (name, data, content_type))],
        headers={"Idempotency-Key": key} if key else fresh_key(),
    )


class Desk:
    """Sends tables to one installation, does the work at once, and looks at what came of it."""

    def __init__(self, story: Story, client: httpx.Client) -> None:
        self.story, self.client = story, client

    def run(self, name: str, data: bytes, **facts: Any) -> str:
        """Upload and do what was asked; gives the batch."""
        answer = sent(self.client, name, data, **facts)
        assert answer.status_code == 202, answer.text
        self.story.run_batches()
        return str(answer.json()["batch"])

    def issue(self, *rows: dict[str, Any], **facts: Any) -> str:
        """Issue these rows with the sample mapping; gives the batch."""
        return self.run("名单.csv", as_csv(*rows), **{"dry_run": False, "mapping": columns()} | facts)

    def post(self, batch: str, verb: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.client.post(f"/v1/batches/{batch}/{verb}", json=body, headers=fresh_key() | headers)

    def start(self, batch: str, **change: Any) -> None:
        answer = self.post(batch, "start", change)
        assert answer.status_code == 202, answer.text
        self.story.run_batches()

    def now(self, batch: str, language: str = "zh-CN") -> dict[str, Any]:
        answer = self.client.get(f"/v1/batches/{batch}", headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def job(self, batch: str, language: str = "zh-CN") -> dict[str, Any]:
        address = f"/v1/jobs/{self.now(batch)['job']}"
        return dict(self.client.get(address, headers={"Accept-Language": language}).json())

    def rows(self, batch: str, language: str = "zh-CN", **query: Any) -> list[dict[str, Any]]:
        address = f"/v1/batches/{batch}/rows"
        answer = self.client.get(address, params={"limit": 200} | query, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    def states(self, batch: str) -> list[str]:
        return [each["state"] for each in self.rows(batch)]

    def codes(self, batch: str) -> list[list[str]]:
        return [[error["code"] for error in each["errors"]] for each in self.rows(batch)]

    def workbook(self, batch: str) -> bytes:
        """The workbook that came back."""
        file = next(file for file in self.now(batch)["files"] if file["kind"] == "workbook")
        answer = self.client.get(file["href"])
        assert answer.status_code == 200, answer.text
        return answer.content

    def filled(self, batch: str) -> list[dict[str, Any]]:
        """The rows of the workbook that came back, by title."""
        sheet = openpyxl.load_workbook(io.BytesIO(self.workbook(batch))).active
        titles, *rows = [list(found) for found in sheet.iter_rows(values_only=True)]
        return [dict(zip(titles, found, strict=True)) for found in rows]

    def entries(self, matter: str) -> list[dict[str, Any]]:
        return [entry["body"] for entry in self.client.get(f"/v1/matters/{matter}/entries").json()["items"]]

    def taken_numbers(self) -> int:
        with self.story.engine.connect() as conn:
            return int(conn.exec_driver_sql("SELECT count(*) FROM notice_numbers").scalar_one())
