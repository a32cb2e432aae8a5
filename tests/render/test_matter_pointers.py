"""How fields tell of their matter is said in one file, and a wrong one stops the start with the place's name."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from service.errors import RefusedError, StoreError
from service.filing import matter_facts, subject_of
from service.render import Catalog

from .conftest import write_sums, write_template
from .test_catalog import PARTS

TEXT = {"type": "string"}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"$ref": "#/$defs/text"},
        "bank": {"type": "object", "properties": {"name": {"$ref": "#/$defs/text"}}},
        "no": TEXT,
        "on": TEXT,
        "sum": TEXT,
        "rows": {"type": "array", "items": {"type": "object", "properties": {"on": TEXT, "sum": TEXT}}},
    },
    "$defs": {"text": TEXT},
}
TOLD: dict[str, Any] = {
    "claims": [
        {"if_given": "/rows", "kind": "loan", "contract_no": "/no", "principal": ["/sum"], "currency": "CNY",
         "instalments": {"each": "/rows", "due_on": "/on", "amount": ["/sum"]}},
        {"kind": "loan", "contract_no": "/no", "principal": ["/sum"], "currency": "CNY", "due_on": "/on"},
    ],
    "parties": [{"role": "creditor", "name": "/bank/name"}, {"role": "debtor", "name": "/name"}],
    "addressee": "debtor",
    "subject": {"contract_no": "/no", "as_of_on": "/on"},
}  # fmt: skip


def load(directory: Path, matters: object) -> Catalog:
    write_template(directory, PARTS | {"fields.schema.json": json.dumps(SCHEMA)})
    write_sums(directory)
    if matters is not None:
        text = matters if isinstance(matters, str) else json.dumps(matters)
        (directory / "matters.json").write_text(text, encoding="utf-8")
    return Catalog.load(directory)


def told(place: str, value: object) -> dict[str, Any]:
    """The file with another value at a place such as `claims/0/kind`; `None` takes the member away."""
    made = deepcopy(TOLD)
    at: Any = made
    *path, last = place.split("/")
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return {"trial": {"v1": made}}


def test_pointers_through_references_lists_and_objects_hold(tmp_path: Path) -> None:
    template = load(tmp_path, {"trial": {"v1": TOLD}}).get("trial")
    fields = {"bank": {"name": "某某银行"}, "name": "张三", "no": "1", "on": "2026-01-01", "sum": "1.00"}
    facts = matter_facts(template, fields)
    assert [party["name"] for party in facts["parties"]] == ["某某银行", "张三"]


@pytest.mark.parametrize("matters", [None, {}, {"trial": {"v2": TOLD}}, {"other": {"v1": TOLD}}])
def test_a_version_that_nobody_told_of_can_be_issued_but_not_filed(tmp_path: Path, matters: Any) -> None:
    template = load(tmp_path, matters).get("trial")
    assert subject_of(template, {"no": "1", "on": "2026-01-01"}, addressee="张三") is None
    with pytest.raises(RefusedError) as caught:
        matter_facts(template, {})
    assert caught.value.code == "template_not_filed"
    assert "matters.json" in caught.value.message_zh


@pytest.mark.parametrize(
    ("matters", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not of type 'object'"),
        ({"trial": []}, "at /trial"),
        ({"trial": {"one": TOLD}}, "at /trial"),
        ({"organisation_endings": ["厂"]}, "at /organisation_endings/0"),
        (told("addressee", None), "'addressee' is a required property"),
        (told("more", True), "more"),
        (told("subject", {"contract_no": "/no"}), "'as_of_on' is a required property"),
        (told("claims/1/due_on", None), "at /trial/v1/claims/1"),
        (told("claims/0/due_on", "/on"), "at /trial/v1/claims/0"),
        (told("claims/1/principal", []), "at /trial/v1/claims/1/principal"),
        (told("parties/1/role", "friend"), "at /trial/v1/parties/1/role"),
        (told("parties/1/name", "name"), "at /trial/v1/parties/1/name"),
        (told("parties/1/name", "/nobody"), "/nobody is not a field of the letter"),
        (told("parties/0/name", "/bank/title"), "/bank/title is not a field of the letter"),
        (told("claims/0/instalments/due_on", "/no"), "/no is not a field of the letter"),
        (told("claims/0/instalments/each", "/items"), "/items is not a field of the letter"),
        (told("claims/0/if_given", "/parts"), "/parts is not a field of the letter"),
        (told("addressee", "guarantor"), "exactly one guarantor"),
        (told("parties/1/role", "joint_debtor"), "exactly one debtor"),
    ],
)
def test_a_wrong_file_stops_the_start_and_is_named(tmp_path: Path, matters: Any, said: str) -> None:
    with pytest.raises(StoreError) as caught:
        load(tmp_path, matters)
    assert caught.value.fatal
    assert "matters.json" in str(caught.value)
    assert said in str(caught.value)
