"""The reference at `/docs`: Swagger UI from files that come with a package, never from another host."""

from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from service.api.problem_catalogue import BY_CODE
from service.errors import NotFoundError

router = APIRouter(include_in_schema=False)

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}
_CACHE = {"Cache-Control": "public, max-age=86400"}
# Swagger UI sets inline styles and data: images; scripts come from here alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>Duly 达证 · 接口说明</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="{root}/docs/swagger-ui.css"></head>
<body><div id="reference"></div>
<noscript><p>接口说明也可直接读取 <a href="{root}/openapi.json">openapi.json</a>。</p></noscript>
<script src="{root}/docs/swagger-ui-bundle.js"></script><script src="{root}/docs/start.js"></script></body></html>
"""
_START = """SwaggerUIBundle({
  url: new URL("../openapi.json", document.currentScript.src).href,
  dom_id: "#reference", deepLinking: true, docExpansion: "list", persistAuthorization: false,
  validatorUrl: null, presets: [SwaggerUIBundle.presets.apis],
});
"""


@router.get("/docs")
def show_reference(request: Request) -> Response:
    """Show the page."""
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return HTMLResponse(_PAGE.replace("{root}", root), headers={"Content-Security-Policy": _POLICY})


@router.get("/problems/{code}")
def show_problem(code: str) -> dict[str, str | int]:
    """Tell what the `type` of a problem means, where its title and status are its own."""
    meaning = BY_CODE.get(code)
    if meaning is None:
        raise NotFoundError("a problem of this name with a page of its own", message_zh="没有此错误类型的说明")
    return {"type": f"/problems/{code}", "status": meaning.status, "title_zh": meaning.zh, "title_en": meaning.en}


@router.get("/docs/start.js")
def start_reference() -> Response:
    """Give the few lines that start it."""
    return Response(_START, media_type="text/javascript; charset=utf-8", headers=_CACHE)


@router.get("/docs/{name}")
def give_asset(name: str) -> Response:
    """Give one of its two files."""
    if name not in _ASSETS:
        raise NotFoundError(f"/docs/{name[:40]}", message_zh="没有此文件")
    data = (files("fastapi_offline") / "static" / name).read_bytes()
    return Response(data, media_type=_ASSETS[name], headers=_CACHE)
