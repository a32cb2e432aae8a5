"""DOCX letters: the template opened under suspicion, its parts filled, and a file with the same bytes each time.

docxtpl is the compiler (it joins tags that Word split over runs); the filling is Jinja over each part's XML, compiled
once for a template, which is several times quicker than docxtpl's own walk and gives the same text.
"""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import Template as JinjaTemplate
from lxml import etree

from service.render.field_codes import check_fields_of_word
from service.render.sandbox import DataEnvironment, TemplateError

ENTRY_LIMIT = 200
"""Files inside a DOCX."""
UNPACKED_LIMIT = 32 * 2**20
RATIO_LIMIT = 150
"""Unpacked size over packed size; XML of Word reaches about 40."""
FILLED_LIMIT = 64 * 2**20

_CONTENT_TYPES = "[Content_Types].xml"
_FILLED_PART = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_ACTIVE_PART = re.compile(r"(?i)vba|macro|activex|embeddings/|oleobject|attachedtoolbars|customui")
_ACTIVE_TYPE = re.compile(rb"(?i)macroEnabled|vbaProject|activeX|oleObject")
_NO_XML = ("/image", "/font", "/thumbnail")
"""Ends of the types of relations whose parts hold no text."""
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_SLASH_ONLY = re.compile(r"[A-Za-z0-9_\-. \[\]()/]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocxForm:
    """A DOCX template ready to be filled: its parts in order, and those among them that are forms."""

    parts: Mapping[str, bytes]
    forms: Mapping[str, JinjaTemplate]


def docx_sources(data: bytes) -> dict[str, str]:
    """Open a DOCX template and give the XML of each part that may hold tags, with tags joined across runs.

    Raises:
        TemplateError: The file is not a safe DOCX: a bomb, macros, links to outside, fields that are worked out when it
            is opened, or tags where none are filled.
    """
    parts = unpack(data)
    _check_relations(parts)
    sources: dict[str, str] = {}
    for name, content in parts.items():
        if name.endswith(".xml"):
            check_fields_of_word(name, parse_part(name, content))
        if _FILLED_PART.fullmatch(name):
            sources[name] = _join_tags(name, content)
        elif name.endswith((".xml", ".rels")) and re.search(rb"\{[{%]|[}%]\}", content):
            raise TemplateError(f"{name}: holds a template tag, but only body, headers, footers and notes are filled")
    return sources


def compile_docx(data: bytes, environment: DataEnvironment) -> DocxForm:
    """Make a form of a DOCX template that was checked."""
    sources = docx_sources(data)
    forms = {name: environment.from_string(source) for name, source in sources.items()}
    return DocxForm(parts=unpack(data), forms=forms)


def fill_docx(form: DocxForm, context: Mapping[str, Any]) -> bytes:
    """Fill every part and pack the file: fixed dates, fixed order, the content types first.

    Raises:
        TemplateError: A filled part is not well-formed XML, or the file would be too large.
    """
    filled = {name: _fill_part(name, template, context) for name, template in form.forms.items()}
    if sum(map(len, filled.values())) > FILLED_LIMIT:
        raise TemplateError(f"the filled letter is larger than {FILLED_LIMIT} bytes")
    return pack({**form.parts, **filled})


def docx_text(data: bytes) -> str:
    """Give the text of a filled DOCX: body, headers, footers and notes, one paragraph a line."""
    lines: list[str] = []
    for name, content in unpack(data, wanted=lambda name: bool(_FILLED_PART.fullmatch(name))).items():
        lines.extend(_paragraphs(parse_part(name, content)))
    return "\n".join(lines)


def _paragraphs(root: Any) -> list[str]:
    """Text of w:t, with w:br and w:tab as white space, gathered by paragraph."""
    lines = []
    for paragraph in root.iter("{*}p"):
        pieces = [
            node.text or "" if node.tag.endswith("}t") else " " for node in paragraph.iter("{*}t", "{*}br", "{*}tab")
        ]
        lines.append("".join(pieces))
    return lines


def _fill_part(name: str, template: JinjaTemplate, context: Mapping[str, Any]) -> bytes:
    resolve: Callable[[object, str], str] = DocxTemplate.resolve_listing
    data = resolve(None, template.render(context)).encode("utf-8")
    parse_part(name, data)
    return data


def _join_tags(name: str, content: bytes) -> str:
    patch: Callable[[object, str], str] = DocxTemplate.patch_xml
    return patch(None, etree.tostring(parse_part(name, content), encoding="unicode"))


def parse_part(name: str, content: bytes) -> Any:  # lxml's stubs know elements less well than it does
    """Read the XML of one part: no entities, no document type, nothing from outside.

    Raises:
        TemplateError: It is not well-formed, or declares a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root: Any = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise TemplateError(f"{name}: is not well-formed XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise TemplateError(f"{name}: declares a document type")
    return root


def unpack(data: bytes, *, wanted: Callable[[str], bool] = lambda _name: True) -> dict[str, bytes]:
    """Open a DOCX under suspicion and give its parts, or those of its names that are wanted.

    Raises:
        TemplateError: It is no DOCX, or one that no office program should be given.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            asked = [entry for entry in entries if not entry.is_dir() and wanted(entry.filename)]
            return {entry.filename: _read_entry(archive, entry) for entry in asked}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise TemplateError(f"is not a DOCX file: {error}") from error


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > ENTRY_LIMIT or len(set(map(str.lower, names))) != len(names):
        raise TemplateError(f"is not a safe DOCX: more than {ENTRY_LIMIT} files inside, or two with one name")
    if _CONTENT_TYPES not in names or "word/document.xml" not in names:
        raise TemplateError("is not a DOCX: it has no word/document.xml")
    for entry in entries:
        if not _SLASH_ONLY.fullmatch(entry.filename) or ".." in entry.filename or entry.filename.startswith("/"):
            raise TemplateError(f"is not a safe DOCX: the name {entry.filename[:80]!r}")
        if _ACTIVE_PART.search(entry.filename):
            raise TemplateError(f"{entry.filename}: macros, controls and embedded objects are refused")
        if entry.file_size > 4096 and entry.file_size > RATIO_LIMIT * max(entry.compress_size, 1):
            raise TemplateError(f"{entry.filename}: is packed more than {RATIO_LIMIT} to one (a zip bomb?)")
    if sum(entry.file_size for entry in entries) > UNPACKED_LIMIT:
        raise TemplateError(f"unpacks to more than {UNPACKED_LIMIT} bytes")


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The declared size is a claim: read one byte more than it allows, never all there is."""
    with archive.open(entry) as stream:
        content = stream.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise TemplateError(f"{entry.filename}: is not as long as the archive says")
    return content


def _check_relations(parts: Mapping[str, bytes]) -> None:
    if _ACTIVE_TYPE.search(parts[_CONTENT_TYPES]):
        raise TemplateError("macros, controls and embedded objects are refused")
    for name, content in parts.items():
        if name.endswith(".rels"):
            for relation in parse_part(name, content):
                _check_relation(name, relation.get("Target", ""), relation)


def _check_relation(name: str, target: str, relation: Any) -> None:
    """A header in a part called x.bin would be drawn, and never looked at."""
    if relation.get("TargetMode", "").lower() == "external":
        raise TemplateError(f"{name}: links to {target[:80]!r} outside the document")
    if not target.endswith(".xml") and not relation.get("Type", "").endswith(_NO_XML):
        raise TemplateError(f"{name}: says that {target[:80]!r} holds text, but its name does not end in .xml")


def pack(parts: Mapping[str, bytes], *, level: int = 6) -> bytes:
    """Pack parts into a file: fixed dates, fixed order, the content types first."""
    names = sorted(parts, key=lambda name: (name != _CONTENT_TYPES, name))
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, _FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            archive.writestr(entry, parts[name])
    return sink.getvalue()
