"""A portfolio of many clocks, written as rows: the worklist's order and cost do not depend on how they came about."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Engine

from service.records import tables
from service.records.engine import writing
from service.records.limitation import NEVER

TODAY = date(2026, 11, 28)
START = date(2018, 1, 1)
AT = datetime(2026, 11, 28, tzinfo=UTC)
SURNAMES = "王李张刘陈杨赵黄周吴"
BATCH = 20_000


def fill(engine: Engine, *, tenant_id: str, matters: int) -> None:
    """Write matters with two clocks each: a debtor's and a guarantor's, some ended long ago, some closed."""
    for start in range(0, matters, BATCH):
        numbers = range(start, min(start + BATCH, matters))
        with writing(engine) as conn:
            conn.execute(insert(tables.matters), [matter_row(tenant_id, n) for n in numbers])
            conn.execute(insert(tables.limitation), [row for n in numbers for row in clock_rows(tenant_id, n)])
            conn.execute(insert(tables.reckonings), [reckoning_row(tenant_id, n) for n in numbers])


def matter_id(n: int) -> str:
    return f"m_{n * 7919 % 1_000_003:07d}"


def debtor(n: int) -> str:
    return f"{SURNAMES[n % 10]}样本{n % 5000}"


def matter_row(tenant_id: str, n: int) -> dict[str, Any]:
    head = {"head_seq": 1, "head_leaf": bytes(32), "head_at": AT, "head_kind": "matter.opened"}
    names = {"reference": f"R-{n}", "contract_no": f"借-{n}", "creditor_name": "某某银行", "debtor_name": debtor(n)}
    return {"id": matter_id(n), "tenant_id": tenant_id, "opened_at": AT, **names, **head}


def clock_rows(tenant_id: str, n: int) -> Iterator[Mapping[str, Any]]:
    for party, role, name in (("p2", "debtor", debtor(n)), ("p3", "guarantor", f"示例担保{n % 700}有限公司")):
        yield clock_row(tenant_id, n, party=party, role=role, name=name)


def clock_row(tenant_id: str, n: int, *, party: str, role: str, name: str) -> Mapping[str, Any]:
    """Last days spread over 12 years: about 3 of 4 rows are over; one of 50 has no day; one of 20 is closed."""
    day = NEVER if n % 50 == 7 else START + timedelta(days=n * 31 % 4380)
    best = NEVER if day == NEVER else day + timedelta(days=n % 3)
    ended, closed = best < TODAY, n % 20 == 3
    state = "undetermined" if day == NEVER else "expired" if day < TODAY else "running"
    return {
        "tenant_id": tenant_id, "matter_id": matter_id(n), "party": party, "item": "", "role": role,
        "party_name": name, "best_state": "expired" if ended else "undetermined" if day == NEVER else "running",
        "best_on": best, "best_period": "" if day == NEVER else "limitation", "conservative_state": state,
        "conservative_on": day, "conservative_period": "" if day == NEVER else "limitation", "alarm_on": day,
        "reason": "due_on" if day == NEVER else "", "standing": "closed" if closed else "ended" if ended else "open",
        "listed": not closed and best >= TODAY - timedelta(days=30), "revision": 0, "changed_at": AT,
    }  # fmt: skip


def reckoning_row(tenant_id: str, n: int) -> dict[str, Any]:
    versions = {"rule_version": "r", "calendar_version": "c", "alarm_days": "7"}
    days = {"computed_on": TODAY, "recompute_on": None, "look_on": TODAY + timedelta(days=1 + n % 400)}
    return {"tenant_id": tenant_id, "matter_id": matter_id(n), **days, **versions}
