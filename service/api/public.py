"""The public page that a letter and its QR code name: is this notice genuine? No personal data.

Whoever holds the paper knows the number; they learn that it was issued, by whom, when, how many pages it has and what
digest the electronic original has. Numbers follow each other, so the page says nothing of the matter or its parties.
"""

from datetime import timedelta, timezone
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from jinja2 import Environment, StrictUndefined, Template
from starlette.responses import HTMLResponse, JSONResponse, Response

from service.access import Tenant
from service.api.negotiation import preferred
from service.api.rate import RateLimit
from service.records import notices
from service.records.engine import reading
from service.records.notices import NoticeRow
from service.render.barcodes import page_mac
from service.services import Services, services_of

_SHANGHAI = timezone(timedelta(hours=8))
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
_HTML, _JSON = "text/html", "application/json"

Facts = dict[str, Any]


def public_router(services: Services) -> APIRouter:
    """Build the page's route, with its own count of requests."""
    router = APIRouter(tags=["verification 核验"])
    limit = RateLimit(services.limits.public_page_per_minute)

    @router.get(
        "/v/{notice_no}",
        summary="公开查询页 Is this notice genuine",
        response_class=HTMLResponse,
        responses={200: {"content": {_JSON: {"schema": {"type": "object"}}}}},
    )
    def show_notice(
        request: Request,
        notice_no: Annotated[str, Path(max_length=24, pattern=r"^[A-Za-z0-9-]+$", examples=["DEMO-2026-000001"])],
        wired: Annotated[Services, Depends(services_of)],
        page: Annotated[int | None, Query(ge=1, le=9999, description="二维码中的页码")] = None,
        mac: Annotated[
            str | None, Query(max_length=20, pattern="^[A-Za-z2-7]+$", description="二维码中的校验码")
        ] = None,
    ) -> Response:
        """Say whether a notice of this number was issued; 404, as a page, when not."""
        limit.take(request.client.host if request.client else "-")
        kind = preferred(request, (_HTML, _JSON))
        facts = _facts(wired, notice_no.upper(), page, mac)
        status = 404 if facts["state"] == "unknown" else 200
        if kind == _JSON:
            return JSONResponse({name: value for name, value in facts.items() if value != ""}, status)
        return HTMLResponse(_page().render(facts), status, {"Content-Security-Policy": _POLICY})

    return router


@lru_cache(maxsize=1)
def _page() -> Template:
    text = (files("service.api") / "assets" / "public.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(text)


def _facts(services: Services, notice_no: str, page: int | None, mac: str | None) -> Facts:
    with reading(services.engine) as conn:
        notice = notices.notice_by_no(conn, notice_no=notice_no)
    if notice is None:
        return {"state": "unknown", "notice_no": notice_no, "page_code": "", "page": ""}
    tenant = services.access.tenant(notice.tenant_id)
    return {
        "state": notice.state,
        "notice_no": notice.notice_no,
        "issuer": tenant.name,
        "issued_on": notice.created_at.astimezone(_SHANGHAI).date().isoformat(),
        "pages": notice.pages,
        "digest_hex": notice.pdf_sha256.hex(),
        "page": page or "",
        "page_code": _page_code(notice, tenant, page, mac),
    }


def _page_code(notice: NoticeRow, tenant: Tenant, page: int | None, mac: str | None) -> str:
    if page is None or mac is None:
        return ""
    wanted = page_mac(notice_no=notice.notice_no, page=page, pages=notice.pages, key=tenant.mac_key)
    return "right" if page <= notice.pages and mac.upper() == wanted else "wrong"
