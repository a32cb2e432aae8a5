"""The claim, the parties and the corrections of a matter; and that no shape of an entry breaks anything."""

from datetime import UTC, datetime
from typing import Any

import pytest
from entry_telling import CLAIM, PARTIES, Matter, d
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import MalformedError
from evidence.law.contradictions import ContradictionError
from evidence.law.entries import READ_KINDS, RecordedFact, facts_of_matter
from evidence.law.facts import Claim, Facts
from evidence.law.timeline import reckon
from evidence.law.vocabulary import ClaimKind, Mode, Outcome, Proof, Role


def test_the_claim_as_it_was_registered() -> None:
    told = {
        "known_on": "2020-05-01", "harmed_on": "2020-04-01", "lender": True, "financial_institution": True,
        "debit_clause": True, "short_period": True, "one_debt": True,
    }  # fmt: skip
    claim = Matter(claim=told).found.facts.claim
    assert (claim.kind, claim.contract_on, claim.due_on) == (ClaimKind.LOAN, d("2020-01-10"), d("2021-01-10"))
    assert (claim.known_on, claim.harmed_on, claim.short_period) == (d("2020-05-01"), d("2020-04-01"), True)
    assert (claim.lender, claim.financial_institution, claim.debit_clause, claim.one_debt) == (True, True, True, True)


def test_what_was_not_stated_of_the_claim_stays_unsaid() -> None:
    claim = Matter().found.facts.claim
    assert (claim.one_debt, claim.lender, claim.financial_institution, claim.debit_clause) == (None, None, None, None)
    assert (claim.no_due_date, claim.short_period) == (False, False)


@pytest.mark.parametrize("kind", ["periodic_fee", "rent", "instalment_loan", "receivable"])
def test_parts_of_a_fee_are_periods_and_of_a_debt_instalments(kind: str) -> None:
    parts = [{"due_on": "2021-06-30", "amount": "1.00"}, {"due_on": "2021-03-31", "amount": "1.00"}]
    claim = Matter(claim={"kind": kind, "due_on": None, "instalments": parts}).found.facts.claim
    days = (d("2021-03-31"), d("2021-06-30"))
    assert (claim.periods, claim.instalments) == ((days, ()) if kind in ("periodic_fee", "rent") else ((), days))


def guarantor(**guarantee: Any) -> Matter:
    party = {"party": "p3", "role": "guarantor", "kind": "person", "name": "李四", "guarantee": guarantee}
    return Matter(parties=[*PARTIES[:2], party])


def test_the_parties_and_the_guarantee() -> None:
    matter = guarantor(mode="general", contract_on="2020-01-10", period_months=6, period_unclear=True,
                       recourse_with=["p4", "p4"])  # fmt: skip
    parties = matter.found.facts.parties
    assert [(party.party, party.role, party.is_person) for party in parties] == [
        ("p1", Role.CREDITOR, False), ("p2", Role.DEBTOR, True), ("p3", Role.GUARANTOR, True),
    ]  # fmt: skip
    promised = parties[2].guarantee
    assert promised is not None
    assert (promised.mode, promised.contract_on, promised.period_months) == (Mode.GENERAL, d("2020-01-10"), 6)
    assert (promised.period_unclear, promised.recourse_with, promised.maximum) == (True, {"p4"}, None)


def test_a_guarantee_without_a_mode_has_none() -> None:
    promised = guarantor(contract_no="x").found.facts.parties[2].guarantee
    assert promised is not None
    assert (promised.mode, promised.period_months, promised.period_unclear) == (Mode.UNSPECIFIED, None, False)


def test_a_limit_makes_a_guarantee_for_many_debts_unless_its_last_day_was_agreed() -> None:
    told = {"debts": ["2022-09-30", "2021-06-30", 7], "determined_on": "2021-12-31"}
    for guarantee, expected in (
        ({"maximum": told}, ((d("2021-06-30"), d("2022-09-30")), d("2021-12-31"))),
        ({"max_amount": "1.00"}, ((), None)),
        ({"max_amount": "1.00", "period_until_on": "2029-01-01"}, None),
    ):
        promised = guarantor(mode="joint", **guarantee).found.facts.parties[2].guarantee
        assert promised is not None
        found = promised.maximum and (promised.maximum.debts, promised.maximum.determined_on)
        assert found == expected


# Corrections


def test_a_correction_applies_and_is_among_the_sources() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice())
    matter.receipt(sent, on="2022-03-05")
    matter.correct(4, delivered_at="2022-03-04T02:00:00Z", relation="self")
    notice = matter.event("e3")
    assert (notice.outcome, notice.outcome_on) == (Outcome.SIGNED, d("2022-03-04"))
    assert matter.found.sources["e3"] == (2, 3, 4, 5)


def test_a_correction_of_a_correction_is_about_the_first() -> None:
    matter = Matter()
    matter.tell("payment.received", party="p2", on="2022-03-03")
    first = matter.correct(2, on="2022-03-02")
    matter.correct(first, on="2022-03-01")
    assert matter.event("e2").on == d("2022-03-01")
    assert matter.found.sources["e2"] == (2, 3, 4)


@pytest.mark.parametrize("about", [99, 3, 0, -1, "2", None, True])
def test_a_correction_of_nothing_changes_nothing(about: object) -> None:
    matter = Matter()
    matter.tell("payment.received", party="p2", on="2022-03-03")
    matter.tell("entry.corrected", corrects_seq=about, reason="x", facts={"on": "2022-03-01"})
    assert matter.event("e2").on == d("2022-03-03")


def test_a_correction_neither_moves_a_receipt_nor_takes_another_shape() -> None:
    matter = Matter()
    letter = matter.notice()
    first, second = matter.dispatch(letter), matter.dispatch(letter)
    receipt = matter.receipt(first, on="2022-03-05")
    matter.correct(receipt, dispatch=second, outcome=["returned"], delivered_at=None)
    assert (matter.event("e3").outcome_on, matter.event("e4").outcome_on) == (d("2022-03-05"), None)


def test_thousands_of_corrections_of_corrections_are_followed() -> None:
    matter = Matter()
    matter.tell("payment.received", party="p2", on="2022-03-03")
    for seq in range(2, 3000):
        matter.correct(seq, on="2022-03-04")
    assert matter.event("e2").on == d("2022-03-04")


def test_the_claim_is_corrected_member_by_member() -> None:
    matter = Matter()
    matter.correct(1, claim={"due_on": "2021-02-10"})
    claim = matter.found.facts.claim
    assert (claim.kind, claim.contract_on, claim.due_on) == (ClaimKind.LOAN, d("2020-01-10"), d("2021-02-10"))
    matter.correct(1, claim={"instalments": [{"due_on": "2021-03-01", "amount": "1.00"}]})
    claim = matter.found.facts.claim
    assert (claim.due_on, claim.instalments) == (None, (d("2021-03-01"),))
    assert matter.found.sources["claim"] == matter.found.sources["party:p2"] == (1, 2, 3)


def test_one_party_is_corrected_and_the_others_stay() -> None:
    matter = Matter()
    matter.correct(1, parties=[{"party": "p3", "guarantee": {"mode": "general", "period_months": 6}}])
    parties = matter.found.facts.parties
    assert [party.party for party in parties] == ["p1", "p2", "p3"]
    assert parties[2].guarantee is not None
    assert parties[2].guarantee.mode is Mode.GENERAL


def test_proof_that_comes_later_is_added_to_what_it_proves() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice(), "posting_slip")
    matter.receipt(sent, on="2022-03-04", relation="cohabiting_adult")
    matter.tell("proof.added", "tracking_print", "packing_photo", about_seq=3, on="2022-04-01")
    matter.tell("proof.added", "signer_relation", about_seq=4, on="2022-04-01", held=["signed_original", "ledgers", 7])
    found = matter.event("e3").proofs
    assert {Proof.TRACKING, Proof.PACKING_RECORD, Proof.SIGNER_RELATION, Proof.SIGNED_ORIGINAL} <= found
    assert matter.found.sources["e3"] == (2, 3, 4, 5, 6)


def test_files_of_a_correction_prove_what_it_corrects() -> None:
    matter = Matter()
    matter.tell("payment.received", party="p2", on="2022-03-03")
    matter.correct(2, "payment_slip", on="2022-03-02")
    assert matter.event("e2").proofs == {Proof.BANK_RECORD}


# Shapes


def test_the_order_of_the_entries_means_nothing() -> None:
    matter = Matter()
    matter.receipt(matter.dispatch(matter.notice()), on="2022-03-04")
    matter.correct(4, relation="self")
    assert facts_of_matter(matter.entries[::-1]) == matter.found


def test_two_entries_of_one_number_are_named() -> None:
    matter = Matter()
    with pytest.raises(MalformedError, match="e1"):
        facts_of_matter([*matter.entries, matter.entries[0]])


def test_a_matter_of_nothing() -> None:
    found = facts_of_matter([])
    assert (found.facts.claim, found.facts.parties, found.facts.events) == (Claim(kind=ClaimKind.OTHER), (), ())


def test_days_outside_the_calendar_and_instants_without_an_offset_are_not_stated() -> None:
    for due_on in (
        "0026-01-01",
        "9999-12-31",
        "2021-02-30",
        "20210110",
        "2021-W01-7",
        "2021-W01-7T10:00:00Z",
        "20210110T100000Z",
        "2021-01-10T00:00:00",
        20210110,
        ["2021-01-10"],
    ):
        assert Matter(claim={"due_on": due_on}).found.facts.claim.due_on is None


WORDS = [
    "p1", "p2", "p3", "n_2", "d_3", "2022-03-04", "2022-13-40", "2022-03-04T10:00:00Z", "9999-12-31", "delivered",
    "returned", "self", "ems", "phone", "judgment", "suit", "joint", "guarantor", "debtor", "loan", "", "NaN",
]  # fmt: skip
KEYS = [
    "party", "on", "at", "notice", "dispatch", "posted_at", "delivered_at", "outcome", "relation", "signed_by",
    "carrier", "corrects_seq", "about_seq", "facts", "against", "events", "status", "marks", "promise", "due_on",
    "files", "role", "claim", "parties", "guarantee", "mode", "kind", "instalments", "wording", "documents", "fields",
    "pay_by_on", "signed_on", "signature", "demanded", "channel", "promised_due_on", "consented", "to_on", "obstacle",
    "cause", "case_no", "court", "held", "maximum", "debts", "period_months", "address", "item_description",
    "way", "in_suit",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from(WORDS) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
FACTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=10)


def contradicting(facts: Facts) -> set[str]:
    try:
        reckon(facts, as_of=d("2026-11-28"))
    except ContradictionError as error:
        return set(error.facts)
    return set()


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(READ_KINDS)), FACTS), max_size=8))
def test_entries_of_any_shape_make_facts(told: list[tuple[str, dict[str, Any]]]) -> None:
    at = datetime(2022, 1, 1, tzinfo=UTC)
    opened = {"claim": CLAIM, "parties": PARTIES}
    entries = [RecordedFact(seq=1, kind="matter.opened", at=at, facts=opened)]
    entries += [RecordedFact(seq=seq, kind=kind, at=at, facts=facts) for seq, (kind, facts) in enumerate(told, start=2)]
    found = facts_of_matter(entries)
    ids = [event.id for event in found.facts.events]
    assert len(ids) == len(set(ids))
    assert {*ids, *found.left_out} <= set(found.sources)
    assert contradicting(found.facts) <= set(found.sources)
