"""What the living do for the dead: numbers that a dead process reserved are voided, its requests are given free."""

from collections.abc import Callable
from dataclasses import dataclass

from service.workflows.steps import Effects, Enqueue, Part

SETTLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlingWork:
    """What is done every few seconds by every worker; each effect may be done twice, and at once."""

    settle: Callable[[], None]
    """End what dead processes left half done."""


effects: Effects[SettlingWork] = Effects()


def _tick(_enqueue: Enqueue) -> None:
    effects().settle()


PART = Part(effects=effects, queues=(), tick=_tick, tick_seconds=SETTLE_SECONDS)
