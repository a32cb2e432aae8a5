"""Numbers and dates in Chinese, against the payment rules' own examples and read back by a second method."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.render.numerals import WORD_DIGITS, cn_date, cn_num, parse_rmb_upper, rmb_upper

AMOUNTS = st.integers(min_value=0, max_value=10**18 - 1).map(lambda cents: Decimal(cents) / 100)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        # 支付结算办法 附一, with 整 where the rules leave it open
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "人民币壹拾万柒仟元伍角叁分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("0.50", "人民币伍角整"),
        ("10", "人民币壹拾元整"),
        ("1000000.00", "人民币壹佰万元整"),
        ("1048937.50", "人民币壹佰零肆万捌仟玖佰叁拾柒元伍角整"),
        ("100000001", "人民币壹亿零壹元整"),
        ("1000000000000", "人民币壹万亿元整"),
        ("9999999999999999.99", "人民币玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("100010000.10", "人民币壹亿零壹万元壹角整"),
    ],
)
def test_amounts_in_words(amount: str, words: str) -> None:
    assert rmb_upper(amount) == words
    assert parse_rmb_upper(words) == Decimal(amount).quantize(Decimal("0.01"))


@given(AMOUNTS)
def test_amounts_read_back(amount: Decimal) -> None:
    words = rmb_upper(amount)
    assert parse_rmb_upper(words) == amount
    assert "零零" not in words
    assert not any(f"{unit}零整" in words for unit in "拾佰仟万亿")


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("壹佰万圆正", "1000000.00"),
        ("壹拾万柒仟元零伍角叁分", "107000.53"),
        ("壹拾万零柒仟元伍角叁分", "107000.53"),
        ("人民币：壹拾万零柒仟元零伍角叁分", "107000.53"),
        ("壹仟陆佰捌拾元零叁角贰分", "1680.32"),
        ("壹拾元整", "10.00"),
        ("貳萬參仟圓整", "23000.00"),
        ("壹仟零伍拾元伍角", "1050.50"),
        ("壹亿零伍仟元整", "100005000.00"),
        ("壹亿伍仟元整", "100005000.00"),
        ("壹拾亿零伍仟万元整", "1050000000.00"),
        (" 人民币 伍佰元整 ", "500.00"),
    ],
)
def test_usual_spellings_are_read(words: str, amount: str) -> None:
    assert parse_rmb_upper(words) == Decimal(amount)


@pytest.mark.parametrize(
    "words",
    ["", "元", "一百元", "壹佰", "壹佰元伍", "佰元", "壹万万元", "万元整", "100元", "壹元贰元", "整", "壹拾拾元整"],
)
def test_other_texts_are_not_amounts(words: str) -> None:
    with pytest.raises(ValueError, match=r"not an amount|does not read|not how an amount"):
        parse_rmb_upper(words)


@pytest.mark.parametrize(
    "words",
    [
        # a digit is missing, or is a unit
        *("拾元整", "拾佰元整", "仟仟元整", "仟佰拾元", "佰拾元", "壹拾万仟元整", "壹仟佰元整"),
        # a 零 where the figure has no nought, two of them, or none where one has to be
        *(
            "壹零佰零壹拾元",
            "壹零佰零元整",
            "壹佰元零",
            "零壹元整",
            "壹佰零拾元整",
            "零零元整",
            "壹零元整",
            "壹仟零零伍元整",
        ),
        *(
            "壹佰伍元整",
            "壹万伍佰元整",
            "壹亿伍万元整",
            "壹元贰分",
            "壹元壹角零贰分",
            "零元伍角",
            "零伍角整",
            "伍角零分",
        ),
        # open to an addition, or closed twice
        *("壹佰万元", "壹元贰分整", "壹佰元整整", "伍佰元 整", "伍:佰元整", "人民币人民币伍佰元整", "人民币"),
    ],
)
def test_what_the_rules_do_not_allow_is_not_read(words: str) -> None:
    with pytest.raises(ValueError, match=r"not an amount|does not read|not how an amount"):
        parse_rmb_upper(words)


@given(AMOUNTS, st.data())
def test_every_amount_reads_back_with_and_without_what_is_open(amount: Decimal, data: st.DataObject) -> None:
    words = rmb_upper(amount).removeprefix("人民币")
    open_places = [place for place in range(len(words)) if _may_take_nought(words, place)]
    chosen = data.draw(st.sets(st.sampled_from(open_places))) if open_places else set()
    spelt = "".join(("零" if place in chosen else "") + letter for place, letter in enumerate(words))
    assert parse_rmb_upper(spelt) == amount
    assert parse_rmb_upper(spelt.replace("角整", "角")) == amount


def _bent(amount: Decimal) -> st.SearchStrategy[str]:
    """An amount in words with one letter put in, taken out or changed: nearly right."""
    words = rmb_upper(amount).removeprefix("人民币")
    place, letter = st.integers(0, len(words) - 1), st.sampled_from(["", *"零壹拾佰仟万亿元角分整"])
    return st.builds(lambda at, put, cut: words[:at] + put + words[at + cut :], place, letter, st.integers(0, 1))


@given(st.lists(st.sampled_from("零壹贰玖拾佰仟万亿元角分整"), max_size=12).map("".join) | AMOUNTS.flatmap(_bent))
def test_what_is_read_is_a_lawful_spelling_of_the_amount(words: str) -> None:
    try:
        amount = parse_rmb_upper(words)
    except ValueError:
        return
    figure = f"{amount:.2f}".replace(".", "")
    places = _places(words)
    assert {place: digit for place, digit in places if digit != "0"} == {
        len(figure) - 3 - at: digit for at, digit in enumerate(figure) if digit != "0"
    }
    assert _noughts_are_lawful(places)
    assert words.count("整") == (words.endswith("整") and not words.endswith("分整"))
    assert words.endswith(("整", "角", "分"))


def _places(words: str) -> list[tuple[int, str]]:
    """Each digit with its power of ten (角 is -1), from the right; a 零 has the power of what stands after it."""
    found, power, base = [], -3, -3
    units = {"元": 0, "角": -1, "分": -2, "拾": 1, "佰": 2, "仟": 3}
    for letter in reversed(words.rstrip("整")):
        if letter in "元角分":
            power = base = units[letter]
        elif letter in "万亿":
            power = base = {"万": max(base, 0) // 8 * 8 + 4, "亿": 8}[letter]
        elif letter in units:
            power = base + units[letter]
        else:
            found.append((power, str(WORD_DIGITS.index(letter))))
    return found[::-1]


def _noughts_are_lawful(places: list[tuple[int, str]]) -> bool:
    """Between two digits 零 stands once where noughts lie between, never else; before 仟 or 角 it is left open."""
    if places == [(0, "0")]:
        return True
    for (upper, first), (lower, second) in pairwise(places):
        if first == "0" and second == "0":
            return False
        if first != "0" and second != "0" and upper - lower > 1 and lower not in (-1, 3, 7, 11):
            return False
    digits = [(place, at) for at, (place, digit) in enumerate(places) if digit != "0"]
    between = all(upper - lower > 1 for (upper, i), (lower, j) in pairwise(digits) if j - i > 1)
    return between and places[0][1] != "0" and places[-1][1] != "0"


def _may_take_nought(words: str, place: int) -> bool:
    """Before a digit of 仟 or of 角, where the place before it is a nought and no 零 stands there."""
    if place == 0 or words[place] in "零拾佰仟万亿元角分整" or words[place - 1] == "零":
        return False
    at = sum(letter in WORD_DIGITS for letter in words[:place])
    (upper, _), (power, _) = _places(words)[at - 1 : at + 1]
    return power in (-1, 3, 7, 11) and upper - power > 1


@pytest.mark.parametrize(
    "value", ["-1", "1.005", "1e5", "１００", "", "1,000.00", "10000000000000000", 1.5, True, None, "NaN"]
)
def test_bad_amounts_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals|outside"):
        rmb_upper(value)  # type: ignore[arg-type]


@given(st.dates(min_value=date(1000, 1, 1)))
def test_dates_read_back(on: date) -> None:
    year, month, day = cn_date(on.isoformat()).replace("年", " ").replace("月", " ").replace("日", "").split()
    assert date(int(year), int(month), int(day)) == on
    upper = cn_date(on, "upper")
    assert [_plain(part) for part in upper.replace("年", " ").replace("月", " ").replace("日", "").split()] == [
        on.year,
        on.month,
        on.day,
    ]


def test_dates() -> None:
    assert cn_date("2026-11-24") == "2026年11月24日"
    assert cn_date("2026-11-24", "upper") == "二〇二六年十一月二十四日"
    assert cn_date("2030-10-10", "upper") == "二〇三〇年十月十日"
    for wrong in ("2026-02-30", "20261124", "2026-1-2", "", "2026-11-24T00:00:00"):
        with pytest.raises(ValueError, match=r"date|day"):
            cn_date(wrong)
    with pytest.raises(ValueError, match="plain"):
        cn_date("2026-11-24", "lower")


def test_numbers() -> None:
    assert cn_num("1234567.00") == "1,234,567.00"
    assert cn_num(0) == "0"
    assert cn_num("1020", "upper") == "一千零二十"
    assert cn_num(12, "upper") == "十二"
    assert cn_num("3.14", "upper") == "三点一四"
    assert cn_num(-5, "upper") == "负五"
    assert cn_num(10**8 + 12, "upper") == "一亿零一十二"
    for wrong in ("1,000", "abc", 1.5, True, "9" * 17):
        with pytest.raises(ValueError, match=r"number|digits"):
            cn_num(wrong)  # type: ignore[arg-type]


@given(st.integers(min_value=0, max_value=10**16 - 1))
def test_numerals_read_back(number: int) -> None:
    assert _plain(cn_num(number, "upper")) == number
    assert int(cn_num(number).replace(",", "")) == number


def _plain(text: str) -> int:
    """Another way back: financial digits are put in place of the plain ones; years go digit by digit."""
    if len(text) == 4 and set(text) <= set("〇一二三四五六七八九"):
        return int("".join(str("〇一二三四五六七八九".index(digit)) for digit in text))
    if text == "零":
        return 0
    words = text.translate(str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟"))
    return int(parse_rmb_upper(("壹" if words.startswith("拾") else "") + words + "元整"))
