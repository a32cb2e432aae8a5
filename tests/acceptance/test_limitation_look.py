"""The daily look as the operator has it: a job of the running service, which goes on after a restart."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from databases import Database
from served import Served

pytestmark = pytest.mark.slow

PARTIES = [
    {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行"},
    {"party": "p2", "role": "debtor", "kind": "person", "name": "张三"},
]
CLAIM = {
    "kind": "loan", "contract_no": "示例借字第1号", "principal": {"amount": "1000.00", "currency": "CNY"},
    "due_on": "2026-10-20",
}  # fmt: skip
WAIT_SECONDS = 90


@pytest.fixture
def served(tmp_path: Path, database: Database) -> Iterator[Served]:
    made = Served(tmp_path / "data", DULY_ALARM_DAYS="1500,30", **database.settings())
    made.start()
    made.make_keys()
    yield made
    made.stop()


def test_what_an_older_program_left_is_reckoned_after_the_start(served: Served) -> None:
    for n in range(5):
        opened = served.call(
            "POST", "/v1/matters", "case_system", key=f"m-{n}", json={"claim": CLAIM, "parties": PARTIES}
        )
        assert opened.status_code == 201, opened.text
    served.stop()
    served.sql("DELETE FROM limitation")
    served.sql("DELETE FROM alarms")
    served.sql("UPDATE reckonings SET rule_version = '', look_on = '1970-01-01'")
    served.start()
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until and served.sql("SELECT 1 FROM reckonings WHERE rule_version = ''"):
        time.sleep(0.2)
    listed = served.call("GET", "/v1/matters?track=conservative", "legal_staff").json()
    assert listed["up_to_date"] is True
    assert {item["conservative"]["last_day"] for item in listed["items"]} == {"2029-10-22"}
    assert len(listed["items"]) == 5
    answer = served.call("GET", "/v1/alarms", "legal_staff")
    assert answer.status_code == 200, answer.text + served.log()
    alarms = answer.json()["items"]
    assert {(alarm["days"], alarm["about_on"]) for alarm in alarms} == {(1500, "2029-10-20")}
    checked = served.duly("fsck")
    assert checked.returncode == 0, checked.stdout


def test_an_address_made_at_the_command_line_opens_the_calendar(served: Served) -> None:
    made = served.duly("calendar", "create", "BANK", "--label", "法务部")
    assert made.returncode == 0, made.stderr
    path = made.stdout.strip().split("/v1/", 1)[1]
    assert httpx.get(f"{served.address}/v1/{path}").text.startswith("BEGIN:VCALENDAR\r\n")
    feed_id, state, used, label = served.duly("calendar", "list", "BANK").stdout.strip().split("\t")
    assert (state, label) == ("有效", "法务部")
    assert used != "最近使用 无"
    assert served.duly("calendar", "revoke", "BANK", feed_id).returncode == 0
    assert httpx.get(f"{served.address}/v1/{path}").status_code == 401
    token = path.split("token=")[1]
    assert token not in served.log()
