"""What was measured on, and how long and how large a piece of work was."""

import os
import platform
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table of results."""

    what: str
    result: str
    beside: str = ""


def describe_machine() -> list[str]:
    """Give processor, memory, system and the versions that matter."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = ("weasyprint", "docxtpl", "pikepdf", "cryptography", "sqlalchemy")
    return [
        f"- {os.cpu_count()} × {cpu.group(1) if cpu else platform.machine()}, {memory:.0f} GiB, {platform.system()}",
        f"- Load average before the first measurement: {os.getloadavg()[0]:.1f}; above 0, other work ran beside it",
        f"- Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names),
    ]


def in_turn(rounds: int, *works: Callable[[], object]) -> list[list[float]]:
    """Time several works in turn, so that a busy moment of the machine meets all; milliseconds of each round."""
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for kept, work in zip(times, works, strict=True):
            start = time.perf_counter()
            work()
            kept.append((time.perf_counter() - start) * 1000)
    return times


def middle(times: Sequence[float]) -> str:
    """Give the median and the worst twentieth, in milliseconds."""
    ordered = sorted(times)
    return f"{statistics.median(ordered):.1f} ms (p95 {ordered[int(len(ordered) * 0.95)]:.1f})"


def seconds_of(work: Callable[[], object]) -> float:
    """Time one piece of work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(*pids: int) -> float:
    """Give the processor time of processes and of all that came from them, the waited-for dead included."""
    return sum(_own_cpu(pid) for pid in _with_offspring(pids)) / os.sysconf("SC_CLK_TCK")


def resident_mebibytes(pid: int) -> float:
    """Give what a process holds in memory now; 0 when it is gone."""
    return _status(pid, "VmRSS")


def _with_offspring(pids: Sequence[int]) -> set[int]:
    found, todo = set(pids), list(pids)
    while todo:
        for children in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
            new = {int(pid) for pid in children.read_text().split()} - found
            found |= new
            todo.extend(new)
    return found


def _own_cpu(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))


def run_child(command: Sequence[str | Path], *, folder: Path | None = None) -> tuple[float, float]:
    """Run a program to its good end; gives its seconds and its largest resident memory in MiB."""
    start = time.perf_counter()
    with subprocess.Popen([str(word) for word in command], cwd=folder, stdout=subprocess.DEVNULL) as child:
        # Not wait4's figure: that one begins with the memory of the process that forked.
        peak = 0.0
        while child.poll() is None:
            peak = max(peak, _peak_memory(child.pid))
            time.sleep(0.01)
    taken = time.perf_counter() - start
    if child.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {child.returncode}")
    return taken, peak


def _peak_memory(pid: int) -> float:
    return _status(pid, "VmHWM")


def _status(pid: int, name: str) -> float:
    try:
        found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found.group(1)) / 1024 if found else 0.0
