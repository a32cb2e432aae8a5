"""The whole service, killed between a fact and its delivery, and while it delivers: the receiver hears of it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import Database
from served import Served
from standardwebhooks.webhooks import Webhook

sys.path.insert(0, str(Path(__file__).parents[1] / "service"))

from receiver import Receiver, wait_for

from service.demonstration import _example, _matter_facts

pytestmark = pytest.mark.slow


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def served(tmp_path: Path, database: Database) -> Iterator[Served]:
    made = Served(tmp_path / "data", **database.settings(), DULY_WEBHOOK_PRIVATE_NETWORKS="127.0.0.0/8")
    made.make_keys()
    made.keys["administrator"] = made.duly("keys", "create", "BANK", "administrator").stdout.strip()
    made.start()
    yield made
    made.stop()


def made(answer: Any, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def issued(served: Served, matter: str) -> str:
    body = {"matter": matter, "party": "p2", "template": "loan-demand", "fields": _example("loan-demand")}
    return str(made(served.call("POST", "/v1/notices", "case_system", key="n", json=body))["id"])


def test_what_was_recorded_is_told_however_the_process_ends(served: Served, receiver: Receiver) -> None:
    hook = made(served.call("POST", "/v1/webhooks", "administrator", key="w", json={"url": receiver.url("/ok")}))
    facts = _matter_facts(_example("loan-demand"), _example("guarantor-demand"))
    matter = str(made(served.call("POST", "/v1/matters", "case_system", key="m", json=facts))["id"])
    receiver.answers["/ok"] = [500]
    path = f"/v1/webhooks/{hook['id']}"

    def log() -> list[dict[str, Any]]:
        return list(served.call("GET", f"{path}/deliveries", "administrator").json()["items"])

    # Killed at once after the fact: whether it was being sent or not begun, it is sent by the next process.
    notice = issued(served, matter)
    served.kill()
    served.start()
    wait_for(lambda: [one["state"] for one in log() if one["type"] == "notice.issued"] == ["delivered"], seconds=40)

    # Killed while the receiver keeps it waiting: the claim dies with the process.
    made(served.call("PATCH", path, "administrator", json={"url": receiver.url("/hang")}), 200)
    before = len(receiver.taken)
    made(served.call("POST", f"{path}/test", "administrator", key="t"), 202)
    wait_for(lambda: len(receiver.taken) > before)
    assert next(one["state"] for one in log()) == "sending"
    served.kill()
    served.start()
    made(served.call("PATCH", path, "administrator", json={"url": receiver.url("/ok")}), 200)
    wait_for(lambda: len(receiver.taken) > before + 1, seconds=60)
    receiver.let_go.set()
    wait_for(lambda: {one["state"] for one in log()} == {"delivered"}, seconds=40)

    verifier = Webhook(hook["keys"][0]["secret"])
    told = {taken.headers["webhook-id"]: verifier.verify(taken.body, taken.headers) for taken in receiver.taken}
    assert sorted(one["type"] for one in told.values()) == ["notice.issued", "webhook.test"]
    assert notice in {one["data"].get("notice") for one in told.values()}
    assert {one["event"] for one in log()} == set(told)  # tried again under the same ids
