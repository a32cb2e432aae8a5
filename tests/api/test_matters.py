"""Opening and finding matters: what is refused and where, what is only warned of, and whose they are."""

from typing import Any

import httpx
import pytest
from story import Story, fresh_key, matter_body, opened, post
from test_problems import places, problem


def refused(client: httpx.Client, body: dict[str, Any]) -> dict[str, str]:
    return places(problem(post(client, "/v1/matters", body), 422, "validation_failed"))


def with_party(place: int, **more: Any) -> dict[str, Any]:
    body = matter_body()
    body["parties"][place] |= more
    return body


def with_claim(**more: Any) -> dict[str, Any]:
    body = matter_body()
    body["claim"] |= more
    return body


def test_every_wrong_field_at_once(admin: httpx.Client) -> None:
    body = with_claim(kind="gift", contract_on="2023-02-30", principal={"amount": 1000000, "currency": "rmb"}, x=1)
    del body["claim"]["contract_no"]
    body["parties"][1] = {"party": "P 2", "role": "debtor", "kind": "person", "name": "张三\u202e", "typo": "x"}
    body["parties"][2]["guarantee"]["period_months"] = "6"
    assert refused(admin, body | {"reference": "张三\u202e"}) == {
        "/reference": "direction_mark",
        "/parties/1/name": "direction_mark",
    }
    body["parties"][1]["name"] = "张三\u200b"
    assert refused(admin, body) == {
        "/claim/kind": "literal_error",
        "/claim/contract_no": "missing",
        "/claim/contract_on": "date_malformed",
        "/claim/principal/amount": "string_type",
        "/claim/principal/currency": "string_pattern_mismatch",
        "/claim/x": "extra_forbidden",
        "/parties/1/party": "string_pattern_mismatch",
        "/parties/1/name": "text.invisible_character",
        "/parties/1/typo": "extra_forbidden",
        "/parties/2/guarantee/period_months": "int_type",
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("张{{ name }}", "text.placeholder"),
        ("张｛｛name｝｝", "text.placeholder"),
        ("张\u0007", "control_character"),
        ("张\t三", "text.control_character"),
        ("张\n三", "text.line_break"),
        ("张\u200f", "direction_mark"),
        ("张\ufeff", "text.invisible_character"),
        ("張\uf9d1", "compatibility_character"),
        ("张\ue000", "text.private_character"),
        ("   ", "text.blank"),
        ("", "string_too_short"),
        ("张" * 201, "string_too_long"),
        (None, "string_type"),
        (7, "string_type"),
    ],
)
def test_names_that_cannot_stand(admin: httpx.Client, name: Any, code: str) -> None:
    assert refused(admin, with_party(1, name=name)) == {"/parties/1/name": code}


def test_a_lone_surrogate(admin: httpx.Client) -> None:
    answer = admin.post(
        "/v1/matters",
        content=b'{"reference":"\\ud83d"}',
        headers=fresh_key() | {"Content-Type": "application/json"},
    )
    assert places(problem(answer, 422, "validation_failed"))["/reference"] == "surrogate"


@pytest.mark.parametrize("name", ["A<B>&C 公司", "㛃𬭊", 'O\'Neil "x" %s ${y}', "张三·买买提"])
def test_names_that_may_stand(admin: httpx.Client, name: str) -> None:
    found = opened(admin, parties=with_party(1, name=name)["parties"])
    assert found["parties"][1]["name"] == name
    assert admin.get(found["links"]["self"]).json()["parties"][1]["name"] == name
    listed = admin.get("/v1/matters", params={"q": name}).json()["items"]
    assert found["id"] in {item["id"] for item in listed}


def test_composed_text_is_recorded_composed(admin: httpx.Client) -> None:
    assert opened(admin, reference="cafe\u0301")["reference"] == "caf\u00e9"


@pytest.mark.parametrize(
    ("claim", "place"),
    [
        ({"due_on": "2023-11-19"}, {"/claim/due_on": "dates_out_of_order"}),
        ({"due_on": "20261020"}, {"/claim/due_on": "string_too_short"}),
        ({"due_on": "2026-13-01"}, {"/claim/due_on": "date_malformed"}),
        ({"due_on": "0026-01-01"}, {"/claim/due_on": "date_out_of_range"}),
        (
            {"instalments": [{"due_on": "2026-10-20", "amount": "1.00"}]},
            {"/claim/instalments": "due_twice"},
        ),
        (
            {
                "due_on": None,
                "instalments": [{"due_on": d, "amount": "1.00"} for d in ("2026-10-20", "2026-09-20")],
            },
            {"/claim/instalments": "dates_out_of_order"},
        ),
        ({"principal": {"amount": "0.00", "currency": "CNY"}}, {"/claim/principal/amount": "amount_zero"}),
        (
            {"principal": {"amount": "1,000.00", "currency": "CNY"}},
            {"/claim/principal/amount": "string_pattern_mismatch"},
        ),
        ({"principal": {"amount": "10.5", "currency": "CNY"}}, {"/claim/principal/amount": "string_pattern_mismatch"}),
    ],
)
def test_claims_that_do_not_hold(admin: httpx.Client, claim: dict[str, Any], place: dict[str, str]) -> None:
    assert refused(admin, with_claim(**claim)) == place


LAW_OF_CLAIM: list[dict[str, Any]] = [
    {"kind": "deposit"},
    {"kind": "rent", "due_on": None, "instalments": [{"due_on": "2026-10-20", "amount": "1.00"}], "one_debt": True},
    {"due_on": None, "no_due_date": True},
    {"kind": "damages", "due_on": None, "known_on": "2026-10-20", "harmed_on": "2026-10-19"},
    {"lender": True, "financial_institution": True, "debit_clause": False, "short_period": False},
]


@pytest.mark.parametrize("claim", LAW_OF_CLAIM)
def test_what_the_law_asks_of_a_claim_is_recorded(admin: httpx.Client, claim: dict[str, Any]) -> None:
    found = opened(admin, claim=with_claim(**claim)["claim"])
    assert {name: value for name, value in claim.items() if value is not None}.items() <= found["claim"].items()


@pytest.mark.parametrize(
    ("claim", "place"),
    [
        ({"no_due_date": True}, {"/claim/no_due_date": "due_twice"}),
        (
            {"due_on": None, "instalments": [{"due_on": "2026-10-20", "amount": "1.00"}], "no_due_date": True},
            {"/claim/no_due_date": "due_twice"},
        ),
        ({"known_on": "2026-10-18", "harmed_on": "2026-10-19"}, {"/claim/harmed_on": "dates_out_of_order"}),
    ],
)
def test_claims_that_contradict_themselves_in_law(
    admin: httpx.Client, claim: dict[str, Any], place: dict[str, str]
) -> None:
    assert refused(admin, with_claim(**claim)) == place


def test_what_the_law_asks_of_a_guarantee(admin: httpx.Client) -> None:
    maximum = {"debts": ["2026-06-30", "2026-10-20"], "determined_on": "2026-10-21"}
    guarantee = {"mode": "unspecified", "contract_no": "x", "period_unclear": True, "maximum": maximum}
    body = with_party(2, guarantee=guarantee | {"recourse_with": ["p4"]}, address_basis="registered", deemed_days=3)
    body["parties"].append({"party": "p4", "role": "guarantor", "kind": "person", "name": "李四", "guarantee": {
        "mode": "general", "contract_no": "y"}, "whereabouts_unknown": True})  # fmt: skip
    found = opened(admin, parties=body["parties"])["parties"]
    assert guarantee.items() <= found[2]["guarantee"].items()
    assert (found[2]["address_basis"], found[3]["whereabouts_unknown"]) == ("registered", True)
    assert found[2]["deemed_days"] == 3
    for twice in ({"period_months": 6}, {"period_until_on": "2029-10-20"}):
        refusal = with_party(2, guarantee=guarantee | twice)
        assert refused(admin, refusal) == {"/parties/2/guarantee/period_unclear": "period_twice"}
    for name in ("p2", "p3", "p9"):
        wrong = with_party(2, guarantee={"mode": "joint", "contract_no": "x", "recourse_with": [name]})
        assert refused(admin, wrong) == {"/parties/2/guarantee/recourse_with/0": "guarantor_unknown"}


def test_parties_that_do_not_hold(admin: httpx.Client) -> None:
    body = with_party(2, party="p2")
    del body["parties"][2]["guarantee"]
    body["parties"][0]["role"] = "debtor"
    assert refused(admin, body) == {
        "/parties/2/party": "party_doubled",
        "/parties": "creditor_missing",
        "/parties/2/guarantee": "guarantee_missing",
    }


def test_wrong_check_digits_and_undrawn_names_only_warn(admin: httpx.Client) -> None:
    body = with_party(1, id_no="110101199003077476", name="张\U00012000")
    body["parties"][2]["id_no"] = "91110000MA00000065"
    found = opened(admin, parties=body["parties"])
    codes = {warning["pointer"]: warning["code"] for warning in found["warnings"]}
    assert codes == {
        "/parties/1/id_no": "id_no.check_digit",
        "/parties/1/name": "text.no_glyph",
        "/parties/2/id_no": "id_no.check_digit",
    }
    assert admin.get(found["links"]["self"]).json()["warnings"] == found["warnings"]


def test_floats_and_large_numbers_are_refused_not_recorded(admin: httpx.Client) -> None:
    assert refused(admin, with_claim(principal={"amount": 1.5, "currency": "CNY"})) == {
        "/claim/principal/amount": "float"
    }
    body = with_party(2, guarantee={"mode": "joint", "contract_no": "x", "period_months": 2**60})
    assert refused(admin, body) == {"/parties/2/guarantee/period_months": "integer_too_large"}


def test_another_tenant_finds_nothing(story: Story, admin: httpx.Client) -> None:
    found = opened(admin)
    with story.client(key=story.other_key) as other:
        problem(other.get(found["links"]["self"]), 404, "not_found")
        problem(other.get(found["links"]["entries"]), 404, "not_found")
        fact = {"kind": "matter.closed", "on": "2026-11-23", "outcome": "paid"}
        problem(post(other, found["links"]["events"], fact), 404, "not_found")
        problem(post(other, found["links"]["bundles"], {}), 404, "not_found")
        assert other.get("/v1/matters").json()["items"] == []


def test_scopes(story: Story, admin: httpx.Client) -> None:
    found = opened(admin)
    with story.client("legal_staff") as staff, story.client("auditor") as auditor, story.client() as nobody:
        problem(post(staff, "/v1/matters", matter_body()), 403, "scope_missing")
        problem(auditor.get(found["links"]["self"]), 403, "scope_missing")
        problem(nobody.get(found["links"]["self"]), 401, "credentials_missing")


def test_etag(admin: httpx.Client) -> None:
    found = opened(admin)
    first = admin.get(found["links"]["self"])
    tag = first.headers["etag"]
    again = admin.get(found["links"]["self"], headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    fact = {"kind": "matter.closed", "on": "2026-11-23", "outcome": "paid"}
    assert post(admin, found["links"]["events"], fact).status_code == 201
    changed = admin.get(found["links"]["self"], headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_same_key_other_body(admin: httpx.Client) -> None:
    key = fresh_key()
    assert admin.post("/v1/matters", json=matter_body(), headers=key).status_code == 201
    problem(admin.post("/v1/matters", json=matter_body(reference="x"), headers=key), 422, "idempotency_key_reused")
    problem(admin.post("/v1/matters", json=matter_body()), 400, "idempotency_key_missing")


def test_no_query_holds_a_nul(admin: httpx.Client) -> None:
    found = problem(admin.get("/v1/matters?q=%00&party=a%00b"), 422, "validation_failed")
    assert places(found) == {"#query/q": "text.control_character", "#query/party": "text.control_character"}


def test_unknown_queries_are_named(admin: httpx.Client) -> None:
    answer = admin.get("/v1/matters", params={"qq": "x", "expires_befor": "2027-01-01", "limit": "5"})
    found = problem(answer, 422, "validation_failed")
    assert places(found) == {"#query/qq": "query_unknown", "#query/expires_befor": "query_unknown"}
    assert all("expires_before" in error["message"] for error in found["errors"])
    assert places(problem(admin.get("/v1/matters?limit=0"), 422, "validation_failed")) == {
        "#query/limit": "greater_than_equal"
    }


def test_who_is_asked_before_what(story: Story) -> None:
    with story.client() as nobody:
        problem(nobody.get("/v1/matters?qq=x"), 401, "credentials_missing")
        problem(post(nobody, "/v1/matters", {"typo": 1}), 401, "credentials_missing")
    with story.client("auditor") as auditor:
        problem(post(auditor, "/v1/matters", {"typo": 1}), 403, "scope_missing")


def test_pages_do_not_lose_or_repeat(story: Story) -> None:
    with story.client(key=story.other_key) as other:
        made = {opened(other, reference=f"页-{n}")["id"] for n in range(7)}
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = other.get("/v1/matters", params={"limit": 3, "q": "页-"} | cursor).json()
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert len(seen) == 7
        assert set(seen) == made
        answer = other.get("/v1/matters", params={"q": "另外"} | cursor)
        assert places(problem(answer, 422, "validation_failed")) == {"#query/cursor": "cursor_malformed"}
