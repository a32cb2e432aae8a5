"""The carrier's batch sheet: one line a letter, so that the label says which letter was in the envelope.

The notice number stands in 客户单号, by which the sheet comes back with waybill numbers, and at the end of 内件品名,
where nothing cuts it off. A letter that lacks what a label needs is left out and named; none is sent half.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.errors import FieldError, RefusedError
from service.mailing.item import MailItem
from service.mailing.layout import REFUSED_SHEET, Column, Layout
from service.mailing.order import read_place
from service.mailing.worksheets import MOST_ROWS, Worksheet, cell_text, write_workbook

_ALWAYS = ("addressee", "address", "notice_no")
_NAMES_ZH = {
    "addressee": "收件人", "to_name": "收件人", "to_company": "收件单位", "phone": "收件人电话", "address": "收件地址",
    "city": "寄达城市", "postcode": "邮编", "item_description": "内件品名", "notice_no": "函号", "waybill_no": "邮件号",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who posts: the same on every line."""

    name: str = ""
    phone: str = ""
    company: str = ""
    address: str = ""
    customer_code: str = ""
    postcode: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedItem:
    """A letter that is not on the sheet, and why; pointers name a field of `MailItem`."""

    item: MailItem
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmsSheet:
    """What was written: how many lines, and which letters were left out."""

    lines: int
    refused: tuple[RefusedItem, ...]


def ems_sheet(items: Sequence[MailItem], layout: Layout, sender: Sender, path: Path) -> EmsSheet:
    """Write the batch sheet; give it letters in print order, so that labels and letters follow one another.

    Letters that are left out stand on a second sheet, 未列入, each with its reason.

    Raises:
        RefusedError: There are more letters than a sheet has lines.
    """
    if len(items) > MOST_ROWS:
        told = f"{len(items)} letters, a sheet has {MOST_ROWS} lines"
        raise RefusedError("too_many_letters", told, message_zh="函件数超过一张表的行数")
    faults = [tuple(_faults(_line(item, layout, sender), layout)) for item in items]
    pairs = list(zip(items, faults, strict=True))
    refused = tuple(RefusedItem(item=item, errors=errors) for item, errors in pairs if errors)
    # Made again while they are written: the lines of a large batch are never in memory together.
    lines = (_line(item, layout, sender) for item, errors in pairs if not errors)
    write_workbook(path, list(_sheets(layout, lines, refused)), rows=len(items))
    return EmsSheet(lines=len(items) - len(refused), refused=refused)


def item_text(item: MailItem, *, longest: int) -> str:
    """Give 内件品名: the letter as its template words it, and its number, as in `催收函（编号GX-2026-000123）`.

    What is over `longest` characters is cut before the number, never in it.
    """
    number = f"（编号{item.notice_no}）"
    said = cell_text(item.item_description or item.title_zh).replace(number, "")
    room = longest - len(number)
    return (said if len(said) <= room else f"{said[: max(0, room - 1)]}…") + number


def _line(item: MailItem, layout: Layout, sender: Sender) -> list[str]:
    return [_cell(item, column, sender) for column in layout.columns]


def _cell(item: MailItem, column: Column, sender: Sender) -> str:
    if not column.source:
        return column.value
    if column.source == "item_description":
        return item_text(item, longest=column.longest)
    return cell_text(_source(item, column.source, sender))


def _source(item: MailItem, source: str, sender: Sender) -> str:
    if source.startswith("sender_"):
        return str(getattr(sender, source.removeprefix("sender_")))
    if source == "city":
        return read_place(item.address).city
    return str(getattr(item, source) or "")


def _faults(line: Sequence[str], layout: Layout) -> Iterator[FieldError]:
    for column, text in zip(layout.columns, line, strict=True):
        if not text and (column.required or column.source in _ALWAYS):
            yield _missing(column)
        if len(text) > column.longest:
            yield _too_long(column, len(text))


def _missing(column: Column) -> FieldError:
    name = _NAMES_ZH.get(column.source, column.title)
    return FieldError(
        pointer=f"/{column.source}",
        code="ems.missing",
        message_zh=f"缺少{name}，未列入交寄清单",
        message_en=f"{column.source or column.title} is missing: the letter is not on the sheet",
    )


def _too_long(column: Column, length: int) -> FieldError:
    name = _NAMES_ZH.get(column.source, column.title)
    return FieldError(
        pointer=f"/{column.source}",
        code="ems.too_long",
        message_zh=f"{name}共 {length} 字，邮政至多 {column.longest} 字，未列入交寄清单",
        message_en=f"{column.source or column.title} has {length} characters, the carrier takes {column.longest}",
    )


def _sheets(layout: Layout, lines: Iterable[Sequence[str]], refused: Sequence[RefusedItem]) -> Iterator[Worksheet]:
    titles = [column.title for column in layout.columns]
    yield Worksheet(name=layout.sheet, titles=titles, rows=lines, widths=[max(10, 2 * len(title)) for title in titles])
    if refused:
        rows = [(one.item.row, one.item.notice_no, one.item.addressee, _reasons(one)) for one in refused]
        yield Worksheet(
            name=REFUSED_SHEET, titles=("表格行", "函号", "收件人", "原因"), rows=rows, widths=(8, 22, 24, 80)
        )


def _reasons(refused: RefusedItem) -> str:
    return "；".join(error.message_zh for error in refused.errors)
