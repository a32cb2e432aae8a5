"""A batch on the embedded default, its process killed again and again: every row ends with exactly one notice."""

import random
import time
from pathlib import Path

import pytest
from batch_driver import check_once_each, get, post, send, wait_for_job
from served import Served
from sqlalchemy import create_engine, text

from bench.workbooks import CONSTANTS, write_workbook

pytestmark = pytest.mark.slow
ROWS = 60


def test_a_batch_survives_its_process(tmp_path: Path) -> None:
    served = Served(tmp_path / "data")
    served.make_keys()
    book = tmp_path / "逾期名单.xlsx"
    write_workbook(book, rows=ROWS)
    served.start()
    try:
        begun = send(served, book, key="one", template="loan-demand", constants=CONSTANTS)
        told = wait_for_job(served, begun["job"]["id"], seconds=60)
        assert told["state"] == "succeeded", told
        started = post(served, f"/v1/batches/{begun['batch']}/start", key="two", body={})
        assert started.status_code == 202, started.text
        dice = random.Random(7)
        for _ in range(3):
            time.sleep(dice.uniform(1.0, 3.0))
            served.kill()
            served.start()
        told = wait_for_job(served, started.json()["job"]["id"], seconds=120)
        assert told["state"] == "succeeded", told
        check_once_each(served, begun["batch"], rows=ROWS)
        numbers_are_gap_free(tmp_path / "data" / "duly.sqlite")
        book_back = get(served, f"/v1/batches/{begun['batch']}").json()["files"]
        assert [file["kind"] for file in book_back if file["kind"] == "workbook"] == ["workbook"]
    finally:
        served.stop()
    checked = served.duly("fsck")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def numbers_are_gap_free(database: Path) -> None:
    """Each number that was taken is issued, or voided with a reason; none is left out."""
    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as conn:
        rows = conn.execute(text("SELECT n, state, reason FROM notice_numbers ORDER BY n")).all()
    engine.dispose()
    assert [row.n for row in rows] == list(range(1, len(rows) + 1))
    assert {row.state for row in rows} <= {"issued", "voided"}
    assert all(row.reason for row in rows if row.state == "voided")
    assert sum(row.state == "issued" for row in rows) == ROWS
