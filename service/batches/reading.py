"""A table to rows: how its columns are understood, and everything that is wrong with every row, before any letter.

It may stop anywhere and begin again: rows that are there are passed over.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from service.batches.checking import RowChecks
from service.batches.kept import fetch_upload, working_folder
from service.batches.parts import BatchParts
from service.errors import ConflictError, FieldError, RefusedError
from service.records import batch_rows, batches
from service.records.batches import BatchRow
from service.records.engine import reading, writing
from service.workbook import Mapping as ColumnMapping
from service.workbook import Table, check_constants, check_mapping, guess_mapping, header_fingerprint, open_table_apart

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
            StoreError: A store or the disk failed.
        """
        with working_folder(self._parts) as folder:
            upload = fetch_upload(self._parts, batch, folder)
            table = open_table_apart(
                upload, file_name=batch.file_name, into=_sub(folder, "table"), sheet=batch.request.get("sheet")
            )
            mapping, batch = self._understood(batch, table)
            self._check_confirmed(batch)
            self._rows(batch, table, mapping, say)

    def _understood(self, batch: BatchRow, table: Table) -> tuple[ColumnMapping, BatchRow]:
        """Take the mapping that was given, the one confirmed for such a table before, or a guess."""
        template = self._templates(batch)[0]
        constants = batch.request.get("constants")
        guess, source = guess_mapping(table.headers, template), "guessed"
        mapping = guess
        if batch.request.get("mapping") is not None:
            mapping, source = ColumnMapping.from_json(batch.request["mapping"]), "given"
        elif (saved := self._saved(batch, table)) is not None:
            mapping, source = ColumnMapping.from_json(dict(saved[0])), "saved"
            constants = constants if constants is not None else dict(saved[1])
        if source != "guessed":
            _refuse(check_mapping(mapping, table.headers, *self._templates(batch)))
        _refuse(check_constants(constants or {}, *self._templates(batch)))
        found = {
            "request": {**batch.request, "constants": constants},
            "mapping": mapping.to_json(),
            "mapping_source": source,
            "table_facts": _told(table, guess),
        }
        with writing(self._parts.engine) as conn:
            batches.update_batch(conn, batch_id=batch.id, **found)
            return mapping, batches.batch(conn, tenant_id=batch.tenant_id, batch_id=batch.id)

    def _templates(self, batch: BatchRow) -> list[Any]:
        """A column may name other templates than the batch's own: a target has to be in one of them."""
        own = self._parts.catalog.get(batch.request["template"], batch.request.get("version"))
        named = "@template" in (batch.request.get("mapping") or {}).values()
        return [own, *(self._parts.catalog.all() if named else ())]

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
        if batch.mode == "dry_run" or batch.mapping_source != "guessed":
            return
        with writing(self._parts.engine) as conn:
            batches.update_batch(conn, batch_id=batch.id, mode="dry_run")
        raise ConflictError(
            "mapping_unconfirmed",
            "how the columns are understood was guessed: look at `mapping` of the batch and confirm it by `start`",
            message_zh="各列的含义系推测所得：请核对批次的 mapping，以 start 确认后再出具",
        )

    def _rows(self, batch: BatchRow, table: Table, mapping: ColumnMapping, say: Say) -> None:
        if batch.mode == "real" and batch.mapping_source == "given":
            self._remember(batch, table)
        with reading(self._parts.engine) as conn:
            after = batch_rows.last_number(conn, batch_id=batch.id)
            checks = RowChecks(self._parts, batch, mapping, headers=table.headers)
            checks.remember(batch_rows.every_row(conn, batch_id=batch.id))
        done = 0
        for page in _pages(table.rows(after=after)):
            rows = checks.page(page)
            with writing(self._parts.engine) as conn:
                # Crash before this commit: the page is read again. After: it is passed over.
                batch_rows.insert_rows(conn, rows)
            done += len(rows)
            say(done, table.row_count)

    def _remember(self, batch: BatchRow, table: Table) -> None:
        with writing(self._parts.engine) as conn:
            batches.save_mapping(
                conn,
                tenant_id=batch.tenant_id,
                template=batch.request["template"],
                headers_digest=header_fingerprint(table.headers),
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


def _told(table: Table, guess: ColumnMapping) -> dict[str, Any]:
    """Give what a person needs to confirm the columns, or to say them otherwise."""
    return {
        "format": table.format,
        "sheet": table.sheet,
        "other_sheets": list(table.other_sheets),
        "header_row": table.header_row,
        "headers": [{"column": header.column, "text": header.text} for header in table.headers],
        "rows": table.row_count,
        "empty_rows": table.empty_rows,
        "notes": [{"code": n.code, "message_zh": n.message_zh, "message_en": n.message_en} for n in table.notes],
        "guess": guess.reasons(),
        "unused": [{"header": unused.header, "reason_zh": unused.reason_zh} for unused in guess.unused],
        "missing": [{"pointer": missing.pointer, "title_zh": missing.title_zh} for missing in guess.missing],
    }


def _refuse(errors: tuple[FieldError, ...]) -> None:
    if errors:
        raise RefusedError(
            "mapping_wrong", "the mapping does not fit the table", errors=errors, message_zh="列的含义与表格不符"
        )
