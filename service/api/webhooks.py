"""Webhooks over HTTP: where events are sent, with which keys, what became of each, and again."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from evidence.canonical import parse_instant
from service.access import Caller
from service.api.callers import requires
from service.api.idempotency import Answer, Once, once_of_json
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import Cursor, Limit, Wired
from service.api.paging import LIMIT_DEFAULT, Paging
from service.api.webhook_answers import delivery_answer, webhook_answer
from service.api.webhook_schema import (
    EVENT,
    ID,
    DeliveryAnswer,
    DeliveryList,
    DeliveryState,
    ReplayAnswer,
    ReplayBody,
    RotationBody,
    WebhookAnswer,
    WebhookBody,
    WebhookChange,
    WebhookList,
)
from service.records.webhooks import DeliveryRow, Position
from service.webhooks import Changed, NewWebhook

router = APIRouter(route_class=StrictRoute, tags=["webhooks 事件推送"], dependencies=[known_queries])

READ, WRITE = "webhooks:read", "webhooks:write"
WebhookId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_]+$", description="接收端标识。", examples=[ID])]
EventId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_]+$", description="事件标识。", examples=[EVENT])]
Writer = Annotated[Caller, requires(WRITE)]
Reader = Annotated[Caller, requires(READ)]
Keyed = Annotated[Once, Depends(once_of_json)]


@router.post("/v1/webhooks", status_code=201, response_model=WebhookAnswer, summary="新建接收端 Make a webhook")
def create_webhook(body: WebhookBody, caller: Writer, once: Keyed, services: Wired) -> Response:
    """Have events sent to a URL from now on, signed by Standard Webhooks 1.0; the secret is in this answer alone."""
    asked = NewWebhook(url=body.url, description=body.description or "", types=body.events, schemes=body.signatures)
    return _shown_once(
        once, lambda also: services.webhooks.create(asked, tenant_id=caller.tenant_id, also=also), status=201
    )


@router.get("/v1/webhooks", response_model=WebhookList, summary="接收端列表 Webhooks")
def list_webhooks(caller: Reader, services: Wired) -> dict[str, Any]:
    """Give the tenant's endpoints, oldest first."""
    return {"items": [webhook_answer(one) for one in services.webhooks.of_tenant(caller.tenant_id)]}


@router.get("/v1/webhooks/{webhook_id}", response_model=WebhookAnswer, summary="接收端 One webhook")
def show_webhook(webhook_id: WebhookId, caller: Reader, services: Wired) -> dict[str, Any]:
    """Give an endpoint, the keys that sign to it (public ones as they are), and how it fares."""
    return webhook_answer(services.webhooks.get(webhook_id, tenant_id=caller.tenant_id))


@router.patch("/v1/webhooks/{webhook_id}", response_model=WebhookAnswer, summary="修改接收端 Change a webhook")
def change_webhook(webhook_id: WebhookId, body: WebhookChange, caller: Writer, services: Wired) -> dict[str, Any]:
    """Set what is given. While disabled, events are kept; once active again they are sent."""
    return webhook_answer(services.webhooks.change(webhook_id, body.values(), tenant_id=caller.tenant_id))


@router.delete("/v1/webhooks/{webhook_id}", status_code=204, summary="删除接收端 Delete a webhook")
def delete_webhook(webhook_id: WebhookId, caller: Writer, services: Wired) -> None:
    """End an endpoint at once, with its keys and its log."""
    services.webhooks.delete(webhook_id, tenant_id=caller.tenant_id)


@router.post(
    "/v1/webhooks/{webhook_id}/rotate", status_code=201, response_model=WebhookAnswer, summary="更换密钥 Rotate keys"
)
def rotate_keys(webhook_id: WebhookId, body: RotationBody, caller: Writer, once: Keyed, services: Wired) -> Response:
    """Make new keys. For the time of grace the present ones sign beside them; those rotated before end at once."""
    grace = timedelta(hours=body.grace_hours)
    return _shown_once(
        once,
        lambda also: services.webhooks.rotate(webhook_id, tenant_id=caller.tenant_id, grace=grace, also=also),
        status=201,
    )


@router.post(
    "/v1/webhooks/{webhook_id}/test", status_code=202, response_model=DeliveryAnswer, summary="试发 Send a test"
)
def send_test(webhook_id: WebhookId, caller: Writer, once: Keyed, services: Wired) -> Response:
    """Send the event `webhook.test` to this endpoint; the log shows what became of it."""
    return once.do(
        lambda also: services.webhooks.test(webhook_id, tenant_id=caller.tenant_id, also=also), answer=_accepted
    )


@router.get("/v1/webhooks/{webhook_id}/deliveries", response_model=DeliveryList, summary="投递记录 Deliveries")
def list_deliveries(
    webhook_id: WebhookId,
    caller: Reader,
    services: Wired,
    state: Annotated[DeliveryState | None, Query(description="只列此状态的。Only this state.")] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> dict[str, Any]:
    """Give what was or will be sent to this endpoint, newest event first; delivered ones stay for 30 days."""
    context = f"{caller.tenant_id}:deliveries:{webhook_id}:{state}"
    page = Paging.of(services.cursor_key, context=context, cursor=cursor, limit=limit)
    after = None if page.after is None else Position(datetime.fromisoformat(str(page.after[0])), str(page.after[1]))
    rows = services.webhooks.deliveries(
        webhook_id, tenant_id=caller.tenant_id, state=state or "", after=after, limit=page.limit + 1
    )
    items, following = page.cut(rows, position=lambda row: (row.created_at.isoformat(), row.event_id))
    return {"items": [delivery_answer(row) for row in items], "next_cursor": following}


@router.post(
    "/v1/webhooks/{webhook_id}/deliveries/{event_id}/replay",
    status_code=202,
    response_model=DeliveryAnswer,
    summary="重发一件 Replay one",
)
def replay_delivery(webhook_id: WebhookId, event_id: EventId, caller: Writer, once: Keyed, services: Wired) -> Response:
    """Send one event again, delivered or not, under the same `webhook-id` and in a new round of attempts."""
    return once.do(
        lambda also: services.webhooks.replay(webhook_id, event_id, tenant_id=caller.tenant_id, also=also),
        answer=_accepted,
    )


@router.post(
    "/v1/webhooks/{webhook_id}/replay",
    status_code=202,
    response_model=ReplayAnswer,
    summary="重发失败的 Replay what failed",
)
def replay_failed(webhook_id: WebhookId, body: ReplayBody, caller: Writer, once: Keyed, services: Wired) -> Response:
    """Send every failed event from an instant on again."""
    since = parse_instant(body.since)
    return once.do(
        lambda also: services.webhooks.replay_failed(webhook_id, tenant_id=caller.tenant_id, since=since, also=also),
        answer=_counted,
    )


def _accepted(row: DeliveryRow) -> Answer:
    return Answer(status=202, content=delivery_answer(row))


def _counted(count: int) -> Answer:
    return Answer(status=202, content={"replayed": count})


def _shown_once(once: Once, work: Callable[[Any], Changed], *, status: int) -> Response:
    """Do it once, and put secrets only into the first answer: what is stored for retries is without them."""
    made: list[Changed] = []

    def answer(done: Changed) -> Answer:
        made.append(done)
        content = webhook_answer(done)
        return Answer(status=status, headers={"Location": content["links"]["self"]}, content=content)

    stored = once.do(work, answer=answer)
    if not made:
        return stored
    content = json.dumps(webhook_answer(made[0], with_secrets=True), ensure_ascii=False)
    return Response(content, status, {"Location": stored.headers["location"]}, "application/json")
