"""How log lines are written: one JSON object a line on standard error, with the request id, without personal data.

An exception is written as its types and places in the code. Its words are left out: a driver's or a parser's message
repeats what somebody sent. Errors of ours say what an operator needs in fields of their own (`code`, `error`).
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_CHAIN_LIMIT = 5
_FRAMES_LIMIT = 30


def configure_logs(level: str = "INFO") -> None:
    """Set the form of every log line of this process, those of libraries included; call it once, at the start.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
    """
    number = logging.getLevelNamesMapping()[level]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        place_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False, default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    rendering: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=rendering))
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)
    # The web server's own access line has the path and the query in it; ours replaces it.
    logging.getLogger("uvicorn.access").disabled = True


def place_exception(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write an exception as types and places, without its words and without local variables."""
    info = line.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()[1]
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        line["raised"] = _chain(error)
    return line


def _chain(error: BaseException) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    now: BaseException | None = error
    while now is not None and len(found) < _CHAIN_LIMIT:
        frames = traceback.extract_tb(now.__traceback__)[-_FRAMES_LIMIT:]
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        found.append({"type": f"{type(now).__module__}.{type(now).__qualname__}", "at": places})
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
    return found
