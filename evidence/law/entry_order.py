"""A new fact against what is recorded: what can be told at once to be out of order.

Source: none in law; a step before its beginning is a mistake of whoever wrote it down.
"""

from collections.abc import Sequence
from datetime import date

from evidence.law.contradictions import ContradictionError, check
from evidence.law.entries import RecordedFact, facts_of_matter
from evidence.law.entry_events import started_later
from evidence.law.entry_matter import registered
from evidence.law.entry_proceedings import filed_later
from evidence.law.entry_statements import statements


def begins_later(new: RecordedFact, entries: Sequence[RecordedFact]) -> date | None:
    """Give the day on which that began which a new fact continues or ends, if it is after the new fact.

    None where the order is right, and where nothing is recorded that it could belong to.
    """
    stated = statements([*entries, new])
    known = registered(stated)
    step = next((one for one in stated if one.seq == new.seq), None)
    if step is None:
        return None
    if step.kind == "suspension.ended":
        return started_later(step, stated, known)
    return filed_later(step, stated, known)


def contradicted(new: RecordedFact, entries: Sequence[RecordedFact]) -> ContradictionError | None:
    """Give the contradiction that a new fact is part of, if the first one found is."""
    found = facts_of_matter([*entries, new])
    try:
        check(found.facts)
    except ContradictionError as error:
        return error if any(new.seq in found.sources.get(fact, ()) for fact in error.facts) else None
    return None
