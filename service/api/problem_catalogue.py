"""Every code that a caller can meet, with its HTTP status and its title in both languages.

A code that is not listed takes the status of its error's class and that class's title, so use cases may name new
codes freely; a code stands here when its status differs from its class or a person deserves a better title.
"""

from dataclasses import dataclass

from service.errors import (
    BusyError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    ServiceError,
    StoreError,
    TooLargeError,
    UnauthorisedError,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code means to HTTP and to people."""

    status: int
    zh: str
    en: str


BY_CLASS: tuple[tuple[type[ServiceError], Meaning], ...] = (
    (UnauthorisedError, Meaning(401, "未提供有效的身份凭证", "Who you are could not be checked")),
    (ForbiddenError, Meaning(403, "没有进行此操作的权限", "Not allowed")),
    (NotFoundError, Meaning(404, "没有找到", "Not found")),
    (ConflictError, Meaning(409, "与当前状态冲突", "In conflict with the present state")),
    (TooLargeError, Meaning(413, "内容超过上限", "Too large")),
    (RefusedError, Meaning(422, "提交的内容不符合要求", "The request does not hold")),
    (BusyError, Meaning(503, "系统繁忙，请稍后重试", "Busy, try again later")),
    (StoreError, Meaning(503, "存储暂不可用，请稍后用同一幂等键重试", "A store is away, try again with the same key")),
    (ServiceError, Meaning(500, "系统内部错误", "Internal error")),
)

BY_CODE: dict[str, Meaning] = {
    "validation_failed": Meaning(422, "提交的内容不符合要求", "Some fields are not right"),
    "json_malformed": Meaning(400, "请求正文不是合规的 JSON", "The body is not well-formed JSON"),
    "multipart_malformed": Meaning(400, "multipart 正文格式有误", "The multipart body is malformed"),
    "digest_malformed": Meaning(400, "摘要格式有误", "A digest is malformed"),
    "digest_mismatch": Meaning(400, "摘要与收到的内容不一致", "A digest does not match what arrived"),
    "body_interrupted": Meaning(400, "请求正文未完整送达", "The body ended early"),
    "idempotency_key_missing": Meaning(400, "缺少 Idempotency-Key", "Idempotency-Key is missing"),
    "idempotency_key_malformed": Meaning(400, "Idempotency-Key 格式有误", "Idempotency-Key is malformed"),
    "idempotency_key_reused": Meaning(
        422, "同一幂等键已用于不同的请求", "This Idempotency-Key was used for another body"
    ),
    "idempotency_in_progress": Meaning(409, "同一幂等键的请求仍在处理", "The request with this key is still running"),
    "path_unknown": Meaning(404, "没有此地址", "No such address"),
    "method_not_allowed": Meaning(405, "此地址不支持该方法", "Method not allowed here"),
    "not_acceptable": Meaning(406, "无法以所要求的格式答复", "None of the accepted formats is offered"),
    "body_too_large": Meaning(413, "请求正文超过上限", "The body is too large"),
    "media_type_unsupported": Meaning(415, "不支持的内容类型", "Unsupported media type"),
    "range_not_satisfiable": Meaning(416, "请求的范围超出文件", "The range lies outside the file"),
    "type_mismatch": Meaning(422, "文件内容与声明的类型不符", "The file is not of the type it is said to be"),
    "notice_duplicate": Meaning(409, "同一通知已经出具", "Such a notice is issued already"),
    "facts_contradict": Meaning(409, "记录的事实互相矛盾，无法推算", "The recorded facts exclude each other"),
    "rate_limited": Meaning(429, "请求过于频繁，请稍后再试", "Too many requests, try again later"),
    "headers_too_large": Meaning(431, "请求头过大", "The header fields are too large"),
    "internal_error": Meaning(500, "系统内部错误", "Internal error"),
    "not_ready": Meaning(503, "服务尚未就绪", "Not ready"),
    "log_broken": Meaning(503, "日志与存储不一致，请联系系统管理员", "The log does not hold, tell the administrator"),
    "log_head_missing": Meaning(503, "日志与存储不一致，请联系系统管理员", "The log is gone, tell the administrator"),
}

BY_STATUS: dict[int, str] = {
    400: "json_malformed",
    401: "unauthorised",
    403: "forbidden",
    404: "path_unknown",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "media_type_unsupported",
    416: "range_not_satisfiable",
    431: "headers_too_large",
}
"""The code of an error that the web framework raised by status alone."""


def meaning_of(error: ServiceError) -> Meaning:
    """Find status and titles for one error: by its code, else by its class."""
    listed = BY_CODE.get(error.code)
    if listed is not None:
        return listed
    return next(meaning for kind, meaning in BY_CLASS if isinstance(error, kind))
