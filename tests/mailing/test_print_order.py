"""The order of the pile: by address as it is read, total over whatever people write."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail import item

from service.mailing.order import Place, print_order, read_place, unaddressed


@pytest.mark.parametrize(
    ("address", "province", "city", "district", "rest"),
    [
        ("浙江省杭州市西湖区文三路1号", "浙江", "杭州市", "西湖区", "文三路1号"),
        ("北京市朝阳区建国路10号", "北京", "北京市", "朝阳区", "建国路10号"),
        ("北京朝阳区建国路10号", "北京", "北京市", "朝阳区", "建国路10号"),
        ("重庆市县巫山县高唐街道", "重庆", "重庆市", "巫山县", "高唐街道"),
        ("广西壮族自治区南宁市青秀区民族大道", "广西", "南宁市", "青秀区", "民族大道"),
        ("新疆维吾尔自治区伊犁哈萨克自治州伊宁市", "新疆", "伊犁哈萨克自治州", "伊宁市", ""),
        ("内蒙古锡林郭勒盟锡林浩特市", "内蒙古", "锡林郭勒盟", "锡林浩特市", ""),
        ("吉林省吉林市船营区", "吉林", "吉林市", "船营区", ""),
        ("吉林市船营区", "", "吉林市", "船营区", ""),
        ("青海省海南藏族自治州共和县", "青海", "海南藏族自治州", "共和县", ""),
        ("示例省示例市示例区样本路1号", "示例省", "示例市", "示例区", "样本路1号"),
        ("杭州市西湖区　文三路２号", "", "杭州市", "西湖区", "文三路2号"),
        ("江苏省昆山市玉山镇", "江苏", "昆山市", "", "玉山镇"),
        ("Room 5, Sample Road", "", "", "", "Room5,SampleRoad"),
    ],
)
def test_an_address_is_read_in_parts(address: str, province: str, city: str, district: str, rest: str) -> None:
    assert read_place(address) == Place(province=province, city=city, district=district, rest=rest)


def test_streets_follow_one_another_and_numbers_are_numbers() -> None:
    addresses = [
        "浙江省杭州市西湖区文三路10号",
        "北京市朝阳区建国路1号",
        "浙江省宁波市海曙区中山路1号",
        "浙江省杭州市西湖区文三路9号",
        "浙江省杭州市西湖区文三路9号2单元",
        "浙江省杭州市上城区解放路1号",
    ]
    found = [one.address for one in print_order([item(place, address=text) for place, text in enumerate(addresses)])]
    assert found == [addresses[place] for place in (1, 2, 5, 3, 4, 0)]


def test_postcodes_lead_only_where_every_addressed_letter_has_one() -> None:
    first = item(1, address="浙江省杭州市西湖区文三路1号", postcode="310012")
    second = item(2, address="北京市朝阳区建国路1号", postcode="900000")
    nowhere = item(3, address=" ")
    assert print_order([nowhere, second, first]) == [first, second, nowhere]
    without = item(4, address="北京市朝阳区建国路2号")
    assert print_order([first, second, without]) == [second, without, first]


def test_a_number_of_ten_thousand_digits_is_only_text() -> None:
    long = item(1, address="示例路" + "9" * 10_000)
    short = item(2, address="示例路10")
    assert print_order([long, short]) == [short, long]


ADDRESSES = st.text(alphabet="浙江省北京市区县路号0123456789 　a", max_size=20) | st.text(max_size=30)


@given(st.lists(st.tuples(ADDRESSES, st.sampled_from(["", "310012", "100000", "31001"])), max_size=30))
def test_the_order_loses_nothing_is_stable_and_the_same_again(told: list[tuple[str, str]]) -> None:
    items = [item(place, address=address, postcode=code) for place, (address, code) in enumerate(told)]
    ordered = print_order(items)
    assert sorted(one.row for one in ordered) == [one.row for one in items]
    assert print_order(ordered) == ordered
    tail = unaddressed(items)
    assert ordered[len(items) - len(tail) :] == tail
    by_address: dict[tuple[str, str], list[int]] = {}
    for one in ordered:
        by_address.setdefault((one.address, one.postcode), []).append(one.row)
    assert all(rows == sorted(rows) for rows in by_address.values())


@given(ADDRESSES)
def test_what_is_read_of_a_place_is_the_end_of_its_text(address: str) -> None:
    place = read_place(address)
    flat = "".join(unicodedata.normalize("NFKC", address).split())
    assert flat.endswith(place.district + place.rest)
