"""What every workflow is made of: steps whose results are kept, and waits for stores and authorities that are away.

What a step returns is kept by DBOS before the next begins, so a restarted process goes on after the last finished
step. Steps therefore return small plain values (names, digests, numbers), and each step may run twice: a crash
between its effect and its record is cured by doing it again, so every step is idempotent by itself.

A store or authority that is away is waited for by a durable sleep; any other failure ends the job and is shown on it.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import structlog
from dbos import DBOS

from service.errors import ServiceError, StoreError

log = structlog.get_logger("workflows")

WAITS = (1, 2, 5, 10, 30, 60, 120)
"""Seconds between attempts while a store or authority is away; the last repeats."""
ATTEMPT_LIMIT = 3000
"""About four days of waiting; then the job fails by name instead of hanging for ever."""

Outcome = dict[str, Any]
T = TypeVar("T")


class JobFailedError(Exception):
    """A step ended for good; the text says why."""


class Effects(Generic[T]):
    """What one module's workflows call: bound once, before the engine recovers workflows by their names alone."""

    def __init__(self) -> None:
        self._bound: T | None = None

    def bind(self, effects: T) -> None:
        """Set what the workflows of this process call from now on."""
        self._bound = effects

    def __call__(self) -> T:
        """Give what was bound."""
        if self._bound is None:
            raise RuntimeError("the durable jobs were not started")
        return self._bound


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQueue:
    """A queue, and how many of its workflows one worker runs at a time."""

    name: str
    width: int
    again: bool = False
    """A run that ended and left its job unfinished (a step that broke in a new way) is followed by another run."""


class Enqueue(Protocol):
    """How work is asked for: `Jobs.enqueue`."""

    def __call__(
        self,
        queue: WorkQueue,
        workflow: Callable[..., Any],
        *args: Any,
        workflow_id: str | None = None,
        only_one: str | None = None,
    ) -> None:
        """Ask once for each workflow id; `only_one`: while one with this name waits or runs, nothing is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one module of workflows gives to the engine."""

    effects: Effects[Any]
    queues: tuple[WorkQueue, ...]
    tick: Callable[[Enqueue], None] | None = None
    """Called by the cadence of every worker: finds what is due and asks for it."""
    tick_seconds: float = 0.0
    """Least time between two ticks; zero: every beat of the cadence."""
    passing: tuple[str, ...] = ()
    """Names of workflows whose finished runs are forgotten after a day: nobody asks for their story."""


def step(
    name: str,
    function: Callable[..., Any],
    *args: Any,
    waiting: Callable[[str], None] | None = None,
    attempts: int = ATTEMPT_LIMIT,
) -> Any:
    """Run one step of a workflow and give its value, waiting for what is away.

    `waiting` is called with the reason before each wait, to show it on the job.

    Raises:
        JobFailedError: The step was refused or broke, or what it needs stayed away through all its attempts.
    """
    for wait in itertools.islice(_waits(), attempts):
        outcome: Outcome = DBOS.run_step({"name": name}, _attempt, function, *args)
        if "value" in outcome:
            return outcome["value"]
        if "failed" in outcome:
            raise JobFailedError(outcome["failed"])
        if attempts == 1:
            raise JobFailedError(outcome["away"])
        if waiting is not None:
            DBOS.run_step({"name": f"{name}.waiting"}, _attempt, waiting, outcome["away"])
        DBOS.sleep(wait)
    raise JobFailedError(f"{name}: waited too long")


def _attempt(function: Callable[..., Any], *args: Any) -> Outcome:
    """Turn what happened into a value, since the engine keeps values better than exceptions."""
    try:
        return {"value": function(*args)}
    except StoreError as error:
        log.warning("step.waits", code=error.code)
        return {"away": error.message}
    except ServiceError as error:
        return {"failed": f"{error.code}: {error.message}"}
    except Exception as error:
        log.exception("step.failed")
        # A name and no text: what breaks in an unforeseen way may tell of anybody's letter.
        return {"failed": f"unexpected {type(error).__name__}; the service's log tells more"}


def _waits() -> Iterator[int]:
    yield from WAITS
    yield from itertools.repeat(WAITS[-1])
