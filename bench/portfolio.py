"""A portfolio: the law over 100,000 matters, and the worklist of 1,000,000, page by page."""

import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import Engine

from bench.machine import Row, in_turn, middle
from evidence.law.facts import Acknowledgment, Claim, Event, Facts, Guarantee, Notice, Party, Proceeding
from evidence.law.timeline import reckon
from evidence.law.vocabulary import (
    AcknowledgmentKind,
    Channel,
    ClaimKind,
    Mode,
    Outcome,
    ProceedingKind,
    Proof,
    Role,
    Signer,
)  # fmt: skip
from service.ledger import Draft, Ledger
from service.limitation import Limitation
from service.records import tables, worklist
from service.records.engine import open_engine, reading, writing
from service.records.limitation import NEVER
from service.records.migrate import migrate
from service.records.worklist import Position
from service.records.worklist_conditions import Wanted
from service.settings import Settings
from service.wiring.foundation import clock, open_offline

SWEEP, EVENTS = 100_000, 10
MATTERS, BATCH = 1_000_000, 50_000
PAGE, DEEP = 50, 1000
ENTRIES, APPENDS, LOOKS = 60, 40, 2000
TODAY = date(2026, 11, 28)
AT = datetime(2026, 11, 28, tzinfo=UTC)
_PARTIES = (
    Party(party="p1", role=Role.CREDITOR),
    Party(party="p2", role=Role.DEBTOR, is_person=True),
    Party(party="p3", role=Role.GUARANTOR, guarantee=Guarantee(mode=Mode.JOINT, contract_on=date(2021, 3, 1))),
)
_DELIVERED = frozenset({Proof.POSTING_SLIP, Proof.ITEM_NAMED, Proof.TRACKING, Proof.NOTICE_COPY, Proof.RETURN_RECEIPT})


def measure_portfolio() -> list[Row]:
    """Measure the engine alone, what it adds to an append and to the daily look, and the worklist's pages."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            _sweep("debtor", _PARTIES[:2]),
            _sweep("debtor and guarantor", _PARTIES),
            *_with_records(Path(folder) / "data"),
            *_pages(Path(folder) / "portfolio.sqlite"),
        ]


def _sweep(who: str, parties: tuple[Party, ...]) -> Row:
    """Both tracks of every party, one matter after the other, nothing kept."""
    memory, began, spent = [_resident()], time.perf_counter(), 0.0
    for n in range(SWEEP):
        facts = _facts(n, parties)
        start = time.perf_counter()
        reckon(facts, as_of=TODAY)
        spent += time.perf_counter() - start
        if n in (SWEEP // 2, SWEEP - 1):
            memory.append(_resident())
    whole = SWEEP / (time.perf_counter() - began)
    resident = ", ".join(f"{megabytes:.0f}" for megabytes in memory)
    return Row(
        what=f"the law over {SWEEP:,} matters of {EVENTS} events, {who}, both tracks, one core",
        result=f"{SWEEP / spent:,.0f} matters/s",
        beside=f"resident at start, middle, end: {resident} MiB; making the facts too: {whole:,.0f} matters/s",
    )


def _facts(n: int, parties: tuple[Party, ...]) -> Facts:
    """A loan, eight demands by post in turn on its obligors, a part payment and a mediation."""
    obligors = [party.party for party in parties if party.role is not Role.CREDITOR]
    due = date(2021, 3, 1) + timedelta(days=n % 900)
    letters = (_letter(k, due + timedelta(days=90 + 120 * k), obligors) for k in range(EVENTS - 2))
    paid = Acknowledgment(
        id="e9", by="p2", on=due + timedelta(days=400), kind=AcknowledgmentKind.PART_PAYMENT,
        proofs=frozenset({Proof.BANK_RECORD}),
    )  # fmt: skip
    suit = Proceeding(
        id="e10", kind=ProceedingKind.MEDIATION, against=frozenset({"p2"}), filed_on=due + timedelta(days=700),
        ended_on=due + timedelta(days=760), proofs=frozenset({Proof.AUTHORITY_RECORD}),
    )  # fmt: skip
    events: tuple[Event, ...] = (*letters, paid, suit)
    return Facts(claim=Claim(kind=ClaimKind.LOAN, due_on=due, lender=True), parties=parties, events=events)


def _letter(k: int, posted: date, obligors: list[str]) -> Notice:
    return Notice(
        id=f"e{k + 1}", to=obligors[k % len(obligors)], channel=Channel.EMS, posted_on=posted, outcome=Outcome.SIGNED,
        outcome_on=posted + timedelta(days=3), signer=Signer.SELF, demands_payment=True, demands_guarantee=True,
        states_amount=True, proofs=_DELIVERED,
    )  # fmt: skip


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


class _Without(Limitation):
    """The append as it would be if nothing followed in law."""

    def follow(self, conn: Any, entry: Any) -> None:
        pass


def _with_records(data: Path) -> Iterator[Row]:
    with open_offline(Settings(data=data)) as offline:
        tenant = offline.access.create_tenant(code="BENCH", name="样例")
        common = {"clock": clock, "origin": offline.settings.origin, "random_bytes": secrets.token_bytes}
        with_law = Ledger(offline.engine, offline.objects, **common)
        without = Ledger(offline.engine, offline.objects, **common, limitation=_Without())
        for name in ("m_with", "m_without"):
            _fill_matter(without if name == "m_without" else with_law, tenant.id, name)
        yield _append(with_law, without, tenant.id)
        yield _look(offline.engine, with_law, tenant.id)


def _append(with_law: Ledger, without: Ledger, tenant_id: str) -> Row:
    facts = {"on": "2026-11-02", "party": "p2", "channel": "phone", "said": "请求宽限", "by": "李四"}

    def append(ledger: Ledger, matter_id: str) -> None:
        ledger.append(Draft(tenant_id=tenant_id, matter_id=matter_id, kind="contact.made", facts=facts))

    more, less = in_turn(APPENDS, lambda: append(with_law, "m_with"), lambda: append(without, "m_without"))
    added = statistics.median(more) - statistics.median(less)
    return Row(
        what=f"one append to a matter of {ENTRIES} to {ENTRIES + APPENDS} entries, the law run over all of them",
        result=middle(more),
        beside=f"the same append without the law: {middle(less)}; added: {added:.1f} ms",
    )


def _look(engine: Engine, ledger: Ledger, tenant_id: str) -> Row:
    for n in range(LOOKS):
        _open(ledger, tenant_id, f"m_{n}")
    with writing(engine) as conn:
        conn.execute(text("UPDATE reckonings SET look_on = '1970-01-01'"))
    law, start = Limitation(), time.perf_counter()
    while law.look(engine, clock):
        pass
    return Row(
        what="the daily look: matters read, reckoned and written again in pages of 100 (SQLite, synchronous=FULL)",
        result=f"{LOOKS / (time.perf_counter() - start):,.0f} matters/s",
    )


def _open(ledger: Ledger, tenant_id: str, name: str) -> None:
    parties = [
        {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行"},
        {"party": "p2", "role": "debtor", "kind": "person", "name": "张三"},
    ]
    claim = {"kind": "loan", "contract_no": "示例", "due_on": "2024-03-11"}
    facts = {"matter": name, "claim": claim, "parties": parties}
    ledger.append(Draft(tenant_id=tenant_id, matter_id=name, kind="matter.opened", facts=facts))


def _fill_matter(ledger: Ledger, tenant_id: str, name: str) -> None:
    _open(ledger, tenant_id, name)
    for n in range(1, ENTRIES):
        payment = {"on": f"2025-{1 + n % 12:02d}-01", "party": "p2", "amount": "1.00", "currency": "CNY"}
        ledger.append(Draft(tenant_id=tenant_id, matter_id=name, kind="payment.received", facts=payment))


def _pages(path: Path) -> Iterator[Row]:
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    _fill(engine)
    wanted = Wanted(tenant_id="t_1", today=TODAY)
    deep = _walked_to(engine, wanted, DEEP)

    def page(after: Position | None, **more: Any) -> int:
        with reading(engine) as conn:
            return len(worklist.page(conn, replace(wanted, **more), after=after, limit=PAGE + 1))

    def by_offset() -> None:
        with reading(engine) as conn:
            statement = worklist.query(wanted, after=None, limit=PAGE + 1)
            conn.execute(statement.offset((DEEP - 1) * PAGE)).all()

    first, later, offset, rare, common = in_turn(
        5,
        lambda: page(None),
        lambda: page(deep),
        by_offset,
        lambda: page(None, party="样本77777"),
        lambda: page(None, party="样本7"),
    )

    def by_walk() -> None:
        with reading(engine) as conn:
            conn.execute(worklist.query(replace(wanted, party="样本77777"), after=None, limit=PAGE + 1)).all()

    (walk,) = in_turn(3, by_walk)
    with writing(engine) as conn:
        conn.execute(text("DROP INDEX ix_limitation_by_conservative"))
    (bare,) = in_turn(3, lambda: page(None))
    yield Row(
        what=f"worklist of {MATTERS:,} matters, first page of {PAGE} (SQLite)",
        result=middle(first),
        beside=f"without the index: {middle(bare)}, {_times(bare, first)}",
    )
    yield Row(
        what=f"worklist of {MATTERS:,} matters, page {DEEP} by cursor",
        result=middle(later),
        beside=f"by OFFSET along the index: {middle(offset)}, {_times(offset, later)}",
    )
    yield Row(
        what="worklist searched for part of a name that 11 parties have (and one that half of all have)",
        result=f"{middle(rare)} ({middle(common)})",
        beside=f"by the walk alone, which would meet it seldom: {middle(walk)}",
    )
    engine.dispose()


def _times(slow: list[float], fast: list[float]) -> str:
    return f"{statistics.median(slow) / statistics.median(fast):,.0f} times as long"


def _walked_to(engine: Engine, wanted: Wanted, number: int) -> Position:
    """Give where a page begins, as a caller that reads from the first page on gets there."""
    after: Position | None = None
    for _ in range(number - 1):
        with reading(engine) as conn:
            rows = worklist.page(conn, wanted, after=after, limit=PAGE)
        after = worklist.position(rows[-1], track=wanted.track)
    if after is None:
        raise RuntimeError("there is no page before the first")
    return after


def _fill(engine: Engine) -> None:
    tenant = {"id": "t_1", "code": "BENCH", "name": "样例", "mac_key": b"", "mac_key_digest": b"", "created_at": AT}
    with writing(engine) as conn:
        conn.execute(insert(tables.tenants).values(tenant))
    for start in range(0, MATTERS, BATCH):
        with writing(engine) as conn:
            conn.execute(insert(tables.matters), [_matter_row(n) for n in range(start, start + BATCH)])
            conn.execute(insert(tables.limitation), [_clock_row(n) for n in range(start, start + BATCH)])
    with reading(engine) as conn:
        count = conn.execute(select(func.count()).select_from(tables.limitation)).scalar_one()
    if count != MATTERS:
        raise RuntimeError("rows are missing")


def _matter_row(n: int) -> dict[str, Any]:
    names = {"reference": f"R-{n}", "contract_no": f"借-{n}", "creditor_name": "某某银行", "debtor_name": f"样本{n}"}
    head = {"head_seq": 1, "head_leaf": bytes(32), "head_at": AT, "head_kind": "matter.opened"}
    return {"id": _name(n), "tenant_id": "t_1", "opened_at": AT, **names, **head}


def _name(n: int) -> str:
    return f"m_{n * 7919 % 1_000_003:07d}"


def _clock_row(n: int) -> dict[str, Any]:
    """Last days over nine years, two of three still to come; every hundredth matter without a day."""
    day = NEVER if n % 100 == 7 else date(2023, 11, 28) + timedelta(days=n * 31 % 3285)
    over = day < TODAY
    state = {"best_state": "expired" if over else "running", "conservative_state": "expired" if over else "running"}
    period = {"best_period": "limitation", "conservative_period": "limitation"}
    return {
        "tenant_id": "t_1", "matter_id": _name(n), "party": "p2", "item": "", "role": "debtor", "reason": "",
        "party_name": f"样本{n}", "best_on": day, "conservative_on": day, "alarm_on": day, **state, **period,
        "standing": "ended" if over else "open", "listed": day >= TODAY - timedelta(days=30), "revision": 0,
        "changed_at": AT,
    }  # fmt: skip
