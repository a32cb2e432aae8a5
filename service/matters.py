"""Matters: opening one, and reading its facts back from its entries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from evidence.entry import body_from_bytes
from service.errors import FieldError, NotFoundError, RefusedError
from service.ledger import OPENED, Also, Appended, Draft, Ledger
from service.ports import RandomBytes
from service.records import ids
from service.records import matters as matter_rows
from service.records.engine import reading
from service.records.matters import MatterRow

OBLIGORS = frozenset({"debtor", "joint_debtor", "debt_joiner", "guarantor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One party of a matter, as it was when the matter was opened."""

    party: str
    role: str
    kind: str
    name: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A matter: its row and the facts it was opened with."""

    row: MatterRow
    facts: Mapping[str, Any]

    def party(self, name: str) -> Party:
        """Give the party with this short name; RefusedError when there is none."""
        found = next((party for party in self.facts["parties"] if party["party"] == name), None)
        if found is None:
            raise RefusedError(
                "party_unknown",
                "the matter has no such party",
                errors=(_error("/party", "party_unknown", "该案件没有此当事人", "the matter has no such party"),),
                message_zh="该案件没有此当事人",
            )
        return Party(party=name, role=found["role"], kind=found["kind"], name=found["name"], facts=found)


class Matters:
    """Opens matters and finds them again."""

    def __init__(self, *, engine: Engine, ledger: Ledger, random_bytes: RandomBytes) -> None:
        self._engine, self._ledger, self._random_bytes = engine, ledger, random_bytes

    def open(self, *, tenant_id: str, facts: Mapping[str, Any], also: Also | None = None) -> Appended:
        """Open a matter: its first entry, `matter.opened`.

        Raises:
            RefusedError: The parties or the dates contradict each other; every fault is named at once.
        """
        errors = tuple(_faults(facts))
        if errors:
            raise RefusedError(
                "validation_failed", "some fields are not right", errors=errors, message_zh="部分字段有误"
            )
        matter_id = ids.new_id(ids.MATTER, self._random_bytes)
        return self._ledger.append(
            Draft(
                tenant_id=tenant_id,
                matter_id=matter_id,
                kind=OPENED,
                facts={"matter": matter_id, **facts},
                also=also,
            )
        )

    def get(self, *, tenant_id: str, matter_id: str) -> Matter:
        """Give one matter; NotFoundError when the tenant has none with this id."""
        with reading(self._engine) as conn:
            row = matter_rows.matter(conn, tenant_id=tenant_id, matter_id=matter_id)
        opened = self._ledger.entries(tenant_id=tenant_id, matter_id=matter_id, limit=1)
        if not opened:
            raise NotFoundError("the matter", message_zh="未找到该案件")
        return Matter(row=row, facts=body_from_bytes(opened[0].body))


def _faults(facts: Mapping[str, Any]) -> Iterable[FieldError]:
    parties = facts["parties"]
    yield from _doubled(parties)
    yield from _missing_roles(parties)
    yield from _guarantees(parties)
    yield from _recourse(parties)
    yield from _dates(facts["claim"])


def _doubled(parties: list[dict[str, Any]]) -> Iterable[FieldError]:
    seen: set[str] = set()
    for place, party in enumerate(parties):
        if party["party"] in seen:
            yield _error(
                f"/parties/{place}/party", "party_doubled", "当事人简称重复", "two parties have the same short name"
            )
        seen.add(party["party"])


def _missing_roles(parties: list[dict[str, Any]]) -> Iterable[FieldError]:
    roles = {party["role"] for party in parties}
    for role, zh in (("creditor", "债权人"), ("debtor", "债务人")):
        if role not in roles:
            yield _error("/parties", f"{role}_missing", f"缺少{zh}", f"there is no {role}")


def _guarantees(parties: list[dict[str, Any]]) -> Iterable[FieldError]:
    for place, party in enumerate(parties):
        is_guarantor = party["role"] == "guarantor"
        if is_guarantor and "guarantee" not in party:
            yield _error(
                f"/parties/{place}/guarantee",
                "guarantee_missing",
                "保证人须填写保证合同",
                "a guarantor needs a guarantee",
            )
        if not is_guarantor and "guarantee" in party:
            yield _error(
                f"/parties/{place}/guarantee",
                "guarantee_misplaced",
                "只有保证人才有保证合同",
                "only guarantors have one",
            )


def _recourse(parties: list[dict[str, Any]]) -> Iterable[FieldError]:
    guarantors = {party["party"] for party in parties if party["role"] == "guarantor"}
    for place, party in enumerate(parties):
        for number, name in enumerate(party.get("guarantee", {}).get("recourse_with", ())):
            if name == party["party"] or name not in guarantors:
                yield _error(
                    f"/parties/{place}/guarantee/recourse_with/{number}",
                    "guarantor_unknown",
                    "不是本案的其他保证人",
                    "this is no other guarantor of the matter",
                )


def _dates(claim: Mapping[str, Any]) -> Iterable[FieldError]:
    contract_on = claim.get("contract_on")
    due = [("/claim/due_on", claim["due_on"])] if "due_on" in claim else []
    due += [(f"/claim/instalments/{n}/due_on", part["due_on"]) for n, part in enumerate(claim.get("instalments", []))]
    for pointer, due_on in due:
        if contract_on is not None and due_on < contract_on:
            yield _error(pointer, "dates_out_of_order", "到期日早于合同签订日", "due before the contract was made")


def _error(pointer: str, code: str, message_zh: str, message_en: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, message_zh=message_zh, message_en=message_en)
