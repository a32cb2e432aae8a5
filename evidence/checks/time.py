"""Checks 9 and 10: time-stamp tokens hold, and recorded times agree with them."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.canonical import format_instant
from evidence.checks.examined import Examined, PremiseError, Record, Token, latest_start, sound
from evidence.errors import EvidenceError
from evidence.layout import CHECKPOINT, TAG_MANIFEST, earlier_names
from evidence.report import Remark, remark
from evidence.timestamp import TimestampToken


def check_timestamps(examined: Examined) -> Iterator[Remark]:
    """Check 9: every token is granted by a given authority, is over the right bytes, and was in order at `gen_time`."""
    signers = set()
    for each in examined.tokens:
        if isinstance(each.token, EvidenceError):
            yield remark("token", each.name, reason=each.token.message)
            continue
        instant = format_instant(each.token.gen_time.replace(microsecond=0))
        yield remark("token_good", each.name, gen_time=instant, signer=each.token.signer)
        if each.over == TAG_MANIFEST:
            signers.add(each.token.signer)
    if len(signers) == 1:
        yield remark("one_authority")


def check_times(examined: Examined) -> Iterator[Remark]:
    """Check 10: nothing was stamped before it was recorded; how long the first stamp over an entry took."""
    covering = _covering(examined)
    gaps: dict[int, timedelta] = {}
    for record in examined.records:
        entry, index = sound(record.entry), sound(record.proof).leaf_index
        tokens = [token for size, token in covering if size is None or index < size]
        if not tokens:
            raise PremiseError("no sound time-stamp token covers the entries")
        first = min(tokens, key=lambda token: token.gen_time)
        if latest_start(first) + examined.policy.tolerance < entry.at:
            yield _contradiction("recorded_after_token", record, first)
        gaps[record.seq] = max(first.gen_time - entry.at, timedelta(0))
    yield from _largest_gap(examined, gaps)
    yield from _check_seal(examined)


def _covering(examined: Examined) -> list[tuple[int | None, TimestampToken]]:
    """Give the sound tokens with the number of leaves that they cover; None covers every entry of the bundle.

    A token over the tagmanifest covers all entries, since the manifests list them. One over an earlier checkpoint
    covers the leaves below its size, once the bundle's checkpoint is proven to extend it.
    """
    sizes = {earlier_names(size)[0]: size for size in examined.earlier}
    links = {earlier_names(size)[0]: earlier_names(size)[1] for size in examined.earlier}
    found: list[tuple[int | None, TimestampToken]] = []
    for each in examined.tokens:
        if isinstance(each.token, EvidenceError):
            continue
        if each.over in sizes and examined.links[links[each.over]] is None:
            found.append((sizes[each.over], each.token))
        elif each.over in (TAG_MANIFEST, CHECKPOINT):
            found.append((None, each.token))
    return found


def _largest_gap(examined: Examined, gaps: dict[int, timedelta]) -> Iterator[Remark]:
    if not gaps:
        return
    seq = max(gaps, key=lambda number: gaps[number])
    limit = examined.policy.late_after
    late = sum(gap > limit for gap in gaps.values())
    hours, minutes = divmod(int(gaps[seq].total_seconds()) // 60, 60)
    yield remark("largest_gap", seq=seq, hours=hours, minutes=minutes)
    if late:
        limit_hours = f"{limit / timedelta(hours=1):g}"
        yield remark("late_token", count=late, seq=seq, hours=hours, minutes=minutes, limit=limit_hours)


def _check_seal(examined: Examined) -> Iterator[Remark]:
    """The seal names its tokens' digests, so it cannot be older than they are."""
    entry = sound(examined.seal.entry)
    for token in _tagmanifest_tokens(examined.tokens):
        accuracy = latest_start(token) - token.gen_time
        if entry.at + examined.policy.tolerance < token.gen_time - accuracy:
            yield _contradiction("sealed_before_token", examined.seal, token)


def _tagmanifest_tokens(tokens: tuple[Token, ...]) -> Iterator[TimestampToken]:
    for each in tokens:
        if each.over == TAG_MANIFEST and isinstance(each.token, TimestampToken):
            yield each.token


def _contradiction(code: str, record: Record, token: TimestampToken) -> Remark:
    gen_time = format_instant(token.gen_time.replace(microsecond=0))
    return remark(code, record.names[0], at=format_instant(sound(record.entry).at), gen_time=gen_time)
