"""The marks of a drawn timeline: one for each thing that happened, side by side, with a line to its day.

A shape tells the kind, its filling the grade of proof, its number the row of the table below the picture. Marks are
moved apart where they would lie on each other.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from math import ceil

from service.report.drawing.picture import Mark
from service.report.drawing.timescale import Scale, apart
from service.report.drawing.vector import SIZE, SMALL, WIDTH, Circle, Path, Shape, Text, text_width

_PITCH, _TIERS = 5.2, 3
"""Least room for one mark with its number, and how many rows of marks there may be."""
_ONE_BY_ONE = 90
"""Marks that have a place each; of more, neighbours share one."""
_MARK_ROW, _FAN = 8.4, 7.0
_RADIUS = 1.15
_SHAPES = (
    ("demand", "催收、通知"), ("admission", "付款、承诺等承认"), ("proceeding", "诉讼、仲裁等程序"), ("other", "其他"),
)  # fmt: skip
_LEGEND = (
    "数字为下表序号；其下字母为证明力等级：A、B 实心，C 灰，D 空心；× 为该事实不发生效力。",
    "灰条：通常算法；白条：从严算法；虚框：程序进行中，期间不计算；斜线：时效中止；箭头：超出图示范围。",
)
_FILLS = {"A": "#000", "B": "#000", "C": "#999"}


def marks_over(marks: Sequence[Mark], scale: Scale) -> tuple[list[Shape], float]:
    """Give the marks with their lines, and the height at which the lines reach the bars."""
    if not marks:
        return [], 1.0
    ordered = sorted(marks, key=lambda mark: (mark.on, mark.number))
    widest = str(max(mark.number for mark in marks)) + "…" * (len(marks) > _ONE_BY_ONE)
    pitch = max(_PITCH, text_width(widest, SIZE) + 0.6)
    groups = _grouped(ordered, most=int((WIDTH - pitch) / pitch) * _TIERS)
    tiers = min(_TIERS, ceil(len(groups) * pitch / (WIDTH - pitch)))
    places = apart(
        [scale.x(group[0].on) for group in groups], least=pitch / tiers, left=pitch / 2, right=WIDTH - pitch / 2
    )
    low = _MARK_ROW * tiers
    shapes: list[Shape] = []
    for number, (group, place) in enumerate(zip(groups, places, strict=True)):
        top = _MARK_ROW * (number % tiers)
        shapes += _leaders(group, place, scale, start=top + 8.0, low=low)
        shapes += _mark(group, place, top)
    return shapes, low + _FAN


def _grouped(marks: Sequence[Mark], *, most: int) -> list[tuple[Mark, ...]]:
    """Marks that are too many to be drawn one by one share a place with their neighbours."""
    size = -(-len(marks) // most)
    return [tuple(marks[start : start + size]) for start in range(0, len(marks), size)]


def _leaders(group: Sequence[Mark], place: float, scale: Scale, *, start: float, low: float) -> Iterator[Shape]:
    for x in sorted({round(scale.x(mark.on), 2) for mark in group}):
        points = ((place, start), (place, low), (x, low + _FAN - 1.2), (x, low + _FAN))
        yield Path(points=points, stroke="#444", width=0.15)


def _mark(group: Sequence[Mark], x: float, top: float) -> Iterator[Shape]:
    first, grades = group[0], {mark.grade if mark.counts else "×" for mark in group}
    yield _symbol(first, x, top + _RADIUS + 0.2)
    number = str(first.number) if len(group) == 1 else f"{first.number}…"
    yield Text(x=x, y=top + 5.1, text=number, size=SIZE, anchor="middle", bold=first.counts, backed=True)
    grade = grades.pop() if len(grades) == 1 else "…"
    yield Text(x=x, y=top + 7.5, text=grade, size=SMALL, anchor="middle", backed=True)


def _symbol(mark: Mark, x: float, y: float) -> Shape:
    fill = _FILLS.get(mark.grade, "#fff") if mark.counts else "#fff"
    r = _RADIUS
    if mark.shape == "demand":
        return Circle(x=x, y=y, radius=r, fill=fill, width=0.3)
    corners = {
        "admission": ((x, y - r), (x + r, y + r), (x - r, y + r)),
        "proceeding": ((x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)),
    }.get(mark.shape, ((x, y - r * 1.2), (x + r * 1.2, y), (x, y + r * 1.2), (x - r * 1.2, y)))
    return Path(points=corners, fill=fill, width=0.3, closed=True)


def legend(y: float) -> tuple[list[Shape], float]:
    """Say what the marks and bars mean; give the height at which that ends."""
    shapes: list[Shape] = []
    x = 1.5
    for shape, words in _SHAPES:
        shapes.append(_symbol(Mark(number=0, on=date.min, shape=shape, grade="A"), x, y + 2.0))
        shapes.append(Text(x=x + 2.2, y=y + 2.8, text=words, size=SMALL))
        x += 5.6 + text_width(words, SMALL)
    shapes += [Text(x=0.0, y=y + 6.2 + 3.0 * line, text=words, size=SMALL) for line, words in enumerate(_LEGEND)]
    return shapes, y + 4.4 + 3.0 * len(_LEGEND)
