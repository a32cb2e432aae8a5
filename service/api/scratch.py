"""A folder for one request's files on their way in."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from service.errors import StoreError


@asynccontextmanager
async def request_folder(scratch: Path) -> AsyncIterator[Path]:
    """Give a folder of this request's own; it is gone when the request is.

    Raises:
        StoreError: The disk is full or broken.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="upload-", dir=scratch))
    except OSError as error:
        raise StoreError(f"no room for an upload: {error}", code="scratch_full") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
