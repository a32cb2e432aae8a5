"""The parts of the installation that batches are made with."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from service.access import Access
from service.ledger import Ledger
from service.matters import Matters
from service.notices import Notices
from service.ports import Clock, ObjectStore
from service.records.locks import Owner
from service.render import Catalog, RenderPool


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchParts:
    """What the steps of a batch use; `lanes` is how many rows this process works on at once."""

    engine: Engine
    objects: ObjectStore
    ledger: Ledger
    access: Access
    matters: Matters
    notices: Notices
    catalog: Catalog
    pool: RenderPool
    owner: Owner
    clock: Clock
    scratch: Path
    lanes: int
