"""`wording.json` against the letters themselves: what it says they ask for stands in them, and nothing else does."""

import json

import pytest
from letter_branches import BRANCHES, NAMES
from letter_words import TEMPLATES, changed, letter_text

from service.render.catalog import Catalog
from service.render.wording import MEMBERS

WORDING = json.loads((TEMPLATES / "wording.json").read_text(encoding="utf-8"))
DEMANDS = ("我方现正式要求贵方于", "现请你于", "现要求贵方承担连带保证责任", "我方现要求贵方承担保证责任")


def test_every_published_version_is_classified_and_nothing_else(catalog: Catalog) -> None:
    published = {(template.name, template.version) for template in catalog.all()}
    assert {(name, version) for name, versions in WORDING.items() for version in versions} == published
    assert all(set(template.wording or ()) == set(MEMBERS) for template in catalog.all())


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_demands_exactly_when_it_is_said_to(catalog: Catalog, name: str) -> None:
    template = catalog.get(name)
    for changes in ({}, *BRANCHES[name]):
        fields = changed(template.example, changes)
        text, wording = letter_text(template, fields, "html"), template.wording_with(fields)
        assert wording is not None
        assert wording["demands_payment"] is any(demand in text for demand in DEMANDS)
        assert wording["demands_guarantee"] is ("承担保证责任" in text or "承担连带保证责任，" in text)
        assert not wording["notifies_assignment"]
        assert "转让" not in text


def test_a_move_in_reminder_demands_the_price_only_where_it_says_so(catalog: Catalog) -> None:
    template = catalog.get("move-in-reminder")
    without = {name: value for name, value in template.example.items() if name != "payment"}
    assert template.wording_with(template.example) == {
        "demands_payment": True, "demands_guarantee": False, "states_amount": True, "notifies_assignment": False,
    }  # fmt: skip
    assert template.wording_with(without) == dict.fromkeys(MEMBERS, False)
