"""Waybill numbers: how carriers write them, and what a number alone tells of a mistake in it.

Sources: UPU S10 for the international form; EMS domestic items have 13 digits, without a published check rule.
"""

import re
import unicodedata

from service.errors import FieldError

_S10 = re.compile(r"[A-Z]{2}(\d{8})(\d)[A-Z]{2}", re.ASCII)
_EMS_DOMESTIC = re.compile(r"\d{13}", re.ASCII)
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def normal_waybill(text: str) -> str:
    """Give a waybill number as carriers write it: half-width, upper case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def is_s10(number: str) -> bool:
    """Tell whether a postal item's 13-character number has a right check digit.

    Source: UPU S10.
    """
    found = _S10.fullmatch(number)
    if found is None:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(found[1], _S10_WEIGHTS, strict=True))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11) == int(found[2])


def waybill_fault(number: str, *, carrier: str) -> FieldError | None:
    """Say what looks wrong with a carrier's number, or None; `number` as `normal_waybill` gives it."""
    if _S10.fullmatch(number):
        return None if is_s10(number) else _fault("waybill.check_digit", *_CHECK_DIGIT)
    if carrier == "ems" and not _EMS_DOMESTIC.fullmatch(number):
        return _fault("waybill.form", *_FORM)
    return None


_CHECK_DIGIT = ("单号校验位不符，请核对", "the check digit of this number is wrong")
_FORM = (
    "EMS 单号通常为 13 位数字，或 2 位字母、9 位数字、2 位字母",
    "an EMS number has 13 digits, or 2 letters, 9 digits and 2 letters",
)


def _fault(code: str, message_zh: str, message_en: str) -> FieldError:
    return FieldError(pointer="/waybill_no", code=code, message_zh=message_zh, message_en=message_en)
