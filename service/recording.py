"""What happens after a notice is issued: dispatch, tracking, receipt, scan, and every other fact of the matter.

Each is one entry; nothing is edited. The checks here are about order in time and place (a letter cannot be posted
before it was issued, nor arrive before it was posted); what follows in law is not computed here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from evidence.canonical import parse_instant
from evidence.entry import FileRef
from evidence.law.entry_values import legal_day
from service.errors import FieldError, RefusedError
from service.event_checks import NewFact, order_errors, party_errors, record_errors
from service.ledger import Also, Appended, Draft, Ledger
from service.matter_entries import recorded_facts
from service.matters import Matters
from service.ports import Clock, RandomBytes
from service.records import ids, notices
from service.records.engine import reading

CLOCK_SKEW = timedelta(minutes=10)
"""How far a caller's clock may be ahead of ours."""

_ARRIVED = frozenset({"delivered", "arrived", "read", "published"})

Files = Sequence[FileRef]
Facts = Mapping[str, Any]


class Recording:
    """Records what happened, as entries."""

    def __init__(
        self, *, engine: Engine, ledger: Ledger, matters: Matters, clock: Clock, random_bytes: RandomBytes
    ) -> None:
        self._engine, self._ledger, self._matters = engine, ledger, matters
        self._clock, self._random_bytes = clock, random_bytes

    def dispatch(
        self, *, tenant_id: str, notice_id: str, facts: Facts, files: Files, also: Also | None = None
    ) -> Appended:
        """Record that a notice was handed to a carrier."""
        with reading(self._engine) as conn:
            notice = notices.notice(conn, tenant_id=tenant_id, notice_id=notice_id)
        if notice.state == "voided":
            raise _refused("/notice", "notice_voided", "该通知书已作废，不能寄送", "the notice was voided")
        self._check_order("/posted_at", facts["posted_at"], not_before=notice.created_at, what_zh="出具")
        facts = {"dispatch": self._id(ids.DISPATCH), "notice": notice_id, **facts}
        return self._append(tenant_id, notice.matter_id, "dispatch.recorded", facts, files, also)

    def tracking(
        self, *, tenant_id: str, dispatch_id: str, facts: Facts, files: Files, also: Also | None = None
    ) -> Appended:
        """Record what the carrier says of the way so far."""
        with reading(self._engine) as conn:
            dispatch = notices.dispatch(conn, tenant_id=tenant_id, dispatch_id=dispatch_id)
        for place, event in enumerate(facts["events"]):
            self._check_order(f"/events/{place}/at", event["at"])
        facts = {"dispatch": dispatch_id, **facts}
        return self._append(tenant_id, dispatch.matter_id, "tracking.recorded", facts, files, also)

    def receipt(
        self, *, tenant_id: str, dispatch_id: str, facts: Facts, files: Files, also: Also | None = None
    ) -> Appended:
        """Record the carrier's proof of delivery, refusal or return."""
        with reading(self._engine) as conn:
            dispatch = notices.dispatch(conn, tenant_id=tenant_id, dispatch_id=dispatch_id)
        if "delivered_at" in facts:
            self._check_order("/delivered_at", facts["delivered_at"], not_before=dispatch.posted_at, what_zh="交寄")
        elif facts["outcome"] in _ARRIVED:
            raise _refused(
                "/delivered_at", "delivered_at_missing", "已妥投、到达或刊出的须填写时间", "an arrival needs its time"
            )
        facts = {"receipt": self._id(ids.RECEIPT), "dispatch": dispatch_id, **facts}
        return self._append(tenant_id, dispatch.matter_id, "receipt.recorded", facts, files, also)

    def scan(self, *, tenant_id: str, notice_id: str, facts: Facts, files: Files, also: Also | None = None) -> Appended:
        """Record the page images of a signed notice, a reply slip, an envelope or a label."""
        with reading(self._engine) as conn:
            notice = notices.notice(conn, tenant_id=tenant_id, notice_id=notice_id)
        if not files:
            raise _refused("/files", "scan_missing", "没有扫描件文件", "there is no file of the scan")
        if "signed_on" in facts:
            self._check_day("/signed_on", facts["signed_on"])
        facts = {"scan": self._id(ids.SCAN), "notice": notice_id, **facts}
        return self._append(tenant_id, notice.matter_id, "scan.recorded", facts, files, also)

    def event(
        self,
        *,
        tenant_id: str,
        matter_id: str,
        kind: str,
        facts: Facts,
        files: Files,
        also: Also | None = None,
    ) -> Appended:
        """Record any other fact of the matter: a payment, a promise, a suit, a correction."""
        matter = self._matters.get(tenant_id=tenant_id, matter_id=matter_id)
        if "party" in facts:
            matter.party(facts["party"])
        new = NewFact(kind=kind, facts=facts, files=len(files))
        _refuse(*party_errors(new, matter))
        for name in ("on", "arrived_on", "ruling_served_on"):
            if name in facts:
                self._check_day(f"/{name}", facts[name])
        if "at" in facts:
            self._check_order("/at", facts["at"])
        _refuse(*record_errors(new, matter))
        with reading(self._engine) as conn:
            recorded = recorded_facts(conn, matter_id=matter_id)
        _refuse(*order_errors(new, recorded))
        return self._append(tenant_id, matter_id, kind, facts, files, also)

    def _append(
        self, tenant_id: str, matter_id: str, kind: str, facts: Facts, files: Files, also: Also | None
    ) -> Appended:
        if files:
            facts = {**facts, "files": [asdict(ref) for ref in files]}
        return self._ledger.append(Draft(tenant_id=tenant_id, matter_id=matter_id, kind=kind, facts=facts, also=also))

    def _id(self, prefix: str) -> str:
        return ids.new_id(prefix, self._random_bytes)

    def _check_order(
        self, pointer: str, instant: str, *, not_before: datetime | None = None, what_zh: str = ""
    ) -> None:
        at = parse_instant(instant)
        if at > self._clock() + CLOCK_SKEW:
            raise _refused(pointer, "in_the_future", "时间晚于现在", "this is in the future")
        # Whole minutes: a slip that says 09:30 is not earlier than a letter issued at 09:30:20.
        if not_before is not None and at < not_before.replace(second=0, microsecond=0):
            raise _refused(pointer, "dates_out_of_order", f"时间早于{what_zh}时间", "earlier than what it follows")

    def _check_day(self, pointer: str, day: str) -> None:
        if date.fromisoformat(day) > legal_day(self._clock()):
            raise _refused(pointer, "in_the_future", "日期晚于今天", "this day has not come yet")


def _refuse(*errors: FieldError) -> None:
    """Refuse with all of them; the code is the first one's."""
    if errors:
        raise RefusedError(errors[0].code, errors[0].message_en, errors=errors, message_zh=errors[0].message_zh)


def _refused(pointer: str, code: str, message_zh: str, message_en: str) -> RefusedError:
    error = FieldError(pointer=pointer, code=code, message_zh=message_zh, message_en=message_en)
    return RefusedError(code, message_en, errors=(error,), message_zh=message_zh)
