"""What practitioners must not overlook, found in the facts and the timeline.

Source: LAW §9 of the compiled rules; 民法典 137, 140, 192, 197, 693-696, 701; 诉讼时效规定 8, 19; 邮政法49.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from evidence.law.act_notices import POSTAL
from evidence.law.calendar import Quality, last_day
from evidence.law.clock import Clock, PartyTimeline, State, Step, Timeline
from evidence.law.facts import Acknowledgment, Extension, Facts, Notice, Party
from evidence.law.provisions import TRACING
from evidence.law.vocabulary import AcknowledgmentKind, Channel, Outcome, Proof, Role, Signature

_DEBTORS = frozenset({Role.DEBTOR, Role.JOINT_DEBTOR, Role.DEBT_JOINER})
_ALIVE = frozenset({State.RUNNING, State.REVIVED, State.PENDING, State.PRESERVED})
_TRACED = frozenset({Channel.EMS, Channel.REGISTERED_MAIL})
_CAME_BACK = (None, Outcome.REFUSED, Outcome.RETURNED)
TRACING_NOTICE = timedelta(days=60)
"""How long before the tracing year ends a missing tracking is warned of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Something that a reader must know.

    Attributes:
        code: Key of `evidence.law.wording.WARNINGS`.
        party: The party it is about; `event` the fact; either may be None.
    """

    code: str
    party: str | None = None
    event: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


_STEPS = {
    "letter_to_general": "letter_to_general",
    "not_asked_of_guarantor": "not_asked_of_guarantor",
    "no_demand": "no_demand",
    "assignment_unserved": "assignment_before_suit",
    "after_expiry": "expired_letter",
}
"""Reasons of steps that practitioners get wrong, and the warning for each."""


def cautions_of(facts: Facts, timeline: Timeline) -> Iterator[Caution]:
    """Give every warning once, in a fixed order."""
    seen: set[tuple[str, str | None, str | None]] = set()
    for warning in _all(facts, timeline):
        key = (warning.code, warning.party, warning.event)
        if key not in seen:
            seen.add(key)
            yield warning


def _all(facts: Facts, timeline: Timeline) -> Iterator[Caution]:
    for party in timeline.parties:
        for clock in party.best:
            yield from _of_clock(party, clock)
            yield from _of_steps(party, clock, facts)
    yield from _of_guarantors(facts, timeline)
    yield from _of_notices(facts, timeline)


def _of_clock(party: PartyTimeline, clock: Clock) -> Iterator[Caution]:
    current = clock.current
    if clock.state in _ALIVE and current is not None and current.quality is Quality.PROVISIONAL:
        yield Caution(code="provisional_calendar", party=party.party)
    if "principal_defence" in clock.flags:
        yield Caution(code="principal_defence", party=party.party)


def _of_steps(party: PartyTimeline, clock: Clock, facts: Facts) -> Iterator[Caution]:
    notices = {event.id: event for event in facts.events if isinstance(event, Notice)}
    for step in clock.steps:
        event = notices.get(step.because[0])
        if step.reason in _STEPS and event is not None and event.to == party.party:
            yield Caution(code=_late(step, event), party=party.party, event=event.id)
        elif "assignment_suit" in step.questions:
            yield Caution(code="assignment_before_suit", party=party.party, event=step.because[0])


def _late(step: Step, event: Notice) -> str:
    """A letter posted in time that arrived too late is a mistake of its own kind."""
    ended = step.values.get("last_day", "")
    if step.reason == "after_expiry" and event.posted_on is not None and event.posted_on.isoformat() <= ended:
        return "arrived_too_late"
    return _STEPS[step.reason]


def _of_guarantors(facts: Facts, timeline: Timeline) -> Iterator[Caution]:
    """A demand reaches its addressee alone."""
    clocks = {party.party: party.best for party in timeline.parties}
    asked = {
        event.to
        for event in facts.events
        if isinstance(event, Notice) and (event.demands_payment or event.demands_guarantee)
    }
    for party in facts.parties:
        if party.role is Role.GUARANTOR and party.party not in asked and clocks[party.party][0].state in _ALIVE:
            yield from _unreached(facts, party, asked, joint=_is_joint(clocks[party.party][0]))
    for event in facts.events:
        if isinstance(event, Extension):
            yield from _unconsented(facts, event)


def _is_joint(clock: Clock) -> bool:
    return any(step.reason in ("mode_joint", "mode_unspecified_old") for step in clock.steps)


def _unreached(facts: Facts, party: Party, asked: set[str], *, joint: bool) -> Iterator[Caution]:
    roles = {other.party: other.role for other in facts.parties}
    if joint and any(roles[name] in _DEBTORS for name in asked):
        yield Caution(code="debtor_demand_not_guarantor", party=party.party)
    if any(roles[name] is Role.GUARANTOR for name in asked):
        yield Caution(code="guarantor_demand_not_others", party=party.party)


def _unconsented(facts: Facts, event: Extension) -> Iterator[Caution]:
    for party in facts.parties:
        if party.role is Role.GUARANTOR and party.party not in event.consented:
            yield Caution(code="extension_without_consent", party=party.party, event=event.id)


def _of_notices(facts: Facts, timeline: Timeline) -> Iterator[Caution]:
    known = {party.party: party for party in facts.parties}
    for event in sorted(facts.events, key=lambda event: event.id):
        if isinstance(event, Acknowledgment):
            yield from _of_admission(event, known[event.by], timeline)
        if not isinstance(event, Notice):
            continue
        if event.channel in POSTAL and event.outcome in _CAME_BACK and known[event.to].deemed_days is None:
            yield Caution(code="posting_plus_days", party=event.to, event=event.id)
        if event.signature in (Signature.RECEIPT_ONLY, Signature.RESERVATION):
            yield Caution(code="receipt_only", party=event.to, event=event.id)
        if event.after_hours:
            yield Caution(code="after_hours", party=event.to, event=event.id)
        if event.channel is Channel.NEWSPAPER and known[event.to].whereabouts_unknown is False:
            yield Caution(code="announcement_address_known", party=event.to, event=event.id)
        yield from _tracing(event, timeline)


def _of_admission(event: Acknowledgment, party: Party, timeline: Timeline) -> Iterator[Caution]:
    if event.kind is AcknowledgmentKind.ADVANCE_WAIVER:
        yield Caution(code="advance_waiver", party=event.by, event=event.id)
    if party.role is Role.GUARANTOR and event.kind is AcknowledgmentKind.PART_PAYMENT:
        debtors = [clock for each in timeline.parties if each.role in _DEBTORS for clock in each.best]
        if any(clock.last_day is not None and clock.last_day < event.on for clock in debtors):
            yield Caution(code="recourse_lost", party=event.by, event=event.id)


def _tracing(event: Notice, timeline: Timeline) -> Iterator[Caution]:
    if event.channel not in _TRACED or event.posted_on is None or Proof.TRACKING in event.proofs:
        return
    ends = last_day(event.posted_on, TRACING)
    if ends - TRACING_NOTICE <= timeline.as_of <= ends:
        yield Caution(code="tracing_ends", party=event.to, event=event.id, values={"until": ends.isoformat()})
