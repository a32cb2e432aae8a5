"""The pages on limitation: what a judge looks for is there, with the days that were counted by hand."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.canonical import from_json_bytes
from evidence.law.provisions import PROVISIONS
from evidence.limitation import VERSIONS, RecordedFact, limitation_of
from service.report import build_report
from service.report.law import law_pages
from service.report.law.happenings import ranges
from service.report.law.words import SHORT, cited, of_items
from service.report.story import Story

from . import matters
from .samples import CLAIM, PARTIES, Telling, bank_story

pytestmark = pytest.mark.slow

AT = datetime(2026, 11, 28, 2, 30, tzinfo=UTC)
TODAY = date(2026, 11, 28)


def document(telling: Telling) -> dict[str, Any]:
    read = from_json_bytes(build_report(telling.source(prepared_at=AT)).json)
    assert isinstance(read, dict)
    return read


def pages(telling: Telling) -> dict[str, Any]:
    read = document(telling)
    return law_pages(read["limitation"], Story(telling.source(prepared_at=AT)), read["evidence"]["groups"])


def party(telling: Telling, place: int = 0) -> dict[str, Any]:
    return pages(telling)["parties"][place]  # type: ignore[no-any-return]


def said(one: dict[str, Any]) -> str:
    """Everything that a party's pages say in words."""
    texts = [line for item in one["summary"] for line in (item["label"], *item["lines"])]
    texts += [line for part in one["reasoning"] for line in (part["title"], *part["paragraphs"])]
    return "\n".join(texts)


def test_report_json_holds_what_the_entries_give_on_the_day_of_preparation() -> None:
    story = matters.guarantor_kept()
    recorded = [RecordedFact(seq=e.seq, kind=e.kind, at=e.at, facts=e.facts) for e in story.entries]
    stated = document(story)["limitation"]
    assert stated == limitation_of(recorded, as_of=TODAY)
    assert stated["as_of"] == "2026-11-28"
    assert VERSIONS.items() <= stated.items()
    assert {"fact": "e3", "entries": [2, 3, 4]} in stated["sources"]


def test_the_day_of_preparation_is_that_of_beijing() -> None:
    story = matters.one_interruption()
    late = build_report(story.source(prepared_at=datetime(2026, 11, 28, 16, 30, tzinfo=UTC)))
    read = from_json_bytes(late.json)
    assert isinstance(read, dict)
    assert read["limitation"]["as_of"] == "2026-11-29"


def test_one_interruption_start_proof_and_both_ends() -> None:
    one = party(matters.one_interruption())
    # Arrived 2025-05-09, a year and a half before; posted 2025-05-06, whose day three years on is a Saturday.
    assert said(one).count("2024年6月30日（当日不计入），诉讼时效期间3年") == 1
    assert "通常算法：2028年5月9日" in said(one)
    assert "从严算法：2028年5月8日（诉讼时效届满；原为2028年5月6日，休假日顺延" in said(one)
    assert "从严算法为2025年5月6日（第1项的交寄日）" in said(one)
    assert "1次中断均发生在当时的期间届满以前" in said(one)
    (row,) = one["rows"]
    assert (row["on"], row["posted_on"], row["last_day"], row["days_left"]) == (
        date(2025, 5, 9), date(2025, 5, 6), date(2027, 6, 30), 782,
    )  # fmt: skip
    assert row["effects"] == ["中断"]
    assert row["grade"] == "A"


def test_what_proves_a_row_is_in_the_list_of_evidence() -> None:
    story = matters.guarantor_kept()
    read = document(story)
    numbers = {item["no"]: item["entry"] for group in read["evidence"]["groups"] for item in group["items"]}
    shown = [row["shown_by"] for one in pages(story)["parties"] for row in one["rows"]]
    assert len(shown) == 4
    for text in shown:
        exhibits, entries = text.split("\n")
        named = set(spread(exhibits.removeprefix("证据")))
        behind = set(spread(entries.removeprefix("记录")))
        assert named
        assert {numbers[no] for no in named} <= behind


def spread(text: str) -> list[int]:
    found: list[int] = []
    for piece in text.split("、"):
        first, _, last = piece.partition("–")
        found += range(int(first), int(last or first) + 1)
    return found


def test_days_between_are_those_between_the_rows() -> None:
    rows = party(matters.twenty_years(8))["rows"]
    assert [row["number"] for row in rows] == list(range(1, 9))
    assert rows[0]["days_since"] is None
    assert sum(row["days_since"] for row in rows[1:]) == (rows[-1]["on"] - rows[0]["on"]).days


def test_an_expired_one_is_said_plainly_and_is_a_defence_only() -> None:
    text = said(party(matters.expired()))
    assert "诉讼时效已于2023年3月2日届满" in text
    assert "届满只产生抗辩权" in text
    assert "尚未届满" not in text


def test_a_revived_one_names_the_lapse_and_the_new_period() -> None:
    text = said(party(matters.revived()))
    assert "曾于2023年3月2日届满，其后义务人同意履行或者另立保证，重新计算" in text
    assert "现行期间的最后一日为2028年6月30日" in text


def test_a_guarantor_has_the_guarantee_period_first_and_the_act_that_kept_it() -> None:
    one = party(matters.guarantor_kept(), 1)
    labels = [item["label"] for item in one["summary"]]
    assert labels[0] == "保证期间"
    first = one["summary"][0]["lines"]
    assert first[0] == "2025年4月20日主债务到期，保证期间至2025年10月20日"
    assert first[1].startswith("2025年8月11日（距届满70日）已行使权利：《保证人履行保证责任通知书》")
    titles = [part["title"] for part in one["reasoning"]]
    assert titles[:2] == ["主债权及履行期限", "保证方式、保证期间及保证债务时效的起算"]
    assert [row["number"] for row in one["rows"]] == [1, 2]
    assert "另有对张三的主张等2项" in one["elsewhere"]


def test_a_guarantor_set_free_is_said_to_be_and_warned_about() -> None:
    one = party(matters.guarantor_lost(), 1)
    assert "保证期间已于2025年10月20日届满" in said(one)
    assert one["rows"][0]["effects"] == ["不生效力"]
    assert any("发函对一般保证人不发生保全保证责任的效力" in each for each in one["warnings"])


def test_an_undetermined_one_says_what_is_missing_and_draws_no_period() -> None:
    one = party(matters.undetermined())
    assert "不能推算，缺少：履行期限" in said(one)
    assert any("尚缺少下列事实" in each for each in one["lacking"])
    assert "诉讼时效届满" not in one["pictures"][0]
    assert party(matters.undetermined(), 1)["pictures"] == []


def test_contested_points_have_every_answer_with_its_day() -> None:
    one = party(matters.contested())
    titles = {question["title"]: question["answers"] for question in one["questions"]}
    promised = titles["债务人承诺于某日履行的，时效从何时重新计算"]
    assert [answer["taken"] for answer in promised] == [["通常算法采用"], ["从严算法采用"]]
    # Promised for 2025-12-31, which makes 2028-12-31 and, that being a Sunday before New Year, 2029-01-02.
    assert "最后一日 2029-01-02" in promised[0]["outcome"][0]
    assert "最后一日 2028-07-03" in promised[1]["outcome"][0]
    assert "从严算法，诉讼时效期间已届满" in said(one)


def test_what_is_not_proved_says_what_would_help_and_how_far() -> None:
    one = party(matters.contested())
    (lack,) = one["unproved"]
    assert (lack["what"], lack["grade"]) == ("付款承诺", "C")
    assert lack["missing"]
    weak = party(matters.twenty_years(8))["unproved"]
    assert {each["grade"] for each in weak} <= {"B", "C", "D"}
    assert all(each["by"] for each in weak if "邮件轨迹" in each["missing"])


def test_contradictory_facts_stop_the_reckoning_and_not_the_report() -> None:
    story = matters.contradictory()
    law, read = pages(story), document(story)
    assert read["limitation"]["error"]["code"] == "contradiction"
    assert "到期日早于合同签订日" in law["error"]["message"]
    assert law["error"]["facts"][0]["shown_by"].endswith("记录1")
    page = build_report(story.source(prepared_at=AT)).html
    assert "没有推算期间：到期日早于合同签订日" in page
    assert "四、证据目录" in page


@pytest.mark.parametrize(("bound", "value"), [("LARGEST", 10_000), ("MOST_FACTS", 1), ("MOST_STEPS", 50)])
def test_an_answer_that_no_report_can_hold_is_said_to_be_one(
    bound: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"evidence.limitation.{bound}", value)
    stated = document(matters.monthly_fees())["limitation"]
    assert stated["error"]["code"] == "too_large"
    assert "请分立案件" in build_report(matters.monthly_fees().source(prepared_at=AT)).html


def test_a_suspension_is_hatched_and_a_procedure_under_way_is_dotted() -> None:
    hatched, plain = party(matters.suspended())["pictures"][0], party(matters.one_interruption())["pictures"][0]
    assert hatched.count("<polyline") > plain.count("<polyline") + 5
    assert 'stroke-dasharray="0.8,0.6"' in party(matters.proceeding_open())["pictures"][0]
    assert 'stroke-dasharray="0.8,0.6"' not in plain


def test_fees_have_a_row_for_each_due_date_and_share_their_reasons() -> None:
    one = party(matters.monthly_fees())
    assert len(one["outcome"]) == 36
    assert len(one["pictures"]) == 2
    assert sum(picture.count("到期</text>") for picture in one["pictures"]) == 36
    assert len([line for part in one["reasoning"] for line in part["paragraphs"]]) < 15
    assert "2021-01-28 至 2023-02-28 到期的26期" in one["rows"][0]["effects"][0]


def test_both_expiry_days_and_today_are_in_the_picture() -> None:
    picture = party(matters.one_interruption())["pictures"][0]
    for words in (
        "推算日 2026-11-28", "2028-05-09 诉讼时效届满（通常算法）",
        "2028-05-08 诉讼时效届满，顺延前为 2028-05-06（从严算法）", "至 2044-06-30",
    ):  # fmt: skip
        assert words in picture


def test_left_out_entries_are_shown_with_their_reason() -> None:
    law = pages(bank_story())
    assert [one["reason"] for one in law["left_out"]] == ["没有写明由谁签署，其上的确认或承诺无从归属"]


def test_the_disclaimer_stands_where_a_person_reads_it_and_counsel_signs() -> None:
    page = build_report(bank_story().source(prepared_at=AT)).html
    assert page.count("须经律师复核签字") >= 3
    assert "复核律师（签名）" in page
    assert "不作法律结论" not in page


def test_every_provision_that_a_step_rests_on_is_listed_once() -> None:
    law = pages(matters.contested())
    names = [one["name"] for one in law["provisions"]]
    assert len(names) == len(set(names))
    assert any("法释〔2020〕17号" in name for name in names)
    doubts = {one["name"]: one["doubt"] for one in law["provisions"]}
    assert any("争议：起诉后撤诉" in doubt for doubt in doubts.values())
    assert doubts["《民法典》第一百八十八条"] == ""


def test_a_party_reached_through_another_is_named_in_full() -> None:
    parties = [*PARTIES[:2], {**PARTIES[1], "party": "p4", "role": "joint_debtor", "name": "王五"}]
    story = matters.told({"due_on": "2024-06-30"}, parties)
    matters.demanded(story, 1, date(2025, 5, 9))
    assert "原因发生在张三" in said(party(story, 1))


def test_hostile_words_stay_words_in_pictures_too() -> None:
    parties = [PARTIES[0], {**PARTIES[1], "name": "</svg><script>alert(1)</script>"}]
    story = matters.told({"due_on": "2024-06-30"}, parties)
    matters.demanded(story, 1, date(2025, 5, 9))
    page = build_report(story.source(prepared_at=AT)).html
    assert "<script>" not in page
    assert page.count("<svg ") == page.count("</svg>") == 1


def test_the_same_matter_gives_the_same_pages() -> None:
    first, second = (build_report(matters.contested().source(prepared_at=AT)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([3], "3"), ([3, 4], "3、4"), ([1, 2, 3, 5, 7, 8, 9], "1–3、5、7–9")]
)
def test_runs_of_numbers_are_written_short(numbers: list[int], text: str) -> None:
    assert ranges(numbers) == text


def test_provisions_are_cited_as_lawyers_do() -> None:
    long = "《最高人民法院关于审理民事案件适用诉讼时效制度若干问题的规定》（法释〔2020〕17号修正）第八条"
    assert cited(["《民法典》第一百九十五条", long, "《民法典》第一百三十七条"]) == (
        "《民法典》第一百九十五条、第一百三十七条、《诉讼时效规定》第八条"
    )
    old = "《最高人民法院关于审理民事案件适用诉讼时效制度若干问题的规定》（法释〔2008〕11号）第十条"
    assert cited([old]) == "《诉讼时效规定（2008年）》第十条"


def test_every_short_title_stands_for_one_that_is_cited() -> None:
    names = " ".join(f"{rule.name_zh} {rule.earlier}" for rule in PROVISIONS.values())
    assert all(title in names for title, _ in SHORT)


def test_due_dates_are_named_or_counted() -> None:
    assert of_items([None]) == ""
    assert of_items(["2021-01-28"]) == "2021-01-28到期的一期"
    assert of_items(["2021-03-28", "2021-01-28"]) == "2021-01-28、2021-03-28各期"


CODES = st.sampled_from([
    "loan", "rent", "periodic_fee", "deposit", "general", "joint", "guarantor", "debtor", "joint_debtor", "p2", "p3",
    "2026-02-29", "2024-06-30", "0001-01-01", "9999-12-31", "2026-05-06T10:00:00Z", "suit", "judgment", "ems",
])  # fmt: skip
MEMBERS = st.sampled_from(["due_on", "party", "on", "mode", "period_months", "contract_on", "period_until_on"])
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 2**52) | CODES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=3),
    max_leaves=5,
)
CLAIM_KEYS = ["kind", "due_on", "contract_on", "instalments", "no_due_date", "known_on", "harmed_on", "one_debt"]
PARTY_KEYS = ["party", "role", "kind", "name", "guarantee"]
FACT_KEYS = ["party", "on", "against", "due_on", "cause", "result", "channel", "demanded", "signature", "until_on"]
KINDS = [
    "suit.filed", "suit.ended", "suit.withdrawn", "promise.made", "payment.received", "suspension.started",
    "suspension.ended", "contact.made", "claim.accelerated", "extension.agreed", "enforcement.applied", "plan.agreed",
    "debtor_first.ended", "iou.received", "claim.assigned",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    claim=st.dictionaries(st.sampled_from(CLAIM_KEYS), ANY),
    parties=st.lists(st.dictionaries(st.sampled_from(PARTY_KEYS), ANY), max_size=3),
    facts=st.lists(st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FACT_KEYS), ANY)), max_size=5),
)
def test_no_matter_of_any_shape_stops_a_report(
    claim: dict[str, Any], parties: list[dict[str, Any]], facts: list[tuple[str, dict[str, Any]]]
) -> None:
    story = Telling().open(claim={**CLAIM, **claim}, parties=[*PARTIES, *parties])
    for kind, told in facts:
        story.tell(kind, **{"party": "p2", "on": "2026-05-06", **told})
    report = build_report(story.source(prepared_at=AT))
    read = from_json_bytes(report.json)
    assert isinstance(read, dict)
    assert ("error" in read["limitation"]) != ("parties" in read["limitation"])
    assert not re.search(r"\bNone\b", re.sub(r"<style>.*?</style>", "", report.html, flags=re.DOTALL))
