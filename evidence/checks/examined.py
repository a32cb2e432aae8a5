"""What a bundle says, read and verified piece by piece; a piece that is not sound stays as the error it gave."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

from evidence.archive import MAX_MEMBERS
from evidence.canonical import JsonValue, sha256
from evidence.checkpoint import Checkpoint, open_checkpoint
from evidence.checks.contents import Contents
from evidence.consistency import ConsistencyProof, parse_consistency
from evidence.entry import Entry, FileRef, body_from_bytes, entry_from_bytes, named_files
from evidence.errors import EvidenceError, MalformedError
from evidence.layout import (
    CHECKPOINT,
    SEAL_BODY,
    SEAL_CONSISTENCY,
    SEAL_HEADER,
    SEAL_PROOF,
    TAG_MANIFEST,
    earlier_names,
    earlier_sizes,
    entry_names,
    last_seq,
    last_token,
    token_names,
)
from evidence.logproof import LogProof, parse_log_proof
from evidence.merkle import verify_consistency
from evidence.timestamp import TimestampToken, verify_timestamp
from evidence.trust import TrustAnchors

_P = ParamSpec("_P")
_T = TypeVar("_T")

MAX_ENTRIES = MAX_MEMBERS // 3 + 1
"""An entry has three files, so no readable bundle has this many; a name may still claim a higher number."""


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


def examine(contents: Contents, *, trust: TrustAnchors, policy: Policy, given: Given) -> Examined:
    """Read and verify all pieces of a bundle, each for itself."""
    opener = _Opener(contents, trust)
    seqs = range(1, min(last_seq(contents.names), MAX_ENTRIES) + 1)
    sizes = earlier_sizes(contents.names)
    seal = opener.record((SEAL_HEADER, SEAL_BODY, SEAL_PROOF), len(seqs) + 1)
    checkpoint = opener.checkpoint(CHECKPOINT)
    seal_checkpoint = opener.checkpoint_of(seal.proof)
    earlier = {size: opener.checkpoint(earlier_names(size)[0]) for size in sizes}
    links = {earlier_names(size)[1]: opener.link(earlier_names(size)[1], earlier[size], checkpoint) for size in sizes}
    links[SEAL_CONSISTENCY] = opener.link(SEAL_CONSISTENCY, checkpoint, seal_checkpoint)
    return Examined(
        contents=contents, trust=trust, policy=policy, given=given,
        records=tuple(opener.record(entry_names(seq), seq) for seq in seqs),
        seal=seal, checkpoint=checkpoint, seal_checkpoint=seal_checkpoint, earlier=earlier, links=links,
        tokens=tuple(opener.tokens(sizes)),
    )  # fmt: skip


class _Opener:
    def __init__(self, contents: Contents, trust: TrustAnchors) -> None:
        self._contents = contents
        self._trust = trust

    def _bytes(self, name: str) -> bytes:
        if name not in self._contents.kept:
            raise MalformedError("missing or unreadable", where=name)
        return self._contents.kept[name]

    def record(self, names: tuple[str, str, str], seq: int) -> Record:
        header_name, body_name, proof_name = names
        facts = attempt(lambda: body_from_bytes(self._bytes(body_name), where=body_name))
        return Record(
            names=names,
            seq=seq,
            header=self._contents.kept.get(header_name),
            body=self._contents.kept.get(body_name),
            entry=attempt(lambda: entry_from_bytes(self._bytes(header_name), where=header_name)),
            facts=facts,
            files=facts if isinstance(facts, EvidenceError) else attempt(named_files, facts),
            proof=attempt(lambda: parse_log_proof(self._bytes(proof_name))),
        )

    def checkpoint(self, name: str) -> Checkpoint | EvidenceError:
        return attempt(lambda: self._open(self._bytes(name)))

    def checkpoint_of(self, proof: LogProof | EvidenceError) -> Checkpoint | EvidenceError:
        return proof if isinstance(proof, EvidenceError) else attempt(self._open, proof.checkpoint)

    def _open(self, data: bytes) -> Checkpoint:
        return open_checkpoint(data, log_keys=self._trust.log_keys, origin=self._trust.origin)

    def link(
        self, name: str, first: Checkpoint | EvidenceError, second: Checkpoint | EvidenceError
    ) -> EvidenceError | PremiseError | None:
        if isinstance(first, EvidenceError) or isinstance(second, EvidenceError):
            return PremiseError(f"{name}: one of its two checkpoints is not sound")
        return attempt(lambda: self._verify_link(parse_consistency(self._bytes(name), where=name), first, second))

    def _verify_link(self, proof: ConsistencyProof, first: Checkpoint, second: Checkpoint) -> None:
        if proof.old_size != first.tree_size or self._open(proof.checkpoint) != second:
            raise MalformedError("it is about other checkpoints than the bundle's")
        verify_extension(proof, first=first, second=second)

    def tokens(self, sizes: Sequence[int]) -> list[Token]:
        numbers = range(1, last_token(self._contents.names) + 1)
        found = [self._token(token_names(number), TAG_MANIFEST) for number in numbers]
        found.append(self._token((f"{CHECKPOINT}.tsq", f"{CHECKPOINT}.tsr"), CHECKPOINT))
        for checkpoint, _, tsq, tsr in map(earlier_names, sizes):
            found.append(self._token((tsq, tsr), checkpoint))
        return found

    def _token(self, names: tuple[str, str], over: str) -> Token:
        tsq, tsr = names
        return Token(
            name=tsr,
            over=over,
            token=attempt(
                lambda: verify_timestamp(
                    self._bytes(tsr),
                    data_digest=sha256(self._bytes(over)),
                    anchors=self._trust.tsa,
                    tsq=self._bytes(tsq),
                )
            ),
        )


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
