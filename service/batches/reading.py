"""A table to rows: how its columns are understood, and everything that is wrong with every row, before any letter.

It may stop anywhere and begin again: rows that are there are passed over. No row is kept that was read for a run that
is over, or by another mapping than the batch has.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from service.batches.checking import RowChecks
from service.batches.kept import fetch_upload, working_folder
from service.batches.parts import BatchParts
from service.batches.runs import RunOverError, hold_run, hold_unfinished
from service.errors import ConflictError, RefusedError
from service.records import batch_rows, batches
from service.records.batch_rows import RowRow
from service.records.batches import BatchRow
from service.records.engine import reading, writing
from service.render import Template
from service.workbook import Mapping as ColumnMapping
from service.workbook import (
    Table,
    check_constants,
    check_mapping,
    guess_mapping,
    header_fingerprint,
    open_table_apart,
    plain_title,
)

PAGE = 500
Say = Callable[[int, int], None]


class Reading:
    """Reads uploaded tables into rows."""

    def __init__(self, parts: BatchParts) -> None:
        self._parts = parts

    def read(self, batch: BatchRow, *, say: Say) -> None:
        """Read and check every row that is not there yet; `say` is told how many are.

        Raises:
            RefusedError: The file cannot be read, or its columns cannot be understood as they were said to be.
            ConflictError: `mapping_unconfirmed`: the columns were guessed, and nobody said that the guess is right.
            RunOverError: Another run has begun, or the batch was cancelled.
            StoreError: A store or the disk failed.
        """
        if self._was_read(batch):
            self._confirm(batch)
            return
        with working_folder(self._parts) as folder:
            upload = fetch_upload(self._parts, batch, folder)
            table = open_table_apart(
                upload, file_name=batch.file_name, into=_sub(folder, "table"), sheet=batch.request.get("sheet")
            )
            mapping, batch = self._known(batch) or self._understood(batch, table)
            self._check_confirmed(batch)
            self._rows(batch, table, mapping, say)

    def _known(self, batch: BatchRow) -> tuple[ColumnMapping, BatchRow] | None:
        """A table whose rows are there, or some of them, keeps the meaning that they were read with."""
        with reading(self._parts.engine) as conn:
            if batch.mapping is None or not batch_rows.last_number(conn, batch_id=batch.id):
                return None
        return ColumnMapping.from_json(dict(batch.mapping)), batch

    def _understood(self, batch: BatchRow, table: Table) -> tuple[ColumnMapping, BatchRow]:
        """Take the mapping that was given, the one confirmed for such a table before, or a guess."""
        guess = guess_mapping(table.headers, self._catalog_template(batch))
        mapping, source, constants = self._chosen(batch, table, guess)
        templates = self._templates(batch, mapping)
        faults = check_mapping(mapping, table.headers, *templates) if source != "guessed" else ()
        faults += check_constants(constants, *templates)
        if faults:
            self._back_to_dry_run(batch, table_facts=_told(table, guess, constants))
            raise RefusedError(
                "mapping_wrong", "the mapping does not fit the table", errors=faults, message_zh="列的含义与表格不符"
            )
        found = {
            "request": {**batch.request, "constants": constants},
            "mapping": mapping.to_json(),
            "mapping_source": source,
            "table_facts": _told(table, guess, constants),
        }
        with writing(self._parts.engine) as conn:
            hold_unfinished(conn, batch)
            batches.update_batch(conn, batch_id=batch.id, **found)
            return mapping, batches.batch(conn, tenant_id=batch.tenant_id, batch_id=batch.id)

    def _chosen(self, batch: BatchRow, table: Table, guess: ColumnMapping) -> tuple[ColumnMapping, str, dict[str, Any]]:
        """Give the mapping, where it is from, and the constants; one that was saved and no longer fits is left."""
        own = batch.request.get("constants")
        if batch.request.get("mapping") is not None:
            return ColumnMapping.from_json(batch.request["mapping"]), "given", dict(own or {})
        saved = self._saved(batch, table)
        if saved is None:
            return guess, "guessed", dict(own or {})
        mapping, constants = _by_titles(saved[0], table), dict(saved[1]) if own is None else dict(own)
        if check_mapping(mapping, table.headers, *self._templates(batch, mapping)):
            return guess, "guessed", dict(own or {})
        return mapping, "saved", constants

    def _catalog_template(self, batch: BatchRow) -> Template:
        return self._parts.catalog.get(batch.request["template"], batch.request.get("version"))

    def _templates(self, batch: BatchRow, mapping: ColumnMapping) -> list[Template]:
        """A column may name other templates than the batch's own: a target has to be in one of them."""
        named = any(column.target == "@template" for column in mapping.columns)
        return [self._catalog_template(batch), *(self._parts.catalog.all() if named else ())]

    def _saved(self, batch: BatchRow, table: Table) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        with reading(self._parts.engine) as conn:
            return batches.saved_mapping(
                conn,
                tenant_id=batch.tenant_id,
                template=batch.request["template"],
                headers_digest=header_fingerprint(table.headers),
            )

    def _check_confirmed(self, batch: BatchRow) -> None:
        """A column that was misunderstood would go into every letter: a guess alone issues nothing."""
        is_confirmed = batch.mapping_source != "guessed" or batch.request.get("mapping") is not None
        if batch.mode == "dry_run" or is_confirmed:
            return
        self._back_to_dry_run(batch)
        raise ConflictError(
            "mapping_unconfirmed",
            "how the columns are understood was guessed: look at `mapping` of the batch and confirm it by `start`",
            message_zh="各列的含义系推测所得：请核对批次的 mapping，以 start 确认后再出具",
        )

    def _back_to_dry_run(self, batch: BatchRow, **values: Any) -> None:
        """Nothing was issued: the batch can be started in another way."""
        with writing(self._parts.engine) as conn:
            hold_run(conn, batch)
            batches.update_batch(conn, batch_id=batch.id, mode="dry_run", **values)

    def _rows(self, batch: BatchRow, table: Table, mapping: ColumnMapping, say: Say) -> None:
        self._confirm(batch)
        with reading(self._parts.engine) as conn:
            after = batch_rows.last_number(conn, batch_id=batch.id)
            checks = RowChecks(self._parts, batch, mapping, headers=table.headers)
            checks.remember(batch_rows.every_row(conn, batch_id=batch.id))
        done = 0
        for page in _pages(table.rows(after=after)):
            rows = checks.page(page)
            self._keep(batch, rows)
            done += len(rows)
            say(done, table.row_count)

    def _keep(self, batch: BatchRow, rows: list[RowRow]) -> None:
        """Two workers may read for one run, where one was taken for dead: the rows of the first count."""
        with writing(self._parts.engine) as conn:
            if hold_unfinished(conn, batch).mapping != batch.mapping:
                raise RunOverError
            there = batch_rows.last_number(conn, batch_id=batch.id)
            # Crash before this commit: the page is read again. After: it is passed over.
            batch_rows.insert_rows(conn, [row for row in rows if row.number > there])

    def _was_read(self, batch: BatchRow) -> bool:
        """Tell whether every row of the table is there, read by the mapping that counts."""
        facts = batch.table_facts
        if facts is None or batch.mapping != batch.request.get("mapping"):
            return False
        with reading(self._parts.engine) as conn:
            return sum(batch_rows.counts(conn, batch_id=batch.id).values()) == int(facts["rows"])

    def _confirm(self, batch: BatchRow) -> None:
        """What a batch is started with counts as confirmed, and is remembered for the next table of its kind."""
        if batch.mode == "real" and batch.request.get("mapping") is not None and not self._is_begun(batch):
            with writing(self._parts.engine) as conn:
                hold_run(conn, batch)
                batches.update_batch(conn, batch_id=batch.id, mapping_source="given")
                self._remember(conn, batch)

    def _is_begun(self, batch: BatchRow) -> bool:
        with reading(self._parts.engine) as conn:
            return batch_rows.counts(conn, batch_id=batch.id).get("issued", 0) > 0

    def _remember(self, conn: Connection, batch: BatchRow) -> None:
        batches.save_mapping(
            conn,
            tenant_id=batch.tenant_id,
            template=batch.request["template"],
            headers_digest=bytes.fromhex((batch.table_facts or {})["headers_digest"]),
            mapping=dict(batch.mapping or {}),
            constants=dict(batch.request.get("constants") or {}),
            saved_at=self._parts.clock(),
        )


def _sub(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


def _pages(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while page := list(itertools.islice(rows, PAGE)):
        yield page


def _by_titles(saved: Mapping[str, Any], table: Table) -> ColumnMapping:
    """Say a saved mapping in the titles of this table, which may differ from the earlier ones by width or a unit."""
    titles = {plain_title(header.text): header.text for header in table.headers}
    return ColumnMapping.from_json(
        {titles.get(plain_title(header), header): target for header, target in saved.items()}
    )


def _told(table: Table, guess: ColumnMapping, constants: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a person needs to confirm the columns, or to say them otherwise."""
    missing = [each for each in guess.missing if each.pointer not in constants]
    return {
        "format": table.format,
        "sheet": table.sheet,
        "other_sheets": list(table.other_sheets),
        "header_row": table.header_row,
        "headers_digest": header_fingerprint(table.headers).hex(),
        "headers": [{"column": header.column, "text": header.text} for header in table.headers],
        "rows": table.row_count,
        "empty_rows": table.empty_rows,
        "notes": [{"code": n.code, "message_zh": n.message_zh, "message_en": n.message_en} for n in table.notes],
        "guess": guess.reasons(),
        "unused": [{"header": u.header, "reason": u.reason, "reason_zh": u.reason_zh} for u in guess.unused],
        "missing": [{"pointer": m.pointer, "title_zh": m.title_zh} for m in missing],
    }
