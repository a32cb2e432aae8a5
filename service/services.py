"""Everything that a router may use, in one value: wiring fills it, `create_app` receives it, nothing else is global."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Request

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from service.access import Access
    from service.batch_mail import BatchMail
    from service.batches import Batches
    from service.bundles import Bundles
    from service.feeds import Feeds
    from service.idempotency import Idempotency
    from service.ledger import Ledger
    from service.limitation import Limitation
    from service.logproofs import LogProofs
    from service.matters import Matters
    from service.metrics import Metrics
    from service.notices import Notices
    from service.oidc import OidcVerifier
    from service.ports import Clock, ObjectStore
    from service.recording import Recording
    from service.render import Catalog
    from service.sequencer import Sequencer
    from service.trust import Trust
    from service.webhooks import Webhooks

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one request may bring; every size in bytes."""

    body: int = 2 * MIB
    """A JSON body."""
    upload: int = 1024 * MIB
    """A multipart request as a whole."""
    file: int = 200 * MIB
    """One file of it."""
    files: int = 50
    """How many files it may have."""
    pixels: int = 120_000_000
    """One image or image page, width times height."""
    pages: int = 1000
    """Pages of one uploaded PDF or TIFF."""
    inspection_seconds: float = 60.0
    """How long looking into a request's files may take."""
    public_page_per_minute: int = 60
    """Requests to the public page from one address."""


Probe = Callable[[], None]
"""Raises when the part it looks at could not do its work now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases and the parts they stand on.

    Attributes:
        engine: The records.
        scratch: Folder for files on their way in; may be emptied whenever the service is down.
        probes: What `/readyz` asks, by the name it reports: store, database, log, renderer.
        cursor_key: 32 secret bytes that seal cursors, the same in every process.
        origin: The log's name.
        oidc: Checks tokens of the house's identity provider; None where there is none.
        calendar_months: How far ahead a calendar feed looks.
        metrics_token: What `/metrics` wants as a bearer token; empty leaves it open to whoever reaches the port.
    """

    clock: Clock
    engine: Engine
    objects: ObjectStore
    access: Access
    idempotency: Idempotency
    ledger: Ledger
    limitation: Limitation
    feeds: Feeds
    sequencer: Sequencer
    proofs: LogProofs
    catalog: Catalog
    matters: Matters
    notices: Notices
    recording: Recording
    bundles: Bundles
    batches: Batches
    batch_mail: BatchMail
    trust: Trust
    metrics: Metrics
    webhooks: Webhooks
    origin: str
    cursor_key: bytes
    scratch: Path
    probes: Mapping[str, Probe]
    limits: Limits = Limits()
    oidc: OidcVerifier | None = None
    metrics_token: str = ""
    public_url: str = ""
    calendar_months: int = 12


def services_of(request: Request) -> Services:
    """Give the services of the application that serves this request; a FastAPI dependency."""
    found: Services = request.app.state.services
    return found
