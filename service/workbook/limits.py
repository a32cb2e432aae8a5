"""How much of an uploaded table is read, and the two ways of refusing one."""

from dataclasses import dataclass

from service.errors import RefusedError, TooLargeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one uploaded table; a file over any of them is refused as a whole."""

    rows: int = 100_000
    columns: int = 200
    file_bytes: int = 200 * 2**20
    unpacked_bytes: int = 1536 * 2**20
    archive_entries: int = 2_000
    ratio: int = 400
    """Unpacked to packed bytes of one member of the archive above a mebibyte; a plain sheet has 10 to 60."""
    shared_characters: int = 400_000_000
    cell_characters: int = 32_767
    """What an XLSX cell can hold; a longer text is a fault at its cell, so none goes back cut off.

    An object or a list of an NDJSON row may be longer: cut off, it is no JSON any more and is a fault when it returns.
    """
    merged_ranges: int = 20_000


def refused(code: str, zh: str, en: str) -> RefusedError:
    """Make the refusal of a whole file."""
    return RefusedError(code, en, message_zh=zh)


def too_large(code: str, zh: str, en: str) -> TooLargeError:
    """Make the refusal of a whole file that is over a limit."""
    return TooLargeError(code, en, message_zh=zh)
