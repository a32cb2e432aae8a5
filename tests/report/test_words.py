"""Whatever the HTTP edge takes into an entry has a Chinese word in the report."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.api import dispatches, events, scans
from service.api.event_schema import EventBody
from service.report.wording import CARRIERS, FILES, KEYS, KINDS, OUTCOMES, RELATIONS, SCANS, VALUES

SCHEMAS: dict[str, dict[str, Any]] = EventBody.model_json_schema()["$defs"]


def properties() -> Iterator[tuple[str, dict[str, Any]]]:
    for schema in SCHEMAS.values():
        yield from schema["properties"].items()


def words_of(schema: dict[str, Any]) -> list[str]:
    branches = schema.get("anyOf", [schema])
    return [word for branch in branches for word in branch.get("enum", ())]


def test_every_field_of_a_fact_has_a_word() -> None:
    told_otherwise = {"currency", "corrects_seq", "facts"}  # with the amount, and as the correction itself
    assert {name for name, _ in properties()} - told_otherwise <= set(KEYS)


def test_every_choice_of_a_fact_has_a_word() -> None:
    missing = {
        (name, word) for name, schema in properties() for word in words_of(schema) if word not in VALUES.get(name, {})
    }
    assert missing == set()


def test_every_kind_of_a_fact_has_a_word() -> None:
    assert {
        schema["properties"]["kind"]["const"] for schema in SCHEMAS.values() if "kind" in schema["properties"]
    } <= set(KINDS)


@pytest.mark.parametrize(
    "intake", [events.EVENT, dispatches.DISPATCH, dispatches.TRACKING, dispatches.RECEIPT, scans.SCAN]
)
def test_every_role_of_a_file_has_a_word(intake: Any) -> None:
    content = intake.openapi()["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(content["properties"]) - {"facts"} <= set(FILES)


def test_every_choice_of_a_dispatch_receipt_or_scan_has_a_word() -> None:
    from service.api.dispatch_schema import DispatchFacts, ReceiptFacts, ScanFacts

    def choices(model: Any, name: str) -> set[str]:
        return set(words_of(model.model_json_schema()["properties"][name]))

    assert choices(DispatchFacts, "carrier") == set(CARRIERS)
    assert choices(ReceiptFacts, "outcome") == set(OUTCOMES)
    assert choices(ReceiptFacts, "relation") == set(RELATIONS)
    assert choices(ScanFacts, "kind") == set(SCANS)
