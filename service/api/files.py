"""Files over HTTP: what came in goes out, byte for byte, to those whose matter names it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from service.access import Caller
from service.api.callers import requires
from service.api.downloads import BYTES, send_download
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import Wired
from service.api.notices import download_of
from service.records import notices
from service.records.engine import reading

router = APIRouter(route_class=StrictRoute, tags=["scans 扫描件"], dependencies=[known_queries])

_HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@router.head("/v1/files/{sha256}", include_in_schema=False)
@router.get("/v1/files/{sha256}", response_class=Response, responses=BYTES, summary="下载文件 A file as received")
def download_file(
    request: Request,
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="文件的 SHA-256。", examples=[_HEX])],
    caller: Annotated[Caller, requires("files:read")],
    services: Wired,
    matter: Annotated[
        str,
        Query(
            min_length=1,
            max_length=40,
            pattern=r"^[A-Za-z0-9_]+$",
            description="记录中列有此文件的案件。A matter that names the file.",
            examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"],
        ),
    ],
) -> Response:
    """Give a file that an entry of this matter names; any other digest is not found."""
    with reading(services.engine) as conn:
        row = notices.file_of_matter(conn, tenant_id=caller.tenant_id, matter_id=matter, sha256=bytes.fromhex(sha256))
    return send_download(request, download_of(row, inline=False), objects=services.objects)
