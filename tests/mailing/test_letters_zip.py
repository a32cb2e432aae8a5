"""The zip of letters: its announced size is its size, every unpacker reads it, and nothing unsound is passed on."""

import csv
import hashlib
import io
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail import item

from evidence.archive import read_archive
from evidence.errors import MalformedError
from service.errors import StoreError
from service.mailing.item import MailItem
from service.mailing.letters_zip import LIST_NAME, file_names, letters_zip


def letter(place: int, data: bytes, **more: object) -> MailItem:
    digest = hashlib.sha256(data).digest()
    return item(place, pdf_sha256=digest, pdf_size=len(data), pdf_key=data.hex(), **more)


def pieces(one: MailItem) -> Iterator[bytes]:
    data = bytes.fromhex(one.pdf_key)
    yield data[:5]
    yield data[5:]


def packed(items: list[MailItem]) -> bytes:
    stream = letters_zip(items, pieces)
    data = b"".join(stream.pieces)
    assert len(data) == stream.size
    return data


NAMES = st.text(max_size=60) | st.sampled_from(
    ["张三", "../../张三", "CON", "a/b\\c", "=cmd()", ".", "𬭊\u202e", "\x00"]
)


@given(st.lists(st.tuples(st.binary(max_size=40), NAMES), max_size=8))
def test_size_is_known_before_and_members_are_the_letters(told: list[tuple[bytes, str]]) -> None:
    items = [letter(place, data, to_name=name) for place, (data, name) in enumerate(told)]
    data = packed(items)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        first, *names = archive.namelist()
        assert first == LIST_NAME
        assert [archive.read(name) for name in names] == [data for data, _ in told]
        assert len({name.casefold() for name in names}) == len(items)
        for name, one in zip(names, items, strict=True):
            assert name.startswith(one.notice_no)
            assert name.endswith(".pdf")
            assert not set(name) & set('/\\:*?"<>|\x00\u202e ')
            assert len(name.encode()) <= 255
    assert packed(items) == data


def test_unzip_reads_chinese_names(tmp_path: Path) -> None:
    (tmp_path / "letters.zip").write_bytes(packed([letter(0, b"%PDF-one"), letter(1, b"%PDF-two", to_name="李 四/")]))
    done = subprocess.run(["unzip", "-q", "letters.zip"], cwd=tmp_path, check=False, env={"LC_ALL": "C.UTF-8"})
    assert done.returncode == 0
    assert (tmp_path / "DEMO-2026-000001_张三.pdf").read_bytes() == b"%PDF-one"
    assert (tmp_path / "DEMO-2026-000002_李_四.pdf").read_bytes() == b"%PDF-two"


def test_two_of_one_name_are_told_apart() -> None:
    twice = [letter(0, b"1"), letter(0, b"2"), letter(0, b"3", to_name="张三")]
    assert file_names(twice) == [f"DEMO-2026-000001_张三{end}.pdf" for end in ("", "_2", "_3")]


def test_the_list_is_what_a_clerk_opens_and_holds_no_formula() -> None:
    items = [letter(0, b"1", to_name="=1+1", address="@SUM(A1)"), letter(1, b"22", address="+86\n路")]
    with zipfile.ZipFile(io.BytesIO(packed(items))) as archive:
        text = archive.read(LIST_NAME).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:3] == ["文件", "函号", "收件人"]
    assert rows[1][2:6] == ["'=1+1", "'@SUM(A1)", "3", "1"]
    assert rows[2][3] == "'+86 路"
    assert [row[6] for row in rows[1:]] == [hashlib.sha256(data).hexdigest() for data in (b"1", b"22")]


@pytest.mark.parametrize("wrong", [b"%PDF-otherwise", b"%PDF-one%", b""])
def test_a_letter_that_is_not_what_was_frozen_ends_the_stream(wrong: bytes) -> None:
    stream = letters_zip([letter(0, b"%PDF-zero"), letter(1, b"%PDF-one")], lambda one: iter([one_of(one, wrong)]))
    sent: list[bytes] = []
    with pytest.raises(StoreError) as refused:
        sent.extend(stream.pieces)
    assert "DEMO-2026-000002" in str(refused.value)
    assert sum(map(len, sent)) < stream.size
    assert wrong not in sent


def one_of(one: MailItem, wrong: bytes) -> bytes:
    return wrong if one.row == 3 else bytes.fromhex(one.pdf_key)


@pytest.mark.slow
def test_more_than_65535_letters_make_a_zip64() -> None:
    data = packed([letter(place, b"%", address="") for place in range(66_000)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 66_001
        assert archive.read("DEMO-2026-066000_张三.pdf") == b"%"


def test_more_than_four_gigabytes_are_announced_as_they_are() -> None:
    """A member that begins beyond four gigabytes has a field of 12 bytes more in the directory."""
    each = letters_zip([item(place, pdf_size=1 << 30) for place in range(6)], pieces).size
    fewer = letters_zip([item(place, pdf_size=1 << 30) for place in range(5)], pieces).size
    plain = letters_zip([item(place, pdf_size=1) for place in range(6)], pieces).size
    less = letters_zip([item(place, pdf_size=1) for place in range(5)], pieces).size
    digits_more = len(str(1 << 30)) - 1
    assert (each - fewer) - (plain - less) == (1 << 30) - 1 + 12 + digits_more


def test_such_a_zip_is_no_bundle() -> None:
    """The one form that bundles have stays ASCII: a Chinese name in it is refused as before."""
    with pytest.raises(MalformedError) as refused:
        read_archive(io.BytesIO(packed([letter(0, b"1")])))
    assert "ASCII" in str(refused.value)
