"""What text must not hold before it may stand in a letter: nothing invisible, nothing struck out, nothing undrawable.

Decision on normalisation: a letter's record is NFC. Text that NFC only composes (e + ◌́) is composed and warned of;
a CJK compatibility character is refused, because NFC would put *another character* into somebody's name.

Decision on marks: what is drawn over or around a character (U+0336, U+20DD) crosses out a name that still reads the
same to every program, so a mark that NFC leaves standing is refused. Letters of other scripts keep their own signs,
their vowels among them (Tibetan, Thai, Devanagari), and kana both sound marks, for these have no composed form. Latin
letters with accents compose; where one does not (ọ̀), the name is written as in a passport's machine line.
"""

import unicodedata
from collections.abc import Callable, Container, Iterator

from service.errors import FieldError

TEXT_LIMIT = 50_000
"""Characters in one field."""
TOTAL_LIMIT = 500_000
"""Characters in all fields of one letter."""

SOUND_MARKS = frozenset("\u3099\u309a")
"""Of kana: か with U+309A is a letter of its own, and has no composed form."""
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
    marks = _marks_left(text)
    for character in dict.fromkeys(text):
        fault = _mark_fault(character) if character in marks else _character_fault(character, coverage)
        if fault:
            yield fault(pointer, marks.get(character, text.index(character)) + 1)


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


def _marks_left(text: str) -> dict[str, int]:
    """Marks that no composition takes in and that are no part of the letter before them, with their first place."""
    if not any(_is_mark(character) for character in set(text)):
        return {}
    found: dict[str, int] = {}
    composed = to_nfc(text)
    for place, (before, character) in enumerate(zip("\n" + composed, composed, strict=False)):
        if _is_mark(character) and not _belongs(character, before):
            found.setdefault(character, place)
    return found


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me", "Mc"} and not _is_blank_letter(character)


def _belongs(mark: str, before: str) -> bool:
    """A sign belongs to letters and signs of its own script; the names of both begin with the script's name."""
    if mark in SOUND_MARKS:
        return _script(before) in {"HIRAGANA", "KATAKANA"}
    return unicodedata.category(before)[0] in "LM" and _script(mark) == _script(before) != "COMBINING"


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _mark_fault(character: str) -> _Fault:
    name = unicodedata.name(character, "a mark")
    return _fault(
        character,
        "text.combining_mark",
        "会叠画在前一个字上（如划线、圈注），可能使其看似被划去，请删除",
        f"({name}) is drawn over the character before it and may strike it out: delete it",
    )


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
