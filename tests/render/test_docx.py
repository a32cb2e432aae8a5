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
HEADER = (
    b'<Relationship Id="rId99" Target="header.bin" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header"/></Relationships>'
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
    "header of another name": (
        lambda parts: (
            parts.__setitem__("word/header.bin", parts["word/document.xml"]),
            _replace("word/_rels/document.xml.rels", b"</Relationships>", HEADER)(parts),
        ),
        "header.bin' holds text",
    ),
    "no document": (lambda parts: parts.pop("word/document.xml"), "no word/document.xml"),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_templates_are_refused(attack: str) -> None:
    change, said = HOSTILE[attack]
    with pytest.raises(TemplateError, match=said):
        docx_sources(changed(change))  # type: ignore[arg-type]


def _mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _code(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>'


def _field(*codes: str) -> str:
    """A field as Word writes it, its code in as many runs as pieces."""
    result = "<w:r><w:t>1</w:t></w:r>"
    return _mark("begin") + "".join(map(_code, codes)) + _mark("separate") + result + _mark("end")


def _simple(code: str) -> str:
    return f'<w:fldSimple w:instr="{code}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def _with_runs(runs: str) -> bytes:
    return changed(_replace("word/document.xml", b"<w:r><w:t>{{ name }}</w:t></w:r>", runs.encode()))


FETCHED = {
    "plain": _field(' INCLUDETEXT "file:///x" '),
    "in two runs": _field(" INCLUDE", 'TEXT "file:///x" '),
    "letter by letter": _field(*"DATE"),
    "by a comment": _field(" PAGE", "<!-- -->DATE "),
    "in an attribute": _simple(" INCLUDETEXT &quot;file:///x&quot; "),
    "small letters": _simple(" includepicture x "),
    "the day": _field(' DATE \\@ "yyyy" '),
    "the time": _simple("TIME"),
    "the day of saving": _field(" SAVEDATE "),
    "a condition": _mark("begin") + _code(" IF ") + _field(" PAGE ") + _code(" = 1 a b ") + _mark("end"),
    "inside a page number": _mark("begin") + _code(" PAGE ") + _field(" DATE ") + _mark("end"),
    "behind a page number": _field(" PAGE DATE "),
    "behind a switch": _field(" PAGE \\* DATE "),
    "filled by a field": _field(" PAGE {{ name }} "),
    "no field around it": _code(" DATE "),
    "not ended": _mark("begin") + _code(" DATE "),
    "empty": _field(),
    "deleted": '<w:r><w:delInstrText xml:space="preserve"> PAGE </w:delInstrText></w:r>',
    "a day in a run": "<w:r><w:yearLong/><w:t>年</w:t></w:r>",
    "another part": '<w:altChunk xmlns:r="x" r:id="rId9"/>',
    "a property": '<w:sdt><w:sdtPr><w:dataBinding w:xpath="/a"/></w:sdtPr><w:sdtContent/></w:sdt>',
}


@pytest.mark.parametrize("field", FETCHED)
def test_what_is_filled_when_the_letter_is_opened_is_refused(field: str) -> None:
    with pytest.raises(TemplateError, match=r"word/document\.xml: holds"):
        docx_sources(_with_runs(FETCHED[field]))


def test_fields_are_looked_for_in_every_part() -> None:
    data = changed(_replace("word/styles.xml", b"</w:styles>", (_code("DATE") + "</w:styles>").encode()))
    with pytest.raises(TemplateError, match=r"word/styles\.xml: holds the field 'DATE'"):
        docx_sources(data)


@pytest.mark.parametrize(
    "field",
    [
        *(
            _field(" PAGE "),
            _field(" NUM", "PAGES "),
            _field("page"),
            _simple(" SECTIONPAGES "),
            _simple(" PAGE \\# 00 "),
        ),
        *(_field(" PAGE  \\* ", "MERGEFORMAT "), _field(" PAGE \\* CHINESENUM3 \\* MERGEFORMAT ")),
        "<w:r><w:t>第</w:t></w:r>" + _field(" PAGE ") + "<w:r><w:t>页，DATE</w:t></w:r>",
    ],
)
def test_page_numbers_may_stand_in_a_template(field: str) -> None:
    assert "1" in docx_text(fill(_with_runs(field)))


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
