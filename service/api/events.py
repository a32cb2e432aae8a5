"""Facts of a matter over HTTP: payments, promises, suits, contacts, corrections, each with its files."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from service.api.answers import entry_answer, facts_of, file_answers
from service.api.event_schema import EventAnswer, EventBody
from service.api.file_roles import EVENT_ROLES
from service.api.idempotency import Answer
from service.api.intake import RAW, Intake, Received
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import MatterId, Wired
from service.ledger import Appended

router = APIRouter(route_class=StrictRoute, tags=["matters 案件"], dependencies=[known_queries])

EVENT = Intake(EventBody, roles=EVENT_ROLES, scope="events:write", types=RAW)


@router.post(
    "/v1/matters/{matter_id}/events",
    status_code=201,
    response_model=EventAnswer,
    summary="记录事实 Record a fact",
    openapi_extra=EVENT.openapi(),
)
def record_event(
    matter_id: MatterId, received: Annotated[Received[EventBody], Depends(EVENT.dependency())], services: Wired
) -> Response:
    """Record one fact of the matter, as JSON or with files; nothing is edited, a mistake is `entry.corrected`."""
    return received.once.do(
        lambda also: services.recording.event(
            tenant_id=received.caller.tenant_id,
            matter_id=matter_id,
            kind=received.facts.root.kind,
            facts=received.facts.recorded(),
            files=received.freeze(),
            also=also,
        ),
        answer=_answer,
    )


def _answer(entry: Appended) -> Answer:
    facts = facts_of(entry)
    content = {
        "entry": entry_answer(entry),
        "kind": entry.kind,
        "facts": facts,
        "files": file_answers(entry, facts),
    }
    return Answer(status=201, content=content)
