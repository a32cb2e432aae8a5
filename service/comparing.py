"""When two names or numbers are written the same: the one comparison for contracts, debtors and addressees."""

import unicodedata


def compared(text: str) -> str:
    """Give text as it is compared: full-width and half-width forms are the same (NFKC), and so is white space or none.

    Two spellings that differ in nothing else name one contract or one party. It is for comparing alone: what is
    recorded and printed stays as it was given.
    """
    return "".join(unicodedata.normalize("NFKC", text).split())


def compared_number(number: str | None) -> str:
    """Give an identity number as it is compared: as other text, its check letter in any case; empty for none."""
    return compared(number or "").upper()
