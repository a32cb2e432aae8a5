"""What the S3 adapter decides without a server."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from service.adapters.s3 import S3Store, content_disposition
from service.adapters.s3_upload import MOST_PARTS, composite_checksum, part_size_for
from service.errors import RefusedError, StoreError

SETTINGS = {
    "bucket": "duly",
    "endpoint": "http://127.0.0.1:9",
    "region": "us-east-1",
    "access_key": "a",
    "secret_key": "b",
    "retention_days": 1,
}


@pytest.mark.parametrize("days", [0, -1])
def test_objects_without_retention_are_not_offered(days):
    with pytest.raises(ValueError, match="one day"):
        S3Store(**{**SETTINGS, "retention_days": days})


def test_a_hostile_prefix_is_refused():
    with pytest.raises(RefusedError):
        S3Store(**SETTINGS, prefix="../other")


@pytest.mark.parametrize(
    ("size", "wanted", "expected"),
    [(1, 16 << 20, 16 << 20), (1 << 30, 1, 5 << 20), (1 << 40, 16 << 20, -(-(1 << 40) // MOST_PARTS))],
)
def test_parts_are_neither_too_small_nor_too_many(size, wanted, expected):
    assert part_size_for(size, wanted=wanted) == expected
    assert -(-size // part_size_for(size, wanted=wanted)) <= MOST_PARTS


def test_the_checksum_of_parts_is_the_digest_of_digests():
    # By sha256sum over the two digests (xxd -r -p) and base64.
    empty = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    assert composite_checksum([empty, empty]) == "LbpdvDOecxauomg/r4OcG3se4jE9t5IRJYgRjfBmqjU=-2"


@pytest.mark.parametrize(
    ("file_name", "header"),
    [
        ("letter.pdf", "attachment; filename=\"letter.pdf\"; filename*=UTF-8''letter.pdf"),
        ("函.pdf", "attachment; filename=\"_.pdf\"; filename*=UTF-8''%E5%87%BD.pdf"),
        ('a"b\\c/d\r\nX: y.pdf', "attachment; filename=\"abcdX: y.pdf\"; filename*=UTF-8''abcdX%3A%20y.pdf"),
        ("𬭊\u202efdp.exe", "attachment; filename=\"_fdp.exe\"; filename*=UTF-8''%F0%AC%AD%8Afdp.exe"),
        ("a;b%20'c.pdf", "attachment; filename=\"a;b%20'c.pdf\"; filename*=UTF-8''a%3Bb%2520%27c.pdf"),
    ],
)
def test_download_names_are_safe_in_a_header(file_name, header):
    assert content_disposition(file_name) == header


class _NotFoundPage(BaseHTTPRequestHandler):
    """What a proxy says of a store that it does not find."""

    def do_GET(self) -> None:
        page = b"<html><h1>404 default backend</h1></html>"
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page)

    do_HEAD = do_GET  # noqa: N815 - the name that the library calls

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def proxy() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _NotFoundPage)
    threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("key", [f"tenants/t/sha256/ab/ab{'0' * 62}", "log/tile/0/000", "log/checkpoint"])
def test_a_proxys_page_is_no_missing_object(proxy: str, key: str) -> None:
    """Else `duly fsck` would report evidence as gone, and the log would stop for good, while only the way is broken."""
    store = S3Store(**{**SETTINGS, "endpoint": proxy})
    for ask in (store.head, store.open, lambda name: store.read(name, limit=9)):
        with pytest.raises(StoreError) as caught:
            ask(key)
        assert not caught.value.fatal
