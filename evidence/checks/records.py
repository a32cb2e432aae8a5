"""Checks 3, 4 and 11: the entries are well spelled, follow on each other, and name the bundle's files."""

from collections.abc import Iterator

from evidence.canonical import from_json_bytes, sha256
from evidence.chain import verify_chain, verify_link
from evidence.checks.examined import Examined, Record, attempt, sound
from evidence.entry import Entry, FileRef, leaf_hash
from evidence.errors import ChainError, EvidenceError, MalformedError
from evidence.layout import REPORT_JSON, SEAL_BODY, SEAL_HEADER, TAG_MANIFEST, is_frozen_file, payload_path
from evidence.logproof import LogProof, format_log_proof
from evidence.report import Remark, remark

SEAL_KIND = "bundle.sealed"


def check_canonical(examined: Examined) -> Iterator[Remark]:
    """Check 3: every header, body, proof and the report's data have the one spelling that their values have."""
    for record in (*examined.records, examined.seal):
        yield from _check_spelling(examined, record)
    kept = examined.contents.kept
    if REPORT_JSON in kept:
        report = attempt(from_json_bytes, kept[REPORT_JSON], where=REPORT_JSON)
        if isinstance(report, EvidenceError):
            yield remark("not_canonical", REPORT_JSON, reason=report.message)


def _check_spelling(examined: Examined, record: Record) -> Iterator[Remark]:
    kept = examined.contents.kept
    for name, parsed in zip(record.names, (record.entry, record.facts, record.proof), strict=True):
        if name not in kept:
            yield remark("premise", name, reason="missing or unreadable")
        elif isinstance(parsed, EvidenceError):
            yield remark("not_canonical", name, reason=parsed.message)
        elif isinstance(parsed, LogProof) and (parsed.extra is not None or format_log_proof(parsed) != kept[name]):
            yield remark("not_canonical", name, reason="not the lines of a log proof without extra data")


def check_chain(examined: Examined) -> Iterator[Remark]:
    """Check 4: entries from 1 without a gap, each holding the one before, of this matter and log; then the seal."""
    entries = [sound(record.entry) for record in examined.records]
    headers = [record.header or b"" for record in examined.records]
    for record, entry in zip((*examined.records, examined.seal), (*entries, examined.seal.entry), strict=True):
        if isinstance(entry, Entry):
            yield from _check_scope(examined, record, entry)
    try:
        verify_chain(entries, headers=headers)
    except ChainError as error:
        where = examined.records[error.seq - 1].names[0] if 0 < error.seq <= len(entries) else ""
        yield remark("chain", where, reason=error.message)
        return
    seal = sound(examined.seal.entry)
    try:
        verify_link(seal, previous=entries[-1], previous_hash=leaf_hash(headers[-1]))
    except ChainError as error:
        yield remark("chain", SEAL_HEADER, reason=error.message)


def _check_scope(examined: Examined, record: Record, entry: Entry) -> Iterator[Remark]:
    if entry.matter != examined.contents.top:
        yield remark("other_matter", record.names[0], matter=entry.matter)
    if entry.log != examined.trust.origin:
        yield remark("other_log", record.names[0], log=entry.log)


def check_bodies(examined: Examined) -> Iterator[Remark]:
    """Check 11: bodies open their headers; files are named and names have files; the seal is over this bundle."""
    for record in (*examined.records, examined.seal):
        yield from _check_body(record)
    yield from _check_files(examined)
    yield from _check_seal(examined)


def _check_body(record: Record) -> Iterator[Remark]:
    if record.body is None or isinstance(record.entry, EvidenceError):
        yield remark("premise", record.names[1], reason="header or body missing or unreadable")
    elif sha256(record.body) != record.entry.body_digest:
        yield remark("body", record.names[1])
    if isinstance(record.files, EvidenceError) and not isinstance(record.facts, EvidenceError):
        yield remark("reference", record.names[1], reason=str(record.files))


def _check_files(examined: Examined) -> Iterator[Remark]:
    named: set[str] = set()
    whole = True
    for record in examined.records:
        if isinstance(record.files, EvidenceError) or isinstance(record.entry, EvidenceError):
            whole = False
            continue
        for ref in record.files:
            path = payload_path(ref, kind=record.entry.kind, seq=record.seq)
            named.add(path)
            yield from _check_file(examined, ref, path=path, seq=record.seq)
    for name in sorted(filter(is_frozen_file, examined.contents.names - named)):
        if whole:
            yield remark("file_unnamed", name)
    if not whole:
        yield remark("premise", reason="an entry that cannot be read may name further files")


def _check_file(examined: Examined, ref: FileRef, *, path: str, seq: int) -> Iterator[Remark]:
    found = examined.contents.digests.get(path)
    if found is None:
        yield remark("file_missing", path, seq=seq)
    elif (found.size, found.sha256.hex()) != (ref.size, ref.sha256):
        yield remark("file_differs", path, seq=seq)


def _check_seal(examined: Examined) -> Iterator[Remark]:
    kept, seal = examined.contents.kept, examined.seal
    facts = sound(seal.facts)
    kind = sound(seal.entry).kind
    if kind != SEAL_KIND:
        yield remark("seal_kind", SEAL_HEADER, kind=kind)
    if facts.get("entries") != len(examined.records):
        yield remark("seal_entries", SEAL_BODY)
    if TAG_MANIFEST not in kept:
        raise_missing(TAG_MANIFEST)
    if facts.get("tagmanifest_sha256") != sha256(kept[TAG_MANIFEST]).hex():
        yield remark("seal_tagmanifest", SEAL_BODY)
    tokens = [sha256(kept.get(token.name, b"")).hex() for token in examined.tokens if token.over == TAG_MANIFEST]
    if facts.get("tokens") != tokens:
        yield remark("seal_tokens", SEAL_BODY)


def raise_missing(name: str) -> None:
    """Say that a check cannot go on without a file.

    Raises:
        PremiseError: Always.
    """
    sound(MalformedError("missing or unreadable", where=name))
