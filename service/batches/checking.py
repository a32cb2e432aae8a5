"""Rows checked as the letters they ask for: fields, doubles within the table, and what was issued for them before."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from typing import Any

import structlog

from service.batches.before import IssuedBefore, issued_before, notice_duplicate, row_double
from service.batches.opening import find_matter
from service.batches.parts import BatchParts
from service.batches.specials import RETURNED_NO, kept_specials, special_faults
from service.batches.told import told_cell, told_errors
from service.errors import FieldError, NotFoundError, RefusedError, ServiceError, StoreError
from service.filing import matter_key, subject_of
from service.matter_facts import recipient_of
from service.records.batch_rows import RowRow
from service.records.batches import BatchRow
from service.records.engine import reading
from service.records.projections import subject_digest
from service.render import Template, check_fields
from service.workbook import Header, Mapping, Row, RowRead, content_key, read_row

log = structlog.get_logger("batches")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """A row, what it is about, what keeps it out of its matter, and the number that it says was given to it before."""

    row: RowRow
    subject: bytes | None
    unfiled: Sequence[Dictionary[str, Any]]
    returned_no: str | None


class RowChecks:
    """Checks the rows of one table in order; remembers what it needs of the ones before."""

    def __init__(self, parts: BatchParts, batch: BatchRow, mapping: Mapping, *, headers: Sequence[Header]) -> None:
        self._parts, self._batch, self._mapping = parts, batch, mapping
        self._titles = {header.index: header.text for header in headers}
        self._constants = dict(batch.request.get("constants") or {})
        self._first: dict[bytes, int] = {}

    def remember(self, rows: Iterable[RowRow]) -> None:
        """Take note of rows that were read before a crash."""
        for row in rows:
            if row.fields is not None and row.state == "pending":
                template = self._parts.catalog.get(row.template or "", row.version)
                subject = _subject(template, row.fields)
                if subject is not None:
                    self._first.setdefault(subject, row.number)

    def page(self, page: Sequence[Row]) -> list[RowRow]:
        """Give the rows of a page as they are to be kept."""
        checked = [self._tried(row) for row in page]
        before = self._known(checked)
        return [self._settled(one, before) for one in checked]

    def _tried(self, row: Row) -> _Checked:
        """Check a row; what nobody thought of fails that row by name, and the others go on."""
        told_no = None
        try:
            read = read_row(row, self._mapping, self._template, self._constants)
            told_no = _returned_no(read)
            return self._checked(read)
        except StoreError:
            raise
        except Exception as error:
            log.exception("row.unchecked", batch=self._batch.id, row=row.number)
            broken = replace(self._row(row.number), specials={RETURNED_NO: told_no} if told_no else None)
            return _Checked(row=_failed(broken, _internal(error)), subject=None, unfiled=(), returned_no=told_no)

    def _template(self, specials: Dictionary[str, str]) -> Template:
        own = self._batch.request
        name = specials.get("template", own["template"])
        version = specials.get("version") or (own.get("version") if name == own["template"] else None)
        titled = {template.title_zh: template.name for template in self._parts.catalog.all()}
        return self._parts.catalog.get(titled.get(name, name), version)

    def _checked(self, read: RowRead) -> _Checked:
        faults = [told_cell(error, self._titles) for error in read.errors]
        engine = self._engine(read)
        beside = special_faults(read.specials, template=read.template, engine=engine)
        faults += [told_cell(error, self._titles) for error in read.placed(tuple(beside))]
        row = self._said(read, engine)
        subject, unfiled = None, []
        if read.template is not None:
            checked = check_fields(read.template, read.fields)
            faults += [told_cell(error, self._titles) for error in read.placed(checked.errors)]
            warnings = [told_cell(note, self._titles) for note in (*read.notes, *read.placed(checked.warnings))]
            row = replace(row, fields=dict(checked.fields), warnings=warnings or None)
        if faults:
            row = replace(row, state="failed", errors=faults, fields=None)
        elif read.template is not None:
            subject = _subject(read.template, row.fields or {})
            row = _keyed(row, read.template)
            unfiled = self._unfiled(read, row, read.template)
        return _Checked(row=row, subject=subject, unfiled=unfiled, returned_no=_returned_no(read))

    def _engine(self, read: RowRead) -> str:
        first = "" if read.template is None else read.template.engines[0]
        return read.specials.get("engine") or self._batch.request.get("engine") or first

    def _row(self, number: int) -> RowRow:
        batch = self._batch
        return RowRow(
            tenant_id=batch.tenant_id,
            batch_id=batch.id,
            number=number,
            state="pending",
            changed_at=self._parts.clock(),
        )

    def _said(self, read: RowRead, engine: str) -> RowRow:
        specials = kept_specials(read.specials)
        if self._batch.request.get("duplicate_reason"):
            specials.setdefault("duplicate_reason", self._batch.request["duplicate_reason"])
        if (told_no := _returned_no(read)) is not None:
            specials[RETURNED_NO] = told_no
        template = read.template
        return replace(
            self._row(read.number),
            template=None if template is None else template.name,
            version=None if template is None else template.version,
            engine=engine if template is not None and engine in template.engines else None,
            specials=specials or None,
        )

    def _unfiled(self, read: RowRead, row: RowRow, template: Template) -> list[dict[str, Any]]:
        """Say now what would keep the letter out of its matter; mended there, the row is tried again as it stands."""
        try:
            find_matter(self._parts, row, template)
        except (NotFoundError, RefusedError) as error:
            return [told_cell(fault, self._titles) for fault in read.placed(_filing_faults(error))]
        return []

    def _known(self, page: Sequence[_Checked]) -> IssuedBefore:
        with reading(self._parts.engine) as conn:
            return issued_before(
                conn,
                self._batch,
                [one.row for one in page],
                subjects=[one.subject for one in page if one.subject is not None],
                numbers=[one.returned_no for one in page if one.returned_no is not None],
            )

    def _settled(self, one: _Checked, before: IssuedBefore) -> RowRow:
        """Pass over what was issued for the very same row before; refuse what would be a second notice of its kind."""
        row = one.row
        if row.state == "failed":
            return row
        letter = before.letter_of(row, one.returned_no)
        if letter is not None:
            return replace(row, state="skipped", fields=None, **letter)
        if one.returned_no is not None:
            # It keeps no fields: to try it again as it stands would issue what its number says is there.
            errors = [*told_errors(before.refused_number(one.returned_no)), *one.unfiled]
            return replace(row, state="failed", errors=errors, fields=None)
        if one.unfiled:
            return replace(row, state="failed", errors=one.unfiled)
        return self._undoubled(one, before)

    def _undoubled(self, one: _Checked, before: IssuedBefore) -> RowRow:
        row, subject = one.row, one.subject
        if subject is None or "duplicate_reason" in (row.specials or {}):
            return row
        first = self._first.setdefault(subject, row.number)
        if first != row.number:
            return _failed(row, row_double(first))
        return _failed(row, notice_duplicate(before.about[subject])) if subject in before.about else row


def _filing_faults(error: NotFoundError | RefusedError) -> Iterator[FieldError]:
    """Put what a matter was refused for on the fields and columns of a row."""
    told = error.errors if isinstance(error, RefusedError) else ()
    named = "@matter" if isinstance(error, NotFoundError) else ""
    lone = FieldError(pointer=named, code=error.code, message_zh=error.message_zh, message_en=error.message)
    for fault in told or (lone,):
        within = fault.pointer.removeprefix("/fields")
        yield replace(fault, pointer="@party" if fault.code == "party_unknown" else within)


def _returned_no(read: RowRead) -> str | None:
    return read.returned.get("notice_no") or None


def _keyed(row: RowRow, template: Template) -> RowRow:
    fields = row.fields or {}
    content = content_key(fields, template.name, row.engine or "")
    return replace(row, content_key=content, matter_key=matter_key(template, fields))


def _subject(template: Template, fields: Dictionary[str, Any]) -> bytes | None:
    if template.filing is None:
        return None
    subject = subject_of(template, fields, addressee=recipient_of(template, fields).name)
    return None if subject is None else subject_digest(subject)


def _failed(row: RowRow, error: ServiceError) -> RowRow:
    return replace(row, state="failed", errors=told_errors(error), fields=None)


def _internal(error: Exception) -> ServiceError:
    name = type(error).__name__
    return ServiceError(
        "internal_error",
        f"this row could not be checked ({name}), the others go on: tell the operator of the service its number",
        message_zh=f"核对本行时系统内部出错（{name}），其余各行不受影响：请将行号告知系统管理员",
    )
