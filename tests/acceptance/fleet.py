"""A fleet as an operator has it: services that only answer, workers that only work, PostgreSQL and S3 between them."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Protocol, Self

from served import Served
from small_letter import small_letters

START_SECONDS = 120


class Worker:
    """One `duly worker`, which can be killed, stopped where it stands, and started again."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        self._data = data
        self._environment = {**os.environ, **settings, "DULY_DATA": str(data)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = self._log.open("ab")
        self._from = log.tell()
        command = [sys.executable, "-m", "service.cli", "worker"]
        self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, start_new_session=True)
        log.close()

    def wait_until_working(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while "后台进程已启动" not in self._log.read_bytes()[self._from :].decode(errors="replace"):
            assert time.monotonic() < deadline, self.log()
            assert self._process is not None
            assert self._process.poll() is None, self.log()
            time.sleep(0.2)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(timeout=20)

    def stop_for(self, seconds: float) -> None:
        """Stop it where it stands, as a machine that is out of memory or breath does, and let it go on."""
        self._signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._signal(signal.SIGCONT)

    def end(self) -> int:
        """Ask it to end; gives its exit status."""
        self._signal(signal.SIGTERM)
        assert self._process is not None
        return self._process.wait(timeout=60)

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _signal(self, number: int) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            os.kill(self._process.pid, number)

    @property
    def _log(self) -> Path:
        return self._data.with_name(f"{self._data.name}.log")


class S3Address(Protocol):
    address: dict[str, str]


class Fleet:
    """Two services and some workers, each with a data folder of its own; they share stores and keys."""

    def __init__(
        self, folder: Path, *, records_url: str, s3: S3Address, prefix: str, services: int, workers: int
    ) -> None:
        settings = {
            "DULY_DATABASE_URL": records_url,
            "DULY_KEYS": str(folder / "keys"),
            "DULY_OBJECTS": f"s3://duly-fleet/{prefix}",
            "DULY_S3_ENDPOINT": s3.address["S3_ENDPOINT"],
            "DULY_S3_ACCESS_KEY": s3.address["S3_ACCESS_KEY"],
            "DULY_S3_SECRET_KEY": s3.address["S3_SECRET_KEY"],
            "DULY_S3_CREATE_BUCKET": "true",
            "DULY_RETENTION_DAYS": "1",
            "DULY_CHECKPOINT_SECONDS": "0.5",
            "DULY_JOB_POLLING_SECONDS": "0.2",
            "DULY_RENDER_PROCESSES": "1",
            "DULY_TEMPLATES": str(small_letters(folder / "letters")),
        }
        self.services = [
            Served(folder / f"service-{n}", arguments=("--no-worker",), **settings) for n in range(services)
        ]
        self.workers = [Worker(folder / f"worker-{n}", settings) for n in range(workers)]

    def start(self) -> None:
        """Start the first service, which makes log and keys, then the rest at the same time."""
        first, *others = self.services
        first.start()
        first.make_keys()
        for worker in self.workers:
            worker.start()
        for other in others:
            other.keys = first.keys
            other.start()
        for worker in self.workers:
            worker.wait_until_working()

    def stop(self) -> None:
        for worker in self.workers:
            worker.end()
        for service in self.services:
            service.stop()

    def sql(self, statement: str) -> list[Any]:
        return self.services[0].sql(statement)


class Trouble:
    """Harms a worker every few seconds, by chance but the same each run, until it is told that it is enough."""

    def __init__(self, workers: list[Worker], *, seed: int) -> None:
        self._workers, self._random = workers, random.Random(seed)
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.killed = self.stopped = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while not self._enough.wait(self._random.uniform(5, 10)):
            worker = self._random.choice(self._workers)
            if self._random.random() < 0.6:
                worker.kill()
                self.killed += 1
                self._enough.wait(self._random.uniform(0, 2))
                worker.start()
            else:
                worker.stop_for(self._random.uniform(1, 5))
                self.stopped += 1
