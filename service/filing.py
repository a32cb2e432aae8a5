"""Filing a letter: which matter its fields are about, found or to be opened, and what makes two letters the same.

Where a template's fields tell of their matter is data (`templates/matters.json`, `Template.filing`). A template that
is not in it can be issued in a matter that the caller names, but not filed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from evidence.entry import body_from_bytes
from service.comparing import compared, compared_number
from service.errors import FieldError, RefusedError
from service.matter_facts import Facts, Recipient, filing_told, matter_facts, name_told, recipient_of
from service.records import matters as matter_rows
from service.render import Template
from service.render.filing import Filing, value_at

__all__ = [
    "ADDRESSEES", "FoundMatter", "NewMatter", "Recipient", "addressee_in", "find_or_describe", "matter_facts",
    "recipient_of", "subject_of",
]  # fmt: skip

ADDRESSEES = {
    "debtor": frozenset({"debtor", "joint_debtor", "debt_joiner"}),
    "guarantor": frozenset({"guarantor"}),
}
"""Which parties a template's `addressee_role` admits."""
MATTERS_MOST = 50
"""Matters with one contract number that are looked through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMatter:
    """The matter that the letter is about, and the short name of the party that it is sent to."""

    matter_id: str
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatter:
    """No matter is there: the facts for `Matters.open`, and the short name of the addressee in them."""

    facts: Mapping[str, Any]
    party: str


def subject_of(template: Template, fields: Mapping[str, Any], *, addressee: str) -> dict[str, str] | None:
    """Say what a letter is about, in the form in which two letters are compared (NFKC, without white space).

    Args:
        template: From the catalogue.
        fields: Checked fields.
        addressee: The name of the party that it is sent to.

    Returns:
        `notice_kind`, `addressee`, `contract_no` and `as_of_on`; None where the template or the fields do not tell.
    """
    if template.filing is None:
        return None
    told = {name: value_at(fields, pointer) for name, pointer in template.filing.subject.items()}
    told |= {"notice_kind": str(template.facts.get("notice_kind", template.name)), "addressee": addressee}
    plain = {name: compared(value) for name, value in told.items() if value is not None}
    return plain if len(plain) == len(told) else None


def matter_key(template: Template, fields: Mapping[str, Any]) -> bytes | None:
    """Give 32 bytes that are equal for letters of one matter (contract number and debtor); None if not told."""
    if template.filing is None:
        return None
    contract_no = value_at(fields, template.filing.claims[0]["contract_no"])
    debtor = value_at(fields, template.filing.debtor["name"])
    if contract_no is None or debtor is None:
        return None
    return hashlib.sha256(f"{compared(contract_no)}\n{compared(debtor)}".encode()).digest()


def find_or_describe(
    conn: Connection,
    template: Template,
    fields: Mapping[str, Any],
    *,
    tenant_id: str,
    reference: str | None = None,
    address: str | None = None,
    phone: str | None = None,
) -> FoundMatter | NewMatter:
    """Find the matter of a letter by contract number and debtor's name, or say how to open it.

    Raises:
        RefusedError: `matter_ambiguous`, several matters fit; `addressee_not_in_matter`, the one that fits does not
            have the addressee; and as for `matter_facts`.
    """
    filing = filing_told(template)
    contract_no = value_at(fields, filing.claims[0]["contract_no"]) or ""
    opened = matter_rows.opened_on_contract(conn, tenant_id=tenant_id, contract_no=contract_no, limit=MATTERS_MOST + 1)
    debtor = compared(name_told(filing.debtor, fields))
    fitting = [(found.id, parties) for found in opened if _owes(debtor, parties := _parties_of(found.body))]
    if len(fitting) > 1 or len(opened) > MATTERS_MOST:
        raise _ambiguous(filing, [matter_id for matter_id, _ in fitting], contract_no)
    if fitting:
        matter_id, parties = fitting[0]
        return FoundMatter(matter_id=matter_id, party=_addressee(template, fields, matter_id, parties))
    facts = matter_facts(template, fields, reference=reference, address=address, phone=phone)
    name = next(party["party"] for party in facts["parties"] if party["role"] == filing.addressee)
    return NewMatter(facts=facts, party=name)


def addressee_in(
    template: Template, fields: Mapping[str, Any], *, matter_id: str, parties: Sequence[Facts]
) -> FoundMatter:
    """Find the addressee of a letter among the parties of a matter that somebody named.

    Raises:
        RefusedError: `addressee_not_in_matter`, `addressee_number_differs` or `addressee_ambiguous`.
    """
    return FoundMatter(matter_id=matter_id, party=_addressee(template, fields, matter_id, list(parties)))


def _parties_of(body: bytes) -> list[Facts]:
    parties: Any = body_from_bytes(body)["parties"]
    return list(parties)


def _owes(debtor: str, parties: list[Facts]) -> bool:
    return any(party["role"] in ADDRESSEES["debtor"] and compared(party["name"]) == debtor for party in parties)


def _addressee(template: Template, fields: Mapping[str, Any], matter_id: str, parties: list[Facts]) -> str:
    told = filing_told(template).recipient
    name, roles = compared(name_told(told, fields)), ADDRESSEES.get(str(template.facts.get("addressee_role")))
    named = [
        party for party in parties if compared(party["name"]) == name and (roles is None or party["role"] in roles)
    ]
    numbers = _numbers(told, fields)
    same = [party for party in named if compared_number(party.get("id_no")) in numbers] if numbers else named
    if len(named) == 1 and (same or named[0].get("id_no") is None):
        return str(named[0]["party"])
    if len(same) != 1:
        raise _no_addressee(told["name"], matter_id, named=len(named))
    return str(same[0]["party"])


def _numbers(told: Mapping[str, Any], fields: Mapping[str, Any]) -> set[str]:
    found = (value_at(fields, pointer) for pointer in told.get("id_no", {}).values())
    return {compared_number(number) for number in found if number is not None}


def _ambiguous(filing: Filing, matter_ids: list[str], contract_no: str) -> RefusedError:
    named = "、".join(matter_ids[:10])
    return _refused(
        filing.claims[0]["contract_no"],
        "matter_ambiguous",
        f"合同编号 {contract_no} 有不止一个案件（{named}），无法确定归入哪一个，请改用逐件出具并指明案件",
        f"more than one matter has the contract {contract_no} ({named}): issue the notice singly and name the matter",
    )


def _no_addressee(pointer: str, matter_id: str, *, named: int) -> RefusedError:
    code, zh, en = _NO_ADDRESSEE[min(named, 2)]
    return _refused(pointer, code, f"案件 {matter_id} {zh}", f"matter {matter_id} {en}")


_NO_ADDRESSEE = (
    (
        "addressee_not_in_matter",
        "的当事人中没有此收件人，请核对姓名；确为本案当事人的，另立一案并列明全部当事人，再逐件出具",
        (
            "does not have the addressee among its parties: check the name; if it is right, open a matter that names "
            "all parties and issue the notice singly in it"
        ),
    ),
    (
        "addressee_number_differs",
        "有同名当事人，但证件号码与此不同，请核对号码；确为同一人的，改用逐件出具并指明当事人",
        (
            "has a party of this name with another identity number: check the number; if it is the same person, issue "
            "the notice singly and name the party"
        ),
    ),
    (
        "addressee_ambiguous",
        "有不止一名同名的收件人，请填写证件号码",
        "has several parties of this name: give the identity number",
    ),
)
"""What is told where none, one or several parties have the addressee's name: code and both languages."""


def _refused(pointer: str, code: str, message_zh: str, message_en: str) -> RefusedError:
    error = FieldError(pointer=f"/fields{pointer}", code=code, message_zh=message_zh, message_en=message_en)
    return RefusedError(code, message_en, errors=(error,), message_zh=message_zh)
