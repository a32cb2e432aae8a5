"""The sender: one thread that claims and settles, others that post. Every process that does background work has one.

However it ends, nothing is lost: what was claimed and not settled waits again once this process is seen to be dead.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from service.webhooks.deliveries import Deliveries, Done, Task
from service.webhooks.schedule import Outcome

log = structlog.get_logger("webhooks")

THREADS = 16
RECOVER_SECONDS, FORGET_SECONDS = 10.0, 3600.0
GRACE_SECONDS = 5.0


class Post(Protocol):
    """How a request is sent: `Exchange.post`."""

    def __call__(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send it, and tell what became of it."""


class Sender:
    """Delivers what is due, looking every `seconds` and whenever an attempt is done."""

    def __init__(self, deliveries: Deliveries, *, post: Post, seconds: float, threads: int = THREADS) -> None:
        self._deliveries, self._post, self._seconds, self._threads = deliveries, post, seconds, threads
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self._unsettled: list[Done] = []
        self._under_way: Counter[str] = Counter()
        self._stop = threading.Event()
        self._running: list[threading.Thread] = []
        self._did_at: dict[str, float] = {}

    def start(self) -> None:
        """Begin, in threads that do not keep the process alive."""
        self._begin("webhook-sender", self._run)
        for number in range(self._threads):
            self._begin(f"webhook-post-{number}", self._work)

    def stop(self) -> None:
        """Claim nothing more, and give what is on its way a few seconds to be settled."""
        self._stop.set()
        for _ in range(self._threads):
            self._tasks.put(None)
        deadline = time.monotonic() + GRACE_SECONDS
        for thread in self._running:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _begin(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._running.append(thread)
        thread.start()

    def _run(self) -> None:
        while not self._stop.is_set() or self._under_way.total():
            try:
                self._turn()
            except Exception:
                # It must outlive any fault of the database: outcomes are kept here until they are written.
                log.exception("webhooks.turn_failed")
                self._stop.wait(self._seconds)

    def _turn(self) -> None:
        self._unsettled += self._finished()
        if self._unsettled:
            self._deliveries.settle(self._unsettled)
            self._under_way.subtract(task.claimed.webhook_id for task, _ in self._unsettled)
            self._unsettled = []
        if self._stop.is_set():
            return
        self._every(RECOVER_SECONDS, "recover", self._deliveries.recover)
        self._every(FORGET_SECONDS, "forget", self._deliveries.forget)
        room = self._threads - self._under_way.total()
        for task in self._deliveries.take(room=room, under_way=self._under_way):
            self._under_way[task.claimed.webhook_id] += 1
            self._tasks.put(task)

    def _finished(self) -> list[Done]:
        """Wait a little for an attempt to be done, and take all that are."""
        found: list[Done] = []
        try:
            found.append(self._done.get(timeout=self._seconds))
            while True:
                found.append(self._done.get_nowait())
        except queue.Empty:
            return found

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._done.put((task, self._attempt(task)))

    def _attempt(self, task: Task) -> Outcome:
        try:
            return self._post(task.url, headers=self._deliveries.headers(task), body=task.claimed.body)
        except Exception:
            # A fault of ours is an attempt that failed: it is shown, and tried again like any other.
            log.exception("webhooks.attempt_failed")
            return Outcome(error="internal")

    def _every(self, seconds: float, name: str, act: Callable[[], int]) -> None:
        last = self._did_at.get(name)
        if last is None or time.monotonic() - last >= seconds:
            self._did_at[name] = time.monotonic()
            act()
