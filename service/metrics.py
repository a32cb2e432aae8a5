"""Counters that an operator watches. Labels never hold a person's data, an id or a tenant."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """One application's counters, in a registry of its own."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self._counter("duly_http_requests_total", "Requests answered.", "method", "route", "status")
        self._latency = self._timer(
            "duly_http_request_seconds", "Time to the last byte of the answer.", "method", "route"
        )
        self._renders = self._timer(
            "duly_render_seconds", "Time to fill one letter, waiting for a free process included.", "engine", "template"
        )
        self._law_failures = self._counter(
            "duly_limitation_failures_total",
            "Matters over which the law could not be run; their facts were recorded all the same.",
        )
        self._webhook_attempts = self._counter(
            "duly_webhook_attempts_total", "Attempts to deliver an event.", "outcome"
        )
        self._refusals = self._counter("duly_uploads_refused_total", "Uploads refused.", "code")
        self._scrub_faults = self._counter(
            "duly_scrub_faults_total",
            "Frozen bytes that scrubbing found missing or changed: restore them from another copy.",
        )

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(name, help_text, labels, registry=self.registry)

    def _timer(self, name: str, help_text: str, *labels: str) -> Histogram:
        return Histogram(name, help_text, labels, buckets=_LATENCY_BUCKETS, registry=self.registry)

    def count_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is the path's pattern, never the path."""
        self._requests.labels(method, route, str(status)).inc()
        self._latency.labels(method, route).observe(seconds)

    def count_render(self, *, engine: str, template: str, seconds: float) -> None:
        """Count one filled letter."""
        self._renders.labels(engine, template).observe(seconds)

    def count_scrub_fault(self) -> None:
        """Count frozen bytes that are missing or not themselves."""
        self._scrub_faults.inc()

    def count_refusal(self, *, code: str) -> None:
        """Count one refused upload by the reason's code."""
        self._refusals.labels(code).inc()

    def count_webhook_attempt(self, outcome: str) -> None:
        """Count one attempt by what became of it: `delivered`, or the code of an error."""
        self._webhook_attempts.labels(outcome).inc()

    def count_law_failure(self) -> None:
        """Count one matter whose clocks were left undetermined by a fault."""
        self._law_failures.inc()

    def watch(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Show a number that is read whenever somebody looks, such as a queue's length."""
        Gauge(name, help_text, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        """Give every counter in the Prometheus text format."""
        return generate_latest(self.registry)
