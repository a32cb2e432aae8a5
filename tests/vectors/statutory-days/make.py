"""Writes the days beside it: `python tests/vectors/statutory-days/make.py`.

They come from the package `holidays` and share no code with the product.
"""

import sys
from pathlib import Path

import holidays

FIRST, LAST = 1987, 2099
"""Since 民法通则; up to the last year for which the package calls its reckoning of Qingming reliable."""
FESTIVALS = ("Chinese New Year (Spring Festival)", "Tomb-Sweeping Day", "Dragon Boat Festival", "Mid-Autumn Festival")
STATUTORY = {*FESTIVALS, "Chinese New Year's Eve", "New Year's Day", "Labor Day", "National Day"}


def statutory(year):
    """Every day off by the regulation itself, with its names; nothing that a notice moved there."""
    found = holidays.CN(years=year, observed=False, language="en_US")
    days = {day: set(found.get_list(day)) & STATUTORY for day in sorted(found)}
    return {day: names for day, names in days.items() if names and day.year == year}


def festivals(days):
    """The first day of each festival that the sun and moon fix, in the order of `FESTIVALS`."""
    named = ([day for day, names in days.items() if festival in names] for festival in FESTIVALS)
    return [found[0] for found in named if found]


def in_line(year, days):
    return " ".join([str(year), *(f"{day:%m-%d}" for day in days)])


def files():
    years = {year: statutory(year) for year in range(FIRST, LAST + 1)}
    return {
        "festivals.txt": [in_line(year, festivals(days)) for year, days in years.items()],
        "statutory-days.txt": [in_line(year, days) for year, days in years.items()],
    }


def main(directory):
    for name, lines in files().items():
        (directory / name).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
