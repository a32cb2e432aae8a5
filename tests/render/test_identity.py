"""Check digits, against numbers whose check digit is public knowledge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.render.identity import is_prc_id, is_uscc


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014", "110101199003077475"])
def test_right_identity_numbers(number: str) -> None:
    assert is_prc_id(number)


@pytest.mark.parametrize(
    "number", ["110105194912310021", "11010519491231002x", "110105491231002", "", "１１０１０５１９４９１２３１００２X"]
)
def test_wrong_identity_numbers(number: str) -> None:
    assert not is_prc_id(number)


@pytest.mark.parametrize("number", ["91350100M000100Y43", "91110000600037341L"])
def test_right_credit_codes(number: str) -> None:
    assert is_uscc(number)


@pytest.mark.parametrize("number", ["91350100M000100Y44", "91350100m000100y43", "91350100M000100I43", "913501"])
def test_wrong_credit_codes(number: str) -> None:
    assert not is_uscc(number)


@given(st.integers(min_value=0, max_value=16), st.integers(min_value=1, max_value=9))
def test_one_wrong_digit_is_always_seen(place: int, shift: int) -> None:
    number = "440524188001010014"
    digit = (int(number[place]) + shift) % 10
    assert not is_prc_id(number[:place] + str(digit) + number[place + 1 :])
