"""What only a directory can get wrong: crashes in the middle, full disks, file modes, leftovers."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from object_material import content_key, put

from service.adapters.directory import INCOMING, DirectoryStore
from service.errors import ConflictError, NotFoundError, StoreError

HANGS_IN_THE_MIDDLE = """
import io, sys, time
from pathlib import Path
from service.adapters.directory import DirectoryStore

class Hanging(io.RawIOBase):
    given = 0
    def read(self, size=-1):
        if self.given >= 3 << 20:
            print("half", flush=True)
            time.sleep(60)
        self.given += size
        return bytes(size)

DirectoryStore(Path(sys.argv[1])).put("a/b", Hanging(), size=6 << 20, sha256=bytes(32), media_type="a/b")
"""

FILLS_THE_DISK = """
import hashlib, io, resource, sys
from pathlib import Path
from service.adapters.directory import DirectoryStore
from service.errors import StoreError

store = DirectoryStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
data = bytes(3 << 20)
for write in (
    lambda: store.put("a/b", io.BytesIO(data), size=len(data), sha256=hashlib.sha256(data).digest(), media_type="a/b"),
    lambda: store.publish("log/checkpoint", data, media_type="a/b"),
):
    try:
        write()
    except StoreError as error:
        print(error.fatal, error.message, flush=True)
"""


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def run_python(script: str, root: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, text=True)


def test_a_writer_killed_in_the_middle_leaves_no_object_and_its_leftover_is_cleared(tmp_path):
    store = DirectoryStore(tmp_path)
    with run_python(HANGS_IN_THE_MIDDLE, tmp_path) as child:
        assert child.stdout.readline() == "half\n"
        leftover = next((tmp_path / INCOMING).iterdir())
        assert leftover.stat().st_size == 3 << 20
        os.utime(leftover, (0, 0))
        store.check()
        assert leftover.exists(), "a living writer's file was taken away"
        child.send_signal(signal.SIGKILL)
    assert store.head("a/b") is None
    assert list(store.keys("")) == []
    store.check()
    assert not leftover.exists()
    put(store, "a/b", b"whole")
    assert files_below(tmp_path) == ["a/b"]


def test_a_young_leftover_is_left_alone(tmp_path):
    store = DirectoryStore(tmp_path)
    (tmp_path / INCOMING / "young").write_bytes(b"perhaps its writer has not locked it yet")
    store.check()
    assert files_below(tmp_path) == [f"{INCOMING}/young"]
    assert list(store.keys("")) == []


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    with run_python(FILLS_THE_DISK, tmp_path) as child:
        lines = child.stdout.readlines()
    assert lines == ["False the object is larger than the disk or the process may write (EFBIG)\n"] * 2
    assert files_below(tmp_path) == []
    store = DirectoryStore(tmp_path)
    put(store, "a/b", bytes(3 << 20))
    assert store.head("a/b").size == 3 << 20


def test_a_published_name_keeps_its_bytes_when_the_disk_is_full(tmp_path):
    store = DirectoryStore(tmp_path)
    store.publish("log/checkpoint", b"before", media_type="a/b")
    with run_python(FILLS_THE_DISK, tmp_path) as child:
        assert len(child.stdout.readlines()) == 2
    assert store.read("log/checkpoint", limit=100) == b"before"


def test_too_little_room_fails_the_check(tmp_path):
    with pytest.raises(StoreError, match="minimum"):
        DirectoryStore(tmp_path, minimum_free_bytes=1 << 60).check()


def test_frozen_files_are_read_only_and_the_folder_is_ours_alone(tmp_path):
    store = DirectoryStore(tmp_path / "data/objects")
    put(store, content_key(b"x"), b"x")
    store.publish("log/checkpoint", b"y", media_type="a/b")
    for name in (content_key(b"x"), "log/checkpoint"):
        assert stat.S_IMODE((tmp_path / "data/objects" / name).stat().st_mode) == 0o444
    assert stat.S_IMODE((tmp_path / "data/objects").stat().st_mode) == 0o700


def test_a_name_cannot_be_both_object_and_folder(tmp_path):
    store = DirectoryStore(tmp_path)
    put(store, "a/b", b"x")
    with pytest.raises(ConflictError):
        put(store, "a/b/c", b"x")
    with pytest.raises(ConflictError):
        put(store, "a", b"x")
    assert store.head("a") is None
    assert store.head("a/b/c") is None
    with pytest.raises(NotFoundError):
        store.open("a")
    assert files_below(tmp_path) == ["a/b"]


def test_a_symbolic_link_in_the_tree_is_not_an_object(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    store = DirectoryStore(tmp_path / "objects")
    (tmp_path / "objects/link").symlink_to(secret)
    (tmp_path / "objects/folder").symlink_to(tmp_path)
    assert list(store.keys("")) == []
    assert store.head("link") is None
    with pytest.raises(NotFoundError):
        store.open("link")


def test_a_rotten_file_is_noticed_by_a_retry_of_its_writer(tmp_path):
    store = DirectoryStore(tmp_path)
    put(store, content_key(b"right"), b"right")
    path = tmp_path / content_key(b"right")
    path.chmod(0o644)
    path.write_bytes(b"wrong")
    with pytest.raises(ConflictError):
        put(store, content_key(b"right"), b"right")


def test_the_name_is_synced_after_the_file_and_before_the_answer(tmp_path, monkeypatch):
    store = DirectoryStore(tmp_path)
    put(store, "a/first", b"x")
    calls = []
    for name in ("fsync", "link"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, _n=name, _r=real: (calls.append((_n, kind(a[0]))), _r(*a)))
    put(store, "a/second", b"x")
    assert calls == [("fsync", "file"), ("link", "path"), ("fsync", "folder")]


def kind(target) -> str:
    if isinstance(target, Path):
        return "path"
    return "folder" if stat.S_ISDIR(os.fstat(target).st_mode) else "file"


def test_a_name_that_cannot_be_synced_is_fatal(tmp_path, monkeypatch):
    store = DirectoryStore(tmp_path)
    put(store, "a/first", b"x")
    real = os.fsync

    def failing(descriptor: int) -> None:
        if kind(descriptor) == "folder":
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(StoreError) as caught:
        put(store, "a/second", b"x")
    assert caught.value.fatal


def test_a_file_that_cannot_be_synced_never_gets_its_name(tmp_path, monkeypatch):
    store = DirectoryStore(tmp_path)
    put(store, "a/first", b"x")
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StoreError, match="disk is full"):
        put(store, "a/second", b"x")
    assert files_below(tmp_path) == ["a/first"]


def test_it_gives_no_presigned_urls(tmp_path):
    assert DirectoryStore(tmp_path).presigned_url("a", seconds=60, file_name="函.pdf", media_type="a/b") is None
