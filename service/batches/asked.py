"""What callers say of a batch: the file, what is to be done with it, what is set otherwise at its start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The file as it was received and kept."""

    file_name: str
    object_key: str
    sha256: bytes
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """What a caller wants done with a file.

    Attributes:
        upload: The file.
        dry_run: Only read and check it, and draw a few letters.
        template: The letter's name where no column says it, with version and engine.
        sheet: The sheet of a workbook; None: the only one that is shown.
        mapping: From header to target; None: the one that was confirmed before, or a guess.
        constants: Values of fields (by JSON pointer) that are the same in all rows.
        duplicate_reason: Why notices are issued although the like was issued before; none: they are refused.
    """

    upload: Upload
    dry_run: bool
    template: str
    version: str | None = None
    engine: str | None = None
    sheet: str | None = None
    mapping: Mapping[str, str] | None = None
    constants: Mapping[str, Any] | None = None
    duplicate_reason: str | None = None

    def told(self) -> dict[str, Any]:
        """Give what is kept of it beside the file."""
        names = ("template", "version", "engine", "sheet", "mapping", "constants", "duplicate_reason")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a caller confirms or sets otherwise when a read batch is started; None leaves what was asked.

    A `duplicate_reason` of no characters takes back the one that was given.
    """

    mapping: Mapping[str, str] | None = None
    constants: Mapping[str, Any] | None = None
    duplicate_reason: str | None = None

    def given(self) -> dict[str, Any]:
        """Give what is to be changed."""
        names = ("mapping", "constants", "duplicate_reason")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedBatch:
    """A batch with the job that works on it now."""

    batch_id: str
    job_id: str
    kind: str
    state: str


Also = Callable[[Connection, RequestedBatch], None]
