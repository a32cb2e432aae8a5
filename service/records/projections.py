"""What one entry means in the tables: pure functions from an entry to rows, used by the append and again by fsck.

Nothing here reads the database. A kind without rows of its own still has rows for the files that it names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table

from evidence.canonical import parse_instant, sha256, to_json_bytes
from evidence.entry import named_files
from service.comparing import compared
from service.records import tables

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An entry as its projections need it."""

    tenant_id: str
    matter_id: str
    seq: int
    at: datetime
    kind: str
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that an entry makes."""

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberState:
    """The state that an entry gives to a reserved notice number."""

    notice_no: str
    notice_id: str
    state: str
    reason: str | None


def rows(entry: Recorded) -> Iterator[Row]:
    """Give the rows that the entry makes, parents before children, without the matter's own row."""
    make = _MAKERS.get(entry.kind)
    if make is not None:
        yield make(entry)
    yield from _file_rows(entry)


def matter_columns(facts: Facts) -> dict[str, str | bytes | None]:
    """Give what lists show of a matter and what it is found by, from the facts of its `matter.opened`."""
    parties, contract_no = facts.get("parties", []), facts.get("claim", {}).get("contract_no")
    return {
        "reference": facts.get("reference"),
        "contract_no": contract_no,
        "contract_key": contract_key(contract_no or ""),
        "creditor_name": _first_name(parties, "creditor"),
        "debtor_name": _first_name(parties, "debtor"),
    }


def number_state(entry: Recorded) -> NumberState | None:
    """Give what the entry does to a notice number, if anything."""
    state = {"notice.issued": "issued", "notice.voided": "voided"}.get(entry.kind)
    if state is None:
        return None
    return NumberState(
        notice_no=entry.facts["notice_no"],
        notice_id=entry.facts["notice"],
        state=state,
        reason=entry.facts.get("reason"),
    )


def subject_digest(subject: Facts) -> bytes:
    """Give 32 bytes that are equal exactly for letters about the same: SHA-256 over the canonical JSON (RFC 8785)."""
    return sha256(to_json_bytes(dict(subject)))


def contract_key(contract_no: str) -> bytes | None:
    """Give 32 bytes that are equal exactly for contract numbers that compare as the same; None for none.

    A digest, since the compared form can be several times as long as the number, and an index takes only so much.
    """
    plain = compared(contract_no)
    return sha256(plain.encode()) if plain else None


def _first_name(parties: list[dict[str, Any]], role: str) -> str | None:
    return next((party.get("name") for party in parties if party.get("role") == role), None)


def _base(entry: Recorded, name: str) -> dict[str, Any]:
    return {
        "id": entry.facts[name],
        "tenant_id": entry.tenant_id,
        "matter_id": entry.matter_id,
        "seq": entry.seq,
    }


def _notice(entry: Recorded) -> Row:
    facts = entry.facts
    documents = {document["role"]: document for document in facts["documents"]}
    docx = documents.get("document_docx")
    values = {
        "notice_no": facts["notice_no"],
        "party": facts["party"],
        "template": facts["template"],
        "version": facts["version"],
        "engine": facts["engine"],
        "state": "issued",
        "voided_seq": None,
        "pdf_sha256": bytes.fromhex(documents["document_pdf"]["sha256"]),
        "docx_sha256": bytes.fromhex(docx["sha256"]) if docx else None,
        "pages": facts["pages"],
        "created_at": entry.at,
        "subject_digest": None if "subject" not in facts else subject_digest(facts["subject"]),
        "duplicate_reason": facts.get("duplicate_reason"),
    }
    return Row(table=tables.notices, values=_base(entry, "notice") | values)


def _dispatch(entry: Recorded) -> Row:
    facts = entry.facts
    values = {
        "notice_id": facts["notice"],
        "carrier": facts["carrier"],
        "waybill_no": facts.get("waybill_no"),
        "posted_at": _instant(facts.get("posted_at")),
    }
    return Row(table=tables.dispatches, values=_base(entry, "dispatch") | values)


def _receipt(entry: Recorded) -> Row:
    facts = entry.facts
    values = {
        "dispatch_id": facts["dispatch"],
        "outcome": facts["outcome"],
        "delivered_at": _instant(facts.get("delivered_at")),
    }
    return Row(table=tables.receipts, values=_base(entry, "receipt") | values)


def _scan(entry: Recorded) -> Row:
    values = {"notice_id": entry.facts["notice"], "kind": entry.facts["kind"]}
    return Row(table=tables.scans, values=_base(entry, "scan") | values)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)


def _file_rows(entry: Recorded) -> Iterator[Row]:
    for position, ref in enumerate(named_files(entry.facts)):
        values = {
            "tenant_id": entry.tenant_id,
            "matter_id": entry.matter_id,
            "seq": entry.seq,
            "position": position,
            "sha256": bytes.fromhex(ref.sha256),
            "role": ref.role,
            "file_name": ref.file,
            "size": ref.size,
            "media_type": ref.media_type,
        }
        yield Row(table=tables.entry_files, values=values)


_MAKERS = {
    "notice.issued": _notice,
    "dispatch.recorded": _dispatch,
    "receipt.recorded": _receipt,
    "scan.recorded": _scan,
}
