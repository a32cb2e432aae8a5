"""Verify an evidence bundle: run all numbered checks of proof and report every one, whatever the others found.

Nothing is asked of the network or of the service that made the bundle, and nothing inside the bundle is trusted:
keys and roots come from the verifier's own anchors.

Source: docs/bundle-format.md, section 9.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO

from evidence.archive import is_archive, read_archive
from evidence.canonical import JsonValue, format_instant, sha256
from evidence.checkpoint import Checkpoint
from evidence.checks.completeness import check_complete, check_intact
from evidence.checks.contents import read_contents
from evidence.checks.documents import check_pdf_signatures
from evidence.checks.examined import Examined, Given, Policy, PremiseError
from evidence.checks.log import check_checkpoint, check_consistent, check_cosigned, check_included
from evidence.checks.opening import examine
from evidence.checks.records import check_bodies, check_canonical, check_chain
from evidence.checks.time import check_times, check_timestamps
from evidence.entry import Entry
from evidence.errors import MalformedError
from evidence.layout import TAG_MANIFEST
from evidence.messages import CHECKS
from evidence.report import Finding, Remark, Report, Status, remark, report_to_json, report_to_text
from evidence.timestamp import TimestampToken
from evidence.trust import TrustAnchors

__all__ = [
    "DEFAULT_POLICY",
    "Checking",
    "Finding",
    "Policy",
    "Remark",
    "Report",
    "Status",
    "report_to_json",
    "report_to_text",
    "verify_bundle",
]

Checking = Callable[[Examined], Iterator[Remark]]
_CHECKS: dict[int, Checking] = {
    1: check_complete,
    2: check_intact,
    3: check_canonical,
    4: check_chain,
    5: check_checkpoint,
    6: check_cosigned,
    7: check_included,
    8: check_consistent,
    9: check_timestamps,
    10: check_times,
    11: check_bodies,
    12: check_pdf_signatures,
}
DEFAULT_POLICY = Policy()
NOTHING_FURTHER: Mapping[int, Checking] = MappingProxyType({})


def verify_bundle(
    source: BinaryIO,
    *,
    trust: TrustAnchors,
    earlier: Sequence[bytes] = (),
    consistency: Sequence[bytes] = (),
    known: Sequence[tuple[bytes, bytes]] = (),
    policy: Policy = DEFAULT_POLICY,
    further: Mapping[int, Checking] = NOTHING_FURTHER,
) -> Report:
    """Run every check on a bundle.

    Args:
        source: The bundle's zip; seekable, read once from front to end, and left open.
        trust: The verifier's own anchors.
        earlier: Checkpoints of the log kept from elsewhere, older or newer than the bundle's.
        consistency: Consistency files (`evidence.consistency`) that link those with the bundle's.
        known: Entries of the same matter kept from elsewhere, each as header bytes and log proof bytes.
        policy: What is left to whoever asks.
        further: Checks that know more than proof does, by their numbers; they follow on the twelve.

    Raises:
        MalformedError: `source` is no zip at all.
    """
    source.seek(0)
    if not is_archive(source.read(4)):
        raise MalformedError("not a zip file, or an empty one")
    checks = {**_CHECKS, **further}
    try:
        archive = read_archive(source)
    except MalformedError as error:
        return _unreadable(error, checks)
    given = Given(earlier=earlier, consistency=consistency, known=known)
    examined = examine(read_contents(archive), trust=trust, policy=policy, given=given)
    findings = tuple(_run(number, check, examined) for number, check in checks.items())
    return Report(findings=findings, facts=_facts(examined))


def _run(number: int, check: Callable[[Examined], Iterator[Remark]], examined: Examined) -> Finding:
    remarks: list[Remark] = []
    try:
        for each in check(examined):
            remarks.append(each)  # noqa: PERF402 - what was seen before a missing premise must stay
    except PremiseError as error:
        remarks.append(remark("premise", reason=error))
    return Finding(number=number, name=CHECKS[number].name, remarks=tuple(remarks))


def _unreadable(error: MalformedError, checks: Iterable[int]) -> Report:
    first = Finding(number=1, name=CHECKS[1].name, remarks=(remark("zip_form", reason=error),))
    gap = (remark("premise", reason="the zip is not sound"),)
    others = (Finding(number=number, name=CHECKS[number].name, remarks=gap) for number in checks if number > 1)
    return Report(findings=(first, *others), facts={})


def _facts(examined: Examined) -> dict[str, JsonValue]:
    entries = [record.entry for record in examined.records if isinstance(record.entry, Entry)]
    seal, last = examined.seal.entry, examined.seal_checkpoint
    tagmanifest = examined.contents.kept.get(TAG_MANIFEST)
    return {
        "matter": examined.contents.top,
        "origin": examined.trust.origin,
        "entries": len(examined.records),
        "first_at": format_instant(entries[0].at) if entries else None,
        "last_at": format_instant(entries[-1].at) if entries else None,
        "sealed_at": format_instant(seal.at) if isinstance(seal, Entry) else None,
        "tree_size": last.tree_size if isinstance(last, Checkpoint) else None,
        "notices": _notices(examined),
        "tokens": [
            {"over": each.over, "gen_time": each.token.gen_time.isoformat(), "signer": each.token.signer}
            for each in examined.tokens
            if isinstance(each.token, TimestampToken)
        ],
        "tagmanifest_sha256": sha256(tagmanifest).hex() if tagmanifest is not None else None,
    }


def _notices(examined: Examined) -> list[JsonValue]:
    facts = (
        record.facts
        for record in examined.records
        if isinstance(record.entry, Entry) and record.entry.kind == "notice.issued"
    )
    return [each["notice_no"] for each in facts if isinstance(each, dict) and isinstance(each.get("notice_no"), str)]
