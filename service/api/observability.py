"""What an operator sees of each request: a request id, one log line, two counters. Never a person's data.

The log line has the route's pattern (`/v1/notices/{notice_id}`), not the path; no query, no header values, no body.
This is also the outermost place: an exception that nothing else answered becomes a 500 problem here, with its
traceback in the log under the same request id.
"""

import re
import secrets
import time

import structlog
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import internal_error, problem_response
from service.metrics import Metrics

log = structlog.get_logger("duly.http")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Set on every answer that does not set its own."""


class Observability:
    """ASGI middleware: request id, security headers, log line, counters, and the last net under every exception."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch = _Watch(scope, send)
        with structlog.contextvars.bound_contextvars(request_id=watch.request_id):
            try:
                await self._app(scope, receive, watch.send)
            except Exception as error:  # noqa: BLE001 - the net: whatever it is, the caller gets a problem
                await self._answer_unforeseen(error, scope, receive, watch)
            finally:
                self._tell(scope, watch)

    async def _answer_unforeseen(self, error: Exception, scope: Scope, receive: Receive, watch: "_Watch") -> None:
        log.error("unforeseen_error", route=route_of(scope), exc_info=error)
        if watch.status is not None:
            # The answer has begun: breaking the connection is the only way left to say that it is not whole.
            raise error
        await problem_response(Request(scope, receive), internal_error())(scope, receive, watch.send)

    def _tell(self, scope: Scope, watch: "_Watch") -> None:
        seconds = time.perf_counter() - watch.began
        status = watch.status or 499
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._metrics.count_request(method=method, route=route, status=status, seconds=seconds)
        caller = scope.get("state", {}).get("caller_label", "-")
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), caller=caller)


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def route_of(scope: Scope) -> str:
    """Give the pattern of the route that was taken, or `unmatched`."""
    path = getattr(scope.get("route"), "path", None)
    return str(path) if path else "unmatched"


class _Watch:
    """One request under way."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began = time.perf_counter()
        self.status: int | None = None
        self.request_id = _request_id(scope)
        self._send = send
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
