"""What the renderer is set to, what it gives, and the limits of a letter."""

from dataclasses import dataclass
from pathlib import Path

from service.errors import TooLargeError

MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """Limits of the renderer; seconds, bytes and counts."""

    cache_directory: Path
    templates: tuple[Path, ...] = ()
    """Folders that children may read templates from, beside those that come with Duly."""
    papers: int = 2
    offices: int = 1
    readers: int = 1
    queue_seconds: float = 20.0
    lot_queue_seconds: float = 900.0
    """How long a letter of a lot waits: a lot is work in the background, and single letters go first."""
    work_seconds: float = 60.0
    page_seconds: float = 600.0
    """Working time of a finished page: a report of a thousand entries has 200 pages and takes half a minute."""
    memory_bytes: int = 2048 * MEBIBYTE
    recycle_after: int = 300
    page_limit: int = 250
    pdf_limit: int = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A letter before its stamp. `printed` is what the template printed, for reading back."""

    pdf: bytes
    docx: bytes | None
    engine_version: str
    pages: int
    printed: tuple[str, ...]


def check_limits(filled: Filled, settings: RenderSettings) -> None:
    """Refuse a letter that is too long; both engines have laid out all of it by then, within their time and memory.

    The HTML engine counts its pages before it writes the PDF and refuses there already, so this is for LibreOffice's.

    Raises:
        TooLargeError: It has too many pages or bytes.
    """
    if filled.pages > settings.page_limit:
        raise TooLargeError(
            "render_too_many_pages",
            f"the letter would have {filled.pages} pages, the limit is {settings.page_limit}",
            message_zh=f"文书共 {filled.pages} 页，上限 {settings.page_limit} 页",
        )
    if len(filled.pdf) > settings.pdf_limit:
        raise TooLargeError(
            "render_too_large",
            f"the PDF has {len(filled.pdf)} bytes, the limit is {settings.pdf_limit}",
            message_zh="文书文件大小超过上限",
        )
