"""The worklist over HTTP: what a clerk asks for, in what order it comes, and what is refused where."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from story import Story, matter_body, opened, post
from test_problems import places, problem

DUE = {"late": "2024-03-11", "soon": "2023-12-18", "over": "2023-11-06", "gone": "2015-01-05", "unknown": None}


@pytest.fixture(scope="module")
def matters(story: Story, admin: httpx.Client) -> dict[str, str]:
    """Five matters whose loans fell due on known days, or on none, and another tenant's."""
    made = {}
    for name, due_on in (
        ("late", "2024-03-11"),
        ("soon", "2023-12-18"),
        ("over", "2023-11-06"),
        ("gone", "2015-01-05"),
    ):
        made[name] = case(admin, name, due_on=due_on)
    made["unknown"] = case(admin, "unknown", due_on=None)
    with story.client(key=story.other_key) as other:
        made["other"] = case(other, "other", due_on="2024-03-11")
    return made


def case(client: httpx.Client, name: str, *, due_on: str | None) -> str:
    body = matter_body(reference=f"清单-{name}")
    body["claim"] |= {"contract_on": "2015-01-01", "due_on": due_on}
    body["parties"][1]["name"] = f"张{name}"
    body["parties"][2]["guarantee"] = {"mode": "joint", "contract_no": "保-1", "contract_on": "2015-01-01"}
    return str(opened(client, **body)["id"])


def rows(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/matters", params={"q": "清单-"} | query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def told(items: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [
        (item["reference"].removeprefix("清单-"), item["party"], item["conservative"]["last_day"]) for item in items
    ]


@pytest.mark.usefixtures("matters")
def test_by_default_it_shows_what_is_alive_and_what_has_just_ended(admin: httpx.Client) -> None:
    found = rows(admin, track="conservative")
    debtors = [row for row in told(found) if row[1] == "p2"]
    assert debtors == [
        ("over", "p2", "2026-11-06"), ("soon", "p2", "2026-12-18"), ("late", "p2", "2027-03-11"),
        ("unknown", "p2", None),
    ]  # fmt: skip
    assert found[-1]["conservative"]["last_day"] is None


@pytest.mark.usefixtures("matters")
def test_a_row_says_who_owes_what_since_when_and_for_how_long(admin: httpx.Client) -> None:
    (row,) = rows(admin, track="conservative", party="张soon")
    assert row["conservative"] == {
        "state": "running", "state_zh": "期间进行中", "period": "limitation", "period_zh": "诉讼时效期间",
        "last_day": "2026-12-18",
    }  # fmt: skip
    assert row["days_left"] == (date(2026, 12, 18) - date(2026, 11, 24)).days
    assert (row["debtor_name"], row["party_name"], row["role_zh"]) == ("张soon", "张soon", "债务人")
    assert row["links"]["limitation"] == f"/v1/matters/{row['matter']}/limitation"
    assert (row["closed"], row["reason"], row["item"]) == (False, None, None)
    (over,) = rows(admin, track="conservative", party="张over")
    assert (over["days_left"], over["conservative"]["state"]) == (-18, "expired")
    (unknown,) = rows(admin, track="conservative", party="张unknown")
    assert unknown["reason"]["code"] == "due_on"
    assert unknown["days_left"] is None


@pytest.mark.usefixtures("matters")
def test_the_answer_says_as_of_when_and_by_which_rules(admin: httpx.Client) -> None:
    answer = admin.get("/v1/matters", params={"track": "best", "q": "清单-"}).json()
    assert (answer["as_of"], answer["track"], answer["up_to_date"]) == ("2026-11-24", "best", True)
    assert answer["calendar_version"].startswith("chinesecalendar")
    assert answer["rule_version"]
    assert "律师" in answer["disclaimer_zh"]


@pytest.mark.usefixtures("matters")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"expires_before": "2027-03-11"}, ["over", "soon"]),
        ({"expires_before": "2027-03-12"}, ["over", "soon", "late"]),
        ({"expires_before": "2026-11-24", "track": "best"}, ["over"]),
        ({"state": "alive"}, ["soon", "late", "unknown"]),
        ({"state": "ended"}, ["gone", "over"]),
        ({"state": "expired", "expires_before": "2020-01-01"}, ["gone"]),
        ({"state": "undetermined"}, ["unknown"]),
        ({"state": "running"}, ["soon", "late"]),
        ({"state": "closed"}, []),
        ({"state": "all"}, ["gone", "over", "soon", "late", "unknown"]),
        ({"party": "张late"}, ["late"]),
        ({"q": "清单-late", "track": "best"}, ["late"]),
    ],
)
def test_questions(admin: httpx.Client, query: dict[str, str], expected: list[str]) -> None:
    found = rows(admin, role="debtor", **query)
    assert [row[0] for row in told(found)] == expected


@pytest.mark.usefixtures("matters")
def test_guarantors_have_clocks_of_their_own(admin: httpx.Client) -> None:
    found = rows(admin, role="guarantor", state="ended")
    assert {item["conservative"]["state"] for item in found} == {"released"}
    assert rows(admin, party="p3", state="ended") == found
    assert rows(admin, party="示例担保", state="ended") == found


@pytest.mark.usefixtures("matters")
def test_pages(admin: httpx.Client) -> None:
    whole = rows(admin, state="all", limit=200)
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = admin.get("/v1/matters", params={"q": "清单-", "state": "all", "limit": 2} | cursor).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == whole
    answer = admin.get("/v1/matters", params={"q": "清单-", "state": "alive"} | cursor)
    assert places(problem(answer, 422, "validation_failed")) == {"#query/cursor": "cursor_malformed"}


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"expires_before": "2027-02-30"}, {"#query/expires_before": "date_malformed"}),
        ({"expires_before": "soon"}, {"#query/expires_before": "string_too_short"}),
        ({"track": "worst"}, {"#query/track": "literal_error"}),
        ({"role": "creditor"}, {"#query/role": "literal_error"}),
        ({"state": "dead"}, {"#query/state": "literal_error"}),
        ({"party": ""}, {"#query/party": "string_too_short"}),
        ({"party": "x" * 101}, {"#query/party": "string_too_long"}),
        ({"expires": "2027-01-01"}, {"#query/expires": "query_unknown"}),
        ({"track": "best", "limit": "0"}, {"#query/limit": "greater_than_equal"}),
    ],
)
def test_bad_questions_are_refused_at_their_place(
    admin: httpx.Client, query: dict[str, str], place: dict[str, str]
) -> None:
    assert places(problem(admin.get("/v1/matters", params=query), 422, "validation_failed")) == place


def test_the_plain_list_is_as_it_was(admin: httpx.Client, matters: dict[str, str]) -> None:
    page = admin.get("/v1/matters", params={"q": "清单-"}).json()
    assert set(page) == {"items", "next_cursor"}
    assert {item["id"] for item in page["items"]} == set(matters.values()) - {matters["other"]}


def test_another_tenant_and_other_callers(story: Story, matters: dict[str, str]) -> None:
    with story.client(key=story.other_key) as other:
        assert {row["matter"] for row in rows(other, state="all")} == {matters["other"]}
    with story.client("auditor") as auditor, story.client() as nobody:
        problem(auditor.get("/v1/matters?track=best"), 403, "scope_missing")
        problem(nobody.get("/v1/matters?track=best"), 401, "credentials_missing")


def test_a_recorded_fact_moves_the_row_at_once(story: Story, admin: httpx.Client) -> None:
    matter = case(admin, "moved", due_on="2024-03-11")
    (before,) = rows(admin, party="张moved")
    payment = {"kind": "payment.received", "on": "2026-11-20", "party": "p2", "amount": "1.00", "currency": "CNY"}
    assert post(admin, f"/v1/matters/{matter}/events", payment).status_code == 201
    (after,) = rows(admin, party="张moved", track="best")
    assert (before["best"]["last_day"], after["best"]["last_day"]) == ("2027-03-11", "2029-11-20")
    shown = admin.get(after["links"]["limitation"]).json()
    assert shown["parties"][0]["best"][0]["last_day"] == "2029-11-20"
    closed = {"kind": "matter.closed", "on": "2026-11-23", "outcome": "paid"}
    assert post(admin, f"/v1/matters/{matter}/events", closed).status_code == 201
    assert rows(admin, party="张moved") == []
    assert [row["closed"] for row in rows(admin, party="张moved", state="closed")] == [True]


def test_days_that_pass_before_the_look_are_seen_all_the_same(story: Story, admin: httpx.Client) -> None:
    case(admin, "passing", due_on="2024-03-11")
    at = story.clock.at
    try:
        story.clock.at = at + timedelta(days=120)
        page = admin.get("/v1/matters", params={"party": "张passing"}).json()
        assert page["up_to_date"] is False
        assert page["items"][0]["conservative"]["state"] == "expired"
        assert rows(admin, party="张passing", state="alive") == []
        story.clock.at = at + timedelta(days=200)
        assert rows(admin, party="张passing") == []
        story.services.limitation.look(story.engine, story.clock, limit=500)
        assert admin.get("/v1/matters", params={"party": "张passing"}).json()["up_to_date"] is True
    finally:
        story.clock.at = at
