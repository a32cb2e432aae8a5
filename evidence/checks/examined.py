"""What a bundle says, read and verified piece by piece; a piece that is not sound stays as the error it gave."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

from evidence.canonical import JsonValue
from evidence.checkpoint import Checkpoint
from evidence.checks.contents import Contents
from evidence.consistency import ConsistencyProof
from evidence.entry import Entry, FileRef
from evidence.errors import EvidenceError
from evidence.logproof import LogProof
from evidence.merkle import verify_consistency
from evidence.timestamp import TimestampToken
from evidence.trust import TrustAnchors

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How strict the verifier is, where the format leaves it to whoever asks.

    Attributes:
        witnesses: Cosignatures required on the seal's checkpoint; None for one if the anchors name any witness.
        late_after: A first time stamp later than this after `at` is remarked on.
        tolerance: How far two honest clocks may differ.
    """

    witnesses: int | None = None
    late_after: timedelta = timedelta(hours=1)
    tolerance: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the asker knows from elsewhere than the bundle.

    Attributes:
        earlier: Signed checkpoints kept from before (or got since).
        consistency: Files of `evidence.consistency` that link them with the bundle's.
        known: Entries of the matter, as header bytes and log proof bytes.
    """

    earlier: Sequence[bytes] = ()
    consistency: Sequence[bytes] = ()
    known: Sequence[tuple[bytes, bytes]] = ()


class PremiseError(Exception):
    """A check cannot be decided, since what it builds on is not sound."""


def attempt(read: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T | EvidenceError:
    """Call, and give the error back as a value."""
    try:
        return read(*args, **kwargs)
    except EvidenceError as error:
        return error


def sound(value: _T | EvidenceError) -> _T:
    """Give a value that must be sound for a check to go on.

    Raises:
        PremiseError: It is an error; another check has told it.
    """
    if isinstance(value, EvidenceError):
        raise PremiseError(str(value))
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry of the bundle: its three files, read.

    Attributes:
        names: Names of header, body and proof.
        seq: The number that its name claims; for the seal, the number due.
    """

    names: tuple[str, str, str]
    seq: int
    header: bytes | None = field(repr=False)
    body: bytes | None = field(repr=False)
    entry: Entry | EvidenceError
    facts: dict[str, JsonValue] | EvidenceError = field(repr=False)
    files: tuple[FileRef, ...] | EvidenceError
    proof: LogProof | EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One time-stamp token: the file it is over, and the token once it was verified."""

    name: str
    over: str
    token: TimestampToken | EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A bundle, examined; what every check reads.

    Attributes:
        records: The entries in data/log, by number.
        seal: The entry `bundle.sealed`.
        checkpoint: data/log/checkpoint, once its signature was verified.
        seal_checkpoint: The seal proof's.
        earlier: The earlier checkpoints by tree size.
        links: By the name of each consistency file: None if it proves that the later of its two checkpoints extends
            the earlier one.
        tokens: Every token in the bundle.
    """

    contents: Contents
    trust: TrustAnchors
    policy: Policy
    given: Given
    records: tuple[Record, ...]
    seal: Record
    checkpoint: Checkpoint | EvidenceError
    seal_checkpoint: Checkpoint | EvidenceError
    earlier: Mapping[int, Checkpoint | EvidenceError]
    links: Mapping[str, EvidenceError | PremiseError | None]
    tokens: tuple[Token, ...]


def verify_extension(proof: ConsistencyProof, *, first: Checkpoint, second: Checkpoint) -> None:
    """Prove that the second checkpoint's tree begins with the first's.

    Raises:
        ConsistencyError: The proof does not show it.
    """
    verify_consistency(
        first_size=first.tree_size,
        second_size=second.tree_size,
        first_root=first.root_hash,
        second_root=second.root_hash,
        proof=proof.proof,
    )


def latest_start(token: TimestampToken) -> datetime:
    """Give the latest instant that a token's `gen_time` may mean, by its stated accuracy."""
    return token.gen_time + timedelta(microseconds=token.accuracy_us or 0)
