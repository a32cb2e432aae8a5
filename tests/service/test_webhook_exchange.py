"""One attempt against receivers that misbehave, and names that lead elsewhere."""

import datetime as dt
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from receiver import Receiver

from service.webhooks.addresses import Reach
from service.webhooks.exchange import Exchange
from service.webhooks.schedule import Outcome

pytestmark = pytest.mark.slow

REACH = Reach.of("127.0.0.0/8")
BODY = '{"type":"通知"}'.encode()
HEADERS = {"content-type": "application/json", "webhook-id": "evt_a"}
PATIENCE = 0.7


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def posted(url: str, **more: object) -> Outcome:
    exchange = Exchange(**{"reach": REACH, "timeout_seconds": PATIENCE, **more})
    return exchange.post(url, headers=HEADERS, body=BODY)


def test_what_is_sent_arrives_byte_for_byte(receiver: Receiver) -> None:
    outcome = posted(receiver.url("/ok?a=%20b"))
    assert (outcome.status, outcome.error, outcome.answer) == (200, "", "taken")
    (taken,) = receiver.taken
    assert (taken.path, taken.body) == ("/ok?a=%20b", BODY)
    assert taken.headers["webhook-id"] == "evt_a"
    assert taken.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert set(taken.headers) == {"host", "content-type", "webhook-id", "content-length"}


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/204", 204, ""),
        ("/500", 500, "status"),
        ("/404", 404, "status"),
        ("/410", 410, "status"),
        ("/304", 304, "redirect"),
        ("/redirect", 307, "redirect"),
        ("/later", 503, "status"),
        ("/cut", None, "protocol"),
        ("/cut-body", 200, ""),
        ("/nonsense", None, "protocol"),
        ("/huge-head", None, "protocol"),
        ("/hang", None, "timeout"),
        ("/drip-head", None, "timeout"),
        ("/drip-body", 200, ""),
    ],
)
def test_faults(receiver: Receiver, path: str, status: int | None, error: str) -> None:
    began = time.monotonic()
    outcome = posted(receiver.url(path))
    assert (outcome.status, outcome.error) == (status, error)
    assert time.monotonic() - began < PATIENCE + 1
    assert [taken.path for taken in receiver.taken] == [path]  # nothing is followed, nothing tried again


def test_an_answer_is_kept_to_a_kilobyte_and_can_be_stored(receiver: Receiver) -> None:
    assert posted(receiver.url("/huge")).answer == "A" * 1024
    assert posted(receiver.url("/control")).answer == "\ufffd\ufffd\ufffd[31m坏了"
    assert posted(receiver.url("/bomb")).answer.startswith("\ufffd")  # never unpacked
    assert posted(receiver.url("/later")).retry_after == "7200"


def test_nobody_there_is_an_error_of_its_own() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert posted(f"http://127.0.0.1:{port}/").error == "connection"
    assert posted("http://no-such-host.invalid/").error == "name_unknown"


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name's second answer would be a private address, and nobody asks for it."""
    answers, asked = iter((["127.0.0.1"], ["169.254.169.254"])), []
    real = socket.getaddrinfo

    def seen(host: str, *more: object, **named: object) -> object:
        asked.append(host)
        return real(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", seen)
    outcome = posted(receiver.url("/ok", host="case.example"), resolve=lambda _host, _port: next(answers))
    assert outcome.status == 200
    assert set(asked) == {"127.0.0.1"}
    assert receiver.taken[0].headers["host"] == f"case.example:{receiver.port}"


def test_a_private_address_among_others_is_refused(receiver: Receiver) -> None:
    for private in ("10.0.0.1", "::ffff:169.254.169.254", "::1"):
        outcome = posted(receiver.url(host="case.example"), resolve=lambda *_, one=private: ["127.0.0.1", one])
        assert outcome.error == "address_forbidden"
    many = [f"127.0.0.{number}" for number in range(1, 200)]
    assert (
        posted(receiver.url(host="case.example"), resolve=lambda *_: [*many, "10.0.0.1"]).error == "address_forbidden"
    )
    assert posted("http://case.example/", resolve=lambda *_: ["8.8.8.8"]).error == "https_required"
    assert posted("http://case.example/", resolve=lambda *_: []).error == "address_forbidden"
    assert receiver.taken == []


def test_loopback_is_refused_unless_listed(receiver: Receiver) -> None:
    for host in ("127.0.0.1", "localhost"):
        outcome = posted(receiver.url(host=host), reach=Reach())
        assert outcome.error == "address_forbidden"
    assert receiver.taken == []


def test_the_next_address_is_tried_when_one_does_not_answer(receiver: Receiver) -> None:
    outcome = posted(receiver.url(host="case.example"), resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])
    assert outcome.status == 200


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for case.example, trusted by whoever is told to."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "case.example")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    alternative = x509.SubjectAlternativeName([x509.DNSName("case.example")])
    made = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *plain)
    (folder / "receiver.pem").write_bytes(pem)
    return folder / "receiver.pem"


def test_tls_verifies_the_name_while_the_address_is_pinned(authority: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(authority)
    receiver, trusting = Receiver(tls=server), httpx.create_ssl_context()
    trusting.load_verify_locations(authority)

    def sent(host: str, **more: object) -> Outcome:
        return posted(receiver.url(host=host), resolve=lambda *_: ["127.0.0.1"], **more)

    assert sent("case.example", ssl_context=trusting).status == 200
    assert sent("other.example", ssl_context=trusting).error == "tls"
    assert sent("case.example").error == "tls"
    assert len(receiver.taken) == 1
    receiver.close()
