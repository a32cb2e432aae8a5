"""The promises of `service.ports.ObjectStore`, asked of every adapter alike."""

import hashlib
import io
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
from object_material import Pattern, content_key, pattern_digest, put

from service.errors import ConflictError, NotFoundError, RefusedError, TooLargeError

LETTER = "逾期贷款催收通知书（样本）".encode()
LARGE = 24 << 20


def test_what_was_put_comes_back(store):
    key = content_key(LETTER)
    put(store, key, LETTER)
    assert store.read(key, limit=1 << 20) == LETTER
    info = store.head(key)
    assert (info.key, info.size, info.sha256) == (key, len(LETTER), hashlib.sha256(LETTER).digest())


def test_no_bytes_are_an_object_too(store):
    put(store, content_key(b""), b"")
    assert store.read(content_key(b""), limit=0) == b""
    assert store.head(content_key(b"")).size == 0
    assert list(store.keys("")) == [content_key(b"")]


def test_the_same_bytes_again_are_welcome(store):
    for key in (content_key(LETTER), "log/tile/0/000"):
        put(store, key, LETTER)
        put(store, key, LETTER)
        assert store.read(key, limit=1 << 20) == LETTER


def test_other_bytes_under_a_taken_name_are_a_conflict(store):
    put(store, "log/tile/0/000", b"first")
    with pytest.raises(ConflictError):
        put(store, "log/tile/0/000", b"second")
    assert store.read("log/tile/0/000", limit=100) == b"first"


@pytest.mark.parametrize(
    ("size", "digest"),
    [
        pytest.param(len(LETTER), bytes(32), id="wrong_digest"),
        pytest.param(len(LETTER) - 1, hashlib.sha256(LETTER).digest(), id="more_than_declared"),
        pytest.param(len(LETTER) + 1, hashlib.sha256(LETTER).digest(), id="less_than_declared"),
    ],
)
def test_bytes_that_are_not_as_declared_leave_nothing(store, size, digest):
    key = f"tenants/t_sample/sha256/{digest.hex()[:2]}/{digest.hex()}"
    with pytest.raises(RefusedError):
        store.put(key, io.BytesIO(LETTER), size=size, sha256=digest, media_type="text/plain")
    assert store.head(key) is None
    assert list(store.keys("")) == []


def test_a_retry_with_damaged_bytes_is_refused_although_the_right_ones_are_there(store):
    put(store, content_key(LETTER), LETTER)
    digest = hashlib.sha256(LETTER).digest()
    with pytest.raises(RefusedError):
        store.put(content_key(LETTER), io.BytesIO(LETTER[::-1]), size=len(LETTER), sha256=digest, media_type="a/b")
    assert store.read(content_key(LETTER), limit=1 << 20) == LETTER


def test_large_objects_stream_with_flat_memory(store):
    digest = pattern_digest(LARGE)
    key = f"tenants/t_sample/sha256/{digest.hex()[:2]}/{digest.hex()}"
    store.check()
    tracemalloc.start()
    try:
        store.put(key, Pattern(LARGE), size=LARGE, sha256=digest, media_type="application/zip")
        read = hashlib.sha256()
        for piece in store.open(key):
            read.update(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read.digest() == digest
    assert peak < LARGE * 2 / 3
    assert store.head(key).sha256 == digest
    store.put(key, Pattern(LARGE), size=LARGE, sha256=digest, media_type="application/zip")
    assert list(store.keys("")) == [key]


def test_a_large_object_with_a_wrong_digest_leaves_nothing(store):
    with pytest.raises(RefusedError):
        store.put("tenants/t/bundles/b.zip", Pattern(12 << 20), size=12 << 20, sha256=bytes(32), media_type="a/b")
    assert list(store.keys("")) == []


def test_a_large_object_does_not_replace_another(store):
    put(store, "tenants/t/bundles/b.zip", b"first")
    digest = pattern_digest(12 << 20)
    with pytest.raises(ConflictError):
        store.put("tenants/t/bundles/b.zip", Pattern(12 << 20), size=12 << 20, sha256=digest, media_type="a/b")
    assert store.read("tenants/t/bundles/b.zip", limit=100) == b"first"


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (3, 4, b"3456"),
        (0, 1, b"0"),
        (9, 1, b"9"),
        (5, 100, b"56789"),
        (4, 0, b""),
        (10, None, b""),
        (10, 5, b""),
        (99, None, b""),
    ],
)
def test_ranges(store, start, length, expected):
    put(store, content_key(b"0123456789"), b"0123456789")
    assert b"".join(store.open(content_key(b"0123456789"), start=start, length=length)) == expected


@pytest.mark.parametrize(("start", "length"), [(-1, None), (0, -1)])
def test_backward_ranges_are_refused(store, start, length):
    with pytest.raises(RefusedError):
        store.open("a", start=start, length=length)


def test_what_is_not_there(store):
    assert store.head("log/checkpoint") is None
    for length in (None, 0, 5):
        with pytest.raises(NotFoundError):
            store.open("log/checkpoint", length=length)
    with pytest.raises(NotFoundError):
        store.read(content_key(LETTER), limit=10)
    assert list(store.keys("log/")) == []


def test_a_read_stops_at_its_limit(store):
    put(store, "a", b"12345")
    assert store.read("a", limit=5) == b"12345"
    with pytest.raises(TooLargeError):
        store.read("a", limit=4)


def test_a_reader_may_leave_in_the_middle(store):
    put(store, "a", bytes(3 << 20))
    for _ in range(40):
        next(store.open("a"))
        store.open("a")
    assert store.head("a").size == 3 << 20


def test_keys_are_listed_in_byte_order(store):
    names = [
        "a",
        "a-b",
        "a.b/c",
        "b/a",
        "b/a.p/128",
        "b/a0",
        "b/x001/000",
        "b/x001/001",
        "B/a",
        "c/d/1",
        "c/d-x",
        "c/d.p/2",
        "log/tile/0/067",
    ]
    for name in names:
        put(store, name, name.encode())
    assert list(store.keys("")) == sorted(names)
    assert list(store.keys("b/")) == sorted(name for name in names if name.startswith("b/"))
    assert list(store.keys("b/a")) == ["b/a", "b/a.p/128", "b/a0"]
    assert list(store.keys("log/tile/0/06")) == ["log/tile/0/067"]
    assert list(store.keys("nobody/")) == []


def test_many_keys_are_all_listed(store):
    names = [f"log/tile/entries/{number:04}" for number in range(230)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: put(store, name, b"x"), names))
    assert list(store.keys("log/tile/")) == names


def test_a_published_name_changes_its_bytes(store):
    for number in range(3):
        store.publish("log/checkpoint", b"checkpoint %d" % number, media_type="text/plain; charset=utf-8")
        assert store.read("log/checkpoint", limit=100) == b"checkpoint %d" % number
    assert store.head("log/checkpoint").size == len("checkpoint 2")
    assert list(store.keys("log/")) == ["log/checkpoint"]


def test_a_content_name_cannot_be_published(store):
    put(store, content_key(LETTER), LETTER)
    with pytest.raises(RefusedError):
        store.publish(content_key(LETTER), b"forged", media_type="text/plain")
    assert store.read(content_key(LETTER), limit=1 << 20) == LETTER


def test_readers_of_a_published_name_see_the_old_or_the_new(store):
    texts = [bytes([65 + number]) * 40_000 for number in range(12)]
    store.publish("log/checkpoint", texts[0], media_type="text/plain")
    done = threading.Event()

    def read_on() -> set[bytes]:
        seen = set()
        while not done.is_set():
            seen.add(store.read("log/checkpoint", limit=1 << 20))
        return seen

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read_on) for _ in range(2)]
        for text in texts:
            store.publish("log/checkpoint", text, media_type="text/plain")
        done.set()
    assert set().union(*(reader.result() for reader in readers)) <= set(texts)


def race(store, key: str, contents: list[bytes]) -> list[Exception | None]:
    barrier = threading.Barrier(len(contents))

    def write(data: bytes) -> Exception | None:
        barrier.wait()
        try:
            put(store, key, data)
        except ConflictError as error:
            return error
        return None

    with ThreadPoolExecutor(len(contents)) as pool:
        return list(pool.map(write, contents))


def test_sixteen_writers_of_the_same_bytes_all_succeed(store):
    store.check()
    for key in (content_key(LETTER), "log/tile/0/000"):
        assert race(store, key, [LETTER] * 16) == [None] * 16
        assert store.read(key, limit=1 << 20) == LETTER


@pytest.mark.parametrize("attempt", range(3))
def test_of_sixteen_writers_of_different_bytes_one_wins_for_good(store, attempt):
    store.check()
    contents = [b"token %d" % number for number in range(16)]
    key = f"log/tokens/{attempt}.sample.tsr"
    outcomes = race(store, key, contents)
    winners = [data for data, outcome in zip(contents, outcomes, strict=True) if outcome is None]
    assert len(winners) == 1
    assert [store.read(key, limit=100) for _ in range(3)] == winners * 3
    assert store.head(key).sha256 in (None, hashlib.sha256(winners[0]).digest())
    put(store, key, winners[0])


HOSTILE = {
    "empty": "",
    "climbs": "../etc/passwd",
    "climbs_inside": "tenants/../../etc/passwd",
    "absolute": "/etc/passwd",
    "dot": "tenants/./a",
    "hidden": "tenants/.incoming",
    "double_slash": "tenants//a",
    "ends_in_slash": "tenants/",
    "backslash": "tenants\\a",
    "null": "tenants/a\0b",
    "newline": "tenants/a\n",
    "space": "tenants/a b",
    "query": "tenants/a?versionId=1",
    "percent": "tenants/%2e%2e/a",
    "unicode": "tenants/催收函.pdf",
    "long": "a" * 513,
    "long_segment": "a" * 201,
}


@pytest.mark.parametrize("key", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_are_refused_everywhere(store, key):
    with pytest.raises(RefusedError):
        put(store, key, b"x")
    with pytest.raises(RefusedError):
        store.publish(key, b"x", media_type="text/plain")
    for ask in (store.head, store.open, lambda k: store.read(k, limit=1)):
        with pytest.raises(RefusedError):
            ask(key)
    with pytest.raises(RefusedError):
        store.presigned_url(key, seconds=60, file_name="a", media_type="a/b") or store.head(key)


@pytest.mark.parametrize("prefix", ["../", "/", "tenants/../", "tenants//", ".incoming/", "函"])
def test_hostile_prefixes_are_refused(store, prefix):
    with pytest.raises(RefusedError):
        list(store.keys(prefix))


def test_a_sound_store_passes_its_check_again_and_again_and_shows_no_probe(store):
    for _ in range(3):
        store.check()
    assert list(store.keys("")) == []
