"""The calendar over HTTP: what calendar programs subscribe to, and the addresses by which they may."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.security import APIKeyQuery
from pydantic import ConfigDict, Field
from starlette.responses import Response

from evidence.canonical import format_instant
from evidence.law.entry_values import legal_day
from service.access import Caller
from service.api.answers import Answered
from service.api.callers import Credential, identify, requires
from service.api.downloads import is_known
from service.api.idempotency import Answer, Once, once_of_json
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import Wired
from service.api.wire import Line, Wire
from service.calendar_file import Frame, calendar_file, fingerprint
from service.feeds import SCOPE, Feed, NewFeed
from service.records.calendar_days import Day, clock_days, letter_days
from service.records.engine import reading
from service.services import Services

router = APIRouter(route_class=StrictRoute, tags=["calendar 日历"])

CLOCKS_MOST, LETTERS_MOST = 1000, 300
"""What calendar programs still take well; the file says when there is more."""
CALENDAR = "text/calendar; charset=utf-8"
FEED_TOKEN = APIKeyQuery(
    name="token",
    auto_error=False,
    scheme_name="calendarToken",
    description="日历订阅地址中的令牌（`duly_cal_…`），只能读取日历。The secret in a calendar feed's address.",
)
_STAFF_SCOPE = "matters:read"
FeedId = Annotated[
    str,
    Path(
        max_length=40, pattern=r"^[A-Za-z0-9_]+$", description="订阅标识。", examples=["f_4k2y7q3n5w6x2z4a5b6c7d2e3f"]
    ),
]


class FeedBody(Wire):
    """A feed to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"label": "法务部 Outlook"}]})

    label: Line = Field(title="用途", description="给谁、用在哪里。", examples=["法务部 Outlook"])


class FeedAnswer(Answered):
    """A feed as it may be listed: never its secret."""

    id: str = Field(title="订阅标识", examples=["f_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    label: str = Field(title="用途", examples=["法务部 Outlook"])
    created_at: str = Field(title="创建时间", examples=["2026-11-28T01:00:00Z"])
    revoked_at: str | None = Field(title="吊销时间", examples=[None])
    last_used_at: str | None = Field(title="最近使用", description="约五分钟记一次。", examples=[None])


class FeedShown(FeedAnswer):
    """A feed with its secret, which is shown this once; a repeated request gets it without."""

    token: str | None = Field(title="令牌", description="只显示这一次；丢失请更换。", examples=["duly_cal_…"])
    url: str | None = Field(
        title="订阅地址",
        description="填入 Outlook、WPS 或手机日历。知道地址的人都能看到日历内容。",
        examples=["https://duly.example/v1/calendar.ics?token=duly_cal_…"],
    )


class FeedList(Answered):
    """A tenant's feeds."""

    items: list[FeedAnswer] = Field(title="订阅")


def calendar_reader(
    request: Request, token: Annotated[str | None, Depends(FEED_TOKEN)], key: Credential, services: Wired
) -> Caller:
    """Tell who reads the calendar: the holder of its address, or of a key that may read matters.

    Raises:
        UnauthorisedError: Neither holds.
        ForbiddenError: The key may not read matters.
    """
    caller = services.feeds.authenticate(token) if token else identify(services, key)
    if SCOPE not in caller.scopes:
        caller.require(_STAFF_SCOPE)
    request.state.caller_label = caller.key_id
    return caller


_ICS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}, "description": "The calendar 日历"},
    304: {"description": "You have it already 未改变"},
}


@router.head("/v1/calendar.ics", include_in_schema=False)
@router.get("/v1/calendar.ics", response_class=Response, responses=_ICS, summary="日历订阅 The calendar")
def read_calendar(request: Request, caller: Annotated[Caller, Depends(calendar_reader)], services: Wired) -> Response:
    """Give the tenant's last days and letters to trace as iCalendar, for Outlook, WPS and phones to subscribe to.

    Names, contract and waybill numbers only. Parameters that calendar programs add to the address are let pass.
    """
    frame, clocks, letters = _days(services, caller.tenant_id)
    digest = fingerprint(frame, clocks, letters)
    headers = {"ETag": f'"{digest.hex()}"', "Cache-Control": "private, max-age=0, must-revalidate"}
    if is_known(request, digest):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="duly.ics"'
    return Response(calendar_file(frame, clocks, letters), headers=headers, media_type=CALENDAR)


@router.post(
    "/v1/calendar-feeds",
    status_code=201,
    response_model=FeedShown,
    summary="新建日历订阅 Make a calendar feed",
    dependencies=[known_queries],
)
def create_feed(
    body: FeedBody,
    caller: Annotated[Caller, requires("admin:write")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
) -> Response:
    """Make an address with a secret of its own; the secret is in this answer and nowhere else."""
    return _shown_once(
        services, once, lambda also: services.feeds.create(tenant_id=caller.tenant_id, label=body.label, also=also)
    )


@router.post(
    "/v1/calendar-feeds/{feed_id}/rotations",
    status_code=201,
    response_model=FeedShown,
    summary="更换令牌 Replace a feed's secret",
    dependencies=[known_queries],
)
def rotate_feed(
    feed_id: FeedId,
    caller: Annotated[Caller, requires("admin:write")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
) -> Response:
    """Give a feed a new secret: the old address ends at once."""
    return _shown_once(
        services, once, lambda also: services.feeds.rotate(tenant_id=caller.tenant_id, feed_id=feed_id, also=also)
    )


@router.get(
    "/v1/calendar-feeds", response_model=FeedList, summary="日历订阅列表 Calendar feeds", dependencies=[known_queries]
)
def list_feeds(caller: Annotated[Caller, requires("admin:read")], services: Wired) -> dict[str, Any]:
    """Give the tenant's feeds, oldest first, revoked ones too."""
    return {"items": [_answer(feed) for feed in services.feeds.of_tenant(caller.tenant_id)]}


@router.delete(
    "/v1/calendar-feeds/{feed_id}",
    status_code=204,
    summary="吊销日历订阅 Revoke a calendar feed",
    dependencies=[known_queries],
)
def revoke_feed(feed_id: FeedId, caller: Annotated[Caller, requires("admin:write")], services: Wired) -> None:
    """End a feed at once; ending it again changes nothing."""
    services.feeds.revoke(tenant_id=caller.tenant_id, feed_id=feed_id)


def _days(services: Services, tenant_id: str) -> tuple[Frame, tuple[Day, ...], tuple[Day, ...]]:
    frame = Frame(
        origin=services.origin,
        tenant_name=services.access.tenant(tenant_id).name,
        today=legal_day(services.clock()),
        months=services.calendar_months,
        before_days=services.limitation.alarm_days,
    )
    with reading(services.engine) as conn:
        clocks = clock_days(conn, tenant_id=tenant_id, start=frame.start, until=frame.until, limit=CLOCKS_MOST + 1)
        letters = letter_days(conn, tenant_id=tenant_id, today=frame.today, limit=LETTERS_MOST + 1)
    is_cut = len(clocks) > CLOCKS_MOST or len(letters) > LETTERS_MOST
    return replace(frame, is_cut=is_cut), clocks[:CLOCKS_MOST], letters[:LETTERS_MOST]


def _shown_once(services: Services, once: Once, work: Callable[[Any], NewFeed]) -> Response:
    """Do it once, and put the secret only into the first answer: what is stored for retries is without it."""
    made: list[NewFeed] = []

    def answer(done: NewFeed) -> Answer:
        made.append(done)
        return Answer(status=201, content=_answer(done.feed) | {"token": None, "url": None})

    stored = once.do(work, answer=answer)
    if not made:
        return stored
    url = f"{services.public_url}/v1/calendar.ics?token={made[0].token}"
    content = _answer(made[0].feed) | {"token": made[0].token, "url": url}
    return Response(json.dumps(content, ensure_ascii=False), 201, media_type="application/json")


def _answer(feed: Feed) -> dict[str, Any]:
    return {
        "id": feed.id,
        "label": feed.label,
        "created_at": format_instant(feed.created_at),
        "revoked_at": None if feed.revoked_at is None else format_instant(feed.revoked_at),
        "last_used_at": None if feed.last_used_at is None else format_instant(feed.last_used_at),
    }
