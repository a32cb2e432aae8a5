"""Batches given their parts."""

import secrets

from service.access import Access
from service.batches import Batches, BatchParts
from service.ledger import Ledger
from service.matters import Matters
from service.notices import Notices
from service.records.locks import Owner
from service.render import Catalog, RenderPool
from service.wiring.foundation import Foundation, clock
from service.workflows import Enqueue
from service.workflows.batches import RUNS, run_batch


def batches_of(foundation: Foundation, enqueue: Enqueue) -> Batches:
    """Give what takes batches in and asks for their runs."""

    def ask(tenant_id: str, batch_id: str, run: int) -> None:
        enqueue(RUNS, run_batch, tenant_id, batch_id, run, workflow_id=f"batch-{batch_id}-{run}")

    return Batches(foundation.engine, clock=clock, random_bytes=secrets.token_bytes, enqueue=ask)


def batch_parts(
    foundation: Foundation,
    *,
    owner: Owner,
    access: Access,
    ledger: Ledger,
    matters: Matters,
    notices: Notices,
    catalog: Catalog,
    pool: RenderPool,
) -> BatchParts:
    """Give what batches are made with; one row more than there are renderers is in hand, so that none stands idle."""
    return BatchParts(
        engine=foundation.engine,
        objects=foundation.objects,
        ledger=ledger,
        access=access,
        matters=matters,
        notices=notices,
        catalog=catalog,
        pool=pool,
        owner=owner,
        clock=clock,
        scratch=foundation.settings.data / "scratch",
        lanes=foundation.settings.render_processes + 1,
    )
