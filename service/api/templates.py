"""Templates over HTTP: which letters there are, and what their fields have to be."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from service.access import Caller
from service.api.answers import tagged
from service.api.callers import requires
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import Wired
from service.api.notice_schema import TemplateAnswer, TemplateList
from service.api.validation_messages import refused_fields
from service.errors import FieldError, NotFoundError
from service.render import Catalog, Template

router = APIRouter(route_class=StrictRoute, tags=["templates 模板"], dependencies=[known_queries])


@router.get("/v1/templates", response_model=TemplateList, summary="模板列表 Letters that may be issued")
def list_templates(_caller: Annotated[Caller, requires("notices:read")], services: Wired) -> dict[str, Any]:
    """Give every published version of every template."""
    return {"items": [_item(template) for template in services.catalog.all()]}


@router.get("/v1/templates/{name}/{version}", response_model=TemplateAnswer, summary="模板 One letter")
def show_template(
    request: Request,
    name: Annotated[str, Path(pattern="^[a-z0-9-]{1,60}$", description="模板。", examples=["loan-demand"])],
    version: Annotated[str, Path(pattern="^v[0-9]{1,4}$", description="版本。", examples=["v1"])],
    _caller: Annotated[Caller, requires("notices:read")],
    services: Wired,
) -> Response:
    """Give a template's fields as JSON Schema, an example that it accepts, and the digest of its files."""
    template = services.catalog.get(name, version)
    content = _item(template) | {
        "digest": template.digest_hex,
        "item_description": template.item_description_zh,
        "schema": template.schema,
        "example": template.example,
    }
    return tagged(request, content)


def asked_template(catalog: Catalog, name: str, version: str | None) -> Template:
    """Give the template that a body asks for; RefusedError with the pointer and what there is instead."""
    try:
        return catalog.get(name, version)
    except NotFoundError:
        raise refused_fields((_unknown(catalog, name),)) from None


def _unknown(catalog: Catalog, name: str) -> FieldError:
    known = catalog.all()
    versions = [template.version for template in known if template.name == name]
    pointer, code = ("/version", "version_unknown") if versions else ("/template", "template_unknown")
    offered = ", ".join(versions or sorted({template.name for template in known}))
    return FieldError(
        pointer=pointer,
        code=code,
        message_zh=f"没有此模板{'版本' if versions else ''}；可用：{offered}",
        message_en=f"there is no such {'version' if versions else 'template'}; there are: {offered}",
    )


def _item(template: Template) -> dict[str, Any]:
    return {
        "name": template.name,
        "version": template.version,
        "title": template.title_zh,
        "engines": list(template.engines),
        "addressee": str(template.facts.get("addressee_role", "")),
        "href": f"/v1/templates/{template.name}/{template.version}",
    }
