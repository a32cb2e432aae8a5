"""A fixed number of children of one kind, lent out one piece of work at a time.

Waiting and working have separate budgets. Work of a lot steps back: while a single letter waits, it is given no child.
A child that died or hung is replaced off the request's path; its work is tried once more on another child, and then it
is the document that is refused, by name, so that the next document finds a living child. After a number of pieces of
work a child is replaced, since engines leak.

Each place has a child, or one that is starting, or is vacant because a start failed: then it is tried again with the
next piece of work, after a moment. Nobody is told of a failed start while a living child can serve them.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any

import structlog

from service.errors import BusyError, RefusedError, StoreError
from service.render.process import Child, ChildLostError, ChildSettings
from service.render.waiting import WaitingRoom

log = structlog.get_logger("duly.render")

RETRY_START_SECONDS = 5.0
"""After a failed start, and what a piece of work that lost its child may wait for the next one on top."""


class Desk:
    """Children of one kind behind one queue."""

    def __init__(
        self,
        settings: ChildSettings,
        *,
        children: int,
        queue_seconds: float,
        lot_queue_seconds: float,
        recycle_after: int,
    ) -> None:
        """Begin to start the children; the first piece of work waits for the first of them.

        Args:
            settings: The kind of child.
            children: How many work at once.
            queue_seconds: How long a piece of work may wait for a free child.
            lot_queue_seconds: How long one of a lot may.
            recycle_after: Pieces of work after which a child is replaced.
        """
        self._settings = settings
        self._queue_seconds = queue_seconds
        self._lot_queue_seconds = lot_queue_seconds
        self._recycle_after = recycle_after
        self._free: WaitingRoom[Child] = WaitingRoom()
        self._lock = threading.Lock()
        self._living: set[Child] = set()
        self._starting, self._vacant = 0, children
        self._retry_at = 0.0
        self._failure = ""
        self._is_closed = False
        self.restarts = 0
        self._fill_places()

    def run(
        self,
        head: dict[str, Any],
        blobs: Sequence[bytes] = (),
        *,
        work_seconds: float | None = None,
        in_lot: bool = False,
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Have one piece of work done.

        Args:
            head: What to do.
            blobs: What to do it with.
            work_seconds: Its own working time; without it the children's.
            in_lot: It is one of many, which wait longer and let single ones go first.

        Raises:
            BusyError: No child was free in the waiting time.
            RefusedError: The child refused the work, or two children were lost over it.
            StoreError: No child can be started.
        """
        lost: ChildLostError | None = None
        for _attempt in range(2):
            child = self._take(starting=lost is not None, in_lot=in_lot)
            try:
                reply, pieces = child.ask(head, blobs, work_seconds=work_seconds)
            except ChildLostError as error:
                self._replace(child)
                lost = error
                continue
            except BaseException:
                child.kill()
                self._replace(child)
                raise
            self._give_back(child, healthy=reply.get("code") != "render_too_large")
            return _open(reply), pieces
        raise _lost_twice(self._settings.kind, lost)

    def close(self) -> None:
        """End all children."""
        with self._lock:
            self._is_closed = True
            living, self._living = self._living, set()
        self._free.close()
        for child in living:
            child.kill()

    def pids(self) -> tuple[int, ...]:
        """Give the process ids of the living children, for operators."""
        with self._lock:
            return tuple(child.pid for child in self._living)

    def missing_fences(self) -> frozenset[str]:
        """Name the fences that at least one living child lacks: `network`, `files`, `processes`."""
        with self._lock:
            return frozenset().union(*(child.missing for child in self._living))

    def waiting(self) -> int:
        """Tell how many pieces of work wait for a free child."""
        return self._free.waiting()

    def _take(self, *, starting: bool, in_lot: bool) -> Child:
        """A retry may have to wait for the replacement, so it is given the starting time on top."""
        seconds = self._lot_queue_seconds if in_lot else self._queue_seconds
        deadline = time.monotonic() + seconds + (RETRY_START_SECONDS if starting else 0)
        while True:
            self._fill_places()
            child = self._free.take(deadline=deadline, in_lot=in_lot)
            if child is None:
                raise self._why_none(seconds)
            if child.is_alive():
                return child
            child.kill()
            self._replace(child)

    def _why_none(self, seconds: float) -> StoreError | BusyError:
        with self._lock:
            if self._is_closed:
                return StoreError("the renderer is shut down", code="renderer_unavailable")
            if self._failure and not self._living:
                return StoreError(self._failure, code="renderer_unavailable")
        return BusyError(
            "renderer_busy",
            f"all {self._settings.kind} renderers were at work for {seconds:g} s",
            retry_after=max(1, round(self._settings.work_seconds / 4)),
            message_zh="出函排版正忙，请稍后重试",
        )

    def _give_back(self, child: Child, *, healthy: bool) -> None:
        if healthy and child.asked < self._recycle_after:
            self._free.put(child)
        else:
            child.kill()
            self._replace(child)

    def _replace(self, child: Child) -> None:
        with self._lock:
            if child not in self._living:  # the desk is closed
                return
            self._living.discard(child)
            self.restarts += 1
            self._starting += 1
        self._start_one()

    def _fill_places(self) -> None:
        """Begin to start a child for each vacant place, unless that has just failed."""
        with self._lock:
            if self._is_closed or not self._vacant or time.monotonic() < self._retry_at:
                return
            begun, self._vacant = self._vacant, 0
            self._starting += begun
            self._free.open()
        for _ in range(begun):
            self._start_one()

    def _start_one(self) -> None:
        try:
            threading.Thread(target=self._start, name=f"start-{self._settings.kind}", daemon=True).start()
        except RuntimeError as error:  # no thread left
            self._leave_vacant(error)

    def _start(self) -> None:
        try:
            child = Child(self._settings)
        except Exception as error:  # noqa: BLE001 - whatever it is, the place must not be lost with this thread
            self._leave_vacant(error)
            return
        if child.missing:
            log.warning("renderer.unfenced", kind=self._settings.kind, missing=sorted(child.missing))
        with self._lock:
            self._starting -= 1
            if not self._is_closed:
                self._living.add(child)
                self._failure = ""
                self._free.open()
                self._free.put(child)
                return
        child.kill()

    def _leave_vacant(self, error: Exception) -> None:
        """Who waits goes on waiting for the living children; where there is none, it is told at once."""
        log.warning("renderer.start_failed", kind=self._settings.kind, error=str(error))
        with self._lock:
            self._starting -= 1
            self._vacant += 1
            self._retry_at = time.monotonic() + RETRY_START_SECONDS
            self._failure = str(error) or type(error).__name__
            if not self._living and not self._starting:
                self._free.close()


def _open(reply: dict[str, Any]) -> dict[str, Any]:
    if reply.get("ok"):
        return reply
    code, message = str(reply.get("code", "render_failed")), str(reply.get("message", ""))
    raise RefusedError(code, message, message_zh=REFUSALS_ZH.get(code, "文书无法排版"))


def _lost_twice(kind: str, lost: ChildLostError | None) -> RefusedError:
    if lost is not None and lost.hung:
        message = f"the {kind} renderer twice {lost}"
        return RefusedError("render_timed_out", message, message_zh=REFUSALS_ZH["render_timed_out"])
    message = f"the {kind} renderer twice {lost}"
    return RefusedError("render_crashed", message, message_zh=REFUSALS_ZH["render_crashed"])


REFUSALS_ZH = {
    "render_too_large": "文书排版所需内存超过上限",
    "render_too_many_pages": "文书页数超过上限",
    "render_missing_field": "模板用到了没有填写的字段",
    "render_refused": "模板或内容不合规则，不能排版",
    "render_bad_value": "字段的值不能按模板的格式书写",
    "render_failed": "文书排版失败",
    "render_timed_out": "文书排版两次超时",
    "render_crashed": "文书排版两次异常中止",
    "template_changed": "模板文件在发布后被改动",
}
