"""The container of an uploaded workbook, looked at before anything is unpacked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from service.workbook.limits import Limits, refused, too_large

ZIP_START = b"PK\x03\x04"
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIG = 2**20
_OLE_LOOK = 8 * 2**20


@contextmanager
def open_archive(path: Path, limits: Limits) -> Iterator[ZipFile]:
    """Open a workbook's zip and check its directory.

    Raises:
        RefusedError: Not a zip that a spreadsheet writes.
        TooLargeError: More members or bytes than the limits, or a ratio that only bombs have.
    """
    try:
        with ZipFile(path) as archive:
            _check_members(archive.infolist(), limits)
            yield archive
    except (BadZipFile, EOFError, NotImplementedError) as error:
        raise refused(
            "workbook_broken",
            "工作簿已损坏或不完整，请重新另存后上传",
            f"the workbook is damaged or cut off: {error}",
        ) from None
    except _zlib_error() as error:
        raise refused(
            "workbook_broken", "工作簿已损坏，请重新另存后上传", f"the workbook is damaged: {error}"
        ) from None


def refuse_ole(path: Path) -> None:
    """Tell the two kinds of old container apart: a password, or the format before 2007.

    Raises:
        RefusedError: Always.
    """
    with path.open("rb") as file:
        head = file.read(_OLE_LOOK)
    if "EncryptedPackage".encode("utf-16-le") in head:
        raise refused(
            "workbook_password",
            "工作簿设有打开密码，请取消密码后重新上传",
            "the workbook is protected by a password: save it without one",
        )
    raise refused(
        "workbook_legacy",
        "这是旧版 .xls 文件，请另存为 .xlsx 后上传",
        "this is a legacy .xls file: save it as .xlsx",
    )


def _zlib_error() -> type[Exception]:
    import zlib

    return zlib.error


def _check_members(members: list[ZipInfo], limits: Limits) -> None:
    if len(members) > limits.archive_entries:
        raise too_large(
            "workbook_bomb",
            f"工作簿内含 {len(members)} 个部件，超过上限 {limits.archive_entries}",
            f"the workbook has {len(members)} parts, the limit is {limits.archive_entries}",
        )
    total = sum(member.file_size for member in members)
    if total > limits.unpacked_bytes:
        raise too_large(
            "workbook_bomb",
            f"工作簿解压后有 {total // 2**20} MiB，超过上限 {limits.unpacked_bytes // 2**20} MiB",
            f"the workbook unpacks to {total // 2**20} MiB, the limit is {limits.unpacked_bytes // 2**20}",
        )
    names = {member.filename.lower() for member in members}
    if len(names) != len(members):
        raise refused("workbook_broken", "工作簿内有同名部件，拒绝读取", "two parts of the workbook have the same name")
    for member in members:
        _check_member(member, limits)


def _check_member(member: ZipInfo, limits: Limits) -> None:
    if member.flag_bits & 1 or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise refused(
            "workbook_broken",
            "工作簿的压缩方式无法读取（加密或罕见算法），请重新另存",
            "a part of the workbook is encrypted or packed in an unusual way",
        )
    if member.file_size > _BIG and member.file_size > limits.ratio * max(member.compress_size, 1):
        raise too_large(
            "workbook_bomb",
            f"工作簿部件 {member.filename[:80]} 的压缩比异常，拒绝读取",
            f"the part {member.filename[:80]} of the workbook unpacks to far more than a sheet does",
        )
