"""The drawn timeline of one party: periods as bars, assertions as marks, today, and the days on which periods end."""

from collections.abc import Iterator, Sequence
from datetime import date

from service.report.drawing.marks import legend, marks_over
from service.report.drawing.picture import Bar, Moment, Picture
from service.report.drawing.timescale import Scale, scale_over
from service.report.drawing.vector import (
    SIZE,
    SMALL,
    WIDTH,
    Box,
    Drawing,
    Path,
    Shape,
    Text,
    hatching,
    rectangle,
    text_width,
)

_GUTTER = 27.0
_HEIGHTS = {False: (4.2, 2.6, 2.4), True: (2.7, 1.6, 1.4)}
"""Of a bar, a bar of the conservative track and the room below both, in a plain picture and in a compact one."""


def draw_timeline(picture: Picture) -> Drawing:
    """Lay a picture out; however many marks it has and however long it is, no text lies on another."""
    scale = scale_over(_days(picture), left=_GUTTER, right=WIDTH - 2.0)
    heads, top = marks_over(picture.marks, scale)
    rows, bottom = _rows(picture, scale, top + 1.5)
    shapes: list[Shape] = [*heads, *rows, *_axis(scale, bottom)]
    moments, low = _moments(picture.moments, scale, top=top, bottom=bottom + 4.6)
    words, end = legend(low)
    return Drawing(width=WIDTH, height=end, title=picture.title, shapes=(*shapes, *moments, *words))


def _days(picture: Picture) -> list[date]:
    bars = [bar for row in picture.rows for bar in (*row.best, *row.conservative) if not row.outlined]
    edges = [day for bar in bars for day in (bar.starts_on, bar.ends_on)]
    return [*edges, *(mark.on for mark in picture.marks), *(moment.on for moment in picture.moments)]


def _rows(picture: Picture, scale: Scale, top: float) -> tuple[list[Shape], float]:
    shapes: list[Shape] = []
    height, lower, gap = _HEIGHTS[picture.compact]
    for row in picture.rows:
        shapes.append(Text(x=0.0, y=top + height / 2 + 0.85, text=row.label, size=SIZE, bold=True))
        shapes += _bars(row.best, scale, top, height=height, fill="#fff" if row.outlined else "#d4d4d4")
        top += height
        if row.conservative:
            shapes += [] if picture.compact else _track_names(top)
            shapes += _bars(row.conservative, scale, top + 0.5, height=lower, fill="#fff")
            top += lower + 0.5
        top += gap
    return shapes, top


def _track_names(middle: float) -> list[Shape]:
    return [
        Text(x=_GUTTER - 1.0, y=middle - 1.3, text="通常", size=SMALL, anchor="end"),
        Text(x=_GUTTER - 1.0, y=middle + 2.6, text="从严", size=SMALL, anchor="end"),
    ]


def _bars(bars: Sequence[Bar], scale: Scale, top: float, *, height: float, fill: str) -> Iterator[Shape]:
    for bar in bars:
        box = Box(scale.x(bar.starts_on), top, max(scale.x(bar.ends_on), scale.x(bar.starts_on) + 0.3), top + height)
        yield _outline(bar, box, scale, fill="none" if bar.waiting else fill)
        if bar.suspended is not None:
            yield from hatching(Box(scale.x(bar.suspended[0]), top, scale.x(bar.suspended[1]), top + height))
        yield from _bar_label(bar, box, outside=bar is bars[-1])


def _outline(bar: Bar, box: Box, scale: Scale, *, fill: str) -> Path:
    """A bar that goes on beyond the axis ends in a point."""
    if bar.ends_on <= scale.last:
        return rectangle(box, fill=fill, width=0.25, dash="0.8,0.6" if bar.waiting else "")
    tip, middle = box.right + 1.8, (box.top + box.bottom) / 2
    corners = (
        (box.left, box.top),
        (box.right, box.top),
        (tip, middle),
        (box.right, box.bottom),
        (box.left, box.bottom),
    )
    return Path(points=corners, fill=fill, width=0.25, closed=True)


def _bar_label(bar: Bar, box: Box, *, outside: bool) -> Iterator[Shape]:
    width, y = text_width(bar.label, SMALL) + 1.0, (box.top + box.bottom) / 2 + 0.75
    if bar.label and width <= box.right - box.left:
        x = (box.left + box.right) / 2
        yield Text(x=x, y=y, text=bar.label, size=SMALL, anchor="middle", backed=bar.suspended is not None)
    elif bar.label and outside:
        x = box.right + 1.0 if box.right + width <= WIDTH else box.left - width
        yield Text(x=x, y=y, text=bar.label, size=SMALL, backed=True)


def _axis(scale: Scale, y: float) -> Iterator[Shape]:
    yield Path(points=((scale.left, y), (scale.right, y)), width=0.3)
    for day, label in scale.ticks():
        x = scale.x(day)
        yield Path(points=((x, y), (x, y + 1.0)), width=0.2)
        yield Text(
            x=min(x, WIDTH - text_width(label, SMALL) / 2),
            y=y + 3.2,
            text=label,
            size=SMALL,
            anchor="middle",
            backed=True,
        )


def _moments(moments: Sequence[Moment], scale: Scale, *, top: float, bottom: float) -> tuple[list[Shape], float]:
    """From left to right, each lower than the one before and written to the left: no line meets a later one's words."""
    shapes: list[Shape] = []
    y = bottom
    for moment in sorted(moments, key=lambda moment: moment.on):
        y += 3.6
        x = scale.x(moment.on)
        shapes.append(Path(points=((x, top - 0.8), (x, y - 0.8)), width=0.5 if moment.bold else 0.3, dash=moment.dash))
        room = text_width(moment.label, SIZE) + 1.2
        left = max(0.0, x - room) if x - room >= 0 or x + room > WIDTH else x + 1.2
        shapes.append(Text(x=left, y=y, text=moment.label, size=SIZE, bold=moment.bold, backed=True))
    return shapes, y + 2.0
