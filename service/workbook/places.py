"""Where a cell stands: columns by their letters, references such as B12."""

from service.workbook.limits import refused


def column_letters(index: int) -> str:
    """Name a column as spreadsheets do: 0 is A, 26 is AA."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """Give the 0-based index of a column's letters.

    Raises:
        ValueError: These are not one to three letters from A to XFD.
    """
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise ValueError(f"{letters!r} is not a column")
        number = number * 26 + ord(letter) - 64
    if not 1 <= number <= 16384:
        raise ValueError(f"{letters!r} is not a column")
    return number - 1


def column_of(reference: str) -> int:
    """Give the 0-based index of the column of a reference, or of its letters alone.

    Raises:
        RefusedError: `workbook_broken`: it names no column.
    """
    try:
        return column_index(reference.rstrip("0123456789"))
    except ValueError:
        raise refused("workbook_broken", f"单元格位置 {reference[:20]} 读不通", "a cell has no place") from None
