"""From which day the claim's period runs, or why nobody can tell.

Source: 民法典 188, 189, 196, 510, 511, 675; 诉讼时效规定 1, 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.law.act_notices import NEVER
from evidence.law.acts import Act, ActKind, View
from evidence.law.clock import CLAIM, Effect, Step
from evidence.law.facts import Acceleration, Claim, Extension, Facts, Notice
from evidence.law.provisions import NOT_SUBJECT, law_of
from evidence.law.vocabulary import Certainty, ClaimKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One beginning.

    Attributes:
        on: The day that is not counted; None where it cannot be told or has not come.
        steps: What fixed it.
        missing: Keys of `evidence.law.wording.MISSING`.
        used: Ids of events that fixed the start and interrupt nothing.
    """

    on: date | None
    item: date | None = None
    steps: tuple[Step, ...] = ()
    missing: tuple[str, ...] = ()
    used: frozenset[str] = frozenset()


def is_subject(claim: Claim) -> bool:
    """Tell whether any limitation period concerns the claim."""
    return claim.kind not in NOT_SUBJECT


def starts(facts: Facts, acts: Sequence[Act], view: View) -> tuple[Start, ...]:
    """Give the beginnings of the claim's periods: one, or one a due date of a fee that falls due again and again.

    Args:
        facts: The claim and its events.
        acts: The acts that reach the debtor whose clock this is, by day.
        view: Whose eyes.
    """
    claim = facts.claim
    if claim.periods:
        return _periodic(claim, view)
    if claim.no_due_date:
        return (_no_due_date(acts),)
    if claim.kind is ClaimKind.DAMAGES and claim.due_on is None:
        return (_known(claim),)
    due = _due(claim)
    if due is None:
        return (Start(on=None, missing=("due_on",)),)
    return (_dated(facts, due, view),)


def _due(claim: Claim) -> date | None:
    return claim.due_on or max(claim.instalments, default=None)


def principal_due(facts: Facts, view: View, *, consenting: str) -> date | None:
    """Give the due date that a guarantor's period runs from: an extension counts only with its written consent.

    Source: 民法典 692, 695(2).
    """
    due = _due(facts.claim) or max(facts.claim.periods, default=None) or facts.claim.known_on
    if due is None:
        return None
    for event in extensions_of(facts):
        if consenting in event.consented and event.agreed_on <= due:
            due = event.to_on
    accelerated = _accelerated(facts, due)
    return accelerated.on if accelerated and _takes_acceleration(view) else due


def _periodic(claim: Claim, view: View) -> tuple[Start, ...]:
    as_one = claim.one_debt
    questions = () if as_one is not None else ("periodic_debt",)
    if as_one is None:
        as_one = view.answer("periodic_debt") == "one_debt"
    dues = (max(claim.periods),) if as_one else tuple(sorted(claim.periods))
    reason, provision = ("due_last_instalment", "民法典189") if as_one else ("due_each_period", "民法典188")
    return tuple(
        Start(on=due, item=None if as_one else due, steps=(_step(due, reason, provision, questions=questions),))
        for due in dues
    )


def _no_due_date(acts: Sequence[Act]) -> Start:
    """The first demand that counts fixes the start: at the end of the grace it allows, or at a clear refusal."""
    first = next((act for act in acts if act.kind is not ActKind.VOID and act.on != NEVER), None)
    if first is None:
        return Start(on=None, missing=("first_demand",))
    event, on, missing = first.event, first.on, tuple[str, ...]()
    if isinstance(event, Notice) and not event.refuses:
        on += timedelta(days=event.grace_days or 0)
        missing = () if event.grace_days is not None else ("grace_days",)
    elif first.kind is ActKind.ADMISSION:
        on = max(on, first.restart_on)
    step = Step(
        on=on,
        effect=Effect.FIXES_START,
        because=(first.id,),
        provisions=("时效规定4", "民法典510", "民法典675"),
        certainty=Certainty.SETTLED,
        reason="first_demand",
        values={"demanded": first.on.isoformat(), "grace_end": on.isoformat()},
        grade=first.grade,
    )
    used = frozenset() if first.kind is ActKind.PROCEEDING else frozenset({first.id})
    return Start(on=on, steps=(step,), missing=missing, used=used)


def _known(claim: Claim) -> Start:
    if claim.known_on is None:
        return Start(on=None, missing=("known_on",))
    return Start(on=claim.known_on, steps=(_step(claim.known_on, "known", "民法典188"),))


def _dated(facts: Facts, due: date, view: View) -> Start:
    is_last = bool(facts.claim.instalments)
    steps = [_step(due, "due_last_instalment" if is_last else "due", "民法典189" if is_last else _period_law(due))]
    used: set[str] = set()
    for event in extensions_of(facts):
        if event.agreed_on <= due:
            due = event.to_on
            used.add(event.id)
            steps.append(_step(due, "extended_before_due", _period_law(due), because=(CLAIM, event.id)))
    accelerated = _accelerated(facts, due)
    if accelerated is None:
        return Start(on=due, steps=tuple(steps), used=frozenset(used))
    taken = _takes_acceleration(view)
    on = accelerated.on if taken else due
    reason = "accelerated" if taken else "due_last_instalment"
    because = (CLAIM, accelerated.id)
    steps = [_step(on, reason, "民法典189", because=because, questions=("acceleration_start",))]
    return Start(on=on, steps=tuple(steps), used=frozenset(used))


def _takes_acceleration(view: View) -> bool:
    return view.answer("acceleration_start") == "accelerated"


def _accelerated(facts: Facts, due: date) -> Acceleration | None:
    found = [event for event in facts.events if isinstance(event, Acceleration) and event.on < due]
    return min(found, key=lambda event: (event.on, event.id), default=None)


def extensions_of(facts: Facts) -> list[Extension]:
    """Give the extensions in the order in which they were agreed."""
    found = [event for event in facts.events if isinstance(event, Extension)]
    return sorted(found, key=lambda event: (event.agreed_on, event.id))


def _period_law(due: date) -> str:
    return law_of(due, code="民法典188", general="民法总则188", old="民法通则135")


def _step(
    on: date, reason: str, provision: str, *, because: tuple[str, ...] = (CLAIM,), questions: tuple[str, ...] = ()
) -> Step:
    return Step(
        on=on,
        effect=Effect.STARTS,
        because=because,
        provisions=(provision, "民法典201", "民法典202"),
        certainty=Certainty.CONTESTED if questions else Certainty.SETTLED,
        reason=reason,
        values={"start": on.isoformat()},
        questions=questions,
    )
