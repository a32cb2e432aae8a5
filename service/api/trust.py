"""The trust anchors: what a verifier must be given by another way than the bundle that it checks. Public."""

import hashlib
import io
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from evidence.archive import member_from_bytes, write_archive
from service.api.digests import format_digest
from service.api.downloads import content_disposition, is_known
from service.api.json_body import StrictRoute
from service.services import Services, services_of

router = APIRouter(route_class=StrictRoute, tags=["verification 核验"])

_FOLDER = "anchors"


_FILE = {"name": "log.vkey", "sha256": "9f86…0a08", "size": 98, "content": "duly.example/log+f09afe3c+AX…\n"}
_AUTHORITY = {"name": "dev-1", "label": "内置开发时间戳，不受信任 Embedded, for development; not trusted"}
_EXAMPLE: Any = {"origin": "duly.example/log", "authorities": [_AUTHORITY], "files": [_FILE]}


class AnchorFile(BaseModel):
    """One file of the anchors' folder."""

    name: str
    sha256: str
    size: int
    content: str = Field(description="The file's text, exactly.")


class Authority(BaseModel):
    """One time-stamping authority in use."""

    name: str
    label: str = Field(description="What a person must know of it; says plainly when it is not trusted.")


class TrustAnswer(BaseModel):
    """The whole folder. Write each file to disk under its name and compare its SHA-256 by another way."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    origin: str
    authorities: list[Authority]
    files: list[AnchorFile]


@router.get(
    "/v1/trust",
    summary="信任锚 Trust anchors",
    response_model=TrustAnswer,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string"}}}}},
)
def show_trust(
    request: Request,
    services: Annotated[Services, Depends(services_of)],
    wanted: Annotated[Literal["json", "zip"], Query(alias="format", description="json 或 zip")] = "json",
) -> Response:
    """Give log keys, time-authority roots and chains, and witness keys: as JSON, or as a zip of the folder."""
    files = services.trust.files()
    answer = _answer(services)
    body = _zipped(files) if wanted == "zip" else JSONResponse(answer.model_dump()).body
    digest = hashlib.sha256(bytes(body)).digest()
    headers = {"ETag": f'"{digest.hex()}"', "Repr-Digest": format_digest(digest), "Cache-Control": "no-cache"}
    if is_known(request, digest):
        return Response(status_code=304, headers={"ETag": headers["ETag"]})
    if wanted == "zip":
        headers["Content-Disposition"] = content_disposition(f"{_FOLDER}.zip")
        return Response(bytes(body), media_type="application/zip", headers=headers)
    return Response(bytes(body), media_type="application/json", headers=headers)


def _answer(services: Services) -> TrustAnswer:
    files = sorted(services.trust.files().items())
    return TrustAnswer(
        origin=services.origin,
        authorities=[Authority(name=name, label=label) for name, label in services.trust.labels()],
        files=[
            AnchorFile(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), content=data.decode())
            for name, data in files
        ],
    )


def _zipped(files: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    write_archive([member_from_bytes(f"{_FOLDER}/{name}", data) for name, data in sorted(files.items())], sink)
    return sink.getvalue()
