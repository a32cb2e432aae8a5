"""Admissions and proceedings as acts.

Source: 民法典195; 诉讼时效规定9-16, 19; 法复〔1994〕3号; 合同编通则解释48.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from evidence.law.act_notices import NEVER, assertion, notice_acts
from evidence.law.acts import Act, ActKind, Revival, View, asking, if_proved, without_effect
from evidence.law.facts import Acknowledgment, Event, Extension, Facts, Notice, Party, Proceeding
from evidence.law.vocabulary import AcknowledgmentKind, End, Grade, ProceedingKind, Role, Signature

_AGREES = ("民法典195", "时效规定14")
_ADMISSIONS: dict[AcknowledgmentKind, tuple[str, tuple[str, ...], Revival]] = {
    AcknowledgmentKind.PART_PAYMENT: ("paid_in_part", (*_AGREES, "时效规定9"), Revival.PART),
    AcknowledgmentKind.PROMISE: ("promised", _AGREES, Revival.WAIVES),
    AcknowledgmentKind.EXTENSION_REQUEST: ("asked_for_time", _AGREES, Revival.NOTHING),
    AcknowledgmentKind.PLAN: ("planned", _AGREES, Revival.WAIVES),
    AcknowledgmentKind.SECURITY: ("secured", _AGREES, Revival.WAIVES),
    AcknowledgmentKind.DEBT_CONFIRMATION: ("confirmed", _AGREES, Revival.WAIVES),
    AcknowledgmentKind.IOU: ("iou", ("法复1994-3", "民法典195"), Revival.WAIVES),
    AcknowledgmentKind.SET_OFF: ("set_off", ("民法典195", "时效规定11"), Revival.NOTHING),
    AcknowledgmentKind.NEW_AGREEMENT: ("agreed_anew", _AGREES, Revival.WAIVES),
    AcknowledgmentKind.NEW_GUARANTEE: ("guaranteed_anew", ("担保解释34",), Revival.NOTHING),
    AcknowledgmentKind.DEBT_ASSUMPTION: ("assumed", ("时效规定17",), Revival.WAIVES),
    AcknowledgmentKind.ADVANCE_WAIVER: ("advance_waiver", ("民法典197",), Revival.NOTHING),
}
"""Reason, rules, and what it does once the period is over."""
_UNILATERAL = frozenset({AcknowledgmentKind.PROMISE, AcknowledgmentKind.PLAN, AcknowledgmentKind.EXTENSION_REQUEST})
_SAID = {
    Signature.RECEIPT_ONLY: Revival.NOTHING,
    Signature.RESERVATION: Revival.NOTHING,
    Signature.NO_TEXT: Revival.DOUBTFUL,
    Signature.CONFIRMS: Revival.WAIVES,
    Signature.AGREES: Revival.WAIVES,
}
_OBLIGORS = frozenset({Role.DEBTOR, Role.JOINT_DEBTOR, Role.DEBT_JOINER})
_PROCEEDINGS: dict[ProceedingKind, tuple[str, ...]] = {
    ProceedingKind.SUIT: ("民法典195", "时效规定10"),
    ProceedingKind.ARBITRATION: ("民法典195",),
    ProceedingKind.SUBROGATION_SUIT: ("时效规定16", "民法典195"),
    ProceedingKind.MEDIATION: ("时效规定12",),
    ProceedingKind.POLICE_REPORT: ("时效规定13",),
}
_LIKE_SUITS = ("时效规定11", "民法典195")
_UNHEARD = frozenset({End.WITHDRAWN, End.DISMISSED, End.NOT_ACCEPTED})
_TRIED = frozenset({ProceedingKind.SUIT, ProceedingKind.ARBITRATION})
_ANCILLARY = frozenset({ProceedingKind.PRESERVATION, ProceedingKind.JOINDER, ProceedingKind.SET_OFF_IN_SUIT})
"""Steps beside a suit: where no end was recorded they keep nothing pending."""


class Prepared(NamedTuple):
    """An event with what both views have in common: its grade, and the assertion that a notice is.

    `from_afar`: whether it changes what other facts mean, and so may only be looked at where it is proved.
    """

    event: Event
    grade: Grade
    assertion: Act | None
    from_afar: bool


def acts_of(prepared: Prepared, facts: Facts, view: View) -> tuple[Act, ...]:
    """Give the acts of one event, one a party that it concerns directly.

    Args:
        prepared: The event, from `prepare`.
        facts: All facts, for roles and earlier notices of an assignment.
        view: Whose eyes.
    """
    event, grade = prepared.event, prepared.grade
    if isinstance(event, Notice):
        return notice_acts(event, prepared.assertion, facts, view, grade=grade) if prepared.assertion else ()
    if isinstance(event, Acknowledgment):
        return (_admission(event, view, grade),)
    if isinstance(event, Proceeding):
        return tuple(_proceeding(event, facts, view, grade))
    return tuple(_extension(event, facts, view, grade)) if isinstance(event, Extension) else ()


def prepare(facts: Facts, grades: Mapping[str, Grade]) -> tuple[Prepared, ...]:
    """Give every event with what does not depend on who looks at it."""
    known = {party.party: party for party in facts.parties}
    return tuple(_prepared(event, known, grades[event.id]) for event in sorted(facts.events, key=_by_id))


def _prepared(event: Event, known: Mapping[str, Party], grade: Grade) -> Prepared:
    if isinstance(event, Notice):
        return Prepared(event, grade, assertion(event, known[event.to], grade), event.notifies_assignment)
    return Prepared(event, grade, None, isinstance(event, Extension))


def _by_id(event: Event) -> tuple[int, str]:
    """Put e4 before e13."""
    return (len(event.id), event.id)


def _admission(event: Acknowledgment, view: View, grade: Grade) -> Act:
    reason, provisions, revival = _ADMISSIONS[event.kind]
    promised = event.promised_due_on
    is_later = promised is not None and promised > event.on
    unilateral = is_later and event.kind in _UNILATERAL
    if unilateral and view.answer("promise_restart") == "day_of_promise":
        is_later = False
    act = Act(
        id=event.id,
        party=event.by,
        kind=ActKind.ADMISSION,
        on=event.on,
        restart_on=promised if is_later and promised else event.on,
        reason=reason,
        provisions=provisions,
        event=event,
        values={"due": promised.isoformat()} if promised else {},
        grade=grade,
        revival=_SAID.get(event.signature, revival) if event.signature is not None else revival,
    )
    act = asking(act, *(("promise_restart",) if unilateral else ()))
    return if_proved(_of_kind(event, view, act), view, grade)


def _of_kind(event: Acknowledgment, view: View, act: Act) -> Act:
    if event.kind is AcknowledgmentKind.ADVANCE_WAIVER:
        return without_effect(act, "advance_waiver")
    if event.kind is not AcknowledgmentKind.SET_OFF:
        return act
    act = asking(act, "set_off_outside_suit")
    return without_effect(act, "set_off_none") if view.answer("set_off_outside_suit") == "none" else act


def _extension(event: Extension, facts: Facts, view: View, grade: Grade) -> Iterator[Act]:
    for party in facts.parties:
        if party.role in _OBLIGORS:
            act = Act(
                id=event.id,
                party=party.party,
                kind=ActKind.ADMISSION,
                on=event.agreed_on,
                restart_on=event.to_on,
                reason="extended",
                provisions=_AGREES,
                event=event,
                values={"due": str(event.to_on)},
                grade=grade,
                revival=Revival.WAIVES,
            )
            yield if_proved(act, view, grade)


def _proceeding(event: Proceeding, facts: Facts, view: View, grade: Grade) -> Iterator[Act]:
    names = set(event.against)
    if event.kind is ProceedingKind.SUBROGATION_SUIT:
        # The suit is against the debtor's own debtor; it interrupts the creditor's claim as well (规定16).
        names |= {party.party for party in facts.parties if party.role is Role.DEBTOR}
    for name in sorted(names):
        yield _against(event, facts, view, grade=grade, name=name)


def _against(event: Proceeding, facts: Facts, view: View, *, grade: Grade, name: str) -> Act:
    served = dict(event.served).get(name)
    untold = event.by_assignee and not _told(facts, name, event.filed_on)
    on = event.filed_on
    if untold and view.answer("assignment_suit") == "service":
        on = served or NEVER
    until = _until(event, view, on)
    act = Act(
        id=event.id,
        party=name,
        kind=ActKind.PROCEEDING,
        on=on,
        restart_on=until or on,
        until=until,
        reason=f"filed_{event.kind.value}",
        provisions=_PROCEEDINGS.get(event.kind, _LIKE_SUITS),
        event=event,
        questions=("proceeding_restart",),
        grade=grade,
    )
    if untold:
        act = asking(act._replace(provisions=(*act.provisions, "合同编解释48")), "assignment_suit")
    return _heard(event, view, act, served=served, grade=grade)


def _until(event: Proceeding, view: View, on: date) -> date | None:
    if view.answer("proceeding_restart") == "filing":
        return on
    ended = event.ended_on or event.effective_on
    return max(ended, on) if ended is not None else (on if event.kind in _ANCILLARY else None)


def _heard(event: Proceeding, view: View, act: Act, *, served: date | None, grade: Grade) -> Act:
    """Look at proceedings that no authority heard on the merits."""
    if event.kind is ProceedingKind.OTHER:
        return without_effect(act, "proceeding_not_covered", "时效规定11")
    if act.on == NEVER:
        return without_effect(act, "assignment_unserved", "合同编解释48")
    if event.end in _UNHEARD and event.kind in _TRIED and served is None:
        act = asking(act, "withdrawn_unserved")
        if view.answer("withdrawn_unserved") == "none":
            return without_effect(act, "withdrawn_unserved", "时效规定10")
    return if_proved(act, view, grade)


def _told(facts: Facts, name: str, before: date) -> bool:
    """Tell whether a notice of the assignment reached a party by a day."""
    return any(
        isinstance(event, Notice)
        and event.notifies_assignment
        and event.to == name
        and event.outcome_on is not None
        and event.outcome_on <= before
        for event in facts.events
    )
