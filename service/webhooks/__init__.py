"""Webhooks by Standard Webhooks 1.0: what happened is told to a tenant's endpoints, signed, until each has taken it.

`service.records.outbox` writes events with their facts; here they are signed, sent, tried again and shown.
"""

from service.webhooks.addresses import Reach, resolve
from service.webhooks.deliveries import Deliveries
from service.webhooks.endpoints import Changed, NewWebhook, Shown, Webhooks
from service.webhooks.exchange import Exchange
from service.webhooks.sender import Sender

__all__ = [
    "Changed",
    "Deliveries",
    "Exchange",
    "NewWebhook",
    "Reach",
    "Sender",
    "Shown",
    "Webhooks",
    "resolve",
]
