"""`matters.json` against the letters: every published version tells its matter, and a matter can be opened with it."""

import json
from typing import Any

import pytest
from letter_branches import BRANCHES, NAMES
from letter_words import TEMPLATES, changed

from service.api.matter_schema import MatterBody
from service.errors import RefusedError
from service.filing import matter_facts, recipient_of, subject_of
from service.matters import _faults
from service.render.catalog import Catalog

TOLD = json.loads((TEMPLATES / "matters.json").read_text(encoding="utf-8"))


def test_every_published_version_is_told_and_nothing_else(catalog: Catalog) -> None:
    published = {(template.name, template.version) for template in catalog.all()}
    told = {name: versions for name, versions in TOLD.items() if isinstance(versions, dict)}
    assert {(name, version) for name, versions in told.items() for version in versions} == published
    assert all(template.filing is not None for template in catalog.all())


def test_the_addressee_is_whom_the_letter_is_for(catalog: Catalog) -> None:
    assert {t.name: t.filing.addressee for t in catalog.all() if t.filing} == {
        t.name: t.facts["addressee_role"] for t in catalog.all()
    }


@pytest.mark.parametrize("name", NAMES)
def test_each_branch_of_each_letter_opens_a_matter(catalog: Catalog, name: str) -> None:
    template = catalog.get(name)
    for changes in ({}, *BRANCHES[name]):
        fields = changed(template.example, changes)
        if name == "move-in-reminder" and "payment" not in fields:
            with pytest.raises(RefusedError, match="states no sum") as caught:
                matter_facts(template, fields)
            assert caught.value.code == "claim_not_told"
            continue
        facts = matter_facts(template, fields, reference="催收-1", phone="010-00000000")
        assert MatterBody.model_validate(facts).recorded() == facts
        assert list(_faults(facts)) == []
        recipient = recipient_of(template, fields)
        addressed = next(party for party in facts["parties"] if party["name"] == recipient.name)
        assert addressed.get("address") == recipient.address
        assert addressed["phone"] == recipient.phone or addressed["phone"] == "010-00000000"


def facts_of(catalog: Catalog, name: str, **changes: Any) -> dict[str, Any]:
    template = catalog.get(name)
    return matter_facts(template, changed(template.example, changes))


def test_a_loan(catalog: Catalog) -> None:
    assert facts_of(catalog, "loan-demand") == {
        "claim": {
            "kind": "loan",
            "contract_no": "示例借字第2023-0001号",
            "contract_on": "2023-11-20",
            "principal": {"amount": "1000000.00", "currency": "CNY"},
            "due_on": "2026-10-20",
        },
        "parties": [
            {
                "party": "p1",
                "role": "creditor",
                "kind": "organisation",
                "name": "某某银行股份有限公司示例支行",
                "id_no": "91110000MA0000003T",
            },
            {
                "party": "p2",
                "role": "debtor",
                "kind": "person",
                "name": "张三",
                "id_no": "110101199003077475",
                "address": "示例省示例市示例区样本路1号2单元301室",
            },
        ],
    }


def test_overdue_instalments_and_what_acceleration_does_to_them(catalog: Catalog) -> None:
    parts = [
        {"no": "2", "due_on": "2026-10-20", "principal": "0.00", "interest": "1.50"},
        {"no": "1", "due_on": "2026-09-20", "principal": "10.00", "interest": "0.25"},
        {"no": "1a", "due_on": "2026-09-20", "principal": "1.00", "interest": "0.00"},
        {"no": "0", "due_on": "2026-08-20", "principal": "0.00", "interest": "0.00"},
    ]
    claim = facts_of(catalog, "loan-demand", instalments=parts)["claim"]
    assert claim["kind"] == "instalment_loan"
    assert claim["instalments"] == [
        {"due_on": "2026-09-20", "amount": "11.25"},
        {"due_on": "2026-10-20", "amount": "1.50"},
    ]
    assert "due_on" not in claim
    whole = {"clause_no": "第八条", "remaining_principal": "5.00"}
    claim = facts_of(catalog, "loan-demand", instalments=parts, acceleration=whole)["claim"]
    assert (claim["kind"], claim["due_on"]) == ("loan", "2026-10-20")
    assert "instalments" not in claim


def test_where_the_principal_is_paid_the_claim_is_what_is_left(catalog: Catalog) -> None:
    claim = facts_of(catalog, "loan-demand", principal="0.00", total="48937.50")["claim"]
    assert claim["principal"]["amount"] == "48937.50"


def test_invoices_of_one_day_are_one_due_day(catalog: Catalog) -> None:
    invoice = {"no": "1", "invoiced_on": "2026-03-15", "due_on": "2026-05-14", "outstanding": "1.00"}
    claim = facts_of(catalog, "receivable-demand", invoices=[invoice, invoice])["claim"]
    assert claim["due_on"] == "2026-05-14"
    assert "instalments" not in claim


def test_a_guarantor_is_told_with_what_he_promised(catalog: Catalog) -> None:
    facts = facts_of(catalog, "guarantor-demand", guarantee={"max_amount": "2000000.00"})
    assert facts["claim"]["contract_no"] == "示例借字第2023-0001号"
    assert [(party["role"], party["kind"]) for party in facts["parties"]] == [
        ("creditor", "organisation"), ("debtor", "person"), ("guarantor", "organisation"),
    ]  # fmt: skip
    assert facts["parties"][2]["guarantee"] == {
        "mode": "joint",
        "contract_no": "示例保字第2023-0001号",
        "contract_on": "2023-11-20",
        "period_until_on": "2029-10-20",
        "max_amount": "2000000.00",
    }


def test_without_a_number_the_name_tells_a_company(catalog: Catalog) -> None:
    for name, kind in (
        ("示例商贸有限公司", "organisation"),
        ("欧阳某某", "person"),
        ("某某银行", "organisation"),
        ("示例投资中心（有限合伙）", "organisation"),
        ("示例投资中心(有限合伙)", "organisation"),
        ("示例 商贸 有限 公司 ", "organisation"),
    ):
        facts = facts_of(catalog, "guarantor-demand", debtor={"name": name})
        assert facts["parties"][1] == {"party": "p2", "role": "debtor", "kind": kind, "name": name}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contract_on": "0900-01-01"}, "date_out_of_range"),
        ({"due_on": "9999-12-31"}, "date_out_of_range"),
        ({"instalments": [
            {"no": "1", "due_on": "2026-09-20", "principal": "999999999999999.00", "interest": "999999999999999.00"},
            {"no": "2", "due_on": "2026-10-20", "principal": "1.00", "interest": "1.00"},
        ]}, "amount_out_of_range"),
    ],
)  # fmt: skip
def test_what_a_matter_cannot_hold_is_refused(catalog: Catalog, changes: Any, code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        facts_of(catalog, "loan-demand", **changes)
    assert [error.code for error in caught.value.errors] == [code]


def test_what_a_letter_is_about(catalog: Catalog) -> None:
    about = {name: subject_of(catalog.get(name), catalog.get(name).example, addressee="张三") or {} for name in NAMES}
    assert {name: (told["contract_no"], told["as_of_on"]) for name, told in about.items()} == {
        "guarantor-demand": ("示例借字第2023-0001号", "2026-11-20"),
        "loan-demand": ("示例借字第2023-0001号", "2026-11-20"),
        "move-in-reminder": ("示例房字第2024-0308号", "2026-09-30"),
        "receivable-demand": ("示例购字第2025-018号", "2026-11-20"),
        "student-loan-demand": ("示例助字第2021-0042号", "2026-11-20"),
    }
    assert {told["notice_kind"] for told in about.values()} == {"demand", "guarantor_demand", "handover"}


def test_full_width_and_spaces_make_no_other_letter(catalog: Catalog) -> None:
    template = catalog.get("loan-demand")
    one = subject_of(template, changed(template.example, {"contract_no": "HT(2023)1号"}), addressee="张三")
    other = subject_of(template, changed(template.example, {"contract_no": "ＨＴ（2023） 1号"}), addressee="张 三")
    assert one == other
