"""What can be wrong with evidence, by whose fault it is.

`EvidenceError` is the root. Two branches tell the caller what to do:

- `MalformedError`: the bytes are not in the format. Reject the input.
- `VerificationError`: the bytes are well-formed, but what they claim does not hold. Reject the claim.

Errors carry plain values (text, numbers), never objects of the formats they speak about. Misuse by our own
code is a plain `ValueError` and is not caught here.
"""


class EvidenceError(Exception):
    """Evidence that cannot be accepted.

    Attributes:
        message: One sentence that says what is wrong.
        where: File name, JSON pointer or other place of the fault; empty if the caller knows it.
    """

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class MalformedError(EvidenceError):
    """The bytes are not in the format they claim to be in."""


class VerificationError(EvidenceError):
    """The bytes are well-formed, but the statement they make does not hold."""


class ChainError(VerificationError):
    """The entries are not one matter's whole, ordered history.

    Attributes:
        seq: The number of the entry at fault, counted from 1; 0 if there is no entry at all.
    """

    def __init__(self, message: str, *, seq: int = 0, where: str = "") -> None:
        super().__init__(message, where=where)
        self.seq = seq


class InclusionError(VerificationError):
    """A leaf is not in the tree as claimed."""


class ConsistencyError(VerificationError):
    """A tree is not an extension of an earlier one."""


class SignatureError(VerificationError):
    """A signature is wrong, or no key that was given has signed."""


class TimestampError(VerificationError):
    """A timestamp token does not prove what it was given for."""
