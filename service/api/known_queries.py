"""Query parameters that an operation does not know are refused, since a misspelt filter would silently show all.

So is the character NUL, which no text in the records can hold and PostgreSQL does not take.
"""

from collections.abc import Callable
from functools import cache
from inspect import isfunction
from typing import Annotated, Any, get_type_hints

from fastapi import Depends, Request, params

from service.access import Caller
from service.api.callers import current_caller
from service.api.validation_messages import refused_fields
from service.errors import FieldError


def refuse_unknown_queries(request: Request, _caller: Annotated[Caller, Depends(current_caller)]) -> None:
    """Refuse every query parameter that the operation does not take, once the caller is known.

    Raises:
        RefusedError: `validation_failed`, one error for each of them.
    """
    known = _queries_of(request.scope["endpoint"])
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise refused_fields(tuple(_unknown(name, known) for name in unknown[:20]))
    with_nul = sorted({name for name, value in request.query_params.multi_items() if "\0" in value})
    if with_nul:
        raise refused_fields(tuple(_nul(name) for name in with_nul))


@cache
def _queries_of(endpoint: Callable[..., Any]) -> frozenset[str]:
    """Read which parameters of an operation stand in the query: those annotated with `Query(…)`, its functions' too."""
    found: set[str] = set()
    for name, hint in get_type_hints(endpoint, include_extras=True).items():
        for mark in getattr(hint, "__metadata__", ()):
            if isinstance(mark, params.Query):
                found.add(mark.alias or name)
            elif isinstance(mark, params.Depends) and isfunction(mark.dependency):
                found |= _queries_of(mark.dependency)
    return frozenset(found)


def _unknown(name: str, known: frozenset[str]) -> FieldError:
    listed = "、".join(sorted(known)) or "无"
    english = ", ".join(sorted(known)) or "none"
    return FieldError(
        pointer=f"#query/{name[:60].encode('utf-8', 'replace').decode()}",
        code="query_unknown",
        message_zh=f"没有此查询参数；可用：{listed}",
        message_en=f"there is no such query parameter; there are: {english}",
    )


def _nul(name: str) -> FieldError:
    return FieldError(
        pointer=f"#query/{name}",
        code="text.control_character",
        message_zh="含有空字符（NUL），请去掉",
        message_en="holds the character NUL: take it out",
    )


known_queries = Depends(refuse_unknown_queries)
"""For a router's `dependencies=`."""
