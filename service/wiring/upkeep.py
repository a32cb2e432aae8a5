"""What an operator watches, and the scrubbing that finds what stores lose."""

from datetime import timedelta

from service.metrics import Metrics
from service.records import entries, logs
from service.records.engine import reading
from service.scrubbing import Scrubbing
from service.wiring.foundation import Foundation, clock
from service.workflows import ScrubbingWork


def metrics_of(foundation: Foundation) -> Metrics:
    """Show what waits: entries that are not in the log yet, and tokens that an authority still owes."""
    engine, origin = foundation.engine, foundation.settings.origin

    def waiting() -> float:
        with reading(engine) as conn:
            return float(entries.count_waiting(conn))

    def pending() -> float:
        with reading(engine) as conn:
            states = logs.token_states(conn, origin=origin)
        return float(sum(count for (_, state), count in states.items() if state == "pending"))

    metrics = Metrics()
    metrics.watch("duly_log_entries_waiting", "Entries that are recorded and not in the log yet.", waiting)
    metrics.watch("duly_tokens_pending", "Timestamp tokens that were asked for and are not here yet.", pending)
    return metrics


def scrubbing_of(foundation: Foundation, metrics: Metrics) -> ScrubbingWork:
    """Give the scrubbing of the frozen bytes, by the operator's days."""
    scrubbing = Scrubbing(
        foundation.engine,
        foundation.objects,
        clock=clock,
        every=timedelta(days=foundation.settings.scrub_days),
        found=metrics.count_scrub_fault,
    )
    return ScrubbingWork(is_due=scrubbing.is_due, page=scrubbing.page)
