"""What an operator watches, and the scrubbing that finds what stores lose."""

from datetime import timedelta

from service.metrics import Metrics
from service.records import entries, logs
from service.records.engine import reading
from service.render import RenderPool
from service.scrubbing import Scrubbing
from service.wiring.foundation import Foundation, clock
from service.workflows import ScrubbingWork


def metrics_of(foundation: Foundation, pool: RenderPool) -> Metrics:
    """Show what waits: entries that are not in the log yet, tokens that an authority owes, work for a renderer."""
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
    watch_renderer(metrics, pool)
    return metrics


def watch_renderer(metrics: Metrics, pool: RenderPool) -> None:
    """Show what waits for a rendering process, how many were replaced, and which fences this kernel does not give."""
    metrics.watch("duly_render_waiting", "Work that waits for a free rendering process.", pool.waiting)
    metrics.watch("duly_render_restarts", "Rendering processes replaced since the start.", pool.restarts)
    metrics.watch(
        "duly_render_fences_missing",
        "Fences of three (network, files, processes) that some rendering process lacks; the log names them.",
        lambda: len(pool.missing_fences()),
    )


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
