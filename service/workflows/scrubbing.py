"""Scrubbing as a durable job: a page of frozen bytes a minute, by whichever worker is free."""

from collections.abc import Callable
from dataclasses import dataclass

from dbos import DBOS

from service.workflows.steps import Effects, Enqueue, Part, WorkQueue, step

SCRUBS = WorkQueue(name="scrubbing", width=1)
PAGE_SECONDS = 60.0
"""Between two pages: 100 objects a minute are 144,000 a day, and no store feels it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubbingWork:
    """What the scrubbing workflow calls."""

    is_due: Callable[[], bool]
    """Tell, cheaply, whether a round is under way or should begin."""
    page: Callable[[], int]
    """Look at the next page of frozen bytes."""


effects: Effects[ScrubbingWork] = Effects()


@DBOS.workflow(name="scrub_page")
def scrub_page() -> None:
    """Look at one page; where a store is away, the next minute tries again."""
    step("scrub", effects().page, attempts=1)


def _tick(enqueue: Enqueue) -> None:
    if effects().is_due():
        enqueue(SCRUBS, scrub_page, only_one=SCRUBS.name)


PART = Part(effects=effects, queues=(SCRUBS,), tick=_tick, tick_seconds=PAGE_SECONDS, passing=("scrub_page",))
