"""Build an evidence bundle: a bag of frozen files, the matter's entries with their proofs, and the seal over all.

Building is done in the order of what commits to what:

1. `payload_file` for each frozen file and report, `log_payload` for the entries: everything under data/.
2. `bag_files`: the manifests over it, and the tagmanifest over those.
3. The caller gets time-stamp tokens over the tagmanifest, and appends `seal_facts` to the log as `bundle.sealed`.
4. `seal_files`, and `bundle_members` for `evidence.archive.write_archive`.

Knows bytes only: files are opened by functions it is given. Source: docs/bundle-format.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.archive import Member, member_from_bytes
from evidence.baginfo import BagInfo, format_bag_info
from evidence.canonical import JsonValue, from_json_bytes, sha256
from evidence.layout import (
    BAG_DECLARATION,
    BAG_INFO,
    CHECKPOINT,
    FORMAT_VERSION,
    REPORT_JSON,
    SEAL_BODY,
    SEAL_CONSISTENCY,
    SEAL_HEADER,
    SEAL_PROOF,
    SHA256_MANIFEST,
    SHA512_MANIFEST,
    SM3_MANIFEST,
    TAG_MANIFEST,
    TRUST_FILES,
    earlier_names,
    entry_names,
    is_allowed,
    is_matter_name,
    missing_names,
    payload_path,
    token_names,
)
from evidence.manifest import format_manifest
from evidence.payload import PayloadFile, payload_file, payload_from_bytes
from evidence.trust import TrustAnchors, trust_from_files

__all__ = [
    "EarlierCheckpoint",
    "LogRecord",
    "PayloadFile",
    "Stamp",
    "TrustAnchors",
    "bag_files",
    "bundle_members",
    "log_payload",
    "payload_file",
    "payload_from_bytes",
    "payload_path",
    "seal_facts",
    "seal_files",
    "trust_from_files",
]

MAX_TOKENS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """One entry as it goes into a bundle: header, body, and its log proof (tlog-proof text), byte for byte."""

    header: bytes
    body: bytes
    proof: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A time-stamp request and the response to it, DER."""

    tsq: bytes
    tsr: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCheckpoint:
    """A checkpoint that was stamped when the log was smaller, and the proof that data/log/checkpoint extends it.

    Attributes:
        tree_size: The earlier checkpoint's.
        checkpoint: Its signed bytes.
        consistency: A file of `evidence.consistency` whose later checkpoint is data/log/checkpoint.
        stamp: The token over `checkpoint`.
    """

    tree_size: int
    checkpoint: bytes
    consistency: bytes
    stamp: Stamp


def log_payload(
    records: Sequence[LogRecord], *, checkpoint: bytes, stamp: Stamp, earlier: Sequence[EarlierCheckpoint] = ()
) -> tuple[PayloadFile, ...]:
    """Give the files under data/log/.

    Args:
        records: All of the matter's entries, first to last; every proof leads to `checkpoint`, byte for byte.
        checkpoint: Signed, and covering all of them.
        stamp: The token over `checkpoint`'s bytes.
        earlier: For entries that were on the log long before, the first stamped checkpoints that covered them.
    """
    files = {CHECKPOINT: checkpoint, f"{CHECKPOINT}.tsq": stamp.tsq, f"{CHECKPOINT}.tsr": stamp.tsr}
    for seq, record in enumerate(records, start=1):
        files |= zip(entry_names(seq), (record.header, record.body, record.proof), strict=True)
    for old in earlier:
        contents = (old.checkpoint, old.consistency, old.stamp.tsq, old.stamp.tsr)
        files |= zip(earlier_names(old.tree_size), contents, strict=True)
    return tuple(payload_from_bytes(path, data) for path, data in sorted(files.items()))


def bag_files(
    *,
    matter: str,
    payload: Sequence[PayloadFile],
    bagging_on: date,
    trust: Mapping[str, bytes],
    organisation: str = "",
) -> dict[str, bytes]:
    """Give the bag's own files: declaration, description, copies of the anchors, manifests, tagmanifest.

    Args:
        matter: The matter's identifier.
        payload: Everything under data/.
        bagging_on: Today's date, Asia/Shanghai.
        trust: The trust anchors by file name, copied for the reader's convenience.
        organisation: Who packs, for bag-info.txt; may be empty.

    Raises:
        ValueError: A name is not allowed or doubled, or a value does not fit into bag-info.txt.
    """
    _refuse_payload(payload)
    info = BagInfo(
        bagging_on=bagging_on, version=FORMAT_VERSION, matter=matter, payload_size=sum(f.size for f in payload),
        payload_count=len(payload), organisation=organisation,
    )  # fmt: skip
    files = {
        "bagit.txt": BAG_DECLARATION,
        BAG_INFO: format_bag_info(info),
        SHA256_MANIFEST: format_manifest({file.path: file.sha256 for file in payload}),
        SHA512_MANIFEST: format_manifest({file.path: file.sha512 for file in payload}),
        **{f"trust/{name}": trust[name] for name in TRUST_FILES if name in trust},
    }
    sm3 = {file.path: file.sm3 for file in payload if file.sm3 is not None}
    if len(sm3) == len(payload):
        files[SM3_MANIFEST] = format_manifest(sm3)
    return files | {TAG_MANIFEST: format_manifest({name: sha256(data) for name, data in files.items()})}


def _refuse_payload(payload: Sequence[PayloadFile]) -> None:
    paths = [file.path for file in payload]
    if wrong := [path for path in paths if not path.startswith("data/") or not is_allowed(path)]:
        raise ValueError(f"a bundle has no file of the name {wrong[0]}")
    if len(set(paths)) != len(paths):
        raise ValueError("two payload files have the same path")


def seal_facts(*, bundle: str, tagmanifest: bytes, tokens: Sequence[Stamp], entries: int) -> dict[str, JsonValue]:
    """Give the facts of the entry `bundle.sealed`.

    Args:
        bundle: The bundle's identifier.
        tagmanifest: The bytes of tagmanifest-sha256.txt.
        tokens: The tokens over it, in the order in which the bundle numbers them.
        entries: The number of the last entry inside; the seal's own number is one more.
    """
    return {
        "bundle": bundle,
        "entries": entries,
        "tagmanifest_sha256": sha256(tagmanifest).hex(),
        "tokens": [sha256(token.tsr).hex() for token in tokens],
    }


def seal_files(*, tokens: Sequence[Stamp], record: LogRecord, consistency: bytes) -> dict[str, bytes]:
    """Give the files under seal/.

    Args:
        tokens: The tokens over the tagmanifest, 1 to 9 of them.
        record: The entry `bundle.sealed`; its proof leads to a checkpoint larger than data/log/checkpoint.
        consistency: A file of `evidence.consistency` from data/log/checkpoint's size to the proof's checkpoint.
    """
    if not 1 <= len(tokens) <= MAX_TOKENS:
        raise ValueError(f"a bundle has 1 to {MAX_TOKENS} tokens over its tagmanifest")
    files = {
        SEAL_HEADER: record.header, SEAL_BODY: record.body, SEAL_PROOF: record.proof, SEAL_CONSISTENCY: consistency,
    }  # fmt: skip
    for number, token in enumerate(tokens, start=1):
        files |= zip(token_names(number), (token.tsq, token.tsr), strict=True)
    return files


def bundle_members(
    *, matter: str, payload: Sequence[PayloadFile], bag: Mapping[str, bytes], seal: Mapping[str, bytes]
) -> tuple[Member, ...]:
    """Give all members of the bundle's zip, sorted by name, under the one top folder `matter`.

    Raises:
        ValueError: A file that every bundle has is missing, or one that no bundle has is there.
        MalformedError: data/report.json is not canonical JSON.
    """
    names = [file.path for file in payload] + [*bag, *seal]
    if not is_matter_name(matter) or not all(map(is_allowed, names)) or len(set(names)) != len(names):
        raise ValueError("a name that no bundle has, or the same name twice")
    if missing := missing_names(frozenset(names)):
        raise ValueError(f"a bundle lacks {', '.join(missing[:5])}")
    _refuse_report(payload)
    members = [*_members_of_payload(matter, payload)]
    members += [member_from_bytes(f"{matter}/{name}", data) for name, data in {**bag, **seal}.items()]
    return tuple(sorted(members, key=lambda member: member.name))


def _refuse_report(payload: Sequence[PayloadFile]) -> None:
    report = next(file for file in payload if file.path == REPORT_JSON)
    with report.open() as source:
        from_json_bytes(source.read(), where=REPORT_JSON)


def _members_of_payload(matter: str, payload: Iterable[PayloadFile]) -> Iterable[Member]:
    for file in payload:
        yield Member(name=f"{matter}/{file.path}", size=file.size, open=file.open, crc32=file.crc32)
