"""Check digits of Chinese identity numbers: a wrong one is a warning, for old registers hold wrong ones."""

import re

_PRC_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PRC_CHECK = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def is_prc_id(number: str) -> bool:
    """Tell whether a citizen's 18-digit identity number has a right check digit.

    Source: GB 11643-1999 (ISO 7064 MOD 11-2).
    """
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number, re.ASCII):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _PRC_WEIGHTS, strict=True))
    return _PRC_CHECK[total % 11] == number[17]


def is_uscc(number: str) -> bool:
    """Tell whether an organisation's 18-character unified social credit code has a right check character.

    Source: GB 32100-2015 (ISO 7064 MOD 31-3 weights).
    """
    if len(number) != 18 or any(character not in _USCC_ALPHABET for character in number):
        return False
    values = [_USCC_ALPHABET.index(character) for character in number]
    total = sum(value * weight for value, weight in zip(values[:17], _USCC_WEIGHTS, strict=True))
    return (31 - total % 31) % 31 == values[17]
