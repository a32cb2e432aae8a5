"""Letters on their way, over HTTP: dispatch, tracking, receipt."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from service.advice import dispatch_warnings, receipt_warnings
from service.api.answers import entry_answer, facts_of, file_answers, warning_answers
from service.api.dispatch_schema import (
    DispatchAnswer,
    DispatchFacts,
    ReceiptAnswer,
    ReceiptFacts,
    TrackingAnswer,
    TrackingFacts,
)
from service.api.file_roles import SENT_ROLES, SIGNER_ROLES
from service.api.idempotency import Answer
from service.api.intake import RAW, Intake, Received
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import Wired
from service.api.notices import NoticeId
from service.errors import FieldError
from service.ledger import Appended

router = APIRouter(route_class=StrictRoute, tags=["dispatches 寄送"], dependencies=[known_queries])

DISPATCH = Intake(
    DispatchFacts,
    roles=(
        "posting_slip",
        "packing_photo",
        "label",
        "posting_receipt",
        *SENT_ROLES,
        "other",
    ),
    scope="dispatches:write",
)
TRACKING = Intake(TrackingFacts, roles=("raw", "tracking_print"), scope="dispatches:write", types=RAW)
RECEIPT = Intake(
    ReceiptFacts,
    roles=(
        "receipt_image",
        "return_envelope",
        "tracking_print",
        "photo",
        *SIGNER_ROLES,
        *SENT_ROLES,
        "other",
    ),
    scope="receipts:write",
)
DispatchId = Annotated[
    str,
    Path(
        max_length=40, pattern=r"^[A-Za-z0-9_]+$", description="寄送标识。", examples=["d_4k2y7q3n5w6x2z4a5b6c7d2e3f"]
    ),
]


@router.post(
    "/v1/notices/{notice_id}/dispatches",
    status_code=201,
    response_model=DispatchAnswer,
    summary="记录交寄 Record a dispatch",
    openapi_extra=DISPATCH.openapi(),
)
def record_dispatch(
    request: Request,
    notice_id: NoticeId,
    received: Annotated[Received[DispatchFacts], Depends(DISPATCH.dependency())],
    services: Wired,
) -> Response:
    """Record that a notice was handed to a carrier, with the posting slip and whatever shows what was inside."""
    facts = received.facts.recorded()
    return received.once.do(
        lambda also: services.recording.dispatch(
            tenant_id=received.caller.tenant_id,
            notice_id=notice_id,
            facts=facts,
            files=received.freeze(),
            also=also,
        ),
        answer=_answering(request, dispatch_warnings(facts), _dispatched),
    )


@router.post(
    "/v1/dispatches/{dispatch_id}/tracking",
    status_code=201,
    response_model=TrackingAnswer,
    summary="记录轨迹 Record the carrier's trail",
    openapi_extra=TRACKING.openapi(),
)
def record_tracking(
    request: Request,
    dispatch_id: DispatchId,
    received: Annotated[Received[TrackingFacts], Depends(TRACKING.dependency())],
    services: Wired,
) -> Response:
    """Record what the carrier says of the way so far, with its own answer as it was received."""
    return received.once.do(
        lambda also: services.recording.tracking(
            tenant_id=received.caller.tenant_id,
            dispatch_id=dispatch_id,
            facts=received.facts.recorded(),
            files=received.freeze(),
            also=also,
        ),
        answer=_answering(request, (), lambda _entry, facts: {"dispatch": facts["dispatch"]}),
    )


@router.post(
    "/v1/dispatches/{dispatch_id}/receipts",
    status_code=201,
    response_model=ReceiptAnswer,
    summary="记录回执 Record a receipt",
    openapi_extra=RECEIPT.openapi(),
)
def record_receipt(
    request: Request,
    dispatch_id: DispatchId,
    received: Annotated[Received[ReceiptFacts], Depends(RECEIPT.dependency())],
    services: Wired,
) -> Response:
    """Record the carrier's proof that the letter was delivered, refused or returned."""
    facts = received.facts.recorded()
    return received.once.do(
        lambda also: services.recording.receipt(
            tenant_id=received.caller.tenant_id,
            dispatch_id=dispatch_id,
            facts=facts,
            files=received.freeze(),
            also=also,
        ),
        answer=_answering(request, receipt_warnings(facts, files=len(received.files)), _receipted),
    )


Special = Callable[[Appended, dict[str, Any]], dict[str, Any]]


def _answering(request: Request, warnings: Sequence[FieldError], special: Special) -> Callable[[Appended], Answer]:
    told = warning_answers(request, warnings)

    def answer(entry: Appended) -> Answer:
        facts = facts_of(entry)
        shared = {
            "entry": entry_answer(entry),
            "facts": facts,
            "files": file_answers(entry, facts),
            "warnings": told,
        }
        return Answer(status=201, content=special(entry, facts) | shared)

    return answer


def _dispatched(entry: Appended, facts: dict[str, Any]) -> dict[str, Any]:
    here = f"/v1/dispatches/{facts['dispatch']}"
    links = {
        "tracking": f"{here}/tracking",
        "receipts": f"{here}/receipts",
        "notice": f"/v1/notices/{facts['notice']}",
        "matter": f"/v1/matters/{entry.matter_id}",
    }
    return {"id": facts["dispatch"], "notice": facts["notice"], "links": links}


def _receipted(entry: Appended, facts: dict[str, Any]) -> dict[str, Any]:
    links = {"matter": f"/v1/matters/{entry.matter_id}"}
    return {"id": facts["receipt"], "dispatch": facts["dispatch"], "links": links}
