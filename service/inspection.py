"""Runs `service.filecheck` in a child process and reads what it found."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from service import filecheck

log = structlog.get_logger("duly.inspection")

MEMORY = 2 * 1024**3

_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/tif": "image/tiff",
    "image/heif": "image/heic",
    "application/x-pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One file that may be kept: its true type and how many pages it has."""

    media_type: str
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One file that may not be kept, and why."""

    code: str
    message_zh: str
    message_en: str


def plain_type(declared: str) -> str:
    """Take the bare media type from a Content-Type, in the spelling that we use."""
    bare = declared.partition(";")[0].strip().lower()
    return _ALIASES.get(bare, bare)


def inspect_files(
    files: Sequence[tuple[Path, str]], *, accepted: Sequence[str], pixels: int, pages: int, seconds: float
) -> tuple[Inspected | Refused, ...]:
    """Look into files, in order; a file that breaks its reader is refused, and so are those after it.

    Args:
        files: Path and declared media type (empty when none was declared) of each.
        accepted: The media types that may come in here.
        pixels: Most of one image page.
        pages: Most of one file.
        seconds: For all files together.
    """
    job = {
        "files": [{"path": str(path), "declared": plain_type(declared)} for path, declared in files],
        "accepted": list(accepted),
        "pixels": pixels,
        "pages": pages,
        "memory": MEMORY,
        "seconds": max(1, int(seconds)),
    }
    lines = _run(job, seconds=seconds)
    found = [_finding(line) for line in lines[: len(files)]]
    return (*found, *[_UNREADABLE] * (len(files) - len(found)))


def _run(job: dict[str, object], *, seconds: float) -> list[str]:
    # -I: neither the working folder nor the environment decides what is imported.
    command = [sys.executable, "-I", str(Path(filecheck.__file__))]
    try:
        done = subprocess.run(
            command, input=json.dumps(job).encode(), capture_output=True, timeout=seconds + 5, check=False
        )
    except subprocess.TimeoutExpired as expired:
        log.warning("inspection_timed_out")
        return (expired.stdout or b"").decode().splitlines()
    if done.returncode != 0:
        log.warning("inspection_broke", returncode=done.returncode, error=done.stderr.decode(errors="replace")[-2000:])
    return done.stdout.decode().splitlines()


def _finding(line: str) -> Inspected | Refused:
    found = json.loads(line)
    if "code" in found:
        return Refused(code=found["code"], message_zh=found["zh"], message_en=found["en"])
    return Inspected(media_type=found["media_type"], pages=found["pages"])


_UNREADABLE = Refused(
    code="file_unreadable",
    message_zh="文件无法在限定的时间和内存内读取，请重新导出或扫描",
    message_en="the file could not be read within our limits of time and memory",
)
