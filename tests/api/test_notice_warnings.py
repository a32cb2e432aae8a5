"""What comes back when a letter cannot do what it is for; and that no fault of the law keeps one from being issued."""

import json
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from story import TEMPLATES, Story, issued, matter_body, notice_body, opened, post

from evidence.law.entries import RecordedFact
from service import notice_warnings
from service.notice_warnings import Letter, letter_warnings
from service.render import Catalog

TODAY = date(2026, 11, 24)
DEMAND = {"demands_payment": True, "demands_guarantee": False, "states_amount": True, "notifies_assignment": False}
ASKED = DEMAND | {"demands_guarantee": True}
NOTHING = dict.fromkeys(DEMAND, False)


def entries(*more: tuple[str, dict[str, Any]], claim: Any = None, guarantee: Any = None) -> list[RecordedFact]:
    body = matter_body()
    body["claim"] |= claim or {}
    body["parties"][2]["guarantee"] |= guarantee or {}
    told = [("matter.opened", {"claim": body["claim"], "parties": body["parties"]}), *more]
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return [RecordedFact(seq=seq, kind=kind, at=at, facts=facts) for seq, (kind, facts) in enumerate(told, start=1)]


def told(
    catalog: Catalog, recorded: list[RecordedFact], *, party: str = "p2", wording: Any = DEMAND, today: date = TODAY,
    template: str = "loan-demand",
) -> dict[str, str]:  # fmt: skip
    letter = Letter(
        party=party, template=catalog.get(template), wording=wording, names={"p2": "张三", "p3": "示例担保"}
    )
    return {warning.code: warning.message_zh for warning in letter_warnings(letter, recorded, today=today)}


ASKED_BEFORE = (
    "contact.made",
    {"on": "2026-11-01", "party": "p3", "channel": "visit", "reached": "王五", "said": "x", "demanded": True},
)


def test_a_letter_that_does_what_it_is_for_is_not_warned_of(catalog: Catalog) -> None:
    assert told(catalog, entries(ASKED_BEFORE)) == {}
    assert told(catalog, entries(), party="p3", wording=ASKED, template="guarantor-demand") == {}


def test_a_demand_on_the_debtor_reminds_of_the_joint_guarantor(catalog: Catalog) -> None:
    found = told(catalog, entries())
    assert set(found) == {"letter.debtor_demand_not_guarantor"}
    assert "p3（示例担保）" in found["letter.debtor_demand_not_guarantor"]


@pytest.mark.parametrize("mode", ["general", "unspecified"])
def test_a_letter_does_nothing_for_a_general_guarantee(catalog: Catalog, mode: str) -> None:
    recorded = entries(guarantee={"mode": mode, "contract_on": "2023-11-20"})
    found = told(catalog, recorded, party="p3", wording=ASKED, template="guarantor-demand")
    assert set(found) == {"letter.letter_to_general"}
    assert "起诉" in found["letter.letter_to_general"]


def test_a_debtors_period_that_is_over(catalog: Catalog) -> None:
    found = told(catalog, entries(), today=date(2029, 10, 23))
    assert "2029-10-22" in found["letter.period_over"]  # the 20th is a Saturday
    assert "保守" not in found["letter.period_over"]
    assert "letter.period_over" not in told(catalog, entries(), today=date(2029, 10, 22))


def test_a_guarantors_period_that_is_over(catalog: Catalog) -> None:
    recorded = entries(guarantee={"period_until_on": "2026-11-23"})
    found = told(catalog, recorded, party="p3", wording=ASKED, template="guarantor-demand")
    assert set(found) == {"letter.period_over"}


def test_a_period_that_is_over_only_in_the_cautious_reckoning(catalog: Catalog) -> None:
    promised = {"on": "2028-01-10", "party": "p2", "due_on": "2028-01-10", "text": "x", "channel": "phone"}
    found = told(catalog, entries(("promise.made", promised)), today=date(2030, 6, 3))
    assert found["letter.period_over"].startswith("按保守推算")


def test_words_that_ask_for_nothing(catalog: Catalog) -> None:
    recorded = entries(ASKED_BEFORE)
    assert set(told(catalog, recorded, wording=NOTHING, template="move-in-reminder")) == {"letter.no_demand"}
    found = told(catalog, entries(), party="p3", wording=DEMAND, template="guarantor-demand")
    assert set(found) == {"letter.not_asked_of_guarantor"}


def test_words_that_nobody_classified(catalog: Catalog) -> None:
    found = told(catalog, entries(ASKED_BEFORE), wording=None)
    assert set(found) == {"letter.wording_unknown"}
    assert found["letter.wording_unknown"].startswith("按保守推算")


def test_a_debt_that_is_not_due(catalog: Catalog) -> None:
    found = told(catalog, entries(ASKED_BEFORE), today=date(2026, 10, 19))
    assert "letter.before_due" in found
    parts = [{"due_on": day, "amount": "1.00"} for day in ("2026-10-20", "2027-10-20")]
    for kind in ("instalment_loan", "periodic_fee"):
        partly = entries(ASKED_BEFORE, claim={"kind": kind, "due_on": None, "instalments": parts})
        assert "letter.before_due" not in told(catalog, partly)


def test_every_overdue_part_of_a_fee_that_is_over_is_named(catalog: Catalog) -> None:
    parts = [{"due_on": day, "amount": "1.00"} for day in ("2020-10-20", "2026-10-20")]
    recorded = entries(claim={"kind": "rent", "due_on": None, "contract_on": None, "instalments": parts})
    assert "2020-10-20" in told(catalog, recorded)["letter.period_over"]


def test_facts_that_exclude_each_other_only_warn(catalog: Catalog) -> None:
    parts = [{"due_on": "2026-10-20", "amount": "1.00"}]
    found = told(catalog, entries(claim={"instalments": parts}))
    assert set(found) == {"letter.contradiction"}


def test_a_law_that_breaks_only_warns(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(notice_warnings, "in_short", broken)
    assert set(told(catalog, entries())) == {"letter.unclear"}
    assert set(told(catalog, [])) == {"letter.unclear"}


# Over HTTP


def codes(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 201, answer.text
    return {warning["code"]: warning["pointer"] for warning in answer.json()["warnings"]}


def test_over_http_with_the_field_that_would_make_the_letter_ask(admin: httpx.Client) -> None:
    example = json.loads((TEMPLATES / "move-in-reminder" / "v1" / "example.json").read_text(encoding="utf-8"))
    parties = matter_body()["parties"][:2]
    parties[1]["name"] = example["buyer"]["name"]
    claim = matter_body()["claim"] | {"kind": "house_price"}
    matter = opened(admin, parties=parties, claim=claim)["id"]
    body = {"matter": matter, "party": "p2", "template": "move-in-reminder", "fields": example}
    assert codes(post(admin, "/v1/notices", body)) == {}
    del example["payment"]
    body["duplicate_reason"] = "价款已付清，只通知交房"
    answer = post(admin, "/v1/notices", body, **{"Accept-Language": "en"})
    assert codes(answer) == {"letter.no_demand": "/fields/payment"}
    assert "asks for no payment" in answer.text or "ask for no payment" in answer.text
    entry = admin.get(f"/v1/matters/{matter}/entries").json()["items"][-1]
    assert entry["body"]["wording"] == NOTHING


def test_a_contradiction_does_not_stop_the_letter_and_a_replay_warns_again(story: Story, admin: httpx.Client) -> None:
    matter = opened(admin)
    wrong = {"kind": "entry.corrected", "corrects_seq": 1, "reason": "误", "facts": {"claim": {"due_on": "2020-01-01"}}}
    assert post(admin, matter["links"]["events"], wrong).status_code == 201
    key, body = {"Idempotency-Key": "warned-once"}, notice_body(matter["id"], contract_no="更正-1")
    first = admin.post("/v1/notices", json=body, headers=key)
    assert codes(first) == {"letter.contradiction": "/matter"}
    assert admin.post("/v1/notices", json=body, headers=key).content == first.content
    assert issued(admin, matter["id"])["state"] == "issued"
