"""What was known on a day: facts that came later, or later parts of a fact, are left out.

Source: none in law; `as_of` asks what a lawyer would have said on that day.
"""

from dataclasses import replace
from datetime import date

from evidence.law.facts import (
    Acceleration,
    Acknowledgment,
    Assignment,
    DebtorFirstEnded,
    Event,
    Extension,
    Notice,
    Proceeding,
    Suspension,
)


def known_on(events: tuple[Event, ...], as_of: date) -> tuple[Event, ...]:
    """Give the events as they stood on a day."""
    found = (_known(event, as_of) for event in events)
    return tuple(event for event in found if event is not None)


def _known(event: Event, as_of: date) -> Event | None:
    if isinstance(event, Notice):
        return _notice(event, as_of)
    if isinstance(event, Proceeding):
        return _proceeding(event, as_of)
    if isinstance(event, Suspension):
        return _suspension(event, as_of)
    return event if _day(event) <= as_of else None


def _day(event: Acknowledgment | Assignment | Extension | Acceleration | DebtorFirstEnded) -> date:
    return event.agreed_on if isinstance(event, Extension) else event.on


def _notice(event: Notice, as_of: date) -> Notice | None:
    posted, came = event.posted_on, event.outcome_on
    if (came is None or came <= as_of) and (posted is None or posted <= as_of):
        return event
    if posted is None or posted > as_of:
        return None
    return replace(event, outcome=None, outcome_on=None, signer=None, signature=None)


def _proceeding(event: Proceeding, as_of: date) -> Proceeding | None:
    if event.filed_on > as_of:
        return None
    later = [day for day in (event.ended_on, event.effective_on, event.ruling_served_on) if day and day > as_of]
    served = tuple((name, day) for name, day in event.served if day <= as_of)
    if not later and len(served) == len(event.served):
        return event
    ended = (event.effective_on or event.ended_on or as_of) <= as_of
    return replace(
        event,
        served=served,
        ended_on=event.ended_on if event.ended_on and event.ended_on <= as_of else None,
        end=event.end if ended else None,
        effective_on=event.effective_on if event.effective_on and event.effective_on <= as_of else None,
        performance_due_on=event.performance_due_on if ended else None,
        ruling_served_on=event.ruling_served_on if event.ruling_served_on and event.ruling_served_on <= as_of else None,
    )


def _suspension(event: Suspension, as_of: date) -> Suspension | None:
    if event.started_on > as_of:
        return None
    return replace(event, ended_on=None) if event.ended_on and event.ended_on > as_of else event
