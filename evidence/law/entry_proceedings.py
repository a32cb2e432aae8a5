"""Proceedings as facts: filing, service, withdrawal and end put together into one fact each.

A later step belongs to the proceeding with its case number; else to the one before that court; else to the only one
that is open. Where two still fit they stay two, the step goes to the one filed last, and both are said to be ambiguous.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from evidence.law.entry_matter import Finding, LeftOut, Registered, Told
from evidence.law.entry_proofs import proofs_of
from evidence.law.entry_statements import Statement
from evidence.law.entry_values import code, day, flag, names, same_words, text
from evidence.law.facts import Proceeding
from evidence.law.vocabulary import End, ProceedingKind

_Kinds = ProceedingKind
_OPENED = {
    "suit.filed": _Kinds.SUIT,
    "arbitration.filed": _Kinds.ARBITRATION,
    "payment_order.applied": _Kinds.PAYMENT_ORDER,
    "bankruptcy.claim_filed": _Kinds.BANKRUPTCY_CLAIM,
    "bankruptcy.petitioned": _Kinds.BANKRUPTCY_PETITION,
    "preservation.applied": _Kinds.PRESERVATION,
    "enforcement.applied": _Kinds.ENFORCEMENT,
    "mediation.requested": _Kinds.MEDIATION,
    "police.reported": _Kinds.POLICE_REPORT,
}
_SUITS = frozenset({_Kinds.SUIT, _Kinds.JOINDER, _Kinds.SUBROGATION_SUIT, _Kinds.DECLARATION, _Kinds.SET_OFF_IN_SUIT})
_BANKRUPTCIES = frozenset({_Kinds.BANKRUPTCY_CLAIM, _Kinds.BANKRUPTCY_PETITION})
_ENFORCEMENTS = frozenset({_Kinds.ENFORCEMENT, _Kinds.NOTARISED_ENFORCEMENT})
_LATER = {
    "suit.served": _SUITS,
    "suit.withdrawn": _SUITS,
    "suit.ended": _SUITS,
    "arbitration.ended": frozenset({_Kinds.ARBITRATION}),
    "payment_order.ended": frozenset({_Kinds.PAYMENT_ORDER}),
    "bankruptcy.ended": _BANKRUPTCIES,
    "preservation.ended": frozenset({_Kinds.PRESERVATION, _Kinds.OTHER}),
    "enforcement.ended": _ENFORCEMENTS,
    "mediation.ended": frozenset({_Kinds.MEDIATION}),
    "police.ended": frozenset({_Kinds.POLICE_REPORT}),
}
PROCEEDING_KINDS = frozenset({*_OPENED, *_LATER})
"""Kinds of entries that make or continue a proceeding; a set-off in a suit makes one, too."""


@dataclass(slots=True, kw_only=True)
class _Case:
    """One proceeding with its later steps."""

    filed: Statement
    kind: ProceedingKind
    on: date
    against: frozenset[str]
    steps: list[Statement] = field(default_factory=list)
    is_ambiguous: bool = False

    @property
    def is_open(self) -> bool:
        return all(step.kind == "suit.served" for step in self.steps)


def proceedings(stated: Sequence[Statement], known: Registered) -> Iterator[Finding]:
    """Give the proceedings of a matter, and the steps that belong to none."""
    cases: list[_Case] = []
    for one in stated:
        if one.kind in _OPENED or one.kind == "setoff.declared":
            found = _case(one, known, cases)
            if isinstance(found, LeftOut):
                yield found
            elif found is not None:
                cases.append(found)
    for one in sorted((one for one in stated if one.kind in _LATER), key=_step_order):
        if one.on is None or not _attach(one, one.on, cases):
            yield LeftOut(id=one.id, reason="undated" if one.on is None else "no_proceeding", seqs=one.seqs)
    yield from (_fact(case) for case in cases)


def filed_later(step: Statement, stated: Sequence[Statement], known: Registered) -> date | None:
    """Give the day on which the proceeding was filed that a step can only belong to, if that is after the step."""
    cases = [found for one in stated if isinstance(found := _case_of(one, known), _Case)]
    fitting = [case for case in cases if case.kind in _LATER.get(step.kind, ())]
    for narrower in (_by_case_no, _by_court, _by_party):
        fitting = narrower(step, fitting)
    first = min((case.on for case in fitting), default=None)
    return first if first is not None and step.on is not None and step.on < first else None


def _case_of(one: Statement, known: Registered) -> _Case | LeftOut | None:
    return _case(one, known, ()) if one.kind in _OPENED or one.kind == "setoff.declared" else None


def _step_order(one: Statement) -> tuple[date, bool, int]:
    """Service comes before an end of the same day."""
    return (one.on or date.max, one.kind != "suit.served", one.seq)


def _case(one: Statement, known: Registered, before: Sequence[_Case]) -> _Case | LeftOut | None:
    kind = _kind(one, before)
    if kind is None:
        return None
    party = text(one.facts, "party")
    named = names(one.facts, "against") or ((party,) if party else ())
    against = frozenset(name for name in named if known.obligor(name))
    if one.on is None or not against:
        return LeftOut(id=one.id, reason="undated" if one.on is None else "party_unknown", seqs=one.seqs)
    return _Case(filed=one, kind=kind, on=one.on, against=against)


def _kind(one: Statement, before: Sequence[_Case]) -> ProceedingKind | None:
    """What is a proceeding, and of which kind; a set-off outside a suit is none."""
    if one.kind == "setoff.declared":
        in_suit = flag(one.facts, "in_suit") and text(one.facts, "declared_by") == "creditor"
        return _Kinds.SET_OFF_IN_SUIT if in_suit else None
    special: dict[str, Callable[[], ProceedingKind]] = {
        "suit.filed": lambda: _suit(code(one.facts, "way", ProceedingKind)),
        "preservation.applied": lambda: _Kinds.PRESERVATION if _before_suit(one, before) else _Kinds.OTHER,
        "enforcement.applied": lambda: (
            _Kinds.NOTARISED_ENFORCEMENT if flag(one.facts, "notarised") else _Kinds.ENFORCEMENT
        ),
    }
    return special[one.kind]() if one.kind in special else _OPENED[one.kind]


def _suit(way: ProceedingKind | None) -> ProceedingKind:
    return way if way in _SUITS and way is not None else _Kinds.SUIT


def _before_suit(one: Statement, before: Sequence[_Case]) -> bool:
    """As stated; else whether no suit was recorded before it."""
    stated = flag(one.facts, "before_suit")
    return not any(case.kind in _SUITS for case in before) if stated is None else stated


def _attach(step: Statement, on: date, cases: Sequence[_Case]) -> bool:
    fitting = [case for case in cases if case.kind in _LATER[step.kind] and case.on <= on]
    for narrower in (_by_case_no, _by_court, _by_party, _by_openness):
        fitting = narrower(step, fitting)
    if not fitting:
        return False
    chosen = max(fitting, key=lambda case: (case.on, case.filed.seq))
    chosen.steps.append(step)
    if len(fitting) > 1:
        for case in fitting:
            case.is_ambiguous = True
    return True


def _by_case_no(step: Statement, cases: list[_Case]) -> list[_Case]:
    number = text(step.facts, "case_no")
    if number is None:
        return cases
    same = [case for case in cases if any(same_words(text(one.facts, "case_no"), number) for one in _told(case))]
    return same or [case for case in cases if not any(text(one.facts, "case_no") for one in _told(case))]


def _by_court(step: Statement, cases: list[_Case]) -> list[_Case]:
    place = _place(step)
    if place is None:
        return cases
    same = [case for case in cases if same_words(_place(case.filed), place)]
    return same or [case for case in cases if _place(case.filed) is None or text(step.facts, "case_no")]


def _by_party(step: Statement, cases: list[_Case]) -> list[_Case]:
    party = text(step.facts, "party")
    named = {*names(step.facts, "against"), *((party,) if party else ())}
    return [case for case in cases if named & case.against] if named else cases


def _by_openness(step: Statement, cases: list[_Case]) -> list[_Case]:
    """A second ending belongs to an ended one only where none is open: an appeal ends a suit once more."""
    return [case for case in cases if case.is_open] or cases


def _told(case: _Case) -> tuple[Statement, ...]:
    return (case.filed, *case.steps)


def _place(one: Statement) -> str | None:
    return next((found for key in ("court", "body", "authority") if (found := text(one.facts, key))), None)


def _fact(case: _Case) -> Told:
    ends = [step for step in case.steps if step.kind != "suit.served"]
    last = ends[-1] if ends else None
    facts = {} if last is None else last.facts
    event = Proceeding(
        id=case.filed.id,
        kind=case.kind,
        against=case.against,
        filed_on=case.on,
        served=_served(case),
        ended_on=None if last is None else last.on,
        end=None if last is None else _end(last),
        effective_on=day(facts, "effective_on"),
        performance_due_on=day(facts, "performance_due_on"),
        ruling_served_on=day(facts, "ruling_served_on"),
        assets_known=any(flag(one.facts, "assets_known") for one in _told(case)),
        by_assignee=flag(case.filed.facts, "by_assignee") is True,
        proofs=frozenset().union(*(proofs_of(one.roles, held=one.held) for one in _told(case))),
    )
    seqs = tuple(sorted({seq for one in _told(case) for seq in one.seqs}))
    return Told(event=event, seqs=seqs, ambiguous=case.is_ambiguous)


def _served(case: _Case) -> tuple[tuple[str, date], ...]:
    """The first service on each party that the proceeding is against."""
    found: dict[str, date] = {}
    for step in case.steps:
        party = text(step.facts, "party") or ""
        if step.kind == "suit.served" and party in case.against and step.on is not None:
            found.setdefault(party, step.on)
    return tuple(found.items())


def _end(step: Statement) -> End:
    return End.WITHDRAWN if step.kind == "suit.withdrawn" else code(step.facts, "outcome", End) or End.OTHER
