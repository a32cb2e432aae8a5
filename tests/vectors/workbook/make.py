"""Makes the tables of this folder, broken and awkward: `.venv/bin/python tests/vectors/workbook/make.py`.

The workbooks are put together from their parts by hand: no library writes what is broken here, and none writes the same
bytes twice.
"""

import io
import json
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

HERE = Path(__file__).parent
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
HEADER = ("客户姓名", "合同号", "尚欠本金")

STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="5"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="000000"/><numFmt numFmtId="166" formatCode="[$$-409]#,##0.00"/>'
    '<numFmt numFmtId="167" formatCode="0.00&quot;万元&quot;"/>'
    '<numFmt numFmtId="168" formatCode="&quot;￥&quot;#,##0.00"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/></font></fonts><fills count="1"><fill><patternFill/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="9"/></cellStyleXfs>'
    '<cellXfs count="8"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/>'
    '<xf numFmtId="167"/><xf numFmtId="168"/><xf numFmtId="10"/><xf numFmtId="31"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def zipped(parts, *, method=ZIP_STORED):
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, data in parts:
            info = ZipInfo(name)
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def parts(
    rows, *, after="", before="", sheets=(("贷款", ""),), shared=None, main=f"{SPREADSHEET}.sheet.main+xml", more=()
):
    """Parts of a workbook whose first sheet has these rows of XML; further sheets repeat it."""
    names = [f"xl/worksheets/sheet{number}.xml" for number in range(1, len(sheets) + 1)]
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{SPREADSHEET}.worksheet+xml"/>' for name in names)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" {state} r:id="rId{number}"/>'
        for number, (name, state) in enumerate(sheets, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATION}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    if shared:
        overrides += f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SPREADSHEET}.sharedStrings+xml"/>'
    sheet = f'{HEAD}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    strings = f'<Relationship Id="rId98" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>' if shared else ""
    yield (
        "[Content_Types].xml",
        (
            f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{main}"/>{overrides}'
            f'<Override PartName="/xl/styles.xml" ContentType="{SPREADSHEET}.styles+xml"/></Types>'
        ),
    )
    yield (
        "_rels/.rels",
        (
            f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    yield (
        "xl/workbook.xml",
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets>{listed}</sheets></workbook>',
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{relations}{strings}<Relationship Id="rId99" '
            f'Type="{RELATION}/styles" Target="styles.xml"/></Relationships>'
        ),
    )
    yield "xl/styles.xml", STYLES
    if shared:
        yield "xl/sharedStrings.xml", f'{HEAD}<sst xmlns="{MAIN}">{shared}</sst>'
    yield from ((name, sheet) for name in names)
    yield from more


def text(reference, value, style=0):
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def row(number, *values, attributes=""):
    """A row of texts, or of cells that are XML already."""
    cells = "".join(
        value if str(value).startswith("<") else text(f"{chr(65 + at)}{number}", value)
        for at, value in enumerate(values)
        if value is not None
    )
    return f'<row r="{number}"{attributes}>{cells}</row>'


GOOD = row(1, *HEADER) + row(2, "张三", "示例借字第2023-0001号", '<c r="C2"><v>1048937.5</v></c>')


def awkward():
    """Everything that a reader of plain values would turn into another value, in one sheet."""
    rows = "".join(
        (
            row(1, "二〇二六年逾期贷款清单"),
            row(3, "客户姓名", "合同信息", None, "尚欠本金", "到期日", "备注"),
            row(4, None, "合同编号", "签订日"),
            row(5, "张三", '<c r="B5" t="s"><v>0</v></c>', '<c r="C5" s="1"><v>46331</v></c>',
                '<c r="D5"><v>1048937.4999999999</v></c>', '<c r="E5" s="7"><v>46331.5</v></c>',
                '<c r="F5" t="b"><v>1</v></c>'),
            row(6, "李四", '<c r="B6"><v>1.2345678901234567E+17</v></c>', '<c r="C6"><v>46331</v></c>',
                '<c r="D6"><f>SUM(D5)</f><v>12.5</v></c>', '<c r="E6" t="d"><v>2026-11-05T00:00:00</v></c>',
                attributes=' hidden="1"'),
            row(8, "王五", '<c r="B8" s="2"><v>123</v></c>', '<c r="C8" s="6"><v>0.05</v></c>',
                '<c r="D8"><f>D5*2</f></c>', '<c r="E8" t="e"><v>#REF!</v></c>',
                '<c r="F8" t="str"><f>""</f><v></v></c>'),
            row(9, "赵_x000D_六", '<c r="B9" t="s"><v>1</v></c>', None, '<c r="D9" s="3"><v>99.5</v></c>',
                '<c r="E9" s="4"><v>104.89</v></c>', '<c r="F9" s="5"><v>12</v></c>'),
            row(10, "孙七", "合并", None, '<c r="D10"><v>1</v></c>'),
            row(11, None, None, None, '<c r="D11"><v>2</v></c>'),
        )
    )  # fmt: skip
    merged = "".join(
        f'<mergeCell ref="{ref}"/>' for ref in ("A1:F1", "A3:A4", "B3:C3", "D3:D4", "E3:E4", "F3:F4", "A10:C11")
    )
    shared = (
        '<si><r><t>示例借字</t></r><r><t xml:space="preserve">第1号 </t></r><rPh sb="0" eb="1"><t>shi</t></rPh></si>'
        "<si><t>=1+1</t></si>"
    )
    return zipped(
        parts(
            rows,
            before='<cols><col min="6" max="6" width="9" hidden="1"/></cols>',
            after=f'<autoFilter ref="A4:F11"/><mergeCells count="7">{merged}</mergeCells>',
            sheets=(("贷款", ""), ("说明", ""), ("底稿", 'state="hidden"')),
            shared=shared,
        )
    )


def prefixed():
    """The same format with a prefix on every element, as some libraries write it, and the strict namespace."""
    sheet = (
        f'{HEAD}<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row>'
        '<x:c t="inlineStr"><x:is><x:t>客户姓名</x:t></x:is></x:c>'
        '<x:c t="inlineStr"><x:is><x:t>合同号</x:t></x:is></x:c>'
        '</x:row><x:row><x:c t="inlineStr"><x:is><x:t>张三</x:t></x:is></x:c><x:c><x:v>7</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    made = dict(parts(GOOD))
    made["xl/worksheets/sheet1.xml"] = sheet
    return zipped(made.items())


def ole(stream):
    """A container of the old kind, as far as anybody looks into it."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le").ljust(512, b"\0")


def doctype():
    made = dict(parts(GOOD))
    sheet = made["xl/worksheets/sheet1.xml"]
    bomb = '<!DOCTYPE worksheet [<!ENTITY a "哈哈哈哈"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    made["xl/worksheets/sheet1.xml"] = sheet.replace("<worksheet", bomb + "<worksheet").replace("张三", "&b;")
    return zipped(made.items())


def encoded(name):
    made = dict(parts(GOOD))
    made["xl/worksheets/sheet1.xml"] = (
        made["xl/worksheets/sheet1.xml"].replace("UTF-8", name).encode("gb18030" if name == "GB18030" else "utf-8")
    )
    return zipped(made.items())


def doubled_part():
    made = list(parts(GOOD))
    return zipped([*made, ("XL/Workbook.xml", made[2][1])])


def ratio():
    made = dict(parts(GOOD))
    made["xl/worksheets/sheet1.xml"] += " " * 8_000_000
    return zipped(made.items(), method=ZIP_DEFLATED)


def files():
    good = zipped(parts(GOOD))
    macros = f"{SPREADSHEET}.sheet.main+xml".replace(
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet", "vnd.ms-excel.sheet.macroEnabled"
    )
    csv = '客户姓名,合同号,尚欠本金\r\n张三,示例借字第1号,"1,048,937.50"\r\n'
    return {
        "good.xlsx": (good, ""),
        "awkward.xlsx": (awkward(), ""),
        "prefixed.xlsx": (prefixed(), ""),
        "good.csv": (csv.encode(), ""),
        "good-bom.csv": (b"\xef\xbb\xbf" + csv.encode(), ""),
        "good-gb18030.csv": (csv.replace("张三", "张㛃𬭊").encode("gb18030"), ""),
        "good-semicolon.csv": (
            "客户姓名;备注;合同号\n张三;\"两行\n地址;有分号\";1.23457E+17\n\n李四;;=1+1\n".encode(), ""),
        "good-tab.csv": ("客户姓名\t合同号\n张三\t示例，第1号\n".encode(), ""),
        "good.ndjson": (
            (
                '{"客户姓名": "张三", "尚欠本金": 1048937.50}\n\n'
                '{"合同号": "1", "fields": {"principal": "1.00", "n": 3}}\n'
            ).encode(),
            "",
        ),
        "password.xlsx": (ole("EncryptedPackage"), "workbook_password"),
        "legacy.xls": (ole("Workbook"), "workbook_legacy"),
        "macros.xlsm": (zipped(parts(GOOD, main=macros)), "workbook_macros"),
        "macros-renamed.xlsx": (zipped(parts(GOOD, main=macros)), "workbook_macros"),
        "macros-hidden.xlsx": (zipped(parts(GOOD, more=[("xl/vbaProject.bin", b"\0")])), "workbook_macros"),
        "bomb-ratio.xlsx": (ratio(), "workbook_bomb"),
        "bomb-entries.xlsx": (
            zipped([*parts(GOOD), *((f"xl/media/{number}", b"") for number in range(2_001))]), "workbook_bomb"),
        "doctype.xlsx": (doctype(), "workbook_doctype"),
        "encoding-unknown.xlsx": (encoded("UT-8"), "workbook_broken"),
        "encoding-gb18030.xlsx": (encoded("GB18030"), "workbook_broken"),
        "doubled-part.xlsx": (doubled_part(), "workbook_broken"),
        "cut-off.xlsx": (good[: len(good) // 2], "workbook_broken"),
        "not-well-formed.xlsx": (zipped(parts(GOOD + "<row")), "workbook_broken"),
        "rows-out-of-order.xlsx": (zipped(parts(GOOD + row(2, "再来"))), "workbook_broken"),
        "cells-out-of-order.xlsx": (zipped(parts(row(1, text("B1", "甲"), text("A1", "乙")))), "workbook_broken"),
        "missing-shared-string.xlsx": (
            zipped(parts(GOOD + '<row r="3"><c r="A3" t="s"><v>7</v></c></row>')), "workbook_broken"),
        "zip.xlsx": (zipped([("a.txt", b"a")]), "workbook_not_xlsx"),
        "word.xlsx": (
            zipped(parts(GOOD, main=SPREADSHEET.replace("spreadsheetml", "wordprocessingml.document.main+xml"))),
            "workbook_not_xlsx"),
        "text.xlsx": (csv.encode(), "table_type"),
        "workbook.csv": (good, "table_type"),
        "empty.csv": (b"", "table_empty"),
        "blank.xlsx": (zipped(parts("")), "table_empty"),
        "no-header.xlsx": (zipped(parts(row(1, "张三", "1", '<c r="C1"><v>7</v></c>'))), "table_no_header"),
        "doubled-header.xlsx": (
            zipped(parts(row(1, "姓名", "合同号", "姓名") + row(2, "a", "b", "c"))), "table_header_doubled"),
        "no-data.xlsx": (zipped(parts(row(1, *HEADER))), "table_no_data"),
        "too-wide.xlsx": (zipped(parts(GOOD + f'<row r="3">{text("XFD3", "远")}</row>')), "table_too_wide"),
        "hidden-only.xlsx": (zipped(parts(GOOD, sheets=(("底稿", 'state="veryHidden"'),))), "workbook_sheet"),
        "header-too-deep.xlsx": (
            zipped(parts(row(1, *HEADER) + row(9, "a"), after='<mergeCells><mergeCell ref="A1:A8"/></mergeCells>')),
            "table_header_merged"),
        "wrong-encoding.csv": ("客户姓名,合同号\n张三,".encode() + b"\xff\xff\n", "table_encoding"),
        "bom-and-not-utf-8.csv": (b"\xef\xbb\xbf" + "客户姓名,合同号\n".encode("gb18030"), "table_encoding"),
        "utf-16.csv": (csv.encode("utf-16"), "table_encoding"),
        "nul.csv": ('姓名,合同号,备注\n张三,1,"两行\n文\0字"\n'.encode(), "csv_broken"),
        "unclosed-quote.csv": ('姓名,合同号\n张三,"1\n李四,2\n'.encode(), "csv_broken"),
        "not-json.ndjson": (b'{"a": 1}\n[1]\n', "ndjson_broken"),
        "key-twice.ndjson": (b'{"a": 1, "a": 2}\n', "ndjson_broken"),
        "key-half-character.ndjson": (b'{"a": 1}\n{"b\\ud83d": 2}\n', "ndjson_broken"),
        "too-deep.ndjson": (('{"a": ' + "[" * 60 + "]" * 60 + "}\n").encode(), "ndjson_broken"),
    }  # fmt: skip


def main():
    made = files()
    for name, (data, _) in made.items():
        (HERE / name).write_bytes(data)
    codes = {name: code for name, (_, code) in made.items() if code}
    (HERE / "refused.json").write_text(json.dumps(codes, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
