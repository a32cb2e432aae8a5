"""A modest limit of requests from one address, in memory, for the pages that need no key."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from service.errors import BusyError

_ADDRESSES_KEPT = 10_000
_WINDOW_SECONDS = 60.0


class RateLimit:
    """At most so many requests a minute from one address; the oldest addresses are forgotten first."""

    def __init__(self, per_minute: int, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._seconds = per_minute, seconds
        self._lock = threading.Lock()
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one request, or raise BusyError (429) with the seconds until the next minute."""
        now = self._seconds()
        with self._lock:
            began, count = self._windows.pop(address, (now, 0))
            if now - began >= _WINDOW_SECONDS:
                began, count = now, 0
            self._windows[address] = (began, count + 1)
            if len(self._windows) > _ADDRESSES_KEPT:
                self._windows.popitem(last=False)
        if count >= self._per_minute:
            raise BusyError(
                "rate_limited",
                f"At most {self._per_minute} requests a minute from one address.",
                retry_after=int(_WINDOW_SECONDS - (now - began)) + 1,
                message_zh=f"同一地址每分钟最多 {self._per_minute} 次。",
            )
