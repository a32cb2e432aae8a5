"""What only S3 can get wrong: locks, versions, checksums in flight, lost answers, a store that is away or lies."""

import hashlib
import io
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from ceph_server import BUCKET, S3Server
from cut_wire import CutWire
from object_material import Pattern, content_key, pattern_digest, put

from service.adapters import s3_soundness
from service.adapters.s3 import S3Store, content_disposition
from service.adapters.s3_soundness import require_sound
from service.errors import ConflictError, RefusedError, StoreError

pytestmark = pytest.mark.slow
LETTER = "保证人履行保证责任通知书（样本）".encode()


@pytest.fixture
def prefix() -> str:
    return secrets.token_hex(8)


@pytest.fixture
def store(s3_server: S3Server, prefix: str) -> S3Store:
    return s3_server.store(prefix=prefix, part_size=5 << 20)


@pytest.fixture
def raw(s3_server: S3Server):
    return s3_server.raw()


@pytest.fixture
def wire(s3_server: S3Server):
    wire = CutWire(s3_server.address["S3_ENDPOINT"])
    yield wire
    wire.close()


def put_large(store: S3Store, key: str, size: int = 12 << 20) -> None:
    store.put(key, Pattern(size), size=size, sha256=pattern_digest(size), media_type="application/zip")


def versions(raw, name: str) -> list[dict]:
    return raw.list_object_versions(Bucket=BUCKET, Prefix=name).get("Versions", [])


@pytest.mark.parametrize("write", [lambda s, k: put(s, k, LETTER), put_large], ids=["small", "large"])
def test_a_frozen_version_is_locked_until_its_day_and_cannot_be_removed(store, raw, prefix, write):
    key = "tenants/t/bundles/b.zip"
    before = datetime.now(UTC).replace(microsecond=0)
    write(store, key)
    place = {"Bucket": BUCKET, "Key": f"{prefix}/{key}", "VersionId": versions(raw, f"{prefix}/{key}")[0]["VersionId"]}
    head = raw.head_object(**place)
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert before <= head["ObjectLockRetainUntilDate"] - timedelta(days=30) <= before + timedelta(seconds=60)
    for bypass in (False, True):
        with pytest.raises(ClientError, match="AccessDenied"):
            raw.delete_object(**place, BypassGovernanceRetention=bypass)
        with pytest.raises(ClientError, match="AccessDenied"):
            raw.put_object_retention(
                **place,
                Retention={"Mode": "COMPLIANCE", "RetainUntilDate": before + timedelta(days=1)},
                BypassGovernanceRetention=bypass,
            )
    write(store, key)
    assert len(versions(raw, f"{prefix}/{key}")) == 1


def test_what_somebody_else_writes_over_a_frozen_name_is_not_read(store, raw, prefix):
    put(store, "log/tile/0/000", b"right")
    raw.put_object(Bucket=BUCKET, Key=f"{prefix}/log/tile/0/000", Body=b"forged")
    assert store.read("log/tile/0/000", limit=100) == b"right"
    assert store.head("log/tile/0/000").size == len("right")
    put(store, "log/tile/0/000", b"right")
    with pytest.raises(ConflictError):
        put(store, "log/tile/0/000", b"forged")
    with urllib.request.urlopen(url_of(store, "log/tile/0/000")) as answer:
        assert answer.read() == b"right"


def test_what_somebody_marks_as_published_is_not_read_either(store, raw, prefix):
    put(store, "log/tile/0/000", b"right")
    raw.put_object(
        Bucket=BUCKET,
        Key=f"{prefix}/log/tile/0/000",
        Body=b"forged",
        Metadata={"published": "yes", "sha256": "00" * 32},
    )
    assert store.read("log/tile/0/000", limit=100) == b"right"
    assert store.head("log/tile/0/000").size == len("right")


def spoilt(raw, name: str) -> None:
    """All that whoever may write can do to a name: other bytes over it, which say of themselves what they like."""
    honest = raw.head_object(Bucket=BUCKET, Key=name, ChecksumMode="ENABLED")
    for body in (b"forged" * 9, bytes(honest["ContentLength"])):
        raw.put_object(Bucket=BUCKET, Key=name, Body=body, ChecksumAlgorithm="SHA256", Metadata=honest["Metadata"])
    raw.delete_object(Bucket=BUCKET, Key=name)


def test_readers_of_a_content_name_get_what_was_frozen_whatever_was_written_over_it(store, raw, prefix):
    key = content_key(LETTER)
    put(store, key, LETTER)
    spoilt(raw, f"{prefix}/{key}")
    assert store.read(key, limit=1 << 20) == LETTER
    assert b"".join(store.open(key, start=3, length=6)) == LETTER[3:9]
    assert store.head(key).sha256 == hashlib.sha256(LETTER).digest()
    put(store, key, LETTER)
    with urllib.request.urlopen(url_of(store, key)) as answer:
        assert answer.read() == LETTER


def test_readers_of_a_large_content_name_get_what_was_frozen_too(store, raw, prefix):
    digest = pattern_digest(12 << 20)
    key = f"tenants/t/sha256/{digest.hex()[:2]}/{digest.hex()}"
    put_large(store, key)
    spoilt(raw, f"{prefix}/{key}")
    assert hashlib.sha256(store.read(key, limit=12 << 20)).digest() == digest
    assert store.head(key).sha256 == digest


def test_how_many_requests_each_act_takes(store):
    store.check()
    store.publish("log/checkpoint", b"x", media_type="text/plain")
    requests = recorded(store._client)

    def taken(act) -> list[str]:
        requests.clear()
        act()
        return [operation for operation, _ in requests]

    key, tile, listing = content_key(LETTER), "log/tile/0/000", "ListObjectVersions"
    assert taken(lambda: store.head(key)) == ["HeadObject", listing]
    assert taken(lambda: put(store, key, LETTER)) == ["PutObject"]
    assert taken(lambda: put(store, tile, LETTER)) == ["PutObject", listing]
    assert taken(lambda: store.head(key)) == ["HeadObject"]
    assert taken(lambda: store.read(key, limit=1 << 20)) == ["GetObject"]
    assert taken(lambda: list(store.open(key, start=1, length=2))) == [listing, "GetObject"]
    assert taken(lambda: store.read(tile, limit=1 << 20)) == [listing, "GetObject"]
    assert taken(lambda: store.read("log/checkpoint", limit=9)) == ["GetObject"]
    assert taken(lambda: put_large(store, "tenants/t/bundles/b.zip"))[:2] == [listing, "CreateMultipartUpload"]


def test_a_bucket_that_is_gone_is_no_missing_object(s3_server):
    store = s3_server.store(bucket="duly-never-made", create_bucket=False)
    for key in (content_key(LETTER), "log/tile/0/000", "log/checkpoint"):
        for ask in (store.head, store.open):
            with pytest.raises(StoreError, match="bucket does not exist"):
                ask(key)


def test_a_delete_marker_does_not_free_a_frozen_name(store, raw, prefix):
    put(store, "log/tile/0/000", b"right")
    raw.delete_object(Bucket=BUCKET, Key=f"{prefix}/log/tile/0/000")
    assert store.read("log/tile/0/000", limit=100) == b"right"
    with pytest.raises(ConflictError):
        put(store, "log/tile/0/000", b"forged")
    assert store.read("log/tile/0/000", limit=100) == b"right"


def test_an_object_that_somebody_copied_in_without_a_digest_is_compared_by_its_bytes(store, raw, prefix):
    raw.put_object(Bucket=BUCKET, Key=f"{prefix}/log/tile/0/000", Body=b"restored", ChecksumAlgorithm="CRC32")
    put(store, "log/tile/0/000", b"restored")
    with pytest.raises(ConflictError):
        put(store, "log/tile/0/000", b"other")


def test_published_versions_are_kept_by_the_store_and_another_process_reads_the_newest(store, s3_server, raw, prefix):
    for number in range(3):
        store.publish("log/checkpoint", b"%d" % number, media_type="text/plain")
    assert len(versions(raw, f"{prefix}/log/checkpoint")) == 3
    assert s3_server.store(prefix=prefix).read("log/checkpoint", limit=10) == b"2"


def recorded(client) -> list[tuple[str, dict[str, str]]]:
    requests = []

    def record(request, operation_name, **_):
        requests.append((operation_name, {name.lower(): text(value) for name, value in request.headers.items()}))

    client.meta.events.register("before-sign.s3", record)
    return requests


def text(value) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_every_writing_request_carries_checksum_lock_and_condition(store):
    store.check()
    requests = recorded(store._client)
    put(store, content_key(LETTER), LETTER)
    put_large(store, "tenants/t/bundles/b.zip")
    store.publish("log/checkpoint", b"x", media_type="text/plain")
    operations = [operation for operation, _ in requests]
    assert operations.count("UploadPart") == 3
    single, published = (headers for operation, headers in requests if operation == "PutObject")
    begun, part, completed = (
        requests[operations.index(name)][1]
        for name in ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
    )
    for headers in (single, begun):
        assert headers["x-amz-object-lock-mode"] == "COMPLIANCE"
        assert headers["x-amz-object-lock-retain-until-date"] > datetime.now(UTC).strftime("%Y-%m-%dT")
    for headers in (single, part, published):
        assert headers["x-amz-sdk-checksum-algorithm"] == "SHA256"
        assert len(headers["x-amz-checksum-sha256"]) == 44
        assert "x-amz-trailer" not in headers
    assert begun["x-amz-checksum-algorithm"] == "SHA256"
    assert single["if-none-match"] == completed["if-none-match"] == "*"
    assert "x-amz-object-lock-mode" not in published
    assert "if-none-match" not in published


def test_parts_are_checked_together(store, raw, prefix):
    put_large(store, "tenants/t/bundles/b.zip")
    head = raw.head_object(Bucket=BUCKET, Key=f"{prefix}/tenants/t/bundles/b.zip", ChecksumMode="ENABLED")
    part_digests, source = [], Pattern(12 << 20)
    for size in (5 << 20, 5 << 20, 2 << 20):
        part = b""
        while len(part) < size:
            part += source.read(size - len(part))
        part_digests.append(hashlib.sha256(part).digest())
    expected = hashlib.sha256(b"".join(part_digests)).digest()
    assert head["ChecksumSHA256"] == f"{s3_soundness.checksum_text(expected)}-3"
    assert store.head("tenants/t/bundles/b.zip").sha256 == pattern_digest(12 << 20)


def test_an_upload_that_fails_in_the_middle_leaves_no_parts(store, raw, prefix):
    with pytest.raises(RefusedError):
        store.put("a/b", Pattern(11 << 20), size=12 << 20, sha256=bytes(32), media_type="a/b")
    assert raw.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix).get("Uploads", []) == []


HANGS_IN_THE_MIDDLE = """
import io, sys, time
from service.adapters.s3 import S3Store

class Hanging(io.RawIOBase):
    given = 0
    def read(self, size=-1):
        if self.given >= 6 << 20:
            print("half", flush=True)
            time.sleep(60)
        self.given += size
        return bytes(size)

bucket, prefix, endpoint, access_key, secret_key = sys.argv[1:]
store = S3Store(bucket=bucket, prefix=prefix, endpoint=endpoint, region="us-east-1", access_key=access_key,
                secret_key=secret_key, retention_days=1, part_size=5 << 20)
store.put("a/b", Hanging(), size=20 << 20, sha256=bytes(32), media_type="a/b")
"""


def test_a_writer_killed_in_the_middle_leaves_no_object_and_its_parts_are_discarded(
    store, s3_server, raw, prefix, monkeypatch
):
    store.check()
    arguments = [BUCKET, prefix, *s3_server.address.values()]
    with subprocess.Popen(
        [sys.executable, "-c", HANGS_IN_THE_MIDDLE, *arguments], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "half\n"
        child.send_signal(signal.SIGKILL)
    assert store.head("a/b") is None
    assert list(store.keys("")) == []
    s3_soundness.discard_stale_uploads(raw, BUCKET, f"{prefix}/")
    assert len(raw.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)["Uploads"]) == 1, "perhaps still being written"
    monkeypatch.setattr(s3_soundness, "STALE_UPLOAD", timedelta(0))
    s3_soundness.discard_stale_uploads(raw, BUCKET, f"{prefix}/")
    assert raw.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix).get("Uploads", []) == []


@pytest.mark.parametrize("key", [content_key(LETTER), "log/tile/0/000"])
def test_a_lost_answer_to_a_successful_put_is_not_a_conflict(s3_server, raw, prefix, wire, key):
    store = s3_server.store(prefix=prefix, endpoint=wire.endpoint)
    store.check()
    wire.lose_answers = 1
    put(store, key, LETTER)
    assert wire.lost == 1
    assert len(versions(raw, f"{prefix}/{key}")) == 1


def test_a_lost_answer_to_a_finished_upload_is_not_an_error(s3_server, raw, prefix, wire):
    store = s3_server.store(prefix=prefix, endpoint=wire.endpoint, part_size=5 << 20)
    store.check()

    def lose_the_next(**_) -> None:
        if not wire.lost:
            wire.lose_answers = 1

    store._client.meta.events.register("before-call.s3.CompleteMultipartUpload", lose_the_next)
    put_large(store, "tenants/t/bundles/b.zip")
    assert wire.lost == 1
    assert len(versions(raw, f"{prefix}/tenants/t/bundles/b.zip")) == 1
    assert store.head("tenants/t/bundles/b.zip").size == 12 << 20


def test_a_wire_that_is_cut_while_reading_is_a_store_error(s3_server, prefix, wire):
    store = s3_server.store(prefix=prefix, endpoint=wire.endpoint)
    put(store, "a/b", bytes(8 << 20))
    pieces = store.open("a/b")
    next(pieces)
    wire.lose_answers = 1
    with pytest.raises(StoreError):
        list(pieces)
    assert len(store.read("a/b", limit=8 << 20)) == 8 << 20


def test_the_store_goes_away_and_comes_back_without_a_restart_of_ours(tmp_path):
    server = S3Server(tmp_path / "ceph")
    server.start()
    try:
        store = server.store(retention_days=1, part_size=5 << 20)
        put(store, content_key(LETTER), LETTER)
        server.stop_gateway()
        for act in (
            lambda: put(store, "a/b", b"x"),
            lambda: put_large(store, "a/large"),
            lambda: store.publish("log/checkpoint", b"x", media_type="a/b"),
            lambda: store.head("a/b"),
            lambda: store.open("a/b"),
            lambda: list(store.keys("")),
            store.check,
        ):
            started = time.monotonic()
            with pytest.raises(StoreError, match="cannot be reached") as caught:
                act()
            assert not caught.value.fatal
            assert time.monotonic() - started < 10
        server.start_gateway()
        store.check()
        assert store.read(content_key(LETTER), limit=1 << 20) == LETTER
        put(store, "a/b", b"x")
        assert list(store.keys("a/")) == ["a/b"]
    finally:
        server.stop()


def test_a_store_made_while_it_is_away_works_once_it_is_there(s3_server, prefix):
    with pytest.raises(StoreError, match="cannot be reached"):
        s3_server.store(prefix=prefix, endpoint="http://127.0.0.1:9").check()


def test_wrong_credentials_are_told_without_showing_them(s3_server):
    for settings in ({"access_key": "nobody"}, {"secret_key": "not-the-secret"}):
        with pytest.raises(StoreError) as caught:
            s3_server.store(**settings, create_bucket=False).check()
        assert "not-the-secret" not in caught.value.message
        assert "key" in caught.value.message


def test_a_missing_bucket_is_told(s3_server):
    with pytest.raises(StoreError, match="bucket does not exist"):
        s3_server.store(bucket="duly-not-there", create_bucket=False).check()


def test_a_bucket_without_versions_is_refused_and_nothing_is_written(s3_server, raw):
    raw.create_bucket(Bucket="duly-plain")
    store = s3_server.store(bucket="duly-plain")
    for act in (
        store.check,
        lambda: put(store, "a/b", b"x"),
        lambda: store.publish("log/checkpoint", b"x", media_type="a/b"),
    ):
        with pytest.raises(StoreError, match="versions") as caught:
            act()
        assert caught.value.fatal
    assert raw.list_objects_v2(Bucket="duly-plain")["KeyCount"] == 0


def test_a_bucket_without_lock_is_refused(s3_server, raw):
    raw.create_bucket(Bucket="duly-versioned")
    raw.put_bucket_versioning(Bucket="duly-versioned", VersioningConfiguration={"Status": "Enabled"})
    with pytest.raises(StoreError, match="Object Lock") as caught:
        s3_server.store(bucket="duly-versioned").check()
    assert caught.value.fatal


@pytest.mark.parametrize(
    ("lost_on_the_way", "complaint"),
    [
        ("x-amz-sdk-checksum-algorithm", "SHA-256"),
        ("if-none-match", "writes over"),
        ("x-amz-object-lock", "removes a locked object"),
    ],
)
def test_a_store_that_ignores_a_promise_is_refused(store, raw, prefix, lost_on_the_way, complaint):
    store.check()

    def strip(request, **_) -> None:
        for name in [name for name in request.headers if name.lower().startswith(lost_on_the_way)]:
            del request.headers[name]

    raw.meta.events.register("before-sign.s3.PutObject", strip)
    with pytest.raises(StoreError, match=complaint) as caught:
        require_sound(raw, BUCKET, f"{prefix}/")
    assert caught.value.fatal


def test_old_probes_are_removed_when_their_lock_has_ended(raw, store, prefix, monkeypatch):
    store.check()
    assert len(versions(raw, f"{prefix}/check/")) == 1
    monkeypatch.setattr(s3_soundness, "PROBE_LOCK", timedelta(seconds=2))
    require_sound(raw, BUCKET, f"{prefix}/")
    assert len(versions(raw, f"{prefix}/check/")) == 2
    time.sleep(3)
    require_sound(raw, BUCKET, f"{prefix}/")
    assert len(versions(raw, f"{prefix}/check/")) == 2


def url_of(store: S3Store, key: str, *, seconds: int = 60, file_name: str = "a.pdf") -> str:
    return store.presigned_url(key, seconds=seconds, file_name=file_name, media_type="application/pdf")


def test_a_presigned_url_gives_the_bytes_under_a_chinese_name(store):
    put(store, content_key(LETTER), LETTER, media_type="application/octet-stream")
    url = url_of(store, content_key(LETTER), file_name='催收通知书 "样本"/2026.pdf')
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == LETTER
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == content_disposition('催收通知书 "样本"/2026.pdf')
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Range": "bytes=0-2"})) as answer:
        assert (answer.status, answer.read()) == (206, LETTER[:3])


def test_a_presigned_url_is_good_for_its_object_and_its_time_only(store):
    put(store, content_key(LETTER), LETTER)
    put(store, content_key(b"other"), b"other")
    url = url_of(store, content_key(LETTER))
    for forged in (
        url.replace(content_key(LETTER), content_key(b"other")),
        url.replace("application%2Fpdf", "text%2Fhtml"),
        url.split("?")[0],
    ):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(forged)
    short = url_of(store, content_key(LETTER), seconds=1)
    time.sleep(2.5)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(short)


def test_prefixes_keep_two_stores_in_one_bucket_apart(s3_server, prefix):
    first, second = s3_server.store(prefix=f"{prefix}/one"), s3_server.store(prefix=f"{prefix}/one-more/")
    put(first, "a", b"1")
    put(second, "a", b"2")
    assert (first.read("a", limit=9), second.read("a", limit=9)) == (b"1", b"2")
    assert list(first.keys("")) == ["a"]


def test_a_damaged_body_is_refused_by_the_store_itself(store):
    """What the network or a proxy changes on the way does not become an object."""
    store.check()

    def damage(request, **_) -> None:
        request.body = io.BytesIO(b"X" + LETTER[1:])

    store._client.meta.events.register("before-send.s3.PutObject", damage)
    with pytest.raises(StoreError):
        put(store, content_key(LETTER), LETTER)
    assert store.head(content_key(LETTER)) is None
