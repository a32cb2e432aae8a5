"""Files of a batch on their way from and to the object store."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.batches.parts import BatchParts
from service.batches.runs import hold_run
from service.ledger import object_key
from service.objectstream import open_object
from service.records import batches
from service.records.batches import BatchRow, FileOfBatch
from service.records.engine import writing
from service.workbook.disk import disk_errors, scratch_full

PIECE = 1 << 20


@contextmanager
def working_folder(parts: BatchParts) -> Iterator[Path]:
    """Give an empty folder that is gone afterwards.

    Raises:
        StoreError: `scratch_full`: the disk failed, now or while somebody worked in the folder.
    """
    try:
        parts.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="batch-", dir=parts.scratch))
    except OSError as error:
        raise scratch_full(str(error)) from error
    try:
        with disk_errors():
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fetch_upload(parts: BatchParts, batch: BatchRow, folder: Path) -> Path:
    """Copy the uploaded file out of the object store."""
    path = folder / "upload"
    with open_object(parts.objects, batch.object_key) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, PIECE)
    return path


def keep_file(
    parts: BatchParts,
    batch: BatchRow,
    path: Path,
    *,
    kind: str,
    name: str,
    media_type: str,
    about: str | None = None,
    of_run: bool = False,
) -> FileOfBatch:
    """Put a finished file into the object store and name it in the batch.

    Raises:
        RunOverError: It is the file of a run (`of_run`), and another run has begun.
    """
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").digest()
    size, key = path.stat().st_size, object_key(batch.tenant_id, digest)
    with path.open("rb") as source:
        parts.objects.put(key, source, size=size, sha256=digest, media_type=media_type)
    row = FileOfBatch(
        tenant_id=batch.tenant_id,
        batch_id=batch.id,
        kind=kind,
        name=name,
        object_key=key,
        sha256=digest,
        size=size,
        media_type=media_type,
        created_at=parts.clock(),
        about=about,
    )
    with writing(parts.engine) as conn:
        if of_run:
            hold_run(conn, batch)
        batches.put_file(conn, row)
    return row
