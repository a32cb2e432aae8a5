"""Issuing a notice: check, reserve a number, render, stamp, read back, freeze, append (DESIGN §4).

Rules of its state:
* A number that was reserved ends issued or voided, whatever happens between; what a crash leaves is settled at start.
* The letter is rendered once. Only its stamp names the chain's previous entry, so when another entry comes first the
  letter is stamped anew, not set anew.
* The day that the letter prints is the day of its stamp and of its entry: where midnight came between, the letter is
  set anew under its number.
* The bytes are in the object store before the entry that commits to them.
"""

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine

from evidence.canonical import format_instant, sha256, to_json_bytes
from evidence.law.entry_values import legal_day
from service import numbers
from service.access import Tenant
from service.errors import ConflictError, FieldError, ServiceError, StoreError
from service.filing import subject_of
from service.ledger import Appended, Draft, Ledger, PrevMovedError, object_key
from service.matter_entries import recorded_facts
from service.matters import Matter, Matters
from service.metrics import Metrics
from service.notice_checks import NoticeDuplicateError, checked_letter, prefixed
from service.notice_warnings import Letter, letter_warnings
from service.ports import Clock, ObjectStore, RandomBytes
from service.records import ids
from service.records.engine import reading, writing
from service.records.matters import Head
from service.records.notices import issued_about
from service.records.projections import subject_digest
from service.render import Catalog, Checked, Filled, RenderPool, StampMarks, Template

log = structlog.get_logger("notices")

STAMP_ATTEMPTS = 8
REFILLS = 2
"""How often a letter is set anew because its day was over before it was stamped."""
PDF, DOCX = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRequest:
    """What a case system asks for."""

    matter_id: str
    party: str
    template: str
    version: str | None
    engine: str
    fields: Mapping[str, Any]
    duplicate_reason: str | None = None
    """Why a notice about the same may be issued once more; recorded with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedNotice:
    """A notice as it was issued: its facts, its entry and what the caller should know."""

    id: str
    facts: Mapping[str, Any]
    entry: Appended
    warnings: tuple[FieldError, ...]


Answer = Callable[[Connection, IssuedNotice], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What stays the same through all attempts to issue one notice."""

    tenant: Tenant
    request: NoticeRequest
    template: Template
    notice_id: str
    notice_no: str
    to_name: str
    fields: Mapping[str, Any]
    subject: Mapping[str, str] | None
    in_lot: bool
    warnings: tuple[FieldError, ...]

    @property
    def fields_digest(self) -> bytes:
        return sha256(to_json_bytes(dict(self.fields)))

    def marks(self, *, issued_at: datetime, prev: bytes) -> StampMarks:
        return StampMarks(
            notice_no=self.notice_no,
            issued_at=issued_at,
            prev_hex=prev.hex(),
            fields_digest_hex=self.fields_digest.hex(),
            mac_key=self.tenant.mac_key,
        )

    def facts(
        self, *, documents: list[dict[str, Any]], filled: Filled, issued_at: datetime, prev: bytes
    ) -> dict[str, Any]:
        wording = self.template.wording_with(self.fields)
        return {
            "notice": self.notice_id,
            "notice_no": self.notice_no,
            "template": self.template.name,
            "version": self.template.version,
            "template_sha256": self.template.digest_hex,
            "engine": self.request.engine,
            "engine_version": filled.engine_version,
            "party": self.request.party,
            "to_name": self.to_name,
            "fields": dict(self.fields),
            "fields_sha256": self.fields_digest.hex(),
            "documents": documents,
            "pages": filled.pages,
            "shown_prev": prev.hex(),
            "issued_at": format_instant(issued_at),
            **({} if wording is None else {"wording": wording}),
            **({} if self.subject is None else {"subject": dict(self.subject)}),
            **({} if self.request.duplicate_reason is None else {"duplicate_reason": self.request.duplicate_reason}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """A letter as it was set, and the day of issue that it prints."""

    filled: Filled
    day: date


class Notices:
    """Issues notices."""

    def __init__(  # noqa: PLR0913 - given once, by name, by wiring
        self,
        *,
        engine: Engine,
        ledger: Ledger,
        matters: Matters,
        objects: ObjectStore,
        catalog: Catalog,
        pool: RenderPool,
        clock: Clock,
        random_bytes: RandomBytes,
        owner: str,
        metrics: Metrics,
    ) -> None:
        self._engine, self._ledger, self._matters, self._objects = engine, ledger, matters, objects
        self._catalog, self._pool, self._clock = catalog, pool, clock
        self._random_bytes, self._owner, self._metrics = random_bytes, owner, metrics
        self._unsettled: set[tuple[str, str]] = set()

    def issue(self, tenant: Tenant, request: NoticeRequest, *, answer: Answer, in_lot: bool = False) -> IssuedNotice:
        """Issue one notice; `answer` stores the reply in the transaction that records it.

        Args:
            tenant: Whose notice it is.
            request: What is asked for.
            answer: Called within that transaction, with what was issued.
            in_lot: It is one of many: it waits longer for a renderer, and single letters go before it.

        Raises:
            RefusedError: The fields do not hold, or the letter did not come out whole; nothing was issued.
            NoticeDuplicateError: A notice about the same is issued, and no reason was given for another.
            NotFoundError: No such matter, party or template.
            BusyError: No rendering process became free in time.
            StoreError: A store failed, or the day was over each time the letter was set; the same request with the
                same key may be sent again.
        """
        template = self._catalog.get(request.template, request.version)
        matter = self._matters.get(tenant_id=tenant.id, matter_id=request.matter_id)
        party = matter.party(request.party)
        checked = checked_letter(template, request.fields, engine=request.engine, party=party)
        subject = subject_of(template, checked.fields, addressee=party.name)
        self._refuse_duplicate(tenant, request, subject)
        self.settle_own()
        notice_id = ids.new_id(ids.NOTICE, self._random_bytes)
        notice_no = self._reserve(tenant, request, notice_id)
        work = _Work(
            tenant=tenant,
            request=request,
            template=template,
            notice_id=notice_id,
            notice_no=notice_no,
            to_name=party.name,
            fields=checked.fields,
            subject=subject,
            in_lot=in_lot,
            warnings=(*prefixed(checked.warnings), *self._law_warnings(template, request, checked, matter)),
        )
        try:
            return self._issue(work, answer)
        except BaseException as error:
            self._void(work, error)
            raise

    def _refuse_duplicate(self, tenant: Tenant, request: NoticeRequest, subject: Mapping[str, str] | None) -> None:
        """Refuse early, before a number is taken or a letter is set; the last word is the index on issued notices."""
        if subject is None or request.duplicate_reason is not None:
            return
        with reading(self._engine) as conn:
            existing = issued_about(conn, tenant_id=tenant.id, subject_digest=subject_digest(subject))
        if existing is not None:
            raise NoticeDuplicateError(existing)

    def _law_warnings(
        self, template: Template, request: NoticeRequest, checked: Checked, matter: Matter
    ) -> tuple[FieldError, ...]:
        with reading(self._engine) as conn:
            entries = recorded_facts(conn, matter_id=request.matter_id)
        letter = Letter(
            party=request.party,
            template=template,
            wording=template.wording_with(checked.fields),
            names={party["party"]: party["name"] for party in matter.facts["parties"]},
        )
        return letter_warnings(letter, entries, today=legal_day(self._clock()))

    def settle_own(self) -> None:
        """Void the numbers that could not be voided when their notices failed, because the store was away."""
        for tenant_id, notice_no in tuple(self._unsettled):
            self._try_void(tenant_id, notice_no, "出具失败，该编号作废")

    def _reserve(self, tenant: Tenant, request: NoticeRequest, notice_id: str) -> str:
        with writing(self._engine) as conn:
            # Crash after this commit: the number stays reserved, and the next start voids it with a reason.
            return numbers.reserve(
                conn,
                tenant_id=tenant.id,
                year=numbers.number_year(self._clock()),
                notice_id=notice_id,
                matter_id=request.matter_id,
                owner=self._owner,
            )

    def _issue(self, work: "_Work", answer: Answer) -> IssuedNotice:
        letter = self._fill(work, legal_day(self._clock()))
        for _ in range(STAMP_ATTEMPTS):
            letter, head, issued_at = self._of_today(work, letter)
            try:
                return self._stamp_and_append(work, letter.filled, answer, head=head, issued_at=issued_at)
            except PrevMovedError:
                self._refuse_duplicate(work.tenant, work.request, work.subject)
            except ConflictError:
                # It may be that a notice about the same was issued since we looked, here or by another process.
                self._refuse_duplicate(work.tenant, work.request, work.subject)
                raise
        raise StoreError("the matter is written to by too many at once; try again", code="matter_busy")

    def _fill(self, work: "_Work", day: date) -> _Dated:
        began = time.monotonic()
        filled = self._pool.fill(
            work.template,
            work.fields,
            work.request.engine,
            notice_no=work.notice_no,
            issued_on=day,
            in_lot=work.in_lot,
        )
        self._metrics.count_render(
            engine=work.request.engine, template=work.template.name, seconds=time.monotonic() - began
        )
        return _Dated(filled=filled, day=day)

    def _of_today(self, work: "_Work", letter: _Dated) -> tuple[_Dated, Head, datetime]:
        """Give the letter with the day on it that its entry will have, the chain's head, and the instant of issue."""
        for refills_left in range(REFILLS, -1, -1):
            head = self._ledger.head(tenant_id=work.tenant.id, matter_id=work.request.matter_id)
            issued_at = max(self._clock().replace(microsecond=0), head.at)
            day = legal_day(issued_at)
            if day == letter.day:
                return letter, head, issued_at
            if refills_left:
                letter = self._fill(work, day)
        raise StoreError(
            "the day of issue was over each time the letter had been set; try again",
            code="day_passed",
            message_zh="函件每次排版完成时，落款日期均已过去，未予出具，请重试",
        )

    def _stamp_and_append(
        self, work: "_Work", filled: Filled, answer: Answer, *, head: Head, issued_at: datetime
    ) -> IssuedNotice:
        marks = work.marks(issued_at=issued_at, prev=head.leaf_hash)
        pdf = self._pool.finish(filled, marks=marks, fields=work.fields, template=work.template, in_lot=work.in_lot)
        # Crash from here to the append: frozen bytes that nothing names, and a reserved number that the start settles.
        facts = work.facts(
            documents=self._freeze(work, pdf, filled), filled=filled, issued_at=issued_at, prev=head.leaf_hash
        )

        def issued(entry: Appended) -> IssuedNotice:
            return IssuedNotice(id=work.notice_id, facts=facts, entry=entry, warnings=work.warnings)

        draft = Draft(
            tenant_id=work.tenant.id,
            matter_id=work.request.matter_id,
            kind="notice.issued",
            facts=facts,
            expected_prev=head.leaf_hash,
            at=issued_at,
            also=lambda conn, entry: answer(conn, issued(entry)),
        )
        return issued(self._ledger.append(draft))

    def _freeze(self, work: "_Work", pdf: bytes, filled: Filled) -> list[dict[str, Any]]:
        documents = [self._put(work.tenant, pdf, f"{work.notice_no}.pdf", PDF, "document_pdf")]
        if filled.docx is not None:
            documents.append(self._put(work.tenant, filled.docx, f"{work.notice_no}.docx", DOCX, "document_docx"))
        return documents

    def _put(self, tenant: Tenant, data: bytes, name: str, media_type: str, role: str) -> dict[str, Any]:
        digest = sha256(data)
        self._objects.put(
            object_key(tenant.id, digest), io.BytesIO(data), size=len(data), sha256=digest, media_type=media_type
        )
        return {"file": name, "sha256": digest.hex(), "size": len(data), "media_type": media_type, "role": role}

    def _void(self, work: "_Work", error: BaseException) -> None:
        code = error.code if isinstance(error, ServiceError) else type(error).__name__
        self._try_void(work.tenant.id, work.notice_no, f"出具失败，该编号作废（{code}）")

    def _try_void(self, tenant_id: str, notice_no: str, reason: str) -> None:
        try:
            with reading(self._engine) as conn:
                number = numbers.find(conn, tenant_id=tenant_id, notice_no=notice_no)
            if number.state == "reserved":
                numbers.void(self._ledger, number, reason=reason)
        except ServiceError:
            # The store is away: the number stays reserved and is voided with the next notice, or at the next start.
            log.warning("notice_number.unsettled", notice_no=notice_no)
            self._unsettled.add((tenant_id, notice_no))
        else:
            self._unsettled.discard((tenant_id, notice_no))
