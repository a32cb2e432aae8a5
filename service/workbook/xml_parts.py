"""XML of a workbook's parts by expat, as a stream; a document type, and with it every entity, ends the reading."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from xml.parsers import expat

from service.errors import RefusedError
from service.workbook.limits import refused

Attributes = dict[str, str]


def new_parser() -> expat.XMLParserType:
    """Make a parser that joins text and stops at a document type."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 65536
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _check_encoding
    return parser


@contextmanager
def well_formed(part: str) -> Iterator[None]:
    """Tell a broken part as a refusal of the file, with the part's name and the line."""
    try:
        yield
    except expat.ExpatError as error:
        raise refused(
            "workbook_broken",
            f"工作簿已损坏：{part} 第 {error.lineno} 行不是合规的 XML，请重新另存后上传",
            f"the workbook is damaged: {part}, line {error.lineno}, is not well-formed XML",
        ) from None
    except LookupError:
        raise _no_utf8("an encoding that nobody knows") from None


def refuse_wide_characters(stream: IO[bytes], part: str) -> None:
    """Refuse a sheet in UTF-16, which no spreadsheet writes: our columns could not be put between its bytes."""
    peek = getattr(stream, "peek", None)
    if peek is not None and b"\x00" in peek(64)[:64]:
        raise refused("workbook_broken", "工作表不是 UTF-8 编码，请重新另存", f"{part} is not in UTF-8")


def walk(stream: IO[bytes], part: str, on_start: Callable[[str, Attributes], None]) -> None:
    """Call `on_start` with local name and attributes of each element of a small part."""
    parser = new_parser()
    parser.StartElementHandler = lambda name, attributes: on_start(local(name), attributes)
    with well_formed(part):
        parser.ParseFile(stream)


def local(name: str) -> str:
    """Take the prefix off a name: both flavours of the format, and every prefix, use the same local names."""
    return name.rpartition(":")[2]


def whole(attributes: Mapping[str, str], name: str, default: int = 0) -> int:
    """Give an attribute that is a small whole number; the default where it is not one."""
    text = attributes.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def relation_id(attributes: Mapping[str, str]) -> str:
    """Give the relationship id of an element, whatever prefix its namespace has."""
    return next((value for name, value in attributes.items() if name.endswith(":id")), "")


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    """Our own columns are put between the bytes of a part, so these have to be UTF-8."""
    if encoding is not None and encoding.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _no_utf8(encoding)


def _no_utf8(encoding: str) -> RefusedError:
    return refused(
        "workbook_broken",
        "工作簿的部件不是 UTF-8 编码，请重新另存后上传",
        f"a part of the workbook is not in UTF-8 but in {encoding[:20]}",
    )


def _refuse_doctype(*_: object) -> None:
    raise refused(
        "workbook_doctype",
        "工作簿的 XML 含有文档类型声明（DTD），拒绝读取",
        "an XML part of the workbook has a document type declaration, which no spreadsheet writes",
    )
