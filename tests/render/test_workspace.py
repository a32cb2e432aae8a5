"""What a service that is killed leaves behind: no child, no letter, and no folder after the next start."""

import fcntl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.render import RenderPool, RenderSettings, wire
from service.render import child as child_module
from service.render.fonts import default_cache_directory
from service.render.workspace import LOCK, Workspace, clear, sweep

PARENT = """
import os, sys, threading, time
from pathlib import Path
from service.render import RenderPool, RenderSettings
pool = RenderPool(RenderSettings(cache_directory=Path(sys.argv[1]), papers=1, offices=int(sys.argv[2])))
pool.check()
def draw():
    from service.render.pool import _probe_docx
    while True:
        pool._office.run({"engine": "docx"}, [_probe_docx()])
if pool._office:
    threading.Thread(target=draw, daemon=True).start()
    time.sleep(0.3)
print(*[pid for pids in pool.pids().values() for pid in pids], flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stands for the system's folder for temporary files, in this process and those it starts."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def wait(done: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert done()


def is_gone(pid: int) -> bool:
    """Ended, whether or not somebody has noticed."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().split(")")[1].split()[0] == "Z"


@pytest.mark.slow
@pytest.mark.parametrize("offices", [0, 1])
def test_a_killed_service_leaves_nothing(folder: Path, offices: int) -> None:
    """Killed outright, with LibreOffice in the middle of letters: its children end, the next start sweeps the rest."""
    command = [sys.executable, "-c", PARENT, str(default_cache_directory()), str(offices)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        workspaces = list(folder.glob("duly-*"))
        assert len(workspaces) == len(pids) == 2 + offices
        parent.kill()
    wait(lambda: all(map(is_gone, pids)))
    pool = RenderPool(RenderSettings(cache_directory=default_cache_directory(), papers=1, offices=0))
    try:
        assert [path for path in workspaces if path.exists()] == []
        pool.check()
        assert len(list(folder.glob("duly-*"))) == 2
    finally:
        pool.close()
    assert list(folder.glob("duly-*")) == []


def test_a_sweep_takes_only_what_nobody_holds(folder: Path) -> None:
    """A service that lives, a child that outlives its service, a folder just being made, and what is not ours, stay."""
    held, left, passed = (Workspace("paper") for _ in range(3))
    for one in (held, left, passed):
        (one.path / "letter.pdf").write_bytes(b"%PDF-")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[passed.lock.fileno()]):
        left.lock.close()
        passed.lock.close()
        fresh, strange, other = (folder / name for name in ("duly-paper-fresh", "duly-batches", "duly-paper-link"))
        fresh.mkdir()
        strange.mkdir()
        (strange / LOCK).touch()
        other.symlink_to(strange)
        assert sweep() == 1
        assert {path.name for path in folder.iterdir()} == {
            held.path.name, passed.path.name, fresh.name, strange.name, other.name,
        }  # fmt: skip
    assert sweep() == 1
    assert held.path.exists()
    held.remove()
    held.remove()
    assert not held.path.exists()


def test_a_lock_is_there_only_when_it_is_held(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep at any moment of the making finds nothing that it could take."""
    swept: list[int] = []
    flock = fcntl.flock

    def look(file: object, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        swept.append(sweep())
        flock(file, how)  # type: ignore[arg-type]
        swept.append(sweep())

    monkeypatch.setattr(fcntl, "flock", look)
    made = Workspace("office")
    assert swept == [0, 0]
    assert made.path.exists()
    assert sweep() == 0
    made.remove()


def test_a_child_clears_its_folder(folder: Path) -> None:
    made = Workspace("office")
    (made.path / "office-1" / "profile").mkdir(parents=True)
    (made.path / "office-1" / "letter.docx").write_bytes(b"PK")
    (made.path / "letter.pdf").write_bytes(b"%PDF-")
    (made.path / "away").symlink_to(folder)
    clear(made.path)
    assert [path.name for path in made.path.iterdir()] == [LOCK]
    made.remove()
    clear(made.path)


@pytest.mark.parametrize("when", ["ready", "answer", "request"])
def test_a_child_whose_parent_is_gone_clears_its_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """It may hear of it when it says that it is ready, when it answers, or when it waits for the next request."""
    made = Workspace("paper")
    (made.path / "letter.pdf").write_bytes(b"%PDF-")
    told: list[str] = []

    def send(_channel: object, head: dict[str, object], _blobs: object = ()) -> None:
        told.append("ready" if "ready" in head else "answer")
        if told[-1] == when:
            raise wire.WireError("Broken pipe")

    def receive(_channel: object) -> tuple[dict[str, object], list[bytes]]:
        if when == "request":
            raise wire.WireError("the other side is gone")
        return {"cpu_seconds": 60}, []

    monkeypatch.setattr(wire, "send", send)
    monkeypatch.setattr(wire, "receive", receive)
    for name in ("socket", "_bind", "forbid_syscalls", "allow_cpu"):  # they would bind this process
        monkeypatch.setattr(child_module, name, lambda *_args, **_named: set())
    monkeypatch.setattr(child_module, "_desk", lambda _kind: lambda _head, _blobs: ({}, []))
    monkeypatch.setattr(sys, "argv", ["child", "paper", "0", "1", str(made.path)])
    child_module.main()
    assert [path.name for path in made.path.iterdir()] == [LOCK]
    made.remove()
