"""Scrubbing: every frozen byte is read again and compared with its name, round after round, a page at a time.

Disks and stores lose bytes without a word; who finds it before the store's other copies are gone can still mend it.
What is found is kept with the round, counted for the operator, and told by `duly fsck` as well.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy import Engine

from service.errors import NotFoundError
from service.ledger import object_key
from service.ports import Clock, ObjectStore
from service.records import scrubbing
from service.records.engine import reading, writing
from service.records.scrubbing import Frozen, ScrubRound

log = structlog.get_logger("scrubbing")

PAGE = 100
FAULTS_MOST = 1000
"""Keys that one round keeps; beyond them the store is not scratched but gone."""


class Scrubbing:
    """Looks at frozen bytes; a round begins `every` after the last one began."""

    def __init__(
        self, engine: Engine, objects: ObjectStore, *, clock: Clock, every: timedelta, found: Callable[[], None]
    ) -> None:
        self._engine, self._objects, self._clock = engine, objects, clock
        self._every, self._found = every, found

    def is_due(self) -> bool:
        """Tell whether a round is under way or should begin."""
        with reading(self._engine) as conn:
            last = scrubbing.last_round(conn)
        return last is None or last.finished_at is None or self._clock() >= last.started_at + self._every

    def page(self) -> int:
        """Look at the next page of the round, beginning one where it is time; gives how many bytes' names it looked at.

        Raises:
            StoreError: The object store or the database is away; nothing of the page counts, and it is looked at again.
        """
        now = self._round()
        with reading(self._engine) as conn:
            page = scrubbing.frozen_after(
                conn, tenant_id=now.after_tenant, digest=bytes.fromhex(now.after_digest), limit=PAGE
            )
        faults = [key for one in page if (key := self._fault(one)) is not None]
        self._note(now, page, faults)
        return len(page)

    def _round(self) -> ScrubRound:
        with writing(self._engine) as conn:
            last = scrubbing.last_round(conn)
            if last is not None and last.finished_at is None:
                return last
            begun = ScrubRound(no=1 if last is None else last.no + 1, started_at=self._clock())
            scrubbing.insert_round(conn, begun)
            return begun

    def _fault(self, frozen: Frozen) -> str | None:
        key = object_key(frozen.tenant_id, frozen.digest)
        digest = hashlib.sha256()
        try:
            for piece in self._objects.open(key):
                digest.update(piece)
        except NotFoundError:
            log.warning("scrub.missing", key=key)
            return key
        if digest.digest() == frozen.digest:
            return None
        log.error("scrub.changed", key=key)
        return key

    def _note(self, now: ScrubRound, page: tuple[Frozen, ...], faults: list[str]) -> None:
        ended = self._clock() if len(page) < PAGE else None
        last = page[-1] if page else Frozen(tenant_id=now.after_tenant, digest=bytes.fromhex(now.after_digest))
        moved = replace(
            now,
            finished_at=ended,
            after_tenant=last.tenant_id,
            after_digest=last.digest.hex(),
            checked=now.checked + len(page),
            faults=[*now.faults, *faults][:FAULTS_MOST],
        )
        with writing(self._engine) as conn:
            # Crash before this commit: the page is looked at again, which costs time and nothing else.
            scrubbing.update_round(conn, moved, after_digest=now.after_digest)
        for _ in faults:
            self._found()
