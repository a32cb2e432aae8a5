"""Numbers and dates as Chinese letters write them, and money in words read back.

Money is `Decimal` or its text, never float. Words follow the payment rules' annex on filling in amounts: 零 once for a
run of noughts inside, 万 and 亿 (万亿 above), 角 and 分, 整 where nothing follows. Where 万位 or 元位 is a nought and
仟 or 角 follows, 零 may be written or not, and so may 整 after 角.

Source: 支付结算办法 (银发〔1997〕393号) 附一《正确填写票据和结算凭证的基本规定》.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

WORD_DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLAIN_DIGITS = "零一二三四五六七八九"
DATE_DIGITS = "〇一二三四五六七八九"
AMOUNT_LIMIT = Decimal(10) ** 16

_VARIANTS = str.maketrans(
    {
        "貳": "贰",
        "弍": "贰",
        "參": "叁",
        "叄": "叁",
        "陸": "陆",
        "億": "亿",
        "萬": "万",
        "圆": "元",
        "圓": "元",
        "正": "整",
    }
)
_AMOUNT = re.compile(r"-?\d{1,20}(\.\d{1,10})?", re.ASCII)
_HEAD = re.compile(r"\A人民币[:：]?[ \u3000]?")
_WORDS = re.compile(
    r"(?:(?P<yuan>[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+)元)?零?"
    r"(?:(?P<jiao>[壹贰叁肆伍陆柒捌玖])角)?零?(?:(?P<fen>[壹贰叁肆伍陆柒捌玖])分)?整?"
)
_SECTION = re.compile(
    r"(?:([壹贰叁肆伍陆柒捌玖])仟)?(?:([壹贰叁肆伍陆柒捌玖])佰)?(?:([壹贰叁肆伍陆柒捌玖])拾)?([壹贰叁肆伍陆柒捌玖])?"
)


def to_amount(value: Decimal | int | str) -> Decimal:
    """Read an amount of money: plain digits with at most two decimals, no sign, below 10^16.

    Raises:
        ValueError: It is not such an amount; the text says why.
    """
    text = str(value).strip()
    if isinstance(value, (bool, float)) or not _AMOUNT.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not an amount: write plain digits such as '1000.00'")
    amount = Decimal(text)
    if amount < 0 or amount >= AMOUNT_LIMIT:
        raise ValueError(f"{text} is outside 0 … 9999999999999999.99")
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"{text} has more than two decimals")
    return amount


def rmb_upper(value: Decimal | int | str) -> str:
    """Write an amount of yuan in words: 1000000.00 becomes 人民币壹佰万元整 (the rules want 人民币 in front).

    Raises:
        ValueError: The amount is negative, too large, has parts of a 分, or is no amount.
    """
    return f"人民币{_money(to_amount(value))}"


def parse_rmb_upper(text: str) -> Decimal:
    """Read an amount in words that is written by the rules: with or without 人民币, 元 or 圆, 整 or 正.

    A 零 or 整 that the rules leave open may be there or not; one that they want has to be there, and no other may be.

    Raises:
        ValueError: The text is not an amount in words, or is not written by the rules.
    """
    words = _HEAD.sub("", text.strip()).translate(_VARIANTS)
    found = _WORDS.fullmatch(words)
    if found is None:
        raise ValueError(f"{text[:60]!r} is not an amount in words such as 壹佰万元整")
    jiao, fen = (WORD_DIGITS.index(found[name] or "零") for name in ("jiao", "fen"))
    amount = Decimal(_read_integer(found["yuan"] or "") * 100 + jiao * 10 + fen) / 100
    if not re.fullmatch(_money(to_amount(amount), nought="零?", end="整?"), words):
        raise ValueError(f"{text[:60]!r} is not how an amount is written; {amount:.2f} is {rmb_upper(amount)}")
    return amount.quantize(Decimal("0.01"))


def _money(amount: Decimal, *, nought: str = "", end: str = "整") -> str:
    """Words without 人民币: `nought` stands where the rules leave a 零 open, `end` where they leave 整 open."""
    cents = int(amount * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    head = f"{_integer(yuan, WORD_DIGITS, '拾佰仟', nought=nought)}元" if yuan else ""
    if not jiao and not fen:
        return f"{head or '零元'}整"
    if not jiao:
        return head + ("零" if yuan else "") + f"{WORD_DIGITS[fen]}分"
    tenths = (nought if yuan and yuan % 10 == 0 else "") + f"{WORD_DIGITS[jiao]}角"
    return head + tenths + (f"{WORD_DIGITS[fen]}分" if fen else end)


def cn_date(value: date | str, style: str = "plain") -> str:
    """Write a date: 2026年11月24日, or with style `upper` 二〇二六年十一月二十四日.

    Raises:
        ValueError: The value is not a date such as 2026-11-24, or the style is unknown.
    """
    on = value if isinstance(value, date) else _parse_date(value)
    if style == "plain":
        return f"{on.year}年{on.month}月{on.day}日"
    if style != "upper":
        raise ValueError(f"cn_date knows 'plain' and 'upper', not {style!r}")
    year = "".join(DATE_DIGITS[int(digit)] for digit in f"{on.year:04d}")
    return f"{year}年{_plain_integer(on.month)}月{_plain_integer(on.day)}日"


def cn_num(value: Decimal | int | str, style: str = "grouped") -> str:
    """Write a number: with thousands separators, or with style `upper` in Chinese numerals (一千零二十).

    Decimals are kept as they were written: 1000.50 stays 1,000.50.

    Raises:
        ValueError: The value is not a number in plain digits, or the style is unknown.
    """
    number = _parse_number(value)
    if style == "grouped":
        return f"{number:,f}"
    if style != "upper":
        raise ValueError(f"cn_num knows 'grouped' and 'upper', not {style!r}")
    sign = "负" if number < 0 else ""
    whole, _, decimals = f"{abs(number):f}".partition(".")
    tail = "点" + "".join(PLAIN_DIGITS[int(digit)] for digit in decimals) if decimals else ""
    return f"{sign}{_plain_integer(int(whole))}{tail}"


def _parse_date(text: object) -> date:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError(f"{text!r} is not a date such as 2026-11-24")
    return date.fromisoformat(text)


def _parse_number(value: object) -> Decimal:
    text = str(value).strip()
    if isinstance(value, (bool, float)) or not _AMOUNT.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a number in plain digits")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text[:40]!r} is not a number in plain digits") from error
    if abs(number) >= AMOUNT_LIMIT:
        raise ValueError(f"{text} has more than 16 digits before the point")
    return number


def _plain_integer(number: int) -> str:
    """十 … 十九 are spoken without 一 in front."""
    text = _integer(number, PLAIN_DIGITS, "十百千") or "零"
    return text[1:] if text.startswith("一十") else text


def _integer(number: int, digits: str, units: str, *, nought: str = "") -> str:
    """Words for 0 … 10^16 - 1: 亿 splits once, so that the upper half may itself hold 万 (万亿)."""
    high, low = divmod(number, 10**8)
    text = f"{_below_yi(high, digits, units, nought=nought)}亿" if high else ""
    return text + _gap(high, low, 10**7, nought=nought) + _below_yi(low, digits, units, nought=nought)


def _below_yi(number: int, digits: str, units: str, *, nought: str) -> str:
    high, low = divmod(number, 10**4)
    text = f"{_section(high, digits, units)}万" if high else ""
    return text + _gap(high, low, 10**3, nought=nought) + _section(low, digits, units)


def _gap(high: int, low: int, full: int, *, nought: str) -> str:
    """What stands between two parts: 零 where the lower one begins with noughts, but none is needed before 仟."""
    if not high or not low:
        return ""
    if low >= full:
        return nought if high % 10 == 0 else ""
    return (nought or "零") if 10**3 <= low < 10**4 else "零"


def _section(number: int, digits: str, units: str) -> str:
    """Words for 0 … 9999 without leading or trailing 零."""
    text = ""
    for place, figure in enumerate(f"{number:04d}"):
        unit = "" if place == 3 else units[2 - place]
        text += digits[int(figure)] + unit if figure != "0" else "零"
    return re.sub("零+", "零", text).strip("零")


def _read_integer(words: str) -> int:
    """The reverse of `_integer` for financial digits; 零 carries no value."""
    high, mark, low = words.rpartition("亿")
    if "亿" in high or (mark and not high):
        raise ValueError(f"{words!r} does not read as a number")
    return (_read_below_yi(high) * 10**8 if mark else 0) + _read_below_yi(low)


def _read_below_yi(words: str) -> int:
    high, mark, low = words.rpartition("万")
    if "万" in high or (mark and not high.strip("零")):
        raise ValueError(f"{words!r} does not read as a number")
    return (_read_section(high) * 10**4 if mark else 0) + _read_section(low)


def _read_section(words: str) -> int:
    """Of what is written by the rules, the value; `parse_rmb_upper` sees to it that it is."""
    found = _SECTION.fullmatch(words.replace("零", ""))
    if found is None:
        raise ValueError(f"{words!r} does not read as a number")
    return int("".join(str(WORD_DIGITS.index(figure or "零")) for figure in found.groups()))
