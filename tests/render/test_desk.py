"""Places of children whose start fails: none is lost, none stands in a living one's way, and all of it is told."""

import errno
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.errors import RefusedError, ServiceError, StoreError
from service.render import RenderPool, RenderSettings, desk
from service.render.fonts import default_cache_directory, prepare_fonts
from service.render.process import Child, ChildSettings

pytestmark = pytest.mark.slow

FULL = OSError(errno.ENOSPC, "No space left on device")
FAILURES = {
    "no room on the disk": (tempfile, "mkdtemp", FULL),
    "no descriptor left": (socket, "socketpair", OSError(errno.EMFILE, "Too many open files")),
    "no process left": (subprocess, "Popen", OSError(errno.EAGAIN, "Resource temporarily unavailable")),
    "no thread left": (threading.Thread, "start", RuntimeError("can't start new thread")),
    "something else": (socket, "socketpair", ZeroDivisionError("never thought of")),
}


class Breaking:
    """Stands for a function that fails while `broken`, where a child is concerned."""

    def __init__(self, real: Any, error: Exception) -> None:
        self.broken, self.calls = False, 0
        self._real, self._error = real, error

    def __get__(self, instance: Any, _owner: Any = None) -> Any:
        """As a method of `Thread` it is given the thread, and fails only those that start a child."""
        if instance is None or not instance.name.startswith("start-"):
            return self if instance is None else lambda: self._real(instance)
        return lambda: self(instance)

    def __call__(self, *args: Any, **named: Any) -> Any:
        if self.broken:
            self.calls += 1
            raise self._error
        return self._real(*args, **named)


@pytest.fixture
def a_pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., RenderPool]]:
    """Renderers with folders of their own, that try a failed start again at once."""
    monkeypatch.setattr(desk, "RETRY_START_SECONDS", 0.2, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pools: list[RenderPool] = []

    def make(**settings: Any) -> RenderPool:
        chosen = {"papers": 1, "offices": 0, "queue_seconds": 6.0, **settings}
        pools.append(RenderPool(RenderSettings(cache_directory=default_cache_directory(), **chosen)))
        pools[-1].draw("<p>一</p>", page_limit=1)
        wait(lambda: len(pools[-1].pids()["paper"]) == chosen["papers"] and len(pools[-1].pids()["reader"]) == 1)
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert done()


def breaking(monkeypatch: pytest.MonkeyPatch, name: str) -> Breaking:
    where, attribute, error = FAILURES[name]
    made = Breaking(getattr(where, attribute), error)
    monkeypatch.setattr(where, attribute, made)
    return made


def outcome(pool: RenderPool) -> str:
    try:
        return "drawn" if pool.draw("<p>一</p>", page_limit=1).startswith(b"%PDF-") else "nothing"
    except ServiceError as error:
        return error.code


def kill_paper(pool: RenderPool) -> None:
    (victim,) = pool.pids()["paper"]
    os.kill(victim, signal.SIGKILL)
    wait(lambda: Path(f"/proc/{victim}/stat").read_text().split(")")[1].split()[0] == "Z")


@pytest.mark.parametrize("name", FAILURES)
def test_a_place_whose_start_failed_is_filled_later(
    monkeypatch: pytest.MonkeyPatch, a_pool: Callable[..., RenderPool], name: str
) -> None:
    """The only child dies while none can be started: it is said at once, and over when the cause is gone."""
    pool = a_pool()
    kill_paper(pool)
    broken = breaking(monkeypatch, name)
    broken.broken = True
    started = time.monotonic()
    assert outcome(pool) == "renderer_unavailable"
    assert time.monotonic() - started < 4
    assert broken.calls >= 1
    with pytest.raises(StoreError):
        pool.check()
    broken.broken = False
    time.sleep(0.3)
    assert [outcome(pool) for _ in range(3)] == ["drawn"] * 3
    pool.check()


def test_a_failed_start_stands_in_no_living_childs_way(
    monkeypatch: pytest.MonkeyPatch, a_pool: Callable[..., RenderPool]
) -> None:
    """One of two is replaced and that fails: the other serves every letter, and the place is filled later."""
    pool = a_pool(papers=2)
    broken = breaking(monkeypatch, "no process left")
    broken.broken = True
    pool._paper._free._free[-1].asked = 10**6
    assert outcome(pool) == "drawn"
    wait(lambda: broken.calls == 1)
    assert len(pool.pids()["paper"]) == 1
    assert outcome(pool) == "drawn"
    broken.broken = False
    time.sleep(0.3)
    assert outcome(pool) == "drawn"
    wait(lambda: len(pool.pids()["paper"]) == 2)


def test_who_waits_when_the_last_child_goes_is_told(
    monkeypatch: pytest.MonkeyPatch, a_pool: Callable[..., RenderPool]
) -> None:
    """Two letters wait for a busy child; it dies, its replacement fails: neither waits for its whole time."""
    pool = a_pool(queue_seconds=60.0, lot_queue_seconds=60.0)
    (busy,) = pool.pids()["paper"]
    os.kill(busy, signal.SIGSTOP)
    told: list[str] = []
    threads = [threading.Thread(target=lambda: told.append(outcome(pool))) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait(lambda: pool._paper._free.waiting() == 2)
    breaking(monkeypatch, "no descriptor left").broken = True
    os.kill(busy, signal.SIGKILL)
    for thread in threads:
        thread.join(timeout=20)
    assert told == ["renderer_unavailable"] * 3


def test_busy_is_well_only_where_somebody_works(
    monkeypatch: pytest.MonkeyPatch, a_pool: Callable[..., RenderPool]
) -> None:
    """A child at work is well; a child that has been starting for longer than anybody waits is not."""
    pool = a_pool(queue_seconds=20.0)
    pool._paper._queue_seconds = 0.3
    (busy,) = pool.pids()["paper"]
    os.kill(busy, signal.SIGSTOP)
    work = threading.Thread(target=lambda: outcome(pool))
    work.start()
    wait(lambda: not pool._paper._free._free)
    pool.check()
    ended = threading.Event()
    monkeypatch.setattr(desk, "Child", lambda settings: ended.wait(20) and Child(settings))
    os.kill(busy, signal.SIGKILL)
    wait(lambda: not pool.pids()["paper"])
    with pytest.raises(StoreError, match="no renderer lives"):
        pool.check()
    ended.set()
    work.join(timeout=20)


@pytest.mark.parametrize("name", ["no descriptor left", "no process left"])
def test_a_failed_start_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Neither a folder nor a descriptor, however often it is tried."""
    fonts = prepare_fonts(default_cache_directory())
    settings = ChildSettings(kind="paper", fontconfig=fonts.cut_config, memory_bytes=2**31, work_seconds=5)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    broken = breaking(monkeypatch, name)
    broken.broken = True
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(StoreError) as caught:
            Child(settings)
        assert caught.value.code == "renderer_unavailable"
    assert list(tmp_path.iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_child_that_refused_its_work_is_kept(a_pool: Callable[..., RenderPool]) -> None:
    pool = a_pool()
    before = pool.pids()
    with pytest.raises(RefusedError):
        pool.draw("<p>一</p><p style='break-before: page'>二</p>", page_limit=1)
    assert pool.pids() == before
