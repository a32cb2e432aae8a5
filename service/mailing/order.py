"""The order of the pile: by address, as postmen sort, so that letters, labels and trays follow one another.

Only the text is read; no list of places is kept, since places are renamed. A part that an address leaves out is empty
and sorts first, so that "示例市示例区" without its province stands together with others of the kind. A part that is not
sure is empty too: the city stands on the carrier's label, and an empty one is better than an invented one.
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
_STREET = (
    "(?:[东南西北中]{0,2}[一二三四五六七八九十]{0,2}(?:路(?!桥)|大?街|大道|巷|弄|胡同)|[东南西北中]道"
    "|村|大厦|广场|花园|公寓|饭店|宾馆|酒店|银行|大学)"
)
"""What makes a street or a house of the name before it: 北京东路, 上海路, 浙江大学; 浙江路桥区 is none."""
_MUNICIPAL = re.compile(rf"(?P<name>{'|'.join(sorted(_MUNICIPALITIES))})(?:市(?!场)|(?!市|{_STREET}))")
_KNOWN = re.compile(
    rf"(?P<name>{'|'.join(_PROVINCES)})"
    rf"(?:(?:省|(?:壮族|回族|维吾尔)?自治区|特别行政区)(?![市州藏])|(?![省市州藏区县]|{_STREET}))"
)  # 吉林市, 海南藏族自治州, 河北区 and 湖南路 are no provinces
_OTHER_PROVINCE = re.compile(r"(?P<name>[^省市区县路街道\d]{1,8}(?:省|自治区|特别行政区))")
_IS_CITY = (
    "(?<![超菜夜早灯米牛羊马猪狗鸟鱼珠茶])(?<!(?<!攀枝)花)市"
    "(?!场|部|民(?:中心|服务|广场|之家|公园|活动|文化|花园|家园|大厦|大道)|政(?:府|大|广|公|设|工|花|小|局|处|所|管|协|委)"
    "|(?<=[沙新]市)区|(?<=[城都]市)(?:花园|广场|公寓|家园)(?!路|街))"
)
"""市 as the end of a city's name: not 菜市, 市场, 市民中心, 市政大厦, 沙市区; but 民族路 and 政和县 may follow one."""
_NAMED = r"[^\d省市区县旗路街道巷弄号村场团]"
"""A character of a city's name, which has two to four: beyond a county or a street a city would be invented."""
_CITY = re.compile(
    rf"{_NAMED}{{1,9}}?自治州|{_NAMED}{{1,4}}?地区|{_NAMED}{{2,4}}(?<![联同])盟(?![路街道大])|津市市"
    rf"|{_NAMED}{{1,4}}州(?={_NAMED}{{1,4}}(?:{_IS_CITY}|县))"  # 湘西州吉首市, 苏州昆山市
    rf"|(?!{_NAMED}{{0,3}}州[^市]|{_NAMED}{{2,3}}[城都]市){_NAMED}{{2,4}}{_IS_CITY}"
)
_DISTRICT = re.compile(rf"津市市|[^\d路街道]{{1,12}}?(?:自治县|自治旗|新区|区|县|{_IS_CITY}|旗)")
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
