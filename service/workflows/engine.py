"""The durable engine of one process: DBOS, its queues, and the cadence that finds what is due."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, EnqueueOptions

from service.workflows import bundles, limitation, log
from service.workflows.bundles import BundleSteps
from service.workflows.limitation import LimitationWork
from service.workflows.log import LogWork
from service.workflows.steps import Part, WorkQueue

logger = structlog.get_logger("workflows")

KEEP_RUNS_SECONDS = 24 * 3600
"""How long finished runs of the cadence are kept; a bundle's story is kept on its own job."""
SWEEP_SECONDS = 3600.0
APPLICATION, VERSION = "duly", "1"

PARTS: dict[str, Part] = {"log": log.PART, "limitation": limitation.PART, "bundles": bundles.PART}
"""Every module of workflows, by the field of `Work` that holds its effects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The effects that the workflows call: one field for each of PARTS."""

    log: LogWork
    limitation: LimitationWork
    bundles: BundleSteps


class Jobs:
    """The engine: started once a process, because DBOS is one to a process."""

    def __init__(self, *, database_url: str, polling_seconds: float, cadence_seconds: float) -> None:
        self._config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": database_url,
            "executor_id": "embedded",
            "application_version": VERSION,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": polling_seconds,
        }
        self._polling_seconds = polling_seconds
        self._cadence_seconds = cadence_seconds
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None
        self._swept_at = 0.0
        self._ticked_at: dict[str, float] = {}

    def start(self, work: Work) -> None:
        """Launch the engine; workflows that a stopped process left go on from their last finished step."""
        for field in fields(work):
            PARTS[field.name].effects.bind(getattr(work, field.name))
        DBOS(config=self._config)
        DBOS.launch()
        for part in PARTS.values():
            for queue in part.queues:
                self._register(queue)
        self._ticker = threading.Thread(target=self._beat, name="log-cadence", daemon=True)
        self._ticker.start()

    def stop(self) -> None:
        """Stop taking work; what runs is resumed by the next start."""
        self._stop.set()
        if self._ticker is not None:
            self._ticker.join(timeout=10)
        DBOS.destroy(workflow_completion_timeout_sec=2)

    def enqueue(
        self,
        queue: WorkQueue,
        workflow: Callable[..., Any],
        *args: Any,
        workflow_id: str | None = None,
        only_one: str | None = None,
    ) -> None:
        """Ask for a workflow; asking again under the same id changes nothing, however that one ended.

        With `only_one`, nothing is asked while a workflow of this queue with the same name there waits or runs.
        """
        options: EnqueueOptions = {
            "queue_name": queue.name,
            "workflow_name": str(workflow.dbos_function_name),  # type: ignore[attr-defined]
            "app_version": VERSION,
        }
        if workflow_id is not None:
            options["workflow_id"] = workflow_id
        if only_one is not None:
            options["deduplication_id"] = only_one
            options["duplication_policy"] = "return-existing"
        DBOS.enqueue_workflow_with_options(options, *args)

    def enqueue_bundle(self, tenant_id: str, bundle_id: str) -> None:
        """Ask for a bundle; asking again for the same one changes nothing."""
        self.enqueue(bundles.BUNDLES, bundles.build_bundle, tenant_id, bundle_id, workflow_id=f"bundle-{bundle_id}")

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
                self._guarded(name, partial(self._tick, name, part))
            self._guarded("sweep", self._forget_old_runs)

    def _guarded(self, name: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:
            # The cadence must outlive any fault: the next beat tries again, and readiness shows the backlog.
            logger.exception("cadence.failed", part=name)

    def _tick(self, name: str, part: Part) -> None:
        last = self._ticked_at.get(name)
        if part.tick is None or (last is not None and time.monotonic() - last < part.tick_seconds):
            return
        self._ticked_at[name] = time.monotonic()
        part.tick(self.enqueue)

    def _forget_old_runs(self) -> None:
        if time.monotonic() - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = time.monotonic()
        before = datetime.now(UTC) - timedelta(seconds=KEEP_RUNS_SECONDS)
        old = DBOS.list_workflows(
            name=[name for part in PARTS.values() for name in part.passing],
            status="SUCCESS",
            completed_before=before.isoformat(),
            limit=5000,
        )
        if old:
            DBOS.delete_workflows([run.workflow_id for run in old])
