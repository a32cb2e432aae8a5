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

from service.errors import StoreError
from service.records.webhook_sending import PORTION, Key
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
        self._held: Counter[Key] = Counter()
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
        deadline = time.monotonic() + GRACE_SECONDS
        for thread in self._running:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _begin(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._running.append(thread)
        thread.start()

    def _run(self) -> None:
        while not self._stop.is_set() or self._held:
            try:
                self._turn()
            except Exception:
                # It must outlive any fault of the database: outcomes are kept here until they are written.
                log.exception("webhooks.turn_failed")
                self._stop.wait(self._seconds)
        for _ in range(self._threads):  # behind the last task, or that one would be held for ever
            self._tasks.put(None)

    def _turn(self) -> None:
        self._unsettled += self._finished()
        self._settle()
        if self._stop.is_set():
            return
        if self._is_due("recover", RECOVER_SECONDS):
            self._deliveries.recover(held=self._held)
        if self._is_due("forget", FORGET_SECONDS) and self._deliveries.forget() >= PORTION:
            del self._did_at["forget"]  # there is more: the next turn goes on, so that sending does not wait for all
        under_way = Counter(key.webhook_id for key in self._held.elements())
        for task in self._deliveries.take(room=self._threads - under_way.total(), under_way=under_way):
            self._held[task.claimed.key] += 1
            self._tasks.put(task)

    def _settle(self) -> None:
        """Write what became of attempts: together, or one by one where something in them cannot be written."""
        if not self._unsettled:
            return
        try:
            self._deliveries.settle(self._unsettled)
        except StoreError:
            raise  # all are kept until the database is back
        except Exception:
            log.exception("webhooks.settle_failed")
            while self._unsettled:
                self._settle_alone(*self._unsettled[0])
                self._let_go(self._unsettled[:1])
        else:
            self._let_go(self._unsettled)

    def _settle_alone(self, task: Task, outcome: Outcome) -> None:
        """Write one, or that it failed by a fault of ours; where even that cannot be, `recover` lets it wait again."""
        for one in (outcome, Outcome(error="internal")):
            try:
                self._deliveries.settle([(task, one)])
            except StoreError:
                raise
            except Exception:
                log.exception(
                    "webhooks.outcome_failed", webhook=task.claimed.webhook_id, delivery=task.claimed.event_id
                )
            else:
                return

    def _let_go(self, done: list[Done]) -> None:
        self._held -= Counter(task.claimed.key for task, _ in done)
        self._unsettled = self._unsettled[len(done) :]

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

    def _is_due(self, name: str, seconds: float) -> bool:
        """Tell whether that long has passed since this was so last."""
        last, now = self._did_at.get(name), time.monotonic()
        if last is not None and now - last < seconds:
            return False
        self._did_at[name] = now
        return True
