"""The log's workflows: putting entries into it, and stamping its checkpoints."""

from collections.abc import Callable
from dataclasses import dataclass

from dbos import DBOS

from service.workflows.steps import Effects, Enqueue, Part, WorkQueue, step

STAMPS = WorkQueue(name="stamps", width=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWork:
    """What the log's workflows call."""

    has_waiting: Callable[[], bool]
    """Tell, cheaply, whether entries wait for the log."""
    integrate: Callable[[], None]
    """Put what is waiting into the log."""
    stamp_checkpoint: Callable[[int, str], None]
    """Get a token over the checkpoint of that size from that authority; nothing when it is there already."""
    checkpoints_to_stamp: Callable[[], tuple[tuple[int, str], ...]]
    """The (tree size, authority) pairs that are due now."""


effects: Effects[LogWork] = Effects()


@DBOS.workflow(name="integrate_log")
def integrate_log() -> None:
    """Put waiting entries into the log; the next tick of the cadence tries again what this one could not."""
    step("integrate", effects().integrate, attempts=1)


@DBOS.workflow(name="stamp_checkpoint")
def stamp_checkpoint(tree_size: int, authority: str) -> None:
    """Get one authority's token over one checkpoint, however long the authority is away."""
    step("stamp", effects().stamp_checkpoint, tree_size, authority)


def _tick(enqueue: Enqueue) -> None:
    if effects().has_waiting():
        integrate_log()
    for tree_size, authority in effects().checkpoints_to_stamp():
        enqueue(STAMPS, stamp_checkpoint, tree_size, authority, workflow_id=f"stamp-{tree_size}-{authority}")


PART = Part(effects=effects, queues=(STAMPS,), tick=_tick, passing=("integrate_log", "stamp_checkpoint"))
