"""The steps of a course, put into values: what happened to a period, because of what, under which rule."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from operator import attrgetter

from evidence.law.acts import Act
from evidence.law.calendar import last_day
from evidence.law.clock import CLAIM, Effect, Period, PeriodKind, Step
from evidence.law.facts import Suspension
from evidence.law.provisions import AFTER_CAUSE, CODE_FROM, THREE_YEARS_FROM
from evidence.law.vocabulary import Certainty

_NONE_BY = {
    "after_expiry": ("民法典192",),
    "before_due": ("民法典188",),
    "within_proceeding": ("民法典195",),
    "before_promised_day": ("民法典195",),
    "paid_after_expiry": ("民法典192", "时效规定19"),
    "signed_after_expiry": ("时效规定19", "法释1999-7"),
}
"""Rules that an act without effect rests on, beside its own."""


def act_step(
    act: Act, effect: Effect, *, on: date, reason: str = "", provisions: tuple[str, ...] = (), via: str = ""
) -> Step:
    """Give the step of an act that has an effect.

    Args:
        act: The act.
        effect: What it does.
        on: The day of the effect.
        reason: Instead of the act's own.
        provisions: Instead of the act's own.
        via: The jointly bound party that the act concerns, if it is another one.
    """
    rules = provisions or (("民法典195",) if effect is Effect.RESTARTS else act.provisions)
    return Step(
        on=on,
        effect=effect,
        because=(act.id,),
        provisions=(*rules, "时效规定15", "民法典518") if via else rules,
        certainty=act.certainty,
        reason=reason or act.reason,
        values={**act.values, "via": via} if via else act.values,
        questions=act.questions,
        grade=act.grade,
    )


def none_step(act: Act, reason: str, *, last_day: date, question: str) -> Step:
    """Give the step of an act that came at a time when it could do nothing."""
    questions = (*act.questions, question) if question else act.questions
    return Step(
        on=act.on,
        effect=Effect.NONE,
        because=(act.id,),
        provisions=(*act.provisions, *(rule for rule in _NONE_BY.get(reason, ()) if rule not in act.provisions)),
        certainty=Certainty.CONTESTED if questions else act.certainty,
        reason=reason,
        values={"last_day": last_day.isoformat()},
        questions=questions,
        grade=act.grade,
    )


def waiver_step(act: Act, *, start: date, questions: tuple[str, ...], by_signature: bool) -> Step:
    """Give the step of an obligor's agreement to perform after the period was over (规定19)."""
    return Step(
        on=act.on,
        effect=Effect.WAIVES,
        because=(act.id,),
        provisions=("民法典192", "时效规定19", *(("法释1999-7",) if by_signature else ())),
        certainty=Certainty.CONTESTED if questions else Certainty.SETTLED,
        reason="waived",
        values={"start": start.isoformat()},
        questions=questions,
        grade=act.grade,
    )


def transition_steps(periods: Sequence[Period]) -> Iterator[Step]:
    """Say what 2017-10-01 did to the period that ran on it, or that it found the period over (法释〔2018〕12号)."""
    older = [each for each in periods if each.starts_on < THREE_YEARS_FROM]
    if not older or older[-1].kind is PeriodKind.ENFORCEMENT:
        return
    ran = older[-1]
    survived = ran.last_day >= THREE_YEARS_FROM
    yield Step(
        on=THREE_YEARS_FROM if survived else ran.last_day,
        effect=Effect.TRANSITION if survived else Effect.NONE,
        because=(CLAIM,),
        provisions=("法释2018-12", "民法总则188") if survived else ("民法通则135",),
        certainty=Certainty.SECONDARY,
        reason="transition_to_three_years" if survived else "old_period",
        values={"span": ran.span.zh},
    )


def suspension_steps(periods: Sequence[Period], causes: Sequence[Suspension], *, as_of: date) -> Iterator[Step]:
    """Say of each cause which period it moved, or that it moved none (民法典194)."""
    for cause in causes:
        ended = cause.ended_on or as_of
        moved = [each for each in periods if each.suspended and _moved(each, cause.started_on, ended)]
        is_code = (cause.ended_on or CODE_FROM) >= THREE_YEARS_FROM
        yield Step(
            on=ended,
            effect=Effect.SUSPENDS if moved else Effect.NONE,
            because=(cause.id,),
            provisions=("民法典194",) if is_code else ("民法通则139",),
            certainty=Certainty.SETTLED if is_code else Certainty.SECONDARY,
            reason="suspended" if moved else "not_in_last_six_months",
            values={"last_day": (moved or periods)[-1].raw_last_day.isoformat()},
        )


def _moved(period: Period, started: date, ended: date) -> bool:
    whole = last_day(period.starts_on, period.span)
    return period.starts_on <= ended and started <= period.last_day and last_day(ended, AFTER_CAUSE) > whole


def unproved_step(cause: Suspension, *, grade: str, as_of: date) -> Step:
    """Say that a cause is not proved well enough for this track."""
    return Step(
        on=cause.ended_on or as_of,
        effect=Effect.NONE,
        because=(cause.id,),
        provisions=("民法典194",),
        certainty=Certainty.SETTLED,
        reason="not_proved",
        values={"grade": grade},
    )


def cap_step(end: Period) -> Step:
    """Give the step of the 20 years, where they end before anything else (民法典188(2))."""
    return Step(
        on=end.last_day,
        effect=Effect.CAPS,
        because=(CLAIM,),
        provisions=("民法典188", "总则编解释35"),
        certainty=Certainty.SETTLED,
        reason="twenty_years",
        values={"start": end.starts_on.isoformat(), "last_day": end.last_day.isoformat()},
    )


def end_step(end: Period, *, because: str = CLAIM) -> Step:
    """Give the step that names a period's last day, and the rule that moved it (民法典202, 203)."""
    return Step(
        on=end.last_day,
        effect=Effect.ENDS,
        because=(because,),
        provisions=("民法典202", "民法典203") if end.rolled else ("民法典202",),
        certainty=Certainty.SETTLED,
        reason="ends_rolled" if end.rolled else "ends",
        values={"last_day": end.last_day.isoformat(), "raw_last_day": end.raw_last_day.isoformat()},
    )


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Give steps by day; those of one day stay as they were reasoned."""
    return tuple(sorted(steps, key=attrgetter("on")))
