"""Looks into uploaded files, in a process of its own that may die: hostile ones take nothing along.

Run by `service.inspection` as a script: a job as JSON on standard input, one JSON line per file on standard output, in
order. It sets its own limits of memory and time before it loads any decoder. It imports nothing of ours.
"""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Finding = dict[str, Any]

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")
_TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


class FaultError(Exception):
    """Why a file is refused: a code and a sentence in both languages."""

    def __init__(self, code: str, chinese: str, english: str) -> None:
        super().__init__(english)
        self.finding: Finding = {"code": code, "zh": chinese, "en": english}


def sniff(head: bytes) -> str | None:
    """Tell a file's type by its first bytes; None for what we do not know, text included."""
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(_TIFF_STARTS):
        return "image/tiff"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "image/heic"
    return None


def inspect_file(path: Path, *, declared: str, accepted: list[str], pixels: int, pages: int) -> Finding:
    """Tell the type and pages of one file, or why it is refused."""
    try:
        with path.open("rb") as file:
            media_type = _type_of(file.read(64), declared)
        if media_type not in accepted:
            raise _unsupported(media_type, accepted)
        return {"media_type": media_type, "pages": _READERS[media_type](path, pixels, pages)}
    except FaultError as fault:
        return fault.finding


def _type_of(head: bytes, declared: str) -> str:
    actual = sniff(head)
    if not head:
        raise FaultError("file_empty", "文件为空", "the file is empty")
    if declared in ("", "application/octet-stream"):
        return actual or "application/octet-stream"
    if declared in ("text/plain", "application/json") and actual is None:
        return declared
    if declared == actual:
        return declared
    if declared in _READERS:
        raise FaultError(
            "type_mismatch",
            f"声明为 {declared}，内容却是 {actual or '其他类型'}",
            f"said to be {declared}, but its bytes are {actual or 'of another type'}",
        )
    return declared


def _unsupported(media_type: str, accepted: list[str]) -> FaultError:
    listed = ", ".join(accepted)
    return FaultError(
        "media_type_unsupported",
        f"不支持 {media_type[:80]}，可用：{listed}",
        f"{media_type[:80]} is not one of {listed}",
    )


def _pdf(path: Path, _pixels: int, pages: int) -> int:
    import pikepdf

    try:
        # No recovery: what qpdf would have to guess together is not what anybody signed.
        with pikepdf.open(path, attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise _encrypted()
            return _counted(len(pdf.pages), pages)
    except pikepdf.PasswordError:
        raise _encrypted() from None
    except (pikepdf.PdfError, ValueError, RuntimeError, RecursionError):
        raise FaultError(
            "pdf_broken", "PDF 已损坏或不完整，请重新导出或扫描", "the PDF is damaged or cut off"
        ) from None


def _encrypted() -> FaultError:
    return FaultError(
        "pdf_encrypted", "PDF 已加密，请解除密码后重新上传", "the PDF is encrypted: upload it without a password"
    )


def _image(kind: str) -> Callable[[Path, int, int], int]:
    def read(path: Path, pixels: int, pages: int) -> int:
        from PIL import Image

        if kind == "HEIF":
            import pillow_heif

            pillow_heif.register_heif_opener()
        Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded
        try:
            with Image.open(path, formats=[kind]) as image:
                return _frames(image, pixels, pages)
        except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
            raise _broken_image(error) from None

    return read


def _frames(image: Any, pixels: int, pages: int) -> int:
    count = _counted(getattr(image, "n_frames", 1), pages)
    for frame in range(count):
        image.seek(frame)
        width, height = image.size
        if width * height > pixels:
            raise FaultError(
                "image_too_large",
                f"图像尺寸 {width}×{height} 超过上限 {pixels} 像素",
                f"{width}x{height} is over {pixels} pixels",
            )
        if frame == 0:
            image.load()  # a cut-off picture fails here
    return count


def _broken_image(error: Exception) -> FaultError:
    if isinstance(error, FaultError):
        return error
    return FaultError("image_broken", "图像已损坏或不完整，请重新扫描或拍摄", "the image is damaged or cut off")


def _counted(count: int, limit: int) -> int:
    if count < 1:
        raise FaultError("no_pages", "文件没有任何页面", "the file has no page")
    if count > limit:
        raise FaultError(
            "too_many_pages", f"共 {count} 页，超过上限 {limit} 页", f"{count} pages, over the limit of {limit}"
        )
    return count


def _text(path: Path, _pixels: int, _pages: int) -> int:
    try:
        path.read_text(encoding="utf-8")
    except ValueError:
        raise FaultError("text_not_utf8", "文本不是 UTF-8 编码", "the text is not UTF-8") from None
    return 1


def _json(path: Path, _pixels: int, _pages: int) -> int:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise FaultError("json_broken", "内容不是合规的 JSON", "the content is not well-formed JSON") from None
    return 1


_READERS: dict[str, Callable[[Path, int, int], int]] = {
    "application/pdf": _pdf,
    "image/jpeg": _image("JPEG"),
    "image/png": _image("PNG"),
    "image/tiff": _image("TIFF"),
    "image/heic": _image("HEIF"),
    "text/plain": _text,
    "application/json": _json,
}


def main() -> None:
    """Do one job."""
    job = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for file in job["files"]:
        finding = inspect_file(
            Path(file["path"]),
            declared=file["declared"],
            accepted=job["accepted"],
            pixels=job["pixels"],
            pages=job["pages"],
        )
        sys.stdout.write(json.dumps(finding) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
