"""What a report is written from, and what comes out: plain values, nothing fetched."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntry:
    """One recorded entry of the matter.

    Args:
        seq: Number in the matter, from 1.
        kind: Such as `notice.issued`.
        at: When the service recorded it, aware UTC.
        leaf_hash_hex: Leaf of the log's tree.
        body_sha256_hex: Digest in the header.
        facts: The body; it may hold its salt, which is never shown.
        log_index: Place in the log, from 0.
        paths: Where each file that the body names lies in the bundle, by the SHA-256 in hex.
    """

    seq: int
    kind: str
    at: datetime
    leaf_hash_hex: str
    body_sha256_hex: str
    facts: Mapping[str, Any]
    log_index: int
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSource:
    """Everything that a report says comes from here.

    Args:
        matter_id: The matter.
        tenant_name: Who hands the bundle in.
        bundle_id: The bundle.
        prepared_at: Aware UTC.
        entries: In the order of `seq`; the first is `matter.opened`.
        origin: Name of the log.
        tree_size: Size of the checkpoint that the bundle carries.
        root_hex: Its root hash.
        authorities: Name and trust label (`development` or another) of each time-stamping authority.
        witnesses: How many witnesses cosign the log.
    """

    matter_id: str
    tenant_name: str
    bundle_id: str
    prepared_at: datetime
    entries: tuple[ReportEntry, ...]
    origin: str
    tree_size: int
    root_hex: str
    authorities: tuple[tuple[str, str], ...]
    witnesses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The same report twice: canonical JSON, and a page of HTML that is still to be drawn."""

    json: bytes
    html: str
