"""The durable engine of one worker: DBOS, its queues, and the cadence that finds what is due.

Any number of workers share the queues. Each has an executor id of its own, that of its `Owner`, which others can see
dead: what it ran goes back to its queue then, and whoever takes it goes on after the last step that was kept. If two
run the same workflow for a while (its worker was taken for dead and was not), each step's effect is idempotent and one
of the two records is kept.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

from service.workflows import batches, bundles, limitation, log, mailing, scrubbing, settling
from service.workflows.batches import BatchSteps
from service.workflows.bundles import BundleSteps
from service.workflows.desk import APPLICATION, VERSION, asked, told_as_away
from service.workflows.limitation import LimitationWork
from service.workflows.log import LogWork
from service.workflows.mailing import MailSteps
from service.workflows.scrubbing import ScrubbingWork
from service.workflows.settling import SettlingWork
from service.workflows.steps import Part, WorkQueue

logger = structlog.get_logger("workflows")

KEEP_RUNS_SECONDS = 24 * 3600
"""How long finished runs of the cadence are kept; a bundle's story is kept on its own job."""
SWEEP_SECONDS = 3600.0
RECOVERY_SECONDS = 3.0
"""How often workflows of dead workers are looked for."""
STOP_SECONDS = 10
"""How long a stopping worker waits for its steps to end; what is unfinished then goes on elsewhere."""
CONNECTIONS = 10
FAILED = ["ERROR", "CANCELLED"]
ENDED = ("SUCCESS", *FAILED, "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
RUNS_MOST = 50
"""After so many runs that ended without ending their job, nothing more is asked: people have to look.

The log says `job.given_up`; a worker that is started again tells it again.
"""

PARTS: dict[str, Part] = {
    "log": log.PART,
    "limitation": limitation.PART,
    "bundles": bundles.PART,
    "batches": batches.PART,
    "mailing": mailing.PART,
    "settling": settling.PART,
    "scrubbing": scrubbing.PART,
}
"""Every module of workflows, by the field of `Work` that holds its effects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The effects that the workflows call: one field for each of PARTS."""

    log: LogWork
    limitation: LimitationWork
    bundles: BundleSteps
    batches: BatchSteps
    mailing: MailSteps
    settling: SettlingWork
    scrubbing: ScrubbingWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """Who runs the work: this process, as the others see it, and how it sees them."""

    id: str
    is_alive: Callable[[str], bool]


def no_connection_is_a_lost_one(context: ExceptionContext) -> None:
    """Have DBOS wait for a server that takes no connections, as it waits for one that closed them.

    It knows the failure by a text (`connection failed`) that psycopg words otherwise for a socket that is gone; what it
    does not know ends the workflow for good.
    """
    if context.connection is None and isinstance(context.sqlalchemy_exception, OperationalError):
        context.is_disconnect = True


def next_id(workflow_id: str) -> str | None:
    """Give the id under which a job that is not finished is asked for: another one where its last run has ended.

    None after RUNS_MOST runs.
    """
    for number in range(1, RUNS_MOST + 1):
        name = workflow_id if number == 1 else f"{workflow_id}~{number}"
        status = DBOS.get_workflow_status(name)
        if status is None or status.status not in ENDED:
            return name
    return None


class Jobs:
    """The engine: started once a process, because DBOS is one to a process."""

    def __init__(
        self, *, database_url: str, polling_seconds: float, cadence_seconds: float, executor: Executor
    ) -> None:
        self._config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": database_url,
            "sys_db_pool_size": CONNECTIONS,
            "executor_id": executor.id,
            "application_version": VERSION,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": polling_seconds,
        }
        self._executor = executor
        self._polling_seconds = polling_seconds
        self._cadence_seconds = cadence_seconds
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None
        self._done_at: dict[str, float] = {}
        self._given_up: set[str] = set()

    def start(self, work: Work) -> None:
        """Launch the engine; workflows that a dead process left go on from their last finished step."""
        for field in fields(work):
            PARTS[field.name].effects.bind(getattr(work, field.name))
        engine = DBOS(config=self._config)
        DBOS.launch()
        event.listen(engine._sys_db.engine, "handle_error", no_connection_is_a_lost_one)
        for part in PARTS.values():
            for queue in part.queues:
                self._register(queue)
        self._take_up()
        self._ticker = threading.Thread(target=self._beat, name="log-cadence", daemon=True)
        self._ticker.start()

    def stop(self) -> None:
        """Stop taking work and wait a little for what runs; the rest goes on once this process's owner is gone."""
        self._stop.set()
        if self._ticker is not None:
            self._ticker.join(timeout=10)
        DBOS.destroy(workflow_completion_timeout_sec=STOP_SECONDS if self._is_busy() else 0)

    def enqueue(
        self,
        queue: WorkQueue,
        workflow: Callable[..., Any],
        *args: Any,
        workflow_id: str | None = None,
        only_one: str | None = None,
    ) -> None:
        """Ask for a workflow, as `Desk.enqueue`, over the engine's own connections."""
        with told_as_away():
            run_id = next_id(workflow_id) if queue.again and workflow_id is not None else workflow_id
            if workflow_id is not None and run_id is None:
                self._tell_given_up(workflow_id)
                return
            wanted = asked(queue, workflow, workflow_id=run_id, only_one=only_one)
            DBOS.enqueue_workflow_with_options(wanted, *args)

    def _tell_given_up(self, workflow_id: str) -> None:
        if workflow_id not in self._given_up:
            self._given_up.add(workflow_id)
            logger.error("job.given_up", workflow=workflow_id, runs=RUNS_MOST)

    def _is_busy(self) -> bool:
        return bool(DBOS.list_workflows(status="PENDING", executor_id=self._executor.id, limit=1))

    def _register(self, queue: WorkQueue) -> None:
        DBOS.register_queue(
            queue.name,
            worker_concurrency=queue.width,
            polling_interval_sec=self._polling_seconds,
            on_conflict="always_update",
        )

    def _beat(self) -> None:
        while not self._stop.wait(self._cadence_seconds):
            for name, part in PARTS.items():
                if part.tick is not None:
                    self._every(part.tick_seconds, name, partial(part.tick, self.enqueue))
            self._every(RECOVERY_SECONDS, "recovery", self._take_up)
            self._every(SWEEP_SECONDS, "sweep", self._forget_old_runs)

    def _every(self, seconds: float, name: str, act: Callable[[], object]) -> None:
        done_at = self._done_at.get(name)
        if done_at is not None and time.monotonic() - done_at < seconds:
            return
        self._done_at[name] = time.monotonic()
        try:
            act()
        except Exception:
            # The cadence must outlive any fault: the next beat tries again, and readiness shows the backlog.
            logger.exception("cadence.failed", part=name)

    def _take_up(self) -> None:
        """Put what dead workers were running back into its queue; a workflow moves once, whoever else looks."""
        running = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        others = {run.executor_id for run in running if run.executor_id} - {self._executor.id}
        for dead in (other for other in sorted(others) if not self._executor.is_alive(other)):
            logger.warning("worker.dead", executor=dead)
            DBOS._recover_pending_workflows([dead])

    def _forget_old_runs(self) -> None:
        """Forget what ended a day ago, failed runs of the cadence too: an outage makes one a second.

        Failed runs of a job stay, since `next_id` counts them.
        """
        passing = [part for part in PARTS.values() if part.passing]
        _forget(passing, status=["SUCCESS"])
        _forget([part for part in passing if not any(queue.again for queue in part.queues)], status=FAILED)


def _forget(parts: list[Part], *, status: list[str]) -> None:
    before = datetime.now(UTC) - timedelta(seconds=KEEP_RUNS_SECONDS)
    old = DBOS.list_workflows(
        name=[name for part in parts for name in part.passing],
        status=status,
        completed_before=before.isoformat(),
        limit=5000,
        load_input=False,
        load_output=False,
    )
    if old:
        DBOS.delete_workflows([run.workflow_id for run in old])
