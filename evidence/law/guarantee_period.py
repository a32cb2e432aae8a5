"""How long a guarantee period is, from which day, and whether the guarantee is general or joint.

Source: 民法典 686, 690, 692, 695; 担保制度解释 25, 30, 32; 时间效力规定 27; 担保法 19, 25, 26; 担保法解释 32.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from evidence.law.acts import Act, View
from evidence.law.calendar import Span, last_day
from evidence.law.clock import Effect, Period, PeriodKind, Step
from evidence.law.deadlines import Rules, fixed
from evidence.law.facts import Facts, Guarantee, Party
from evidence.law.provisions import CODE_FROM, GUARANTEE_DEFAULT, GUARANTEE_UNCLEAR_OLD
from evidence.law.starts import extensions_of, principal_due
from evidence.law.vocabulary import Certainty, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a guarantor's clock is reckoned from.

    Attributes:
        own: Acts on this guarantor, by day.
        principal: Acts on the principal debtors, by day.
        due: The due date fixed elsewhere (a debt without one, one fee of several), else None.
        item: For a fee that falls due again and again: the due date this clock is about.
        others_asked: Whether another guarantor was asked to perform, which does not reach this one.
    """

    facts: Facts
    party: Party
    view: View
    rules: Rules
    own: Sequence[Act]
    principal: Sequence[Act]
    due: date | None
    item: date | None
    others_asked: bool

    @property
    def is_old(self) -> bool:
        """Whether the contract was made before the Code."""
        made_on = self.party.guarantee.contract_on if self.party.guarantee else None
        return made_on is not None and made_on < CODE_FROM


def due_of(seen: Seen, promised: Guarantee) -> tuple[date | None, tuple[str, ...]]:
    """Give the day that the guarantee period runs from, or what has to be known to tell it."""
    if promised.maximum is not None:
        return _maximum_due(promised)
    due = seen.due or principal_due(seen.facts, seen.view, consenting=seen.party.party)
    return due, () if due else ("first_demand",) if seen.facts.claim.no_due_date else ("due_on",)


def _maximum_due(promised: Guarantee) -> tuple[date | None, tuple[str, ...]]:
    """担保制度解释30: all due at the determination: from that day; else from the last debt's due date."""
    maximum = promised.maximum
    if maximum is None or not maximum.debts or maximum.determined_on is None:
        return None, ("maximum_debts",)
    return max(maximum.determined_on, *maximum.debts), ()


def mode_of(seen: Seen, promised: Guarantee, due: date) -> tuple[Mode, Step]:
    """Unspecified: general under the Code (686(2)), joint before (担保法19)."""
    old = is_old(promised, due)
    mode, reason, rule = promised.mode, f"mode_{promised.mode.value}", "民法典688"
    if mode is Mode.UNSPECIFIED:
        mode = Mode.JOINT if old else Mode.GENERAL
        reason, rule = ("mode_unspecified_old", "担保法19") if old else ("mode_unspecified", "民法典686")
    elif mode is Mode.GENERAL:
        rule = "民法典687"
    step = Step(
        on=promised.contract_on or due,
        effect=Effect.CLASSIFIES,
        because=(f"party:{seen.party.party}",),
        provisions=(rule, "时间效力1") if old else (rule,),
        certainty=Certainty.SECONDARY if old and rule == "担保法19" else Certainty.SETTLED,
        reason=reason,
    )
    return mode, step


def is_old(promised: Guarantee, due: date) -> bool:
    """Tell whether the law before the Code governs: by the contract's date, else by a due date before it."""
    return (promised.contract_on or due) < CODE_FROM


def term_of(seen: Seen, promised: Guarantee, due: date) -> tuple[Period, tuple[Step, ...]]:
    """Give the guarantee period and the step that explains it."""
    span, until, reason, rules, questions = _length(seen.view, promised, due)
    rolls = seen.view.answer("guarantee_roll") == "rolls"
    term = fixed(PeriodKind.GUARANTEE, due, span, rolls=rolls, until=until)
    moves = fixed(PeriodKind.GUARANTEE, due, span, rolls=True, until=until).rolled
    questions = (*questions, *(("guarantee_roll",) if moves else ()))
    if promised.maximum is not None:
        rules = ("担保解释30", "民法典690", *rules)
    rules = (*rules, "民法典202", *(("民法典203",) if moves else ()))
    step = Step(
        on=due,
        effect=Effect.STARTS,
        because=(f"party:{seen.party.party}",),
        provisions=rules,
        certainty=Certainty.CONTESTED if questions else Certainty.SETTLED,
        reason=reason,
        values={"last_day": term.last_day.isoformat(), "span": span.zh},
        questions=questions,
    )
    return term, (step,)


def undated(seen: Seen) -> tuple[str, ...]:
    """Tell whether the contract's date decides something and nobody stated it; the Code, the stricter law, is taken."""
    promised = seen.party.guarantee
    if promised is None or promised.contract_on is not None:
        return ()
    decides = promised.mode is Mode.UNSPECIFIED or promised.period_unclear
    due = due_of(seen, promised)[0]
    return ("guarantee_contract_on",) if decides and due is not None and due >= CODE_FROM else ()


def unsuspended(seen: Seen, term: Period) -> tuple[Step, ...]:
    """Say of each cause within the guarantee period that it does not move it (民法典692(1))."""
    return tuple(
        Step(
            on=cause.ended_on or seen.rules.as_of,
            effect=Effect.NONE,
            because=(cause.id,),
            provisions=("民法典692",),
            certainty=Certainty.SETTLED,
            reason="guarantee_not_suspended",
        )
        for cause in seen.rules.suspensions
        if cause.started_on <= term.last_day and (cause.ended_on or seen.rules.as_of) >= term.starts_on
    )


def extensions_seen(seen: Seen) -> tuple[Step, ...]:
    """Say of each extension whether it moves the guarantee period: only with this guarantor's written consent."""
    return tuple(
        Step(
            on=event.agreed_on,
            effect=Effect.STARTS if seen.party.party in event.consented else Effect.NONE,
            because=(event.id,),
            provisions=("民法典695",),
            certainty=Certainty.SETTLED,
            reason="extension_consented" if seen.party.party in event.consented else "extension_unconsented",
            values={"due": event.to_on.isoformat()},
        )
        for event in extensions_of(seen.facts)
    )


_Length = tuple[Span, date | None, str, tuple[str, ...], tuple[str, ...]]


def _length(view: View, promised: Guarantee, due: date) -> _Length:
    old = is_old(promised, due)
    default = ("担保法25",) if old else ("民法典692",)
    until = promised.period_until_on
    if promised.period_months:
        return Span(months=promised.period_months), None, "guarantee_agreed", default, ()
    if until is not None and until > due:
        return Span(days=(until - due).days), until, "guarantee_agreed", default, ()
    if promised.period_unclear:
        return _unclear(view, due, old=old)
    reason = "guarantee_ends_with_debt" if until is not None else "guarantee_default"
    rules = ("担保法解释32", *default) if old and until is not None else default
    if old and last_day(due, GUARANTEE_DEFAULT) >= CODE_FROM:
        rules = (*rules, "时间效力27")
    return GUARANTEE_DEFAULT, None, reason, rules, ()


def _unclear(view: View, due: date, *, old: bool) -> _Length:
    """ "直至本息还清": six months since the Code, two years before; 27 speaks of debts already due then."""
    if not old:
        return GUARANTEE_DEFAULT, None, "guarantee_unclear", ("民法典692", "担保解释32"), ()
    unfinished = last_day(due, GUARANTEE_UNCLEAR_OLD) >= CODE_FROM
    rules = ("担保法解释32", "时间效力27") if unfinished else ("担保法解释32",)
    if due < CODE_FROM:
        return GUARANTEE_UNCLEAR_OLD, None, "guarantee_unclear_old", rules, ()
    question = "old_unclear_due_after"
    years = view.answer(question) == "two_years"
    span = GUARANTEE_UNCLEAR_OLD if years else GUARANTEE_DEFAULT
    return span, None, "guarantee_unclear_old", rules, (question,)
