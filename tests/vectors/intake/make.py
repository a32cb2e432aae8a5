"""Makes the broken and awkward files of this folder: `.venv/bin/python tests/vectors/intake/make.py`."""

import io
import struct
import zlib
from pathlib import Path

import pikepdf
import pillow_heif
from PIL import Image

HERE = Path(__file__).parent


def pdf(pages: int = 1, **save: object) -> bytes:
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(595, 842))
    out = io.BytesIO()
    document.save(out, deterministic_id=not save, **save)  # type: ignore[arg-type]
    return out.getvalue()


def image(kind: str, size: tuple[int, int] = (32, 24), frames: int = 1, **more: object) -> bytes:
    made = [Image.new("RGB", size, (200, 30 * n % 256, 40)) for n in range(frames)]
    out = io.BytesIO()
    extra = {"save_all": True, "append_images": made[1:]} if frames > 1 else {}
    made[0].save(out, kind, **extra, **more)  # type: ignore[arg-type]
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_bomb(width: int, height: int) -> bytes:
    """A few kilobytes that say they are a picture of many gigapixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pdf_page_loop() -> bytes:
    """A page tree that contains itself."""
    document = pikepdf.new()
    document.add_blank_page()
    document.Root.Pages.Kids.append(document.Root.Pages)
    document.Root.Pages.Count = 2
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def files() -> dict[str, bytes]:
    pillow_heif.register_heif_opener()
    good, jpeg = pdf(), image("JPEG", (400, 300))
    return {
        "good.pdf": good,
        "good.jpg": jpeg,
        "good.png": image("PNG"),
        "good-three-pages.tiff": image("TIFF", frames=3),
        "good.heic": image("HEIF", (64, 64)),
        "encrypted-user-password.pdf": pdf(encryption=pikepdf.Encryption(owner="o", user="u")),
        "encrypted-owner-password.pdf": pdf(encryption=pikepdf.Encryption(owner="o", user="")),
        "cut-off.pdf": good[: len(good) // 2],
        "only-a-header.pdf": b"%PDF-1.7\n",
        "wrong-offset.pdf": good.replace(b"startxref\n", b"startxref\n9"),
        "page-loop.pdf": pdf_page_loop(),
        "too-many-pages.pdf": pdf(21),
        "cut-off.jpg": jpeg[: len(jpeg) // 2],
        "cut-off.png": image("PNG")[:-30],
        "bomb.png": png_bomb(60_000, 60_000),
        "too-many-pages.tiff": image("TIFF", (2, 2), frames=21),
        "pdf-in-disguise.jpg": good,
        "text-in-disguise.pdf": "催收".encode(),
        "program.pdf": b"MZ\x90\x00" + bytes(60),
        "html-in-disguise.png": b"<html><script>alert(1)</script>",
        "empty.pdf": b"",
    }


if __name__ == "__main__":
    for name, data in files().items():
        (HERE / name).write_bytes(data)
