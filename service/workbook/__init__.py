"""Tables that desks send and get back: XLSX, CSV and NDJSON to rows, columns to fields, rows to letters' fields.

No database, no HTTP: files and bytes come in, values go out. Nothing that stands in a cell is ever turned into another
value without a word; what cannot be read for certain is a fault at its cell.
"""

from service.workbook.apart import open_table_apart, write_back_apart
from service.workbook.cells import Cell
from service.workbook.guess import guess_mapping
from service.workbook.header import OURS, Header, our_columns
from service.workbook.limits import Limits
from service.workbook.mapping import (
    Mapped,
    Mapping,
    Missing,
    Unused,
    check_constants,
    check_mapping,
    header_fingerprint,
    plain_title,
)
from service.workbook.opening import open_table
from service.workbook.places import column_letters
from service.workbook.results import RowResult
from service.workbook.row_read import CellError, RowRead
from service.workbook.row_reading import content_key, read_row
from service.workbook.sampling import SampleRow, sample_rows
from service.workbook.table import Note, Row, Table, load_table
from service.workbook.targets import SPECIALS
from service.workbook.write_back import write_back

__all__ = [
    "OURS",
    "SPECIALS",
    "Cell",
    "CellError",
    "Header",
    "Limits",
    "Mapped",
    "Mapping",
    "Missing",
    "Note",
    "Row",
    "RowRead",
    "RowResult",
    "SampleRow",
    "Table",
    "Unused",
    "check_constants",
    "check_mapping",
    "column_letters",
    "content_key",
    "guess_mapping",
    "header_fingerprint",
    "load_table",
    "open_table",
    "open_table_apart",
    "our_columns",
    "plain_title",
    "read_row",
    "sample_rows",
    "write_back",
    "write_back_apart",
]
