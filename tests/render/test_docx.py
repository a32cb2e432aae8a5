"""DOCX templates under suspicion, and filled letters that keep every character."""

import io
import zipfile
from collections.abc import Callable, Mapping

import pytest

from service.render.docx import compile_docx, docx_sources, docx_text, fill_docx
from service.render.sandbox import DataEnvironment, TemplateError

from .conftest import docx_of

LETTER = {"notice_no": "DEMO-2026-000001", "issued_on": "2026-11-24"}


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def packed(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return sink.getvalue()


def changed(change: Callable[[dict[str, bytes]], None], *paragraphs: str) -> bytes:
    parts = parts_of(docx_of(*(paragraphs or ("{{ name }}",))))
    change(parts)
    return packed(parts)


def fill(template: bytes, **fields: object) -> bytes:
    return fill_docx(compile_docx(template, DataEnvironment()), {**fields, "letter": LETTER})


@pytest.mark.parametrize("name", ["A<B>&C 公司", "㛃𬭊", "\"甲\" & '乙'", "<w:t>", "&amp;", "a\nb", "]]>"])
def test_names_survive(name: str) -> None:
    text = docx_text(fill(docx_of("甲方：{{ name }}；金额 {{ amount | cn_num }} 元"), name=name, amount="1000.00"))
    assert text.replace(" ", "").replace("\n", "") == f"甲方：{name}；金额1,000.00元".replace(" ", "").replace("\n", "")


def test_the_same_letter_has_the_same_bytes() -> None:
    template = docx_of("{{ name }}", "{{ letter.notice_no }}")
    filled = fill(template, name="张三")
    assert filled == fill(template, name="张三")
    with zipfile.ZipFile(io.BytesIO(filled)) as archive:
        entries = archive.infolist()
    assert entries[0].filename == "[Content_Types].xml"
    assert [entry.filename for entry in entries[1:]] == sorted(entry.filename for entry in entries[1:])
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_loops_and_branches_over_paragraphs() -> None:
    template = docx_of(
        "{%p for row in rows %}",
        "{{ row.no }}：{{ row.amount | cn_num }}",
        "{%p endfor %}",
        "{%p if done %}",
        "完",
        "{%p endif %}",
    )
    text = docx_text(
        fill(template, rows=[{"no": "一", "amount": "1.00"}, {"no": "二", "amount": "2000.00"}], done=False)
    )
    assert [line for line in text.split("\n") if line] == ["一：1.00", "二：2,000.00"]


def test_tags_in_headers_are_filled_and_elsewhere_refused() -> None:
    import docx

    document, sink = docx.Document(), io.BytesIO()
    document.add_paragraph("正文")
    document.sections[0].header.paragraphs[0].text = "{{ name }}"
    document.save(sink)
    assert "张三" in docx_text(fill(sink.getvalue(), name="张三"))
    document.core_properties.title = "{{ name }}"
    sink = io.BytesIO()
    document.save(sink)
    with pytest.raises(TemplateError, match=r"core\.xml: holds a template tag"):
        docx_sources(sink.getvalue())


def _add(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda parts: parts.__setitem__(name, content)


def _replace(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new, 1)

    return change


RELATION = (
    b'<Relationship Id="rId99" TargetMode="External" Target="http://198.51.100.1/x.png" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"/></Relationships>'
)
HOSTILE = {
    "zip bomb": (_add("word/media/big.bin", b"\0" * 20_000_000), "zip bomb"),
    "too many files": (lambda parts: parts.update({f"word/x{n}.bin": b"" for n in range(300)}), "more than 200"),
    "macro part": (_add("word/vbaProject.bin", b"x"), "macros"),
    "macro type": (_replace("[Content_Types].xml", b"document.main+xml", b"document.macroEnabled.main+xml"), "macros"),
    "embedded object": (_add("word/embeddings/oleObject1.bin", b"x"), "embedded objects"),
    "linked image": (_replace("word/_rels/document.xml.rels", b"</Relationships>", RELATION), "outside the document"),
    "path out": (_add("../evil.xml", b"x"), "the name"),
    "document type": (
        _replace("word/document.xml", b"<w:document", b'<!DOCTYPE x [<!ENTITY y "z">]><w:document'),
        "document type",
    ),
    "not well-formed": (_replace("word/document.xml", b"</w:document>", b""), "well-formed"),
    "field that fetches": (
        _replace(
            "word/document.xml", b"<w:t>{{ name }}</w:t>", b'<w:instrText>INCLUDEPICTURE "http://x/"</w:instrText>'
        ),
        "fetches something",
    ),
    "no document": (lambda parts: parts.pop("word/document.xml"), "no word/document.xml"),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_templates_are_refused(attack: str) -> None:
    change, said = HOSTILE[attack]
    with pytest.raises(TemplateError, match=said):
        docx_sources(changed(change))  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"%PDF-1.7", b"\0" * 1000])
def test_other_files_are_not_docx(data: bytes) -> None:
    with pytest.raises(TemplateError, match="not a DOCX"):
        docx_sources(data)


def test_two_files_with_one_name_are_refused() -> None:
    sink = io.BytesIO()
    parts = parts_of(docx_of("x"))
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr("WORD/document.xml", b"<x/>")
    with pytest.raises(TemplateError, match="two with one name"):
        docx_sources(sink.getvalue())


def test_a_lying_size_is_refused() -> None:
    """The central directory claims a small file, the data is longer: nobody may read on."""
    data = bytearray(docx_of("x"))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (5).to_bytes(4, "little")
    with pytest.raises(TemplateError):
        docx_sources(bytes(data))


def test_a_letter_that_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.render.docx.FILLED_LIMIT", 10_000)
    with pytest.raises(TemplateError, match="larger than"):
        fill(docx_of("{%p for row in rows %}", "{{ row }}", "{%p endfor %}"), rows=["文" * 100] * 100)
