"""A number format's code taken apart (ECMA-376 part 1, 18.8.31): what it adds to a number, and to a text."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

PLAIN, DATE, ZEROS, PERCENT, UNIT, CURRENCY, HIDDEN, OTHER = (
    "plain", "date", "zeros", "percent", "unit", "currency", "hidden", "other",
)  # fmt: skip
HOLE = "\0"
"""Stands in a template for one digit of a number, or for the whole of a text; no XML can hold it."""
AS_IS = HOLE
"""The template of a text that is shown as it is."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<blank>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<placed>[0#?.,])|(?P<power>E[+-])|(?P<bare>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d{1,20}(?:\.\d{1,20})?)", re.ASCII)
_COLOUR = re.compile(
    r"black|blue|cyan|green|magenta|red|white|yellow|color ?\d{1,2}|[黑蓝青绿洋品红白黄]{1,2}色?|颜色 ?\d{1,2}",
    re.IGNORECASE,
)
_SIGN = re.compile(r"\$([^-]*)(?:-.*)?", re.DOTALL)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_GAP = "\1"
_NUMBER = re.compile(r"T*(?:[G@]|(?=[#0?.])[#0?]*(?:,[#0?]+)*(?:\.[#0?]*)?(?:E[#0?]+)?)T*")
_DIGITS = re.compile(r"[\d.,，]+")
_SECONDS = re.compile(r"d\.0+")
_HOME = re.compile(r"人民币|CNY|RMB|[元圆]整?|[¥￥]|\s", re.IGNORECASE)
_FOREIGN = re.compile(
    r"US\$|HK\$|[$€£₩₽฿]|USD|EUR|GBP|HKD|JPY|KRW|TWD|AUD|CAD|SGD|MOP|美[元金]|欧元|英镑|港[元币]|日[元圆]|[韩澳加]元|台币"
)
_SCALE = re.compile(r"[百千万亿]+")
_OWN_SIGNS = {
    1: re.compile(f"[+]?{HOLE}?"),
    0: re.compile(f"[-+–—]?{HOLE}?"),
    -1: re.compile(f"[-−]?{HOLE}?|[(（]{HOLE}[)）]"),
}
"""What a section may write around a number of this sign without changing what is read; a dash alone is nothing."""


class Effect(NamedTuple):
    """What a section does to a number: `kind` is one of this module's words, `detail` goes with it."""

    kind: str
    detail: str = ""


class Section(NamedTuple):
    """One section of a code; `effects` are on zero, positive and negative numbers, to be asked by the sign."""

    condition: tuple[str, Decimal] | None
    effects: tuple[Effect, Effect, Effect]
    words: str
    """What becomes of a text: a template with a hole, empty where the text is not in it."""
    takes_text: bool


def sections_of(code: str) -> list[Section]:
    """Take a code apart at its semicolons."""
    parts: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(code):
        if token["bare"] == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return [_section(tokens) for tokens in parts]


def holds(condition: tuple[str, Decimal], value: Decimal) -> bool:
    """Tell whether a section's condition is true of a number."""
    sign, bound = condition
    return (value < bound and "<" in sign) or (value > bound and ">" in sign) or (value == bound and "=" in sign)


def filled(template: str, text: str) -> str:
    """Put digits into a template's holes, from the right; what is too long goes into the first."""
    holes = template.count(HOLE)
    digits = text.zfill(holes)
    over = len(digits) - holes
    pieces = iter((digits[: over + 1], *digits[over + 1 :]))
    return "".join(next(pieces) if character == HOLE else character for character in template)


def _section(tokens: Sequence[re.Match[str]]) -> Section:
    read = _read(tokens)
    conditions = [found for token in tokens if (found := _CONDITION.fullmatch(token["bracket"] or ""))]
    marks = "".join(mark for mark, _ in read)
    template = "".join(text if mark in ("T", " ", "") else HOLE for mark, text in read).strip(f"{_GAP} ")
    effects = [_effect(marks, template, sign) for sign in (0, 1, -1)]
    is_text = not set(marks) - set("T@ ") and _GAP not in template
    return Section(
        condition=(conditions[0][1], Decimal(conditions[0][2])) if conditions else None,
        effects=(effects[0], effects[1], effects[2]),
        words=template if is_text and "@" in marks else "",
        takes_text="@" in marks,
    )


def _read(tokens: Iterable[re.Match[str]]) -> list[tuple[str, str]]:
    """Mark and text of each token; what stands in brackets without being shown has its place before all else."""
    read: list[tuple[str, str]] = []
    for token in tokens:
        mark = _mark(token)
        is_late = token["bracket"] is not None and mark == ("", "") and any(before != ("", "") for before in read)
        read.append(("X", "") if is_late else mark)
    return read


def _mark(token: re.Match[str]) -> tuple[str, str]:
    """One letter for what a token is, and the text that it shows.

    T is a text, a blank is one, d a part of a date, X whatever no rule here knows; 0 # ? . , % @ G E are themselves.
    """
    kind, text = str(token.lastgroup), token[str(token.lastgroup)]
    if kind in ("quoted", "escaped"):
        return _text(text)
    if kind in ("blank", "fill"):
        return (" ", _GAP) if kind == "blank" or text.isspace() else ("X", "")
    if kind == "bracket":
        return _bracket(text)
    if kind == "bare":
        return _bare(text)
    return {"general": "G", "power": "E"}.get(kind, text), ""


def _text(text: str) -> tuple[str, str]:
    return ("T" if text.strip() else " " if text else "", text)


def _bracket(text: str) -> tuple[str, str]:
    sign = _SIGN.fullmatch(text)
    if sign:
        return _text(sign[1])
    if _COLOUR.fullmatch(text) or _CONDITION.fullmatch(text):
        return "", ""
    return ("d" if _ELAPSED.fullmatch(text) else "X"), ""


def _bare(text: str) -> tuple[str, str]:
    """What needs no quotes; `!` is an escape in some editions and a sign in others, `/` makes a fraction."""
    if text.lower() in "ymdhs":
        return "d", ""
    if text in "%@":
        return text, ""
    return _text(text) if text in "$-+()" or text.isspace() or not text.isascii() else ("X", "")


def _effect(marks: str, template: str, sign: int) -> Effect:
    if "d" in marks:
        return Effect(OTHER if set(_SECONDS.sub("", marks)) & set("0#?G%@") else DATE)
    if "%" in marks:
        return Effect(PERCENT)
    literal = template.replace(HOLE, "").replace(_GAP, "").strip()
    foreign = _FOREIGN.search(literal)
    if _SCALE.fullmatch(_HOME.sub("", literal)):
        return Effect(UNIT, literal)
    around = _HOME.sub("", re.sub(f"{HOLE}[{HOLE}{_GAP} ]*", HOLE, template).replace(_GAP, ""))
    is_bare = _OWN_SIGNS[sign].fullmatch(around) is not None
    if not set(marks) - set("T0 ") and _is_counted(template, is_bare=is_bare):
        return Effect(ZEROS, template)
    if foreign:
        return Effect(CURRENCY, foreign.group())
    return _plain_effect(marks.replace(" ", ""), around, sign) if is_bare else Effect(OTHER)


def _is_counted(template: str, *, is_bare: bool) -> bool:
    """Whether a whole number shows as its digits among texts, and could not be taken for another number so."""
    holes = template.count(HOLE)
    digits = _DIGITS.fullmatch(_HOME.sub("", template.replace(HOLE, "")))
    return (holes > 1 or (holes == 1 and not is_bare)) and _GAP not in template and not digits


def _plain_effect(marks: str, around: str, sign: int) -> Effect:
    has_digit = bool(set(marks) & set("0G@"))
    if "X" in marks:
        return Effect(OTHER)
    if sign == 0 and not has_digit:
        if around.strip(HOLE):
            return Effect(PLAIN)
        return Effect(HIDDEN if re.fullmatch(r"(?:[#?][#?,]*)?", marks) else OTHER)
    if not marks:
        return Effect(HIDDEN)
    return Effect(PLAIN if _NUMBER.fullmatch(marks) else OTHER)
