"""The format of case files: what is read, what is refused and where, and that docs/law-cases.md tells all of it."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from case_document import DOCUMENT, TABLES, with_codes
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import MalformedError
from evidence.law import case, case_expectations, case_format, clock, facts, vocabulary
from evidence.law.calendar import Quality
from evidence.law.case_reading import keys_of, required_of, type_name
from evidence.law.facts import (
    Claim,
    DebtorFirstEnded,
    Facts,
    Guarantee,
    MaximumAmount,
    Notice,
    Party,
    Proceeding,
)
from evidence.law.handover import HandoverNotice
from evidence.law.provisions import PROVISIONS
from evidence.law.questions import QUESTIONS
from evidence.law.timeline import SuitOutcome
from evidence.law.vocabulary import Channel, ClaimKind, End, Mode, Outcome, ProceedingKind, Proof, Role, Signer

CASES = Path(__file__).with_name("cases")
MALFORMED = sorted(CASES.glob("malformed/*.toml"))
HEAD = """
id = "T01"
title = "格式"
kind = "textbook"
confidence = "high"
as_of = 2024-01-10
"""
CLAIM = '[claim]\nkind = "loan"\ndue_on = 2020-06-10\n[[party]]\nparty = "D"\nrole = "debtor"\n'


@pytest.mark.parametrize("path", MALFORMED, ids=lambda path: path.stem)
def test_a_malformed_file_is_refused_at_its_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    with pytest.raises(MalformedError) as caught:
        case.parse(text)
    assert caught.value.where == text.split("\n")[0].removeprefix("# where:").strip()


def test_there_are_malformed_files_for_every_kind_of_fault() -> None:
    assert len(MALFORMED) >= 40


def test_a_refusal_says_what_is_allowed() -> None:
    text = HEAD + CLAIM + '[[event]]\nid = "e1"\ntype = "notice"\nto = "D"\nchannel = "pigeon"\n'
    with pytest.raises(MalformedError, match=r"event\[1\].channel: .*pigeon.*hand, ems, courier.*other"):
        case.parse(text)
    with pytest.raises(MalformedError, match=r"event\[1\].type: .*notice, acknowledgment, proceeding, assignment"):
        case.parse(text.replace('type = "notice"', 'type = "letter"'))
    with pytest.raises(MalformedError, match=r"event\[1\].chanel: .*allowed: .*channel"):
        case.parse(text.replace("channel", "chanel"))


def test_facts_come_out_as_they_were_written() -> None:
    found = case.parse(
        HEAD
        + """
[claim]
kind = "instalment_loan"
contract_on = 2020-01-02
instalments = [2021-01-31, 2021-02-28]
lender = true
debit_clause = false

[[party]]
party = "B"
role = "creditor"
is_person = false

[[party]]
party = "G"
role = "guarantor"

[party.guarantee]
mode = "general"
contract_on = 2020-01-03
period_months = 24
recourse_with = ["H"]
maximum = { debts = [2021-02-28], determined_on = 2021-01-01 }

[[event]]
type = "notice"
id = "e1"
to = "G"
channel = "hand"
outcome = "signed"
outcome_on = 2021-05-06
signer = "cohabiting_adult"
after_hours = false
grace_days = 0
proofs = ["notice_copy", "signed_original"]

[[event]]
type = "proceeding"
id = "e2"
kind = "suit"
against = ["G"]
filed_on = 2021-06-07
served = { G = 2021-06-17 }
ended_on = 2021-09-01
end = "judgment"

[[event]]
type = "debtor_first_ended"
id = "e3"
guarantor = "G"
on = 2021-08-09
"""
    )
    guarantee = Guarantee(
        mode=Mode.GENERAL,
        contract_on=date(2020, 1, 3),
        period_months=24,
        recourse_with=frozenset({"H"}),
        maximum=MaximumAmount(debts=(date(2021, 2, 28),), determined_on=date(2021, 1, 1)),
    )
    assert found.situations[0].facts == Facts(
        claim=Claim(
            kind=ClaimKind.INSTALMENT_LOAN,
            contract_on=date(2020, 1, 2),
            instalments=(date(2021, 1, 31), date(2021, 2, 28)),
            lender=True,
            debit_clause=False,
        ),
        parties=(
            Party(party="B", role=Role.CREDITOR, is_person=False),
            Party(party="G", role=Role.GUARANTOR, guarantee=guarantee),
        ),
        events=(
            Notice(
                id="e1",
                to="G",
                channel=Channel.HAND,
                outcome=Outcome.SIGNED,
                outcome_on=date(2021, 5, 6),
                signer=Signer.COHABITING_ADULT,
                after_hours=False,
                grace_days=0,
                proofs=frozenset({Proof.NOTICE_COPY, Proof.SIGNED_ORIGINAL}),
            ),
            Proceeding(
                id="e2",
                kind=ProceedingKind.SUIT,
                against=frozenset({"G"}),
                filed_on=date(2021, 6, 7),
                served=(("G", date(2021, 6, 17)),),
                ended_on=date(2021, 9, 1),
                end=End.JUDGMENT,
            ),
            DebtorFirstEnded(id="e3", guarantor="G", on=date(2021, 8, 9)),
        ),
    )


def test_a_variant_replaces_adds_and_removes() -> None:
    hand = '[[event]]\nid = "{}"\ntype = "notice"\nto = "D"\nchannel = "{}"\n'
    variant = """
[[variant]]
name = "v"
as_of = 2025-01-10
remove = ["e2"]
readings = { guarantee_roll = "no_roll" }

[variant.claim]
kind = "rent"
due_on = 2021-06-10
"""
    text = HEAD + "[[suit]]\non = 2024-02-01\n" + CLAIM + hand.format("e1", "hand") + hand.format("e2", "sms")
    text += (
        variant
        + hand.format("e1", "fax").replace("[[", "[[variant.")
        + hand.format("e3", "ems").replace("[[", "[[variant.")
    )
    own, other = case.parse(text).situations
    assert own.facts is not None
    assert other.facts is not None
    assert [(each.id, each.channel) for each in own.facts.events if isinstance(each, Notice)] == [
        ("e1", "hand"), ("e2", "sms"),
    ]  # fmt: skip
    assert [(each.id, each.channel) for each in other.facts.events if isinstance(each, Notice)] == [
        ("e1", "fax"), ("e3", "ems"),
    ]  # fmt: skip
    assert (own.facts.claim.kind, other.facts.claim.kind) == (ClaimKind.LOAN, ClaimKind.RENT)
    assert (other.as_of, other.readings) == (date(2025, 1, 10), (("guarantee_roll", "no_roll"),))
    assert other.facts.parties == own.facts.parties
    assert other.suits == own.suits


def test_a_move_in_notice_needs_no_claim() -> None:
    found = case.parse(HEAD + "[handover]\nreceived_on = 2024-03-01\n").situations[0]
    assert (found.facts, found.handover) == (None, HandoverNotice(received_on=date(2024, 3, 1)))


@pytest.mark.parametrize(
    "text",
    [
        "x" * (case.MAX_BYTES + 1),
        "a" + ".a" * 60_000 + " = 1",
        "\n".join("[" + "a." * 20 + f"b{number}]" for number in range(2000)),
        "a = " + "[" * 60_000,
        "a = " + "{b = " * 20_000,
        "a = " + "9" * 100_000,
        "a = 0x" + "f" * 100_000,
        'a = "\ud800"',
        "\x00",
        "﻿",
    ],
    ids=["large", "dots", "many dots", "brackets", "braces", "digits", "hex", "surrogate", "nul", "mark"],
)
def test_hostile_text_is_refused_cheaply(text: str) -> None:
    with pytest.raises(MalformedError):
        case.parse(text)


@given(st.text(max_size=300))
def test_whatever_text_is_either_read_or_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        case.parse(text)


VALUES = st.recursive(
    st.sampled_from(["1", "-1", "1.5", "true", '"D"', "2020-06-10", "2020-06-10T01:02:03Z", "01:02:03", "nan", '""']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(["id", "kind", "on"]), inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        )
    ),
    max_leaves=4,
)
KEYS = sorted({name for kind in (case_format.CaseFile, Claim, Party, Notice) for name in keys_of(kind)})


@given(st.sampled_from(KEYS), VALUES, st.sampled_from(["", "[claim]\n", "[[party]]\n", "[[event]]\n", "[expect]\n"]))
def test_any_value_at_any_key_is_read_or_refused(key: str, value: str, table: str) -> None:
    """No value, wherever it stands, brings the reader out of step: it is a case or a `MalformedError`."""
    text = HEAD + CLAIM + f"{table}{key} = {value}\n" if table else f"{key} = {value}\n" + HEAD + CLAIM
    try:
        told = case.parse(text).id
    except MalformedError as error:
        told = error.message
    assert told


def section(title: str) -> str:
    """The part of the document under a heading, up to the next of any level."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = re.search(rf"^#+ .*{re.escape(title)}.*\n((?:(?!#).*\n)*)", text, re.MULTILINE)
    assert found, title
    return found.group(1)


def rows(title: str) -> dict[str, str]:
    """The keys that a section tells, with their values."""
    return dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|", section(title), re.MULTILINE))


SECTIONS: list[tuple[str, tuple[Any, ...]]] = [
    ("The file", (case_format.CaseFile,)),
    ("`[claim]`", (Claim,)),
    ("`[[party]]`", (Party,)),
    ("`[party.guarantee]`", (Guarantee, MaximumAmount)),
    *((f'"{type_name(kind)}"', (kind,)) for kind in facts.Event.__args__),
    ("`[[suit]]`", (case_format.Suit,)),
    ("`[handover]`", (HandoverNotice,)),
    ("`[expect]`", (case_expectations.Expectation,)),
    ("`[[expect.clock]]`", (case_expectations.ClockExpectation, case_expectations.PeriodExpectation)),
    ("`[[expect.event]]`", (case_expectations.EventExpectation,)),
    ("`[[expect.suit]]`", (case_expectations.SuitExpectation,)),
    ("`[[expect.alternative]]`", (case_expectations.AlternativeExpectation,)),
    ("`[[expect.warning]]`", (case_expectations.WarningExpectation,)),
    ("`[[expect.proof]]`", (case_expectations.ProofExpectation,)),
    ("`[[expect.collect]]`", (case_expectations.CollectExpectation,)),
    ("`[expect.handover]`", (case_expectations.HandoverExpectation,)),
    ("Variants: `[[variant]]`", (case_format.Variant,)),
]


@pytest.mark.parametrize(("title", "kinds"), SECTIONS, ids=[title.strip("`#[] ") for title, _ in SECTIONS])
def test_the_document_tells_every_key_and_which_are_needed(title: str, kinds: tuple[Any, ...]) -> None:
    told = rows(title)
    assert told.keys() == {name for kind in kinds for name in keys_of(kind)}
    assert {name for name, value in told.items() if "needed" in value} == {
        name for kind in kinds for name in required_of(kind)
    }


def test_the_documents_tables_of_codes_are_the_codes_own() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == with_codes(text)


def test_every_code_is_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    enums = [
        each for each in vars(vocabulary).values() if isinstance(each, type) and each.__module__ == vocabulary.__name__
    ]
    enums += [clock.Track, clock.PeriodKind, clock.Effect, clock.State, Quality, SuitOutcome, case_format.CaseKind]
    codes = {str(code) for each in enums for code in each} | PROVISIONS.keys() | QUESTIONS.keys()
    assert len(codes) > 250
    assert [code for code in sorted(codes) if f"| `{code}` |" not in text] == []
    assert [title for title, words in TABLES.items() if not all(words.values())] == []


def test_the_documents_example_is_a_case_that_passes() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    example = re.search(r"## 2\. A whole example\n\n```toml\n(.*?)```", text, re.DOTALL)
    assert example
    found = case.parse(example.group(1))
    assert case.compare(found) == ()
    assert len(found.situations) == 2
