"""Business checks that a template's schema declares under `x-duly`: words and figures, sums, dates in order, numbers.

A check whose fields were not given is silent. A sum or a date that was given and cannot be read is a fault of its own,
so that no check falls silent over it; where the schema names the same field, `check_fields` keeps the schema's words.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from service.errors import FieldError
from service.render import pointers
from service.render.identity import is_prc_id, is_uscc
from service.render.numerals import cn_date, cn_num, parse_rmb_upper, rmb_upper, to_amount

UNREADABLE = frozenset({"amount.unreadable", "date.unreadable"})
"""Codes of what a check could not read."""


def check_business(rules: Mapping[str, Any], fields: object) -> Iterator[FieldError]:
    """Give every broken rule; pointers name the field that has to be looked at first."""
    yield from _amounts_read(rules, fields)
    yield from _dates_read(rules, fields)
    for rule in rules.get("amount_in_words", []):
        yield from _amount_in_words(rule, fields)
    for rule in rules.get("sums", []):
        yield from _sum(rule, fields)
    for chain in rules.get("date_order", []):
        for row in pointers.expand(fields, chain):
            yield from _date_order(row, fields)
    for rule in rules.get("pay_by_after", []):
        for pay_by, after in pointers.expand(fields, (rule["pay_by"], rule["after"])):
            yield from _pay_by_after(pay_by, after, fields)


def check_numbers(rules: Mapping[str, Any], fields: object) -> Iterator[FieldError]:
    """Give a warning for every identity number whose check digit is wrong."""
    for rule in rules.get("id_numbers", []):
        for pointer, value in pointers.find(fields, rule["number"]):
            if isinstance(value, str) and _is_wrong(value.strip(), rule["kind"]):
                yield _number_warning(pointer, rule["kind"])


def _is_wrong(number: str, kind: str) -> bool:
    """A citizen's number has 18 characters; a passport or a permit of another form is no error."""
    if kind == "uscc":
        return not is_uscc(number)
    return len(number) == 18 and not is_prc_id(number)


def _number_warning(pointer: str, kind: str) -> FieldError:
    name = {"prc_id": ("公民身份号码", "identity number")}.get(kind, ("统一社会信用代码", "unified social credit code"))
    return FieldError(
        pointer=pointer,
        code="number.check_digit",
        message_zh=f"{name[0]}的校验码不对，请核对（不影响出函）",
        message_en=f"the check digit of this {name[1]} is wrong: please verify it (the notice is not held up)",
    )


def _amount_in_words(rule: Mapping[str, str], fields: object) -> Iterator[FieldError]:
    for words_at, figures_at in pointers.expand(fields, (rule["words"], rule["figures"])):
        words, figures = _value(fields, words_at), _amount(fields, figures_at)
        if words is None or figures is None:
            continue
        try:
            said = parse_rmb_upper(words if isinstance(words, str) else "")
        except ValueError:
            yield _words_unreadable(words_at, words, figures)
            continue
        if said != figures:
            yield FieldError(
                pointer=words_at,
                code="amount.words_differ",
                message_zh=f"大写金额是 {cn_num(said)} 元，小写金额是 {cn_num(figures)} 元，两者不一致",
                message_en=f"the amount in words is {cn_num(said)} and in figures {cn_num(figures)}",
            )


def _words_unreadable(pointer: str, words: object, figures: Decimal) -> FieldError:
    return FieldError(
        pointer=pointer,
        code="amount.words_unreadable",
        message_zh=f"大写金额“{str(words)[:40]}”读不懂或者写法不合规定，应写作“{rmb_upper(figures)}”",
        message_en=f"the amount in words is not written by the rules; {figures} is written {rmb_upper(figures)}",
    )


def _amounts_read(rules: Mapping[str, Any], fields: object) -> Iterator[FieldError]:
    sums, words = rules.get("sums", []), rules.get("amount_in_words", [])
    named = [pattern for rule in sums for pattern in (rule["total"], *rule["parts"])]
    named += [rule["figures"] for rule in words]
    for pointer, value in _found(fields, named):
        if _to_amount(value) is None:
            yield FieldError(
                pointer=pointer,
                code="amount.unreadable",
                message_zh=f"金额“{str(value)[:40]}”读不懂，无法核对，请用半角数字写作 1000.00 这样的形式",
                message_en="this amount cannot be read, so nothing can be checked: write plain digits such as 1000.00",
            )


def _sum(rule: Mapping[str, Any], fields: object) -> Iterator[FieldError]:
    total = _amount(fields, rule["total"])
    amounts = [_to_amount(value) for _, value in _found(fields, rule["parts"])]
    if total is None or not amounts or any(amount is None for amount in amounts):
        return
    added = sum((amount for amount in amounts if amount is not None), Decimal(0))
    if added != total:
        yield FieldError(
            pointer=rule["total"],
            code="amount.sum_differs",
            message_zh=f"合计是 {cn_num(total)} 元，各项相加是 {cn_num(added)} 元，两者不一致",
            message_en=f"the total is {cn_num(total)}, but its parts add up to {cn_num(added)}",
        )


def _dates_read(rules: Mapping[str, Any], fields: object) -> Iterator[FieldError]:
    named = [pattern for chain in rules.get("date_order", []) for pattern in chain]
    named += [pattern for rule in rules.get("pay_by_after", []) for pattern in (rule["pay_by"], rule["after"])]
    for pointer, value in _found(fields, named):
        if _to_date(value) is None:
            yield FieldError(
                pointer=pointer,
                code="date.unreadable",
                message_zh=f"日期“{str(value)[:40]}”读不懂，无法核对先后，请写作 2026-11-24 这样的形式",
                message_en="this date cannot be read, so its order cannot be checked: write it like 2026-11-24",
            )


def _found(fields: object, patterns: Sequence[str]) -> list[tuple[str, object]]:
    """Each thing that was given once, however many rules name it; null is not given."""
    found = {at: value for pattern in patterns for at, value in pointers.find(fields, pattern) if value is not None}
    return list(found.items())


def _date_order(chain: Sequence[str], fields: object) -> Iterator[FieldError]:
    given = [(pointer, text) for pointer in chain if (text := _date(fields, pointer)) is not None]
    for (earlier_at, earlier), (later_at, later) in pairwise(given):
        if earlier > later:
            yield FieldError(
                pointer=later_at,
                code="date.out_of_order",
                message_zh=f"{cn_date(later)}早于{earlier_at}的{cn_date(earlier)}，日期先后不对",
                message_en=f"{later} is before {earlier} in {earlier_at}: these dates are out of order",
            )


def _pay_by_after(pay_by_at: str, after_at: str, fields: object) -> Iterator[FieldError]:
    pay_by, after = _date(fields, pay_by_at), _date(fields, after_at)
    if pay_by is not None and after is not None and pay_by <= after:
        yield FieldError(
            pointer=pay_by_at,
            code="date.not_after",
            message_zh=f"{cn_date(pay_by)}应当晚于{after_at}的{cn_date(after)}",
            message_en=f"{pay_by} has to be later than {after} in {after_at}",
        )


def _value(fields: object, pointer: str) -> object:
    found = pointers.find(fields, pointer)
    return found[0][1] if found else None


def _amount(fields: object, pointer: str) -> Decimal | None:
    return _to_amount(_value(fields, pointer))


def _to_amount(value: object) -> Decimal | None:
    try:
        return to_amount(value) if isinstance(value, (str, int)) else None
    except ValueError:
        return None


def _date(fields: object, pointer: str) -> str | None:
    return _to_date(_value(fields, pointer))


def _to_date(value: object) -> str | None:
    """ISO dates compare as text."""
    try:
        cn_date(value if isinstance(value, str) else "")
    except ValueError:
        return None
    return str(value)
