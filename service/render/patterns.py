"""The regular expressions of JSON Schema with the meaning that they have there, which is ECMAScript's.

Python's own reading lets through what no letter may hold: its `$` stands before a last line feed too, its `\\d` takes
the digits of every script. What the two languages read differently is translated, or refused when a template is loaded.

Source: JSON Schema 2020-12 Core §6.4; ECMA-262 §22.2 with the flag u.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

_SPACE = "\\t-\\r \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
_OTHER = (
    "\\x00-\\x08\\x0e-\\x1f!-\\x9f\\xa1-\\u167f\\u1681-\\u1fff\\u200b-\\u2027\\u202a-\\u202e\\u2030-\\u205e\\u2060-\\u2fff"
    "\\u3001-\\ufefe\\uff00-\\U0010ffff"
)
"""White space and everything else: ECMA-262 §12.2 and §12.3."""
_TOKEN = re.compile(
    r"(?P<class>\[\^?(?:\\.|[^\]\\])*\]?)|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\0\d|\\.|\(\?<?.|[*+?}]\+|\{,|.",
    re.DOTALL,
)
_IN_CLASS = re.compile(r"\\[sS]-.|(?<!^)-\\[sS]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\0\d|\\.|.", re.DOTALL)
_ALIKE = re.compile(
    r"\\(?:[dDsSwWbBtnvfr0]|u(?![dD][89A-Fa-f])....|x..|[^A-Za-z0-9])|\(\?(?:[:=!]|<[=!])|[^\\{(*+?}].*|[{(*+?}\\]",
    re.DOTALL,
)
"""What both languages read alike, or what is translated here."""
_OUTSIDE = {"^": r"\A", "$": r"\Z", ".": r"[^\n\r\u2028\u2029]", r"\s": f"[{_SPACE}]", r"\S": f"[{_OTHER}]"}
_INSIDE = {r"\s": _SPACE, r"\S": _OTHER, **{mark: f"\\{mark}" for mark in "[&~|"}}


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """Give a pattern of a schema as Python's; to be used with `search`, for a pattern is not anchored by itself.

    Raises:
        ValueError: It is no regular expression, or one that ECMAScript reads otherwise and we do not translate.
    """
    try:
        return re.compile("".join(_translated(pattern)), re.ASCII)
    except (re.error, ValueError, OverflowError) as error:
        raise ValueError(f"the pattern {pattern!r} cannot be read: {error}") from error


def check_patterns(schema: object) -> None:
    """Make sure that every pattern of a schema can be used.

    Raises:
        ValueError: One cannot, or the names of fields are given by patterns.
    """
    stack = [schema]
    while stack:
        part = stack.pop()
        if isinstance(part, Mapping):
            _check_one(part)
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)


def _check_one(part: Mapping[str, Any]) -> None:
    if isinstance(part.get("pattern"), str):
        compiled(part["pattern"])
    if "patternProperties" in part:
        raise ValueError("patternProperties: every field is described under its own name")


def _translated(pattern: str) -> Iterator[str]:
    for found in _TOKEN.finditer(pattern):
        yield _class(found["class"]) if found["class"] else _read(found[0], _OUTSIDE)


def _class(text: str) -> str:
    head = "[^" if text.startswith("[^") else "["
    body = text[len(head) : -1]
    if not body or "--" in body or not text.endswith("]"):
        raise ValueError(f"the class {text!r} is read otherwise by ECMAScript")
    return head + "".join(_read(token, _INSIDE) for token in _IN_CLASS.findall(body)) + "]"


def _read(token: str, written: Mapping[str, str]) -> str:
    if not _ALIKE.fullmatch(token):
        raise ValueError(f"{token!r} is read otherwise by ECMAScript")
    return written.get(token, token)
