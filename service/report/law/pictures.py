"""From a party's clocks to what is drawn: rows of bars, marks with the table's numbers, and the days that matter."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

from service.report.drawing import Bar, Mark, Moment, Picture, Row, draw_timeline
from service.report.law.happenings import Happenings
from service.report.law.rows import Clock, is_event
from service.report.law.rows import Row as TableRow
from service.report.law.words import ENDS, PERIOD_ROWS

Period = Mapping[str, Any]
ITEMS = 24
"""Due dates of a fee that one picture shows."""
_FIXED = "guarantee"
"""The kind of period that nothing cuts short."""
_RESUMES = frozenset({"restarts", "enforcement"})


def pictures_of(
    party: Mapping[str, Any], rows: Sequence[TableRow], happenings: Happenings, *, as_of: date, name: str
) -> list[str]:
    """Draw one party's timeline, in several pictures where there are more due dates than one can show."""
    marks = tuple(_mark(row) for row in rows)
    clocks = list(zip_longest(party["best"], party["conservative"]))
    if len(clocks) == 1:
        best, strict = clocks[0]
        pictures = [
            Picture(
                title=f"{name}：期间与主张",
                rows=tuple(_rows(best, strict, happenings, as_of=as_of)),
                marks=marks,
                moments=tuple(_moments(best, strict, as_of=as_of)),
            )
        ]
    else:
        pictures = [
            Picture(
                title=f"{name}：各期期间与主张",
                rows=tuple(
                    _item(best, strict, happenings, as_of=as_of) for best, strict in clocks[start : start + ITEMS]
                ),
                marks=marks,
                moments=(_today(as_of),),
                compact=True,
            )
            for start in range(0, len(clocks), ITEMS)
        ]
    return [
        draw_timeline(picture).svg() for picture in pictures if picture.marks or any(row.best for row in picture.rows)
    ]


def _mark(row: TableRow) -> Mark:
    return Mark(number=row.number, on=row.on, shape=row.happening.shape, grade=row.grade, counts=row.counts)


def _rows(best: Clock, strict: Clock, happenings: Happenings, *, as_of: date) -> Iterator[Row]:
    for kind, label in PERIOD_ROWS.items():
        first, second = (tuple(_bars(clock, happenings, kind=kind, as_of=as_of)) for clock in (best, strict))
        if first or second:
            yield Row(label=label, best=first, conservative=() if first == second else second)
    longest = best["longest"]
    if longest:
        ends = _day(longest["last_day"])
        bar = Bar(starts_on=_day(longest["starts_on"]), ends_on=ends, label=f"至 {ends}")
        yield Row(label="二十年最长期间", best=(bar,), outlined=True)


def _item(best: Clock | None, strict: Clock | None, happenings: Happenings, *, as_of: date) -> Row:
    clocks = [clock for clock in (best, strict) if clock is not None]
    first, second = (
        tuple(_bars(clock, happenings, kind=None, as_of=as_of)) if clock else () for clock in (best, strict)
    )
    label = f"{clocks[0]['item']} 到期" if clocks[0]["item"] else "诉讼时效"
    return Row(label=label, best=first, conservative=() if first == second else second)


def _bars(clock: Clock, happenings: Happenings, *, kind: str | None, as_of: date) -> Iterator[Bar]:
    """A bar for each period as far as it ran, and one for the waiting time while a procedure was under way."""
    periods, broken = clock["periods"], _broken(clock, as_of=as_of)
    pauses = list(_suspensions(clock, happenings))
    for period, after in zip_longest(periods, periods[1:]):
        if kind is not None and period["kind"] != kind:
            continue
        starts_on, last = _day(period["starts_on"]), _day(period["last_day"])
        if period["kind"] == _FIXED:
            yield Bar(starts_on=starts_on, ends_on=last, label=f"{starts_on} 至 {last}")
            continue
        resumes = _day(after["starts_on"]) if after else as_of
        broke = broken.get(after["starts_on"] if after else None)
        ends_on = max(starts_on, min(last, _cap(clock), broke or (resumes if after else last)))
        pause = next((each for each in pauses if period["suspended"] and starts_on <= each[1] <= ends_on), None)
        yield Bar(starts_on=starts_on, ends_on=ends_on, suspended=pause)
        if broke is not None and ends_on == broke < resumes:
            yield Bar(starts_on=ends_on, ends_on=resumes, waiting=True)


def _cap(clock: Clock) -> date:
    """Give the day beyond which no period is drawn: the end of the 20 years, where that is the clock's last day."""
    return _day(clock["longest"]["last_day"]) if ending(clock) == "longest" else date.max


def _broken(clock: Clock, *, as_of: date) -> dict[str | None, date]:
    """Give the day on which a procedure or a promise broke a period, by the day on which the next began; None: not yet.

    Elsewhere one period begins on the day on which the one before it ends.
    """
    interrupted = {step["because"][-1]: _day(step["on"]) for step in clock["steps"] if step["effect"] == "interrupts"}
    broken: dict[str | None, date] = {
        step["on"]: interrupted[step["because"][-1]]
        for step in clock["steps"]
        if step["effect"] in _RESUMES and step["because"][-1] in interrupted
    }
    if clock["state"] == "pending" and interrupted:
        broken[None] = min(as_of, max(interrupted.values()))
    return broken


def _suspensions(clock: Clock, happenings: Happenings) -> Iterator[tuple[date, date]]:
    for step in clock["steps"]:
        if step["effect"] == "suspends":
            began = next(filter(None, map(happenings.began_on, filter(is_event, step["because"]))), None)
            ended = _day(step["on"])
            yield min(began or ended, ended), ended


def _moments(best: Clock, strict: Clock, *, as_of: date) -> Iterator[Moment]:
    yield _today(as_of)
    if best["last_day"] == strict["last_day"]:
        if best["last_day"]:
            yield Moment(on=_day(best["last_day"]), label=f"{_ends(best)}（通常、从严算法相同）")
        return
    if best["last_day"]:
        yield Moment(on=_day(best["last_day"]), label=f"{_ends(best)}（通常算法）")
    if strict["last_day"]:
        yield Moment(on=_day(strict["last_day"]), label=f"{_ends(strict)}（从严算法）", dash="1,0.7")


def _today(as_of: date) -> Moment:
    return Moment(on=as_of, label=f"推算日 {as_of}", bold=True)


def _ends(clock: Clock) -> str:
    """Say which period ends when; the day before it was moved past a holiday, too."""
    last, raw = clock["last_day"], clock["raw_last_day"]
    unmoved = f"，顺延前为 {raw}" if raw != last else ""
    return f"{last} {ENDS[ending(clock)]}{unmoved}"


def ending(clock: Clock) -> str:
    """Give the kind of period whose last day is the clock's: the current one's, or the 20 years."""
    longest = clock["longest"]
    if longest and clock["last_day"] == longest["last_day"] != clock["periods"][-1]["last_day"]:
        return "longest"
    return str(clock["periods"][-1]["kind"]) if clock["periods"] else "limitation"


def _day(text: str) -> date:
    return date.fromisoformat(text)
