"""The rows to look at before anything is issued."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.render import Catalog, Template
from service.workbook import sample_rows

CATALOG = Catalog.load(Path(__file__).parents[2] / "templates")
LOAN, MOVE_IN = CATALOG.get("loan-demand"), CATALOG.get("move-in-reminder")
Rows = list[tuple[int, Template, Mapping[str, Any]]]


def letters(changes: dict[int, dict[str, Any]], *, rows: int = 300) -> Rows:
    return [(number, LOAN, {**LOAN.example, **changes.get(number, {})}) for number in range(2, rows + 2)]


def reasons(rows: Rows, **more: int) -> dict[int, tuple[str, ...]]:
    return {row.number: row.reasons_en for row in sample_rows(rows, **more)}


def test_extremes_are_found_wherever_they_stand() -> None:
    found = reasons(
        letters(
            {
                50: {"debtor": {**LOAN.example["debtor"], "name": "示例" * 20}},
                90: {"total": "9999999.00"},
                130: {"contract_title": "㛃合同"},
                170: {"contact": {**LOAN.example["contact"], "address": "样本大街" * 40}},
                210: {"instalments": [{"no": str(n)} for n in range(30)]},
            }
        )
    )
    assert "the longest name" in found[50]
    assert "the largest sum (9,999,999.00)" in found[90]
    assert "the rarest character 㛃 (U+36C3)" in found[130]
    assert any("the most text" in reason for number in (170, 210) for reason in found[number])
    assert "the most list items, probably the most pages" in found[210]


def test_a_character_outside_the_basic_plane_is_rarer_than_a_seldom_one() -> None:
    found = reasons(letters({10: {"contract_title": "㛃"}, 11: {"contract_title": "𬭊"}, 12: {"contract_title": "𬭊"}}))
    assert "the rarest character 𬭊 (U+2CB4A)" in found[11]


def test_each_form_of_letter_is_shown_once() -> None:
    costs = {"costs": "1.00", "costs_note": "诉讼费"}
    acceleration = {"acceleration": {"clause_no": "第八条", "remaining_principal": "1.00"}}
    changes = {20: costs, 21: costs, 40: acceleration, 60: {"credit_reporting": False}, 80: {**costs, **acceleration}}
    found = reasons(letters(changes))
    assert "with /costs, /costs_note" in found[20]
    assert 21 not in found
    assert any("/acceleration" in reason for reason in found[40])
    assert any("/credit_reporting=False" in reason for reason in found[60])
    assert 80 in found


def test_a_sample_stays_small_and_shows_the_most_forms() -> None:
    optional = ["compound_interest", "costs", "costs_note", "total_words"]
    changes = {
        number: {name: "1.00" for bit, name in enumerate(optional) if number >> bit & 1} for number in range(2, 302)
    }
    rows = letters(changes)
    sample = sample_rows(rows)
    assert len(sample) == 12
    assert [row.number for row in sample] == sorted(row.number for row in sample)
    shown = {name for number, _, fields in rows for name in optional if name in fields and number in dict.fromkeys(
        row.number for row in sample)}  # fmt: skip
    assert shown == set(optional)
    assert len(sample_rows(rows, most=3)) == 3


def test_letters_of_two_templates_are_both_shown() -> None:
    rows: Rows = [*letters({}, rows=20), (40, MOVE_IN, MOVE_IN.example)]
    assert 40 in reasons(rows)
    assert sample_rows([]) == []


def test_reasons_are_told_in_both_languages() -> None:
    for row in sample_rows(letters({20: {"costs": "1.00", "costs_note": "诉讼费"}})):
        assert len(row.reasons_zh) == len(row.reasons_en) > 0
        assert all(any("\u4e00" <= character <= "\u9fff" for character in reason) for reason in row.reasons_zh)
