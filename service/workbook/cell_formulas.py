"""Formulas in a sheet that is edited: those that give way, and those that then have to stand alone.

One cell may hold a formula for the cells below it (`t="shared"`, ECMA-376 part 1, 18.3.1.40). When our text takes the
place of that cell, each of the others gets the formula written out: without it they would refer to nothing.
"""

from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape

from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.formula.translate import Translator

from service.workbook.places import column_letters


class Place(NamedTuple):
    """A cell: row from 1, column from 0."""

    row: int
    column: int

    @property
    def name(self) -> str:
        """The cell as a spreadsheet names it."""
        return f"{column_letters(self.column)}{self.row}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One `f` element: its bytes from `start` to `end`, its text, and the number under which it is shared, or none."""

    place: Place
    start: int
    end: int
    text: str
    shared: str | None


class Formulas:
    """Remembers the shared formulas whose cell gave way."""

    def __init__(self) -> None:
        self._lost: dict[str, Formula] = {}

    def lose(self, formula: Formula) -> None:
        """Our text took this formula's cell."""
        if formula.shared is not None and formula.text:
            self._lost[formula.shared] = formula

    def alone(self, formula: Formula, *, prefix: str) -> bytes | None:
        """Give the element that has to stand in a formula's place; None where it may stay.

        A formula that cannot be read is left out: its last result stays in the cell.
        """
        origin = None if formula.text or formula.shared is None else self._lost.get(formula.shared)
        if origin is None:
            return None
        try:
            told = Translator(f"={origin.text}", origin=origin.place.name).translate_formula(formula.place.name)
        except TokenizerError:
            return b""
        return f"<{prefix}f>{escape(told.removeprefix('='))}</{prefix}f>".encode()
