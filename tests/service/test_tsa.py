"""Timestamp authorities: one contract for all adapters, what each alone must do, and every way a server may fail."""

import gzip
import hashlib
import os
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import tsp

from evidence.errors import MalformedError
from evidence.timestamp import parse_request, tsa_anchors_from_pem, verify_timestamp
from evidence.timestamp_format import MAX_RESPONSE_SIZE
from service.adapters.tsa_development import DevelopmentAuthority, development_authorities
from service.adapters.tsa_exchange import build_request
from service.adapters.tsa_http import HttpAuthority, http_authorities
from service.adapters.tsa_identity import LIFETIME, open_identity
from service.errors import StoreError
from service.ports import TimestampAuthority

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC).replace(microsecond=0)
DIGEST = hashlib.sha256(b"hello").digest()
REPLY = "application/timestamp-reply"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("data") / "tsa"


@pytest.fixture(scope="module")
def development(folder) -> tuple[DevelopmentAuthority, DevelopmentAuthority]:
    return development_authorities(folder, clock=lambda: NOW)


class SimulatedServer(ThreadingHTTPServer):
    """A real server on loopback whose answer a test chooses; the honest one is a development authority's."""

    def __init__(self, authority: DevelopmentAuthority) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.authority = authority
        self.answer: Callable[[_Handler, bytes], None] = lambda handler, tsq: handler.reply(authority.respond(tsq))
        self.requests: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/tsr"

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up on a flood is what the tests want, not news."""


class _Handler(BaseHTTPRequestHandler):
    server: SimulatedServer

    def do_POST(self) -> None:
        tsq = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(({key.lower(): value for key, value in self.headers.items()}, tsq))
        self.server.answer(self, tsq)

    def reply(self, body: bytes, *, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content_Type": REPLY, "Content_Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def serving(server: SimulatedServer) -> Iterator[None]:
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server(development) -> Iterator[SimulatedServer]:
    simulated = SimulatedServer(development[0])
    with serving(simulated):
        yield simulated


@pytest.fixture
def http(server) -> HttpAuthority:
    roots, chain = server.authority.roots_pem(), server.authority.chain_pem()
    return HttpAuthority(name="sample", url=server.url, roots_pem=roots, chain_pem=chain, timeout_seconds=0.5)


@pytest.fixture(params=["development-1", "development-2", "http"])
def authority(request, development, http) -> TimestampAuthority:
    return {"development-1": development[0], "development-2": development[1], "http": http}[request.param]


def verify(authority: TimestampAuthority, tsq: bytes, tsr: bytes, *, digest: bytes = DIGEST):
    anchors = tsa_anchors_from_pem(roots_pem=authority.roots_pem(), chain_pem=authority.chain_pem())
    return verify_timestamp(tsr, data_digest=digest, anchors=anchors, tsq=tsq)


class TestEveryAuthority:
    def test_its_stamp_verifies_against_its_own_anchors(self, authority):
        stamp = authority.stamp(DIGEST)
        token = verify(authority, stamp.tsq, stamp.tsr)
        assert token.gen_time == NOW

    @pytest.mark.parametrize("against", ["data", "digest", "query"])
    def test_openssl_accepts_its_stamp(self, authority, tmp_path, against):
        stamp = authority.stamp(DIGEST)
        files = {"q": stamp.tsq, "r": stamp.tsr, "data": b"hello"}
        files |= {"roots": authority.roots_pem(), "chain": authority.chain_pem()}
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        what = {
            "data": ("-data", tmp_path / "data"),
            "digest": ("-digest", DIGEST.hex()),
            "query": ("-queryfile", tmp_path / "q"),
        }[against]
        anchors = ("-CAfile", tmp_path / "roots", "-untrusted", tmp_path / "chain")
        answer = subprocess.run(
            ["openssl", "ts", "-verify", *what, "-in", tmp_path / "r", *anchors],
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.stdout.strip() == "Verification: OK", answer.stderr

    def test_each_request_has_its_own_large_nonce(self, authority):
        nonces = {parse_request(authority.stamp(DIGEST).tsq).nonce for _ in range(4)}
        assert len(nonces) == 4
        assert max(nonces) > 2**48

    def test_refuses_what_is_no_sha256_digest(self, authority):
        with pytest.raises(ValueError, match="32 bytes"):
            authority.stamp(b"short")

    def test_many_threads_may_stamp(self, authority):
        digests = [hashlib.sha256(bytes([each])).digest() for each in range(12)]
        with ThreadPoolExecutor(max_workers=6) as pool:
            stamps = list(pool.map(authority.stamp, digests))
        for digest, stamp in zip(digests, stamps, strict=True):
            verify(authority, stamp.tsq, stamp.tsr, digest=digest)
        assert len({tsp.TimeStampResp.load(stamp.tsr).native["time_stamp_token"].__repr__() for stamp in stamps}) == 12

    def test_its_name_can_stand_in_an_object_key(self, authority):
        assert authority.name.replace("-", "").isalnum()
        assert authority.name == authority.name.lower()


class TestDevelopmentAuthority:
    def test_says_everywhere_that_it_is_not_trusted(self, development):
        for each in development:
            assert "UNTRUSTED" in each.trusted_label
            assert "不受信任" in each.trusted_label
            stamp = each.stamp(DIGEST)
            signer = verify(each, stamp.tsq, stamp.tsr).signer
            assert "UNTRUSTED / 开发用，不受信任" in signer

    def test_the_two_share_no_root(self, development):
        first, second = development
        stamp = first.stamp(DIGEST)
        with pytest.raises(Exception, match="no way from"):
            verify_timestamp(
                stamp.tsr,
                data_digest=DIGEST,
                anchors=tsa_anchors_from_pem(roots_pem=second.roots_pem(), chain_pem=first.chain_pem()),
            )

    def test_keeps_its_identity_over_a_restart(self, folder, development):
        again = development_authorities(folder, clock=lambda: NOW + timedelta(days=400))
        assert [each.roots_pem() for each in again] == [each.roots_pem() for each in development]
        stamp = again[0].stamp(DIGEST)
        assert verify(development[0], stamp.tsq, stamp.tsr).gen_time == NOW + timedelta(days=400)

    def test_only_its_owner_may_read_its_key_and_no_draft_stays(self, folder, development):
        assert sorted(path.name for path in folder.iterdir()) == ["development-1.pem", "development-2.pem"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}

    def test_of_two_that_start_at_once_the_first_wins(self, tmp_path):
        with ThreadPoolExecutor(max_workers=2) as pool:
            made = list(pool.map(lambda _: development_authorities(tmp_path, clock=lambda: NOW), range(2)))
        assert made[0][0].roots_pem() == made[1][0].roots_pem()
        assert made[0][1].roots_pem() == made[1][1].roots_pem()

    @pytest.mark.parametrize("broken", [b"", b"-----BEGIN nothing-----", None])
    def test_a_broken_key_file_is_named_and_left_alone(self, tmp_path, folder, development, broken):
        path = tmp_path / "development-1.pem"
        whole = (folder / "development-1.pem").read_bytes()
        kept = whole[: len(whole) // 2] if broken is None else broken
        path.write_bytes(kept)
        with pytest.raises(StoreError, match=r"development-1\.pem cannot be used") as caught:
            development_authorities(tmp_path, clock=lambda: NOW)
        assert caught.value.fatal
        assert path.read_bytes() == kept

    def test_a_key_that_is_not_the_certificates_is_refused(self, tmp_path, folder, development):
        first, second = ((folder / f"development-{number}.pem").read_bytes() for number in (1, 2))
        cut = b"-----BEGIN CERTIFICATE-----"
        mixed = second[: second.index(cut)] + first[first.index(cut) :]
        (tmp_path / "mixed.pem").write_bytes(mixed)
        with pytest.raises(StoreError, match="the key is not the first certificate's"):
            open_identity(tmp_path / "mixed.pem", title="x", new_key=lambda: pytest.fail("made"), now=NOW)

    @pytest.mark.parametrize("days", [-2, LIFETIME.days + 1])
    def test_a_clock_outside_its_certificate_gets_no_token(self, folder, development, days):
        wrong = development_authorities(folder, clock=lambda: NOW + timedelta(days=days))
        with pytest.raises(StoreError, match="outside the signer certificate's validity"):
            wrong[0].stamp(DIGEST)

    def test_refuses_requests_as_an_authority_does(self, development):
        request = tsp.TimeStampReq.load(build_request(DIGEST))
        request["message_imprint"] = {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}
        other_policy = tsp.TimeStampReq.load(build_request(DIGEST))
        other_policy["req_policy"] = "1.2.3.4"
        for tsq, says in (
            (b"nonsense", "bad_data_format"),
            (request.dump(force=True), "bad_alg"),
            (other_policy.dump(force=True), "unaccepted_policy"),
        ):
            status = tsp.PKIStatusInfo.load(development[0].respond(tsq)[2:])
            assert status["status"].native == "rejection"
            assert status["fail_info"].native == {says}

    def test_gives_certificates_only_where_asked_and_in_der_order(self, development):
        for each in development:
            asked = tsp.TimeStampReq.load(build_request(DIGEST))
            carried = certificates_in(each.respond(asked.dump()))
            assert len(carried) == 2
            assert carried == sorted(carried)
            asked["cert_req"] = False
            assert certificates_in(each.respond(asked.dump(force=True))) == []


def certificates_in(tsr: bytes) -> list[bytes]:
    certificates = tsp.TimeStampResp.load(tsr)["time_stamp_token"]["content"]["certificates"]
    return [each.chosen.dump() for each in certificates] if certificates.native else []


def slow(handler: _Handler, tsq: bytes) -> None:
    time.sleep(0.8)
    handler.close_connection = True


def dripping(handler: _Handler, tsq: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", REPLY)
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b"0")
        handler.wfile.flush()
        time.sleep(0.1)


def dripping_head(handler: _Handler, tsq: bytes) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(40):
        handler.wfile.write(b"a")
        handler.wfile.flush()
        time.sleep(0.1)
    handler.wfile.write(b"\r\n\r\n")


def flooding(handler: _Handler, tsq: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", REPLY)
    handler.end_headers()
    for _ in range(64):
        handler.wfile.write(bytes(MAX_RESPONSE_SIZE // 8))


def cut_short(handler: _Handler, tsq: bytes) -> None:
    handler.reply(b"0" * 10, Content_Length="5000")
    handler.close_connection = True


def another_nonce(handler: _Handler, tsq: bytes) -> None:
    handler.reply(handler.server.authority.respond(build_request(DIGEST)))


def another_digest(handler: _Handler, tsq: bytes) -> None:
    request = tsp.TimeStampReq.load(tsq)
    request["message_imprint"]["hashed_message"] = bytes(32)
    handler.reply(handler.server.authority.respond(request.dump(force=True)))


def redirecting(handler: _Handler, tsq: bytes) -> None:
    handler.reply(b"", status=307, Location=f"{handler.server.url}/elsewhere")


def compressed(handler: _Handler, tsq: bytes) -> None:
    handler.reply(gzip.compress(handler.server.authority.respond(tsq)), Content_Encoding="gzip")


class TestHttpAuthority:
    def test_asks_as_the_standard_says(self, server, http):
        stamp = http.stamp(DIGEST)
        headers, body = server.requests[0]
        assert headers["content-type"] == "application/timestamp-query"
        assert headers["accept-encoding"] == "identity"
        assert body == stamp.tsq
        assert parse_request(body).certificates_wanted
        assert parse_request(body).imprint == DIGEST

    def test_takes_a_content_type_with_parameters(self, server, http):
        honest = server.authority
        server.answer = lambda handler, tsq: handler.reply(
            honest.respond(tsq), Content_Type="Application/Timestamp-Reply; charset=binary"
        )
        assert http.stamp(DIGEST)

    @pytest.mark.parametrize(
        ("answer", "says", "code"),
        [
            (slow, "not done after 0.5 seconds", "timestamp_unavailable"),
            (dripping_head, "not done after 0.5 seconds", "timestamp_unavailable"),
            (dripping, "not done after 0.5 seconds", "timestamp_unavailable"),
            (flooding, "more than 65536 bytes", "timestamp_unavailable"),
            (cut_short, "no answer (RemoteProtocolError)", "timestamp_unavailable"),
            (redirecting, "HTTP status 307", "timestamp_unavailable"),
            (compressed, "compressed", "timestamp_unavailable"),
            (lambda handler, tsq: handler.reply(b"busy", status=503), "HTTP status 503", "timestamp_unavailable"),
            (
                lambda handler, tsq: handler.reply(b"<html>", Content_Type="text/html"),
                "'text/html', not a timestamp",
                "timestamp_unavailable",
            ),
            (lambda handler, tsq: handler.reply(b"junk"), "not the DER", "timestamp_refused"),
            (lambda handler, tsq: handler.reply(b""), "not the DER", "timestamp_refused"),
            (
                lambda handler, tsq: handler.reply(handler.server.authority.respond(b"nonsense")),
                "not granted: PKIStatus 2 not a TimeStampReq",
                "timestamp_refused",
            ),
            (another_nonce, "nonce is", "timestamp_refused"),
            (another_digest, "imprint is", "timestamp_refused"),
        ],
        ids=lambda value: value.__name__ if callable(value) else "",
    )
    def test_every_fault_is_a_store_error_and_the_next_try_succeeds(self, server, http, answer, says, code):
        honest, server.answer = server.answer, answer
        with pytest.raises(StoreError) as caught:
            http.stamp(DIGEST)
        assert says in str(caught.value)
        assert "sample" in str(caught.value)
        assert "时间戳机构 sample" in caught.value.message_zh
        assert (caught.value.code, caught.value.fatal) == (code, False)
        server.answer = honest
        assert http.stamp(DIGEST)

    def test_a_redirect_is_not_followed(self, server, http):
        server.answer = redirecting
        with pytest.raises(StoreError):
            http.stamp(DIGEST)
        assert len(server.requests) == 1

    def test_an_authority_that_is_down(self, development):
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can answer here
            away = http_authorities(
                [f"http://user:secret@127.0.0.1:{held.getsockname()[1]}/"], roots_pem=development[0].roots_pem()
            )[0]
            with pytest.raises(StoreError, match=r"no answer \(ConnectError\)") as caught:
                away.stamp(DIGEST)
        assert "secret" not in str(caught.value) + caught.value.message_zh + away.trusted_label

    def test_a_token_of_an_authority_that_was_not_configured(self, server, development):
        other = HttpAuthority(name="other", url=server.url, roots_pem=development[1].roots_pem())
        with pytest.raises(StoreError, match="no way from"):
            other.stamp(DIGEST)

    def test_the_environments_proxy_is_not_used(self, server, monkeypatch, development):
        monkeypatch.setitem(os.environ, "HTTP_PROXY", "http://127.0.0.1:9")
        made = HttpAuthority(name="direct", url=server.url, roots_pem=development[0].roots_pem())
        assert made.stamp(DIGEST)

    def test_names_come_from_the_hosts(self, development):
        urls = ["https://tsa.example/a", "http://Freetsa.example:8080/tsr", "https://tsa.example/b"]
        made = http_authorities(urls, roots_pem=development[0].roots_pem())
        assert [each.name for each in made] == ["tsa-example-1", "freetsa-example", "tsa-example-3"]
        assert "freetsa.example" in made[1].trusted_label

    @pytest.mark.parametrize("answer", [slow, dripping, dripping_head])
    def test_no_phase_of_an_answer_takes_longer_than_the_whole_may(self, server, http, answer):
        server.answer = answer
        began = time.monotonic()
        with pytest.raises(StoreError):
            http.stamp(DIGEST)
        assert time.monotonic() - began < 2

    def test_user_and_password_of_the_address_are_told_to_the_authority(self, server, development):
        url = server.url.replace("http://", "http://tsa%20user:s%3Acret@")
        assert HttpAuthority(name="named", url=url, roots_pem=development[0].roots_pem()).stamp(DIGEST)
        headers, _ = server.requests[0]
        assert headers["authorization"] == "Basic dHNhIHVzZXI6czpjcmV0"
        assert "secret" not in headers["host"]

    @pytest.mark.parametrize("url", ["ftp://tsa.example", "tsa.example", "http://", "file:///etc/passwd", ""])
    def test_an_address_that_is_not_http_is_refused(self, development, url):
        with pytest.raises(ValueError, match="starts with http"):
            http_authorities([url], roots_pem=development[0].roots_pem())

    def test_roots_that_are_none_are_refused_at_the_start(self):
        with pytest.raises(MalformedError, match=r"tsa-roots\.pem"):
            http_authorities(["http://tsa.example"], roots_pem=b"")
