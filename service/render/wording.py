"""What a letter's words do in law, as lawyers classified them in `wording.json`: recorded with every letter.

Whether a letter asks for payment, asks a guarantor to answer for the debt, states the sum, or tells of an assignment is
read by a person once for each published version, and never guessed from the text. `{"if_field": "payment"}` stands
where the letter says so only when that field is given.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.render.sandbox import TemplateError

WORDING_FILE = "wording.json"
MEMBERS = ("demands_payment", "demands_guarantee", "states_amount", "notifies_assignment")
_CONDITION = "if_field"


def read_wording(directory: Path) -> Mapping[str, Any]:
    """Read the classification of all versions, by name and version; empty where the folder has none.

    Raises:
        TemplateError: The file is no JSON object.
    """
    path = directory / WORDING_FILE
    if not path.exists():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TemplateError(f"{path}: is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise TemplateError(f"{path}: is not a JSON object")
    return told


def wording_of(told: Mapping[str, Any], name: str, version: str, *, fields: frozenset[str]) -> Mapping[str, Any] | None:
    """Give the classification of one version; None where nobody made one.

    Args:
        told: What `read_wording` gave.
        name: The template's.
        version: Such as `v1`.
        fields: The names of the letter's fields.

    Raises:
        TemplateError: A member is missing, unknown, or neither true, false nor a condition on a field of the letter.
    """
    versions = told.get(name)
    found = versions.get(version) if isinstance(versions, dict) else None
    if found is None:
        return None
    place = f"{WORDING_FILE}: {name} {version}"
    if not isinstance(found, dict) or set(found) != set(MEMBERS):
        raise TemplateError(f"{place}: has to say each of {', '.join(MEMBERS)}, and nothing else")
    for member, value in found.items():
        if not isinstance(value, bool) and not _is_condition(value, fields):
            raise TemplateError(f'{place}: {member} is true, false or {{"{_CONDITION}": a field of the letter}}')
    return found


def _is_condition(value: object, fields: frozenset[str]) -> bool:
    if not isinstance(value, dict) or set(value) != {_CONDITION}:
        return False
    return isinstance(value[_CONDITION], str) and value[_CONDITION] in fields


def resolved(wording: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, bool]:
    """Say what the letter with these fields does: each member true or false."""
    return {
        member: value if isinstance(value, bool) else fields.get(value[_CONDITION]) is not None
        for member, value in wording.items()
    }
