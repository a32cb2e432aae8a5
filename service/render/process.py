"""One rendering child seen from the service: start it, ask it with a deadline, kill it with all that belongs to it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import StoreError
from service.render import wire
from service.render.workspace import Workspace

START_SECONDS = 60.0
FENCES = frozenset(("network", "files", "processes"))
"""What may stand between a child and the machine: no network, no files but its own, no processes; see `confine`."""
_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])


class ChildLostError(Exception):
    """The child died or hung while it worked; it is gone now."""

    def __init__(self, reason: str, *, hung: bool) -> None:
        super().__init__(reason)
        self.hung = hung


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSettings:
    """How to start one kind of child: `paper`, `office` or `reader`."""

    kind: str
    fontconfig: Path
    memory_bytes: int
    work_seconds: float
    readable: tuple[Path, ...] = ()
    """Files and folders that it may read, beside programs, code and its fontconfig's folder."""


class Child:
    """A running child. Not for two threads at once: the pool lends it to one at a time."""

    def __init__(self, settings: ChildSettings) -> None:
        """Start it and wait until it is ready.

        Raises:
            StoreError: It cannot start; the text says why.
        """
        self._settings = settings
        self.asked = 0
        self.missing: frozenset[str] = FENCES
        with contextlib.ExitStack() as undone:
            try:
                self._workspace = Workspace(settings.kind)
                undone.callback(self._workspace.remove)
                self._channel, theirs = socket.socketpair()
                undone.callback(self._channel.close)
                with theirs:
                    self._process = self._start(theirs)
            except OSError as error:
                reason = f"the {settings.kind} renderer cannot start: {error}"
                raise StoreError(reason, code="renderer_unavailable") from error
            undone.pop_all()
        self._wait_until_ready()

    def ask(
        self, head: dict[str, Any], blobs: Sequence[bytes] = (), *, work_seconds: float | None = None
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Give it one piece of work and wait, at most the working time: its own, or the one given here.

        Raises:
            ChildLostError: It died, hung or answered nonsense; it was killed.
        """
        self.asked += 1
        seconds = self._settings.work_seconds if work_seconds is None else work_seconds
        deadline = time.monotonic() + seconds
        try:
            request = {**head, "cpu_seconds": int(seconds) + 1}
            wire.send(self._channel, request, blobs, deadline=deadline)
            return wire.receive(self._channel, deadline=deadline)
        except wire.DeadlineError as error:
            self.kill()
            raise ChildLostError(f"did not finish in {seconds:g} s", hung=True) from error
        except wire.WireError as error:
            self.kill()
            raise ChildLostError(self._last_words(), hung=False) from error

    def is_alive(self) -> bool:
        """Tell whether its process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id, which is its process group's id as well."""
        return self._process.pid

    def kill(self) -> None:
        """End it and everything it started, and remove its folder. Safe to repeat."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        self._channel.close()
        self._workspace.remove()

    def _start(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "service.render.child", self._settings.kind, str(theirs.fileno())]
        readable = (self._settings.fontconfig.parent, *self._settings.readable)
        return subprocess.Popen(
            [*command, str(self._settings.memory_bytes), str(self._workspace.path), *map(str, readable)],
            # The lock is only held, so that nobody takes the folder for a dead child's.
            pass_fds=(theirs.fileno(), self._workspace.lock.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._workspace.path,
            env=self._environment(),
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        """Nothing is inherited: no proxy, no key, no home with somebody's fonts or profile."""
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "TZ": "Asia/Shanghai",
            "HOME": str(self._workspace.path),
            "TMPDIR": str(self._workspace.path),
            "PYTHONPATH": _PACKAGE_ROOT,
            "PYTHONDONTWRITEBYTECODE": "1",
            "FONTCONFIG_FILE": str(self._settings.fontconfig),
            "SAL_USE_VCLPLUGIN": "svp",
        }

    def _wait_until_ready(self) -> None:
        try:
            head, _ = wire.receive(self._channel, deadline=time.monotonic() + START_SECONDS)
        except (wire.WireError, wire.DeadlineError) as error:
            self.kill()
            reason = f"the {self._settings.kind} renderer did not start: {self._last_words()}"
            raise StoreError(reason, code="renderer_unavailable") from error
        if not head.get("ready"):
            self.kill()
            reason = f"the {self._settings.kind} renderer did not start: {head.get('message')}"
            raise StoreError(reason, code="renderer_unavailable")
        self.missing = FENCES.difference(map(str, head.get("fences", ())))

    def _last_words(self) -> str:
        code = self._process.poll()
        if code is not None and code < 0:
            return f"was ended by signal {signal.Signals(-code).name}"
        return f"ended with status {code}"
