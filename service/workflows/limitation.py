"""The look at limitation: every matter whose day has come is reckoned again."""

from collections.abc import Callable
from dataclasses import dataclass

from dbos import DBOS

from service.workflows.steps import Effects, Enqueue, Part, WorkQueue, step

LOOKS = WorkQueue(name="limitation", width=1)
ASKED_EVERY_SECONDS = 60.0
"""How often it is asked whether a matter waits for its look: a minute after midnight in China, say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitationWork:
    """What the look's workflow calls."""

    is_due: Callable[[], bool]
    """Tell, cheaply, whether a matter waits for its look: its day has come, or the rules are others."""
    look: Callable[[], int]
    """Look at a page of such matters; gives how many there were."""


effects: Effects[LimitationWork] = Effects()


@DBOS.workflow(name="look_at_limitation")
def look_at_limitation() -> None:
    """Look at every matter whose day has come, a page a step, until none waits."""
    while step("look", effects().look):
        pass


def _tick(enqueue: Enqueue) -> None:
    if effects().is_due():
        # One at a time, whichever process asks: while one waits or runs, asking again changes nothing.
        enqueue(LOOKS, look_at_limitation, only_one=LOOKS.name)


PART = Part(
    effects=effects, queues=(LOOKS,), tick=_tick, tick_seconds=ASKED_EVERY_SECONDS, passing=("look_at_limitation",)
)
