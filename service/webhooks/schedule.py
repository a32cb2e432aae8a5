"""What an attempt's outcome means: when the delivery is tried again, and what it says of the endpoint. Pure.

Source: Standard Webhooks 1.0.0, "Deliverability and reliability", "Delivery success and failure".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from evidence.canonical import format_instant
from service.records.webhook_sending import Claimed, Health

DELAYS = (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
"""Seconds before each attempt, from the one before it: about 76 hours in all."""
RETRY_AFTER_MOST = 24 * 3600
REST_AFTER, REST_SECONDS, REST_MOST = 5, 60, 3600
"""After so many failures in a row an endpoint rests, at first so long, twice as long each time, at most an hour."""
GIVE_UP = timedelta(days=4)
"""So long with no success at all, and an endpoint is disabled."""
THROTTLES = frozenset({429, 502, 503, 504})
GONE, FAILING = "gone", "failing"
HISTORY_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt: a status, or an error that kept it from getting one.

    Attributes:
        error: `name_unknown`, `address_forbidden`, `https_required`, `timeout`, `connection`, `tls`, `protocol`,
            `redirect`, `status`, or `internal` for a fault of ours; empty for a 2xx.
        answer: The beginning of the answer's body, at most a kilobyte.
        retry_after: The header as it came; empty without.
    """

    status: int | None = None
    error: str = ""
    answer: str = ""
    retry_after: str = ""
    milliseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Columns of the delivery after an attempt, and whether it may be tried again."""

    values: Mapping[str, Any]
    is_over: bool


def verdict(claimed: Claimed, outcome: Outcome, *, now: datetime, jitter: float) -> Verdict:
    """Judge one attempt; `jitter` from 0 to 1 spreads the next by up to a fifth, later and never earlier."""
    tries = claimed.tries + 1
    wait = None if outcome.status == 410 else delay(tries, outcome.retry_after, now=now, jitter=jitter)
    state = "delivered" if not outcome.error else "failed" if wait is None else "waiting"
    values = {
        "state": state,
        "tries": tries,
        "attempts": claimed.attempts + 1,
        "next_at": now + wait if state == "waiting" and wait is not None else None,
        "last_at": now,
        "status_code": outcome.status,
        "error": outcome.error or None,
        "answer": outcome.answer or None,
        "history": [*claimed.history, _attempt(outcome, now)][-HISTORY_LIMIT:],
    }
    return Verdict(values=values, is_over=state == "failed")


def delay(tries: int, retry_after: str, *, now: datetime, jitter: float) -> timedelta | None:
    """Tell how long to wait after that many attempts, at least what the receiver asks; None when there is no next."""
    if tries >= len(DELAYS):
        return None
    planned = DELAYS[tries] * (1 + jitter / 5)
    return timedelta(seconds=max(planned, retry_after_seconds(retry_after, now=now)))


def retry_after_seconds(text: str, *, now: datetime) -> float:
    """Read Retry-After, seconds or a date, held between 0 and a day; 0 when it cannot be read.

    Source: RFC 9110, section 10.2.3.
    """
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), RETRY_AFTER_MOST))
    try:
        asked = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # no date, or one whose numbers no date can hold
        return 0.0
    until = asked.replace(tzinfo=UTC) if asked.tzinfo is None else asked
    return min(max(0.0, (until - now).total_seconds()), float(RETRY_AFTER_MOST))


def endpoint_after(
    health: Health, outcomes: Sequence[Outcome], *, ran_out: bool, now: datetime, jitter: float
) -> dict[str, Any]:
    """Give the columns of an endpoint after attempts of which none succeeded.

    Args:
        health: As it was before them.
        outcomes: At least one; oldest first.
        ran_out: Whether one of the deliveries has no attempt left.
        now: The instant of judging.
        jitter: From 0 to 1.
    """
    failures, since = health.failures + len(outcomes), health.failing_since or now
    values: dict[str, Any] = {"failures": failures, "failing_since": since}
    rest = rest_seconds(failures, outcomes[-1], now=now, jitter=jitter)
    if rest:
        values["resting_until"] = now + timedelta(seconds=rest)
    if health.state != "active":
        return values
    if any(outcome.status == 410 for outcome in outcomes):
        return values | _disabled(GONE, now)
    if failures >= len(DELAYS) and (ran_out or since <= now - GIVE_UP):
        return values | _disabled(FAILING, now)
    return values


def rest_seconds(failures: int, last: Outcome, *, now: datetime, jitter: float) -> float:
    """Tell how long an endpoint is left alone after that many failures in a row."""
    asked = retry_after_seconds(last.retry_after, now=now) if last.status in THROTTLES else 0.0
    many = REST_SECONDS * 2.0 ** min(failures - REST_AFTER, 16) if failures >= REST_AFTER else 0.0
    return min(max(asked, many * (1 + jitter / 5)), float(REST_MOST))


def _disabled(because: str, now: datetime) -> dict[str, Any]:
    return {"state": "disabled", "disabled_because": because, "changed_at": now}


def _attempt(outcome: Outcome, now: datetime) -> dict[str, Any]:
    return {
        "at": format_instant(now.replace(microsecond=0)),
        "status": outcome.status,
        "error": outcome.error or None,
        "milliseconds": outcome.milliseconds,
    }
