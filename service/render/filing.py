"""How a letter's fields tell of its matter, as lawyers wrote it down in `matters.json`: claim, parties, addressee.

Each place is a JSON pointer (RFC 6901) into the letter's fields. All of it is checked at the start: an unknown member,
or a pointer that the letter's schema does not have, stops the service with the place's name.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from service.render.pointers import find, join
from service.render.sandbox import TemplateError

MATTERS_FILE = "matters.json"
ENDINGS = "organisation_endings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Where one version's fields say what its matter is.

    Attributes:
        claims: Ways to read the claim; the first that applies to the fields is taken.
        parties: Each party's role and pointers, in the order of their short names p1, p2, ….
        addressee: The role of the party that the letter is sent to.
        subject: Pointers to the contract number and the as-of date that make the letter this letter.
        endings: How names of organisations end, where no identity number tells.
    """

    claims: tuple[Mapping[str, Any], ...]
    parties: tuple[Mapping[str, Any], ...]
    addressee: str
    subject: Mapping[str, str]
    endings: tuple[str, ...]

    @property
    def recipient(self) -> Mapping[str, Any]:
        """The pointers of the party that the letter is sent to."""
        return next(party for party in self.parties if party["role"] == self.addressee)

    @property
    def debtor(self) -> Mapping[str, Any]:
        """The pointers of the party that owes."""
        return next(party for party in self.parties if party["role"] == "debtor")


def value_at(fields: object, pointer: str) -> str | None:
    """Give the text that stands at a pointer; None where it was not given."""
    found = find(fields, pointer)
    return found[0][1] if found and isinstance(found[0][1], str) else None


def read_matters(directory: Path) -> Mapping[str, Any]:
    """Read what is said of all versions; empty where the folder has no such file.

    Raises:
        TemplateError: The file is not JSON, or not in the form that `templates/README.md` tells.
    """
    path = directory / MATTERS_FILE
    if not path.exists():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TemplateError(f"{path}: is not JSON: {error}") from error
    fault = best_match(_FORM.iter_errors(told))
    if fault is not None:
        raise TemplateError(f"{path}: at {join(tuple(fault.absolute_path)) or '/'}: {fault.message[:300]}")
    return dict(told)


def filing_of(told: Mapping[str, Any], name: str, version: str, *, schema: Mapping[str, Any]) -> Filing | None:
    """Give the pointers of one version; None where nobody wrote them down.

    Args:
        told: What `read_matters` gave.
        name: The template's.
        version: Such as `v1`.
        schema: The JSON Schema of the letter's fields.

    Raises:
        TemplateError: A pointer leads nowhere in the schema, or creditor, debtor or addressee is not one party.
    """
    found = told.get(name, {}).get(version)
    if found is None:
        return None
    place = f"{MATTERS_FILE}: {name} {version}"
    for pointer, base in _pointers(found):
        if _part_at(schema, base + pointer) is None:
            raise TemplateError(f"{place}: {pointer} is not a field of the letter")
    roles = [party["role"] for party in found["parties"]]
    for role in ("creditor", "debtor", found["addressee"]):
        if roles.count(role) != 1:
            raise TemplateError(f"{place}: there has to be exactly one {role}")
    return Filing(
        claims=tuple(found["claims"]),
        parties=tuple(found["parties"]),
        addressee=found["addressee"],
        subject=found["subject"],
        endings=tuple(told.get(ENDINGS, ())),
    )


def _pointers(told: object, base: str = "") -> Iterator[tuple[str, str]]:
    """Give each pointer with what it is relative to: the items of a list for those of instalments, else nothing."""
    if isinstance(told, str) and told.startswith("/"):
        yield told, base
    elif isinstance(told, Mapping) and "each" in told:
        yield told["each"], ""
        yield from _pointers([told["due_on"], told["amount"]], f"{told['each']}/*")
    elif isinstance(told, Mapping):
        yield from _pointers(list(told.values()), base)
    elif isinstance(told, list):
        for item in told:
            yield from _pointers(item, base)


def _part_at(schema: Mapping[str, Any], pointer: str) -> Mapping[str, Any] | None:
    part: Mapping[str, Any] | None = schema
    for segment in pointer.split("/")[1:]:
        part = _resolved(schema, part or {})
        part = part.get("items") if segment == "*" else part.get("properties", {}).get(segment)
    return part


def _resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    target = part.get("$ref", "")
    found = find(schema, target.removeprefix("#")) if target.startswith("#/") else []
    return found[0][1] if found and isinstance(found[0][1], Mapping) else part


def _members(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    properties = {**required, **optional}
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


_POINTER = {"type": "string", "pattern": "^(/[a-z0-9_]+)+$"}
_POINTERS = {"type": "array", "minItems": 1, "items": _POINTER}
_INSTALMENTS = _members({"each": _POINTER, "due_on": _POINTER, "amount": _POINTERS})
_CLAIM = {
    **_members(
        {
            "kind": {"type": "string", "pattern": "^[a-z_]+$"},
            "contract_no": _POINTER,
            "principal": _POINTERS,
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        },
        contract_on=_POINTER,
        due_on=_POINTER,
        instalments=_INSTALMENTS,
        if_given=_POINTER,
        unless_given=_POINTER,
    ),
    "oneOf": [{"required": ["due_on"]}, {"required": ["instalments"]}],
}
_KIND = {"enum": ["person", "organisation"]}
_PARTY = _members(
    {"role": {"enum": ["creditor", "debtor", "joint_debtor", "debt_joiner", "guarantor"]}, "name": _POINTER},
    kind=_KIND,
    id_no=_members({}, person=_POINTER, organisation=_POINTER),
    address=_POINTER,
    phone=_POINTER,
    postcode=_POINTER,
    guarantee=_members(
        {"mode": _POINTER, "contract_no": _POINTER}, contract_on=_POINTER, period_until_on=_POINTER, max_amount=_POINTER
    ),
)
_VERSION = _members(
    {
        "claims": {"type": "array", "minItems": 1, "items": _CLAIM},
        "parties": {"type": "array", "minItems": 2, "items": _PARTY},
        "addressee": {"type": "string"},
        "subject": _members({"contract_no": _POINTER, "as_of_on": _POINTER}),
    }
)
_FORM = Draft202012Validator(
    {
        "type": "object",
        "properties": {ENDINGS: {"type": "array", "items": {"type": "string", "minLength": 2}}},
        "patternProperties": {
            "^[a-z0-9-]+$": {
                "type": "object",
                "additionalProperties": False,
                "patternProperties": {r"^v\d+$": _VERSION},
            }
        },
        "additionalProperties": False,
    }
)
