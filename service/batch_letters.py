"""The letters of a batch as items of the post: where each goes, and what its label says is inside."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Engine

from evidence.entry import body_from_bytes
from service.errors import RefusedError
from service.ledger import object_key
from service.mailing.item import MailItem
from service.matter_facts import Recipient, recipient_of
from service.records import batches
from service.records.batch_letters import LetterRow, letters_of_batch
from service.records.engine import reading
from service.render import Catalog, Template
from service.render.filing import value_at

_PLACE = re.compile(r"\{([a-z0-9_.]+)\}")


def mail_items(engine: Engine, catalog: Catalog, *, tenant_id: str, batch_id: str) -> list[MailItem]:
    """Give every letter that the batch issued and nobody voided, in the order of its rows.

    About a kilobyte each is held: a hundred megabytes for a hundred thousand.

    Raises:
        NotFoundError: The tenant has no such batch.
        RefusedError: The batch has issued nothing.
    """
    with reading(engine) as conn:
        batches.batch(conn, tenant_id=tenant_id, batch_id=batch_id)
        rows = letters_of_batch(conn, tenant_id=tenant_id, batch_id=batch_id)
        items = list(_items(rows, catalog, tenant_id))
    if not items:
        raise RefusedError(
            "nothing_to_print", "this batch has issued no notice", message_zh="该批次没有已出具的通知书，无可打印或交寄"
        )
    return items


def _items(rows: Iterator[LetterRow], catalog: Catalog, tenant_id: str) -> Iterator[MailItem]:
    templates: dict[tuple[str, str], Template] = {}
    for row in rows:
        key = (row.template, row.version)
        if key not in templates:
            templates[key] = catalog.get(*key)
        yield _item(row, templates[key], tenant_id)


def _item(row: LetterRow, template: Template, tenant_id: str) -> MailItem:
    facts: Any = body_from_bytes(row.issued)
    party = _party(row)
    told = _told(row, template, facts["fields"], party)
    pdf = next(document for document in facts["documents"] if document["role"] == "document_pdf")
    is_person = party.get("kind", "person") == "person"
    name = str(facts["to_name"])
    return MailItem(
        row=row.number,
        notice_id=row.notice_id,
        notice_no=row.notice_no,
        title_zh=template.title_zh,
        item_description=_described(template, facts["fields"]),
        to_name=name if is_person else "",
        to_company="" if is_person else name,
        address=told["address"],
        postcode=told["postcode"],
        phone=told["phone"],
        pages=row.pages,
        pdf_sha256=row.pdf_sha256,
        pdf_size=int(pdf["size"]),
        pdf_key=object_key(tenant_id, row.pdf_sha256),
        waybill_no=row.waybill_no,
    )


def _party(row: LetterRow) -> Mapping[str, Any]:
    opened: Any = body_from_bytes(row.opened)
    parties: list[Mapping[str, Any]] = opened.get("parties", [])
    return next((party for party in parties if party["party"] == row.party), {})


def _told(row: LetterRow, template: Template, fields: Mapping[str, Any], party: Mapping[str, Any]) -> dict[str, str]:
    """What the table says of the post comes first, then what the letter says, then what the matter was opened with."""
    letter = recipient_of(template, fields) if template.filing is not None else None
    return {name: _first(name, row.specials or {}, letter, party) for name in ("address", "postcode", "phone")}


def _first(name: str, specials: Mapping[str, Any], letter: Recipient | None, party: Mapping[str, Any]) -> str:
    found = specials.get(name) or (getattr(letter, name) if letter else None) or party.get(name)
    return str(found or "").strip()


def _described(template: Template, fields: Mapping[str, Any]) -> str:
    """Fill the template's words for 内件品名; a place that the letter does not say is left out."""

    def filled(found: re.Match[str]) -> str:
        return str(value_at(fields, "/" + found[1].replace(".", "/")) or "")

    return _PLACE.sub(filled, template.item_description_zh)
