"""QR and Code 128 symbols as dark runs, and the text of a page's code with its proof of origin.

The code's text is `DU1:<notice_no>:<page>/<pages>:<mac>`: a stranger's code, or another notice's page, does not pass.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass

import zxingcpp

PREFIX = "DU1"
MAC_LENGTH = 12
"""Base32 characters of the MAC: its first 60 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A symbol in modules: its size, and the dark runs (row from the top, first column, length)."""

    columns: int
    rows: int
    runs: tuple[tuple[int, int, int], ...]


def page_mac(key: bytes, *, notice_no: str, page: int, pages: int) -> str:
    """Give the MAC of one page: HMAC-SHA-256 over `<notice_no>:<page>/<pages>`, 60 bits, base32."""
    digest = hmac.digest(key, f"{notice_no}:{page}/{pages}".encode(), hashlib.sha256)
    return base64.b32encode(digest[:10]).decode()[:MAC_LENGTH]


def page_code(key: bytes, *, notice_no: str, page: int, pages: int) -> str:
    """Give the text of one page's QR code."""
    mac = page_mac(key, notice_no=notice_no, page=page, pages=pages)
    return f"{PREFIX}:{notice_no}:{page}/{pages}:{mac}"


def qr_symbol(text: str) -> Symbol:
    """Draw a QR code, error correction level M, without its quiet zone."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return _symbol(code.to_image(scale=1, add_quiet_zones=False), rows=None)


def code128_symbol(text: str) -> Symbol:
    """Draw a Code 128, one module high, without its quiet zone."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    return _symbol(code.to_image(scale=1, add_quiet_zones=False), rows=1)


def _symbol(image: zxingcpp.Image, *, rows: int | None) -> Symbol:
    height, width = image.shape[0], image.shape[1]
    data = bytes(memoryview(image))  # type: ignore[arg-type]  # it has the buffer protocol, the stub does not say so
    used = rows or height
    runs = [run for row in range(used) for run in _runs(row, data[row * width : (row + 1) * width])]
    return Symbol(columns=width, rows=used, runs=tuple(runs))


def _runs(row: int, line: bytes) -> list[tuple[int, int, int]]:
    runs, start = [], None
    for column, value in enumerate(line + b"\xff"):
        if value == 0 and start is None:
            start = column
        elif value != 0 and start is not None:
            runs.append((row, start, column - start))
            start = None
    return runs
