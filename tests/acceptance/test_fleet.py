"""Two services and three workers on PostgreSQL and the S3 server; workers are killed: nothing lost, nothing doubled."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from batch_driver import check_once_each, check_workbook, post, send, wait_for_job
from ceph_server import S3Server
from fleet import Fleet, Trouble
from postgres import PostgresServer
from served import Served

from bench.workbooks import CONSTANTS, write_workbook
from service.demonstration import _example, _matter_facts

pytestmark = pytest.mark.slow
ROWS = int(os.environ.get("FLEET_ROWS", "300"))
"""`make fleet` runs it with 2,000; `make test` has fewer, since starting and killing workers is what takes time."""
SINGLE = 8

MakeFleet = Callable[..., Fleet]


@pytest.fixture
def make_fleet(tmp_path: Path, postgres: PostgresServer, s3_server: S3Server) -> Iterator[MakeFleet]:
    made: list[Fleet] = []

    def make(*, services: int, workers: int) -> Fleet:
        records_url = postgres.database()
        fleet = Fleet(
            tmp_path, records_url=records_url, s3=s3_server, prefix=secrets.token_hex(4),
            services=services, workers=workers,
        )  # fmt: skip
        made.append(fleet)
        fleet.start()
        return fleet

    yield make
    for fleet in made:
        fleet.stop()


def again(
    service: Served, method: str, path: str, role: str = "case_system", *, status: int = 200, **more: Any
) -> dict[str, Any]:
    """Send the same request until it is answered as it should be, as a case system does."""
    deadline = time.monotonic() + 90
    while True:
        try:
            answer = service.call(method, path, role, **more)
        except httpx.HTTPError as error:
            told: object = error
        else:
            if answer.status_code == status:
                return dict(answer.json())
            assert answer.status_code in (409, 503), answer.text
            told = answer.text
        assert time.monotonic() < deadline, told
        time.sleep(0.5)


def opened(service: Served, key: str) -> str:
    facts = _matter_facts(_example("loan-demand"), _example("guarantor-demand"))
    facts["reference"], facts["claim"]["contract_no"] = key, f"示例借字第{key}号"
    return str(again(service, "POST", "/v1/matters", key=key, json=facts, status=201)["id"])


def notice(matter: str, key: str) -> dict[str, Any]:
    fields = _example("loan-demand") | {"contract_no": f"示例借字第{key}号"}
    return {"matter": matter, "party": "p2", "template": "loan-demand", "fields": fields}


def begun_batch(service: Served, book: Path, *, rows: int) -> tuple[str, str]:
    """Upload a workbook, look at its dry run, start it; gives batch and job."""
    write_workbook(book, rows=rows)
    sent = send(service, book, key="batch", template="loan-demand", constants=CONSTANTS)
    told = wait_for_job(service, sent["job"]["id"], seconds=max(120, rows / 10))
    assert told["state"] == "succeeded", told
    started = post(service, f"/v1/batches/{sent['batch']}/start", key="start", body={})
    assert started.status_code == 202, started.text
    return str(sent["batch"]), str(started.json()["job"]["id"])


def numbers_without_gap(fleet: Fleet) -> list[tuple[int, str, str]]:
    """Give every number, once none is reserved: those of dead processes are voided within seconds."""
    deadline = time.monotonic() + 60
    while fleet.sql("SELECT 1 FROM notice_numbers WHERE state = 'reserved'"):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    numbers = fleet.sql("SELECT n, state, reason FROM notice_numbers ORDER BY n")
    assert [n for n, _, _ in numbers] == list(range(1, len(numbers) + 1))
    assert all(reason for _, state, reason in numbers if state == "voided")
    assert {state for _, state, _ in numbers} <= {"issued", "voided"}
    return numbers


def one_log(fleet: Fleet) -> None:
    """Every entry is in the log, once, and everything derived from entries and files agrees."""
    deadline = time.monotonic() + 60
    while fleet.sql("SELECT 1 FROM entries WHERE log_index IS NULL LIMIT 1"):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    [(count, highest)] = fleet.sql("SELECT count(*), max(log_index) FROM entries")
    assert highest == count - 1
    checked = fleet.services[0].duly("fsck")
    assert checked.returncode == 0, checked.stdout[-4000:] + checked.stderr[-2000:]


def test_a_batch_and_single_notices_survive_any_worker(make_fleet: MakeFleet, tmp_path: Path) -> None:
    fleet = make_fleet(services=2, workers=3)
    here, there = fleet.services
    batch, job = begun_batch(here, tmp_path / "名单.xlsx", rows=ROWS)
    with Trouble(fleet.workers, seed=20261128) as trouble:
        issued, bundles = [], []
        for n in range(SINGLE):
            service, key = fleet.services[n % 2], f"S-{n}"
            matter = opened(service, key)
            body = notice(matter, key)
            made = again(service, "POST", "/v1/notices", key=key, json=body, status=201)
            # The other service knows of it at once, and the same request there gives the same answer.
            same = again(there, "POST", "/v1/notices", key=key, json=body, status=201)
            assert same["id"] == made["id"]
            issued.append(made["notice_no"])
            if n % 3 == 0:
                asked = f"/v1/matters/{matter}/bundles"
                told = again(there, "POST", asked, "legal_staff", key=key, json={}, status=202)
                bundles.append(told["job"]["id"])
        for bundle in bundles:
            bundle_is_ready(here, bundle)
        told = wait_for_job(here, job, seconds=max(400, ROWS / 2))
    assert told["state"] == "succeeded", told
    assert trouble.killed >= 2
    check_once_each(there, batch, rows=ROWS)
    check_workbook(there, batch, tmp_path, rows=ROWS)
    numbers = numbers_without_gap(fleet)
    assert sum(state == "issued" for _, state, _ in numbers) == ROWS + SINGLE
    assert len(set(issued)) == SINGLE
    one_log(fleet)
    for worker in fleet.workers:
        worker.wait_until_working()
    assert [worker.end() for worker in fleet.workers] == [0, 0, 0]


def test_work_waits_for_a_store_that_is_away_and_says_so(
    make_fleet: MakeFleet, tmp_path: Path, postgres: PostgresServer, s3_server: S3Server
) -> None:
    """PostgreSQL is restarted and S3 goes away in the midst of a batch; nobody has to do anything."""
    fleet = make_fleet(services=1, workers=1)
    [service] = fleet.services
    batch, job = begun_batch(service, tmp_path / "名单.xlsx", rows=80)
    wait_for_progress(service, job)
    postgres.down(mode="fast")
    time.sleep(3)
    postgres.up()
    matter = opened(service, "after")
    wait_for_progress(service, job)
    s3_server.stop_gateway()
    try:
        asked = again(service, "POST", f"/v1/matters/{matter}/bundles", "legal_staff", key="b", json={}, status=202)
        bundle = asked["job"]["id"]
        waiting_message(service, bundle, "legal_staff")
        waiting_message(service, job, "case_system")
    finally:
        s3_server.start_gateway()
    bundle_is_ready(service, bundle)
    told = wait_for_job(service, job, seconds=240)
    assert told["state"] == "succeeded", told
    check_once_each(service, batch, rows=80)
    numbers_without_gap(fleet)
    one_log(fleet)


def wait_for_progress(service: Served, job: str) -> None:
    """Wait until the job has done more than now."""
    before, deadline = None, time.monotonic() + 90
    while time.monotonic() < deadline:
        told = again(service, "GET", f"/v1/jobs/{job}")
        if before is not None and (told["done"] > before or told["state"] == "succeeded"):
            return
        before = told["done"] if before is None else before
        time.sleep(0.3)
    raise AssertionError(told)


def bundle_is_ready(service: Served, job: str) -> None:
    deadline = time.monotonic() + 180
    while (told := again(service, "GET", f"/v1/jobs/{job}", "legal_staff"))["state"] != "succeeded":
        assert told["state"] in ("queued", "running"), told
        assert time.monotonic() < deadline, told
        time.sleep(0.3)


def waiting_message(service: Served, job: str, role: str) -> str:
    """Wait until the job says that it waits, and give its words."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = again(service, "GET", f"/v1/jobs/{job}", role)
        if "等待" in told["message"] or "暂不可用" in told["message"]:
            return str(told["message"])
        time.sleep(0.3)
    raise AssertionError(told)
