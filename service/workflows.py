"""The durable jobs, as DBOS workflows: integrating the log, stamping checkpoints, building bundles, looking at days.

What a step returns is kept by DBOS before the next begins, so a restarted process goes on after the last finished
step. Steps therefore return small plain values (names, digests, numbers), and each step may run twice: a crash
between its effect and its record is cured by doing it again, so every step is idempotent by itself.

A store or authority that is away is waited for by a durable sleep; any other failure ends the job and is shown on it.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID

from service.errors import ServiceError, StoreError

log = structlog.get_logger("workflows")

BUNDLE_QUEUE = "bundles"
STAMP_QUEUE = "stamps"
LIMITATION_QUEUE = "limitation"
WAITS = (1, 2, 5, 10, 30, 60, 120)
"""Seconds between attempts while a store or authority is away; the last repeats."""
KEEP_RUNS_SECONDS = 24 * 3600
"""How long finished runs of the cadence are kept; a bundle's story is kept on its own job."""
SWEEP_SECONDS = 3600.0
LIMITATION_SECONDS = 60.0
"""How often it is asked whether a matter waits for its look: a minute after midnight in China, say."""
ATTEMPT_LIMIT = 3000
"""About four days of waiting; then the job fails by name instead of hanging for ever."""

Outcome = dict[str, Any]


class BundleSteps(Protocol):
    """What the bundle's workflow calls, in this order; every value is plain JSON."""

    def gather(self, tenant_id: str, bundle_id: str) -> Outcome:
        """Put the matter's entries into the log and freeze what the bundle will hold."""

    def stamp_tagmanifest(self, tenant_id: str, bundle_id: str, gathered: Outcome) -> Outcome:
        """Get one token from every authority over the tagmanifest."""

    def seal(self, tenant_id: str, bundle_id: str, gathered: Outcome, stamps: Outcome) -> Outcome:
        """Append `bundle.sealed`; `{"moved": true}` when the matter has grown since it was gathered."""

    def hand_out(self, tenant_id: str, bundle_id: str, gathered: Outcome, stamps: Outcome, seal: Outcome) -> Outcome:
        """Write the zip, verify it with our own verifier, keep it and say that it is ready."""

    def fail(self, tenant_id: str, bundle_id: str, message: str) -> None:
        """Show on the job why it ended."""

    def waiting(self, tenant_id: str, bundle_id: str, message: str) -> None:
        """Show on the job what it waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The effects that the workflows call."""

    has_waiting: Callable[[], bool]
    """Tell, cheaply, whether entries wait for the log."""
    integrate: Callable[[], None]
    """Put what is waiting into the log."""
    stamp_checkpoint: Callable[[int, str], None]
    """Get a token over the checkpoint of that size from that authority; nothing when it is there already."""
    checkpoints_to_stamp: Callable[[], tuple[tuple[int, str], ...]]
    """The (tree size, authority) pairs that are due now."""
    limitation_is_due: Callable[[], bool]
    """Tell, cheaply, whether a matter waits for its look: its day has come, or the rules are others."""
    look_at_limitation: Callable[[], int]
    """Look at a page of such matters; gives how many there were."""
    bundles: BundleSteps


_work: Work | None = None


def _effects() -> Work:
    if _work is None:
        raise RuntimeError("the durable jobs were not started")
    return _work


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
        return {"failed": f"{type(error).__name__}: {error}"}


class JobFailedError(Exception):
    """A step ended for good; the text says why."""


def _step(
    name: str,
    function: Callable[..., Any],
    *args: Any,
    waiting: Callable[[str], None] | None = None,
    attempts: int = ATTEMPT_LIMIT,
) -> Any:
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


def _waits() -> Iterator[int]:
    yield from WAITS
    yield from itertools.repeat(WAITS[-1])


@DBOS.workflow(name="integrate_log")
def integrate_log() -> None:
    """Put waiting entries into the log; the next tick of the cadence tries again what this one could not."""
    _step("integrate", _effects().integrate, attempts=1)


@DBOS.workflow(name="stamp_checkpoint")
def stamp_checkpoint(tree_size: int, authority: str) -> None:
    """Get one authority's token over one checkpoint, however long the authority is away."""
    _step("stamp", _effects().stamp_checkpoint, tree_size, authority)


@DBOS.workflow(name="look_at_limitation")
def look_at_limitation() -> None:
    """Look at every matter whose day has come, a page a step, until none waits."""
    while _step("look", _effects().look_at_limitation):
        pass


@DBOS.workflow(name="build_bundle")
def build_bundle(tenant_id: str, bundle_id: str) -> None:
    """Build, seal, verify and hand out one bundle."""
    steps = _effects().bundles
    try:
        _build(steps, tenant_id, bundle_id)
    except JobFailedError as error:
        _step("fail", steps.fail, tenant_id, bundle_id, str(error))


def _build(steps: BundleSteps, tenant_id: str, bundle_id: str) -> None:
    def waiting(message: str) -> None:
        steps.waiting(tenant_id, bundle_id, message)

    for _ in range(10):
        gathered = _step("gather", steps.gather, tenant_id, bundle_id, waiting=waiting)
        stamps = _step("stamp", steps.stamp_tagmanifest, tenant_id, bundle_id, gathered, waiting=waiting)
        seal = _step("seal", steps.seal, tenant_id, bundle_id, gathered, stamps, waiting=waiting)
        if not seal.get("moved"):
            _step("hand_out", steps.hand_out, tenant_id, bundle_id, gathered, stamps, seal, waiting=waiting)
            return
    raise JobFailedError("the matter kept growing while the bundle was built; try again when it is quiet")


class Jobs:
    """The engine: started once a process, because DBOS is one to a process."""

    def __init__(self, *, database_url: str, polling_seconds: float, cadence_seconds: float) -> None:
        self._config: DBOSConfig = {
            "name": "duly",
            "system_database_url": database_url,
            "executor_id": "embedded",
            "application_version": "1",
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": polling_seconds,
        }
        self._polling_seconds = polling_seconds
        self._cadence_seconds = cadence_seconds
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None
        self._swept_at = 0.0
        self._looked_at = -LIMITATION_SECONDS

    def start(self, work: Work) -> None:
        """Launch the engine; workflows that a stopped process left go on from their last finished step."""
        global _work  # noqa: PLW0603 - DBOS recovers workflows by name, before anybody can hand them arguments
        _work = work
        DBOS(config=self._config)
        DBOS.launch()
        for queue, width in ((BUNDLE_QUEUE, 1), (STAMP_QUEUE, 2), (LIMITATION_QUEUE, 1)):
            DBOS.register_queue(
                queue,
                worker_concurrency=width,
                polling_interval_sec=self._polling_seconds,
                on_conflict="always_update",
            )
        self._ticker = threading.Thread(target=self._tick, name="log-cadence", daemon=True)
        self._ticker.start()

    def stop(self) -> None:
        """Stop taking work; what runs is resumed by the next start."""
        self._stop.set()
        if self._ticker is not None:
            self._ticker.join(timeout=10)
        DBOS.destroy(workflow_completion_timeout_sec=2)

    def enqueue_bundle(self, tenant_id: str, bundle_id: str) -> None:
        """Ask for a bundle; asking again for the same one changes nothing."""
        with SetWorkflowID(f"bundle-{bundle_id}"):
            DBOS.enqueue_workflow(BUNDLE_QUEUE, build_bundle, tenant_id, bundle_id)

    def _tick(self) -> None:
        while not self._stop.wait(self._cadence_seconds):
            try:
                if _effects().has_waiting():
                    integrate_log()
                self._enqueue_stamps()
                self._enqueue_look()
                self._forget_old_runs()
            except Exception:
                # The cadence must outlive any fault: the next tick tries again, and readiness shows the backlog.
                log.exception("cadence.failed")

    def _enqueue_stamps(self) -> None:
        for tree_size, authority in _effects().checkpoints_to_stamp():
            with SetWorkflowID(f"stamp-{tree_size}-{authority}"):
                DBOS.enqueue_workflow(STAMP_QUEUE, stamp_checkpoint, tree_size, authority)

    def _enqueue_look(self) -> None:
        if time.monotonic() - self._looked_at < LIMITATION_SECONDS:
            return
        self._looked_at = time.monotonic()
        if _effects().limitation_is_due():
            # One at a time, whichever process asks: while one waits or runs, asking again changes nothing.
            with SetEnqueueOptions(deduplication_id=LIMITATION_QUEUE, duplication_policy="return-existing"):
                DBOS.enqueue_workflow(LIMITATION_QUEUE, look_at_limitation)

    def _forget_old_runs(self) -> None:
        if time.monotonic() - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = time.monotonic()
        before = datetime.now(UTC) - timedelta(seconds=KEEP_RUNS_SECONDS)
        old = DBOS.list_workflows(
            name=["integrate_log", "stamp_checkpoint", "look_at_limitation"],
            status="SUCCESS",
            completed_before=before.isoformat(),
            limit=5000,
        )
        if old:
            DBOS.delete_workflows([run.workflow_id for run in old])
