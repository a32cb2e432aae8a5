"""What letters' words do in law is said in one file, and a wrong one stops the start."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.errors import StoreError
from service.render import Catalog
from service.render.wording import MEMBERS

from .conftest import write_sums, write_template
from .test_catalog import PARTS

PLAIN = dict.fromkeys(MEMBERS, False)


def load(directory: Path, wording: object = None) -> Catalog:
    write_template(directory, PARTS)
    write_sums(directory)
    if wording is not None:
        text = wording if isinstance(wording, str) else json.dumps(wording)
        (directory / "wording.json").write_text(text, encoding="utf-8")
    return Catalog.load(directory)


def test_a_condition_on_a_field_is_answered_by_the_fields(tmp_path: Path) -> None:
    told = PLAIN | {"demands_payment": {"if_field": "name"}, "states_amount": True}
    template = load(tmp_path, {"trial": {"v1": told}}).get("trial")
    expected = PLAIN | {"demands_payment": True, "states_amount": True}
    assert template.wording_with({"name": "张三"}) == expected
    assert template.wording_with({}) == template.wording_with({"name": None}) == expected | {"demands_payment": False}


@pytest.mark.parametrize("wording", [None, {}, {"trial": {"v2": PLAIN}}, {"other": {"v1": PLAIN}}, {"trial": []}])
def test_a_version_that_nobody_classified_is_unknown(tmp_path: Path, wording: Any) -> None:
    assert load(tmp_path, wording).get("trial").wording_with({"name": "张三"}) is None


@pytest.mark.parametrize(
    ("wording", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ({"trial": {"v1": {}}}, "has to say each of"),
        ({"trial": {"v1": []}}, "has to say each of"),
        ({"trial": {"v1": PLAIN | {"more": True}}}, "has to say each of"),
        ({"trial": {"v1": PLAIN | {"states_amount": "yes"}}}, "states_amount is true, false or"),
        ({"trial": {"v1": PLAIN | {"states_amount": {"if_field": "sum"}}}}, "states_amount is true, false or"),
        ({"trial": {"v1": PLAIN | {"states_amount": {"if_field": ["name"]}}}}, "states_amount is true, false or"),
        ({"trial": {"v1": PLAIN | {"states_amount": {"unless": "name"}}}}, "states_amount is true, false or"),
    ],
)
def test_a_wrong_classification_stops_the_start_and_is_named(tmp_path: Path, wording: Any, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        load(tmp_path, wording)
    assert caught.value.fatal
    assert "wording.json" in str(caught.value)
