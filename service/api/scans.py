"""Scans over HTTP: the signed notice, the reply slip, the envelope, the label."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from service.api.answers import entry_answer, facts_of, file_answers
from service.api.dispatch_schema import ScanAnswer, ScanFacts
from service.api.file_roles import SIGNER_ROLES
from service.api.idempotency import Answer
from service.api.intake import Intake, Received
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import Wired
from service.api.notices import NoticeId
from service.ledger import Appended

router = APIRouter(route_class=StrictRoute, tags=["scans 扫描件"], dependencies=[known_queries])

SCAN = Intake(ScanFacts, roles=("scan", *SIGNER_ROLES, "video"), scope="scans:write")


@router.post(
    "/v1/notices/{notice_id}/scans",
    status_code=201,
    response_model=ScanAnswer,
    summary="记录扫描件 Record a scan",
    openapi_extra=SCAN.openapi(),
)
def record_scan(
    notice_id: NoticeId, received: Annotated[Received[ScanFacts], Depends(SCAN.dependency())], services: Wired
) -> Response:
    """Record page images of paper that came back, byte for byte as they were made."""
    return received.once.do(
        lambda also: services.recording.scan(
            tenant_id=received.caller.tenant_id,
            notice_id=notice_id,
            facts=received.facts.recorded(),
            files=received.freeze(),
            also=also,
        ),
        answer=_answer,
    )


def _answer(entry: Appended) -> Answer:
    facts = facts_of(entry)
    content = {
        "id": facts["scan"],
        "notice": facts["notice"],
        "entry": entry_answer(entry),
        "facts": facts,
        "files": file_answers(entry, facts),
        "links": {"notice": f"/v1/notices/{facts['notice']}", "matter": f"/v1/matters/{entry.matter_id}"},
        "warnings": [],
    }
    return Answer(status=201, content=content)
