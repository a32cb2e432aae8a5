"""The pages that we add to a print run: slip sheets 隔页 before and after each part, and a summary of the run."""

from collections import Counter
from functools import cache
from importlib import resources
from typing import Protocol

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from service.mailing.order import read_place
from service.mailing.plan import PlannedPart, PrintPlan

REGIONS_SHOWN = 24
NAME_SHOWN = 60
SUMMARY_PAGES = 250
PARTS_A_PAGE = 15
"""At least so many parts stand on a page of the summary, even where every number takes two lines."""


class Draw(Protocol):
    """What draws a page: `RenderPool.draw`."""

    def __call__(self, html: str, *, page_limit: int) -> bytes:
        """Give the page as PDF; the same page gives the same bytes."""


def slip_page(part: PlannedPart, plan: PrintPlan, *, is_end: bool) -> str:
    """Write the slip sheet before a part or, with `is_end`, after it, as HTML of one page."""
    return _template("slip.html").render(
        batch=plan.job.short_name(NAME_SHOWN), part=part, job=plan.job, is_end=is_end, regions=_regions(part)
    )


def summary_page(plan: PrintPlan) -> str:
    """Write the summary of a run as HTML: totals, one line for each part, what has no address."""
    without = [letter.item for part in plan.parts for letter in part.letters if not letter.item.address.strip()]
    return _template("summary.html").render(
        batch=plan.job.short_name(NAME_SHOWN),
        plan=plan,
        job=plan.job,
        without=without[:REGIONS_SHOWN],
        missing=len(without),
    )


def _regions(part: PlannedPart) -> list[tuple[str, int]]:
    """Provinces and cities in the order of the tray, each with its letters: where to look when a label is missing."""
    counted = Counter(_region(letter.item.address) for letter in part.letters)
    shown = list(counted.items())[:REGIONS_SHOWN]
    rest = len(part.letters) - sum(count for _, count in shown)
    return [*shown, ("其余地区（见清单）", rest)] if rest else shown


def _region(address: str) -> str:
    if not address.strip():
        return "无地址"
    place = read_place(address)
    named = place.city if place.city.startswith(place.province) else place.province + place.city
    return named[:NAME_SHOWN] or "地址未写省市"


@cache
def _template(name: str) -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=FunctionLoader(_asset)
    )
    return environment.get_template(name)


def _asset(name: str) -> str:
    return resources.files("service.mailing").joinpath("assets", name).read_text(encoding="utf-8")
