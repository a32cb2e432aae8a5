"""Probes, counters, logs, the public page, the reference, cursors."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from shell import LIMITS, Shell
from test_problems import problem

from service.api.health import Readiest
from service.api.paging import Paging
from service.api.rate import RateLimit
from service.errors import BusyError, RefusedError, StoreError
from service.ledger import Draft
from service.numbers import reserve
from service.records.engine import writing
from service.render.barcodes import page_mac
from service.structured_logs import place_exception

pytestmark = pytest.mark.slow


def test_alive_and_ready(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok", "parts": {"store": "ok"}}


def test_not_ready_names_what_is_away(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    try:

        def away() -> None:
            raise StoreError("s3 at 10.0.0.1 is away")

        shell.probes["renderer"] = away
        app_probes = Readiest(shell.probes)
        assert app_probes.parts() == {"store": "ok", "renderer": "away"}
    finally:
        shell.close()


def test_not_ready_over_http(tmp_path: Path) -> None:
    def away() -> None:
        raise StoreError("s3 at 10.0.0.1 is away")

    shell = Shell(tmp_path, probes={"store": away, "database": lambda: None})
    try:
        with shell.client() as client:
            answer = client.get("/readyz")
    finally:
        shell.close()
    found = problem(answer, 503, "not_ready")
    assert "store" in found["detail"]
    assert "database" not in found["detail"]
    assert "10.0.0.1" not in answer.text


def test_not_ready_says_what_a_person_has_to_look_at(tmp_path: Path) -> None:
    def broken() -> None:
        raise StoreError("the head of 10.0.0.1 has only 5", code="log_broken", fatal=True)

    shell = Shell(tmp_path, probes={"store": lambda: None, "log": broken})
    try:
        with shell.client() as client:
            answer = client.get("/readyz")
    finally:
        shell.close()
    assert "log (log_broken)" in problem(answer, 503, "not_ready")["detail"]
    assert "10.0.0.1" not in answer.text


def test_probes_are_kept_for_a_while_and_never_pile_up() -> None:
    now, asked, leave = [0.0], [], threading.Event()

    def slow() -> None:
        asked.append(1)
        leave.wait(20)

    readiest = Readiest({"renderer": slow}, seconds=lambda: now[0], patience=0.05)
    for now[0] in (0.0, 3.0, 6.0):
        assert readiest.parts() == {"renderer": "slow"}
    assert asked == [1]
    leave.set()
    while readiest.parts() != {"renderer": "ok"}:
        now[0] += 6.0


def test_counters_have_routes_and_no_paths(shell: Shell, client: httpx.Client) -> None:
    client.get("/v/DEMO-2026-777777")
    client.get("/v1/zhangsan")
    text = client.get("/metrics").text
    assert 'duly_http_requests_total{method="GET",route="/v/{notice_no}",status="404"}' in text
    assert 'route="unmatched"' in text
    assert "777777" not in text
    assert "zhangsan" not in text


def test_counters_may_want_a_token(tmp_path: Path) -> None:
    shell = Shell(tmp_path, metrics_token="秘密".encode().hex())
    try:
        with shell.client() as client:
            problem(client.get("/metrics"), 401, "metrics_token_wrong")
            token = {"Authorization": f"Bearer {'秘密'.encode().hex()}"}
            assert client.get("/metrics", headers=token).status_code == 200
    finally:
        shell.close()


def test_log_lines_hold_no_personal_data(shell: Shell) -> None:
    with structlog.testing.capture_logs() as lines, shell.client("administrator") as client:
        headers = {"Idempotency-Key": "log-line", "User-Agent": "张三".encode()}
        client.post("/v1/try/facts?q=zhangsan", json={"matter": "m_zhangsan", "text": "张三"}, headers=headers)
        client.get("/v1/try/matters/m_zhangsan")
        deadline = time.monotonic() + 10  # the line of a request is written after its answer has left
        while len(told(lines)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    text = json.dumps(lines, ensure_ascii=False)
    assert "zhangsan" not in text
    assert "张三" not in text
    assert shell.keys["administrator"] not in text
    assert told(lines) == ["/v1/try/facts", "/v1/try/matters/{matter_id}"]


def told(lines: list[Any]) -> list[str]:
    """The routes of the requests of this test; a line of the test before may come late."""
    routes = [str(line["route"]) for line in lines if line["event"] == "request"]
    return [route for route in routes if route.startswith("/v1/try/")]


def test_an_exception_is_written_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            {}["张三 110101199003071234"]
        except KeyError as error:
            raise RuntimeError("李四") from error
    except RuntimeError as error:
        line = place_exception(None, "error", {"event": "unforeseen_error", "exc_info": error})
    text = json.dumps(line, ensure_ascii=False)
    assert "builtins.RuntimeError" in text
    assert "builtins.KeyError" in text
    assert "test_an_exception_is_written" in text
    assert "李四" not in text
    assert "张三" not in text


def test_lines_are_json_with_the_request_id(shell: Shell) -> None:
    """In a process of its own, since the form of lines is the process's."""
    program = (
        "from service.structured_logs import configure_logs; import structlog, logging\n"
        "configure_logs('INFO')\n"
        "structlog.contextvars.bind_contextvars(request_id='r-1')\n"
        "structlog.get_logger('x').info('request', route='/v1/{id}')\n"
        "logging.getLogger('lib').warning('from a library')\n"
        "logging.getLogger('uvicorn.access').warning('GET /v1/zhangsan')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["request", "from a library"]
    assert {line["request_id"] for line in lines} == {"r-1"}
    assert lines[0]["route"] == "/v1/{id}"
    assert done.stdout == ""


@pytest.fixture(scope="module")
def notice_no(shell: Shell) -> str:
    """A notice that was issued, as its entry says it."""
    shell.open_matter("m_public")
    with writing(shell.engine) as conn:
        number = reserve(
            conn,
            tenant_id=shell.tenant.id,
            year=2026,
            notice_id="n_public",
            matter_id="m_public",
            owner=shell.owner.id,
        )
    digest = shell.keep(b"%PDF- letter to zhangsan")
    document = {"file": "n.pdf", "sha256": digest.hex(), "size": 24, "media_type": "application/pdf"}
    facts = {
        "notice": "n_public",
        "notice_no": number,
        "template": "loan-demand",
        "version": "v1",
        "engine": "html",
        "party": "p2",
        "to_name": "张三",
        "documents": [document | {"role": "document_pdf"}],
        "pages": 2,
        "issued_at": "2026-11-23T22:06:40Z",
    }
    draft = Draft(tenant_id=shell.tenant.id, matter_id="m_public", kind="notice.issued", facts=facts)
    shell.services.ledger.append(draft)
    return number


def test_the_public_page(shell: Shell, client: httpx.Client, notice_no: str) -> None:
    answer = client.get(f"/v/{notice_no}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.headers["content-security-policy"]
    for shown in ("真实存在", notice_no, "某某银行", "2 页"):
        assert shown in answer.text
    for hidden in ("张三", "m_public", "n_public", "loan-demand", "http://", "https://"):
        assert hidden not in answer.text


def test_the_public_page_of_no_notice(client: httpx.Client) -> None:
    answer = client.get("/v/DEMO-2026-999999")
    assert answer.status_code == 404
    assert "查无此编号" in answer.text
    answer = client.get("/v/DEMO-2026-999999", headers={"Accept": "application/json"})
    assert answer.json()["state"] == "unknown"
    problem(client.get("/v/<script>"), 422, "validation_failed")
    problem(client.get("/v/" + "A" * 25), 422, "validation_failed")


def test_page_codes(shell: Shell, client: httpx.Client, notice_no: str) -> None:
    right = page_mac(notice_no=notice_no, page=2, pages=2, key=shell.tenant.mac_key)
    assert "相符" in client.get(f"/v/{notice_no}?page=2&mac={right}").text
    assert "不符" in client.get(f"/v/{notice_no}?page=1&mac={right}").text
    assert "不符" in client.get(f"/v/{notice_no}?page=3&mac={right}").text
    assert "不符" in client.get(f"/v/{notice_no}?page=2&mac=AAAAAAAAAAAA").text


def test_the_public_page_is_limited(tmp_path: Path) -> None:
    from dataclasses import replace

    shell = Shell(tmp_path, limits=replace(LIMITS, public_page_per_minute=3))
    try:
        with shell.client() as client:
            codes = [client.get("/v/X-1").status_code for _ in range(4)]
            answer = client.get("/v/X-1")
    finally:
        shell.close()
    assert codes == [404, 404, 404, 429]
    problem(answer, 429, "rate_limited")
    assert 1 <= int(answer.headers["retry-after"]) <= 61


def test_the_rate_limit_opens_again() -> None:
    now = [0.0]
    limit = RateLimit(1, seconds=lambda: now[0])
    limit.take("a")
    limit.take("b")
    with pytest.raises(BusyError):
        limit.take("a")
    now[0] = 60.0
    limit.take("a")


def test_the_reference_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert "//" not in page.text.replace("<!doctype html>", "")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js"):
        assert f"/docs/{name}" in page.text
        assert client.get(f"/docs/{name}").status_code == 200
    problem(client.get("/docs/..%2f..%2fpyproject.toml"), 404, "path_unknown")
    problem(client.get("/docs/other.js"), 404, "not_found")
    assert client.get("/problems/pdf_broken").status_code == 404
    assert client.get("/problems/digest_mismatch").json()["status"] == 400


def test_cursors_hold_their_place_and_only_theirs() -> None:
    key = b"k" * 32
    rows = [("2026-01-01", f"m_{n:03d}") for n in range(5)]
    first = Paging.of(key, context="t1:matters:", cursor=None, limit=2)
    items, cursor = first.cut(rows[:3], position=lambda row: row)
    assert (list(items), cursor is not None) == (rows[:2], True)
    second = Paging.of(key, context="t1:matters:", cursor=cursor, limit=2)
    assert second.after == rows[1]
    assert second.cut(rows[2:3], position=lambda row: row) == (rows[2:3], None)
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for bad, context in ((cursor, "t2:matters:"), (flipped, "t1:matters:"), ("", "t1:matters:"), ("é", "t1:matters:")):
        with pytest.raises(RefusedError) as caught:
            Paging.of(key, context=context, cursor=bad)
        assert caught.value.errors[0].pointer == "#query/cursor"
