"""Every error is a problem: with its place, in the caller's language, and never a person's data or a stack trace."""

import httpx
import pytest
from shell import Shell

FIELDS = {"type", "title", "status", "detail", "instance", "code", "errors", "request_id"}


def problem(answer: httpx.Response, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    found = answer.json()
    assert set(found) == FIELDS
    assert (found["status"], found["code"], found["type"]) == (status, code, f"/problems/{code}")
    assert found["request_id"] == answer.headers["x-request-id"]
    return found


def places(found: dict) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in found["errors"]}


def test_unknown_address_in_both_languages(shell: Shell, client: httpx.Client) -> None:
    chinese = problem(client.get("/v1/nothing"), 404, "path_unknown")
    assert chinese["title"] == "没有此地址"
    assert chinese["instance"] == "/v1/nothing"
    answer = client.get("/v1/nothing", headers={"Accept-Language": "en-GB, zh;q=0.5"})
    assert problem(answer, 404, "path_unknown")["title"] == "No such address"
    assert answer.headers["content-language"] == "en"
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("wish", ["", "fr", "zh-TW,en;q=0.9", "en;q=0.1, zh", "*", "en;q=x", ",;,;q=", "zh;q=1.5"])
def test_chinese_is_the_default(client: httpx.Client, wish: str) -> None:
    answer = client.get("/v1/nothing", headers={"Accept-Language": wish})
    assert answer.headers["content-language"] == "zh-CN"


def test_wrong_method_says_which_are_allowed(client: httpx.Client) -> None:
    answer = client.delete("/v1/trust")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


def test_all_wrong_fields_at_once(shell: Shell) -> None:
    body = {"text": 7, "amount": {"amount": "1,00", "currency": "CNY", "x": 1}, "typo": True}
    with shell.client("administrator") as client:
        answer = client.post("/v1/try/facts", json=body, headers={"Idempotency-Key": "k"})
    found = problem(answer, 422, "validation_failed")
    assert places(found) == {
        "/matter": "missing",
        "/text": "string_type",
        "/amount/amount": "string_pattern_mismatch",
        "/amount/x": "extra_forbidden",
        "/typo": "extra_forbidden",
    }
    assert "缺少必填项" in {error["message"] for error in found["errors"]}


def test_field_errors_in_english(shell: Shell) -> None:
    with shell.client("administrator", language="en") as client:
        answer = client.post("/v1/try/facts", json={"matter": "m"}, headers={"Idempotency-Key": "k"})
    found = problem(answer, 422, "validation_failed")
    assert found["errors"] == [{"pointer": "/text", "code": "missing", "message": "Field required"}]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"{", "1"),
        (b'{"a":1,"a":2}', "重复"),
        (b'{"a":NaN}', "数值"),
        (b'{"a":' + b"9" * 5000 + b"}", "数值"),
        (b"[" * 100_000, "嵌套"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b"\xef\xbb\xbf{}", "JSON"),
        (b'{"a":1}x', "1"),
        ("{}".encode("utf-16"), "UTF-8"),
    ],
)
def test_json_that_cannot_be_read_in_one_way(shell: Shell, body: bytes, place: str) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    with shell.client("administrator") as client:
        found = problem(client.post("/v1/try/facts", content=body, headers=headers), 400, "json_malformed")
    assert place in found["detail"]


@pytest.mark.parametrize(
    ("value", "pointer", "code"),
    [
        ("1.5", "/text", "float"),
        ("9007199254740992", "/text", "integer_too_large"),
        (r'"\ud800"', "/text", "surrogate"),
        (r'"a\u0000b"', "/text", "control_character"),
        (r'"\u007f"', "/text", "control_character"),
        (r'"\u202e1.00"', "/text", "direction_mark"),
        ("[" * 30 + "]" * 30, "/text" + "/0" * 24, "too_deep"),
        (r'{"a":[1.5]}', "/text/a/0", "float"),
        (r'{"a/b~":1}', "/text/a~1b~0", "key_malformed"),
        (r'{"金额":1}', "/text/金额", "key_malformed"),
        (r'{"":1}', "/text/", "key_malformed"),
    ],
)
def test_values_that_cannot_be_recorded(shell: Shell, value: str, pointer: str, code: str) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    body = f'{{"matter":"m","text":{value}}}'
    with shell.client("administrator") as client:
        answer = client.post("/v1/try/facts", content=body, headers=headers)
    assert places(problem(answer, 422, "validation_failed")) == {pointer: code}


def test_a_body_that_is_not_json(shell: Shell) -> None:
    with shell.client("administrator") as client:
        answer = client.post("/v1/try/facts", data={"a": "b"}, headers={"Idempotency-Key": "k"})
    problem(answer, 415, "media_type_unsupported")


def test_no_body(shell: Shell) -> None:
    with shell.client("administrator") as client:
        answer = client.post("/v1/try/facts", headers={"Idempotency-Key": "k"})
    assert places(problem(answer, 422, "validation_failed")) == {"": "missing"}


def test_a_body_over_the_limit(shell: Shell) -> None:
    with shell.client("administrator") as client:
        answer = client.post("/v1/try/facts", json={"text": "长" * 100_000}, headers={"Idempotency-Key": "k"})
    problem(answer, 413, "body_too_large")


def test_the_body_is_counted_and_not_its_announcement(shell: Shell) -> None:
    pieces = (b" " * 65_536 for _ in range(100))
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    with shell.client("administrator") as client:
        answer = client.post("/v1/try/facts", content=pieces, headers=headers)
    problem(answer, 413, "body_too_large")


def test_content_digest_of_a_body(shell: Shell) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    with shell.client("administrator") as client:
        wrong = "sha-256=:" + "A" * 43 + "=:"
        answer = client.post("/v1/try/facts", content=b"{}", headers=headers | {"Content-Digest": wrong})
        problem(answer, 400, "digest_mismatch")
        answer = client.post("/v1/try/facts", content=b"{}", headers=headers | {"Content-Digest": "sha-256=x"})
        problem(answer, 400, "digest_malformed")
        right = "sha-512=:AA==:, sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:"
        answer = client.post("/v1/try/facts", content=b"{}", headers=headers | {"Content-Digest": right})
        problem(answer, 422, "validation_failed")


def test_the_unforeseen_is_a_problem_that_tells_nothing(shell: Shell, client: httpx.Client) -> None:
    answer = client.get("/v1/try/breaks", headers={"X-Request-Id": "abcd-1234"})
    found = problem(answer, 500, "internal_error")
    assert found["request_id"] == "abcd-1234"
    assert "张三" not in answer.text
    assert "RuntimeError" not in answer.text


@pytest.mark.parametrize("sent", ["x", "a" * 65, "a b c d e f", "注入", '"><script>'])
def test_request_ids_of_others_are_taken_only_when_harmless(client: httpx.Client, sent: str) -> None:
    answer = client.get("/livez", headers={"X-Request-Id": sent.encode()})
    assert answer.headers["x-request-id"] != sent


def test_security_headers_are_on_every_answer(client: httpx.Client) -> None:
    for path in ("/livez", "/v1/nothing", "/v1/trust", "/docs", "/v/DEMO-2026-000001"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
