"""Opens an upload: what it is, which sheet is meant, where its header is; then its rows are on the disk."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from service.workbook.archive import OLE_START, ZIP_START, open_archive, refuse_ole
from service.workbook.encodings import find_encoding
from service.workbook.formats import read_formats
from service.workbook.header import Header, Span, find_header
from service.workbook.limits import Limits, refused, too_large
from service.workbook.merged_ranges import read_spans
from service.workbook.package import Package, Sheet, open_part, read_package
from service.workbook.places import column_letters
from service.workbook.shared_strings import read_shared
from service.workbook.sheet_rows import SheetContext, SheetFacts, SheetReader
from service.workbook.spool import HEADER_ROWS, SpoolWriter, read_spool
from service.workbook.table import ROWS_FILE, Note, Table, keep_table
from service.workbook.text_tables import read_csv, read_ndjson

_TEXT_NAMES = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson"}


def open_table(
    path: Path, *, file_name: str, into: Path, sheet: str | None = None, limits: Limits | None = None
) -> Table:
    """Read an uploaded table completely once, and keep its rows in the folder `into`.

    Args:
        path: The upload.
        file_name: Its name at home; only the ending is looked at, and it has to agree with the content.
        into: An empty folder that lives as long as the table.
        sheet: Name of the worksheet; the first visible one when not given. A hidden one is read only when named.
        limits: Bounds; the defaults when not given.

    Raises:
        RefusedError: The file as a whole cannot be read; code and sentences say why.
        TooLargeError: It is over a limit.
    """
    bounds = limits or Limits()
    if path.stat().st_size > bounds.file_bytes:
        raise too_large("table_too_large", "文件超过大小上限", f"the file has more than {bounds.file_bytes} bytes")
    table = _read(path, Path(file_name).suffix.lower(), into, sheet, bounds)
    if table.row_count == 0:
        raise refused("table_no_data", "表头下面没有数据", "there is no data below the header")
    if table.row_count > bounds.rows:
        raise too_large(
            "table_too_long",
            f"超过 {bounds.rows} 行，请分成几个文件上传",
            f"the table has more than {bounds.rows} rows",
        )
    keep_table(table)
    return table


def _read(path: Path, suffix: str, into: Path, sheet: str | None, limits: Limits) -> Table:
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise refused("table_empty", "文件为空", "the file is empty")
    if head == OLE_START:
        refuse_ole(path)
    if head.startswith(ZIP_START):
        _refuse_name(suffix, (".xlsx", ".xltx"), "xlsx")
        with open_archive(path, limits) as archive:
            return _read_xlsx(archive, into, sheet, limits)
    kind = _TEXT_NAMES.get(suffix)
    if kind is None:
        raise refused(
            "table_type",
            f"文件名以“{suffix[:12]}”结尾，内容却不是工作簿；请上传 .xlsx、.csv 或 .ndjson",
            f"the file is named {suffix[:12]!r} and is no workbook: send .xlsx, .csv or .ndjson",
        )
    return _read_text(path, kind, into, limits)


def _refuse_name(suffix: str, wanted: tuple[str, ...], kind: str) -> None:
    if suffix == ".xlsm":
        raise refused(
            "workbook_macros",
            "请把 .xlsm 另存为不含宏的 .xlsx 后上传",
            "save the .xlsm as a plain .xlsx without macros",
        )
    if suffix not in wanted:
        raise refused(
            "table_type",
            f"文件名以“{suffix[:12]}”结尾，内容却是压缩格式的工作簿；请核对文件（{kind}）",
            f"the file is named {suffix[:12]!r}, but its content is packed like an .xlsx workbook",
        )


def _read_xlsx(archive: ZipFile, into: Path, name: str | None, limits: Limits) -> Table:
    package = read_package(archive)
    sheet = _chosen(package, name)
    context = SheetContext(
        shared=_shared(archive, package, limits),
        formats=_formats(archive, package),
        date_1904=package.date_1904,
        limits=limits,
    )
    with SpoolWriter(into / ROWS_FILE, limits) as spool, open_part(archive, sheet.part, small=False) as stream:
        facts = SheetReader(context, spool.add).read(stream, sheet.part)
    spans = read_spans(facts.merged)
    return _table(
        spool,
        into,
        spans=spans,
        format="xlsx",
        sheet=sheet.name,
        part=sheet.part,
        other_sheets=tuple(other.name for other in package.sheets if other is not sheet and other.visible),
        notes=tuple(_notes(package, sheet, facts)),
        width=facts.width,
    )


def _read_text(path: Path, kind: str, into: Path, limits: Limits) -> Table:
    encoding = find_encoding(path)
    with SpoolWriter(into / ROWS_FILE, limits) as spool:
        if kind == "csv":
            delimiter = read_csv(path, encoding, spool, limits)
        else:
            keys = read_ndjson(path, encoding, spool, limits)
            headers = tuple(
                Header(text=key, column=column_letters(index), index=index) for index, key in enumerate(keys)
            )
    if kind == "csv":
        return _table(spool, into, format="csv", encoding=encoding, delimiter=delimiter)
    return _table(spool, into, format="ndjson", encoding=encoding, headers=headers)


def _table(spool: SpoolWriter, into: Path, **facts: Any) -> Table:
    spans: tuple[Span, ...] = facts.pop("spans", ())
    first, last, headers = 0, 0, facts.pop("headers", None)
    if headers is None:
        first, last, headers = find_header(list(islice(read_spool(into / ROWS_FILE), HEADER_ROWS)), spans)
    heading = sum(number <= last for number, _ in islice(read_spool(into / ROWS_FILE), HEADER_ROWS)) if last else 0
    blank: Mapping[str, Any] = {
        "sheet": "", "part": "", "other_sheets": (), "encoding": "", "delimiter": "", "notes": ()
    }  # fmt: skip
    facts["width"] = max([facts.get("width", 0), *(header.index + 1 for header in headers)])
    return Table(
        **{**blank, **facts},
        header_row=first,
        last_header_row=last,
        headers=headers,
        row_count=spool.rows - heading,
        empty_rows=spool.empty,
        merged=tuple(span for span in spans if span.bottom >= first),
        folder=into,
    )


def _chosen(package: Package, name: str | None) -> Sheet:
    visible = [sheet.name for sheet in package.sheets if sheet.visible]
    for sheet in package.sheets:
        if sheet.name == name or (name is None and sheet.visible):
            return sheet
    if name is None:
        raise refused("workbook_sheet", "工作簿没有可见的工作表", "no worksheet of the workbook is visible")
    raise refused(
        "workbook_sheet",
        f"没有名为“{name[:40]}”的工作表，可见的有：{'、'.join(visible)[:200]}",
        f"there is no such worksheet; the visible ones are: {', '.join(visible)[:200]}",
    )


def _shared(archive: ZipFile, package: Package, limits: Limits) -> list[str]:
    if package.shared_strings is None:
        return []
    with open_part(archive, package.shared_strings, small=False) as stream:
        return read_shared(stream, package.shared_strings, limits)


def _formats(archive: ZipFile, package: Package) -> list[Any]:
    if package.styles is None:
        return []
    with open_part(archive, package.styles) as stream:
        return read_formats(stream, package.styles)


def _notes(package: Package, sheet: Sheet, facts: SheetFacts) -> Iterator[Note]:
    if facts.hidden_rows:
        by = "（多为筛选所致）" if facts.filtered else ""
        yield Note(
            code="table.hidden_rows",
            message_zh=f"有 {facts.hidden_rows} 行处于隐藏状态{by}，照样读取",
            message_en=f"{facts.hidden_rows} rows are hidden; they are data and are read",
        )
    for first, last in facts.hidden_columns:
        if first < 16000:
            name = f"{column_letters(first)}–{column_letters(last)}" if last > first else column_letters(first)
            yield Note(
                code="table.hidden_columns",
                message_zh=f"{name} 列处于隐藏状态，照样读取",
                message_en=f"column {name} is hidden; it is read",
            )
    if any(not other.visible for other in package.sheets if other is not sheet):
        yield Note(
            code="table.hidden_sheets", message_zh="隐藏的工作表未读取", message_en="hidden worksheets were not read"
        )
    if package.external_links:
        yield Note(
            code="table.external_links",
            message_zh="工作簿链接到其他文件，只用已保存的结果，不会去取",
            message_en="the workbook links to other files; only stored results are used, nothing is fetched",
        )
