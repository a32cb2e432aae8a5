"""Rows checked as the letters they ask for: fields, doubles within the table, and what was issued for them before."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from typing import Any

from service.batches.opening import find_matter
from service.batches.parts import BatchParts
from service.batches.specials import kept_specials, special_faults
from service.batches.told import told_cell, told_errors
from service.errors import FieldError, NotFoundError, RefusedError
from service.filing import matter_key, subject_of
from service.matter_facts import recipient_of
from service.records import batch_rows
from service.records.batch_rows import RowRow
from service.records.batches import BatchRow
from service.records.engine import reading
from service.records.projections import subject_digest
from service.render import Template, check_fields
from service.workbook import Header, Mapping, Row, RowRead, content_key, read_row


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
        checked = [self._checked(read_row(row, self._mapping, self._template, self._constants)) for row in page]
        return [self._settled(one, *self._known(checked)) for one in checked]

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
        row = self._row(read, engine)
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
        told_no = read.returned.get("notice_no") or None
        return _Checked(row=row, subject=subject, unfiled=unfiled, returned_no=told_no)

    def _engine(self, read: RowRead) -> str:
        first = "" if read.template is None else read.template.engines[0]
        return read.specials.get("engine") or self._batch.request.get("engine") or first

    def _row(self, read: RowRead, engine: str) -> RowRow:
        specials = kept_specials(read.specials)
        if self._batch.request.get("duplicate_reason"):
            specials.setdefault("duplicate_reason", self._batch.request["duplicate_reason"])
        template = read.template
        return RowRow(
            tenant_id=self._batch.tenant_id,
            batch_id=self._batch.id,
            number=read.number,
            state="pending",
            changed_at=self._parts.clock(),
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

    def _known(self, page: Sequence[_Checked]) -> tuple[dict[bytes, Any], dict[bytes, Any]]:
        keys = [one.row.content_key for one in page if one.row.content_key is not None]
        subjects = [one.subject for one in page if one.subject is not None]
        batch = self._batch
        with reading(self._parts.engine) as conn:
            same = batch_rows.issued_before(conn, tenant_id=batch.tenant_id, batch_id=batch.id, keys=keys)
            about = batch_rows.issued_about_any(conn, tenant_id=batch.tenant_id, subjects=subjects)
        return same, about

    def _settled(self, one: _Checked, same: Dictionary[bytes, Any], about: Dictionary[bytes, Any]) -> RowRow:
        """Pass over what was issued for the very same row before; refuse what would be a second notice of its kind."""
        row = one.row
        if row.state == "failed":
            return row
        may_double = "duplicate_reason" in (row.specials or {})
        if not may_double and row.content_key is not None and row.content_key in same:
            notice_id, notice_no, matter_id = same[row.content_key]
            found = {"notice_id": notice_id, "notice_no": notice_no, "matter_id": matter_id}
            return replace(row, state="skipped", fields=None, **found)
        if one.unfiled:
            return replace(row, state="failed", errors=one.unfiled)
        if one.returned_no is not None:
            return _failed(row, _changed_since(one.returned_no))
        if one.subject is None or may_double:
            return row
        first = self._first.setdefault(one.subject, row.number)
        if first != row.number:
            return _failed(row, _double(first))
        return _failed(row, _issued(about[one.subject])) if one.subject in about else row


def _filing_faults(error: NotFoundError | RefusedError) -> Iterator[FieldError]:
    """Put what a matter was refused for on the fields and columns of a row."""
    told = error.errors if isinstance(error, RefusedError) else ()
    named = "@matter" if isinstance(error, NotFoundError) else ""
    lone = FieldError(pointer=named, code=error.code, message_zh=error.message_zh, message_en=error.message)
    for fault in told or (lone,):
        within = fault.pointer.removeprefix("/fields")
        yield replace(fault, pointer="@party" if fault.code == "party_unknown" else within)


def _keyed(row: RowRow, template: Template) -> RowRow:
    fields = row.fields or {}
    content = content_key(fields, template.name, row.engine or "")
    return replace(row, content_key=content, matter_key=matter_key(template, fields))


def _subject(template: Template, fields: Dictionary[str, Any]) -> bytes | None:
    if template.filing is None:
        return None
    subject = subject_of(template, fields, addressee=recipient_of(template, fields).name)
    return None if subject is None else subject_digest(subject)


def _failed(row: RowRow, error: RefusedError) -> RowRow:
    return replace(row, state="failed", errors=told_errors(error), fields=None)


def _double(first: int) -> RefusedError:
    return RefusedError(
        "row_double",
        f"row {first} asks for the same notice: same kind, addressee, contract and as-of date",
        message_zh=f"与第 {first} 行重复：同类通知、同一收件人、同一合同、同一截至日",
    )


def _issued(notice_no: str) -> RefusedError:
    return RefusedError(
        "notice_duplicate",
        f"{notice_no} was issued for the same kind, addressee, contract and as-of date; give a reason to issue another",
        message_zh=f"已就同一收件人、同一合同、同一截至日出具 {notice_no}；确需再次出具的请填写理由",
    )


def _changed_since(notice_no: str) -> RefusedError:
    return RefusedError(
        "row_changed_since",
        f"the row says that {notice_no} was issued for it, but not with these values: put them back, or clear 函号",
        message_zh=f"本行标有函号 {notice_no}，但内容与该函不同：请恢复原值；确需另行出具的，请清空函号",
    )
