"""The same request again gets the first answer again; the work is done once."""

import threading

import httpx
import pytest
from shell import Shell
from test_problems import problem

from service.api.idempotency import Answer, fingerprint, once_of
from service.errors import RefusedError, StoreError

URL = "/v1/try/facts"


@pytest.fixture
def matter(shell: Shell, request: pytest.FixtureRequest) -> str:
    name = f"m_{abs(hash(request.node.name)) % 10**9}"
    shell.open_matter(name)
    return name


@pytest.fixture
def caller(shell: Shell):
    with shell.client("administrator") as client:
        yield client


def send(client: httpx.Client, matter: str, key: str | None, text: str = "电话") -> httpx.Response:
    return client.post(URL, json={"matter": matter, "text": text}, headers={"Idempotency-Key": key} if key else {})


def entries(shell: Shell, matter: str) -> int:
    return len(shell.services.ledger.entries(tenant_id=shell.tenant.id, matter_id=matter))


def test_a_replay_is_the_same_bytes(shell: Shell, caller: httpx.Client, matter: str) -> None:
    first, second = send(caller, matter, "one"), send(caller, matter, "one")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["location"] == second.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert entries(shell, matter) == 2


def test_spacing_and_order_are_not_another_request(shell: Shell, caller: httpx.Client, matter: str) -> None:
    send(caller, matter, "spaced", text="a")
    body = f'{{ "text" : "a",\n "matter": "{matter}" }}'
    headers = {"Idempotency-Key": '"spaced"', "Content-Type": "application/json; charset=utf-8"}
    assert caller.post(URL, content=body, headers=headers).headers["idempotent-replayed"] == "true"
    assert entries(shell, matter) == 2


def test_another_body_under_the_same_key(shell: Shell, caller: httpx.Client, matter: str) -> None:
    send(caller, matter, "reused")
    problem(send(caller, matter, "reused", text="信函"), 422, "idempotency_key_reused")
    assert entries(shell, matter) == 2


@pytest.mark.parametrize("key", ["a b", "x" * 256, "é".encode().decode("latin-1"), "a\tb"])
def test_malformed_keys(caller: httpx.Client, matter: str, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = caller.post(URL, json={"matter": matter, "text": "x"}, headers=headers)
    problem(answer, 400, "idempotency_key_malformed")


def test_a_missing_key(caller: httpx.Client, matter: str) -> None:
    problem(send(caller, matter, None), 400, "idempotency_key_missing")


def test_a_refusal_gives_the_key_back(shell: Shell, caller: httpx.Client, matter: str) -> None:
    problem(send(caller, "m_absent", "again"), 404, "not_found")
    assert send(caller, matter, "again").status_code == 201


def test_two_tenants_may_use_the_same_key(shell: Shell, caller: httpx.Client, matter: str) -> None:
    assert send(caller, matter, "shared").status_code == 201
    with shell.client(key=shell.other_key) as other:
        problem(send(other, matter, "shared"), 404, "not_found")


def once(shell: Shell, key: str):
    class Asked:
        method = "POST"

        class url:  # noqa: N801 - as starlette names it
            path = URL

    caller = shell.access.authenticate(shell.keys["administrator"])
    return once_of(Asked, caller=caller, key=key, services=shell.services, meaning={"text": "电话"})  # type: ignore[arg-type]


def test_while_it_runs_a_retry_waits(shell: Shell, caller: httpx.Client) -> None:
    entered, leave, errors = threading.Event(), threading.Event(), []

    def work(_also) -> None:
        entered.set()
        leave.wait(10)
        raise RefusedError("x", "refused in the end")

    def run() -> None:
        try:
            once(shell, "slow").do(work, answer=lambda done: Answer(status=201, content={}))
        except RefusedError as error:
            errors.append(error.code)

    thread = threading.Thread(target=run)
    thread.start()
    entered.wait(10)
    answer = caller.post(URL, json={"matter": "m", "text": "x"}, headers={"Idempotency-Key": "slow"})
    problem(answer, 422, "idempotency_key_reused")
    with pytest.raises(Exception, match="is running"):
        once(shell, "slow").do(work, answer=lambda done: Answer(status=201, content={}))
    leave.set()
    thread.join()
    assert errors == ["x"]


def test_a_running_request_says_when_to_come_again(shell: Shell, caller: httpx.Client, matter: str) -> None:
    tenant, body = shell.tenant.id, {"matter": matter, "text": "电话"}
    scope = f"POST {URL}"
    begun = shell.services.idempotency.begin(
        tenant_id=tenant, scope=scope, key="busy", fingerprint=fingerprint(scope, body)
    )
    answer = send(caller, matter, "busy")
    problem(answer, 409, "idempotency_in_progress")
    assert int(answer.headers["retry-after"]) >= 1
    shell.services.idempotency.release(begun)
    assert send(caller, matter, "busy").status_code == 201


def test_a_store_that_is_away_frees_the_key(shell: Shell, caller: httpx.Client, matter: str, monkeypatch) -> None:
    def away(*_args, **_named) -> None:
        raise StoreError("bucket evidence-prod at 10.1.2.3 is away")

    with monkeypatch.context() as patch:
        patch.setattr(shell.objects, "put", away)
        answer = send(caller, matter, "store")
    problem(answer, 503, "store_unavailable")
    assert "retry-after" in answer.headers
    assert "10.1.2.3" not in answer.text
    assert send(caller, matter, "store").status_code == 201
    assert entries(shell, matter) == 2
