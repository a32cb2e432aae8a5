"""What a row says beside the letter's fields, checked as HTTP checks it: it goes into entries that stay for ever."""

from collections.abc import Iterator, Mapping

from service.errors import FieldError
from service.render import Template
from service.render.hygiene import check_text, to_nfc

KEPT = ("matter", "party", "reference", "address", "postcode", "phone", "duplicate_reason")
RETURNED_NO = "returned_no"
"""Kept with them: what stood in 函号 of a workbook that came back, so that it stands there again when it goes out."""
LONGEST = 200
"""Characters of one of them: one line of text."""


def kept_specials(specials: Mapping[str, str]) -> dict[str, str]:
    """Give those that the row's notice is issued with, composed as NFC; bad ones are told by `special_faults`."""
    return {name: to_nfc(specials[name]) for name in KEPT if name in specials}


def special_faults(specials: Mapping[str, str], *, template: Template | None, engine: str) -> Iterator[FieldError]:
    """Give every fault; pointers are targets, such as `@address`."""
    for name in KEPT:
        if name in specials:
            yield from _line_faults(specials[name], f"@{name}")
    if template is not None and engine not in template.engines:
        offered = "、".join(template.engines)
        yield FieldError(
            pointer="@engine",
            code="engine_not_offered",
            message_zh=f"该模板没有 {engine[:20]} 版本，可用：{offered}",
            message_en=f"this template offers {', '.join(template.engines)}",
        )


def _line_faults(text: str, pointer: str) -> Iterator[FieldError]:
    if len(text) > LONGEST or "\n" in text:
        yield FieldError(
            pointer=pointer,
            code="text.no_line",
            message_zh=f"应为一行文字，不超过 {LONGEST} 字",
            message_en=f"one line of text is wanted here, of {LONGEST} characters at most",
        )
        return
    yield from check_text(text, pointer, range(0x110000))
