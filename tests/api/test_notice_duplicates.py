"""The same letter again over HTTP: refused with the first one's name, issued with a reason, free once it is voided."""

import httpx
import pytest
from sqlalchemy import text
from story import Story, fresh_key, notice_body, opened, post
from test_problems import places, problem

from service import numbers
from service.api.notice_schema import NoticeBody
from service.records.engine import reading

pytestmark = pytest.mark.slow


@pytest.fixture
def asked(admin: httpx.Client, request: pytest.FixtureRequest) -> dict[str, object]:
    return notice_body(opened(admin)["id"], contract_no=f"重复{request.node.name[-20:]}")


def states(story: Story, matter: object) -> list[str]:
    with reading(story.engine) as conn:
        asked = text("SELECT state FROM notice_numbers WHERE matter_id = :matter ORDER BY n")
        return [row[0] for row in conn.execute(asked, {"matter": matter})]


def test_it_is_refused_and_the_first_is_named(admin: httpx.Client, story: Story, asked: dict[str, object]) -> None:
    key = fresh_key()
    first = admin.post("/v1/notices", json=asked, headers=key).json()
    assert first["duplicate_reason"] is None
    for language in ("zh-CN", "en"):
        told = problem(post(admin, "/v1/notices", asked, **{"Accept-Language": language}), 409, "notice_duplicate")
        assert first["notice_no"] in told["detail"]
        assert first["id"] in told["detail"]
        assert "duplicate_reason" in told["detail"]
    assert "2026-11-23T22:06:40Z" in told["detail"]
    assert admin.post("/v1/notices", json=asked, headers=key).json() == first  # the same key is the same request
    assert states(story, asked["matter"]) == ["issued"]  # nothing was reserved for what was refused


def test_another_matter_on_the_same_contract_does_not_help(admin: httpx.Client, asked: dict[str, object]) -> None:
    assert post(admin, "/v1/notices", asked).status_code == 201
    elsewhere = asked | {"matter": opened(admin)["id"]}
    problem(post(admin, "/v1/notices", elsewhere), 409, "notice_duplicate")


def test_a_later_day_is_another_letter(admin: httpx.Client, asked: dict[str, object]) -> None:
    assert post(admin, "/v1/notices", asked).status_code == 201
    later = notice_body(str(asked["matter"]), contract_no=asked["fields"]["contract_no"], as_of_on="2026-11-21")  # type: ignore[index]
    assert post(admin, "/v1/notices", later).status_code == 201


def test_a_reason_lets_it_through_and_is_recorded(admin: httpx.Client, asked: dict[str, object]) -> None:
    first = post(admin, "/v1/notices", asked).json()
    again = post(admin, "/v1/notices", asked | {"duplicate_reason": " 前函退回，重新寄送 "})
    assert again.status_code == 201, again.text
    assert again.json()["duplicate_reason"] == "前函退回，重新寄送"
    assert admin.get(again.json()["links"]["self"]).json()["duplicate_reason"] == "前函退回，重新寄送"
    bodies = [entry["body"] for entry in admin.get(f"/v1/matters/{asked['matter']}/entries").json()["items"][1:]]
    assert [body.get("duplicate_reason") for body in bodies] == [None, "前函退回，重新寄送"]
    assert bodies[0]["subject"] == bodies[1]["subject"]
    assert bodies[0]["subject"].keys() == {"notice_kind", "addressee", "contract_no", "as_of_on"}
    told = problem(post(admin, "/v1/notices", asked), 409, "notice_duplicate")
    assert first["notice_no"] in told["detail"]


@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "string_too_short"), ("  ", "text.blank"), ("a\nb", "text.line_break"), (1, "string_type")],
)
def test_a_reason_says_something(admin: httpx.Client, asked: dict[str, object], reason: object, code: str) -> None:
    answer = post(admin, "/v1/notices", asked | {"duplicate_reason": reason})
    assert places(problem(answer, 422, "validation_failed")) == {"/duplicate_reason": code}


def test_a_voided_one_no_longer_counts(admin: httpx.Client, story: Story, asked: dict[str, object]) -> None:
    first = post(admin, "/v1/notices", asked).json()
    with reading(story.engine) as conn:
        number = numbers.find(conn, tenant_id=story.tenant.id, notice_no=first["notice_no"])
    numbers.void(story.services.ledger, number, reason="收件人有误，作废")
    second = post(admin, "/v1/notices", asked)
    assert second.status_code == 201, second.text
    assert states(story, asked["matter"]) == ["voided", "issued"]
    problem(post(admin, "/v1/notices", asked), 409, "notice_duplicate")


def test_the_document_tells_of_it(admin: httpx.Client) -> None:
    document = admin.get("/openapi.json").json()
    told = document["components"]["schemas"][NoticeBody.__name__]["properties"]["duplicate_reason"]
    assert "notice_duplicate" in told["description"]
    assert told["examples"]
