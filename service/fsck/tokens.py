"""The tokens over checkpoints."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.engine import Engine

from evidence.canonical import sha256
from evidence.errors import EvidenceError
from evidence.timestamp import TimestampToken, TsaAnchors, verify_timestamp
from service.errors import NotFoundError, RefusedError
from service.fsck.problem import Problem, Row, error, note, readable_rows, row_name
from service.ports import ObjectStore
from service.records import tables
from service.records.engine import reading

Anchors = TsaAnchors | Mapping[str, TsaAnchors] | None
_LIMIT = 2**20


def check(engine: Engine, objects: ObjectStore, *, origin: str, anchors: Anchors) -> Iterator[Problem]:
    """Verify every granted token; say which objects no row names."""
    t, c = tables.tokens, tables.checkpoints
    with reading(engine) as conn:
        rows, problems = readable_rows(conn, t, select(t).order_by(t.c.tree_size, t.c.authority))
        signed = {
            (row.origin, row.tree_size): row.checkpoint
            for row in conn.execute(select(c.c.origin, c.c.tree_size, c.c.checkpoint))
        }
    yield from problems
    named = set()
    for row in rows:
        named |= {row["tsq_key"], row["tsr_key"]}
        checkpoint = signed.get((row["origin"], row["tree_size"]))
        if row["origin"] != origin or checkpoint is None:
            yield error(row_name(t, row), "no checkpoint of this log has this origin and size")
        else:
            yield from _check_row(objects, row, checkpoint, _anchors_of(row["authority"], anchors))
    for key in objects.keys("log/tokens/"):
        if key not in named:
            yield note(key, "no row names this token")


def _check_row(objects: ObjectStore, row: Row, checkpoint: bytes, anchors: TsaAnchors | None) -> Iterator[Problem]:
    where = row_name(tables.tokens, row)
    held = [row[name] is not None for name in ("gen_time", "tsq_key", "tsq_digest", "tsr_key", "tsr_digest")]
    if any(held) != all(held) or all(held) != (row["state"] == "granted"):
        yield error(where, f"state is {row['state']}, but of a token's {len(held)} columns {sum(held)} are set")
    if not all(held):
        return
    if anchors is None:
        yield note(where, "not verified: no certificates of this authority were given")
        return
    token = _verified(objects, row, checkpoint, anchors)
    if isinstance(token, Problem):
        yield token
    elif token.gen_time != row["gen_time"]:
        yield error(where, f"gen_time is {row['gen_time']}, the token says {token.gen_time}")


def _verified(objects: ObjectStore, row: Row, checkpoint: bytes, anchors: TsaAnchors) -> TimestampToken | Problem:
    try:
        tsq, tsr = (objects.read(row[f"{name}_key"], limit=_LIMIT) for name in ("tsq", "tsr"))
        for name, data in (("tsq", tsq), ("tsr", tsr)):
            # Not every byte of a token is signed; the row's digest covers all of them.
            if sha256(data) != row[f"{name}_digest"]:
                return error(row_name(tables.tokens, row), f"{row[f'{name}_key']} does not have {name}_digest")
        return verify_timestamp(tsr, data_digest=sha256(checkpoint), anchors=anchors, tsq=tsq)
    except NotFoundError as failure:
        return error(row_name(tables.tokens, row), f"the object is missing: {failure.what}")
    except (EvidenceError, RefusedError) as failure:
        return error(f"{row['tsr_key']} and .tsq", f"the token does not hold: {failure}")


def _anchors_of(authority: str, anchors: Anchors) -> TsaAnchors | None:
    return anchors if anchors is None or isinstance(anchors, TsaAnchors) else anchors.get(authority)
