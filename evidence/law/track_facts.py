"""The facts of one track: acts by party, and the causes of suspension that count."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import attrgetter

from evidence.law.acts import Act, ActKind, View
from evidence.law.clock import Step
from evidence.law.course_steps import unproved_step
from evidence.law.deadlines import Rules
from evidence.law.facts import Facts, Suspension
from evidence.law.vocabulary import Grade, Role

DEBTORS = (Role.DEBTOR, Role.JOINT_DEBTOR, Role.DEBT_JOINER)


_LATER = {ActKind.ADMISSION: 1, ActKind.PROCEEDING: 2}


def in_day_order(acts: Iterable[Act]) -> list[Act]:
    """Sort by day; on one day a demand comes before what was promised on it, and that before a suit.

    What is alike in both stays in the order given.
    """
    ranked: tuple[list[Act], ...] = ([], [], [])
    for act in acts:
        ranked[_LATER.get(act.kind, 0)].append(act)
    return sorted(chain.from_iterable(ranked), key=attrgetter("on"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFacts:
    """What one view sees.

    Attributes:
        every: All acts, put in order by `in_day_order`; `acts` are the same by the party that they concern.
        causes: Causes of suspension, by their beginning.
    """

    facts: Facts
    view: View
    grades: Mapping[str, Grade]
    every: Sequence[Act]
    acts: Mapping[str, Sequence[Act]]
    causes: Sequence[Suspension]
    as_of: date

    def on_any(self, names: Collection[str], *, rather: str = "") -> list[Act]:
        """Give the acts on any of these parties in order, each event once; of several, the one on `rather`."""
        taken = {(act.id, act.kind) for act in self.acts.get(rather, ())}
        found = []
        for act in self.every:
            key = (act.id, act.kind)
            if act.party == rather or (act.party in names and key not in taken):
                taken.add(key)
                found.append(act)
        return found

    def rules(self, party: str) -> Rules:
        """Give what decides how long this party's periods are."""
        found = [cause for cause in self._mine(party) if self.view.counts(self.grades[cause.id])]
        return Rules(suspensions=found, as_of=self.as_of, is_short=self.facts.claim.short_period)

    def unproved_causes(self, party: str) -> tuple[Step, ...]:
        """Give a step for each cause of suspension that is not proved well enough for this view."""
        return tuple(
            unproved_step(cause, grade=self.grades[cause.id].value, as_of=self.as_of)
            for cause in self._mine(party)
            if not self.view.counts(self.grades[cause.id])
        )

    def _mine(self, party: str) -> Sequence[Suspension]:
        return [cause for cause in self.causes if not cause.parties or party in cause.parties]


def causes_of(facts: Facts) -> list[Suspension]:
    """Give the causes of suspension in the order in which they began."""
    found = [event for event in facts.events if isinstance(event, Suspension)]
    return sorted(found, key=lambda cause: (cause.started_on, cause.id))
