"""Who is served next when all children are at work: single letters before letters of a lot, the last child first."""

import threading
import time
from typing import Generic, TypeVar

Item = TypeVar("Item")


class WaitingRoom(Generic[Item]):
    """Free items, taken by those who wait. The item that came last goes first: it is the warmest."""

    def __init__(self) -> None:
        self._free: list[Item] = []
        self._singles = self._waiting = 0
        self._is_closed = False
        self._changed = threading.Condition()

    def put(self, item: Item) -> None:
        """Bring an item."""
        with self._changed:
            self._free.append(item)
            self._changed.notify_all()

    def take(self, *, deadline: float, in_lot: bool) -> Item | None:
        """Take an item; None when there was none by the deadline (`time.monotonic()`), or the room is closed."""
        with self._changed:
            self._waiting += 1
            self._singles += not in_lot
            try:
                self._changed.wait_for(
                    lambda: self._is_closed or self._may_take(in_lot=in_lot), max(0.0, deadline - time.monotonic())
                )
                return self._free.pop() if self._may_take(in_lot=in_lot) else None
            finally:
                self._waiting -= 1
                self._singles -= not in_lot
                self._changed.notify_all()

    def waiting(self) -> int:
        """Tell how many wait, for the metrics."""
        with self._changed:
            return self._waiting

    def close(self) -> None:
        """Let nobody wait until it is opened again: nothing will come."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def open(self) -> None:
        """Let those who come wait again."""
        with self._changed:
            self._is_closed = False

    def _may_take(self, *, in_lot: bool) -> bool:
        """Enough for every single letter that waits, and then one for the lot."""
        return not self._is_closed and len(self._free) > (self._singles if in_lot else 0)
