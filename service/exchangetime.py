"""HTTP within one deadline: a peer that drips, in whichever phase, is waited for no longer than one that is silent.

Timeouts of HTTP libraries are those of single reads, so a head that comes byte by byte would never run into them.
"""

import ipaddress
import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore


class _Deadline:
    def __init__(self, at: float) -> None:
        self.at = at

    def left(self) -> float:
        """Give the seconds that are left; httpcore's timeout when there are none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline of the whole exchange has passed")
        return left


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to the given addresses, whatever name is asked for, and holds every wait to one deadline.

    `deadline` is an instant of `time.monotonic`. Once it has passed, whatever is waited for raises httpcore's timeout.
    """

    def __init__(self, addresses: Sequence[str], *, deadline: float) -> None:
        self._addresses, self._deadline = addresses, _Deadline(deadline)
        self._sockets = httpcore.SyncBackend()

    def hurry(self, seconds: float) -> None:
        """Let no more than this pass from now on."""
        self._deadline.at = min(self._deadline.at, time.monotonic() + seconds)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers."""
        last = len(self._addresses) - 1
        for place, address in enumerate(self._addresses):
            numeric = str(ipaddress.ip_address(address))  # nothing that would be looked up again
            # Each but the last gets a share of what is left, so that one that is silent does not use it all.
            patience = self._deadline.left() / (1 if place == last else 3)
            try:
                stream = self._sockets.connect_tcp(numeric, port, timeout=patience, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place == last:
                    raise
            else:
                return _BoundedStream(stream, self._deadline)
        raise httpcore.ConnectError("no address")


class _BoundedStream(httpcore.NetworkStream):
    """A stream whose every wait ends with the deadline, so that drops that never stop do end."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left()
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
