"""Reading a letter back before it is frozen: it says what was asked for, nothing is left over, every glyph is there.

Independent of the engines on purpose: the text comes out of the finished PDF by pdfium, and the forms of each value are
worked out anew here, so that a cut text, a blank, or an engine that lies is caught by what shares no code with it.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pypdfium2

from service.errors import FieldError, RefusedError
from service.render import pointers
from service.render.catalog import Template
from service.render.docx import docx_text
from service.render.fonts import installed_coverage
from service.render.glyphs import find_font_faults
from service.render.printed import PageTexts, forms, squeeze

LEFTOVERS = ("{{", "}}", "{%", "%}", "｛｛", "｝｝", "Undefined", "[objectObject]", "<w:", "\ufffd", "\uffff")
_LEFTOVER_VALUES = ("None", "nan", "NaN", "null")
_PDFIUM = threading.Lock()
"""PDFium has state of its own for the whole process: two threads in it at once end the process."""


def unprinted_of(template: Template) -> tuple[str, ...]:
    """Give the pointers of the fields that choose words without being printed."""
    return tuple(template.rules.get("not_printed", ()))


def told_faults(items: Iterable[Mapping[str, object]]) -> tuple[FieldError, ...]:
    """Take the faults out of a child's answer."""
    names = ("pointer", "code", "message_zh", "message_en")
    return tuple(FieldError(**{name: str(item[name]) for name in names}) for item in items)


def refuse_faults(faults: Sequence[FieldError]) -> None:
    """Refuse a letter that has any fault.

    Raises:
        RefusedError: `readback_failed`; one error for each field that is not there, and for each other fault.
    """
    if faults:
        message = f"the rendered letter does not say what was asked for: {len(faults)} faults"
        raise RefusedError(
            "readback_failed", message, errors=tuple(faults), message_zh="排版后的文书与所填内容不符，未予签发"
        )


def find_faults(
    pdf: bytes,
    *,
    fields: Mapping[str, object],
    unprinted: Sequence[str],
    docx: bytes | None = None,
    printed: Sequence[str] = (),
) -> list[FieldError]:
    """Read a letter back and give everything in which it does not say what was asked for.

    Args:
        pdf: The letter, stamped or not.
        fields: The checked fields.
        unprinted: Pointers of the fields that choose words without being printed (`unprinted_of`).
        docx: The filled DOCX, read in the same way where there is one.
        printed: What the template printed (`Filled.printed`), which has to be there as well.

    Raises:
        RefusedError: It cannot be read at all.
    """
    pages = PageTexts(_pdf_texts(pdf))
    faults = [*_missing_fields(fields, unprinted, pages, "PDF"), *_missing_prints(printed, pages), *_leftovers(pages)]
    if docx is not None:
        faults.extend(_missing_fields(fields, unprinted, PageTexts([docx_text(docx)]), "DOCX"))
    faults.extend(_undrawn(pages))
    faults.extend(_fault("", "readback.font", text_zh, text_en) for text_zh, text_en in find_font_faults(pdf))
    return faults


def _pdf_texts(pdf: bytes) -> list[str]:
    with _PDFIUM:  # everything is closed in here too, so nothing of it is left to a collector in another thread
        return _page_texts(pdf)


def _page_texts(pdf: bytes) -> list[str]:
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise RefusedError("readback_failed", f"the rendered PDF cannot be read: {error}") from error
    try:
        return [_page_text(document, number) for number in range(len(document))]
    finally:
        document.close()


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    text = page.get_textpage()
    try:
        # PDFium gives a hyphen that ends a line as U+FFFE, which is no character: the line's word may go on after it.
        return str(text.get_text_range()).replace("\ufffe", "-")
    finally:
        text.close()
        page.close()


def _missing_fields(
    fields: Mapping[str, object], unprinted: Sequence[str], pages: PageTexts, where: str
) -> Iterator[FieldError]:
    for pointer, value in pointers.leaves(fields):
        if value is None or isinstance(value, bool) or any(pointers.matches(pointer, known) for known in unprinted):
            continue
        expected = forms(value)
        if expected and not any(pages.holds(form) for form in expected):
            yield _fault(
                pointer,
                "readback.missing",
                f"{where} 中没有这一项的内容，可能被截断或者模板没有印出",
                f"this value does not stand in the {where}: it was cut, or the template does not print it",
            )


def _missing_prints(printed: Sequence[str], pages: PageTexts) -> Iterator[FieldError]:
    for text in dict.fromkeys(map(squeeze, printed)):
        if text in _LEFTOVER_VALUES:
            yield _fault("", "readback.leftover", f"模板印出了“{text}”", f"the template printed {text!r}")
        elif text and not pages.holds(text):
            yield _fault(
                "",
                "readback.cut",
                f"模板印出的“{text[:40]}”在 PDF 中找不到",
                f"what the template printed, {text[:40]!r}, does not stand in the PDF",
            )


def _undrawn(pages: PageTexts) -> Iterator[FieldError]:
    """LibreOffice draws an empty box under a text that can still be copied: ask the fonts, not the PDF."""
    for character in sorted(
        character for character in pages.characters() if ord(character) not in installed_coverage()
    ):
        point = f"U+{ord(character):04X}"
        yield _fault("", "readback.no_glyph", f"没有字体可以显示 {point}", f"no font of the letter draws {point}")


def _leftovers(pages: PageTexts) -> Iterator[FieldError]:
    mark = pages.find_any(LEFTOVERS)
    if mark is not None:
        yield _fault("", "readback.leftover", f"文书中残留“{mark}”", f"the letter still holds {mark!r}")


def _fault(pointer: str, code: str, message_zh: str, message_en: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, message_zh=message_zh, message_en=message_en)
