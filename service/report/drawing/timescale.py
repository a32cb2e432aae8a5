"""From days to places on paper: the axis of a drawn timeline, and room for what would otherwise lie on each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

_STEPS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000, 24000)
"""Months between two ticks."""
_MONTH_LABEL, _YEAR_LABEL = 12.0, 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Days between two dates, laid out between two places."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        """Give the place of a day; one outside lies on the edge."""
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def ticks(self) -> Iterator[tuple[date, str]]:
        """Give days and their labels: years where the axis is long, months where it is short."""
        months = next((step for step in _STEPS if self._fits(step)), _STEPS[-1])
        index = ceil((self.first.year * 12 + self.first.month - 1 + (self.first.day > 1)) / months) * months
        while index // 12 <= date.max.year and (day := date(index // 12, index % 12 + 1, 1)) <= self.last:
            yield day, str(day.year) if months >= 12 else f"{day.year}-{day.month:02d}"
            index += months

    def _fits(self, months: int) -> bool:
        per_day = (self.right - self.left) / max(1, (self.last - self.first).days)
        return per_day * 30.4 * months >= (_YEAR_LABEL if months >= 12 else _MONTH_LABEL)


def scale_over(days: Sequence[date], *, left: float, right: float) -> Scale:
    """Lay an axis over some days, with a little room on both sides and a month at least."""
    first, last = min(days), max(days)
    room = timedelta(days=max(10, (last - first).days // 40))
    return Scale(first=_moved(first, -room), last=_moved(last, room), left=left, right=right)


def apart(places: Sequence[float], *, least: float, left: float, right: float) -> list[float]:
    """Move places (ascending) as little as it takes to lie apart, inside two edges; there must be room for them.

    The least squares under a least distance: pool adjacent violators on the places less their due distances.
    """
    pools: list[tuple[float, int]] = []
    for number, place in enumerate(places):
        mean, count = place - number * least, 1
        while pools and pools[-1][0] >= mean:
            before, many = pools.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        pools.append((mean, count))
    furthest = right - (len(places) - 1) * least
    moved = [min(furthest, max(left, mean)) for mean, count in pools for _ in range(count)]
    return [place + number * least for number, place in enumerate(moved)]


def _moved(day: date, by: timedelta) -> date:
    try:
        return day + by
    except OverflowError:
        return day
