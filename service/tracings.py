"""Letters that were posted and whose outcome nobody recorded: to be traced while the carrier can still be asked.

Source: 邮政法49: a receipted domestic item can be traced for a year from its posting.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from evidence.law.calendar import last_day
from evidence.law.entry_arrivals import arrival_of
from evidence.law.entry_matter import Registered, registered
from evidence.law.entry_proofs import proofs_of
from evidence.law.entry_statements import Statement
from evidence.law.entry_values import day, text
from evidence.law.provisions import TRACING
from evidence.law.vocabulary import Proof
from service.records.limitation import PARTY_LENGTH, TracingRow

TRACED_CARRIERS = frozenset({"ems", "registered_mail"})
_RECEIPT, _TRACKING = "receipt.recorded", "tracking.recorded"
_OUTCOME_PROOFS = frozenset({Proof.TRACKING, Proof.RETURN_RECEIPT, Proof.RETURNED_PARCEL})


def tracings_of(stated: Sequence[Statement], *, tenant_id: str, matter_id: str, today: date) -> tuple[TracingRow, ...]:
    """Give the letters of a matter that should be traced, as of a day."""
    posted = [one for one in stated if one.kind == "dispatch.recorded" and _is_traceable(one, today)]
    if not posted:
        return ()
    known, told = registered(stated), _by_dispatch(stated)
    notices = {text(one.facts, "notice"): one for one in stated if one.kind == "notice.issued"}
    return tuple(
        _row(one, notices, tenant_id=tenant_id, matter_id=matter_id)
        for one in posted
        if not _is_settled(one, told.get(text(one.facts, "dispatch"), ()), known)
    )


def _is_traceable(one: Statement, today: date) -> bool:
    posted_on = day(one.facts, "posted_at")
    if posted_on is None or text(one.facts, "dispatch") is None or text(one.facts, "carrier") not in TRACED_CARRIERS:
        return False
    return last_day(posted_on, TRACING) >= today


def _by_dispatch(stated: Sequence[Statement]) -> Mapping[str | None, Sequence[Statement]]:
    told: dict[str | None, list[Statement]] = {}
    for one in stated:
        if one.kind in (_RECEIPT, _TRACKING):
            told.setdefault(text(one.facts, "dispatch"), []).append(one)
    return told


def _is_settled(dispatch: Statement, told: Sequence[Statement], known: Registered) -> bool:
    if proofs_of(dispatch.roles, held=dispatch.held) & _OUTCOME_PROOFS:
        return True
    receipts, trail = ([one for one in told if one.kind == kind] for kind in (_RECEIPT, _TRACKING))
    if any(text(one.facts, "outcome") for one in receipts):
        return True  # whatever it was
    return bool(trail) and arrival_of((), trail, to="", known=known).outcome is not None


def _row(dispatch: Statement, notices: Mapping[str | None, Statement], *, tenant_id: str, matter_id: str) -> TracingRow:
    facts = dispatch.facts
    posted_on = day(facts, "posted_at") or date.max
    notice = notices.get(text(facts, "notice"))
    return TracingRow(
        tenant_id=tenant_id,
        matter_id=matter_id,
        dispatch_id=text(facts, "dispatch") or "",
        party="" if notice is None else (text(notice.facts, "party") or "")[:PARTY_LENGTH],
        carrier=text(facts, "carrier") or "",
        waybill_no=text(facts, "waybill_no"),
        posted_on=posted_on,
        ends_on=last_day(posted_on, TRACING),
    )
