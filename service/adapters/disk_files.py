"""The few things that a store asks of a disk, with its errors told in words."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from service.adapters.byte_pieces import PIECE
from service.errors import StoreError

_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)
_CAUSES = {
    errno.ENOSPC: ("the object directory's disk is full", "存储空间已满"),
    errno.EDQUOT: ("the object directory's quota is used up", "存储配额已用完"),
    errno.EFBIG: ("the object is larger than the disk or the process may write", "文件超过存储允许的大小"),
    errno.EROFS: ("the object directory is read-only", "存储目录只读"),
    errno.EACCES: ("the object directory may not be written or read", "没有存储目录的访问权限"),
    errno.EIO: ("the object directory's disk reports an error", "存储磁盘读写出错"),
    errno.EMLINK: ("the object directory's file system cannot link files", "存储文件系统不支持硬链接"),
    errno.EPERM: ("the object directory's file system cannot link files", "存储文件系统不支持硬链接"),
}


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn every OSError of the block into a StoreError that names its cause and no path."""
    try:
        yield
    except OSError as error:
        number = error.errno or 0
        text, text_zh = _CAUSES.get(number, ("the object directory failed", "存储目录出错"))
        name = errno.errorcode.get(number, type(error).__name__)
        raise StoreError(f"{text} ({name})", message_zh=f"{text_zh}（{name}）") from error


def sync_names(folder: Path) -> None:
    """Make the names in a directory survive a power cut.

    Raises:
        StoreError: fatal, for the kernel may drop what it could not write and report success to the next who asks.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise StoreError("the object directory could not sync a name to disk", fatal=True) from error
    finally:
        os.close(descriptor)


def write_all(file: BinaryIO, data: bytes) -> None:
    """Write everything to an unbuffered file, which may take less at a time than it is given."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def open_file(path: Path) -> int | None:
    """Open a regular file for reading, never through a symbolic link at its end; None when there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def file_pieces(descriptor: int, *, start: int, length: int | None) -> Iterator[bytes]:
    """Give an empty piece once the file is in hand, then the range in pieces; close the file at the end."""
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        yield b""
        left = os.fstat(descriptor).st_size if length is None else length
        with disk_errors():
            file.seek(start)
            while left > 0 and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece


def walk_files(folder: Path, stem: str) -> Iterator[str]:
    """Name the files below a folder, each with the stem before it, in the byte order of the whole names."""
    for name, is_folder in _sorted_entries(folder):
        if is_folder:
            yield from walk_files(folder / name, f"{stem}{name}/")
        else:
            yield stem + name


def _sorted_entries(folder: Path) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            found = [(e.name, e.is_dir()) for e in entries if not (e.name.startswith(".") or e.is_symlink())]
    except (FileNotFoundError, NotADirectoryError):
        return []
    # A folder sorts as its name and a slash, for that is what follows in the names of its files.
    return sorted(found, key=lambda entry: entry[0] + "/" * entry[1])


def unlink_unlocked(path: Path) -> None:
    """Remove a file unless somebody holds its lock (BlockingIOError)."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
