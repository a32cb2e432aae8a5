"""Webhooks put together: endpoints for the API, and the sender that every process with background work runs."""

import secrets

from service.metrics import Metrics
from service.records import webhook_sending
from service.records.engine import reading
from service.records.locks import Owner
from service.settings import Settings
from service.webhooks import Deliveries, Exchange, Reach, Sender, Webhooks
from service.wiring.foundation import Foundation, clock


def endpoints(foundation: Foundation) -> Webhooks:
    """Give the use cases of endpoints."""
    return Webhooks(
        engine=foundation.engine,
        clock=clock,
        random_bytes=secrets.token_bytes,
        reach=_reach(foundation.settings),
    )


def sender(foundation: Foundation, owner: Owner, metrics: Metrics) -> Sender:
    """Give the sender of this process, and show what waits for it."""

    def waiting() -> float:
        with reading(foundation.engine) as conn:
            return float(webhook_sending.count_waiting(conn))

    metrics.watch("duly_webhook_deliveries_waiting", "Events that an endpoint has not taken yet.", waiting)
    deliveries = Deliveries(
        foundation.engine,
        owner=owner,
        clock=clock,
        jitter=secrets.SystemRandom().random,
        count=metrics.count_webhook_attempt,
    )
    exchange = Exchange(reach=_reach(foundation.settings))
    return Sender(deliveries, post=exchange.post, seconds=foundation.settings.checkpoint_seconds)


def _reach(settings: Settings) -> Reach:
    return Reach.of(settings.webhook_private_networks)
