"""A batch as a case system sees it over HTTP, and what must hold of it afterwards."""

import csv
import json
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any, Protocol

import httpx

ENDED = ("succeeded", "partial", "failed", "cancelled")


class Reached(Protocol):
    """Something that answers HTTP: `Served`, or one process of a fleet."""

    address: str
    keys: dict[str, str]


def send(served: Reached, path: Path, *, key: str, role: str = "case_system", **facts: Any) -> dict[str, Any]:
    """Upload a table and give what was answered."""
    answer = httpx.post(
        f"{served.address}/v1/batches",
        headers={"Authorization": f"Bearer {served.keys[role]}", "Idempotency-Key": key},
        files=[
            ("facts", (None, json.dumps(facts), "application/json")),
            ("table", (path.name, path.read_bytes(), "application/octet-stream")),
        ],
        timeout=120,
    )
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def post(served: Reached, path: str, *, key: str = "", body: Any = None, role: str = "case_system") -> httpx.Response:
    headers = {"Authorization": f"Bearer {served.keys[role]}"} | ({"Idempotency-Key": key} if key else {})
    return httpx.post(f"{served.address}{path}", headers=headers, json=body, timeout=60)


def get(served: Reached, path: str, role: str = "case_system") -> httpx.Response:
    return httpx.get(f"{served.address}{path}", headers={"Authorization": f"Bearer {served.keys[role]}"}, timeout=60)


def wait_for_job(served: Reached, job_id: str, *, seconds: float) -> dict[str, Any]:
    """Give the job once it has ended; a service that is down meanwhile is waited for."""
    deadline = time.monotonic() + seconds
    told: dict[str, Any] = {}
    while time.monotonic() < deadline:
        try:
            answer = get(served, f"/v1/jobs/{job_id}")
            assert answer.status_code in (200, 503), answer.text
            told = answer.json()
        except httpx.HTTPError:
            time.sleep(0.3)
            continue
        if told.get("state") in ENDED:
            return told
        time.sleep(0.3)
    raise AssertionError(f"not done in {seconds} s: {told}")


def all_rows(served: Reached, batch: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = get(served, f"/v1/batches/{batch}/rows?limit=200{cursor}").json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def check_once_each(served: Reached, batch: str, *, rows: int) -> None:
    """Every row has one notice of its own, and each of them is there under its number."""
    found = all_rows(served, batch)
    assert Counter(row["state"] for row in found) == {"issued": rows}
    assert len({row["notice_no"] for row in found}) == len({row["notice"] for row in found}) == rows
    assert len({row["matter"] for row in found}) == rows
    for row in found[:: max(1, rows // 20)]:
        notice = get(served, f"/v1/notices/{row['notice']}").json()
        assert (notice["notice_no"], notice["state"]) == (row["notice_no"], "issued")


def check_workbook(served: Reached, batch: str, folder: Path, *, rows: int) -> None:
    """The workbook comes back with a number in every row, as LibreOffice reads it."""
    files = get(served, f"/v1/batches/{batch}").json()["files"]
    href = next(file["href"] for file in files if file["kind"] == "workbook")
    back = folder / "回填.xlsx"
    back.write_bytes(get(served, href).content)
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(folder / 'office').as_uri()}", "--headless", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", str(folder), str(back)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    with back.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    numbers = {row["number"]: row["notice_no"] for row in all_rows(served, batch)}
    assert [line["函号"] for line in lines if line["状态"] == "已出具"] == [numbers[n] for n in sorted(numbers)]
    assert len(lines) == rows
