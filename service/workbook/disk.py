"""The disk on which tables and sheets are worked on: when it fails, that is nobody's file's fault."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from xlsxwriter.exceptions import FileCreateError

from service.errors import StoreError

_FAULTS = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "ENOENT", "EIO", "EMFILE", "ENFILE")
)
"""No room, no right, no folder, no more open files: a file that is broken gives none of these."""


@contextmanager
def disk_errors() -> Iterator[None]:
    """Tell a disk that failed as a StoreError `scratch_full`; every other error passes as it is.

    XlsxWriter wraps what the disk said when a workbook is closed into an error that is no OSError.
    """
    try:
        yield
    except OSError as error:
        number = error.errno
        if number is None or number not in _FAULTS:
            raise
        raise scratch_full(os.strerror(number)) from error
    except FileCreateError as error:
        raise scratch_full(str(error)) from error


def scratch_full(said: str) -> StoreError:
    """Make the error of a disk that has no room or is gone."""
    return StoreError(
        f"no room to work: {said}", code="scratch_full", message_zh="临时目录不可用或空间不足，请联系系统管理员"
    )
