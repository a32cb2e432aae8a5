"""LibreOffice inside a child process, warm, by its own C interface (LibreOfficeKit). Runs only in a child.

Decision (measured on 2 cores with LibreOffice 7.4): a `soffice --convert-to` for each letter takes about 1.6 s, a
listening soffice driven over UNO about 0.35 s, the library in our own child about 0.1 s. No socket, no second process:
when a document kills or hangs it, the child is gone or is killed, and the pool starts another.

Source: include/LibreOfficeKit/LibreOfficeKit.h of LibreOffice; the order of its function tables is a stable interface.
"""

import ctypes
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pikepdf

PROGRAM_DIRECTORIES = ("/usr/lib/libreoffice/program", "/usr/lib64/libreoffice/program", "/opt/libreoffice/program")
_LIBRARIES = ("libmergedlo.so", "libsofficeapp.so")
_HOOK = "libreofficekit_hook_2"

# Places in the function tables (after the size that opens each of them).
_OFFICE_GET_ERROR, _OFFICE_LOAD, _OFFICE_VERSION = 3, 4, 10
_DOCUMENT_DESTROY, _DOCUMENT_SAVE = 1, 2

EXPORT_OPTIONS = json.dumps(
    {
        "SelectPdfVersion": {"type": "long", "value": "3"},
        "UseTaggedPDF": {"type": "boolean", "value": "true"},
        "ExportBookmarks": {"type": "boolean", "value": "false"},
        "UseLosslessCompression": {"type": "boolean", "value": "true"},
    }
)


class OfficeError(Exception):
    """LibreOffice is not there, or did not convert a document."""


class Office:
    """One LibreOffice with a profile of its own."""

    def __init__(self, workspace: Path) -> None:
        """Start it; takes about a second.

        Args:
            workspace: Empty folder for the profile and for documents in passing.

        Raises:
            OfficeError: LibreOffice is not installed, or does not start.
        """
        self._workspace = workspace
        program = find_program()
        library = _load_library(program)
        hook = getattr(library, _HOOK)
        hook.restype, hook.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
        self._kit = hook(os.fsencode(program), (workspace / "profile").as_uri().encode())
        if not self._kit:
            raise OfficeError("LibreOffice does not start")
        self.version = self._read_version()

    def to_pdf(self, docx: bytes) -> bytes:
        """Convert one letter to tagged PDF/A-3b.

        Raises:
            OfficeError: LibreOffice cannot read it or wrote no whole PDF.
        """
        with tempfile.TemporaryDirectory(dir=self._workspace) as folder:
            source, target = Path(folder, "letter.docx"), Path(folder, "letter.pdf")
            source.write_bytes(docx)
            self._convert(source, target)
            pdf = target.read_bytes() if target.exists() else b""
        if not pdf.startswith(b"%PDF-") or b"%%EOF" not in pdf[-1024:]:
            raise OfficeError("LibreOffice wrote no whole PDF")
        return pdf

    def _convert(self, source: Path, target: Path) -> None:
        load = _method(self._kit, _OFFICE_LOAD, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
        document = load(self._kit, source.as_uri().encode(), b"Language=zh-CN,Batch=true")
        if not document:
            raise OfficeError(f"LibreOffice cannot read the document: {self._last_error()}")
        try:
            save = _method(document, _DOCUMENT_SAVE, ctypes.c_int, *[ctypes.c_char_p] * 3)
            if not save(document, target.as_uri().encode(), b"pdf", EXPORT_OPTIONS.encode()):
                raise OfficeError(f"LibreOffice cannot write the PDF: {self._last_error()}")
        finally:
            _method(document, _DOCUMENT_DESTROY, None)(document)

    def _last_error(self) -> str:
        text: bytes | None = _method(self._kit, _OFFICE_GET_ERROR, ctypes.c_char_p)(self._kit)
        return (text or b"").decode("utf-8", "replace")[:200]

    def _read_version(self) -> str:
        facts = json.loads(_method(self._kit, _OFFICE_VERSION, ctypes.c_char_p)(self._kit))
        return f"libreoffice {facts['ProductVersion']}{facts['ProductExtension']}"


def count_pages(pdf: bytes) -> int:
    """Give the number of pages; whoever stamps them counts again.

    Raises:
        OfficeError: LibreOffice wrote something else.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return len(document.pages)
    except pikepdf.PdfError as error:
        raise OfficeError(f"LibreOffice wrote a PDF that cannot be read: {error}") from error


def find_program() -> Path:
    """Give the folder of LibreOffice's libraries.

    Raises:
        OfficeError: It is not installed where Debian and its relatives put it.
    """
    for name in PROGRAM_DIRECTORIES:
        if any(Path(name, library).exists() for library in _LIBRARIES):
            return Path(name)
    raise OfficeError("LibreOffice is not installed: install libreoffice-writer-nogui")


def _load_library(program: Path) -> ctypes.CDLL:
    for name in _LIBRARIES:
        if (program / name).exists():
            try:
                return ctypes.CDLL(str(program / name), mode=os.RTLD_NOW | os.RTLD_GLOBAL)
            except OSError as error:
                raise OfficeError(f"LibreOffice cannot be loaded: {error}") from error
    raise OfficeError("LibreOffice is not installed")


def _method(instance: Any, place: int, result: Any, *arguments: Any) -> Any:
    """An object begins with the address of its class; a class is a size and then functions."""
    table = ctypes.cast(instance, ctypes.POINTER(ctypes.c_void_p))[0]
    address = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[place]
    return ctypes.CFUNCTYPE(result, ctypes.c_void_p, *arguments)(address)
