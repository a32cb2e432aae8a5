"""What one row of a table said, and where each thing stood."""

from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import Any

from service.errors import FieldError
from service.render.catalog import Template
from service.workbook.places import column_letters


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """One thing wrong with, or worth knowing of, one row; `column` is the 0-based column, None for the whole row."""

    column: int | None
    pointer: str
    code: str
    message_zh: str
    message_en: str

    @property
    def letter(self) -> str:
        """The column as the clerk sees it; empty for the whole row."""
        return "" if self.column is None else column_letters(self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRead:
    """What one row says: fields as the letter's schema wants them, and what is wrong with them."""

    number: int
    fields: dict[str, Any]
    specials: dict[str, str]
    """Values of the special targets, without their @: template, reference, address …"""
    returned: dict[str, str]
    """What our own columns held when the workbook came back: status, notice_no, waybill_no …"""
    errors: tuple[CellError, ...]
    notes: tuple[CellError, ...]
    template: Template | None
    """None when the row names no template that there is; an error says so."""
    places: Dictionary[str, int] = field(repr=False)

    def cell_of(self, pointer: str) -> int | None:
        """Give the column that a pointer into the fields came from, or would have come from; None without one."""
        here = pointer
        while here:
            if here in self.places:
                return self.places[here]
            below = [at for place, at in self.places.items() if place.startswith(f"{here}/")]
            if below:
                return min(below)
            here = here.rpartition("/")[0]
        return None

    def placed(self, errors: Iterable[FieldError]) -> tuple[CellError, ...]:
        """Put faults that were found in the fields on their cells; none where the row already has one for the field."""
        told = {error.pointer for error in self.errors}
        derived = "amount.sum_differs" if told else ""  # a part that could not be read is missing from the sum
        return tuple(
            CellError(
                column=self.cell_of(error.pointer),
                pointer=error.pointer,
                code=error.code,
                message_zh=error.message_zh,
                message_en=error.message_en,
            )
            for error in errors
            if error.pointer not in told
            and error.code != derived
            and not any(place.startswith(f"{error.pointer}/") for place in told)
        )
