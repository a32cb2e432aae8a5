"""One attempt over HTTP: to the very address that was checked, within one deadline, with nothing followed or unpacked.

The receiver is hostile: it may be slow in every phase, drip, send without end, redirect, or lie about its name. TLS
verifies the name of the URL while the connection goes to the address; a name is resolved once for each attempt, so
there is no second answer of DNS to be fooled by.
"""

import ssl
import time
from collections.abc import Mapping
from dataclasses import replace

import httpcore
import httpx

from service.exchangetime import PinnedBackend
from service.webhooks.addresses import FORBIDDEN, Reach, Resolve, resolve
from service.webhooks.schedule import Outcome

TIMEOUT_SECONDS = 20.0
"""For the whole exchange; Standard Webhooks 1.0.0, "Request timeouts": between 15 and 30."""
ANSWER_LIMIT, ANSWER_SECONDS = 1024, 2.0
"""How much of an answer is read, and how long its body is waited for once its status is known."""
ADDRESS_LIMIT = 4
"""How many of a name's addresses are tried, once all of them were found allowed."""
_PORTS = {"http": 80, "https": 443}


class Exchange:
    """Posts to URLs; any number of threads may use it."""

    def __init__(
        self,
        *,
        reach: Reach,
        resolve: Resolve = resolve,
        ssl_context: ssl.SSLContext | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._reach, self._resolve, self._timeout = reach, resolve, timeout_seconds
        self._ssl_context = ssl_context or httpx.create_ssl_context()

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send one request and tell what became of it; raises nothing that a receiver could cause."""
        began = time.monotonic()
        outcome = self._post(httpx.URL(url), headers, body, deadline=began + self._timeout)
        spent = round((time.monotonic() - began) * 1000)
        return replace(outcome, milliseconds=spent)

    def _post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes, *, deadline: float) -> Outcome:
        host, port = url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]
        try:
            addresses = self._resolve(host, port)
        except OSError:
            return Outcome(error="name_unknown")
        refusals = [code for address in addresses if (code := self._reach.refuses(address, scheme=url.scheme))]
        if refusals or not addresses:
            # All of them must be allowed: a name with a private address among others is no receiver's mistake.
            return Outcome(error=refusals[0] if refusals else FORBIDDEN)
        backend = PinnedBackend(addresses[:ADDRESS_LIMIT], deadline=deadline)
        return self._exchange(url, headers, body, backend)

    def _exchange(self, url: httpx.URL, headers: Mapping[str, str], body: bytes, backend: PinnedBackend) -> Outcome:
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=self._ssl_context, network_backend=backend) as pool,
                pool.stream(
                    "POST", target, headers=_fields(url, headers), content=body, extensions={"timeout": timeout}
                ) as response,
            ):
                return _outcome(response, backend)
        except httpcore.TimeoutException:
            return Outcome(error="timeout")
        except httpcore.NetworkError as error:
            return Outcome(error="tls" if isinstance(error.__context__, ssl.SSLError) else "connection")
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol):
            return Outcome(error="protocol")


def _fields(url: httpx.URL, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    host = [(b"Host", url.netloc)]
    return host + [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def _outcome(response: httpcore.Response, backend: PinnedBackend) -> Outcome:
    found = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    status = response.status
    error = "" if 200 <= status < 300 else "redirect" if 300 <= status < 400 else "status"
    return Outcome(
        status=status, error=error, retry_after=found.get(b"retry-after", ""), answer=_answer(response, backend)
    )


def _answer(response: httpcore.Response, backend: PinnedBackend) -> str:
    """Read a little of the body for people to see; what goes wrong now changes nothing about the status."""
    backend.hurry(ANSWER_SECONDS)
    taken = bytearray()
    try:
        for piece in response.iter_stream():
            taken += piece
            if len(taken) >= ANSWER_LIMIT:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    text = bytes(taken[:ANSWER_LIMIT]).decode("utf-8", "replace")
    return "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in text)
