"""The folder of one rendering child. A lock in it tells whether anybody it belongs to still lives.

A service that is killed leaves its children's folders, and an engine in the middle of a letter may write one more file
after its child has cleared them. Whoever starts next sweeps every folder whose lock nobody holds.
"""

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from pathlib import Path

LOCK = "lock"
_NAME = re.compile(r"duly-(paper|office|reader)-[a-z0-9_]+")


class Workspace:
    """A new folder, locked for as long as this process keeps it or a child that was given `lock` lives."""

    def __init__(self, kind: str) -> None:
        """Make it under the system's folder for temporary files.

        Args:
            kind: Of the child; part of the name.

        Raises:
            OSError: There is no room for it, or no descriptor.
        """
        self.path = Path(tempfile.mkdtemp(prefix=f"duly-{kind}-"))
        try:
            # Named only once it is locked, so that no sweep finds it free.
            self.lock = (self.path / f"{LOCK}.new").open("wb")
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (self.path / f"{LOCK}.new").rename(self.path / LOCK)
        except OSError:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def remove(self) -> None:
        """Remove it with all that is in it. Safe to repeat."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.lock.close()


def clear(path: Path) -> None:
    """Remove what is in a workspace, from inside its child, which may not remove the folder: a sweep does that."""
    with contextlib.suppress(OSError):
        for item in path.iterdir():
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item, ignore_errors=True)
            elif item.name != LOCK:
                item.unlink(missing_ok=True)


def sweep() -> int:
    """Remove the workspaces of this user that nobody holds any more; tells how many."""
    return sum(map(_sweep, Path(tempfile.gettempdir()).glob("duly-*")))


def _sweep(path: Path) -> bool:
    """A folder without a lock is just being made, or not one of ours."""
    try:
        if not _NAME.fullmatch(path.name) or path.is_symlink() or path.stat().st_uid != os.geteuid():
            return False
        with os.fdopen(os.open(path / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
    except OSError:
        return False
    return not path.exists()
