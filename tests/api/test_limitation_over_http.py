"""What the law makes of a matter, over HTTP: from the entries alone, for a day, for its tenant."""

from typing import Any

import httpx
import pytest
from story import Story, issued, opened, post, upload
from test_problems import places, problem

from evidence.law.provisions import RULE_VERSION
from service.api.limitation_schema import EXAMPLE, LimitationAnswer

pytestmark = pytest.mark.slow

NAMED = "《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息"


@pytest.fixture(scope="module")
def matter(story: Story, admin: httpx.Client) -> dict[str, Any]:
    """A debtor reached by EMS, a payment, and a guarantor that nobody asked."""
    found = opened(admin)
    letter = issued(admin, found["id"])
    story.clock.move(hours=2)
    facts = {"carrier": "ems", "posted_at": "2026-11-24T06:30:00+08:00", "item_description": NAMED}
    dispatch = upload(admin, letter["links"]["dispatches"], facts, ("posting_slip", "good.jpg")).json()
    story.clock.move(days=2)
    receipt = {"outcome": "delivered", "delivered_at": "2026-11-26T07:00:00+08:00", "relation": "self"}
    upload(admin, dispatch["links"]["receipts"], receipt, ("receipt_image", "good.jpg"))
    return found


def ask(client: httpx.Client, matter: dict[str, Any], **query: str) -> dict[str, Any]:
    answer = client.get(matter["links"]["limitation"], params=query)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    LimitationAnswer.model_validate(found)  # the document tells every member, and no other
    return found


def party(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in found["parties"] if each["party"] == name)


def test_the_debtors_period_runs_from_the_arrival_and_says_why(admin: httpx.Client, matter: dict[str, Any]) -> None:
    found = ask(admin, matter)
    assert (found["matter"], found["rule_version"]) == (matter["id"], RULE_VERSION)
    assert "律师" in found["disclaimer_zh"]
    best, conservative = party(found, "p2")["best"][0], party(found, "p2")["conservative"][0]
    assert (best["state"], best["raw_last_day"]) == ("running", "2029-11-26")
    assert conservative["raw_last_day"] == "2029-11-24"  # from posting
    restart = next(step for step in best["steps"] if step["because"] == ["e3"])
    assert restart["grade"] == "A"
    assert any("第一百九十五条" in name for name in restart["provisions_zh"])
    sources = {source["fact"]: source["entries"] for source in found["sources"]}
    assert (sources["e3"], sources["claim"]) == ([2, 3, 4], [1])


def test_what_is_proved_missing_and_to_beware_of(admin: httpx.Client, matter: dict[str, Any]) -> None:
    found = ask(admin, matter)
    assert [(each["event"], each["grade"]) for each in found["proofs"]] == [("e3", "A")]
    assert {(each["code"], each["party"]) for each in found["warnings"]} >= {("debtor_demand_not_guarantor", "p3")}
    assert (found["left_out"], found["ambiguous"]) == ([], [])


def test_the_day_asked_for_decides_and_is_today_in_shanghai_by_default(
    story: Story, admin: httpx.Client, matter: dict[str, Any]
) -> None:
    assert ask(admin, matter)["as_of"] == "2026-11-26"
    story.clock.move(hours=17)  # 17:06 on the 26th in London
    assert ask(admin, matter)["as_of"] == "2026-11-27"
    before = party(ask(admin, matter, as_of="2026-11-23"), "p2")["best"][0]
    assert before["raw_last_day"] == "2029-10-20"
    later = party(ask(admin, matter, as_of="2030-06-01"), "p2")["best"][0]
    assert later["state"] == "expired"


def test_etag(admin: httpx.Client, matter: dict[str, Any]) -> None:
    url = f"{matter['links']['limitation']}?as_of=2026-11-27"
    tag = admin.get(url).headers["etag"]
    assert not tag.startswith("W/")
    assert admin.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert admin.get(f"{url[:-2]}28", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"as_of": "2026-02-30"}, {"#query/as_of": "date_malformed"}),
        ({"as_of": "yesterday!"}, {"#query/as_of": "date_malformed"}),
        ({"as_of": "2026"}, {"#query/as_of": "string_too_short"}),
        ({"as_of": "1066-10-14"}, {"#query/as_of": "date_out_of_range"}),
        ({"as_off": "2026-11-28"}, {"#query/as_off": "query_unknown"}),
    ],
)
def test_a_day_that_is_none(
    admin: httpx.Client, matter: dict[str, Any], query: dict[str, str], code: dict[str, str]
) -> None:
    answer = admin.get(matter["links"]["limitation"], params=query)
    assert places(problem(answer, 422, "validation_failed")) == code


def test_whose_matter_it_is_and_who_may_ask(story: Story, matter: dict[str, Any]) -> None:
    url = matter["links"]["limitation"]
    with story.client(key=story.other_key) as other, story.client("auditor") as auditor, story.client() as nobody:
        problem(other.get(url), 404, "not_found")
        problem(auditor.get(url), 403, "scope_missing")
        problem(nobody.get(url), 401, "credentials_missing")
    with story.client("legal_staff") as staff, story.client("case_system") as case_system:
        assert (staff.get(url).status_code, case_system.get(url).status_code) == (200, 200)
        problem(staff.get("/v1/matters/m_none/limitation"), 404, "not_found")


def test_facts_that_exclude_each_other_name_their_entries(admin: httpx.Client) -> None:
    found = opened(admin)
    url = found["links"]["events"]
    filed = {"kind": "enforcement.applied", "on": "2026-11-20", "court": "示例法院", "against": ["p2"]}
    ended = {"kind": "enforcement.ended", "on": "2026-11-22", "outcome": "no_assets", "ruling_served_on": "2026-11-23"}
    wrong = {"kind": "entry.corrected", "corrects_seq": 3, "reason": "误", "facts": {"ruling_served_on": "2026-11-19"}}
    for fact in (filed, ended, wrong):
        assert post(admin, url, fact).status_code == 201
    refusal = problem(admin.get(found["links"]["limitation"]), 409, "facts_contradict")
    assert places(refusal) == {f"#entries/{seq}": "contradiction" for seq in (2, 3, 4)}
    assert "2026-11-19" in refusal["detail"]
    english = admin.get(found["links"]["limitation"], headers={"Accept-Language": "en"}).json()
    assert "entry.corrected" in english["detail"]
    right = wrong | {"corrects_seq": 4, "facts": {"ruling_served_on": "2026-11-23"}}
    assert post(admin, url, right).status_code == 201
    assert ask(admin, found)["as_of"]


def test_a_letter_that_was_never_sent_is_named_and_asserts_nothing(admin: httpx.Client) -> None:
    found = opened(admin)
    issued(admin, found["id"])
    answer = ask(admin, found)
    assert [(each["fact"], each["reason"]) for each in answer["left_out"]] == [("e2", "not_sent")]
    assert party(answer, "p2")["best"][0]["raw_last_day"] == "2029-10-20"


def test_the_example_is_true_to_its_shape(admin: httpx.Client) -> None:
    LimitationAnswer.model_validate(EXAMPLE)
    document = admin.get("/openapi.json").json()
    told = document["paths"]["/v1/matters/{matter_id}/limitation"]["get"]
    assert told["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("LimitationAnswer")
