"""A bag's own description: when it was packed, of which matter, in which version of the format, and how much it holds.

Source: RFC 8493, section 2.2.2; the single form of docs/bundle-format.md, section 4.
"""

import re
from dataclasses import dataclass
from datetime import date

from evidence.errors import MalformedError
from evidence.layout import BAG_INFO

_FORM = re.compile(
    r"Bagging-Date: ([0-9]{4}-[0-9]{2}-[0-9]{2})\n"
    r"Duly-Bundle-Version: ([0-9]{1,6})\n"
    r"External-Identifier: ([!-~]{1,64})\n"
    r"Payload-Oxum: ([0-9]{1,18})\.([0-9]{1,9})\n"
    r"(?:Source-Organization: ([^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200})\n)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BagInfo:
    """What bag-info.txt says.

    Attributes:
        bagging_on: The day of packing, Asia/Shanghai; a remark, proven by nothing.
        version: Version of the bundle's format.
        matter: The matter's identifier.
        payload_size: Bytes under data/.
        payload_count: Files under data/.
        organisation: Who packed it, for the reader's eye; may be empty.
    """

    bagging_on: date
    version: int
    matter: str
    payload_size: int
    payload_count: int
    organisation: str = ""


def format_bag_info(info: BagInfo) -> bytes:
    """Write bag-info.txt.

    Raises:
        ValueError: A value does not fit on its line.
    """
    text = (
        f"Bagging-Date: {info.bagging_on.isoformat()}\n"
        f"Duly-Bundle-Version: {info.version}\n"
        f"External-Identifier: {info.matter}\n"
        f"Payload-Oxum: {info.payload_size}.{info.payload_count}\n"
    )
    text += f"Source-Organization: {info.organisation}\n" if info.organisation else ""
    if not _FORM.fullmatch(text):
        raise ValueError("a value does not fit on its line of bag-info.txt")
    return text.encode()


def parse_bag_info(data: bytes) -> BagInfo:
    """Read bag-info.txt; only bytes that `format_bag_info` writes are accepted.

    Raises:
        MalformedError: Other lines, another order, or no such date.
    """
    try:
        found = _FORM.fullmatch(data.decode())
        if found:
            info = BagInfo(
                bagging_on=date.fromisoformat(found[1]),
                version=int(found[2]),
                matter=found[3],
                payload_size=int(found[4]),
                payload_count=int(found[5]),
                organisation=found[6] or "",
            )
            if format_bag_info(info) == data:
                return info
    except ValueError as error:
        raise MalformedError("not UTF-8, or no such date", where=BAG_INFO) from error
    raise MalformedError("not the lines that a bundle has here, in their order", where=BAG_INFO)
