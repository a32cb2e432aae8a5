"""The manifests of a bag: one line per file, digest and path, as `sha256sum -c` reads them.

Source: RFC 8493, sections 2.1.3 and 2.2.1; the single form of docs/bundle-format.md, section 4.
"""

import re
from collections.abc import Mapping

from evidence.errors import MalformedError
from evidence.zip_records import unsafe_name

_LINE = re.compile(r"([0-9a-f]+)  ([!-~]+)")


def format_manifest(digests: Mapping[str, bytes]) -> bytes:
    """Give a manifest's bytes: lower-case hex, two spaces, path, LF; sorted by path."""
    return "".join(f"{digests[path].hex()}  {path}\n" for path in sorted(digests)).encode("ascii")


def parse_manifest(data: bytes, *, digest_size: int, where: str = "") -> dict[str, bytes]:
    """Read a manifest in the one form that `format_manifest` writes.

    Args:
        data: The manifest's bytes.
        digest_size: Bytes per digest, 32 or 64.
        where: The file's name, for the error.

    Raises:
        MalformedError: A line is not of the form; a path is unsafe, doubled or out of order; CRLF, BOM or no last LF.
    """
    found: dict[str, bytes] = {}
    for number, line in enumerate(_lines(data, where), start=1):
        match = _LINE.fullmatch(line)
        if not match or len(match[1]) != 2 * digest_size or unsafe_name(match[2]):
            raise MalformedError(f"line {number} is not a digest, two spaces and a path", where=where)
        if match[2] in found:
            raise MalformedError(f"line {number}: {match[2]} is listed twice", where=where)
        found[match[2]] = bytes.fromhex(match[1])
    if list(found) != sorted(found):
        raise MalformedError("not sorted by path", where=where)
    return found


def _lines(data: bytes, where: str) -> list[str]:
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise MalformedError("not ASCII", where=where) from None
    if text and not text.endswith("\n"):
        raise MalformedError("does not end with a line feed", where=where)
    return text.split("\n")[:-1]
