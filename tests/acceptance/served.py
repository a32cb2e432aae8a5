"""The service as its operator runs it: `duly serve` in a process of its own, which can be killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """One installation in a folder; `start` and `kill` as often as wanted."""

    def __init__(self, data: Path, *, arguments: tuple[str, ...] = (), **settings: str) -> None:
        self.data, self.settings, self.arguments = data, settings, arguments
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.records_url = settings.get("DULY_DATABASE_URL", f"sqlite:///{data / 'duly.sqlite'}")
        self.keys: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        mine = {
            "DULY_DATA": str(self.data), "DULY_CHECKPOINT_SECONDS": "0.2", "DULY_JOB_POLLING_SECONDS": "0.1",
            "DULY_RENDER_PROCESSES": "1",
        }  # fmt: skip
        return {**os.environ, **mine, **self.settings}

    def duly(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "service.cli", *arguments]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)

    def start(self) -> None:
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        command = [sys.executable, "-m", "service.cli", "serve", *self.arguments, "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment(), stdout=log, stderr=log, start_new_session=True)
        log.close()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log()
            try:
                if httpx.get(f"{self.address}/livez", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(f"not up in {START_SECONDS} s: {self.log()}")

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None

    def sql(self, statement: str) -> list[Any]:
        """Run a statement on the records, beside the service."""
        engine = create_engine(self.records_url, poolclass=NullPool)
        with engine.begin() as conn:
            done = conn.execute(text(statement))
            rows = [tuple(row) for row in done] if done.returns_rows else []
        engine.dispose()
        return rows

    def log(self) -> str:
        return (self.data.parent / f"{self.data.name}.log").read_text(errors="replace")[-4000:]

    def make_keys(self) -> None:
        made = self.duly("tenants", "create", "BANK", "某某银行")
        assert made.returncode == 0, made.stderr
        for role in ("case_system", "legal_staff", "auditor"):
            done = self.duly("keys", "create", "BANK", role)
            assert done.returncode == 0, done.stderr
            assert re.fullmatch(r"duly_[a-z]{2}_[A-Za-z0-9_-]{43}", done.stdout.strip())
            self.keys[role] = done.stdout.strip()

    def call(self, method: str, path: str, role: str, *, key: str = "", json: object = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys[role]}"} | ({"Idempotency-Key": key} if key else {})
        return httpx.request(method, f"{self.address}{path}", headers=headers, json=json, timeout=60)
