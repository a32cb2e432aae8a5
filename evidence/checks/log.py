"""Checks 5 to 8: the log's checkpoints are signed, witnessed, hold every entry, and belong to one history."""

from collections.abc import Iterator, Mapping

from evidence.canonical import format_instant
from evidence.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, verify_cosignatures
from evidence.checks.examined import (
    Examined,
    PremiseError,
    Record,
    attempt,
    sound,
    verify_extension,
)
from evidence.consistency import ConsistencyProof, parse_consistency
from evidence.entry import Entry, entry_from_bytes, leaf_hash
from evidence.errors import EvidenceError, InclusionError, VerificationError
from evidence.layout import CHECKPOINT, SEAL_PROOF, earlier_names
from evidence.logproof import LogProof, parse_log_proof, verify_log_proof
from evidence.merkle import verify_inclusion
from evidence.report import Remark, remark


def check_checkpoint(examined: Examined) -> Iterator[Remark]:
    """Check 5: every checkpoint is of the given log and signed by a given key of it."""
    found = {CHECKPOINT: examined.checkpoint, SEAL_PROOF: examined.seal_checkpoint}
    found |= {earlier_names(size)[0]: checkpoint for size, checkpoint in examined.earlier.items()}
    for name, checkpoint in found.items():
        if isinstance(checkpoint, EvidenceError):
            yield remark("checkpoint", name, reason=checkpoint.message)
    yield from _check_sizes(examined)
    for name, data in examined.trust.files.items():
        if examined.contents.kept.get(f"trust/{name}", data) != data:
            yield remark("trust_copy", f"trust/{name}")


def _check_sizes(examined: Examined) -> Iterator[Remark]:
    last = examined.checkpoint
    if not isinstance(last, Checkpoint):
        return
    for size, checkpoint in examined.earlier.items():
        if isinstance(checkpoint, Checkpoint) and not size == checkpoint.tree_size < last.tree_size:
            yield remark("earlier_size", earlier_names(size)[0], size=checkpoint.tree_size)
    seal = examined.seal_checkpoint
    if isinstance(seal, Checkpoint) and seal.tree_size <= last.tree_size:
        yield remark("seal_not_later", SEAL_PROOF)


def check_cosigned(examined: Examined) -> Iterator[Remark]:
    """Check 6: as many witnesses as the policy asks cosigned the seal's checkpoint, which covers all the rest."""
    keys, required = examined.trust.witness_keys, examined.policy.witnesses
    needed = min(1, len(keys)) if required is None else required
    if needed == 0:
        yield remark("no_witness")
    sound(examined.seal_checkpoint)
    _, note = parse_checkpoint(sound(examined.seal.proof).checkpoint)
    try:
        cosigned = verify_cosignatures(note, keys)
    except VerificationError as error:
        yield remark("cosignature", SEAL_PROOF, reason=str(error))
        return
    if len(cosigned) < needed:
        yield remark("too_few_witnesses", SEAL_PROOF, required=needed, found=len(cosigned))
    for key, at in cosigned:
        yield remark("witness", name=key.name, at=format_instant(at))


def check_included(examined: Examined) -> Iterator[Remark]:
    """Check 7: every entry is on the log, one behind the other, and the seal behind them all."""
    data = examined.contents.kept.get(CHECKPOINT)
    checkpoint = sound(examined.checkpoint)
    last_index = -1
    for record in examined.records:
        proof = sound(record.proof)
        if proof.checkpoint != data:
            yield remark("proof_checkpoint", record.names[2])
        yield from _check_inclusion(record, proof, checkpoint)
        if proof.leaf_index <= last_index:
            yield remark("log_order", record.names[2])
        last_index = proof.leaf_index
    seal = sound(examined.seal.proof)
    yield from _check_inclusion(examined.seal, seal, sound(examined.seal_checkpoint))
    if seal.leaf_index < checkpoint.tree_size:
        yield remark("log_order", SEAL_PROOF)


def _check_inclusion(record: Record, proof: LogProof, checkpoint: Checkpoint) -> Iterator[Remark]:
    try:
        verify_inclusion(
            leaf_hash=leaf_hash(record.header or b""),
            leaf_index=proof.leaf_index,
            tree_size=checkpoint.tree_size,
            proof=proof.proof,
            root_hash=checkpoint.root_hash,
        )
    except InclusionError as error:
        yield remark("not_included", record.names[0], reason=error.message)


def check_consistent(examined: Examined) -> Iterator[Remark]:
    """Check 8: the bundle's own checkpoints are one history, and agree with what the asker kept from elsewhere."""
    for name, error in sorted(examined.links.items()):
        if isinstance(error, EvidenceError):
            yield remark("consistency", name, reason=error.message)
        elif error is not None:
            yield remark("premise", reason=error)
    for number, data in enumerate(examined.given.earlier, start=1):
        opened = attempt(_open, examined, data)
        if isinstance(opened, EvidenceError):
            yield remark("given_unusable", number=number, reason=opened)
        else:
            yield from _check_given(examined, opened)
    for number, (header, proof) in enumerate(examined.given.known, start=1):
        yield from _check_known(examined, header, proof, number=number)


def _open(examined: Examined, data: bytes) -> Checkpoint:
    return open_checkpoint(data, log_keys=examined.trust.log_keys, origin=examined.trust.origin)


def _own(examined: Examined) -> Mapping[int, Checkpoint]:
    own = [*examined.earlier.values(), sound(examined.checkpoint), sound(examined.seal_checkpoint)]
    return {each.tree_size: each for each in own if isinstance(each, Checkpoint)}


def _check_given(examined: Examined, given: Checkpoint) -> Iterator[Remark]:
    own = _own(examined)
    same = own.get(given.tree_size)
    if same is not None and same.root_hash != given.root_hash:
        yield remark("equivocation", size=given.tree_size)
        return
    if same is None:
        try:
            _verify_given(examined, given, own)
        except VerificationError as error:
            yield remark("consistency", reason=error.message)
            return
        except PremiseError:
            yield remark("given_unproven", size=given.tree_size)
            return
    yield remark("given_consistent", size=given.tree_size)


def _verify_given(examined: Examined, given: Checkpoint, own: Mapping[int, Checkpoint]) -> None:
    """Prove that a given checkpoint and one of the bundle's lie on one history, by a given consistency file.

    Raises:
        PremiseError: None of the files is about these two.
        ConsistencyError: One is, and does not show it.
    """
    for data in examined.given.consistency:
        proof = attempt(parse_consistency, data)
        later = attempt(_open, examined, proof.checkpoint) if isinstance(proof, ConsistencyProof) else proof
        if isinstance(proof, EvidenceError) or isinstance(later, EvidenceError):
            continue
        if proof.old_size == given.tree_size and later in own.values():
            return verify_extension(proof, first=given, second=later)
        if proof.old_size in own and later == given:
            return verify_extension(proof, first=own[proof.old_size], second=later)
    raise PremiseError("no consistency file links the two")


def _check_known(examined: Examined, header: bytes, proof: bytes, *, number: int) -> Iterator[Remark]:
    """Compare an entry that the asker kept, once it is shown to be on the trusted log."""
    entry = attempt(_open_known, examined, header, proof)
    if isinstance(entry, EvidenceError):
        yield remark("given_unusable", number=number, reason=entry)
        return
    due = {record.seq: record.header for record in (*examined.records, examined.seal)}
    if entry.matter != examined.contents.top:
        yield remark("given_unusable", number=number, reason=f"it is of matter {entry.matter}")
    elif entry.seq not in due:
        yield remark("known_later", seq=entry.seq, last=max(due), at=format_instant(entry.at))
    elif due[entry.seq] == header:
        yield remark("known_agrees", seq=entry.seq)
    else:
        yield remark("known_differs", seq=entry.seq)


def _open_known(examined: Examined, header: bytes, proof: bytes) -> Entry:
    entry = entry_from_bytes(header)
    trust = examined.trust
    verify_log_proof(parse_log_proof(proof), leaf_hash=leaf_hash(header), log_keys=trust.log_keys, origin=trust.origin)
    return entry
