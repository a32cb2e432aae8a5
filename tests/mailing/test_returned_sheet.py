"""The sheet that comes back: read by titles, every doubtful line named, the others good."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail import item

from service.errors import RefusedError
from service.mailing.ems import Sender, ems_sheet
from service.mailing.layout import load_layout
from service.mailing.returned import ReturnedLine, read_ems, returned_lines
from service.workbook import Limits, open_table

VECTORS = Path(__file__).parents[1] / "vectors" / "returned-sheet"
LAYOUT = load_layout()
FIRST, SECOND = "DEMO-2026-000001", "DEMO-2026-000002"


def read(path: Path, into: Path, **more: object) -> list[ReturnedLine]:
    into.mkdir(exist_ok=True)
    return list(returned_lines(open_table(path, file_name=path.name, into=into, **more), LAYOUT))


def told(lines: list[ReturnedLine]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(line.notice_no, line.waybill_no, tuple(error.code for error in line.errors)) for line in lines]


def test_columns_are_found_by_their_titles(tmp_path: Path) -> None:
    lines = read(VECTORS / "good.xlsx", tmp_path / "rows")
    assert told(lines) == [(FIRST, "1136281381675", ()), (SECOND, "EA123456785CN", ())]
    assert [line.row for line in lines] == [2, 3]
    assert {line.posted_at.astimezone(UTC) for line in lines if line.posted_at} == {
        datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
    }


def test_of_a_filled_workbook_our_own_columns_count(tmp_path: Path) -> None:
    """The desk's own 函号 stands before ours and is another number."""
    path = tmp_path / "filled.csv"
    path.write_text(f"函号,姓名,状态,错误,函号,邮件号,签收,文件\n旧-7,张三,已出具,,{FIRST},1136281381675,,\n")
    assert told(read(path, tmp_path / "rows")) == [(FIRST, "1136281381675", ())]


def test_what_we_sent_with_numbers_filled_in_is_what_comes_back(tmp_path: Path) -> None:
    ems_sheet([item(0, waybill_no="1136281381675")], LAYOUT, Sender(), tmp_path / "ems.xlsx")
    assert told(read(tmp_path / "ems.xlsx", tmp_path / "rows")) == [(FIRST, "1136281381675", ())]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("numbers.xlsx", [(FIRST, "1136281381675", ()), (SECOND, "1136281381670", ())]),
        ("rounded.xlsx", [(FIRST, "1136280000000", ("waybill.digits_lost",)), (SECOND, "1136281381676", ())]),
        ("scientific.csv", [(FIRST, "1.13628E+12", ("waybill.digits_lost",)), (SECOND, "1136281381676", ())]),
        ("gb18030.csv", [(FIRST, "1136281381675", ())]),
        ("twice.csv", [(FIRST, "1136281381675", ()), (FIRST, "1136281381675", ())]),
        (
            "shared-number.csv",
            [
                (FIRST, "1136281381675", ("waybill.shared",)),
                (SECOND, "1136281381675", ("waybill.shared",)),
                ("DEMO-2026-000003", "1136281381676", ()),
            ],
        ),
        (
            "several-numbers.csv",
            [
                (FIRST, "1136281381675", ("waybill.several",)),
                (FIRST, "1136281381676", ("waybill.several",)),
                (SECOND, "1136281381677", ()),
            ],
        ),
        (
            "wrong-numbers.csv",
            [
                (FIRST, "113628138167", ("waybill.form",)),
                (SECOND, "EA123456784CN", ("waybill.check_digit",)),
                ("DEMO-2026-000003", "", ("waybill.missing",)),
                ("", "1136281381675", ("notice_no.missing",)),
                ("DEMO-2026-000004", "=1136281381679", ("waybill.form",)),
                ("DEMO-2026-000005", "9" * 64, ("waybill.form",)),
            ],
        ),
    ],
)
def test_every_doubtful_line_is_named(name: str, expected: list[object], tmp_path: Path) -> None:
    assert told(read(VECTORS / name, tmp_path / "rows")) == expected


def test_a_day_is_a_day_and_no_guess_at_a_time(tmp_path: Path) -> None:
    lines = read(VECTORS / "days.csv", tmp_path / "rows")
    assert [(line.posted_on, line.posted_at) for line in lines] == [
        (date(2026, 11, 24), None),
        (date(2026, 11, 25), None),
        (None, None),
        (None, None),
    ]
    assert [len(line.errors) for line in lines] == [0, 0, 1, 1]
    assert lines[2].errors[0].code == "posted_at.malformed"
    assert "昨天" in lines[2].errors[0].message_zh


def test_a_sheet_without_the_columns_is_refused_and_told_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        read(VECTORS / "no-column.csv", tmp_path / "rows")
    assert refused.value.code == "ems_column_missing"
    assert "客户单号" in refused.value.message_zh
    assert "函件、单号" in refused.value.message_zh


def test_limits_are_kept(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        read(VECTORS / "shared-number.csv", tmp_path / "rows", limits=Limits(rows=2))
    assert refused.value.code == "table_too_long"


@pytest.mark.slow
def test_a_hostile_sheet_breaks_its_own_process_alone(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    lines = list(read_ems(VECTORS / "good.xlsx", LAYOUT, "good.xlsx", into=tmp_path / "rows"))
    assert [line.notice_no for line in lines] == [FIRST, SECOND]
    (tmp_path / "bad.xlsx").write_bytes((VECTORS / "good.xlsx").read_bytes()[:2000])
    (tmp_path / "bad").mkdir()
    with pytest.raises(RefusedError):
        read_ems(tmp_path / "bad.xlsx", LAYOUT, "bad.xlsx", into=tmp_path / "bad")


NOT_TABLES = {"README.md", "make.py", "refused.json"}
HOSTILE = sorted(path for path in (VECTORS.parent / "workbook").glob("*.*") if path.name not in NOT_TABLES)


@pytest.mark.parametrize("path", HOSTILE, ids=[path.name for path in HOSTILE])
def test_no_awkward_table_passes_for_a_returned_sheet(path: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        read(path, tmp_path / "rows", limits=Limits(rows=2000, columns=100, unpacked_bytes=20 * 2**20))
    assert refused.value.code
    assert refused.value.message_zh


CELLS = st.text(alphabet="0123456789.E+=-ACNX \u3000年月日:/", max_size=20)


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8))
def test_whatever_stands_in_the_cells_no_line_is_lost_and_no_bad_number_passes(
    rows: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("returned")
    text = "客户单号,邮件号,收寄时间\n" + "".join(",".join(row) + "\n" for row in rows)
    (folder / "sheet.csv").write_text(text, encoding="utf-8-sig")
    try:
        lines = read(folder / "sheet.csv", folder / "rows")
    except RefusedError:
        return
    filled = [row for row in rows if row[0].strip() or row[1].strip()]
    assert len(lines) <= len(filled)
    for line in lines:
        sound = len(line.waybill_no) == 13 and line.waybill_no.isascii()
        assert line.errors or (line.notice_no and sound)
