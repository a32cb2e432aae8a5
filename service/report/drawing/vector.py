"""A small vector picture as values: what is drawn where, in millimetres, and its SVG.

Only shapes that survive black-and-white print; no colour carries a meaning. Texts know how much room they take, so a
picture can be checked for overlaps without drawing it.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 163.0
"""Of a picture: that of the text on an upright page."""
SIZE, SMALL = 2.3, 2.1
FONT = "'Noto Sans CJK SC','BabelStone Han',sans-serif"
Point = tuple[float, float]
_WIDE, _CAPITAL, _NARROW = 1.0, 0.72, 0.6
"""Widths of a Chinese letter, a Latin capital and any other of the font, in parts of its size, rounded up."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Tell whether two boxes have an area in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One line of text; `y` is its base line, `anchor` one of start, middle, end."""

    x: float
    y: float
    text: str
    size: float = SIZE
    anchor: str = "start"
    bold: bool = False
    backed: bool = False

    @property
    def box(self) -> Box:
        """The room that it takes."""
        width = text_width(self.text, self.size)
        left = self.x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return Box(left, self.y - 0.86 * self.size, left + width, self.y + 0.14 * self.size)

    def svg(self) -> str:
        """Give it as SVG, with white behind it where it may lie on a line."""
        weight = ' font-weight="700"' if self.bold else ""
        where = f'x="{_n(self.x)}" y="{_n(self.y)}" font-size="{_n(self.size)}" text-anchor="{self.anchor}"'
        return (_backing(self.box) if self.backed else "") + f"<text {where}{weight}>{escape(self.text)}</text>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A line through points, closed and filled where it has a fill; `dash` as in SVG."""

    points: Sequence[Point]
    fill: str = "none"
    stroke: str = "#000"
    width: float = 0.2
    dash: str = ""
    closed: bool = False

    def svg(self) -> str:
        """Give it as SVG."""
        name = "polygon" if self.closed else "polyline"
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in self.points)
        dash = f' stroke-dasharray="{self.dash}"' if self.dash else ""
        ink = f'fill="{self.fill}" stroke="{self.stroke}" stroke-width="{_n(self.width)}"{dash}'
        return f'<{name} points="{points}" {ink}/>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str = "none"
    width: float = 0.2

    def svg(self) -> str:
        """Give it as SVG."""
        where = f'cx="{_n(self.x)}" cy="{_n(self.y)}" r="{_n(self.radius)}"'
        return f'<circle {where} fill="{self.fill}" stroke="#000" stroke-width="{_n(self.width)}"/>'


Shape = Text | Path | Circle


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Shapes in the order in which they are laid on the paper."""

    width: float
    height: float
    title: str
    shapes: tuple[Shape, ...]

    @property
    def texts(self) -> tuple[Text, ...]:
        """Its texts."""
        return tuple(shape for shape in self.shapes if isinstance(shape, Text))

    def svg(self) -> str:
        """Give it as an SVG element; texts last, so that no line runs through one."""
        size = (
            f'width="{_n(self.width)}mm" height="{_n(self.height)}mm" viewBox="0 0 {_n(self.width)} {_n(self.height)}"'
        )
        lines = [shape.svg() for shape in self.shapes if not isinstance(shape, Text)]
        inner = "".join((*lines, *(text.svg() for text in self.texts)))
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}" role="img">'
        return f"{head}<title>{escape(self.title)}</title>{inner}</svg>"


def rectangle(box: Box, *, fill: str = "none", width: float = 0.2, dash: str = "") -> Path:
    """Give a rectangle."""
    corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
    return Path(points=corners, fill=fill, width=width, dash=dash, closed=True)


def hatching(box: Box, *, step: float = 1.1) -> Iterator[Path]:
    """Give slanted lines that fill a box."""
    height = box.bottom - box.top
    offset = step - height
    while offset < box.right - box.left:
        low, high = max(0.0, offset), min(box.right - box.left, offset + height)
        if high > low:
            start = (box.left + low, box.bottom - (low - offset))
            yield Path(points=(start, (box.left + high, box.bottom - (high - offset))), width=0.15)
        offset += step


def text_width(text: str, size: float) -> float:
    """Give the room that a line of text takes, a little more rather than less."""
    return size * sum(map(_width, text))


def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WFA":
        return _WIDE
    return _CAPITAL if letter.isupper() else _NARROW


def _backing(box: Box) -> str:
    edges = f'x="{_n(box.left - 0.4)}" y="{_n(box.top)}" width="{_n(box.right - box.left + 0.8)}"'
    return f'<rect {edges} height="{_n(box.bottom - box.top)}" fill="#fff"/>'


def _n(value: float) -> str:
    """The same number gives the same letters on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
