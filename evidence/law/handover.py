"""Move-in notices: the days that a buyer has, and when the risk of the house passes.

A separate matter from the price: a reminder to take over a flat interrupts nothing unless it also asks for payment.

Source: 民法典 137, 140(2), 201-204, 496, 497; 商品房买卖合同解释 8 (2020).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from evidence.law.calendar import Span, last_day, rolled


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverNotice:
    """A written notice to take over a house.

    Attributes:
        received_on: The day the buyer signed for it.
        posted_on: The day it was posted; `refused_on` the day it was refused or could not be delivered.
        days: Days that it gives, from receipt; None if it gives none.
        deemed_days: Days from posting after which it counts as delivered, by its own words.
        deemed_agreed: Whether the contract says so; words of the notice alone bind nobody.
        delivery_on: The day of delivery that it fixes.
        refused_without_reason: Whether the buyer then refused the house without reason.
        conditions_met: Whether the house met the conditions of delivery.
    """

    received_on: date | None = None
    posted_on: date | None = None
    refused_on: date | None = None
    days: int | None = None
    deemed_days: int | None = None
    deemed_agreed: bool = False
    delivery_on: date | None = None
    refused_without_reason: bool = False
    conditions_met: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What follows.

    Attributes:
        delivered_on: The day the notice arrived, or counts as arrived; None if nobody can tell.
        deemed: Whether that is by the contract's clause.
        last_day: The last day to come, rolled; `raw_last_day` is not.
        risk_on: The day the risk passes, if it does.
        provisions: Keys of `PROVISIONS`.
        missing: What is not known: `delivery_proof`, `conditions_met`.
    """

    delivered_on: date | None
    deemed: bool
    raw_last_day: date | None
    last_day: date | None
    risk_on: date | None
    provisions: tuple[str, ...]
    missing: tuple[str, ...]


def handover(notice: HandoverNotice) -> Handover:
    """Reckon the days of a move-in notice."""
    on, deemed = _delivered(notice)
    raw = last_day(on, Span(days=notice.days)) if on and notice.days is not None else None
    risk = notice.delivery_on if on and notice.refused_without_reason and notice.conditions_met is not False else None
    return Handover(
        delivered_on=on,
        deemed=deemed,
        raw_last_day=raw,
        last_day=rolled(raw) if raw else None,
        risk_on=risk,
        provisions=(
            "民法典201",
            "民法典203",
            *(("民法典204", "民法典140") if deemed else ("民法典137",)),
            *(("商品房解释8",) if risk else ()),
        ),
        missing=(
            *(() if on else ("delivery_proof",)),
            *(("conditions_met",) if risk and notice.conditions_met is None else ()),
        ),
    )


def _delivered(notice: HandoverNotice) -> tuple[date | None, bool]:
    """Receipt; else the agreed day after posting; else the day of refusal at the right address."""
    if notice.received_on is not None:
        return notice.received_on, False
    if notice.deemed_agreed and notice.deemed_days is not None and notice.posted_on is not None:
        return notice.posted_on + timedelta(days=notice.deemed_days), True
    return notice.refused_on, False
