"""Every error as an RFC 9457 problem: the one place where errors become HTTP.

A problem says what kind of error it is (`type`, `code`, `title`), what happened this time (`detail`), every field that
is wrong at once (`errors[]` with a JSON pointer), and the request id to quote.
Chinese unless English is accepted first.
Routers and use cases raise `service.errors`; they never build a response for an error themselves.
"""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from service.api.language import Language, language_of
from service.api.problem_catalogue import BY_CODE, BY_STATUS, Meaning, meaning_of
from service.api.validation_messages import field_errors, refused_fields
from service.errors import (
    BusyError,
    FieldError,
    RefusedError,
    ServiceError,
    StoreError,
    UnauthorisedError,
)

log = structlog.get_logger("duly.problems")

MEDIA_TYPE = "application/problem+json"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}


class ProblemField(BaseModel):
    """One thing that is wrong with one field."""

    pointer: str = Field(
        description="JSON pointer into the body, or `#query/name`, `#path/name`, `#header/name`, `#entries/seq`."
    )
    code: str
    message: str


class Problem(BaseModel):
    """An error. Source: RFC 9457."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/validation_failed",
                    "title": "提交的内容不符合要求",
                    "status": 422,
                    "detail": "有 1 处需要改正，见 errors。",
                    "instance": "/v1/notices",
                    "code": "validation_failed",
                    "errors": [{"pointer": "/fields/principal", "code": "missing", "message": "缺少必填项"}],
                    "request_id": "0d3c4c3a6c3f4b0c8d8e2b8a6f1f2e3d",
                }
            ]
        }
    )

    type: str = Field(description="Names the kind of problem for good: `/problems/<code>`.")
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[ProblemField] = []
    request_id: str


class HttpError(ServiceError):
    """An error of HTTP itself (no such address, wrong method, nothing acceptable), with headers such as `Allow`."""

    def __init__(
        self, code: str, message: str, *, message_zh: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code, message, message_zh=message_zh)
        self.headers = dict(headers or {})


def install_problems(app: FastAPI) -> None:
    """Answer every error of this application as a problem."""
    app.add_exception_handler(ServiceError, _answer_service_error)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(ClientDisconnect, _answer_interrupted)


def problem_response(request: Request, error: ServiceError) -> Response:
    """Build the answer for one error, in the caller's language."""
    language = language_of(request)
    meaning = meaning_of(error)
    content = {
        "type": f"/problems/{error.code}",
        "title": meaning.zh if language == "zh" else meaning.en,
        "status": meaning.status,
        "detail": error.message_zh if language == "zh" else error.message,
        "instance": instance_of(request),
        "code": error.code,
        "errors": [_field(one, language) for one in _errors_of(error)],
        "request_id": str(getattr(request.state, "request_id", "")),
    }
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    headers = {"Content-Language": "zh-CN" if language == "zh" else "en", "Vary": "Accept-Language"}
    return Response(body, meaning.status, headers | _headers_of(error, meaning), media_type=MEDIA_TYPE)


def instance_of(request: Request) -> str:
    """Give the path as it was sent, shortened, without the query (which may hold a name)."""
    raw = request.scope.get("raw_path") or request.url.path.encode()
    return bytes(raw).split(b"?")[0][:200].decode("ascii", "replace")


def internal_error() -> ServiceError:
    """Tell a caller that the fault is ours, and no more than that."""
    return ServiceError(
        "internal_error",
        "Something went wrong on our side. Quote the request id when you report it; the same key may be sent again.",
        message_zh="系统内部出错。请提供 request_id 以便排查；可使用同一幂等键重试。",
    )


def _field(error: FieldError, language: Language) -> dict[str, str]:
    message = error.message_zh if language == "zh" else error.message_en
    return {"pointer": error.pointer, "code": error.code, "message": message}


def _errors_of(error: ServiceError) -> tuple[FieldError, ...]:
    return error.errors if isinstance(error, RefusedError) else ()


def _headers_of(error: ServiceError, meaning: Meaning) -> dict[str, str]:
    extra = dict(error.headers) if isinstance(error, HttpError) else {}
    if isinstance(error, UnauthorisedError):
        extra["WWW-Authenticate"] = 'Bearer realm="duly"'
    if meaning.status == 413:
        # The rest of the body is not wanted: without this the server would read it to its end.
        extra["Connection"] = "close"
    if isinstance(error, BusyError):
        extra["Retry-After"] = str(max(1, error.retry_after))
    elif meaning.status == 503 or error.code == "idempotency_in_progress":
        extra.setdefault("Retry-After", "2")
    return extra


def _answer_service_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ServiceError):
        raise error
    if isinstance(error, StoreError):
        log.error("store_failed", code=error.code, fatal=error.fatal, error=error.message, exc_info=error)
        error = _veiled(error)
    return problem_response(request, error)


def _veiled(error: StoreError) -> StoreError:
    # A store's own words may name hosts, paths and accounts; they stay in our log.
    if error.fatal:
        return StoreError(
            "This cannot go on before the administrator has looked. Nothing was recorded half.",
            fatal=True,
            code=error.code,
            message_zh="须由系统管理员处理后才能继续。没有留下不完整的记录。",
        )
    return StoreError(
        "A store that this needs is away. Nothing was recorded half; send the same request with the same key again.",
        code=error.code,
        message_zh="所需的存储暂不可用。没有留下不完整的记录，请稍后用同一幂等键重试。",
    )


def _answer_validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return problem_response(request, refused_fields(field_errors(error.errors(), sent=error.body)))


_DETAILS: Mapping[int, tuple[str, str]] = {
    404: ("There is no such address here; see /docs.", "没有此地址，可用的地址见 /docs。"),
    405: ("This address does not take that method.", "此地址不支持该请求方法。"),
    413: (
        "The body is over the limit for this address; nothing of it was kept.",
        "正文超过此地址的上限，未保留任何内容。",
    ),
    400: ("The body could not be read.", "无法读取请求正文。"),
}


def _answer_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = BY_STATUS.get(error.status_code, "internal_error")
    english, chinese = _DETAILS.get(error.status_code, (str(error.detail), BY_CODE["internal_error"].zh))
    return problem_response(request, HttpError(code, english, message_zh=chinese, headers=error.headers or {}))


def _answer_interrupted(request: Request, error: Exception) -> Response:
    english = "The body ended before its announced end; nothing of it was kept."
    raised = HttpError("body_interrupted", english, message_zh="请求正文未完整送达，未保留任何内容。")
    return problem_response(request, raised)


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}}
    for status, text in {
        400: "Malformed request 请求格式有误",
        401: "Unknown caller 身份未确认",
        403: "Missing scope 缺少权限",
        404: "Not found 没有找到",
        409: "Conflict 状态冲突",
        413: "Too large 超过上限",
        415: "Unsupported media type 类型不支持",
        422: "Some fields are wrong 内容不符合要求",
        503: "A store is away; try again 存储暂不可用",
    }.items()
}
"""For a router's `responses=`: the problems that its operations may answer."""
