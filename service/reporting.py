"""The reading copy of a bundle: from entries as they are recorded to report.json and report.pdf."""

from collections.abc import Sequence
from datetime import datetime

from evidence.checkpoint import parse_checkpoint
from evidence.entry import body_from_bytes
from service.bundle_payload import ReportRequest
from service.ports import Clock
from service.records.entries import EntryRow
from service.render import RenderPool
from service.report import ReportEntry, ReportSource, build_report, draw_report


class Reporting:
    """Writes reports with the rendering processes that letters use."""

    def __init__(
        self, pool: RenderPool, *, origin: str, labels: Sequence[tuple[str, str]], clock: Clock, witnesses: int = 0
    ) -> None:
        self._pool, self._origin, self._labels = pool, origin, tuple(labels)
        self._clock, self._witnesses = clock, witnesses

    def draw(self, request: ReportRequest) -> tuple[bytes, bytes]:
        """Give report.json and report.pdf."""
        report = build_report(self._source(request, prepared_at=self._clock()))
        return report.json, draw_report(report, self._pool)

    def _source(self, request: ReportRequest, *, prepared_at: datetime) -> ReportSource:
        checkpoint = parse_checkpoint(request.checkpoint)[0]
        return ReportSource(
            matter_id=request.matter_id,
            tenant_name=request.tenant_name,
            bundle_id=request.bundle_id,
            prepared_at=prepared_at.replace(microsecond=0),
            entries=tuple(_entry(row, request) for row in request.entries),
            origin=self._origin,
            tree_size=checkpoint.tree_size,
            root_hex=checkpoint.root_hash.hex(),
            authorities=self._labels,
            witnesses=self._witnesses,
        )


def _entry(row: EntryRow, request: ReportRequest) -> ReportEntry:
    return ReportEntry(
        seq=row.seq,
        kind=row.kind,
        at=row.at,
        leaf_hash_hex=row.leaf_hash.hex(),
        body_sha256_hex=row.body_digest.hex(),
        facts=body_from_bytes(row.body),
        log_index=row.log_index or 0,
        paths={digest: path for (seq, digest), path in request.paths.items() if seq == row.seq},
    )
