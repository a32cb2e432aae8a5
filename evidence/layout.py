"""Which files a bundle has, and what each is called. Names come from kinds, numbers and digests, never from uploads.

Knows names only. Source: docs/bundle-format.md, sections 2 and 3.
"""

import re
from collections.abc import Iterable, Iterator

from evidence.entry import FileRef

FORMAT_VERSION = 1
BAG_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
BAG_INFO = "bag-info.txt"
SHA256_MANIFEST = "manifest-sha256.txt"
SHA512_MANIFEST = "manifest-sha512.txt"
SM3_MANIFEST = "manifest-sm3.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
REPORT_PDF = "data/report.pdf"
REPORT_JSON = "data/report.json"
CHECKPOINT = "data/log/checkpoint"
SEAL_HEADER = "seal/seal.json"
SEAL_BODY = "seal/seal.body.json"
SEAL_PROOF = "seal/seal.tlog-proof"
SEAL_CONSISTENCY = "seal/consistency"
TRUST_FILES = ("log.vkey", "log-ed25519.pem", "log-ecdsa.pem", "tsa-roots.pem", "tsa-chain.pem", "witnesses.vkey")

BAG_FILES = ("bagit.txt", BAG_INFO, SHA256_MANIFEST, SHA512_MANIFEST, TAG_MANIFEST)
REQUIRED = (
    *BAG_FILES, REPORT_PDF, REPORT_JSON, CHECKPOINT, f"{CHECKPOINT}.tsq", f"{CHECKPOINT}.tsr",
    SEAL_HEADER, SEAL_BODY, SEAL_PROOF, SEAL_CONSISTENCY,
)  # fmt: skip
_OPTIONAL = (SM3_MANIFEST, "data/verify.html", *(f"trust/{name}" for name in TRUST_FILES))
_ENTRY_SUFFIXES = (".json", ".body.json", ".tlog-proof")
_EARLIER_SUFFIXES = (".checkpoint", ".consistency", ".tsq", ".tsr")

_MATTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ENTRY = re.compile(r"data/log/([0-9]{8})(\.json|\.body\.json|\.tlog-proof)")
_EARLIER = re.compile(r"data/log/earlier/([0-9]{12})(\.checkpoint|\.consistency|\.tsq|\.tsr)")
_TOKEN = re.compile(r"seal/tsa([1-9])\.(tsq|tsr)")
_FROZEN = re.compile(
    r"data/(notices|dispatches|receipts|scans|payments|facts)/[0-9]{8}-[A-Za-z0-9_-]{1,100}\.[a-z0-9]{2,5}"
)
_NOTICE_DOCUMENT = re.compile(r"([A-Z0-9]{2,8}-[0-9]{4}-[0-9]{6,12})\.(?:pdf|docx)")
_DOCUMENT_ROLES = ("document_pdf", "document_docx")

_FOLDERS = {
    "notice": "notices", "dispatch": "dispatches", "tracking": "dispatches", "receipt": "receipts",
    "scan": "scans", "payment": "payments",
}  # fmt: skip
_SUFFIXES = {
    "application/pdf": "pdf",
    "application/json": "json",
    "application/ofd": "ofd",
    "application/xml": "xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "audio/mpeg": "mp3",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "text/csv": "csv",
    "text/plain": "txt",
    "text/xml": "xml",
    "video/mp4": "mp4",
}


def payload_path(ref: FileRef, *, kind: str, seq: int) -> str:
    """Give the place in a bundle of a file that an entry names.

    A notice's own documents bear the notice number, which the service has put into `ref.file`; every other file is
    named by its role and the first 32 hex digits of its SHA-256.

    Args:
        ref: The file as the entry's body names it.
        kind: The entry's kind, such as `scan.recorded`.
        seq: The entry's number in its matter, from 1.
    """
    folder = _FOLDERS.get(kind.split(".", maxsplit=1)[0], "facts")
    suffix = _SUFFIXES.get(ref.media_type, "bin")
    document = _NOTICE_DOCUMENT.fullmatch(ref.file)
    if kind == "notice.issued" and ref.role in _DOCUMENT_ROLES and document:
        return f"data/{folder}/{seq:08d}-{document[1]}.{suffix}"
    return f"data/{folder}/{seq:08d}-{ref.role[:40]}-{ref.sha256[:32]}.{suffix}"


def entry_names(seq: int) -> tuple[str, str, str]:
    """Give the names of an entry's header, body and log proof."""
    header, body, proof = (f"data/log/{seq:08d}{suffix}" for suffix in _ENTRY_SUFFIXES)
    return header, body, proof


def earlier_names(tree_size: int) -> tuple[str, str, str, str]:
    """Give the names of an earlier checkpoint, its proof of consistency, its time-stamp request and response."""
    checkpoint, consistency, tsq, tsr = (f"data/log/earlier/{tree_size:012d}{suffix}" for suffix in _EARLIER_SUFFIXES)
    return checkpoint, consistency, tsq, tsr


def token_names(number: int) -> tuple[str, str]:
    """Give the names of the request and the response of the tagmanifest's token `number`, from 1."""
    return f"seal/tsa{number}.tsq", f"seal/tsa{number}.tsr"


def is_matter_name(text: str) -> bool:
    """Tell whether text may be a matter's identifier, and so a bundle's top folder."""
    return _MATTER.fullmatch(text) is not None


def is_frozen_file(name: str) -> bool:
    """Tell whether a name lies where only the files that entries name may lie."""
    return _FROZEN.fullmatch(name) is not None


def is_payload(name: str) -> bool:
    """Tell whether the payload manifests must list a name."""
    return name.startswith("data/")


def is_tag(name: str) -> bool:
    """Tell whether the tag manifest must list a name: everything but payload, seal and itself."""
    return not name.startswith(("data/", "seal/")) and name != TAG_MANIFEST


def is_allowed(name: str) -> bool:
    """Tell whether a bundle may have a file of this name at all."""
    patterns = (_ENTRY, _EARLIER, _TOKEN, _FROZEN)
    return name in REQUIRED or name in _OPTIONAL or any(pattern.fullmatch(name) for pattern in patterns)


def last_seq(names: Iterable[str]) -> int:
    """Give the highest entry number that any name speaks of; 0 if none does."""
    return max(_numbers(_ENTRY, names), default=0)


def last_token(names: Iterable[str]) -> int:
    """Give the highest number of a token over the tagmanifest; 0 if there is none."""
    return max(_numbers(_TOKEN, names), default=0)


def earlier_sizes(names: Iterable[str]) -> tuple[int, ...]:
    """Give the tree sizes of the earlier checkpoints that are named, ascending."""
    return tuple(sorted(set(_numbers(_EARLIER, names))))


def _numbers(pattern: re.Pattern[str], names: Iterable[str]) -> Iterator[int]:
    return (int(found[1]) for found in map(pattern.fullmatch, names) if found)


def missing_names(names: frozenset[str]) -> tuple[str, ...]:
    """Give the names that a bundle with these files ought to have and has not.

    Only groups with a member present are completed, so a wildly high number costs nothing: numbers without any file
    before them are told by the first that is missing.
    """
    wanted = list(REQUIRED)
    wanted += entry_names(1) + token_names(1)
    for seq in set(_numbers(_ENTRY, names)):
        wanted += entry_names(seq)
        wanted += entry_names(seq - 1) if seq > 1 else ()
    for number in set(_numbers(_TOKEN, names)):
        wanted += token_names(number)
        wanted += token_names(number - 1) if number > 1 else ()
    for size in earlier_sizes(names):
        wanted += earlier_names(size)
    return tuple(sorted(set(wanted) - names))
