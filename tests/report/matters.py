"""Matters told for the pages on limitation: one for each thing that a judge may have to find there."""

from datetime import date, timedelta
from typing import Any

from .samples import CLAIM, JPEG, PARTIES, PDF, Telling, named

DEBTOR = PARTIES[:2]
MONTHLY = [f"{2021 + number // 12}-{number % 12 + 1:02d}-28" for number in range(36)]


def told(claim: dict[str, Any] | None = None, parties: list[dict[str, Any]] | None = None, at: str = "") -> Telling:
    return Telling().open(
        at or "2019-01-05T09:00:00+08:00", claim={**CLAIM, **(claim or {})}, parties=parties or DEBTOR
    )


def demanded(story: Telling, number: int, on: date, *, party: str = "p2", good: bool = True) -> str:
    """A letter by EMS: posted three days before it arrived, with slip, named contents, tracking and receipt or not."""
    posted = (on - timedelta(days=3)).isoformat()
    guarantor = party == "p3"
    template = "guarantor-demand" if guarantor else "loan-demand"
    name = "李四" if guarantor else "张三"
    letter = story.notice(number, party, name, f"{posted}T09:00:00+08:00", template=template)
    item = "《保证人履行保证责任通知书》要求承担保证责任" if guarantor else "《逾期贷款催收通知书》要求还本付息"
    more = {"item_description": item} if good else {}
    sent = story.posted(
        letter, f"{posted}T15:00:00+08:00", **more, files=[named(f"存根{number}.jpg", "posting_slip", JPEG)]
    )
    proof = {"files": [named(f"回执{number}.jpg", "receipt_image", JPEG)]} if good else {}
    story.tell("receipt.recorded", f"{on}T17:00:00+08:00", receipt=f"r_{number}", dispatch=sent, outcome="delivered",
               signed_by=name, relation="self", delivered_at=f"{on}T02:00:00Z", **proof)  # fmt: skip
    return letter


def paid(story: Telling, on: date, *, good: bool = True) -> None:
    proof = {"files": [named(f"回单{on}.pdf", "payment_slip", PDF)]} if good else {}
    story.tell("payment.received", f"{on}T17:00:00+08:00", party="p2", on=on.isoformat(), amount="5000.00",
               currency="CNY", payer_name="张三", **proof)  # fmt: skip


def one_interruption() -> Telling:
    story = told({"due_on": "2024-06-30"})
    demanded(story, 1, date(2025, 5, 9))
    return story


def guarantor_kept() -> Telling:
    parties = [*DEBTOR, {**PARTIES[2], "guarantee": {"mode": "joint", "contract_no": "示例保字第2023-0001号",
               "contract_on": "2023-11-20"}}]  # fmt: skip
    story = told({"due_on": "2025-04-20"}, parties)
    demanded(story, 1, date(2025, 5, 9))
    demanded(story, 2, date(2025, 8, 11), party="p3")
    demanded(story, 3, date(2026, 6, 1))
    demanded(story, 4, date(2026, 7, 1), party="p3")
    return story


def guarantor_lost() -> Telling:
    """General: letters to the guarantor do nothing, and nobody sued the debtor."""
    parties = [*DEBTOR, {**PARTIES[2], "guarantee": {"mode": "general", "contract_on": "2023-11-20"}}]
    story = told({"due_on": "2025-04-20"}, parties)
    demanded(story, 1, date(2025, 5, 9))
    demanded(story, 2, date(2025, 6, 11), party="p3")
    return story


def twenty_years(count: int = 60, *, first: date = date(2007, 9, 10), last: date = date(2026, 9, 9)) -> Telling:
    """So many facts evenly over the years: good letters, poor ones, payments."""
    story = told({"due_on": "2007-06-30", "contract_on": "2006-06-30"}, at="2007-07-01T09:00:00+08:00")
    step = (last - first) / max(1, count - 1)
    for number in range(count):
        on = first + step * number
        if number % 4 == 2:
            paid(story, on, good=number % 8 == 2)
        else:
            demanded(story, number + 1, on, good=number % 4 != 3)
    return story


def expired() -> Telling:
    story = told({"due_on": "2019-06-30", "contract_on": "2018-06-30"})
    demanded(story, 1, date(2020, 3, 2))
    demanded(story, 2, date(2024, 5, 6))
    return story


def revived() -> Telling:
    story = told({"due_on": "2019-06-30", "contract_on": "2018-06-30"})
    demanded(story, 1, date(2020, 3, 2))
    story.tell("plan.agreed", "2024-05-06T09:00:00+08:00", party="p2", on="2024-05-06",
               instalments=[{"due_on": "2025-06-30", "amount": "100000.00"}], currency="CNY",
               files=[named("协议.pdf", "agreement", PDF)])  # fmt: skip
    return story


def undetermined() -> Telling:
    claim = {key: value for key, value in CLAIM.items() if key != "due_on"}
    story = Telling().open("2019-01-05T09:00:00+08:00", claim=claim, parties=PARTIES)
    demanded(story, 1, date(2025, 5, 9))
    return story


def contested() -> Telling:
    """A suit that was withdrawn before it was served, an SMS without an amount, a promise by telephone."""
    story = told({"due_on": "2022-03-31", "contract_on": "2021-03-31"})
    demanded(story, 1, date(2023, 4, 3))
    story.tell("suit.filed", "2024-02-01T09:00:00+08:00", on="2024-02-01", against=["p2"],
                       court="示例市示例区人民法院", case_no="（2024）示例0101民初1号",
                       files=[named("受理通知书.pdf", "court_document", PDF)])  # fmt: skip
    story.tell("suit.withdrawn", "2024-03-01T09:00:00+08:00", on="2024-03-01",
               court="示例市示例区人民法院", case_no="（2024）示例0101民初1号",
               files=[named("裁定书.pdf", "court_document", PDF)])  # fmt: skip
    story.tell("promise.made", "2025-07-02T09:00:00+08:00", party="p2", on="2025-07-02", due_on="2025-12-31",
               channel="phone", text="电话中表示年底前还清")  # fmt: skip
    return story


def suspended() -> Telling:
    story = told({"due_on": "2023-01-31", "contract_on": "2022-01-31"})
    story.tell("suspension.started", "2025-10-01T09:00:00+08:00", on="2025-09-20", cause="force_majeure",
               files=[named("公告.pdf", "cause_record", PDF)])  # fmt: skip
    story.tell("suspension.ended", "2026-02-01T09:00:00+08:00", on="2026-01-20", cause="force_majeure",
               files=[named("公告二.pdf", "cause_record", PDF)])  # fmt: skip
    return story


def monthly_fees(count: int = 36) -> Telling:
    claim = {"kind": "periodic_fee", "contract_no": "示例物业第1号", "contract_on": "2020-12-20",
             "instalments": [{"due_on": due} for due in MONTHLY[:count]]}  # fmt: skip
    story = Telling().open("2021-01-05T09:00:00+08:00", claim=claim, parties=DEBTOR)
    demanded(story, 1, date(2023, 3, 6))
    demanded(story, 2, date(2025, 3, 3))
    return story


def contradictory() -> Telling:
    """A claim that was due before it came into being, and that was not corrected."""
    story = told({"due_on": "2022-06-30"})
    demanded(story, 1, date(2025, 5, 9))
    return story


def proceeding_open() -> Telling:
    story = told({"due_on": "2024-06-30"})
    story.tell("suit.filed", "2025-02-01T09:00:00+08:00", on="2025-02-01", against=["p2"],
               court="示例市示例区人民法院", case_no="（2025）示例0101民初1号",
               files=[named("受理通知书.pdf", "court_document", PDF)])  # fmt: skip
    return story
