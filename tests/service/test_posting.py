"""Waybill numbers of a returned sheet: recorded once for each notice, whatever is sent again or at the same time."""

import threading
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from faults import SeededBytes
from world import World

from evidence.entry import body_from_bytes
from service.errors import FieldError, StoreError
from service.mailing.item import MailItem
from service.mailing.layout import load_layout
from service.mailing.returned import ReturnedLine
from service.matters import Matters
from service.posting import Posted, Posting
from service.recording import Recording
from service.records import notices
from service.records.engine import reading

LAYOUT = load_layout()
NUMBERS = ("1136281381675", "1136281381676", "EA123456785CN")


class Desk:
    """Three issued notices, and the use case over them."""

    def __init__(self, world: World) -> None:
        self.world, self.clerks = world, count()
        world.open_matter()
        world.open_matter("m_2")
        for number, matter in ((1, "m_1"), (2, "m_1"), (3, "m_2")):
            no = world.reserve(f"n_{number}", matter_id=matter)
            world.append("notice.issued", world.notice_facts(f"n_{number}", no), matter_id=matter)
        world.clock.move(hours=30)
        self.letters = {one.notice_no: one for one in map(letter, (1, 2, 3))}
        self.posting = self.another()

    def another(self) -> Posting:
        world = self.world
        random = SeededBytes(f"posting-{next(self.clerks)}")
        parts: dict[str, Any] = {"engine": world.engine, "ledger": world.ledger, "random_bytes": random}
        recording = Recording(**parts, matters=Matters(**parts), clock=world.clock)
        return Posting(engine=world.engine, recording=recording)

    def send(self, *lines: ReturnedLine, posting: Posting | None = None, **more: Any) -> Posted:
        given = {"posted_at": self.world.clock() - timedelta(hours=1)} | more
        return (posting or self.posting).record(
            lines, tenant_id=self.world.tenant.id, letters=self.letters, layout=LAYOUT, **given
        )

    def waybills(self, number: int) -> list[str | None]:
        with reading(self.world.engine) as conn:
            rows = notices.dispatches_of_notice(conn, tenant_id=self.world.tenant.id, notice_id=f"n_{number}")
        return [row.waybill_no for row in rows]

    def last_facts(self, matter: str = "m_1") -> dict[str, Any]:
        entries = self.world.ledger.entries(tenant_id=self.world.tenant.id, matter_id=matter)
        return dict(body_from_bytes(entries[-1].body))


def letter(number: int) -> MailItem:
    return MailItem(
        row=number + 1,
        notice_id=f"n_{number}",
        notice_no=f"DEMO-2026-{number:06d}",
        title_zh="逾期贷款催收通知书",
        item_description="《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息",
        to_name="张三",
        address="示例省示例市示例区样本路1号",
        pages=2,
        pdf_sha256=bytes(32),
        pdf_size=1,
        pdf_key="k",
    )


def line(number: int, waybill_no: str, **more: Any) -> ReturnedLine:
    return ReturnedLine(row=number + 1, notice_no=f"DEMO-2026-{number:06d}", waybill_no=waybill_no, **more)


def codes(posted: Posted) -> list[tuple[int, str]]:
    return [(one.row, one.errors[0].code) for one in posted.refused]


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_each_notice_gets_its_number_and_the_same_sheet_again_changes_nothing(desk: Desk) -> None:
    sheet = [line(number, waybill) for number, waybill in enumerate(NUMBERS, start=1)]
    assert desk.send(*sheet) == Posted(recorded=3, already_there=0, refused=())
    assert desk.send(*sheet) == Posted(recorded=0, already_there=3, refused=())
    assert [desk.waybills(number) for number in (1, 2, 3)] == [[waybill] for waybill in NUMBERS]


def test_the_entry_says_what_the_label_says(desk: Desk) -> None:
    desk.send(line(3, NUMBERS[2], posted_at=desk.world.clock() - timedelta(minutes=5)))
    facts = desk.last_facts("m_2")
    assert (
        facts["item_description"] == "《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息（编号DEMO-2026-000003）"
    )
    assert facts["carrier"] == "ems"
    assert facts["recipient"] == "张三"
    assert facts["address"] == "示例省示例市示例区样本路1号"
    assert datetime.fromisoformat(facts["posted_at"]) == desk.world.clock() - timedelta(minutes=5)


def test_a_bad_line_stops_no_other(desk: Desk) -> None:
    fault = FieldError(pointer="/waybill_no", code="waybill.form", message_zh="错", message_en="wrong")
    posted = desk.send(
        line(1, "", errors=(fault,)),
        line(9, NUMBERS[1]),
        line(2, NUMBERS[1]),
        line(3, NUMBERS[2], posted_at=desk.world.clock() + timedelta(days=2)),
    )
    assert posted.recorded == 1
    assert codes(posted) == [(2, "waybill.form"), (10, "notice_no.unknown"), (4, "in_the_future")]
    assert desk.waybills(2) == [NUMBERS[1]]
    assert desk.waybills(3) == []


def test_another_number_for_a_notice_and_a_used_number_are_refused_by_name(desk: Desk) -> None:
    desk.send(line(1, NUMBERS[0]))
    posted = desk.send(line(1, NUMBERS[1]), line(2, NUMBERS[0]))
    assert codes(posted) == [(2, "waybill.other"), (3, "waybill.used")]
    assert NUMBERS[0] in posted.refused[0].errors[0].message_zh
    assert desk.waybills(1) == [NUMBERS[0]]
    assert desk.waybills(2) == []


def test_the_time_is_the_sheets_or_the_callers_and_never_made_up(desk: Desk) -> None:
    assert codes(desk.send(line(1, NUMBERS[0]), posted_at=None)) == [(2, "posted_at.missing")]
    with reading(desk.world.engine) as conn:
        issued_at = notices.notice(conn, tenant_id=desk.world.tenant.id, notice_id="n_1").created_at
    day = date.fromisoformat((issued_at + timedelta(hours=8)).date().isoformat())
    desk.send(line(1, NUMBERS[0], posted_on=day), posted_at=None)
    assert datetime.fromisoformat(desk.last_facts()["posted_at"]) == issued_at.replace(microsecond=0)
    desk.send(line(2, NUMBERS[1], posted_on=day + timedelta(days=1)), posted_at=None)
    expected = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=16)
    assert datetime.fromisoformat(desk.last_facts()["posted_at"]) == expected
    assert codes(desk.send(line(3, NUMBERS[2], posted_on=day - timedelta(days=1)))) == [(4, "dates_out_of_order")]


def test_a_voided_notice_is_refused_and_the_rest_goes_on(desk: Desk) -> None:
    void = {"notice": "n_1", "notice_no": "DEMO-2026-000001", "reason": "字段有误"}
    desk.world.append("notice.voided", void)
    posted = desk.send(line(1, NUMBERS[0]), line(2, NUMBERS[1]))
    assert codes(posted) == [(2, "notice_voided")]
    assert posted.recorded == 1


def test_two_clerks_with_the_same_sheet_record_it_once(either: World) -> None:
    desk = Desk(either)
    sheet = [line(number, waybill) for number, waybill in enumerate(NUMBERS, start=1)]
    done: list[Posted] = []
    start = threading.Barrier(4)

    def clerk() -> None:
        posting = desk.another()
        start.wait()
        done.append(desk.send(*sheet, posting=posting))

    clerks = [threading.Thread(target=clerk) for _ in range(4)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()
    assert len(done) == 4
    assert sum(posted.recorded for posted in done) == 3
    assert sum(posted.already_there for posted in done) == 9
    assert all(posted.refused == () for posted in done)
    assert [desk.waybills(number) for number in (1, 2, 3)] == [[waybill] for waybill in NUMBERS]


def test_a_store_that_is_away_is_told_and_the_sheet_may_be_sent_again(world: World) -> None:
    desk = Desk(world)
    sheet = [line(number, waybill) for number, waybill in enumerate(NUMBERS, start=1)]
    desk.send(sheet[0])
    put, world.objects.put = world.objects.put, fails
    with pytest.raises(StoreError):
        desk.send(*sheet)
    world.objects.put = put
    assert desk.send(*sheet) == Posted(recorded=2, already_there=1, refused=())


def fails(*_told: Any, **_more: Any) -> None:
    raise StoreError("the store is away")
