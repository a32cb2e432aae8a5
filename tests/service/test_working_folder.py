"""The folder in which a batch is worked on: a disk that fails there is waited for, and nothing else is."""

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from xlsxwriter.exceptions import FileCreateError

from service.batches.kept import working_folder
from service.errors import StoreError


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError(errno.EIO, "Input/output error"),
        FileNotFoundError(errno.ENOENT, "No such file or directory"),
        FileCreateError(OSError(errno.ENOSPC, "No space left on device")),
    ],
)
def test_a_disk_that_fails_while_somebody_works_is_a_store_that_is_away(error: Exception, tmp_path: Path) -> None:
    parts: Any = SimpleNamespace(scratch=tmp_path / "scratch")
    with pytest.raises(StoreError) as caught, working_folder(parts):
        raise error
    assert caught.value.code == "scratch_full"
    assert caught.value.__cause__ is error
    assert list(parts.scratch.iterdir()) == []


@pytest.mark.parametrize("error", [ValueError("x"), ConnectionResetError(errno.ECONNRESET, "reset"), OSError("x")])
def test_other_errors_stay_what_they_are(error: Exception, tmp_path: Path) -> None:
    parts: Any = SimpleNamespace(scratch=tmp_path)
    with pytest.raises(type(error)) as caught, working_folder(parts):
        raise error
    assert caught.value is error


def test_a_place_that_cannot_be_made_is_a_disk_that_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    parts: Any = SimpleNamespace(scratch=tmp_path / "file" / "scratch")
    with pytest.raises(StoreError) as caught, working_folder(parts):
        pass
    assert caught.value.code == "scratch_full"
