"""The course of one period through everything that happened: begun, interrupted, run out, revived.

One state machine serves the claim's limitation, the guarantee debt's limitation and the enforcement period, since the
same events interrupt them. It only ever moves a start forward, so no interruption can bring an end nearer.

Source: 民法典 192, 194, 195; 诉讼时效规定 10-19; 总则编解释 38; 民诉法250.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from evidence.law.acts import Act, ActKind, Revival, View
from evidence.law.clock import CLAIM, Clock, Effect, Period, PeriodKind, State, Step
from evidence.law.course_steps import (
    act_step,
    cap_step,
    end_step,
    in_order,
    none_step,
    suspension_steps,
    transition_steps,
    waiver_step,
)
from evidence.law.deadlines import LATEST_START, Rules, longest, period
from evidence.law.facts import Claim, Notice, Proceeding
from evidence.law.vocabulary import Channel, End, ProceedingKind, Role, Signature

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

    @property
    def basis(self) -> str:
        """What the period rests on: the claim, or a guarantor's promise."""
        return f"party:{self.party}" if self.role is Role.GUARANTOR else CLAIM


class Course:
    """Runs one period; `follow` takes the acts in order, `clock` gives what came of it."""

    def __init__(self, terms: Terms, *, start: date, steps: Iterable[Step], missing: Iterable[str] = ()) -> None:
        self._terms, self._steps = terms, list(steps)
        self._kind = terms.kind
        self._longest = longest(terms.capped_from or start)
        self._periods = [period(self._kind, start, terms.rules)]
        self._pending = self._decided = self._revived = False
        self._begun_by = ""
        self._missing = list(missing)

    def follow(self, acts: Iterable[Act]) -> "Course":
        """Take acts sorted by day and id."""
        for act in acts:
            if self._decided:
                break
            self._take(act)
            if isinstance(act.event, Proceeding):
                self._judge(act)
        return self

    def clock(self) -> Clock:
        """Give the clock on the day asked for."""
        rules = self._terms.rules
        self._steps += transition_steps(self._periods)
        self._steps += suspension_steps(self._periods, rules.suspensions, as_of=rules.as_of)
        current, as_of = self._periods[-1], rules.as_of
        # Words between parties cannot outlast the 20 years; a judgment's enforcement has nothing to do with them.
        idle = self._pending or self._decided
        outlasts = self._kind is not PeriodKind.ENFORCEMENT and self._longest.last_day < current.last_day
        capped = outlasts and not idle
        end = self._longest if capped else current
        if capped:
            self._steps.append(cap_step(end))
        elif not idle:
            self._steps.append(end_step(end, because=self._terms.basis))
        state = self._state(end, capped=capped, as_of=as_of)
        return Clock(
            party=self._terms.party,
            role=self._terms.role,
            track=self._terms.view.track,
            item=self._terms.item,
            periods=tuple(self._periods),
            longest=self._longest,
            steps=in_order(self._steps),
            state=state,
            last_day=None if idle else end.last_day,
            raw_last_day=None if idle else end.raw_last_day,
            missing=tuple(self._missing),
            flags=("defence_only",) if state is State.EXPIRED else (),
        )

    def _state(self, end: Period, *, capped: bool, as_of: date) -> State:
        if self._decided:
            return State.NOT_COVERED
        if self._pending:
            return State.PENDING
        if self._periods[0].starts_on > as_of:
            return State.NOT_STARTED
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
        if act.kind is ActKind.ADMISSION and self._adds_nothing(act):
            return
        if self._pending and act.kind is not ActKind.PROCEEDING:
            self._none(act, "within_proceeding")
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
        if not isinstance(act.event, Notice):
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
        start = act.restart_on
        over = (
            self._longest.last_day < start
            or self._longest.last_day < period(self._kind, start, self._terms.rules).last_day
        )
        contested = (*act.questions, *questions, *(("cap_after_waiver",) if over else ()))
        self._steps.append(waiver_step(act, start=start, questions=contested, by_signature=bool(questions)))
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
        self._steps.append(none_step(act, reason, last_day=self._last_day(), question=question))

    def _step(
        self, act: Act, effect: Effect, *, on: date | None = None, reason: str = "", provisions: tuple[str, ...] = ()
    ) -> None:
        via = act.party if act.party != self._terms.party and act.kind is not ActKind.VOID else ""
        self._steps.append(act_step(act, effect, on=on or act.on, reason=reason, provisions=provisions, via=via))
