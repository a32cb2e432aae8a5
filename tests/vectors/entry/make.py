"""Writes `header/`, `body/` and their `broken/` beside it, byte by byte and without the product's code."""

import hashlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent

BODY = (
    '{"documents":[{"file":"\u903e\u671f\u8d37\u6b3e\u50ac\u6536\u901a\u77e5\u4e66.pdf","media_type":"application/pdf",'
    '"role":"document_pdf","sha256":"' + "5b" * 32 + '","size":48211}],'
    '"notice":"n_b4lqx3vprs6w7yzc2ktmf5ahde","notice_no":"DEMO-2026-000001","pages":2,'
    '"salt":"' + "a7" * 32 + '","template":"loan-demand","to_name":"\u5f20\u4e09"}'
)
HEADER = (
    '{"at":"2026-11-23T22:06:40Z","body":"' + hashlib.sha256(BODY.encode()).hexdigest() + '",'
    '"kind":"notice.issued","log":"duly.example/log","matter":"m_aq3xk5lwz7c2vtrhy6pnbd4sfe",'
    '"prev":"' + "3c" * 32 + '","seq":5,"v":1}'
)
FIRST = HEADER.replace("3c" * 32, "00" * 32).replace('"seq":5', '"seq":1').replace("notice.issued", "matter.opened")


def changed(text, old, new):
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new)


def broken_headers():
    yield "empty", ""
    yield "not-json", HEADER[:-1]
    yield "array", "[" + HEADER + "]"
    yield "text", '"' + "a" * 10 + '"'
    yield "byte-order-mark", "\ufeff" + HEADER
    yield "newline-at-end", HEADER + "\n"
    yield "space-after-colon", changed(HEADER, '"v":1', '"v": 1')
    yield "two-objects", HEADER + HEADER
    yield "keys-not-sorted", changed(HEADER, ',"v":1}', "}").replace("{", '{"v":1,')
    yield "key-missing", changed(HEADER, ',"v":1', "")
    yield "key-unknown", changed(HEADER, '"v":1}', '"v":1,"z":0}')
    yield "key-twice", changed(HEADER, '"v":1}', '"v":1,"v":1}')
    yield "key-upper-case", changed(HEADER, '"v":1}', '"V":1}')
    yield "version-2", changed(HEADER, '"v":1', '"v":2')
    yield "version-true", changed(HEADER, '"v":1', '"v":true')
    yield "version-text", changed(HEADER, '"v":1', '"v":"1"')
    yield "seq-zero", changed(HEADER, '"seq":5', '"seq":0')
    yield "seq-negative", changed(HEADER, '"seq":5', '"seq":-5')
    yield "seq-minus-zero", changed(HEADER, '"seq":5', '"seq":-0')
    yield "seq-float", changed(HEADER, '"seq":5', '"seq":5.0')
    yield "seq-exponent", changed(HEADER, '"seq":5', '"seq":5e0')
    yield "seq-text", changed(HEADER, '"seq":5', '"seq":"5"')
    yield "seq-null", changed(HEADER, '"seq":5', '"seq":null')
    yield "seq-2-to-53", changed(HEADER, '"seq":5', f'"seq":{2**53}')
    yield "seq-thousand-digits", changed(HEADER, '"seq":5', '"seq":' + "9" * 5000)
    yield "seq-nan", changed(HEADER, '"seq":5', '"seq":NaN')
    yield "at-with-fraction", changed(HEADER, "40Z", "40.0Z")
    yield "at-with-offset", changed(HEADER, "40Z", "40+00:00")
    yield "at-lower-case-z", changed(HEADER, "40Z", "40z")
    yield "at-february-30", changed(HEADER, "11-23", "02-30")
    yield "at-hour-24", changed(HEADER, "22:06:40", "24:00:00")
    yield "at-leap-second", changed(HEADER, "22:06:40", "23:59:60")
    yield "at-number", changed(HEADER, '"2026-11-23T22:06:40Z"', "1795471600")
    yield "prev-upper-case-hex", changed(HEADER, "3c" * 32, "3C" * 32)
    yield "prev-short", changed(HEADER, "3c" * 32, "3c" * 31)
    yield "prev-full-width-digits", changed(HEADER, "3c" * 32, "\uff13" * 64)
    yield "prev-null", changed(HEADER, '"' + "3c" * 32 + '"', "null")
    yield "kind-without-dot", changed(HEADER, "notice.issued", "issued")
    yield "kind-upper-case", changed(HEADER, "notice.issued", "Notice.issued")
    yield "log-with-space", changed(HEADER, "duly.example/log", "duly.example log")
    yield "log-empty", changed(HEADER, "duly.example/log", "")
    yield "matter-with-slash", changed(HEADER, "m_aq3", "../m_")
    yield "matter-empty", changed(HEADER, "m_aq3xk5lwz7c2vtrhy6pnbd4sfe", "")
    yield "escaped-letter", changed(HEADER, "notice.issued", "notice.\\u0069ssued")
    yield "lone-surrogate", changed(HEADER, "m_aq3", "\\ud800")
    yield "deep-nesting", changed(HEADER, '"seq":5', '"seq":' + "[" * 33 + "]" * 33)
    yield "very-deep-nesting", "[" * 20000
    yield "over-65535-bytes", changed(HEADER, "duly.example/log", "d" * 65536)


def broken_bodies():
    yield "salt-missing", changed(BODY, '"salt":"' + "a7" * 32 + '",', "")
    yield "salt-short", changed(BODY, "a7" * 32, "a7" * 16)
    yield "salt-upper-case", changed(BODY, "a7" * 32, "A7" * 32)
    yield "not-normalised", changed(BODY, "loan-demand", "cafe\u0301")
    yield "delete-character", changed(BODY, "loan-demand", "loan\x7fdemand")
    yield "amount-float", changed(BODY, '"pages":2', '"pages":2.5')
    yield "array", "[]"
    yield "null", "null"


def broken_file_names():
    yield "key-missing", changed(BODY, '"role":"document_pdf",', "")
    yield "key-unknown", changed(BODY, '"size":48211', '"size":48211,"url":"x"')
    yield "digest-short", changed(BODY, "5b" * 32, "5b" * 20)
    yield "size-negative", changed(BODY, "48211", "-1")
    yield "size-text", changed(BODY, "48211", '"48211"')
    yield "name-with-path", changed(BODY, '"file":"', '"file":"../')
    yield "name-with-backslash", changed(BODY, '"file":"', '"file":"a\\\\')
    yield "name-with-newline", changed(BODY, '"file":"', '"file":"a\\n')
    yield "name-too-long", changed(BODY, '"file":"', '"file":"' + "a" * 255)
    yield "media-type-empty", changed(BODY, "application/pdf", "")
    yield "media-type-upper-case", changed(BODY, "application/pdf", "Application/PDF")
    yield "role-with-space", changed(BODY, "document_pdf", "document pdf")


def files():
    """Return the bytes of every vector by its path."""
    vectors = {
        "header/notice-issued.json": HEADER.encode(),
        "header/matter-opened.json": FIRST.encode(),
        "body/notice-issued.json": BODY.encode(),
    }
    for folder, cases in (
        ("header/broken", broken_headers()),
        ("body/broken", broken_bodies()),
        ("body/broken-files", broken_file_names()),
    ):
        vectors.update({f"{folder}/{name}.json": text.encode() for name, text in cases})
    vectors["header/broken/not-utf-8.json"] = HEADER.encode().replace(b"m_aq3", b"m_\xff\xfe")
    vectors["header/broken/utf-16.json"] = HEADER.encode("utf-16")
    vectors["header/expected.json"] = expected()
    return vectors


def expected():
    leaves = {
        name: hashlib.sha256(b"\0" + text.encode()).hexdigest()
        for name, text in (("notice-issued", HEADER), ("matter-opened", FIRST))
    }
    return (json.dumps(leaves, indent=2) + "\n").encode()


def main(directory):
    for name, data in files().items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
