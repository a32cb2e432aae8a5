"""Uploads: what may come in, what may not, and that nothing stays of what was refused."""

import base64
import hashlib
import http.client
import json
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from shell import LIMITS, Shell
from test_problems import places, problem

from service.api.multipart import display_name

pytestmark = pytest.mark.slow

VECTORS = Path(__file__).parents[1] / "vectors" / "intake"
TYPES = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".tiff": "image/tiff",
    ".heic": "image/heic",
}
PNG = (VECTORS / "good.png").read_bytes()
_keys = iter(range(10**9))


@pytest.fixture(scope="module")
def staff(shell: Shell):
    shell.open_matter("m_1")
    with shell.client("administrator") as client:
        yield client


def send(
    client: httpx.Client,
    *files: tuple[str, str, bytes, str],
    facts: Any = None,
    url: str = "scans",
    key: str = "",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    sent = {"matter": "m_1", "kind": "label"} if facts is None else facts
    parts: list[Any] = [("facts", (None, json.dumps(sent), "application/json"))]
    parts += [(role, (name, data, kind, *([headers] if headers else []))) for role, name, data, kind in files]
    return client.post(f"/v1/try/{url}", files=parts, headers={"Idempotency-Key": key or f"up-{next(_keys)}"})


def vector(name: str, role: str = "label") -> tuple[str, str, bytes, str]:
    path = VECTORS / name
    return role, name, path.read_bytes(), TYPES[path.suffix]


def kept(shell: Shell) -> set[str]:
    return set(shell.objects.keys("tenants/"))


@pytest.mark.parametrize("name", ["good.pdf", "good.jpg", "good.png", "good-three-pages.tiff", "good.heic"])
def test_what_comes_in_goes_out_byte_for_byte(staff: httpx.Client, name: str) -> None:
    answer = send(staff, vector(name))
    assert answer.status_code == 201, answer.text
    data = (VECTORS / name).read_bytes()
    out = staff.get(f"/v1/try/files/{hashlib.sha256(data).hexdigest()}")
    assert out.content == data
    assert out.headers["content-type"] == TYPES[Path(name).suffix]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("encrypted-user-password.pdf", 422, "pdf_encrypted"),
        ("encrypted-owner-password.pdf", 422, "pdf_encrypted"),
        ("cut-off.pdf", 422, "pdf_broken"),
        ("only-a-header.pdf", 422, "pdf_broken"),
        ("wrong-offset.pdf", 422, "pdf_broken"),
        ("page-loop.pdf", 422, "pdf_broken"),
        ("too-many-pages.pdf", 422, "too_many_pages"),
        ("cut-off.jpg", 422, "image_broken"),
        ("cut-off.png", 422, "image_broken"),
        ("bomb.png", 422, "image_too_large"),
        ("too-many-pages.tiff", 422, "too_many_pages"),
        ("pdf-in-disguise.jpg", 422, "type_mismatch"),
        ("text-in-disguise.pdf", 422, "type_mismatch"),
        ("program.pdf", 422, "type_mismatch"),
        ("html-in-disguise.png", 422, "type_mismatch"),
        ("empty.pdf", 422, "file_empty"),
    ],
)
def test_what_may_not_come_in(shell: Shell, staff: httpx.Client, name: str, status: int, code: str) -> None:
    before = kept(shell)
    found = problem(send(staff, vector("good.png"), vector(name)), status, code)
    assert places(found) == {"/files/1": code}
    assert kept(shell) == before
    assert not any(shell.services.scratch.iterdir())
    assert f'duly_uploads_refused_total{{code="{code}"}}' in shell.services.metrics.text().decode()


def test_all_bad_files_are_named_at_once(staff: httpx.Client) -> None:
    answer = send(staff, vector("cut-off.pdf"), vector("good.png"), vector("bomb.png"))
    assert places(problem(answer, 422, "files_refused")) == {"/files/0": "pdf_broken", "/files/2": "image_too_large"}


@pytest.mark.parametrize("kind", ["application/zip", "text/html", "text/plain", "application/json", "video/mp4"])
def test_types_that_are_not_taken(staff: httpx.Client, kind: str) -> None:
    problem(send(staff, ("label", "x", b"abc", kind)), 415, "media_type_unsupported")


def test_an_undeclared_type_is_told_by_its_bytes(staff: httpx.Client) -> None:
    assert send(staff, ("label", "x.png", PNG, "application/octet-stream")).status_code == 201
    assert send(staff, ("label", "x.jpg", (VECTORS / "good.jpg").read_bytes(), "image/jpg")).status_code == 201
    problem(send(staff, ("label", "x", b"abc", "application/octet-stream")), 415, "media_type_unsupported")


def test_raw_tracking_may_be_text_or_json(staff: httpx.Client) -> None:
    assert send(staff, ("raw", "t.json", b'{"state":3}', "application/json"), url="tracks").status_code == 201
    assert (
        send(staff, ("raw", "t.txt", "已签收".encode(), "text/plain; charset=utf-8"), url="tracks").status_code == 201
    )
    problem(send(staff, ("raw", "t.json", b"{", "application/json"), url="tracks"), 422, "json_broken")
    problem(send(staff, ("raw", "t.txt", b"\xff\xfe", "text/plain"), url="tracks"), 422, "text_not_utf8")
    problem(send(staff, ("raw", "t.txt", PNG, "text/plain"), url="tracks"), 422, "type_mismatch")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("邮单照片.png", "邮单照片.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\张三\\签收.png", "签收.png"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("e\u0301.png", "é.png"),
        ("\ufeff签\u200b收.png ", "签收.png"),
        ("长" * 300 + ".png", "长" * 189 + ".png"),
        ("a\x00b\x7f.png", "ab.png"),
        ("㛃𬭊.png", "㛃𬭊.png"),
        ("\ud800.png", "png"),
        ("CON.png.", "CON.png"),
    ],
)
def test_display_names(sent: str, shown: str) -> None:
    assert display_name(sent) == shown


@pytest.mark.parametrize("name", ["../../x.png", "a/b\\c.png", "签收.png", 'q"uote.png', "a;b=c.png"])
def test_names_on_the_wire(shell: Shell, staff: httpx.Client, name: str) -> None:
    names = send(staff, ("label", name, PNG, "image/png")).json()["names"]
    assert len(names) == 1
    assert not set(names[0]) & set("/\\")
    assert names[0].endswith(".png")


def test_digests_in_a_part(staff: httpx.Client) -> None:
    right = f"sha-256=:{base64.b64encode(hashlib.sha256(PNG).digest()).decode()}:"
    assert send(staff, ("label", "x.png", PNG, "image/png"), headers={"Content-Digest": right}).status_code == 201
    wrong = f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"
    for name in ("Content-Digest", "Repr-Digest"):
        problem(send(staff, ("label", "x.png", PNG, "image/png"), headers={name: wrong}), 400, "digest_mismatch")
    for bad in ("sha-256=AA", "x", "sha-256=:AA==:", "sha-256=:***:"):
        answer = send(staff, ("label", "x.png", PNG, "image/png"), headers={"Content-Digest": bad})
        problem(answer, 400, "digest_malformed")


def test_digests_in_the_facts(shell: Shell, staff: httpx.Client) -> None:
    facts = {"matter": "m_1", "kind": "label"}
    digest = hashlib.sha256(PNG).hexdigest()
    file = ("label", "签收.png", PNG, "image/png")
    assert send(staff, file, facts={**facts, "digests": {"签收.png": digest.upper()}}).status_code == 201
    before = kept(shell)
    problem(send(staff, file, facts={**facts, "digests": {"签收.png": "0" * 64}}), 400, "digest_mismatch")
    problem(send(staff, file, facts={**facts, "digests": {"签收.png": "0"}}), 400, "digest_malformed")
    found = problem(send(staff, file, facts={**facts, "digests": {"b/c.png": digest}}), 422, "validation_failed")
    assert places(found) == {"/digests/b~1c.png": "file_missing"}
    for bad in ([], {"a": 1}, "x", None):
        found = problem(send(staff, file, facts={**facts, "digests": bad}), 422, "validation_failed")
        assert places(found) == {"/digests": "digests_malformed"}
    assert kept(shell) == before


@pytest.mark.parametrize(
    ("first", "second", "announced"),
    [
        ("IMG_0001.png", "IMG_0001.png", "IMG_0001.png"),
        ("a/IMG.png", "b/IMG.png", "IMG.png"),
        ("IMG.png", "b/IMG.png", "IMG.png"),
        ("e\u0301.png", "é.png", "é.png"),
    ],
)
def test_one_digest_does_not_vouch_for_two_files(
    shell: Shell, staff: httpx.Client, first: str, second: str, announced: str
) -> None:
    other = (VECTORS / "good.jpg").read_bytes()
    before = kept(shell)
    for data in (PNG, other):
        facts = {"matter": "m_1", "kind": "label", "digests": {announced: hashlib.sha256(data).hexdigest()}}
        files = [("label", first, other, "image/jpeg"), ("label", second, PNG, "image/png")]
        found = problem(send(staff, *files, facts=facts), 422, "validation_failed")
        assert places(found) == {f"/digests/{announced}": "file_name_repeated"}
    assert kept(shell) == before


def test_files_of_one_name_are_told_apart_by_their_folders(staff: httpx.Client) -> None:
    digest = hashlib.sha256(PNG).hexdigest()
    facts = {"matter": "m_1", "kind": "label", "digests": {"a/x.png": digest, "b/x.png": digest}}
    files = [("label", name, PNG, "image/png") for name in ("a/x.png", "b/x.png")]
    assert send(staff, *files, facts=facts).status_code == 201
    facts["digests"] = {"a/x.png": digest, "b/x.png": "0" * 64}
    problem(send(staff, *files, facts=facts), 400, "digest_mismatch")


def test_facts_and_roles_are_refused_together(staff: httpx.Client) -> None:
    answer = send(staff, ("evil", "x.png", PNG, "image/png"), facts={"kind": 7, "x": 1})
    assert places(problem(answer, 422, "validation_failed")) == {
        "/files/0": "role_unknown",
        "/matter": "missing",
        "/kind": "string_type",
        "/x": "extra_forbidden",
    }


@pytest.mark.parametrize("facts", [b"", b"[", b"[]", b"null", b"7", b'{"a":1,"a":1}', b'"\\ud800"'])
def test_facts_that_are_none(staff: httpx.Client, facts: bytes) -> None:
    parts = [("facts", (None, facts, "application/json"))]
    answer = staff.post("/v1/try/scans", files=parts, headers={"Idempotency-Key": "facts"})
    assert answer.status_code in (400, 422), answer.text
    problem(answer, answer.status_code, answer.json()["code"])


def test_facts_as_json_without_files(staff: httpx.Client) -> None:
    body = {"matter": "m_1", "kind": "other"}
    answer = staff.post("/v1/try/scans", json=body, headers={"Idempotency-Key": "plain"})
    assert answer.json()["names"] == []


def test_no_facts_or_two(staff: httpx.Client) -> None:
    for count in (0, 2):
        parts: list[Any] = [("facts", (None, "{}", "application/json"))] * count
        parts.append(("label", ("x.png", PNG, "image/png")))
        answer = staff.post("/v1/try/scans", files=parts, headers={"Idempotency-Key": "count"})
        problem(answer, 400, "multipart_malformed")


def part(name: str, body: bytes, extra: str = "") -> bytes:
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + body + b"\r\n"


FACTS = part("facts", b'{"matter":"m_1","kind":"x"}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing",
        b"--B\r\n",
        FACTS,
        FACTS + part("label", PNG, '; filename="x.png"'),
        FACTS + b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n",
        FACTS + b"--B\r\nX: " + b"a" * 9000 + b"\r\n\r\nx\r\n--B--\r\n",
        FACTS + b"--B\r\n" + b"X: a\r\n" * 30 + b"\r\nx\r\n--B--\r\n",
        FACTS + b"--B\r\n: \r\n\r\n--B--\r\n",
        b"--B--\r\n",
    ],
)
def test_multipart_that_is_broken(shell: Shell, staff: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=B", "Idempotency-Key": "broken"}
    before = kept(shell)
    problem(staff.post("/v1/try/scans", content=body, headers=headers), 400, "multipart_malformed")
    assert kept(shell) == before
    assert not any(shell.services.scratch.iterdir())


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=B"]
)
def test_content_types_without_a_boundary(staff: httpx.Client, kind: str) -> None:
    headers = {"Content-Type": kind, "Idempotency-Key": "b"}
    assert staff.post("/v1/try/scans", content=FACTS, headers=headers).status_code in (400, 415)


def test_a_file_over_the_limit_is_refused_while_it_streams(shell: Shell) -> None:
    begin = FACTS + b'--B\r\nContent-Disposition: form-data; name="label"; filename="x.png"\r\n\r\n'
    # Of a gigabyte that is announced, only what is one byte too much is sent: the answer cannot wait for the rest.
    with socket.create_connection(("127.0.0.1", shell.port), timeout=30) as peer:
        peer.sendall(_head(shell, size=10**9) + begin + bytes(LIMITS.file + 1))
        answer = http.client.HTTPResponse(peer)
        answer.begin()
        assert (answer.status, json.loads(answer.read())["code"]) == (413, "file_too_large")
        assert peer.recv(1) == b"", "what is left of the body is not read: the connection is closed"
    deadline = time.monotonic() + 10  # the answer may be here before the server has put its own things away
    while any(shell.services.scratch.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(shell.services.scratch.iterdir())


def _head(shell: Shell, *, size: int) -> bytes:
    return (
        "POST /v1/try/scans HTTP/1.1\r\nHost: duly\r\nIdempotency-Key: big\r\n"
        f"Authorization: Bearer {shell.keys['administrator']}\r\n"
        f"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: {size}\r\n\r\n"
    ).encode()


def test_a_request_over_the_limit(staff: httpx.Client) -> None:
    files = [("label", f"{n}.png", PNG + bytes(1_900_000), "image/png") for n in range(4)]
    problem(send(staff, *files), 413, "body_too_large")


def test_a_file_just_over_the_limit(staff: httpx.Client) -> None:
    problem(send(staff, ("label", "x.png", PNG + bytes(LIMITS.file), "image/png")), 413, "file_too_large")


def test_too_many_files(staff: httpx.Client) -> None:
    files = [("label", f"{n}.png", PNG, "image/png") for n in range(LIMITS.files + 1)]
    problem(send(staff, *files), 413, "too_many_files")
    assert send(staff, *files[:-1]).status_code == 201


def test_the_scope_is_checked_before_the_upload_is_read(shell: Shell) -> None:
    with shell.client("auditor") as auditor:
        problem(send(auditor, vector("good.png")), 403, "scope_missing")


def test_replay_of_an_upload(shell: Shell, staff: httpx.Client) -> None:
    first, second = (send(staff, vector("good.png"), key="upload-1") for _ in range(2))
    assert first.content == second.content
    assert second.headers["idempotent-replayed"] == "true"
    other = send(staff, vector("good.jpg"), key="upload-1")
    problem(other, 422, "idempotency_key_reused")


def test_a_full_disk(shell: Shell, staff: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("service.api.scratch.tempfile.mkdtemp", full)
        problem(send(staff, vector("good.png"), key="disk"), 503, "scratch_full")
    assert send(staff, vector("good.png"), key="disk").status_code == 201
