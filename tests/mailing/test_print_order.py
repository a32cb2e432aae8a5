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
        ("海南省陵水县城东菜市场旁3号", "海南", "", "陵水县", "城东菜市场旁3号"),
        ("四川省成都高新区天府大道市民中心8号", "四川", "", "成都高新区", "天府大道市民中心8号"),
        ("江苏苏州工业园区星湖街市民服务中心", "江苏", "", "苏州工业园区", "星湖街市民服务中心"),
        ("湖南省长沙县星沙街道超市", "湖南", "", "长沙县", "星沙街道超市"),
        ("河南省长垣县建设路市场西门", "河南", "", "长垣县", "建设路市场西门"),
        ("浙江义乌国际商贸城市场一区", "浙江", "", "义乌国际商贸城市场一区", ""),
        ("河北省石家庄城市广场5栋", "河北", "", "", "石家庄城市广场5栋"),
        ("北京东路100号", "", "", "", "北京东路100号"),
        ("上海路12号", "", "", "", "上海路12号"),
        ("河北大街1号", "", "", "", "河北大街1号"),
        ("四川北路2号", "", "", "", "四川北路2号"),
        ("北京菜市口大街2号", "北京", "北京市", "", "菜市口大街2号"),
        ("河北区中山路1号", "", "", "河北区", "中山路1号"),
        ("湖北省荆州市沙市区北京路1号", "湖北", "荆州市", "沙市区", "北京路1号"),
        ("湖北省沙市区北京路1号", "湖北", "", "沙市区", "北京路1号"),
        ("南京同盟路1号", "", "", "", "南京同盟路1号"),
        ("江苏苏州昆山市玉山镇", "江苏", "苏州", "昆山市", "玉山镇"),
        ("湖南省湘西州吉首市", "湖南", "湘西州", "吉首市", ""),
        ("南昌市城市花园3栋", "", "南昌市", "", "城市花园3栋"),
    ],
)
def test_an_address_is_read_in_parts(address: str, province: str, city: str, district: str, rest: str) -> None:
    assert read_place(address) == Place(province=province, city=city, district=district, rest=rest)


@pytest.mark.parametrize(
    ("address", "city"),
    [
        ("河北省石家庄市民族路1号", "石家庄市"),
        ("福建省南平市政和县", "南平市"),
        ("广东省深圳市民治街道", "深圳市"),
        ("四川省成都市新都区", "成都市"),
        ("江苏省盐城市中心路5号", "盐城市"),
        ("四川省攀枝花市东区", "攀枝花市"),
        ("河北省辛集市", "辛集市"),
        ("福建省厦门市思明区", "厦门市"),
        ("山东省济南市市中区", "济南市"),
        ("新疆乌鲁木齐市新市区", "乌鲁木齐市"),
        ("湖南省津市市", "津市市"),
        ("湖南省常德市津市市", "常德市"),
        ("江西省景德镇市", "景德镇市"),
        ("黑龙江齐齐哈尔市道里路1号", "齐齐哈尔市"),
        ("黑龙江省大兴安岭地区漠河市", "大兴安岭地区"),
        ("新疆克孜勒苏柯尔克孜自治州阿图什市", "克孜勒苏柯尔克孜自治州"),
        ("重庆市场街5号", ""),
        ("河南省郑州市区花园路1号", "郑州市"),
    ],
)
def test_a_city_with_a_name_of_this_kind_is_one(address: str, city: str) -> None:
    assert read_place(address).city == city


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
