"""The matter of a row: found by contract number and debtor, or opened with the parties of all rows about it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.access import Tenant
from service.batches.parts import BatchParts
from service.comparing import compared, compared_number
from service.errors import RefusedError
from service.filing import FoundMatter, NewMatter, addressee_in, find_or_describe
from service.matter_facts import matter_facts
from service.records import batch_rows
from service.records.batch_rows import RowRow
from service.records.engine import reading
from service.records.locks import exclusive
from service.render import Template

DOORS = 64
"""Locks that rows share by the digest of their matter, so that two rows do not open the same one."""


def open_matter(parts: BatchParts, tenant: Tenant, row: RowRow, template: Template) -> tuple[str, str]:
    """Give the id of the row's matter and the addressee's short name in it, opening the matter where there is none.

    Raises:
        RefusedError: Several matters fit, the one that fits lacks the addressee, or its facts do not hold.
        NotFoundError: The row names a matter that is not there.
    """
    found = find_matter(parts, row, template)
    if isinstance(found, NewMatter):
        found = _opened(parts, tenant, row, template)
    return found.matter_id, found.party


def find_matter(parts: BatchParts, row: RowRow, template: Template) -> FoundMatter | NewMatter:
    """Find the matter that a row names or is about, or say how to open it; errors as `open_matter`."""
    named = {name: value for name, value in (row.specials or {}).items() if name in ("matter", "party")}
    if "matter" in named:
        matter = parts.matters.get(tenant_id=row.tenant_id, matter_id=named["matter"])
        if "party" in named:
            return FoundMatter(matter_id=matter.row.id, party=matter.party(named["party"]).party)
        return addressee_in(template, row.fields or {}, matter_id=matter.row.id, parties=matter.facts["parties"])
    with reading(parts.engine) as conn:
        found = find_or_describe(conn, template, row.fields or {}, tenant_id=row.tenant_id, **_known(row))
    return replace(found, party=named.get("party", found.party))


def _opened(parts: BatchParts, tenant: Tenant, row: RowRow, template: Template) -> FoundMatter:
    with exclusive(parts.engine, f"opening:{_door(tenant, row)}"):
        found = find_matter(parts, row, template)
        if isinstance(found, NewMatter):
            facts = _gathered(parts, row, found.facts)
            parts.matters.open(tenant_id=tenant.id, facts=facts)
            # Crash here: the matter is open without a notice, and the next attempt finds it.
            found = find_matter(parts, row, template)
    if isinstance(found, NewMatter):
        raise RefusedError("matter_missing", "the matter just opened was not found", message_zh="新立的案件未能找到")
    return found


def _known(row: RowRow) -> dict[str, Any]:
    specials = row.specials or {}
    return {name: specials.get(name) for name in ("reference", "address", "phone")}


def _door(tenant: Tenant, row: RowRow) -> int:
    digest = hashlib.sha256(tenant.id.encode() + (row.matter_key or b"")).digest()
    return digest[0] % DOORS


def _gathered(parts: BatchParts, row: RowRow, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Add the parties that other rows of the batch name in the same matter, a guarantor beside the debtor, say."""
    if row.matter_key is None:
        return dict(facts)
    parties = list(facts["parties"])
    with reading(parts.engine) as conn:
        for other in batch_rows.rows_of_matter(conn, batch_id=row.batch_id, matter_key=row.matter_key):
            parties.extend(_unknown(_told(parts, other), parties))
    return {**facts, "parties": [{**party, "party": f"p{place}"} for place, party in enumerate(parties, start=1)]}


def _told(parts: BatchParts, row: RowRow) -> list[Mapping[str, Any]]:
    """Give the parties that a row names; none where no matter could be opened on it, which is that row's own fault."""
    try:
        template = parts.catalog.get(row.template or "", row.version)
        return list(matter_facts(template, row.fields or {}, **_known(row))["parties"])
    except RefusedError:
        return []


def _unknown(told: Iterable[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [party for party in told if not any(_is_same(party, other) for other in known)]


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Two of one name are one, unless both numbers are told and differ."""
    numbers = {compared_number(party["id_no"]) for party in (one, other) if party.get("id_no")}
    is_named_alike = compared(one["name"]) == compared(other["name"])
    return one["role"] == other["role"] and is_named_alike and len(numbers) < 2
