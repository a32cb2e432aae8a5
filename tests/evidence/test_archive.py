"""The one zip: deterministic, read by every tool, and no other zip is read by us."""

import hashlib
import io
import subprocess
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.archive import Member, member_from_bytes, read_archive, write_archive
from evidence.errors import MalformedError
from evidence.zip_records import unsafe_name

NAMES = st.lists(
    st.from_regex(r"[A-Za-z0-9_-]{1,8}(/[A-Za-z0-9_.-]{1,8}){0,2}", fullmatch=True).filter(
        lambda name: not unsafe_name(name)
    ),
    max_size=8,
    unique_by=str.casefold,
)


def written(files: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    write_archive([member_from_bytes(name, data) for name, data in files.items()], sink)
    return sink.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    archive = read_archive(io.BytesIO(data))
    return {name: archive.read(name, limit=1 << 20) for name in archive.names}


SAMPLE = written({"a/one.txt": b"one", "a/two.bin": bytes(range(256)), "a/empty": b""})


@given(names=NAMES, data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back_whatever_the_order(names: list[str], data: st.DataObject) -> None:
    files = {name: data.draw(st.binary(max_size=300)) for name in names}
    archive = written(files)
    assert read(archive) == files
    assert written(dict(reversed(files.items()))) == archive


def test_the_bytes_never_change() -> None:
    """Pinned: a change of form would make every bundle ever handed out unreadable."""
    assert hashlib.sha256(SAMPLE).hexdigest() == "2f329a4371548bc8e085531eb86f5868aaafa35d9d6b20b7f501ff269b623311"


def test_ordinary_tools_read_it(tmp_path: Path) -> None:
    path = tmp_path / "sample.zip"
    path.write_bytes(SAMPLE)
    subprocess.run(["unzip", "-tqq", str(path)], check=True)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        info = archive.getinfo("a/one.txt")
        assert (info.date_time, info.external_attr >> 16, info.compress_type) == ((1980, 1, 1, 0, 0, 0), 0o100644, 0)


def test_a_sink_that_cannot_seek_is_enough() -> None:
    class Pipe(io.RawIOBase):
        taken = b""

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.taken += bytes(data)
            return len(data)

    pipe = Pipe()
    write_archive([member_from_bytes("a", b"x")], pipe)
    assert read(pipe.taken) == {"a": b"x"}


def test_a_crc_that_is_known_spares_a_pass_and_is_still_checked() -> None:
    opened = []

    def opener() -> io.BytesIO:
        opened.append(1)
        return io.BytesIO(b"abc")

    write_archive([Member(name="a", size=3, open=opener, crc32=zlib.crc32(b"abc"))], io.BytesIO())
    assert len(opened) == 1
    with pytest.raises(MalformedError, match="announced"):
        write_archive([Member(name="a", size=3, open=opener, crc32=1)], io.BytesIO())
    with pytest.raises(MalformedError, match="announced"):
        write_archive([Member(name="a", size=4, open=opener)], io.BytesIO())


@pytest.mark.parametrize(
    "name",
    ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\\b", "C:a", "a b", "é", "a\n", "a" * 256, "a*", 'a"b', "a<b"],
)
def test_unsafe_names_are_neither_written_nor_read(name: str) -> None:
    sink = io.BytesIO()
    with pytest.raises(ValueError, match=r"name"):
        write_archive([member_from_bytes(name, b"x")], sink)
    assert sink.getvalue() == b""
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name or "x/"), b"")
    with pytest.raises(MalformedError):
        read_archive(sink)


def test_names_that_collide_are_not_written() -> None:
    for one, other in (("a", "a"), ("Bericht", "bericht")):
        with pytest.raises(ValueError, match="same name"):
            write_archive([member_from_bytes(one, b""), member_from_bytes(other, b"")], io.BytesIO())


def zipped(*infos: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for info, data in infos:
            archive.writestr(info, data)
    return sink.getvalue()


def info(name: str, **fields: int) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.create_system, made.external_attr = 3, 0o100644 << 16
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def local_size_changed() -> bytes:
    return SAMPLE[:18] + b"\x01" + SAMPLE[19:]


def hidden_between() -> bytes:
    middle = SAMPLE.index(b"PK\x03\x04", 4)
    return SAMPLE[:middle] + b"hidden" + SAMPLE[middle:]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_every_other_zip_is_refused_with_its_reason() -> None:
    collide = zipped((info("A"), b""), (info("a"), b""))
    encrypted = bytearray(SAMPLE)
    central = encrypted.index(b"PK\x01\x02")
    encrypted[central + 8] |= 1
    for data, reason in (
        (zipped((info("a", compress_type=8), b"x" * 50)), "compressed"),
        (zipped((info("a", external_attr=0o120777 << 16), b"/etc/passwd")), "symbolic link"),
        (zipped((info("a"), b"1"), (info("a"), b"2")), "same name twice"),
        (collide, "same name twice"),
        (zipped((info("b"), b""), (info("a"), b"")), "order"),
        (zipped((info("a", date_time=(2026, 1, 1, 0, 0, 0)), b"")), "packed anew"),
        (bytes(encrypted), "encrypted"),
        (SAMPLE + b"\n", "end record"),
        (b"#!/bin/sh\n" + SAMPLE, "belong to no member"),
        (SAMPLE[:-4], "end record"),
        (SAMPLE[:-2] + b"\x01\x00x", "end record"),
        (hidden_between(), "belong to no member"),
        (local_size_changed(), "local header"),
        (b"", "end record"),
    ):
        with pytest.raises(MalformedError, match=reason):
            read(data)


def test_no_flipped_byte_reads_the_same() -> None:
    for position in range(len(SAMPLE)):
        for mask in (1, 0x80):
            changed = bytearray(SAMPLE)
            changed[position] ^= mask
            with pytest.raises(MalformedError):
                read(bytes(changed))


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_hostile_tails_never_crash(noise: bytes) -> None:
    for data in (noise, SAMPLE[:-22] + noise + SAMPLE[-22:], noise + SAMPLE[-22:]):
        try:
            read(data)
        except MalformedError:
            continue
        assert data == SAMPLE


def test_streams_are_bounded_and_checked() -> None:
    archive = read_archive(io.BytesIO(SAMPLE))
    with archive.open("a/one.txt") as one, archive.open("a/two.bin") as two:
        assert one.read(2) == b"on"
        assert two.read() == bytes(range(256))
        assert one.read() == b"e"
        assert one.read() == b""
    assert archive.read_range("a/two.bin", 250, 999) == bytes(range(250, 256))
    with pytest.raises(MalformedError, match="more than the 255"):
        archive.read("a/two.bin", limit=255)


@pytest.mark.slow
def test_more_members_than_sixteen_bits_count(tmp_path: Path) -> None:
    count = 65_536
    path = tmp_path / "many.zip"
    with path.open("wb") as sink:
        write_archive((member_from_bytes(f"m/{number:06d}", b"") for number in range(count)), sink)
    with path.open("rb") as source:
        assert len(read_archive(source).names) == count
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == count


class Zeros(io.RawIOBase):
    """Any number of zero bytes, without holding them."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        chunk = bytes(min(size, self._left))
        self._left -= len(chunk)
        return chunk


class SparseFile(io.FileIO):
    """Leaves holes where zeros are written."""

    def write(self, data) -> int:
        if data.count(0) == len(data) > 4096:
            self.seek(len(data), io.SEEK_CUR)
            return len(data)
        return super().write(data)


@pytest.mark.slow
def test_members_beyond_four_gibibytes(tmp_path: Path) -> None:
    size, path = (1 << 32) + 7, tmp_path / "large.zip"
    crc, chunk = 0, bytes(1 << 20)
    for _ in range(size >> 20):
        crc = zlib.crc32(chunk, crc)
    crc = zlib.crc32(chunk[: size & 0xFFFFF], crc)
    members = [
        Member(name="m/large", size=size, open=lambda: Zeros(size), crc32=crc),
        member_from_bytes("m/small", b"behind it"),
    ]
    with SparseFile(str(path), "wb") as sink:
        write_archive(members, sink)
    with path.open("rb") as source:
        archive = read_archive(source)
        assert archive.size("m/large") == size
        assert archive.read("m/small", limit=100) == b"behind it"
    with zipfile.ZipFile(path) as archive_:
        assert archive_.getinfo("m/large").file_size == size
        assert archive_.read("m/small") == b"behind it"


def test_memory_stays_flat(tmp_path: Path) -> None:
    size, path = 64 << 20, tmp_path / "flat.zip"
    tracemalloc.start()
    with SparseFile(str(path), "wb") as sink:
        write_archive([Member(name="m/zeros", size=size, open=lambda: Zeros(size))], sink)
    with path.open("rb") as source:
        for _ in read_archive(source).chunks("m/zeros"):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20
