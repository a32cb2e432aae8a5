"""The letters of a dry run: the rows most likely to come out wrong, drawn for people, and marked as samples."""

import io
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pikepdf
from sqlalchemy import Connection

from evidence.law.entry_values import legal_day
from service.batches.kept import keep_file, working_folder
from service.batches.parts import BatchParts
from service.batches.runs import hold_run
from service.batches.told import told_errors
from service.errors import BusyError, ServiceError, StoreError
from service.records import batch_rows
from service.records.batch_rows import RowRow
from service.records.batches import BatchRow
from service.records.engine import reading, writing
from service.render import StampMarks, Template
from service.workbook import sample_rows

SAMPLE_NO = "SAMPLE"
"""Stands for the number of a letter that nobody issued."""
NOTHING = "0" * 64
MARK = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>样张</title><style>
@page { size: A4; margin: 0 } body { margin: 0 }
p { position: absolute; left: 0; right: 0; margin: 0; text-align: center; font: 700 64pt "Noto Sans CJK SC";
    color: #c00; opacity: .16; transform: rotate(-35deg) }
p.one { top: 60mm } p.two { top: 135mm } p.three { top: 210mm }
</style></head><body><p class="one">样张 未出具</p><p class="two">样张 未出具</p><p class="three">样张 未出具</p>
</body></html>"""


class Sampling:
    """Draws the risk sample of a batch that was read."""

    def __init__(self, parts: BatchParts) -> None:
        self._parts = parts

    def draw(self, batch: BatchRow) -> None:
        """Draw each row of the sample as PDF and keep it; a row that cannot be drawn fails, and says why.

        Raises:
            StoreError: A store is away, or other work holds every renderer: the samples are drawn again later.
        """
        try:
            self._draw(batch)
        except BusyError as error:
            raise StoreError(error.message, code=error.code, message_zh=error.message_zh) from error

    def _draw(self, batch: BatchRow) -> None:
        mark = self._parts.pool.draw(MARK, page_limit=1)
        for row, about in self._chosen(batch):
            try:
                pdf = self._letter(row)
            except (StoreError, BusyError):
                raise
            except ServiceError as error:
                self._fail(batch, row, error)
                continue
            with working_folder(self._parts) as folder:
                path = Path(folder, "sample.pdf")
                path.write_bytes(marked(pdf, mark))
                keep_file(
                    self._parts,
                    batch,
                    path,
                    kind="sample",
                    name=f"row-{row.number}.pdf",
                    media_type="application/pdf",
                    about=about,
                    of_run=True,
                )

    def _chosen(self, batch: BatchRow) -> list[tuple[RowRow, str]]:
        with reading(self._parts.engine) as conn:
            sample = sample_rows(self._letters(conn, batch))
            rows = [(batch_rows.row(conn, batch_id=batch.id, number=one.number), one) for one in sample]
        return [(row, "；".join(one.reasons_zh)) for row, one in rows]

    def _letters(self, conn: Connection, batch: BatchRow) -> Iterator[tuple[int, Template, Mapping[str, Any]]]:
        for row in batch_rows.every_row(conn, batch_id=batch.id):
            if row.state == "pending" and row.fields is not None:
                yield row.number, self._parts.catalog.get(row.template or "", row.version), row.fields

    def _letter(self, row: RowRow) -> bytes:
        """Fill, stamp and read back as an issued letter would be, with a stamp that no verifier takes for ours."""
        parts = self._parts
        template = parts.catalog.get(row.template or "", row.version)
        filled = parts.pool.fill(
            template,
            row.fields or {},
            row.engine or template.engines[0],
            notice_no=SAMPLE_NO,
            issued_on=legal_day(parts.clock()),
            in_lot=True,
        )
        marks = StampMarks(
            notice_no=SAMPLE_NO,
            issued_at=parts.clock().replace(microsecond=0),
            prev_hex=NOTHING,
            fields_digest_hex=NOTHING,
            mac_key=secrets.token_bytes(32),
        )
        return parts.pool.finish(filled, marks=marks, fields=row.fields or {}, template=template, in_lot=True)

    def _fail(self, batch: BatchRow, row: RowRow, error: ServiceError) -> None:
        with writing(self._parts.engine) as conn:
            hold_run(conn, batch)
            claimed = batch_rows.claim(
                conn,
                batch_id=row.batch_id,
                numbers=[row.number],
                owner=self._parts.owner.id,
                dead=frozenset(),
                at=self._parts.clock(),
            )
            for mine in claimed:
                batch_rows.settle_row(
                    conn, mine, state="failed", owner=None, errors=told_errors(error), changed_at=self._parts.clock()
                )


def marked(pdf: bytes, mark: bytes) -> bytes:
    """Lay the mark of a sample over every page."""
    sink = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document, pikepdf.open(io.BytesIO(mark)) as over:
        for page in document.pages:
            page.add_overlay(over.pages[0], pikepdf.Rectangle(page.mediabox))
        document.save(sink)
    return sink.getvalue()
