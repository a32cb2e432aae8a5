"""The course of one period through everything that happened: begun, interrupted, run out, revived.

One state machine serves the claim's limitation, the guarantee debt's limitation and the enforcement period, since the
same events interrupt them. It only ever moves a start forward, so no interruption can bring an end nearer.

Source: 民法典 192, 194, 195; 诉讼时效规定 10-19; 总则编解释 38; 民诉法250.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from evidence.law.acts import Act, ActKind, Revival, View
from evidence.law.clock import CLAIM, Clock, Effect, Period, PeriodKind, State, Step
from evidence.law.deadlines import LATEST_START, Rules, longest, period
from evidence.law.facts import Claim, Notice, Proceeding
from evidence.law.provisions import CODE_FROM, THREE_YEARS_FROM
from evidence.law.vocabulary import Certainty, Channel, End, ProceedingKind, Role, Signature

_DECIDED = frozenset({End.JUDGMENT, End.SETTLEMENT, End.REJECTED})
_BINDING = frozenset({ProceedingKind.SUIT, ProceedingKind.ARBITRATION, ProceedingKind.PAYMENT_ORDER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Whose period this is, and how its length and its doubts are decided."""

    party: str
    role: Role
    view: View
    rules: Rules
    claim: Claim
    kind: PeriodKind = PeriodKind.LIMITATION
    item: date | None = None
    capped_from: date | None = None
    """The day from which the 20 years run, if another than the start."""


class Course:
    """Runs one period; `follow` takes the acts in order, `clock` gives what came of it."""

    def __init__(self, terms: Terms, *, start: date, steps: Iterable[Step]) -> None:
        self._terms, self._steps = terms, list(steps)
        self._kind = terms.kind
        self._longest = longest(terms.capped_from or start)
        self._periods = [period(self._kind, start, terms.rules)]
        self._pending = self._decided = self._revived = False
        self._begun_by = ""
        self._missing: list[str] = []

    def follow(self, acts: Iterable[Act]) -> "Course":
        """Take acts sorted by day and id."""
        for act in acts:
            if self._decided:
                break
            self._take(act)
            self._judge(act)
        return self

    def clock(self) -> Clock:
        """Give the clock on the day asked for."""
        self._note_transition()
        self._note_suspensions()
        current, as_of = self._periods[-1], self._terms.rules.as_of
        # Words between parties cannot outlast the 20 years; a judgment's enforcement has nothing to do with them.
        capped = self._kind is not PeriodKind.ENFORCEMENT and self._longest.last_day < current.last_day
        end = self._longest if capped else current
        idle = self._pending or self._decided
        if capped:
            self._steps.append(self._cap_step())
        elif not idle:
            self._steps.append(end_step(end))
        return Clock(
            party=self._terms.party,
            role=self._terms.role,
            track=self._terms.view.track,
            item=self._terms.item,
            periods=tuple(self._periods),
            longest=self._longest,
            steps=in_order(self._steps),
            state=self._state(end, capped=capped, as_of=as_of),
            last_day=None if idle and not capped else end.last_day,
            raw_last_day=None if idle and not capped else end.raw_last_day,
            missing=tuple(self._missing),
        )

    def _state(self, end: Period, *, capped: bool, as_of: date) -> State:
        if self._decided:
            return State.NOT_COVERED
        if self._pending and not (capped and end.last_day < as_of):
            return State.PENDING
        if end.last_day < as_of:
            return State.CAPPED if capped else State.EXPIRED
        return State.REVIVED if self._revived else State.RUNNING

    def _take(self, act: Act) -> None:
        if act.kind is ActKind.VOID:
            self._missing += (name for name in act.missing if name not in self._missing)
            self._step(act, Effect.NOT_COVERED if act.reason.endswith("not_covered") else Effect.NONE)
        elif act.on < self._periods[-1].starts_on:
            self._before(act)
        elif self._pending or act.on <= self._last_day():
            self._interrupt(act)
        else:
            self._after(act)

    def _last_day(self) -> date:
        current = self._periods[-1]
        if self._kind is PeriodKind.ENFORCEMENT:
            return current.last_day
        return min(current.last_day, self._longest.last_day)

    def _before(self, act: Act) -> None:
        """The period has not begun: a demand is early, or a procedure or a promised day still lies ahead."""
        start = self._periods[-1].starts_on
        goes_on = act.kind is ActKind.PROCEEDING and act.until is None
        reaches_in = act.kind is not ActKind.ASSERTION and act.restart_on > start
        if goes_on or reaches_in:
            self._interrupt(act)
        elif act.revival is not Revival.DOUBTFUL:
            self._none(act, self._begun_by or "before_due")

    def _interrupt(self, act: Act) -> None:
        if self._adds_nothing(act):
            return
        self._step(act, Effect.INTERRUPTS)
        if act.kind is ActKind.PROCEEDING and act.until is None:
            self._pending = True
            self._begun_by = "within_proceeding"
            return
        if act.restart_on > act.on and self._judgment(act) is not None:
            return
        start = max(self._periods[-1].starts_on, act.restart_on)
        if act.restart_on > act.on:
            self._begun_by = "within_proceeding" if act.kind is ActKind.PROCEEDING else "before_promised_day"
            reason = "procedure_ended" if act.kind is ActKind.PROCEEDING else "promised_day_came"
            self._step(act, Effect.RESTARTS, on=act.restart_on, reason=reason)
        self._begin(start)

    def _adds_nothing(self, act: Act) -> bool:
        """A signature within the period stands on a letter that has interrupted it already."""
        if act.kind is not ActKind.ADMISSION or not isinstance(act.event, Notice):
            return False
        return act.revival is Revival.DOUBTFUL or act.restart_on <= self._periods[-1].starts_on

    def _begin(self, start: date) -> None:
        if start > self._periods[-1].starts_on and start < LATEST_START:
            self._periods.append(period(self._kind, start, self._terms.rules))

    def _after(self, act: Act) -> None:
        """The period is over: only what the obligor itself says or pays can still matter (规定19)."""
        if act.party != self._terms.party or act.revival is Revival.NOTHING:
            self._none(act, "after_expiry")
        elif act.revival is Revival.WAIVES:
            self._waive(act, ())
        elif act.revival is Revival.PART:
            self._contested(act, "part_payment_after_expiry", waives="whole", otherwise="paid_after_expiry")
        else:
            lean = "agrees" if self._speaks_for_itself(act) else None
            self._contested(act, "signature_after_expiry", waives="agrees", otherwise="signed_after_expiry", lean=lean)

    def _speaks_for_itself(self, act: Act) -> bool:
        """A lender's demand for the whole sum, signed without reservation: (2021)最高法民申7298号."""
        lender = bool(self._terms.claim.lender or self._terms.claim.financial_institution)
        event = act.event
        if isinstance(event, Notice):
            asked = event.demands_payment is True and event.states_amount is not False
            return lender and asked and event.channel is not Channel.OTHER and event.signature is Signature.NO_TEXT
        return False

    def _contested(self, act: Act, question: str, *, waives: str, otherwise: str, lean: str | None = None) -> None:
        if self._terms.view.answer(question, lean=lean) == waives:
            self._waive(act, (question,))
        else:
            self._none(act, otherwise, question=question)

    def _waive(self, act: Act, questions: tuple[str, ...]) -> None:
        # Nothing is due before the day promised now, on either track: there is no older period to fall back on.
        promised = getattr(act.event, "promised_due_on", None)
        start = max(act.on, act.restart_on, promised or act.on)
        over = (
            self._longest.last_day < start
            or self._longest.last_day < period(self._kind, start, self._terms.rules).last_day
        )
        self._steps.append(
            Step(
                on=act.on,
                effect=Effect.WAIVES,
                because=(act.id,),
                provisions=("民法典192", "时效规定19", *(("法释1999-7",) if questions else ())),
                certainty=Certainty.CONTESTED if questions or over else Certainty.SETTLED,
                reason="waived",
                values={"start": start.isoformat()},
                questions=(*questions, *(("cap_after_waiver",) if over else ())),
                grade=act.grade,
            )
        )
        if over and self._terms.view.answer("cap_after_waiver") == "fresh":
            self._longest = longest(start)
        self._revived = True
        self._begun_by = "before_promised_day" if start > act.on else ""
        self._begin(start)

    def _judge(self, act: Act) -> None:
        """A judgment puts the two years for enforcement in the place of limitation, whatever came before."""
        event = self._judgment(act)
        if event is None:
            return
        ended = event.effective_on or event.ended_on or act.on
        if event.end is End.REJECTED:
            self._decided = True
            self._step(act, Effect.NOT_COVERED, on=ended, reason="claim_rejected", provisions=("民法典195",))
        else:
            self._enforce(act, event.performance_due_on or ended)

    def _judgment(self, act: Act) -> Proceeding | None:
        """Give the proceeding that decided on the claim against this very party, if the act is one."""
        event = act.event
        if not isinstance(event, Proceeding) or event.kind not in _BINDING or event.end not in _DECIDED:
            return None
        own = act.party == self._terms.party and act.party in event.against
        return event if own and (event.effective_on or event.ended_on) is not None else None

    def _enforce(self, act: Act, start: date) -> None:
        self._kind, self._pending, self._revived = PeriodKind.ENFORCEMENT, False, False
        self._begun_by = "within_proceeding"
        self._step(act, Effect.ENFORCEMENT, on=start, reason="judged", provisions=("民诉法250",))
        self._periods.append(period(self._kind, start, self._terms.rules))

    def _none(self, act: Act, reason: str, *, question: str = "") -> None:
        provisions = (*act.provisions, *(rule for rule in _NONE_BY.get(reason, ()) if rule not in act.provisions))
        questions = (*act.questions, question) if question else act.questions
        self._steps.append(
            Step(
                on=act.on,
                effect=Effect.NONE,
                because=(act.id,),
                provisions=provisions,
                certainty=Certainty.CONTESTED if questions else act.certainty,
                reason=reason,
                values={"last_day": self._last_day().isoformat()},
                questions=questions,
                grade=act.grade,
            )
        )

    def _step(
        self, act: Act, effect: Effect, *, on: date | None = None, reason: str = "", provisions: tuple[str, ...] = ()
    ) -> None:
        shared = act.party != self._terms.party
        rules = provisions or (("民法典195",) if effect is Effect.RESTARTS else act.provisions)
        self._steps.append(
            Step(
                on=on or act.on,
                effect=effect,
                because=(act.id,),
                provisions=(*rules, "时效规定15", "民法典518") if shared else rules,
                certainty=act.certainty,
                reason=reason or act.reason,
                values={**act.values, **({"via": act.party} if shared else {})},
                questions=act.questions,
                grade=act.grade,
            )
        )

    def _note_transition(self) -> None:
        """Say what 2017-10-01 did to the period that ran on it, or that it found the period over."""
        older = [each for each in self._periods if each.starts_on < THREE_YEARS_FROM]
        if not older or older[-1].kind is PeriodKind.ENFORCEMENT:
            return
        ran = older[-1]
        survived = ran.last_day >= THREE_YEARS_FROM
        self._steps.append(
            Step(
                on=THREE_YEARS_FROM if survived else ran.last_day,
                effect=Effect.TRANSITION if survived else Effect.NONE,
                because=(CLAIM,),
                provisions=("法释2018-12", "民法总则188") if survived else ("民法通则135",),
                certainty=Certainty.SECONDARY,
                reason="transition_to_three_years" if survived else "old_period",
                values={"span": ran.span.zh},
            )
        )

    def _note_suspensions(self) -> None:
        current = self._periods[-1]
        for cause in self._terms.rules.suspensions:
            counts = current.suspended and cause.started_on <= current.last_day
            is_code = (cause.ended_on or CODE_FROM) >= THREE_YEARS_FROM
            self._steps.append(
                Step(
                    on=cause.ended_on or self._terms.rules.as_of,
                    effect=Effect.SUSPENDS if counts else Effect.NONE,
                    because=(cause.id,),
                    provisions=("民法典194",) if is_code else ("民法通则139",),
                    certainty=Certainty.SETTLED if is_code else Certainty.SECONDARY,
                    reason="suspended" if counts else "not_in_last_six_months",
                    values={"last_day": current.raw_last_day.isoformat()},
                )
            )

    def _cap_step(self) -> Step:
        end = self._longest
        return Step(
            on=end.last_day,
            effect=Effect.CAPS,
            because=(CLAIM,),
            provisions=("民法典188", "总则编解释35"),
            certainty=Certainty.SETTLED,
            reason="twenty_years",
            values={"start": end.starts_on.isoformat(), "last_day": end.last_day.isoformat()},
        )


_NONE_BY = {
    "after_expiry": ("民法典192",),
    "before_due": ("民法典188",),
    "within_proceeding": ("民法典195",),
    "before_promised_day": ("民法典195",),
    "paid_after_expiry": ("民法典192", "时效规定19"),
    "signed_after_expiry": ("时效规定19", "法释1999-7"),
}


def end_step(end: Period) -> Step:
    """Give the step that names a period's last day, and the rule that moved it."""
    return Step(
        on=end.last_day,
        effect=Effect.ENDS,
        because=(CLAIM,),
        provisions=("民法典202", "民法典203") if end.rolled else ("民法典202",),
        certainty=Certainty.SETTLED,
        reason="ends_rolled" if end.rolled else "ends",
        values={"last_day": end.last_day.isoformat(), "raw_last_day": end.raw_last_day.isoformat()},
    )


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Give steps by day; those of one day stay as they were reasoned."""
    return tuple(sorted(steps, key=attrgetter("on")))
