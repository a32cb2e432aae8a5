"""Is this digest recorded, where, since when, and how is that proved."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from evidence.canonical import format_instant
from service.access import Caller
from service.api.callers import requires
from service.api.json_body import StrictRoute, is_json, parse_json_body
from service.api.log import ProofAnswer, proof_answer
from service.api.multipart import read_multipart
from service.api.scratch import request_folder
from service.api.validation_messages import refused_fields, validated
from service.errors import ConflictError, FieldError, RefusedError
from service.records import entries
from service.records.engine import reading
from service.records.entries import EntryRow, Place
from service.services import Services, services_of

router = APIRouter(route_class=StrictRoute, tags=["verification 核验"])

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class VerificationBody(BaseModel):
    """The digest that is asked about."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"sha256": DIGEST}]})

    sha256: str = Field(pattern="^[0-9a-fA-F]{64}$", description="文件、记录正文或记录头的 SHA-256。")


class RecordedPlace(BaseModel):
    """One entry that records the digest."""

    what: str = Field(description="file, body or leaf: what of the entry has this digest")
    role: str = Field(description="The file's role; empty for body and leaf.")
    kind: str
    at: str
    seq: int
    matter: str | None = Field(description="Only for callers who may read matters.")
    leaf_hash: str
    log: ProofAnswer | None = Field(description="None until the entry is in the log, about a second.")


class VerificationAnswer(BaseModel):
    """What we know of a digest. `recorded: false` means only that this tenant's records do not have it."""

    sha256: str
    recorded: bool
    places: list[RecordedPlace]


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": VerificationBody.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
                }
            },
        },
    }
}


async def asked_digest(
    request: Request,
    _caller: Annotated[Caller, requires("verifications:read")],
    services: Annotated[Services, Depends(services_of)],
) -> bytes:
    """Read the digest from JSON, or compute it over an uploaded file, which is not kept."""
    declared = request.headers.get("content-type", "")
    if is_json(declared):
        body = validated(VerificationBody, parse_json_body(await request.body()))
        return bytes.fromhex(body.sha256)
    if not declared.lower().startswith("multipart/form-data"):
        raise RefusedError(
            "media_type_unsupported",
            "Send application/json with sha256, or multipart/form-data with a file.",
            message_zh="请以 application/json（sha256）或 multipart/form-data（file）发送。",
        )
    async with request_folder(services.scratch) as folder:
        parts = await read_multipart(request, folder=folder, limits=services.limits)
        if len(parts) != 1 or parts[0].name != "file":
            raise refused_fields((_ONE_FILE,))
        return parts[0].digest


_ONE_FILE = FieldError(
    pointer="/file",
    code="missing",
    message_zh="须有且只有一个名为 file 的文件",
    message_en="send exactly one file part",
)


@router.post("/v1/verifications", summary="核验摘要 Is it recorded", openapi_extra=_BODY)
def verify_digest(
    digest: Annotated[bytes, Depends(asked_digest)],
    caller: Annotated[Caller, requires("verifications:read")],
    services: Annotated[Services, Depends(services_of)],
) -> VerificationAnswer:
    """Look a digest up among files, entry bodies and entry headers; each place comes with its log proof."""
    with reading(services.engine) as conn:
        places = entries.places_of(conn, tenant_id=caller.tenant_id, digest=digest)
        rows = [
            (place, entries.one(conn, tenant_id=caller.tenant_id, matter_id=place.matter_id, seq=place.seq))
            for place in places
        ]
    found = [_place(services, caller, place, row) for place, row in rows]
    return VerificationAnswer(sha256=digest.hex(), recorded=bool(found), places=found)


def _place(services: Services, caller: Caller, place: Place, row: EntryRow) -> RecordedPlace:
    return RecordedPlace(
        what=place.what,
        role=place.role,
        kind=row.kind,
        at=format_instant(row.at),
        seq=row.seq,
        matter=row.matter_id if "matters:read" in caller.scopes else None,
        leaf_hash=row.leaf_hash.hex(),
        log=_proof(services, row),
    )


def _proof(services: Services, row: EntryRow) -> ProofAnswer | None:
    try:
        return proof_answer(services.proofs.proof(leaf_hash=row.leaf_hash), leaf_hash=row.leaf_hash)
    except ConflictError:
        return None
