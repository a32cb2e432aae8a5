"""The order of the pile: by address, as postmen sort, so that letters, labels and trays follow one another.

Only the text is read; no list of places is kept, since places are renamed. A part that an address leaves out is empty
and sorts first, so that "某市某区" without its province stands together with others of the kind.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.mailing.item import MailItem

_PROVINCES = (
    "北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽", "福建", "江西",
    "山东", "河南", "湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃",
    "青海", "宁夏", "新疆", "台湾", "香港", "澳门",
)  # fmt: skip
"""In the order of GB/T 2260, north to south, as every Chinese register lists them."""
_MUNICIPALITIES = frozenset({"北京", "天津", "上海", "重庆"})
_MUNICIPAL = re.compile(rf"(?P<name>{'|'.join(sorted(_MUNICIPALITIES))})市?")
_KNOWN = re.compile(
    rf"(?P<name>{'|'.join(_PROVINCES)})(?:省|(?:壮族|回族|维吾尔)?自治区|特别行政区)?(?![市州藏])"
)  # 吉林市 and 海南藏族自治州 are no provinces
_OTHER_PROVINCE = re.compile(r"(?P<name>[^省市区县\d]{1,8}(?:省|自治区|特别行政区))")
_CITY = re.compile(r"[^\d]{1,12}?(?:自治州|地区|盟|市)")
_DISTRICT = re.compile(r"[^\d路街道]{1,12}?(?:自治县|自治旗|新区|区|县|市|旗)")
_DIGITS = re.compile(r"([0-9]+)")
_POSTCODE = re.compile(r"[0-9]{6}")

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address in its parts; what it does not name is empty."""

    province: str
    city: str
    district: str
    rest: str


def read_place(address: str) -> Place:
    """Read province, city and district from the text of an address; total, it never refuses one."""
    text = "".join(unicodedata.normalize("NFKC", address).split()).removeprefix("中国").removeprefix("中华人民共和国")
    province, text = _province(text)
    if province in _MUNICIPALITIES:
        city, text = province + "市", re.sub(r"^(?:市辖区|县(?=.{1,6}县))", "", text.removeprefix(province + "市"))
    else:
        city, text = _take(_CITY, text)
    district, rest = _take(_DISTRICT, text)
    return Place(province=province, city=city, district=district, rest=rest)


def print_order(items: Iterable[MailItem]) -> list[MailItem]:
    """Put letters in the order of their addresses; equal ones stay as they came, those without an address come last.

    Postcodes lead where every letter with an address has one; else province, city, district and the rest of the text,
    in which numbers are numbers: 2号 comes before 10号.
    """
    letters = list(items)
    addressed = [item for item in letters if item.address.strip()]
    by_postcode = bool(addressed) and all(_POSTCODE.fullmatch(item.postcode.strip()) for item in addressed)
    return [*sorted(addressed, key=lambda item: _key(item, by_postcode)), *unaddressed(letters)]


def unaddressed(items: Sequence[MailItem]) -> list[MailItem]:
    """Give the letters that have no address."""
    return [item for item in items if not item.address.strip()]


def _key(item: MailItem, by_postcode: bool) -> Key:
    place = read_place(item.address)
    lead = item.postcode.strip() if by_postcode else ""
    return lead, _province_rank(place.province), place.province, place.city, place.district, _natural(place.rest)


def _province(text: str) -> tuple[str, str]:
    for pattern in (_MUNICIPAL, _KNOWN, _OTHER_PROVINCE):
        if found := pattern.match(text):
            return found["name"], text[found.end() :]
    return "", text


def _province_rank(province: str) -> int:
    return _PROVINCES.index(province) if province in _PROVINCES else len(_PROVINCES)


def _take(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    found = pattern.match(text)
    return (found.group(), text[found.end() :]) if found else ("", text)


def _natural(text: str) -> Key:
    """Numbers compare by length, then digits: no conversion, so a hostile one of ten thousand digits costs nothing."""
    pieces = _DIGITS.split(text)
    return tuple(_number(piece) if place % 2 else piece for place, piece in enumerate(pieces))


def _number(digits: str) -> tuple[int, str, str]:
    plain = digits.lstrip("0")
    return len(plain), plain, digits
