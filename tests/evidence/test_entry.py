import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import vector_files
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.canonical import from_json_bytes, sha256, to_json_bytes
from evidence.entry import (
    GENESIS,
    MAX_BODY_BYTES,
    Entry,
    FileRef,
    body_from_bytes,
    body_to_bytes,
    entry_from_bytes,
    entry_to_bytes,
    leaf_hash,
    named_files,
)
from evidence.errors import MalformedError

DIGESTS = st.binary(min_size=32, max_size=32)
ENTRIES = st.builds(
    Entry,
    at=st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
    body_digest=DIGESTS,
    kind=st.from_regex(r"[a-z][a-z0-9_]{0,20}\.[a-z][a-z0-9_]{0,20}", fullmatch=True),
    log=st.from_regex(r"[a-z0-9./~:-]{1,255}", fullmatch=True),
    matter=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True),
    prev=DIGESTS,
    seq=st.integers(1, 2**53 - 1),
)
SCAN = {
    "file": "签收的通知书.jpg",
    "sha256": "5b" * 32,
    "size": 48211,
    "media_type": "image/jpeg",
    "role": "signed_notice",
}


def test_a_header_is_read_from_the_bytes_of_the_specification():
    entry = entry_from_bytes(vector_files.read("entry/header/notice-issued.json"))
    assert entry == Entry(
        at=datetime(2026, 11, 23, 22, 6, 40, tzinfo=UTC),
        body_digest=sha256(vector_files.read("entry/body/notice-issued.json")),
        kind="notice.issued",
        log="duly.example/log",
        matter="m_aq3xk5lwz7c2vtrhy6pnbd4sfe",
        prev=bytes.fromhex("3c" * 32),
        seq=5,
    )


def test_the_first_entry_follows_on_nothing():
    assert entry_from_bytes(vector_files.read("entry/header/matter-opened.json")).prev == GENESIS


@pytest.mark.parametrize(("name", "leaf_hash_hex"), json.loads(vector_files.read("entry/header/expected.json")).items())
def test_headers_are_written_as_they_were_read_and_hash_to_the_expected_leaf(name, leaf_hash_hex):
    header = vector_files.read(f"entry/header/{name}.json")
    assert entry_to_bytes(entry_from_bytes(header)) == header
    assert leaf_hash(header).hex() == leaf_hash_hex


@pytest.mark.parametrize("name", vector_files.named("entry/header/broken/*.json"))
def test_a_broken_header_is_refused(name):
    with pytest.raises(MalformedError) as caught:
        entry_from_bytes(vector_files.read(name), where="00000005.json")
    assert caught.value.where.startswith("00000005.json")


@pytest.mark.parametrize(
    ("name", "where", "message"),
    [
        ("key-missing", "x.json", r"missing keys \['v'\], unknown keys \[\]"),
        ("key-unknown", "x.json", r"missing keys \[\], unknown keys \['z'\]"),
        ("key-twice", "x.json", "'v' is there twice"),
        ("version-2", "x.json/v", "version 2 is not known"),
        ("version-true", "x.json/v", "is not an integer"),
        ("matter-with-slash", "x.json/matter", "is not a matter id"),
        ("at-february-30", "x.json/at", "no such instant"),
        ("prev-short", "x.json/prev", "64 lower-case hex digits"),
        ("seq-zero", "x.json/seq", "from 1 on"),
        ("over-65535-bytes", "x.json", "more than 65535"),
    ],
)
def test_the_error_says_where_and_what(name, where, message):
    with pytest.raises(MalformedError, match=message) as caught:
        entry_from_bytes(vector_files.read(f"entry/header/broken/{name}.json"), where="x.json")
    assert caught.value.where == where


@settings(deadline=None)
@given(ENTRIES)
def test_headers_read_back(entry):
    assert entry_from_bytes(entry_to_bytes(entry)) == entry


def test_no_bit_of_a_header_can_change_unseen():
    header = vector_files.read("entry/header/notice-issued.json")
    entry = entry_from_bytes(header)
    for position in range(len(header) * 8):
        changed = bytearray(header)
        changed[position // 8] ^= 1 << position % 8
        with contextlib.suppress(MalformedError):
            assert entry_from_bytes(bytes(changed)) != entry
        assert leaf_hash(bytes(changed)) != leaf_hash(header)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"at": datetime(2026, 1, 1)}, "/at"),
        ({"at": datetime(2026, 1, 1, microsecond=5, tzinfo=UTC)}, "/at"),
        ({"body_digest": b"short"}, "/body"),
        ({"prev": bytes(33)}, "/prev"),
        ({"kind": "issued"}, "/kind"),
        ({"kind": "a." + "b" * 63}, "/kind"),
        ({"log": "duly.example/log+1"}, "/log"),
        ({"matter": ".."}, "/matter"),
        ({"matter": "案件一"}, "/matter"),
        ({"seq": 0}, "/seq"),
        ({"seq": 2**53}, "/seq"),
    ],
)
def test_an_entry_outside_its_ranges_cannot_be_made(change, where):
    entry = entry_from_bytes(vector_files.read("entry/header/notice-issued.json"))
    with pytest.raises(MalformedError) as caught:
        replace(entry, **change)
    assert caught.value.where == where


def test_a_body_is_the_facts_and_a_salt():
    data = vector_files.read("entry/body/notice-issued.json")
    body = body_from_bytes(data)
    facts = {key: value for key, value in body.items() if key != "salt"}
    assert body["salt"] == "a7" * 32
    assert body_to_bytes(facts, salt=b"\xa7" * 32) == data


def test_a_body_gets_exactly_one_salt():
    with pytest.raises(ValueError, match="one salt"):
        body_to_bytes({}, salt=b"short")
    with pytest.raises(ValueError, match="one salt"):
        body_to_bytes({"salt": "00" * 32}, salt=bytes(32))


def test_facts_outside_the_profile_are_named():
    with pytest.raises(MalformedError) as caught:
        body_to_bytes({"claim": {"principal": 1000000.0}}, salt=bytes(32))
    assert caught.value.where == "body/claim/principal"


@pytest.mark.parametrize("name", vector_files.named("entry/body/broken/*.json"))
def test_a_broken_body_is_refused(name):
    with pytest.raises(MalformedError):
        body_from_bytes(vector_files.read(name))


def test_a_body_is_bounded():
    facts = {"text": "a" * MAX_BODY_BYTES}
    with pytest.raises(MalformedError, match="more than"):
        body_to_bytes(facts, salt=bytes(32))
    with pytest.raises(MalformedError, match="more than"):
        body_from_bytes(to_json_bytes({**facts, "salt": "00" * 32}))


def test_every_file_is_found_wherever_it_is_named():
    other = {**SCAN, "file": "背面.jpg", "sha256": "6c" * 32}
    body = {"z": SCAN, "a": [[other], {"deep": {"er": SCAN}}], "file": "not a reference", "n": [1, None, "x"]}
    assert [ref.file for ref in named_files(body)] == ["背面.jpg", "签收的通知书.jpg", "签收的通知书.jpg"]
    assert named_files({"scan": SCAN}) == (FileRef(**SCAN),)
    assert named_files(SCAN) == (FileRef(**SCAN),)
    assert named_files({}) == ()


def test_files_are_found_in_a_body_that_was_read():
    refs = named_files(body_from_bytes(vector_files.read("entry/body/notice-issued.json")))
    assert [(ref.file, ref.role, ref.size) for ref in refs] == [("逾期贷款催收通知书.pdf", "document_pdf", 48211)]


@pytest.mark.parametrize("name", vector_files.named("entry/body/broken-files/*.json"))
def test_a_file_that_is_named_wrongly_is_refused(name):
    body = body_from_bytes(vector_files.read(name))
    with pytest.raises(MalformedError) as caught:
        named_files(body)
    assert caught.value.where.startswith("/documents/0")


def test_the_vectors_are_what_their_generator_writes():
    for name, data in vector_files.generator("entry").files().items():
        assert vector_files.read(f"entry/{name}") == data, name


def test_the_body_vector_opens_its_header():
    header = from_json_bytes(vector_files.read("entry/header/notice-issued.json"))
    assert header["body"] == sha256(vector_files.read("entry/body/notice-issued.json")).hex()
