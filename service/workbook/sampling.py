"""Which rows to look at before anything is issued: not the first ones, but those in which letters go wrong."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from service.render import pointers
from service.render.catalog import Template
from service.workbook.targets import BOOLEAN, CHOICE, MONEY, addressee_of, targets_of

MOST = 12
"""Letters of one sample."""
_FORMS_MOST = 1_000
"""Different forms of letters that are remembered."""
Feature = tuple[str, str, str, str]
"""Template, place, its title, and what is there: the value of a choice, "given", or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One row to look at, and why."""

    number: int
    reasons_zh: tuple[str, ...]
    reasons_en: tuple[str, ...]


@dataclass(slots=True)
class _Best:
    """The row with the most of something."""

    amount: Any = -1
    number: int = 0

    def offer(self, amount: Any, number: int) -> None:
        if amount > self.amount:
            self.amount, self.number = amount, number


@dataclass(slots=True)
class _Seen:
    """What one pass over the rows remembers: a few bests, characters, and one row of each form."""

    name: _Best = field(default_factory=_Best)
    total: _Best = field(default_factory=_Best)
    text: _Best = field(default_factory=_Best)
    items: _Best = field(default_factory=lambda: _Best(amount=1))
    characters: Counter[str] = field(default_factory=Counter)
    first_with: dict[str, int] = field(default_factory=dict)
    forms: dict[frozenset[Feature], int] = field(default_factory=dict)
    counts: Counter[frozenset[Feature]] = field(default_factory=Counter)


def sample_rows(rows: Iterable[tuple[int, Template, Mapping[str, Any]]], *, most: int = MOST) -> list[SampleRow]:
    """Choose the rows of a dry run's sample: extremes first, then each form of letter, as many as fit.

    Args:
        rows: (row's number, template, fields) of rows that passed all checks; read once.
        most: Letters of the sample.

    Returns:
        The rows in their order, each with all reasons for which it was chosen.
    """
    seen = _Seen()
    for number, template, fields in rows:
        _look(seen, number, template, fields)
    chosen: dict[int, list[tuple[str, str]]] = {}
    for number, zh, en in (*_extremes(seen), *islice(_forms(seen), most)):
        if number in chosen or len(chosen) < most:
            chosen.setdefault(number, []).append((zh, en))
    return [
        SampleRow(
            number=number,
            reasons_zh=tuple(zh for zh, _ in reasons),
            reasons_en=tuple(en for _, en in reasons),
        )
        for number, reasons in sorted(chosen.items())
    ]


def _look(seen: _Seen, number: int, template: Template, fields: Mapping[str, Any]) -> None:
    texts = [value for _, value in pointers.leaves(fields) if isinstance(value, str)]
    together = "".join(texts)
    seen.name.offer(_width(_name(template, fields)), number)
    seen.total.offer(_largest(template, fields), number)
    seen.text.offer(len(together), number)
    seen.items.offer(sum(len(value) for value in fields.values() if isinstance(value, list)), number)
    for character in set(together):
        seen.characters[character] += 1
        seen.first_with.setdefault(character, number)
    form = frozenset(_features(template, fields))
    if form in seen.forms or len(seen.forms) < _FORMS_MOST:
        seen.forms.setdefault(form, number)
        seen.counts[form] += 1


def _name(template: Template, fields: Mapping[str, Any]) -> str:
    found = pointers.find(fields, f"{addressee_of(template)}/name")
    return str(found[0][1]) if found else ""


def _width(text: str) -> int:
    """Columns that a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _largest(template: Template, fields: Mapping[str, Any]) -> Decimal:
    amounts = [Decimal(-1)]
    for target in targets_of(template):
        if target.kind == MONEY:
            amounts += [amount for _, value in pointers.find(fields, target.pointer) if (amount := _amount(value)) >= 0]
    return max(amounts)


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return Decimal(-1)
    return amount if amount.is_finite() else Decimal(-1)


def _features(template: Template, fields: Mapping[str, Any]) -> Iterator[Feature]:
    """What the conditions of a template can ask: whether an optional field is there, and the value of a choice."""
    yield template.name, "", "", template.version
    for target in targets_of(template):
        if "/*" in target.pointer:
            continue
        found = pointers.find(fields, target.pointer)
        if target.kind in (CHOICE, BOOLEAN):
            yield template.name, target.pointer, target.titles[-1], str(found[0][1]) if found else ""
        elif not target.required:
            yield template.name, target.pointer, "/".join(target.titles), "given" if found else ""


def _extremes(seen: _Seen) -> Iterator[tuple[int, str, str]]:
    if seen.name.number:
        yield seen.name.number, "收件人名称最长", "the longest name"
    if seen.total.number:
        amount = f"{seen.total.amount:,.2f}"
        yield seen.total.number, f"金额最大（{amount} 元）", f"the largest sum ({amount})"
    if seen.characters:
        rarest = min(seen.characters, key=lambda character: (-_rank(character), seen.characters[character], character))
        point = f"U+{ord(rarest):04X}"
        yield seen.first_with[rarest], f"最生僻的字“{rarest}”（{point}）", f"the rarest character {rarest} ({point})"
    if seen.text.number:
        yield seen.text.number, "文字最多，页数可能最多", "the most text, probably the most pages"
    if seen.items.number:
        yield seen.items.number, "明细最多，页数可能最多", "the most list items, probably the most pages"


def _rank(character: str) -> int:
    """How far from everyday characters: beyond the basic plane, outside GBK, outside GB 2312, inside."""
    if ord(character) > 0xFFFF:
        return 3
    if _fits(character, "gb2312"):
        return 0
    return 1 if _fits(character, "gbk") else 2


def _fits(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _forms(seen: _Seen) -> Iterator[tuple[int, str, str]]:
    """Forms in the order in which each shows the most that was not shown yet, so that a cut loses least."""
    left = dict(seen.forms)
    commonest = max(seen.counts, key=lambda form: seen.counts[form], default=frozenset())
    shown: set[Feature] = set()
    while left:
        form = max(left, key=lambda form: (len(form - shown), -left[form]))
        shown |= form
        more, fewer = _told(form - commonest), _told(commonest - form)
        yield (
            left.pop(form),
            "；".join(filter(None, (more[0] and f"填写了{more[0]}", fewer[0] and f"没有{fewer[0]}"))) or "最常见的情形",
            "; ".join(filter(None, (more[1] and f"with {more[1]}", fewer[1] and f"without {fewer[1]}")))
            or "the commonest form",
        )


def _told(features: frozenset[Feature]) -> tuple[str, str]:
    """Name what is there, in Chinese and in English; six names are enough."""
    given = sorted(feature for feature in features if feature[1] and feature[3])[:6]
    zh = "、".join(title if value == "given" else f"{title}={value}" for _, _, title, value in given)
    en = ", ".join(place if value == "given" else f"{place}={value}" for _, place, _, value in given)
    return zh, en
