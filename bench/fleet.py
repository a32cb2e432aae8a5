"""A fleet: appends by one client and by eight at once, each a process of its own, on PostgreSQL with fsync."""

import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.machine import Row
from service.ledger import Draft, Ledger
from service.records.engine import reading
from service.settings import Settings
from service.wiring.foundation import clock, open_offline

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service"))

from postgres import postgres_server
from sqlalchemy import text

CLIENTS, SECONDS, ROUNDS = 8, 5.0, 3
ENTRIES = 20
"""Of one matter, then the next is opened: a notice's whole story has about as many."""


def measure_fleet() -> list[Row]:
    """Measure appends a second by one client and by eight, and see that no chain has a gap."""
    with tempfile.TemporaryDirectory() as folder, postgres_server(durable=True) as server:
        url, data = server.database(), Path(folder) / "data"
        tenant_id = _tenant(url, data)
        alone, together = [], []
        for _ in range(ROUNDS):
            alone.append(_appended(url, data, tenant_id, clients=1))
            together.append(_appended(url, data, tenant_id, clients=CLIENTS))
        _check(url, data)
    (one, idle), (many, busy) = max(alone), max(together)
    return [
        Row(
            what=f"appends a second, {CLIENTS} clients (each a process, own matters), PostgreSQL with fsync, no gap",
            result=f"{many:.0f}/s, the machine's processors {busy:.0%} busy",
            beside=f"one client {one:.0f}/s, {idle:.0%} busy: {many / one:.1f} times (goal 3)",
        )
    ]


def client(url: str, data: Path, tenant_id: str) -> int:
    """Say that it is ready, wait for a line, then append for SECONDS; gives how many."""
    with open_offline(Settings(data=data, database_url=url)) as offline:
        ledger = Ledger(
            offline.engine, offline.objects, clock=clock, origin=offline.settings.origin,
            random_bytes=secrets.token_bytes,
        )  # fmt: skip
        drafts = _drafts(tenant_id)
        for _ in range(ENTRIES):
            ledger.append(next(drafts))
        print("ready", flush=True)
        sys.stdin.readline()
        count, until = 0, time.monotonic() + SECONDS
        while time.monotonic() < until:
            ledger.append(next(drafts))
            count += 1
    return count


def _drafts(tenant_id: str) -> Iterator[Draft]:
    facts = {"on": "2026-01-01", "text": "第一次联系"}
    while True:
        matter = f"m_{secrets.token_hex(8)}"
        yield Draft(tenant_id=tenant_id, matter_id=matter, kind="matter.opened", facts=_opened(matter))
        for _ in range(ENTRIES - 1):
            yield Draft(tenant_id=tenant_id, matter_id=matter, kind="contact.made", facts=facts)


def _tenant(url: str, data: Path) -> str:
    with open_offline(Settings(data=data, database_url=url)) as offline:
        return offline.access.create_tenant(code="BENCH", name="样例").id


def _appended(url: str, data: Path, tenant_id: str, *, clients: int) -> tuple[float, float]:
    """Give appends a second, and the share of all processors' time that was used meanwhile."""
    command = [sys.executable, "-m", "bench.fleet", url, str(data), tenant_id]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(clients)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    before = _processors()
    count = sum(int(done) for done in [process.communicate()[0] for process in _told(processes)])
    spent, idle = (end - start for start, end in zip(before, _processors(), strict=True))
    return count / SECONDS, 1 - idle / spent


def _processors() -> tuple[int, int]:
    """Give the ticks of all processors since the start of the machine, and of these the idle ones, disk or not."""
    ticks = [int(part) for part in Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()[1:9]]
    return sum(ticks), ticks[3] + ticks[4]


def _told(processes: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Let all begin at once, before anybody is waited for."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


def _check(url: str, data: Path) -> None:
    with open_offline(Settings(data=data, database_url=url)) as offline, reading(offline.engine) as conn:
        query = text("SELECT count(*), max(seq), count(DISTINCT seq) FROM entries GROUP BY matter_id")
        gaps = [row for row in conn.execute(query) if not row[0] == row[1] == row[2]]
    if gaps:
        raise AssertionError(f"a chain has a gap: {gaps}")


def _opened(matter: str) -> dict[str, object]:
    parties = [
        {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行"},
        {"party": "p2", "role": "debtor", "kind": "person", "name": "张三"},
    ]
    return {"matter": matter, "claim": {"kind": "loan"}, "parties": parties}


if __name__ == "__main__":
    print(client(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
