"""What a rendering child that was taken over can reach: each fence that the kernel gives is tried from inside."""

import json
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.metrics import Metrics
from service.render import RenderPool, RenderSettings, landlock, process
from service.render.confine import hide_memory
from service.render.fonts import default_cache_directory
from service.render.syscalls import MACHINES
from service.wiring.upkeep import watch_renderer

pytestmark = pytest.mark.slow

TAKEN_OVER = """
import ctypes, json, os, resource, socket, sys, threading
from pathlib import Path
from service.render import child, landlock, syscalls
job = json.loads(sys.argv[1])
workspace, outside, allowed, parent = Path(job["workspace"]), Path(job["outside"]), Path(job["allowed"]), job["parent"]
if job["version"] is not None:
    known = min(landlock.version(), job["version"])
    landlock.version = lambda: known
fences = set()
if job["fenced"]:
    child.follow_parent = lambda _workspace: None  # it would sweep what is tried here
    fences = child._bind(2**31, workspace, readable=[allowed])
    if job["filtered"] and syscalls.forbid_syscalls():
        fences |= {"network", "processes"}

def to_socket(address, family=socket.AF_UNIX):
    with socket.socket(family) as one:
        one.connect(address)

def start():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)

def run():
    # the kernel looks for the program only where it would run it
    try:
        os.execve("/none/such", ["such"], {})
    except FileNotFoundError:
        return

def rename():
    for name in ("one", "two"):
        (workspace / name).mkdir()
    (workspace / "one" / "letter").write_text("x")
    (workspace / "one" / "letter").rename(workspace / "two" / "letter")
    (workspace / "two" / "letter").unlink()

def thread():
    done = threading.Event()
    threading.Thread(target=done.set).start()
    assert done.wait(10)

libc = ctypes.CDLL(None, use_errno=True)
ATTACKS = {
    "files": {
        "its environment": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "its memory": lambda: open(f"/proc/{parent}/mem", "rb").close(),
        "a file": lambda: (outside / "keys").read_text(),
        "a folder": lambda: os.listdir(outside),
        "another letter": lambda: (workspace.parent / "other" / "letter.pdf").read_text(),
        "the folders of others": lambda: os.listdir(workspace.parent),
        "write": lambda: (outside / "new").write_text("x"),
        "change": lambda: open(outside / "keys", "a").write("x"),
        "remove": lambda: (outside / "spare").unlink(),
        "link": lambda: os.link(outside / "keys", workspace / "keys"),
        "change a template": lambda: (allowed / "template.html").write_text("x"),
    },
    "network": {
        "another machine": lambda: to_socket(("127.0.0.1", job["port"]), socket.AF_INET),
    },
    "processes": {
        "its environment": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "a socket": lambda: to_socket(str(outside / "database")),
        "an abstract socket": lambda: to_socket("\\0" + job["abstract"]),
        "a pair of sockets": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
        "start": start,
        "run": run,
        "signal": lambda: os.kill(parent, 0),
        "open to all": lambda: (outside / "keys").chmod(0o666),
        "starve": lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE),
        "trace": lambda: libc.ptrace(0x4206, parent, 0, 0) and 1 / 0,
    },
}
ALLOWED = {
    "read": lambda: (allowed / "template.html").read_text(),
    "rename": rename,
    "thread": thread,
    "import": lambda: __import__("weasyprint"),
    "end its own group": lambda: os.kill(0, 0),
    "limit itself": lambda: resource.setrlimit(resource.RLIMIT_CPU, resource.getrlimit(resource.RLIMIT_CPU)),
}

def worked(act):
    try:
        act()
    except (OSError, ZeroDivisionError):
        return False
    return True

reached = {fence: [name for name, act in acts.items() if worked(act)] for fence, acts in ATTACKS.items()}
lost = [name for name, act in ALLOWED.items() if not worked(act)]
print(json.dumps({"fences": sorted(fences), "reached": reached, "lost": lost}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The fences that stand, what was reached beyond each all the same, and what should work and does not."""

    fences: set[str]
    reached: dict[str, list[str]]
    lost: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What lies around a child: its own folder and another's, the service's keys, its database's socket."""

    workspace: Path
    outside: Path
    allowed: Path
    port: int
    abstract: str

    def take_over(self, *, fenced: bool = True, filtered: bool = True, version: int | None = None) -> "Told":
        """Let a process of the same user, bound as a child is, try everything."""
        job = {
            "workspace": str(self.workspace), "outside": str(self.outside), "allowed": str(self.allowed),
            "parent": os.getpid(), "port": self.port, "abstract": self.abstract,
            "fenced": fenced, "filtered": filtered, "version": version,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", TAKEN_OVER, json.dumps(job)],
            capture_output=True, text=True, cwd=self.workspace, check=False, start_new_session=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        return Told(fences=set(told["fences"]), reached=told["reached"], lost=told["lost"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    for name in ("work", "other", "service", "templates"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "letter.pdf").write_text("somebody's letter")
    for name in ("keys", "spare"):
        (tmp_path / "service" / name).write_text("a tenant's key")
    (tmp_path / "templates" / "template.html").write_text("<p>{{ name }}</p>")
    with socket.socket(socket.AF_UNIX) as database, socket.socket(socket.AF_UNIX) as hidden, socket.socket() as port:
        database.bind(str(tmp_path / "service" / "database"))
        hidden.bind(f"\0duly-test-{os.getpid()}")
        port.bind(("127.0.0.1", 0))
        for each in (database, hidden, port):
            each.listen()
        yield House(
            workspace=tmp_path / "work",
            outside=tmp_path / "service",
            allowed=tmp_path / "templates",
            port=port.getsockname()[1],
            abstract=f"duly-test-{os.getpid()}",
        )


def expected() -> set[str]:
    """What this kernel has, asked in another way than the fences do."""
    has_filters = "Seccomp_filters:" in Path("/proc/self/status").read_text() and platform.machine() in MACHINES
    return ({"files"} if landlock.version() >= 2 else set()) | ({"network", "processes"} if has_filters else set())


def test_without_fences_everything_is_within_reach(house: House) -> None:
    """The attacks are real: each of them works for a plain process of the same user."""
    told = house.take_over(fenced=False)
    guarded = {"its environment", "its memory", "trace"} if os.geteuid() else set()  # these may be hidden by now
    assert {fence: sorted(guarded.union(reached)) for fence, reached in told.reached.items() if fence == "files"} == {
        "files": sorted(
            {"its environment", "its memory", "a file", "a folder", "another letter", "the folders of others",
             "write", "change", "remove", "link", "change a template", *guarded}
        )
    }  # fmt: skip
    assert told.reached["network"] == ["another machine"]
    assert {
        "a socket",
        "an abstract socket",
        "a pair of sockets",
        "start",
        "run",
        "signal",
        "open to all",
        "starve",
    } <= set(told.reached["processes"])
    assert (told.fences, told.lost) == (set(), [])


def test_a_child_reaches_nothing_beyond_its_fences(house: House) -> None:
    hide_memory()
    told = house.take_over()
    assert told.fences >= expected()
    assert {fence: told.reached[fence] for fence in told.fences} == {fence: [] for fence in told.fences}
    assert told.lost == []


@pytest.mark.parametrize("version", [2, 3, 4, 5, 6])
def test_older_kernels_keep_their_files_too(house: House, version: int) -> None:
    """The rights that older versions know; without the filter, so that Landlock stands alone."""
    told = house.take_over(version=version, filtered=False)
    assert ("files" in told.fences) == ("files" in expected())
    assert told.lost == []
    if "files" in told.fences:
        assert told.reached["files"] == []


def test_where_there_is_no_landlock_the_services_memory_is_hidden(house: House) -> None:
    """A kernel without it says so; keys and passwords stay out of reach, for root's children as well."""
    hide_memory()
    told = house.take_over(version=0)
    assert "files" not in told.fences
    assert not {"its environment", "its memory"} & set(told.reached["files"])
    assert told.lost == []


@pytest.mark.slow
def test_every_child_stands_behind_all_fences(pool: RenderPool) -> None:
    pool.check()
    assert set(pool.missing_fences()) <= process.FENCES - expected()


@pytest.mark.slow
def test_a_fence_that_a_kernel_lacks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the log, and by the pool for the metrics."""
    monkeypatch.setattr(process, "FENCES", process.FENCES | {"moat"})
    with capture_logs() as logs:
        pool = RenderPool(RenderSettings(cache_directory=default_cache_directory(), papers=1, offices=0))
        try:
            pool.check()
            assert "moat" in pool.missing_fences()
        finally:
            pool.close()
    told = [entry for entry in logs if entry["event"] == "renderer.unfenced"]
    assert {entry["kind"] for entry in told} == {"paper", "reader"}
    assert all("moat" in entry["missing"] for entry in told)


@pytest.mark.slow
def test_an_operator_sees_queue_restarts_and_fences(pool: RenderPool) -> None:
    metrics = Metrics()
    watch_renderer(metrics, pool)
    pool.check()
    shown = metrics.text().decode()
    assert "duly_render_waiting 0.0" in shown
    assert f"duly_render_restarts {pool.restarts():.1f}" in shown
    assert f"duly_render_fences_missing {len(pool.missing_fences()):.1f}" in shown
