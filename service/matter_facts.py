"""What a letter's fields say of its matter: the claim, the parties, and what the waybill needs of the addressee.

Pure: fields and the template's pointers (`templates/matters.json`) come in, the facts of `matter.opened` go out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.comparing import compared
from service.errors import FieldError, RefusedError
from service.render import Template
from service.render.filing import Filing, value_at
from service.render.pointers import find

FIRST_YEAR, LAST_YEAR = "1900", "2200"
AMOUNT_LIMIT = Decimal(10) ** 15

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What the waybill says of the addressee; None where the letter does not say."""

    name: str
    address: str | None
    phone: str | None
    postcode: str | None


def filing_told(template: Template) -> Filing:
    """Give the template's pointers; RefusedError `template_not_filed` where nobody wrote them down."""
    if template.filing is None:
        raise RefusedError(
            "template_not_filed",
            f"nobody said how the fields of {template.name} {template.version} tell of their matter (matters.json): "
            "open the matter yourself and issue the notice in it",
            message_zh=f"模板 {template.name} {template.version} 未登记如何从字段立案（matters.json），请先立案再出具",
        )
    return template.filing


def name_told(party: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """Give the name of a party of `Filing.parties`; empty where the letter does not say it."""
    return value_at(fields, party["name"]) or ""


def recipient_of(template: Template, fields: Mapping[str, Any]) -> Recipient:
    """Say what the waybill needs of the addressee; RefusedError `template_not_filed` as for `matter_facts`."""
    told = filing_told(template).recipient
    known = {name: _given(fields, told.get(name)) for name in ("address", "phone", "postcode")}
    return Recipient(name=name_told(told, fields), **known)


def matter_facts(
    template: Template,
    fields: Mapping[str, Any],
    *,
    reference: str | None = None,
    address: str | None = None,
    phone: str | None = None,
) -> Facts:
    """Give the facts to open the matter of a letter with, as `POST /v1/matters` and `Matters.open` take them.

    Args:
        template: From the catalogue.
        fields: Checked fields of one letter.
        reference: The case system's own name of the matter, clean text.
        address: The addressee's address where the letter does not say it, clean text.
        phone: The addressee's telephone number where the letter does not say it, clean text.

    Raises:
        RefusedError: `template_not_filed`, nobody said how this template's fields tell of their matter;
            `claim_not_told`, the letter says nothing that a claim could be opened on; `validation_failed`, a day or a
            sum is out of range.
    """
    filing = filing_told(template)
    known = {"address": address, "phone": phone}
    told = [party for party in filing.parties if value_at(fields, party["name"]) is not None]
    parties = [
        {"party": f"p{place}", **_party(filing, party, fields, known if party is filing.recipient else {})}
        for place, party in enumerate(told, start=1)
    ]
    claim = _claim(filing, fields)
    faults = tuple(_faults(claim, parties))
    if faults:
        raise RefusedError("validation_failed", "some fields are not right", errors=faults, message_zh="部分字段有误")
    return {**({} if reference is None else {"reference": reference}), "claim": claim, "parties": parties}


def _given(fields: Mapping[str, Any], pointer: str | None) -> str | None:
    return None if pointer is None else value_at(fields, pointer)


def _party(
    filing: Filing, told: Mapping[str, Any], fields: Mapping[str, Any], known: Mapping[str, str | None]
) -> Facts:
    numbers = {kind: value_at(fields, pointer) for kind, pointer in told.get("id_no", {}).items()}
    by_number = next((kind for kind, number in numbers.items() if number is not None), None)
    name = name_told(told, fields)
    kind = told.get("kind") or by_number or ("organisation" if _is_organisation(name, filing) else "person")
    facts = {
        "role": told["role"],
        "kind": kind,
        "name": name,
        "id_no": numbers.get(kind),
        "address": _given(fields, told.get("address")) or known.get("address"),
        "phone": _given(fields, told.get("phone")) or known.get("phone"),
    }
    if "guarantee" in told:
        facts["guarantee"] = _present({name: value_at(fields, at) for name, at in told["guarantee"].items()})
    return _present(facts)


def _is_organisation(name: str, filing: Filing) -> bool:
    return compared(name).endswith(tuple(map(compared, filing.endings)))


def _present(facts: Mapping[str, Any]) -> Facts:
    return {name: value for name, value in facts.items() if value is not None}


def _claim(filing: Filing, fields: Mapping[str, Any]) -> Facts:
    told = next((one for one in filing.claims if _applies(one, fields)), None)
    principal = None if told is None else _first_sum(told["principal"], fields)
    if told is None or principal is None:
        raise RefusedError(
            "claim_not_told",
            "the letter states no sum to open a matter on: open the matter yourself and issue the notice in it",
            message_zh="函件没有写明立案所需的欠款，请先立案，再在该案件中出具",
        )
    facts = {
        "kind": told["kind"],
        "contract_no": _given(fields, told["contract_no"]),
        "contract_on": _given(fields, told.get("contract_on")),
        "principal": {"amount": principal, "currency": told["currency"]},
        "due_on": _given(fields, told.get("due_on")),
    }
    return _present(facts | (_instalments(told["instalments"], fields) if "instalments" in told else {}))


def _applies(claim: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    wanted, unwanted = claim.get("if_given"), claim.get("unless_given")
    return (wanted is None or bool(find(fields, wanted))) and (unwanted is None or not find(fields, unwanted))


def _first_sum(pointers: list[str], fields: Mapping[str, Any]) -> str | None:
    """Give the first sum that is more than nothing: where the principal is paid, what is left is still owed."""
    return next((text for one in pointers if (text := value_at(fields, one)) and Decimal(text) > 0), None)


def _instalments(told: Mapping[str, Any], fields: Mapping[str, Any]) -> Facts:
    """Give the parts by day, those of one day together; where all fall due on one day, just that day."""
    days: dict[str, Decimal] = {}
    for _, part in find(fields, f"{told['each']}/*"):
        due_on = value_at(part, told["due_on"]) or ""
        amounts = (Decimal(value_at(part, pointer) or "0") for pointer in told["amount"])
        days[due_on] = days.get(due_on, Decimal(0)) + sum(amounts, Decimal(0))
    owed = {due_on: amount for due_on, amount in sorted(days.items()) if amount > 0} or days
    if len(owed) == 1:
        return {"due_on": next(iter(owed))}
    return {"instalments": [{"due_on": due_on, "amount": f"{amount:.2f}"} for due_on, amount in owed.items()]}


def _faults(claim: Facts, parties: list[Facts]) -> Iterator[FieldError]:
    """Say what a matter cannot hold though a letter can: days far off, and sums of sums."""
    parts = claim.get("instalments", [])
    guarantees = [party["guarantee"] for party in parties if "guarantee" in party]
    days = {claim.get("contract_on"), claim.get("due_on"), *(part["due_on"] for part in parts)}
    days |= {guarantee.get(name) for guarantee in guarantees for name in ("contract_on", "period_until_on")}
    for day in sorted(day for day in days if day is not None and not FIRST_YEAR <= day[:4] <= LAST_YEAR):
        yield FieldError(
            pointer="",
            code="date_out_of_range",
            message_zh=f"日期 {day} 的年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间",
            message_en=f"the year of {day} has to lie between {FIRST_YEAR} and {LAST_YEAR}",
        )
    if any(Decimal(part["amount"]) >= AMOUNT_LIMIT for part in parts):
        yield FieldError(
            pointer="",
            code="amount_out_of_range",
            message_zh="同一到期日各笔金额之和超过十五位整数",
            message_en="what falls due on one day has more than fifteen digits",
        )
