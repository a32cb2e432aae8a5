"""Drawn timelines: every day where it belongs, and never one text on another, from one fact to many."""

import itertools
import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
import uharfbuzz
from hypothesis import given, settings
from hypothesis import strategies as st

from service.render.fonts import find_fonts
from service.report.drawing import Bar, Mark, Moment, Picture, Row, draw_timeline
from service.report.drawing.timescale import Scale, apart, scale_over
from service.report.drawing.vector import WIDTH, Drawing, hatching, text_width
from service.report.drawing.vector import Box as Box_

pytestmark = pytest.mark.slow

SHAPES = ("demand", "admission", "proceeding", "other")
TODAY = date(2026, 11, 28)


def picture(count: int, *, first: date, last: date, rows: int = 1, today: date = TODAY) -> Picture:
    step = (last - first) / max(1, count - 1)
    marks = tuple(
        Mark(number=n + 1, on=first + step * n, shape=SHAPES[n % 4], grade="ABCD"[n % 4], counts=n % 4 != 3)
        for n in range(count)
    )
    due, end = first - timedelta(days=300), last + timedelta(days=1095)
    best = (Bar(starts_on=due, ends_on=first), Bar(starts_on=first, ends_on=end))
    strict = (Bar(starts_on=due, ends_on=end - timedelta(days=3), suspended=(first, last)),)
    cap = Bar(starts_on=due, ends_on=due + timedelta(days=7305), label=f"至 {due + timedelta(days=7305)}")
    guarantee = Row(
        label="保证期间", best=(Bar(starts_on=due, ends_on=due + timedelta(days=180), label="2020-01-01 至 x"),)
    )
    moments = (
        Moment(on=today, label=f"推算日 {today}", bold=True),
        Moment(on=end, label=f"{end} 保证债务时效届满，顺延前为 {end}（通常算法）"),
        Moment(on=end - timedelta(days=3), label=f"{end} 保证债务时效届满，顺延前为 {end}（从严算法）", dash="1,0.7"),
    )
    plain = tuple(Row(label=f"第{n}期", best=best, conservative=strict) for n in range(rows))
    return Picture(
        title="样例", rows=(guarantee, *plain, Row(label="二十年最长期间", best=(cap,), outlined=True)), marks=marks,
        moments=moments, compact=rows > 1,
    )  # fmt: skip


def overlaps(drawing: Drawing) -> list[tuple[str, str]]:
    pairs = itertools.combinations(drawing.texts, 2)
    return [(one.text, other.text) for one, other in pairs if one.box.overlaps(other.box)]


def outside(drawing: Drawing) -> list[str]:
    edges = [(text.text, text.box) for text in drawing.texts]
    return [
        text for text, box in edges
        if box.left < -0.01 or box.right > drawing.width + 0.01 or box.top < 0 or box.bottom > drawing.height
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 5, 29, 30, 31, 60, 61, 90, 91, 300])
@pytest.mark.parametrize("days", [0, 31, 400, 7305, 9131])
def test_no_text_lies_on_another_or_outside(count: int, days: int) -> None:
    last = date(2026, 9, 9)
    drawing = draw_timeline(picture(count, first=last - timedelta(days=days), last=last))
    assert overlaps(drawing) == []
    assert outside(drawing) == []


@settings(max_examples=200, deadline=None)
@given(
    days=st.lists(st.dates(date(1995, 1, 1), date(2027, 12, 31)), min_size=1, max_size=60),
    today=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    rows=st.integers(1, 24),
)
def test_any_days_are_drawn_apart(days: list[date], today: date, rows: int) -> None:
    made = picture(1, first=min(days), last=max(days), rows=rows, today=today)
    marks = tuple(Mark(number=n, on=on, shape="demand", grade="A") for n, on in enumerate(sorted(days), start=1))
    drawing = draw_timeline(Picture(title="x", rows=made.rows, marks=marks, moments=made.moments, compact=rows > 1))
    assert overlaps(drawing) == []
    assert outside(drawing) == []
    assert {text.text for text in drawing.texts} >= {str(mark.number) for mark in marks}


def test_widths_are_taken_for_no_less_than_the_font_needs() -> None:
    (bold,) = (each for each in find_fonts() if (each.face.family, each.face.style) == ("Noto Sans CJK SC", "Bold"))
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(bold.path)), bold.index)
    font = uharfbuzz.Font(face)
    for text in (
        "12345678",
        "2027-06-30",
        "ABCD×…",
        "推算日 2026-11-28",
        "2029-07-02 诉讼时效届满，顺延前为 2029-06-30（从严算法）",
    ):
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(font, buffer)
        real = sum(position.x_advance for position in buffer.glyph_positions) / face.upem
        assert text_width(text, 1.0) >= real, text


def test_a_mark_leads_to_its_day_and_a_bar_has_its_length() -> None:
    on, due, end = date(2025, 5, 9), date(2024, 6, 30), date(2028, 5, 9)
    drawing = draw_timeline(
        Picture(
            title="x", rows=(Row(label="诉讼时效", best=(Bar(starts_on=due, ends_on=end),)),),
            marks=(Mark(number=1, on=on, shape="demand", grade="A"),), moments=(Moment(on=TODAY, label="今"),),
        )
    )  # fmt: skip
    scale = scale_over([due, end, on, TODAY], left=27.0, right=WIDTH - 2.0)
    lines = [shape.points for shape in drawing.shapes if hasattr(shape, "points")]
    assert any(round(points[-1][0], 2) == round(scale.x(on), 2) for points in lines)
    edges = {round(x, 6) for points in lines for x, _ in points}
    assert {round(scale.x(due), 6), round(scale.x(end), 6), round(scale.x(TODAY), 6)} <= edges
    share = (scale.x(on) - scale.x(due)) / (scale.x(end) - scale.x(due))
    assert share == pytest.approx((on - due).days / (end - due).days)


def test_grades_and_effects_can_be_told_without_colour() -> None:
    kinds = [("A", True), ("B", True), ("C", True), ("D", True), ("A", False)]
    marks = tuple(
        Mark(number=n, on=TODAY + timedelta(days=n), shape="demand", grade=grade, counts=counts)
        for n, (grade, counts) in enumerate(kinds, start=1)
    )
    svg = draw_timeline(Picture(title="x", rows=(), marks=marks, moments=(Moment(on=TODAY, label="今"),))).svg()
    circles = re.findall(r'<circle [^>]*r="1.15" fill="(#[0-9a-f]+)"', svg)
    assert circles[:5] == ["#000", "#000", "#999", "#fff", "#fff"]
    assert ">×<" in svg
    colours = set(re.findall(r'"#([0-9a-f]+)"', svg))
    assert all(len(set(re.findall("..", colour * (2 if len(colour) == 3 else 1)))) == 1 for colour in colours)


def test_it_is_one_svg_element_without_references_and_the_same_again() -> None:
    made = picture(60, first=date(2006, 5, 9), last=date(2026, 9, 9))
    svg = draw_timeline(made).svg()
    root = ET.fromstring(svg)
    assert {element.tag.partition("}")[2] for element in root.iter()} == {
        "svg", "title", "polyline", "polygon", "circle", "text", "rect",
    }  # fmt: skip
    assert "href" not in svg
    assert draw_timeline(made).svg() == svg
    assert re.findall(r"\d+\.\d{3,}", svg) == []


def test_words_stay_words() -> None:
    made = Picture(
        title="<script>", rows=(Row(label="A&B<i>", best=()),), marks=(), moments=(Moment(on=TODAY, label='"<'),)
    )
    root = ET.fromstring(draw_timeline(made).svg())
    assert "A&B<i>" in {element.text for element in root.iter()}


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        (date(2026, 10, 20), date(2026, 11, 20), ["2026-11"]),
        (date(2024, 6, 1), date(2028, 7, 1), ["2025-01", "2025-07", "2028-01"]),
        (date(2016, 6, 1), date(2028, 7, 1), ["2017", "2022", "2028"]),
        (date(2001, 1, 1), date(2026, 1, 1), ["2002", "2004"]),
        (date(1, 1, 1), date(9999, 12, 31), ["2000"]),
        (date(9990, 1, 1), date(9999, 12, 31), ["9999"]),
    ],
)
def test_the_axis_has_labels_that_can_be_read(first: date, last: date, labels: list[str]) -> None:
    scale = Scale(first=first, last=last, left=27.0, right=161.0)
    ticks = list(scale.ticks())
    assert set(labels) <= {label for _, label in ticks}
    places = [scale.x(day) for day, _ in ticks]
    assert all(after - before >= 8.9 for before, after in itertools.pairwise(places))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40))
def test_places_are_moved_apart_in_order_and_inside(wanted: list[float]) -> None:
    moved = apart(sorted(wanted), least=2.0, left=0.0, right=100.0)
    assert all(after - before >= 2.0 - 1e-9 for before, after in itertools.pairwise(moved))
    assert moved[0] >= -1e-9
    assert moved[-1] <= 100.0 + 1e-9


def test_places_with_room_stay_where_they_are() -> None:
    assert apart([10.0, 20.0, 50.0], least=5.0, left=0.0, right=100.0) == pytest.approx([10.0, 20.0, 50.0])


def test_hatching_stays_inside_its_box() -> None:
    box = Box_(10.0, 5.0, 23.0, 9.0)
    points = [point for line in hatching(box) for point in line.points]
    assert len(points) > 10
    assert all(10.0 <= x <= 23.0 + 1e-9 and 5.0 - 1e-9 <= y <= 9.0 + 1e-9 for x, y in points)
