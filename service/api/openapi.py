"""The contract as OpenAPI 3.1: FastAPI's own description, with our problems, examples and uploads put right."""

import copy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.api.problems import MEDIA_TYPE, Problem

DESCRIPTION = """\
达证：出具中国法律通知，并留存可供法庭离线核验的证据。Legal notices duly served, and the proof.

* 凭证 Credentials：`Authorization: Bearer <密钥>` 或 `X-API-Key`。
* 新建类 POST 须带 `Idempotency-Key`；重试得到同一答复，并带 `Idempotent-Replayed: true`。
  同一键用于不同内容：422；仍在处理：409。
* 错误一律为 RFC 9457 `application/problem+json`，按 `Accept-Language` 给出中文或英文，`errors[]` 一次列出全部有误之处。
* 金额为十进制文本加币种，日期 `YYYY-MM-DD`（北京时间），时刻 `YYYY-MM-DDThh:mm:ssZ`。
* 文件可带 `Content-Digest` 或 `Repr-Digest`（RFC 9530，`sha-256=:…:`）；下载带强 ETag 与 `Repr-Digest`，支持 Range。
"""

TAGS = [
    {"name": "matters 案件", "description": "债权、当事人与全部记录。A claim, its parties, everything recorded."},
    {"name": "notices 通知书", "description": "出具、查看、下载。Issue, read, download."},
    {"name": "dispatches 寄送", "description": "交寄、轨迹、回执。Posting, tracking, receipts."},
    {"name": "scans 扫描件", "description": "签收件与回执单。Signed notices and reply slips."},
    {"name": "alarms 提醒", "description": "临近与已过的保守日、应查询的邮件。Days that come near, letters to trace."},
    {"name": "webhooks 事件推送", "description": "按 Standard Webhooks 1.0 推送事件。Events, signed and sent to you."},
    {"name": "calendar 日历", "description": "供 Outlook、WPS 与手机订阅。A calendar to subscribe to."},
    {"name": "bundles 证据包", "description": "生成与下载。Build and download."},
    {"name": "templates 模板", "description": "通知书模板。Letters that may be issued."},
    {"name": "log 日志", "description": "检查点、瓦片、证明。Checkpoints, tiles, proofs."},
    {
        "name": "verification 核验",
        "description": "摘要是否在案、信任锚、公开页面。Is it recorded; trust anchors; the public page.",
    },
    {"name": "operation 运行", "description": "存活、就绪、指标。Liveness, readiness, counters."},
]


def describe(app: FastAPI) -> None:
    """Make the application give our description at `/openapi.json`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _hoist(document["paths"], schemas)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    _hoist(problem, schemas)
    schemas["Problem"] = problem
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in document["paths"].values():
        for operation in path.values():
            _put_problems(operation)
    return document


def _hoist(node: Any, schemas: dict[str, Any]) -> None:
    """Move `$defs` of inlined models to where their references point."""
    if isinstance(node, dict):
        for name, schema in node.pop("$defs", {}).items():
            _hoist(schema, schemas)
            schemas.setdefault(name, schema)
        for value in node.values():
            _hoist(value, schemas)
    elif isinstance(node, list):
        for value in node:
            _hoist(value, schemas)


def _put_problems(operation: dict[str, Any]) -> None:
    """Say problem+json where FastAPI would say its own validation error, and drop what cannot happen."""
    responses = operation.get("responses", {})
    for status, response in list(responses.items()):
        content = response.get("content", {})
        ours = content.get(MEDIA_TYPE)
        if ours is not None:
            response["content"] = {MEDIA_TYPE: copy.deepcopy(ours)}
        elif status == "422":
            response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if "security" not in operation:
        for status in ("401", "403"):
            responses.pop(status, None)
