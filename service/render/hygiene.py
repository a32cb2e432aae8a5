"""What text must not hold before it may stand in a letter: nothing invisible, nothing that no font draws.

Decision on normalisation: a letter's record is NFC. Text that NFC only composes (e + ◌́) is composed and warned of;
a CJK compatibility character is refused, because NFC would put *another character* into somebody's name.
"""

import unicodedata
from collections.abc import Callable, Container, Iterator

from service.errors import FieldError

TEXT_LIMIT = 50_000
"""Characters in one field."""
TOTAL_LIMIT = 500_000
"""Characters in all fields of one letter."""

PLACEHOLDERS = ("{{", "}}", "{%", "%}", "{#", "#}", "｛｛", "｝｝", "｛％", "％｝")
_LINE_BREAK = "\n"


def check_text(text: str, pointer: str, coverage: Container[int]) -> Iterator[FieldError]:
    """Give every fault of one text, each kind of bad character once, with its place and code point."""
    if len(text) > TEXT_LIMIT:
        yield FieldError(
            pointer=pointer,
            code="text.too_long",
            message_zh=f"文字过长：{len(text)} 字，上限 {TEXT_LIMIT} 字",
            message_en=f"the text has {len(text)} characters, the limit is {TEXT_LIMIT}",
        )
        return
    yield from _placeholder_faults(text, pointer)
    for character in dict.fromkeys(text):
        fault = _character_fault(character, coverage)
        if fault:
            yield fault(pointer, text.index(character) + 1)


def to_nfc(text: str) -> str:
    """Compose the text; characters that NFC would replace by another one are for `check_text` to refuse."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


_Fault = Callable[[str, int], FieldError]


def _placeholder_faults(text: str, pointer: str) -> Iterator[FieldError]:
    for mark in PLACEHOLDERS:
        if mark in text:
            yield FieldError(
                pointer=pointer,
                code="text.placeholder",
                message_zh=f"文字中含有模板占位符“{mark}”，请填写实际内容",
                message_en=f"the text holds the placeholder mark {mark!r}: fill in the real content",
            )


def _character_fault(character: str, coverage: Container[int]) -> _Fault | None:
    if character == _LINE_BREAK:
        return None
    category = unicodedata.category(character)
    if category == "Cs":
        return _fault(
            character, "text.lone_surrogate", "是残缺的编码（孤立代理项）", "is half of a character (lone surrogate)"
        )
    if category == "Cc":
        return _fault(character, "text.control_character", "是控制字符", "is a control character")
    if category in {"Cf", "Zl", "Zp"} or _is_blank_letter(character):
        return _fault(
            character,
            "text.invisible_character",
            "是不可见字符（方向标记、零宽字符等），请删除",
            "cannot be seen (direction mark, zero-width or filler): delete it",
        )
    return _drawing_fault(character, category, coverage)


def _drawing_fault(character: str, category: str, coverage: Container[int]) -> _Fault | None:
    composed = unicodedata.normalize("NFC", character)
    if composed != character:
        return _fault(
            character,
            "text.compatibility_character",
            f"“{character}”是兼容字符，请改用“{composed}”（{_code_points(composed)}）",
            f"{character} is a compatibility character: write {composed} ({_code_points(composed)}) if you mean that",
        )
    if category == "Co":
        return _fault(
            character, "text.private_character", "是自造字（私用区字符），收件人看不到", "is a private-use character"
        )
    if category == "Cn" or ord(character) not in coverage:
        return _fault(
            character,
            "text.no_glyph",
            f"“{character}”没有字体可以显示，请核对用字",
            f"{character} cannot be drawn by any of the letter's fonts",
        )
    return None


def _is_blank_letter(character: str) -> bool:
    """Hangul fillers and variation selectors are letters or marks by category, and draw nothing of their own."""
    point = ord(character)
    return point in {0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F} or 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF


def _code_points(text: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in text)


def _fault(character: str, code: str, reason_zh: str, reason_en: str) -> _Fault:
    point = _code_points(character)

    def at(pointer: str, place: int) -> FieldError:
        return FieldError(
            pointer=pointer,
            code=code,
            message_zh=f"第 {place} 个字符 {point} {reason_zh}",
            message_en=f"character {place}, {point}, {reason_en}",
        )

    return at
