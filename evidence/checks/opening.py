"""Open a bundle's pieces: each is read and verified for itself, and one that is not sound stays as its error."""

from collections.abc import Sequence

from evidence.archive import MAX_MEMBERS
from evidence.canonical import sha256
from evidence.checkpoint import Checkpoint, open_checkpoint
from evidence.checks.contents import Contents
from evidence.checks.examined import (
    Examined,
    Given,
    Policy,
    PremiseError,
    Record,
    Token,
    attempt,
    verify_extension,
)
from evidence.consistency import ConsistencyProof, parse_consistency
from evidence.entry import body_from_bytes, entry_from_bytes, named_files
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
from evidence.timestamp import verify_timestamp
from evidence.trust import TrustAnchors

MAX_ENTRIES = MAX_MEMBERS // 3 + 1
"""An entry has three files, so no readable bundle has this many; a name may still claim a higher number."""


def examine(contents: Contents, *, trust: TrustAnchors, policy: Policy, given: Given) -> Examined:
    """Read and verify all pieces of a bundle, each for itself."""
    opener = _Opener(contents, trust)
    seqs = range(1, min(last_seq(contents.names), MAX_ENTRIES) + 1)
    sizes = earlier_sizes(contents.names)
    seal = opener.record((SEAL_HEADER, SEAL_BODY, SEAL_PROOF), len(seqs) + 1)
    checkpoint = opener.checkpoint(CHECKPOINT)
    seal_checkpoint = opener.checkpoint_of(seal.proof)
    earlier = {size: opener.checkpoint(earlier_names(size)[0]) for size in sizes}
    later = contents.kept.get(CHECKPOINT)
    links = {
        earlier_names(size)[1]: opener.link(earlier_names(size)[1], earlier[size], checkpoint, later) for size in sizes
    }
    later = None if isinstance(seal.proof, EvidenceError) else seal.proof.checkpoint
    links[SEAL_CONSISTENCY] = opener.link(SEAL_CONSISTENCY, checkpoint, seal_checkpoint, later)
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
        self,
        name: str,
        first: Checkpoint | EvidenceError,
        second: Checkpoint | EvidenceError,
        later: bytes | None,
    ) -> EvidenceError | PremiseError | None:
        """Verify a consistency file between two checkpoints; `later` is the second one's bytes."""
        if isinstance(first, EvidenceError) or isinstance(second, EvidenceError):
            return PremiseError(f"{name}: one of its two checkpoints is not sound")
        return attempt(lambda: _verify_link(parse_consistency(self._bytes(name), where=name), first, second, later))

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


def _verify_link(proof: ConsistencyProof, first: Checkpoint, second: Checkpoint, later: bytes | None) -> None:
    if proof.old_size != first.tree_size or proof.checkpoint != later:
        raise MalformedError("it is about other checkpoints than the bundle's")
    verify_extension(proof, first=first, second=second)
