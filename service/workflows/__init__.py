"""The durable jobs, as DBOS workflows: the log and its stamps, bundles, batches and their mail, days, scrubbing.

A further module of workflows gives a `Part` (its effects, its queues, what is due at a tick); `engine` lists it in
PARTS and as a field of `Work`, and `service.wiring` fills that field.
"""

from service.workflows.bundles import BundleSteps, build_bundle, enqueue_bundle
from service.workflows.desk import Desk
from service.workflows.engine import Executor, Jobs, Work
from service.workflows.limitation import LimitationWork, look_at_limitation
from service.workflows.log import LogWork, integrate_log, stamp_checkpoint
from service.workflows.scrubbing import ScrubbingWork
from service.workflows.settling import SettlingWork
from service.workflows.steps import Enqueue, JobFailedError, Outcome, WorkQueue

__all__ = [
    "BundleSteps",
    "Desk",
    "Enqueue",
    "Executor",
    "JobFailedError",
    "Jobs",
    "LimitationWork",
    "LogWork",
    "Outcome",
    "ScrubbingWork",
    "SettlingWork",
    "Work",
    "WorkQueue",
    "build_bundle",
    "enqueue_bundle",
    "integrate_log",
    "look_at_limitation",
    "stamp_checkpoint",
]
