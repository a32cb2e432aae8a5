"""The contract speaks the law's words: every choice means something there, and every proof can be recorded."""

from typing import Any, get_args

import pytest

from evidence.law.entries import READ_KINDS
from evidence.law.entry_notices import CARRIERS
from evidence.law.entry_proofs import HELD, PROOF_OF_ROLE
from evidence.law.vocabulary import (
    AddressBasis,
    Channel,
    ClaimKind,
    End,
    Mode,
    Outcome,
    ProceedingKind,
    Proof,
    Role,
    Signature,
    Signer,
)
from service.api import claim_schema, dispatch_schema, dispatches, event_bases, events, party_schema, scans
from service.api.event_schema import EventBody

SCHEMAS: dict[str, dict[str, Any]] = EventBody.model_json_schema()["$defs"]
KINDS = {
    schema["properties"]["kind"]["const"]: schema["properties"]
    for schema in SCHEMAS.values()
    if "kind" in schema["properties"]
}
INTAKES = (dispatches.DISPATCH, dispatches.TRACKING, dispatches.RECEIPT, scans.SCAN, events.EVENT)
PROVES_NOTHING = {"label", "photo", "other", "raw", "scan"}  # a scan of signed paper proves by its kind


def choices(schema: dict[str, Any]) -> set[str]:
    branches = schema.get("anyOf", [schema])
    return {word for branch in branches for word in branch.get("enum", branch.get("items", {}).get("enum", ()))}


@pytest.mark.parametrize(
    ("offered", "law"),
    [
        (claim_schema.ClaimKind, ClaimKind),
        (party_schema.Role, Role),
        (party_schema.AddressBasis, AddressBasis),
        (dispatch_schema.Relation, Signer),
        (dispatch_schema.Signature, Signature),
    ],
)
def test_the_same_words_on_both_sides(offered: Any, law: Any) -> None:
    assert set(get_args(offered)) == {str(word) for word in law}


def test_every_mode_channel_outcome_and_end_means_something() -> None:
    modes = party_schema.Guarantee.model_json_schema()["properties"]["mode"]["enum"]
    assert set(modes) == choices(KINDS["guarantee.renewed"]["mode"]) == {str(mode) for mode in Mode}
    assert set(get_args(event_bases.Channel)) - {"letter"} <= {str(channel) for channel in Channel}
    assert set(get_args(event_bases.Reached)) == {str(outcome) for outcome in Outcome} - {"debited"}
    assert set(get_args(dispatch_schema.Carrier)) - {"other"} == set(CARRIERS)
    assert choices(KINDS["suit.filed"]["way"]) <= {str(kind) for kind in ProceedingKind}
    for kind, properties in KINDS.items():
        if kind.endswith(".ended") and "outcome" in properties:
            assert choices(properties["outcome"]) <= {str(end) for end in End}, kind
    ends = set().union(*(choices(told["outcome"]) for kind, told in KINDS.items() if "outcome" in told))
    assert {str(end) for end in End} <= ends


def test_every_kind_of_fact_is_read_or_known_to_mean_nothing() -> None:
    assert set(KINDS) - READ_KINDS == {"matter.closed"}


def test_every_role_of_a_file_proves_something_or_is_known_not_to() -> None:
    for intake in INTAKES:
        form = intake.openapi()["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert set(form["properties"]) - {"facts"} - set(PROOF_OF_ROLE) <= PROVES_NOTHING


def test_every_proof_that_can_be_missing_can_be_recorded() -> None:
    roles = set(events.EVENT.openapi()["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"])
    by_file = {proof for role, proof in PROOF_OF_ROLE.items() if role in roles}
    told_otherwise = {Proof.ITEM_NAMED, Proof.REGISTER}  # the waybill's words; the line of the register itself
    assert set(Proof) - by_file - HELD == told_otherwise
    assert choices(KINDS["proof.added"]["held"]) == {str(proof) for proof in HELD}
