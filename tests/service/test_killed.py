"""A real process, killed at moments that nobody chose: the retry with the same key gives exactly one notice."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from append_forever import Installation, clock
from sqlalchemy import text
from world import ORIGIN, World, opened

from evidence.entry import body_from_bytes
from service.access import Access
from service.adapters.directory import DirectoryStore
from service.fsck import fsck
from service.ledger import Draft
from service.logkeys import load_log_keys
from service.records.engine import open_engine, reading
from service.records.migrate import migrate

REPOSITORY = Path(__file__).parents[2]


def prepared(folder: Path) -> str:
    """A new installation on a real directory, with one matter; the tenant's id."""
    World(folder).close()  # for the keys
    (folder / "records.sqlite").unlink()
    engine = open_engine(f"sqlite:///{folder / 'records.sqlite'}")
    migrate(engine)
    tenant = Access(engine, clock=clock, random_bytes=os.urandom).create_tenant(code="DEMO", name="某某银行")
    engine.dispose()
    installation = Installation(folder, tenant.id)
    installation.sequencer.inception()
    installation.ledger.append(Draft(tenant_id=tenant.id, matter_id="m_1", kind="matter.opened", facts=opened("m_1")))
    installation.owner.close()
    installation.engine.dispose()
    return tenant.id


def run_and_kill(folder: Path, tenant_id: str, *, first: int, seconds: float) -> list[tuple[int, str]]:
    """Let it work for a while, then end it without a word; the answers that it gave."""
    command = [sys.executable, str(Path(__file__).with_name("append_forever.py")), str(folder), tenant_id, str(first)]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()
        lines = [line.split() for line in process.stdout.read().split("\n")[:-1]]
    return [(int(n), leaf) for n, leaf in lines]


def check(folder: Path) -> None:
    engine = open_engine(f"sqlite:///{folder / 'records.sqlite'}")
    keys = load_log_keys(folder / "keys", origin=ORIGIN).verifier_keys
    found = fsck(engine, DirectoryStore(folder / "objects"), origin=ORIGIN, log_keys=keys)
    assert [str(problem) for problem in found if problem.is_error] == []
    engine.dispose()


@pytest.mark.slow
def test_killed_at_any_moment_every_request_is_done_once(tmp_path: Path) -> None:
    tenant_id = prepared(tmp_path)
    chance, answered, first = random.Random(7), {}, 1
    for _ in range(8):
        for n, leaf in run_and_kill(tmp_path, tenant_id, first=first, seconds=chance.uniform(0.05, 0.6)):
            assert answered.setdefault(n, leaf) == leaf
        check(tmp_path)
        # The caller repeats the last request that was answered, and the one whose answer never came.
        first = max(answered, default=1)
    installation = Installation(tmp_path, tenant_id)
    installation.settle()
    last = max(answered) + 1
    answered[last] = installation.issue(last)
    installation.sequencer.catch_up()
    issued = [
        (body_from_bytes(row.body)["request"], row.leaf_hash.hex())
        for row in installation.ledger.entries(tenant_id=tenant_id, matter_id="m_1", limit=10**6)
        if row.kind == "notice.issued"
    ]
    assert sorted(issued) == sorted(answered.items())
    with reading(installation.engine) as conn:
        left = conn.execute(text("SELECT count(*) FROM notice_numbers WHERE state = 'reserved'")).scalar()
        n, highest = conn.execute(text("SELECT count(*), max(n) FROM notice_numbers")).one()
    assert left == 0
    assert n == highest >= len(issued)
    installation.owner.close()
    installation.engine.dispose()
    check(tmp_path)


@pytest.mark.slow
def test_several_processes_at_once_leave_one_chain(tmp_path: Path) -> None:
    tenant_id = prepared(tmp_path)
    script = str(Path(__file__).with_name("append_forever.py"))
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    processes = [
        subprocess.Popen(
            [sys.executable, script, str(tmp_path), tenant_id, str(1000 * k)], stdout=subprocess.PIPE, env=environment
        )
        for k in range(1, 4)
    ]
    time.sleep(3)
    answers = 0
    for process in processes:
        process.kill()
        answers += len(process.communicate()[0].splitlines()) - 1
    assert answers > 10
    check(tmp_path)
