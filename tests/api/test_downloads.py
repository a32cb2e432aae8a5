"""Frozen bytes come out exactly, in whole or in part, and can be checked."""

import base64
import hashlib

import httpx
import pytest
from shell import Shell
from test_problems import problem

from service.ledger import Draft, object_key

DATA = b"%PDF-" + bytes(range(256)) * 4000


def repr_digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


@pytest.fixture(scope="module")
def url(shell: Shell) -> str:
    return record(shell, DATA, "m_downloads")


@pytest.fixture(scope="module")
def staff(shell: Shell):
    with shell.client("legal_staff") as client:
        yield client


def record(shell: Shell, data: bytes, matter: str) -> str:
    shell.open_matter(matter)
    digest = shell.keep(data)
    ref = {"file": "x.pdf", "sha256": digest.hex(), "size": len(data), "media_type": "application/pdf", "role": "x"}
    draft = Draft(tenant_id=shell.tenant.id, matter_id=matter, kind="contact.made", facts={"files": [ref]})
    shell.services.ledger.append(draft)
    return f"/v1/try/files/{digest.hex()}"


def test_the_whole(staff: httpx.Client, url: str) -> None:
    answer = staff.get(url)
    assert answer.content == DATA
    assert answer.headers["etag"] == f'"{hashlib.sha256(DATA).hexdigest()}"'
    assert answer.headers["repr-digest"] == answer.headers["content-digest"] == repr_digest(DATA)
    assert answer.headers["content-length"] == str(len(DATA))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_head(staff: httpx.Client, url: str) -> None:
    answer = staff.head(url)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-length"] == str(len(DATA))
    assert answer.headers["repr-digest"] == repr_digest(DATA)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=1000-", 1000, len(DATA)),
        ("bytes=-10", len(DATA) - 10, len(DATA)),
        (f"bytes=5-{10**15}", 5, len(DATA)),
        (f"bytes=-{10**15}", 0, len(DATA)),
    ],
)
def test_a_part(staff: httpx.Client, url: str, asked: str, start: int, stop: int) -> None:
    answer = staff.get(url, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == DATA[start:stop]
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(DATA)}"
    assert answer.headers["content-digest"] == repr_digest(DATA[start:stop])
    assert answer.headers["repr-digest"] == repr_digest(DATA)


@pytest.mark.parametrize("asked", [f"bytes={len(DATA)}-", "bytes=-0", f"bytes={10**17}-"])
def test_a_part_outside(staff: httpx.Client, url: str, asked: str) -> None:
    answer = staff.get(url, headers={"Range": asked})
    problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize(
    "asked", ["bytes=5-4", "bytes=a-b", "items=0-1", "bytes=0-1,5-6", "bytes=-", "x", f"bytes={'9' * 400}-"]
)
def test_ranges_that_are_ignored(staff: httpx.Client, url: str, asked: str) -> None:
    answer = staff.get(url, headers={"Range": asked})
    assert answer.status_code == 200
    assert answer.content == DATA


def test_if_range(staff: httpx.Client, url: str) -> None:
    etag = f'"{hashlib.sha256(DATA).hexdigest()}"'
    assert staff.get(url, headers={"Range": "bytes=0-9", "If-Range": etag}).status_code == 206
    assert staff.get(url, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).status_code == 200
    assert staff.get(url, headers={"Range": "bytes=0-9", "If-Range": f"W/{etag}"}).status_code == 200


@pytest.mark.parametrize("form", ["{}", 'W/{}, "x"', '"a", {}', "*"])
def test_what_is_known_is_not_sent(staff: httpx.Client, url: str, form: str) -> None:
    etag = f'"{hashlib.sha256(DATA).hexdigest()}"'
    answer = staff.get(url, headers={"If-None-Match": form.format(etag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


@pytest.mark.parametrize(
    "name",
    ["催收通知书（张三）.pdf", 'a"; filename=evil.exe; x="', "a\r\nX-Evil: 1", "../../etc/passwd", "", "㛃𬭊.pdf"],
)
def test_names_in_headers(staff: httpx.Client, url: str, name: str) -> None:
    from urllib.parse import unquote

    answer = staff.get(url, params={"name": name})
    assert "x-evil" not in answer.headers
    disposition = answer.headers["content-disposition"]
    assert unquote(disposition.partition("filename*=UTF-8''")[2]) == name
    assert disposition.count("filename=") == 1
    assert 'filename="' in disposition
    assert "evil.exe" not in disposition.partition(";")[0]


def test_missing_object_is_a_problem_and_not_half_an_answer(shell: Shell, staff: httpx.Client) -> None:
    data = b"%PDF- gone"
    url = record(shell, data, "m_gone")
    key = object_key(shell.tenant.id, hashlib.sha256(data).digest())
    path = next(path for path in (shell.folder / "objects").rglob("*") if path.name == key.rsplit("/", 1)[-1])
    path.unlink()
    problem(staff.get(url), 404, "not_found")


def test_changed_object_is_never_whole(shell: Shell, staff: httpx.Client) -> None:
    data = b"%PDF- true" + b"." * 300_000
    url = record(shell, data, "m_changed")
    name = hashlib.sha256(data).hexdigest()
    path = next(path for path in (shell.folder / "objects").rglob("*") if path.name == name)
    path.chmod(0o600)
    path.write_bytes(data.replace(b"true", b"lies"))
    with pytest.raises(httpx.RemoteProtocolError):
        staff.get(url)


def test_another_tenants_file(shell: Shell, url: str) -> None:
    with shell.client(key=shell.other_key) as client:
        problem(client.get(url), 404, "not_found")
