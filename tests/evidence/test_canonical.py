import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.canonical import (
    JSON_INTEGER_LIMIT,
    MAX_JSON_DEPTH,
    format_instant,
    from_base64,
    from_json_bytes,
    parse_instant,
    sha256,
    to_base64,
    to_json_bytes,
)
from evidence.errors import MalformedError

KEYS = st.from_regex(r"[a-z0-9_]{1,12}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f")).map(
    lambda text: unicodedata.normalize("NFC", text)
)
INTEGERS = st.integers(-JSON_INTEGER_LIMIT + 1, JSON_INTEGER_LIMIT - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(VALUES)
def test_writing_agrees_with_another_implementation_and_reads_back(value):
    data = to_json_bytes(value)
    assert data == rfc8785.dumps(value)
    assert from_json_bytes(data) == value


@settings(deadline=None)
@given(st.binary(max_size=60) | VALUES.map(json.dumps).map(str.encode))
def test_whatever_is_read_is_canonical_and_the_rest_is_malformed(data):
    try:
        value = from_json_bytes(data)
    except MalformedError:
        return
    assert to_json_bytes(value) == data


@pytest.mark.parametrize(
    ("source", "canonical"),
    [
        # RFC 8785, sections 3.2.2 and 3.2.3, without the numbers that are no integers.
        (
            r'{"string":"\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}',
            r'{"literals":[null,true,false],"string":"€$\u000f\nA' + r"'" + r'B\"\\\\\"/"}',
        ),
        # The arrays test of the RFC's own test suite.
        (r'[56,{"d":true,"10":null,"1":[]}]', r'[56,{"1":[],"10":null,"d":true}]'),
        # RFC 8785, appendix B: the largest integers that every reader keeps exact.
        ("[9007199254740991,-9007199254740991,0]", "[9007199254740991,-9007199254740991,0]"),
        (r'"\b\t\n\f\r\u0000\u001f\u2028\ud83d\ude02"', '"\\b\\t\\n\\f\\r\\u0000\\u001f\u2028\U0001f602"'),
    ],
)
def test_vectors_of_the_standard(source, canonical):
    assert to_json_bytes(json.loads(source)) == canonical.encode()
    assert from_json_bytes(canonical.encode()) == json.loads(source)
    if source != canonical:
        with pytest.raises(MalformedError):
            from_json_bytes(source.encode())


@pytest.mark.parametrize(
    ("value", "pointer", "message"),
    [
        (1.0, "", "float has no canonical form"),
        ({"a": [0, {"b": float("nan")}]}, "/a/1/b", "float has no canonical form"),
        ({"a": JSON_INTEGER_LIMIT}, "/a", "2\\*\\*53"),
        ({"a": -JSON_INTEGER_LIMIT}, "/a", "2\\*\\*53"),
        ({"a": {"B": 1}}, "/a", "'B'"),
        ({"": 1}, "", "key ''"),
        ({1: 1}, "", "key '1'"),
        ({"名": 1}, "", "key"),
        ({"a": "e\u0301"}, "/a", "normalisation form C"),
        ({"a": "\ud800"}, "/a", "surrogate"),
        (["\x7f"], "/0", "U\\+007F"),
        ({"a": b"bytes"}, "/a", "bytes has no canonical form"),
        ({"a": {1, 2}}, "/a", "set has no canonical form"),
    ],
)
def test_a_value_outside_the_profile_is_named_by_its_pointer(value, pointer, message):
    with pytest.raises(MalformedError, match=message) as caught:
        to_json_bytes(value, where="body")
    assert caught.value.where == "body" + pointer


def test_nesting_is_bounded_when_writing_and_reading():
    def nested(depth):
        return json.loads("[" * depth + "]" * depth)

    assert from_json_bytes(to_json_bytes(nested(MAX_JSON_DEPTH))) == nested(MAX_JSON_DEPTH)
    with pytest.raises(MalformedError, match="nested too deeply"):
        to_json_bytes(nested(MAX_JSON_DEPTH + 1))
    for depth in (MAX_JSON_DEPTH + 1, 100_000):
        with pytest.raises(MalformedError, match="nested too deeply"):
            from_json_bytes(b"[" * depth + b"]" * depth)


def test_mappings_and_tuples_are_written_like_objects_and_arrays():
    value = MappingProxyType({"b": (1, 2), "a": MappingProxyType({"c": None})})
    assert to_json_bytes(value) == b'{"a":{"c":null},"b":[1,2]}'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not JSON at character 0"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'{"a":1,"a":1}', "'a' is there twice"),
        (b'{"a":{"b":1,"b":2}}', "'b' is there twice"),
        (b"1.5", "1.5 is not an integer"),
        (b"1e2", "1e2 is not an integer"),
        (b"Infinity", "Infinity is not an integer"),
        (b"9" * 5000, "2\\*\\*53"),
        (b"-0", "from byte 0"),
        (b'{"b":1,"a":1}', "from byte 2"),
        (b"[1, 2]", "from byte 3"),
        (b"[1]\n", "from byte 3"),
        (b'"\\/"', "from byte 1"),
        (b'"\xc3"', "not UTF-8 at byte 1"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b'"\\ud800"', "surrogate"),
        (b'"\n"', "not JSON"),
        (b"//\n1", "not JSON"),
    ],
)
def test_bytes_that_are_not_the_canonical_ones_are_refused(data, message):
    with pytest.raises(MalformedError, match=message) as caught:
        from_json_bytes(data, where="00000001.json")
    assert caught.value.where == "00000001.json"


def test_hostile_objects_cost_no_more_than_their_size():
    members = b",".join(b'"k%d":0' % n for n in range(50_000))
    with pytest.raises(MalformedError, match="'k49999' is there twice"):
        from_json_bytes(b"{" + members + b',"k49999":0}')
    long_key = b"k" * 1_000_000
    with pytest.raises(MalformedError, match="byte"):
        from_json_bytes(b'{"' + long_key + b'":[' + b",".join([b"0"] * 20_000) + b" ]}")


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_base64_has_one_spelling(data):
    assert from_base64(to_base64(data)) == data


@pytest.mark.parametrize("text", ["QQ", "QQ=", "QR==", "QQ==\n", " QQ==", "Q Q==", "QQ==QQ==", "-_==", "é", "Q==="])
def test_other_spellings_of_base64_are_refused(text):
    with pytest.raises(MalformedError, match="base64") as caught:
        from_base64(text, where="root hash")
    assert caught.value.where == "root hash"


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)))
def test_instants_read_back(at):
    text = format_instant(at)
    assert len(text) == 20
    assert parse_instant(text) == at


def test_an_instant_is_written_in_utc():
    beijing = timezone(timedelta(hours=8))
    assert format_instant(datetime(2026, 11, 24, 6, 6, 40, tzinfo=beijing)) == "2026-11-23T22:06:40Z"


def test_an_instant_without_zone_or_with_a_fraction_is_our_own_mistake():
    with pytest.raises(ValueError, match="time zone"):
        format_instant(datetime(2026, 11, 23))
    with pytest.raises(ValueError, match="whole seconds"):
        format_instant(datetime(2026, 11, 23, microsecond=1, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T22:06:40",
        "2026-11-23T22:06:40z",
        "2026-11-23 22:06:40Z",
        "2026-11-23T22:06:40.0Z",
        "2026-11-23T22:06:40+00:00",
        "2026-11-23T22:06:40Z\n",
        "２０２６-11-23T22:06:40Z",
        "2026-02-29T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-06-30T23:59:60Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_other_spellings_of_an_instant_are_refused(text):
    with pytest.raises(MalformedError) as caught:
        parse_instant(text, where="at")
    assert caught.value.where == "at"


def test_the_digest_is_the_standard_one():
    assert sha256(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
