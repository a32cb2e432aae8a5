"""The whole service, killed at any moment: the retry with the same key gives exactly one notice, jobs are resumed."""

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from databases import Database
from served import Served

from service.demonstration import _example, _matter_facts
from service.records import tables
from service.records.engine import open_engine, reading

pytestmark = pytest.mark.slow


@pytest.fixture
def served(tmp_path: Path, database: Database) -> Iterator[Served]:
    made = Served(tmp_path / "data", **database.settings())
    made.make_keys()
    made.start()
    yield made
    made.stop()


def opened(served: Served) -> str:
    facts = _matter_facts(_example("loan-demand"), _example("guarantor-demand"))
    answer = served.call("POST", "/v1/matters", "case_system", key="open-1", json=facts)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def notice_body(matter: str) -> dict[str, Any]:
    return {"matter": matter, "party": "p2", "template": "loan-demand", "fields": _example("loan-demand")}


def rows(served: Served, table: Any) -> list[Any]:
    engine = open_engine(served.records_url)
    with reading(engine) as conn:
        found = conn.execute(table.select()).mappings().all()
    engine.dispose()
    return list(found)


def test_a_notice_is_issued_once_however_often_the_process_dies(served: Served) -> None:
    matter = opened(served)
    body, moment = notice_body(matter), random.Random(20261124)
    for round_no in range(6):
        body["fields"]["contract_no"] = f"示例借字第2023-{round_no:04d}号"  # each round a letter of its own
        killer = threading.Timer(moment.uniform(0.02, 0.9), served.kill)
        killer.start()
        with contextlib.suppress(httpx.HTTPError):
            served.call("POST", "/v1/notices", "case_system", key=f"notice-{round_no}", json=body)
        killer.join()
        served.start()
        answer = served.call("POST", "/v1/notices", "case_system", key=f"notice-{round_no}", json=body)
        assert answer.status_code == 201, answer.text
        again = served.call("POST", "/v1/notices", "case_system", key=f"notice-{round_no}", json=body)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.content == answer.content
    numbers = sorted(row["n"] for row in rows(served, tables.notice_numbers))
    assert numbers == list(range(1, len(numbers) + 1))
    assert {row["state"] for row in rows(served, tables.notice_numbers)} <= {"issued", "voided"}
    assert len([row for row in rows(served, tables.notices) if row["state"] == "issued"]) == 6
    served.stop()
    assert served.duly("fsck").returncode == 0


def test_a_bundle_is_finished_by_the_next_process(served: Served) -> None:
    matter = opened(served)
    answer = served.call("POST", "/v1/notices", "case_system", key="n-1", json=notice_body(matter))
    assert answer.status_code == 201, answer.text
    for round_no, pause in enumerate((0.0, 0.25, 0.5)):
        path = f"/v1/matters/{matter}/bundles"
        asked = served.call("POST", path, "legal_staff", key=f"b-{round_no}", json={})
        assert asked.status_code == 202, asked.text
        time.sleep(pause)
        served.kill()
        served.start()
        job = finished(served, asked.json()["job"]["id"])
        assert job["state"] == "succeeded", job
    seals = [row for row in rows(served, tables.entries) if row["kind"] == "bundle.sealed"]
    assert len(seals) == 3
    served.stop()
    assert served.duly("fsck").returncode == 0


def finished(served: Served, job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        job = served.call("GET", f"/v1/jobs/{job_id}", "legal_staff").json()
        if job["state"] in ("succeeded", "failed"):
            return dict(job)
        time.sleep(0.1)
    raise AssertionError(f"{job}\n{served.log()}")
