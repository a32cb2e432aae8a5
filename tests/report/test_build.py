"""What a report says: everything that was recorded, the right days between, nothing hidden, nothing executed."""

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.canonical import from_json_bytes
from evidence.entry import named_files
from service.report import ReportSource, build_report

from .samples import CLAIM, JPEG, PARTIES, Telling, bank_story, named


def document(telling: Telling, **more: Any) -> dict[str, Any]:
    read = from_json_bytes(build_report(telling.source(**more)).json)
    assert isinstance(read, dict)
    return read


def chain(telling: Telling, party: str | None) -> dict[str, Any]:
    return next(one for one in document(telling)["chains"] if one["party"] == party)


def days(telling: Telling, party: str) -> list[int | None]:
    return [row["days_since_previous"] for row in chain(telling, party)["assertions"]]


def test_json_is_canonical_and_names_every_entry_and_every_file() -> None:
    story = bank_story()
    read = document(story)
    assert read["format"] == "duly.report/1"
    assert [entry["leaf_hash"] for entry in read["entries"]] == [entry.leaf_hash_hex for entry in story.entries]
    wanted = {(entry.seq, ref.sha256) for entry in story.entries for ref in named_files(entry.facts)}
    assert {(file["entry"], file["sha256"]) for file in read["files"]} == wanted
    listed = {(item["entry"], item["sha256"]) for group in read["evidence"]["groups"] for item in group["items"]}
    assert wanted <= listed


def test_html_shows_every_digest_and_path_and_no_salt() -> None:
    story = bank_story()
    page = build_report(story.source()).html
    for entry in story.entries:
        assert entry.leaf_hash_hex in page
        assert entry.body_sha256_hex in page
        assert all(path in page and digest in page for digest, path in entry.paths.items())
        assert entry.facts["salt"] not in page


def test_evidence_is_grouped_and_numbered_as_courts_want_it() -> None:
    groups = document(bank_story())["evidence"]["groups"]
    assert [group["title"] for group in groups] == [
        "债权成立", "到期", "历次主张（按日期）", "保证人主张", "送达", "履行与承认",
    ]  # fmt: skip
    items = [item for group in groups for item in group["items"]]
    assert [item["no"] for item in items] == list(range(1, len(items) + 1))
    by_name = {item["name"]: item for item in items}
    letter = by_name["《逾期贷款催收通知书》DEMO-2026-000001（定稿，PDF）"]
    assert (letter["original"], letter["copies"]) == ("电子原件", "1份/2页")
    slip = by_name["寄件存根（《逾期贷款催收通知书》DEMO-2026-000001）"]
    assert slip["original"] == "复制件（扫描）"
    assert "请另备原件核对" in slip["remark"]
    assert "内件品名“《逾期贷款催收通知书》" in slip["proves"]


def test_days_between_are_counted_as_by_hand() -> None:
    # Arrived 2026-05-09 (corrected from 05-10); returned without a day, posted 2026-09-02; sued 2026-10-12.
    assert days(bank_story(), "p2") == [None, 116, 40]
    # Refused 2026-05-11; sued 2026-10-12.
    assert days(bank_story(), "p3") == [None, 154]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2024-02-28T10:00:00+08:00", "2024-03-01T10:00:00+08:00", 2),  # a leap year
        ("2025-02-28T10:00:00+08:00", "2025-03-01T10:00:00+08:00", 1),
        ("2025-12-31T23:59:00+08:00", "2026-01-01T00:01:00+08:00", 1),
        ("2026-06-01T16:30:00+00:00", "2026-06-02T09:00:00+00:00", 0),  # both are 2 June in Beijing
        ("2023-05-06T10:00:00+08:00", "2026-05-06T10:00:00+08:00", 1096),
    ],
)
def test_days_are_those_of_beijing(first: str, second: str, expected: int) -> None:
    story = Telling().open(at="2023-01-01T09:00:00+08:00")
    for number, at in enumerate((first, second), start=1):
        story.posted(story.notice(number, "p2", "张三", at), at)
    assert days(story, "p2") == [None, expected]
    assert {row["counted_by"] for row in chain(story, "p2")["assertions"]} == {"posting"}


def test_an_assertion_without_a_day_neither_has_nor_ends_an_interval() -> None:
    story = Telling().open()
    story.posted(story.notice(1, "p2", "张三", "2026-05-06T10:00:00+08:00"), "2026-05-07T10:00:00+08:00")
    story.notice(2, "p2", "张三", "2026-05-10T10:00:00+08:00")
    story.posted(story.notice(3, "p2", "张三", "2026-05-20T10:00:00+08:00"), "2026-05-27T10:00:00+08:00")
    rows = chain(story, "p2")["assertions"]
    assert [row["days_since_previous"] for row in rows] == [None, None, 20]
    assert rows[1]["outcome"] == "未见交寄记录"


def test_arrival_comes_before_refusal_and_a_signed_slip_before_posting() -> None:
    story = Telling().open()
    letter = story.notice(1, "p2", "张三", "2026-05-06T10:00:00+08:00")
    sent = story.posted(letter, "2026-05-07T10:00:00+08:00")
    story.tell("receipt.recorded", dispatch=sent, outcome="refused", delivered_at="2026-05-08T02:00:00Z")
    story.tell("receipt.recorded", dispatch=sent, outcome="delivered", delivered_at="2026-05-12T02:00:00Z")
    by_hand = story.notice(2, "p3", "李四", "2026-05-06T10:00:00+08:00", template="guarantor-demand")
    story.posted(by_hand, "2026-05-07T10:00:00+08:00", carrier="hand")
    story.tell("scan.recorded", notice=by_hand, kind="signed_notice", signed_on="2026-05-09",
               files=[named("签收.jpg", "signed_notice", JPEG)])  # fmt: skip
    arrived, signed = chain(story, "p2")["assertions"][0], chain(story, "p3")["assertions"][0]
    assert (arrived["counted_on"], arrived["counted_by"]) == ("2026-05-12", "arrival")
    assert (signed["counted_on"], signed["counted_by"]) == ("2026-05-09", "signature")
    assert "拒收" in arrived["outcome"]
    assert "妥投" in arrived["outcome"]


def test_a_correction_stands_beside_what_it_corrects() -> None:
    report = build_report(bank_story().source())
    read = json.loads(report.json)
    corrected = read["entries"][6]
    assert "2026-05-10 10:10:00 妥投" in corrected["statement"]
    changed = "结果时间原记“2026-05-10 10:10:00”，更正为“2026-05-09 10:10:00”"
    assert corrected["notes"] == [f"更正（记录第9号）：{changed}。原因：录入时日期误写，回执所载为5月9日"]
    assert read["corrections"][0]["corrects"] == 7
    row = chain(bank_story(), "p2")["assertions"][0]
    assert (row["arrived_on"], row["notes"]) == ("2026-05-09", corrected["notes"])
    # In the list of evidence, in the chain, in the list of entries, and among the corrections.
    assert report.html.count("录入时日期误写") >= 4


def test_a_correction_of_a_correction_is_about_the_first() -> None:
    story = Telling().open()
    paid = story.tell("payment.received", party="p2", on="2026-06-30", amount={"amount": "5.00", "currency": "CNY"})
    first = story.tell("entry.corrected", corrects_seq=paid.seq, reason="误", facts={"on": "2026-06-29"})
    story.tell("entry.corrected", corrects_seq=first.seq, reason="再误", facts={"on": "2026-06-28"})
    fact = chain(story, "p2")["facts"][0]
    assert fact["on"] == "2026-06-28"
    assert len(fact["notes"]) == 2


@pytest.mark.parametrize("corrects", [99, 2, -1, "1", None, True])
def test_a_correction_of_nothing_is_shown_and_harms_nothing(corrects: object) -> None:
    story = Telling().open()
    story.tell("entry.corrected", corrects_seq=corrects, reason="错指", facts={"claim": "不是对象", "notice": "n_1"})
    assert "错指" in build_report(story.source()).html


def test_a_voided_number_is_shown_and_a_voided_notice_does_not_count() -> None:
    assert document(bank_story())["voided"][0]["notice_no"] == "DEMO-2026-000003"
    story = Telling().open()
    letter = story.notice(1, "p2", "张三", "2026-05-06T10:00:00+08:00")
    story.posted(letter, "2026-05-07T10:00:00+08:00")
    story.tell("notice.voided", notice=letter, notice_no="DEMO-2026-000001", reason="收件人有误")
    row = chain(story, "p2")["assertions"][0]
    assert row["counted_on"] is None
    assert "收件人有误" in row["notes"][0]


def test_a_fact_that_names_no_known_party_is_not_lost() -> None:
    story = Telling().open()
    story.tell("payment.received", on="2026-06-30", amount={"amount": "5.00", "currency": "CNY"})
    story.tell("promise.made", party="p9", on="2026-06-30", text="代为偿还")
    assert len(chain(story, None)["facts"]) == 2
    assert chain(bank_story(), "p2")["facts"]
    assert {one["party"] for one in document(bank_story())["chains"]} == {"p2", "p3"}


def test_a_suit_against_two_stands_in_both_chains_and_a_debtors_set_off_in_none() -> None:
    story = Telling().open()
    story.tell("suit.filed", on="2026-10-12", against=["p2", "p3"], court="示例法院")
    story.tell("setoff.declared", party="p2", on="2026-10-13", declared_by="obligor", amount="5.00", currency="CNY")
    assert [len(chain(story, party)["assertions"]) for party in ("p2", "p3")] == [1, 1]
    assert chain(story, "p2")["assertions"][0]["outcome"].endswith("对方：张三；李四")
    assert "主张方：义务人" in chain(story, "p2")["facts"][0]["statement"]
    assert "金额：人民币5.00元" in chain(story, "p2")["facts"][0]["statement"]


def test_hostile_text_stays_text() -> None:
    story = Telling().open(claim={**CLAIM, "description": "{{ 7*7 }} {% raw %} <script>alert(1)</script>"})
    story.tell("promise.made", party="p2", on="2026-07-01", text="A<B>&C 公司 \"'><img src=x> \u202e倒写\u200b")
    page = build_report(story.source(tenant_name="A<B>&C 公司")).html
    assert "<script>" not in page
    assert "<img" not in page
    assert "A&lt;B&gt;&amp;C 公司" in page
    assert "{{ 7*7 }}" in page
    assert "〔U+202E〕倒写〔U+200B〕" in page


def test_a_matter_that_was_only_opened_and_one_with_next_to_nothing() -> None:
    assert document(Telling().open())["chains"][0]["assertions"] == []
    bare = Telling()
    bare.tell("matter.opened", "2026-05-06T09:00:00+08:00")
    read = document(bare)
    assert read["parties"] == []
    assert len(read["entries"]) == 1


def test_what_is_not_proved_depends_on_the_installation() -> None:
    alone = " ".join(document(Telling().open())["not_proved"])
    assert "没有见证方联署" in alone
    assert "dev1、dev2 为开发测试用" in alone
    labels = (("tsa", "时间戳机构 tsa.example / timestamp authority tsa.example"),)
    trusted = " ".join(document(Telling().open(), witnesses=2, authorities=labels)["not_proved"])
    assert "没有见证方联署" not in trusted
    assert "开发测试用" not in trusted


def test_the_same_source_gives_the_same_report() -> None:
    assert build_report(bank_story().source()) == build_report(bank_story().source())


def test_no_number_of_entries_is_dropped() -> None:
    story = Telling().open(parties=[*PARTIES, {**PARTIES[1], "party": "p4", "name": "长" * 200}])
    for number in range(80):
        story.tell("contact.made", party="p4", on="2026-06-01", text=f"第{number}次联络")
    page = build_report(story.source()).html
    assert all(len(re.findall(f"第{number}次联络", page)) == 3 for number in range(80))


RECORDABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=12)
MEMBERS = st.sampled_from(["amount", "currency", "at", "on", "text", "events", "due_on"])
FACTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | RECORDABLE
    | st.sampled_from(["p2", "2026-05-06", "2026-13-40", "2026-05-06T10:00:00Z", "1e9999", "NaN", "12.50"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(MEMBERS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
KEYS = [
    "party", "on", "at", "amount", "text", "events", "notice", "dispatch", "posted_at", "delivered_at", "outcome",
    "corrects_seq", "facts", "against", "currency",
    "marks", "fields", "signed_on", "kind", "carrier", "relation", "template", "pages",
]  # fmt: skip
KINDS = [
    "notice.issued", "notice.voided", "dispatch.recorded", "tracking.recorded", "receipt.recorded", "scan.recorded",
    "entry.corrected", "payment.received", "suit.filed", "some.later_kind", "bundle.sealed",
]  # fmt: skip


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(KEYS), FACTS)), max_size=6))
def test_facts_of_any_shape_make_a_report(told: list[tuple[str, dict[str, Any]]]) -> None:
    story = Telling().open()
    for kind, facts in told:
        story.tell(kind, **{"notice": "n", "dispatch": "d", **facts})
    read = from_json_bytes(build_report(story.source()).json)
    assert isinstance(read, dict)
    assert len(read["entries"]) == len(told) + 1


@pytest.mark.slow
@given(st.lists(st.dates(date(2000, 1, 1), date(2100, 1, 1)), min_size=1, max_size=8))
def test_intervals_add_up_to_the_whole_time(sued_on: list[date]) -> None:
    story = Telling().open()
    for on in sued_on:
        story.tell("suit.filed", party="p2", on=on.isoformat())
    between = days(story, "p2")
    assert between[0] is None
    assert sum(one or 0 for one in between) == (max(sued_on) - min(sued_on)).days


def test_a_source_cannot_be_changed() -> None:
    source = bank_story().source()
    assert isinstance(replace(source, witnesses=1), ReportSource)
    with pytest.raises(AttributeError):
        source.witnesses = 1  # type: ignore[misc]
