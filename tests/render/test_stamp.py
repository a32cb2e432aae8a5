"""Every stamped page: both codes read back from a scan, the marks are there, the file stays PDF/A-3b and the same."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf
import pytest
from PIL import ImageChops, ImageFilter

from service.errors import RefusedError
from service.render import Catalog, Filled, RenderPool, StampMarks, page_code, page_mac
from service.render.stamp import MM, page_marks, stamp_lines, stamp_pages

from .conftest import ISSUED_ON, NOTICE_NO
from .pages import codes, pdfa_findings, scan, stamp, texts

LETTERS = [("loan-demand", "html"), ("loan-demand", "docx"), ("guarantor-demand", "html"), ("move-in-reminder", "docx")]


@pytest.fixture(scope="module", params=LETTERS, ids="-".join)
def filled(request: pytest.FixtureRequest, catalog: Catalog, pool: RenderPool) -> Filled:
    name, engine = request.param
    template = catalog.get(name)
    return pool.fill(template, template.example, engine, notice_no=NOTICE_NO, issued_on=ISSUED_ON)


@pytest.mark.slow
def test_codes_read_back_from_a_scan(filled: Filled, marks: StampMarks) -> None:
    pages = scan(stamp(filled.pdf, marks))
    assert len(pages) == filled.pages
    for number, page in enumerate(pages, start=1):
        worn = page.filter(ImageFilter.GaussianBlur(0.7)).rotate(1.5, fillcolor=255, expand=True)
        for image in (page, worn):
            assert codes(image) == {
                "QRCode": page_code(marks.mac_key, notice_no=NOTICE_NO, page=number, pages=filled.pages),
                "Code128": f"{NOTICE_NO}:{number}/{filled.pages}",
            }


@pytest.mark.slow
def test_stamped_letters_are_pdfa(filled: Filled, marks: StampMarks) -> None:
    assert pdfa_findings(stamp(filled.pdf, marks)) == []


@pytest.mark.slow
def test_the_same_marks_give_the_same_bytes(filled: Filled, marks: StampMarks) -> None:
    assert stamp(filled.pdf, marks) == stamp(filled.pdf, marks)
    assert stamp(filled.pdf, marks) != stamp(filled.pdf, replace(marks, prev_hex="0" * 64))


def test_the_marks_are_on_every_page(filled: Filled, marks: StampMarks) -> None:
    for number, text in enumerate(texts(stamp(filled.pdf, marks)), start=1):
        squeezed = "".join(text.split())
        for line in stamp_lines(marks, page=number, pages=filled.pages):
            assert "".join(line.split()) in squeezed
        assert f"第{number}页／共{filled.pages}页" in squeezed
        assert "签发2026-11-2406:06:40+08:00" in squeezed


def test_the_stamp_touches_nothing_of_the_letter(filled: Filled, marks: StampMarks) -> None:
    """What the stamp adds lies in the free areas, and the letter had nothing there."""
    dots = 100 / 25.4
    for before, after in zip(scan(filled.pdf, dpi=100), scan(stamp(filled.pdf, marks), dpi=100), strict=True):
        width, height = before.size
        free = [(width - 32 * dots, 0, width, 30 * dots), (0, height - 29 * dots, width, height)]
        for box in free:
            assert before.crop(tuple(map(round, box))).getextrema()[0] > 250
        difference = ImageChops.difference(before, after)
        for box in free:
            difference.paste(0, tuple(map(round, box)))
        assert difference.getbbox() is None


def test_sizes(filled: Filled, marks: StampMarks) -> None:
    """QR of 20 mm, bar code of at least 60 mm, measured on the page's own drawing."""
    with pikepdf.open(io.BytesIO(stamp(filled.pdf, marks))) as document:
        page = document.pages[0]
        operations = pikepdf.parse_content_stream(page)
        height = float(page.mediabox[3])
    rectangles = [tuple(map(float, item.operands)) for item in operations if str(item.operator) == "re"]
    start = next(
        place
        for place in range(len(rectangles))
        if rectangles[place][1] > height - 32 * MM and rectangles[place][0] > 150 * MM
    )
    qr = [box for box in rectangles[start:] if box[1] > height / 2]
    bar = [box for box in rectangles[start:] if box[1] < height / 2]
    assert max(x + w for x, _, w, _ in qr) - min(x for x, _, _, _ in qr) == pytest.approx(20 * MM, abs=0.05)
    assert max(x + w for x, _, w, _ in bar) - min(x for x, _, _, _ in bar) >= 60 * MM


def test_macs_bind_key_number_page_and_count() -> None:
    mac = page_mac(b"k" * 32, notice_no=NOTICE_NO, page=1, pages=3)
    assert len(mac) == 12
    others = [
        page_mac(b"l" * 32, notice_no=NOTICE_NO, page=1, pages=3),
        page_mac(b"k" * 32, notice_no="DEMO-2026-000002", page=1, pages=3),
        page_mac(b"k" * 32, notice_no=NOTICE_NO, page=2, pages=3),
        page_mac(b"k" * 32, notice_no=NOTICE_NO, page=1, pages=4),
    ]
    assert len({mac, *others}) == 5


def test_a_known_mac() -> None:
    """Made with: printf %s DEMO-2026-000001:1/3 | openssl dgst -sha256 -hmac key -binary | base32 | cut -c1-12."""
    assert page_code(b"key", notice_no=NOTICE_NO, page=1, pages=3) == "DU1:DEMO-2026-000001:1/3:EVJWRIW4VHGM"


@pytest.mark.parametrize(
    "change",
    [{"notice_no": "a b"}, {"notice_no": "编号"}, {"prev_hex": "00"}, {"issued_at": datetime(2026, 1, 1)}],
)
def test_bad_marks_are_our_own_mistake(marks: StampMarks, change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"notice number|SHA-256|time zone"):
        page_marks(replace(marks, **change), pages=1)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n%%EOF", b"PK\x03\x04"])
def test_broken_pdfs_are_refused(marks: StampMarks, data: bytes) -> None:
    with pytest.raises(RefusedError, match="cannot be read"):
        stamp_pages(data, page_marks(marks, pages=1))


def test_a_long_number_still_fits(catalog: Catalog, pool: RenderPool) -> None:
    template = catalog.get("loan-demand")
    number = "DULYDULY-2026-999999"
    letter = pool.fill(template, template.example, "html", notice_no=number, issued_on=ISSUED_ON)
    marks = StampMarks(
        notice_no=number,
        issued_at=datetime(2026, 11, 24, tzinfo=UTC),
        prev_hex="f" * 64,
        fields_digest_hex="e" * 64,
        mac_key=b"k",
    )
    page = scan(stamp(letter.pdf, marks))[0]
    assert set(codes(page)) == {"QRCode", "Code128"}
