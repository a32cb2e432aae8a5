"""Derive everything again from entries and frozen bytes, and say exactly what does not agree.

Nothing is repaired and nothing is believed: rows, objects, tiles, signatures and tokens are each compared with what
they must be. What merely is not needed (an object that nothing names, a number still reserved) is a note, not an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from sqlalchemy.engine import Engine

from evidence.note import VerifierKey
from evidence.timestamp import TsaAnchors
from service.errors import StoreError
from service.fsck import access, bundles, chains, contents, log, numbers, tokens
from service.fsck.problem import Problem, error
from service.ports import ObjectStore
from service.records.engine import database_faults

__all__ = ["Problem", "fsck"]


def fsck(
    engine: Engine,
    objects: ObjectStore,
    *,
    origin: str,
    log_keys: Sequence[VerifierKey],
    anchors: TsaAnchors | Mapping[str, TsaAnchors] | None = None,
) -> Iterator[Problem]:
    """Check everything; run it while nothing is written, or appends in flight look like problems.

    Args:
        engine: The records.
        objects: The frozen bytes.
        origin: The log's name.
        log_keys: The log's keys, from where its owner keeps them, not from what is checked.
        anchors: The time authorities' certificates, for all or by authority; None leaves tokens unverified,
            with a note.

    Yields:
        Problems as they are found; none at all if everything agrees.

    Raises:
        StoreError: A store is away, so that nothing can be said.
    """
    faults = (error("database", fault) for fault in _faults(engine))
    yield from chain(
        faults,
        access.check(engine),
        chains.check(engine, objects, origin=origin),
        numbers.check(engine),
        log.check(engine, objects, origin=origin, log_keys=log_keys),
        tokens.check(engine, objects, origin=origin, anchors=anchors),
        bundles.check(engine, objects),
        contents.check(engine, objects),
    )


def _faults(engine: Engine) -> list[str]:
    try:
        return database_faults(engine)
    except StoreError as failure:
        return [failure.message]
