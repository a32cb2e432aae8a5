"""Read a bundle once: digest every file, keep the small ones, note what could not be read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from evidence.archive import Archive
from evidence.entry import MAX_BODY_BYTES
from evidence.errors import MalformedError
from evidence.layout import BAG_INFO, SM3_MANIFEST, is_allowed, is_frozen_file, is_payload
from evidence.pdf import SignatureScanner, covers_whole

MAX_KEPT = 512 * 1024 * 1024
"""Bytes of manifests, entries, proofs and tokens together; a matter of 50,000 entries has a fifth of this."""
_MAX_MANIFEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """A file's size and digests, raw bytes; `sm3` only where the bundle has a manifest of them."""

    size: int
    sha256: bytes
    sha512: bytes
    sm3: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfSignatures:
    """How many signatures a PDF has, and whether the outermost covers the whole file."""

    count: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a bundle, by names below its top folder.

    Attributes:
        top: The top folder's name; empty if there are several.
        names: Every file's name; where there are several top folders, whole names.
        digests: Of every file that may be there and could be read.
        kept: The bytes of all files but frozen documents and the report's reading copy.
        damaged: Why a file could not be read.
        oversized: Why a file was not read.
        pdfs: Of every PDF with at least one signature.
    """

    top: str
    names: frozenset[str]
    digests: Mapping[str, Digests]
    kept: Mapping[str, bytes] = field(repr=False)
    damaged: Mapping[str, str]
    oversized: Mapping[str, str]
    pdfs: Mapping[str, PdfSignatures]


def read_contents(archive: Archive) -> Contents:
    """Read every file of a bundle once, in flat memory but for the small ones."""
    reading = _Reading(archive)
    for name in archive.names:
        if is_allowed(reading.short(name)):
            reading.take(name)
    return reading.contents()


class _Reading:
    def __init__(self, archive: Archive) -> None:
        tops = {name.partition("/")[0] for name in archive.names if "/" in name}
        self._archive = archive
        self._top = tops.pop() if len(tops) == 1 else ""
        self._sm3 = f"{self._top}/{SM3_MANIFEST}" in archive.names
        self._digests: dict[str, Digests] = {}
        self._kept: dict[str, bytes] = {}
        self._damaged: dict[str, str] = {}
        self._oversized: dict[str, str] = {}
        self._pdfs: dict[str, PdfSignatures] = {}
        self._room = MAX_KEPT

    def short(self, name: str) -> str:
        return name.removeprefix(f"{self._top}/") if self._top else name

    def take(self, name: str) -> None:
        short, size = self.short(name), self._archive.size(name)
        kept = _is_kept(short)
        if kept and size > min(_limit(short), self._room):
            self._oversized[short] = f"{size} bytes"
            return
        try:
            self._pass_over(name, short, kept=kept)
        except MalformedError as error:
            self._damaged[short] = error.message

    def _pass_over(self, name: str, short: str, *, kept: bool) -> None:
        first, second = hashlib.sha256(), hashlib.sha512()
        third = hashlib.new("sm3") if self._sm3 and is_payload(short) else None
        scanner = SignatureScanner() if short.endswith(".pdf") else None
        pieces = []
        for chunk in self._archive.chunks(name):
            first.update(chunk)
            second.update(chunk)
            if third:
                third.update(chunk)
            if scanner:
                scanner.feed(chunk)
            if kept:
                pieces.append(chunk)
        size = self._archive.size(name)
        self._digests[short] = Digests(
            size=size, sha256=first.digest(), sha512=second.digest(), sm3=third.digest() if third else None
        )
        if kept:
            self._kept[short] = b"".join(pieces)
            self._room -= size
        if scanner:
            self._note_signatures(name, short, scanner)

    def _note_signatures(self, name: str, short: str, scanner: SignatureScanner) -> None:
        scanner.finish()
        if scanner.found:
            whole = covers_whole(
                scanner.found,
                size=self._archive.size(name),
                read=lambda start, stop: self._archive.read_range(name, start, stop),
            )
            self._pdfs[short] = PdfSignatures(count=len(scanner.found), whole=whole)

    def contents(self) -> Contents:
        return Contents(
            top=self._top,
            names=frozenset(map(self.short, self._archive.names)),
            digests=self._digests,
            kept=self._kept,
            damaged=self._damaged,
            oversized=self._oversized,
            pdfs=self._pdfs,
        )


def _is_kept(name: str) -> bool:
    return not (is_frozen_file(name) or name in ("data/report.pdf", "data/verify.html"))


def _limit(name: str) -> int:
    if "manifest-" in name:
        return _MAX_MANIFEST
    return 1024 * 1024 if name == BAG_INFO or name.startswith(("trust/", "seal/tsa")) else MAX_BODY_BYTES
