"""Numbers and dates in Chinese, against the payment rules' own examples and read back by a second method."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.render.numerals import cn_date, cn_num, parse_rmb_upper, rmb_upper

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
        ("人民币：壹拾万零柒仟元零伍角叁分", "107000.53"),
        ("壹仟陆佰捌拾元零叁角贰分", "1680.32"),
        ("拾元整", "10.00"),
        ("貳萬參仟圓整", "23000.00"),
        ("壹仟零伍拾元伍角", "1050.50"),
        (" 人民币 伍佰元 整 ", "500.00"),
    ],
)
def test_usual_spellings_are_read(words: str, amount: str) -> None:
    assert parse_rmb_upper(words) == Decimal(amount)


@pytest.mark.parametrize(
    "words",
    ["", "元", "一百元", "壹佰", "壹佰元伍", "佰元", "壹万万元", "万元整", "100元", "壹元贰元", "整", "壹拾拾元整"],
)
def test_other_texts_are_not_amounts(words: str) -> None:
    with pytest.raises(ValueError, match=r"not an amount|does not read"):
        parse_rmb_upper(words)


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
    return int(parse_rmb_upper(words + "元整"))
