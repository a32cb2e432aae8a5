"""A receiver of webhooks on the loopback, with faults: a path says what it does, `taken` says what arrived."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Taken:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Serves until `close`; `answers` overrides what a path does, request by request, with statuses."""

    tls: ssl.SSLContext | None = None
    taken: list[Taken] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.let_go = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def url(self, path: str = "/ok", *, host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that goes away in the middle is no fault of the receiver's."""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.taken.append(Taken(self.path, headers, body))
            waiting = receiver.answers.get(self.path)
            if waiting:
                self.answer(waiting.pop(0))
            else:
                act = _ACTS.get(self.path.split("?")[0], _status)
                with contextlib.suppress(OSError):
                    act(self, receiver)
            self.close_connection = True

        def do_GET(self) -> None:
            receiver.taken.append(Taken(f"GET {self.path}", {}, b""))
            self.answer(200)

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def _status(handler: Any, _receiver: Receiver) -> None:
    name = handler.path.strip("/").split("?")[0]
    handler.answer(int(name) if name.isdigit() else 200, b"taken")


def _hang(_handler: Any, receiver: Receiver) -> None:
    receiver.let_go.wait(30)


def _drip_head(handler: Any, receiver: Receiver) -> None:
    """One byte of the head at a time, each well within any timeout of a single read."""
    for byte in b"HTTP/1.1 200 OK\r\n" + b"x-filler: " + b"a" * 2000:
        if receiver.let_go.wait(0.05):
            return
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()


def _drip_body(handler: Any, receiver: Receiver) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while not receiver.let_go.wait(0.05):
        handler.wfile.write(b"a")
        handler.wfile.flush()


def _huge(handler: Any, receiver: Receiver) -> None:
    handler.wfile.write(b"HTTP/1.1 500 Oh\r\ncontent-length: 100000000000\r\n\r\n")
    while not receiver.let_go.is_set():
        handler.wfile.write(b"A" * 65536)


def _huge_head(handler: Any, receiver: Receiver) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not receiver.let_go.is_set():
        handler.wfile.write(b"x-filler: " + b"a" * 65536 + b"\r\n")


def _cut(handler: Any, _receiver: Receiver) -> None:
    handler.wfile.write(b"HTTP/1.1 200")
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def _cut_body(handler: Any, _receiver: Receiver) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")


def _redirect(handler: Any, _receiver: Receiver) -> None:
    handler.answer(307, location="/followed")


def _control(handler: Any, _receiver: Receiver) -> None:
    handler.answer(500, b"\x00\xff\x1b[31m" + "坏了".encode())


def _bomb(handler: Any, _receiver: Receiver) -> None:
    handler.answer(500, b"\x1f\x8b" + b"\x00" * 100, content_encoding="gzip")


def _nonsense(handler: Any, _receiver: Receiver) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


def _later(handler: Any, _receiver: Receiver) -> None:
    handler.answer(503, retry_after="7200")


def _endless_year(handler: Any, _receiver: Receiver) -> None:
    handler.answer(503, retry_after="Mon, 01 Jan 99999999999999999999 00:00:00 GMT")


_ACTS: dict[str, Callable[[Any, Receiver], None]] = {
    "/hang": _hang,
    "/drip-head": _drip_head,
    "/drip-body": _drip_body,
    "/huge": _huge,
    "/huge-head": _huge_head,
    "/cut": _cut,
    "/cut-body": _cut_body,
    "/redirect": _redirect,
    "/control": _control,
    "/bomb": _bomb,
    "/nonsense": _nonsense,
    "/later": _later,
    "/endless-year": _endless_year,
}


def wait_for(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Look until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.02)
