"""Check 13: the limitation that the report states is what the bundle's own entries give, reckoned again.

Proof knows nothing of the law and the law nothing of proof; here, above both, they meet.

Source: docs/bundle-format.md, section 9; docs/decisions/0013.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from itertools import islice, zip_longest
from typing import BinaryIO

from evidence.canonical import JsonValue, from_json_bytes, to_json_bytes
from evidence.checks.examined import Examined, Policy, PremiseError, attempt, sound
from evidence.entry import Entry
from evidence.layout import REPORT_JSON
from evidence.limitation import VERSIONS, RecordedFact, limitation_of
from evidence.report import Remark, Report, remark
from evidence.trust import TrustAnchors
from evidence.verify import DEFAULT_POLICY, verify_bundle

MEMBER = "limitation"
"""The report's member that is reckoned again."""
_SHANGHAI = timezone(timedelta(hours=8))
_MOST = 200
"""Differences that are told one by one; a report that differs everywhere need not fill the terminal."""
_KEYS = ("party", "event")
"""By what the members of a list are named in a path, where they have it."""
_TRACKS, _OUTCOME = ("best", "conservative"), ("state", "last_day", "raw_last_day")
_ABSENT: JsonValue = "\N{EM DASH}"
"""Stands where one side has nothing."""


def verify_and_recompute(
    source: BinaryIO,
    *,
    trust: TrustAnchors,
    earlier: Sequence[bytes] = (),
    consistency: Sequence[bytes] = (),
    known: Sequence[tuple[bytes, bytes]] = (),
    policy: Policy = DEFAULT_POLICY,
) -> Report:
    """Run every check on a bundle, the law's too; the arguments are those of `evidence.verify.verify_bundle`.

    Raises:
        MalformedError: `source` is no zip at all.
    """
    return verify_bundle(
        source,
        trust=trust,
        earlier=earlier,
        consistency=consistency,
        known=known,
        policy=policy,
        further={13: check_limitation},
    )


def check_limitation(examined: Examined) -> Iterator[Remark]:
    """Check 13: what the report states as the law's outcome follows from the entries."""
    stated = _stated(examined)
    if stated is None:
        yield remark("law_absent", REPORT_JSON)
        return
    as_of = _day_of(stated)
    if as_of is None:
        yield remark("law_form", REPORT_JSON)
        return
    if not examined.records:
        raise PremiseError("there is no entry to reckon from")
    try:
        yield from _check_day(examined, as_of)
        found = sound(attempt(_reckoned, examined, as_of))
    except OverflowError as error:
        raise PremiseError("an entry's time lies outside the calendar") from error
    if {name: stated.get(name) for name in VERSIONS} == VERSIONS:
        yield from _compared(stated, found)
    else:
        yield from _under_other_rules(stated, found)


def _stated(examined: Examined) -> Mapping[str, JsonValue] | None:
    """Give the report's statement; None if it makes none."""
    if REPORT_JSON not in examined.contents.kept:
        raise PremiseError(f"{REPORT_JSON} is missing or unreadable")
    report = sound(attempt(from_json_bytes, examined.contents.kept[REPORT_JSON], where=REPORT_JSON))
    if not isinstance(report, Mapping) or MEMBER not in report:
        return None
    stated = report[MEMBER]
    return stated if isinstance(stated, Mapping) else {}


def _day_of(stated: Mapping[str, JsonValue]) -> date | None:
    text = stated.get("as_of")
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _reckoned(examined: Examined, as_of: date) -> Mapping[str, JsonValue]:
    """Give what the entries come to, in the shapes that reading a file gives."""
    entries = [_recorded(sound(each.entry), sound(each.facts)) for each in examined.records]
    read = from_json_bytes(to_json_bytes(limitation_of(entries, as_of=as_of)))
    return read if isinstance(read, Mapping) else {}


def _recorded(entry: Entry, facts: Mapping[str, JsonValue]) -> RecordedFact:
    return RecordedFact(seq=entry.seq, kind=entry.kind, at=entry.at, facts=facts)


def _check_day(examined: Examined, as_of: date) -> Iterator[Remark]:
    """An earlier day would leave entries out, a later one would foretell."""
    slack = examined.policy.tolerance
    first = _legal_day(sound(examined.records[-1].entry).at - slack)
    last = _legal_day(sound(examined.seal.entry).at + slack)
    if not first <= as_of <= last:
        yield remark("law_day", REPORT_JSON, as_of=as_of, first=first, last=last)


def _legal_day(at: datetime) -> date:
    return at.astimezone(_SHANGHAI).date()


def _compared(stated: Mapping[str, JsonValue], found: Mapping[str, JsonValue]) -> Iterator[Remark]:
    differences = list(islice(_differences(MEMBER, stated, found), _MOST))
    for path, said, due in differences:
        yield remark("law_differs", REPORT_JSON, path=path, stated=_spelled(said), found=_spelled(due))
    if not differences:
        yield remark("law_agrees", REPORT_JSON, present=_versions(VERSIONS))


def _under_other_rules(stated: Mapping[str, JsonValue], found: Mapping[str, JsonValue]) -> Iterator[Remark]:
    """Nothing is held against a report that was written under other rules; what became of its days is told."""
    days = list(_differences(MEMBER, _outcomes(stated), _outcomes(found)))
    code = "law_other_rules_other_days" if days else "law_other_rules_same_days"
    yield remark(code, REPORT_JSON, stated=_versions(stated), present=_versions(VERSIONS))
    for path, said, due in days[:_MOST]:
        yield remark("law_other_day", REPORT_JSON, path=path, stated=_spelled(said), found=_spelled(due))


def _versions(stated: Mapping[str, JsonValue]) -> str:
    return " / ".join(_spelled(stated.get(name)) for name in VERSIONS)


def _outcomes(limitation: Mapping[str, JsonValue]) -> JsonValue:
    """Give the states and last days alone, at the paths at which the whole has them."""
    parties = limitation.get("parties")
    if not isinstance(parties, list):
        return {"error": limitation.get("error")}
    kept = ("party", "item", *_OUTCOME)
    return {"parties": [_clocks(party, kept) for party in parties]}


def _clocks(party: JsonValue, kept: Sequence[str]) -> JsonValue:
    if not isinstance(party, Mapping):
        return party
    tracks = {name: party.get(name) for name in _TRACKS}
    return {"party": party.get("party"), **{name: _only(clocks, kept) for name, clocks in tracks.items()}}


def _only(clocks: JsonValue, kept: Sequence[str]) -> JsonValue:
    if not isinstance(clocks, list):
        return clocks
    return [{name: each.get(name) for name in kept} if isinstance(each, Mapping) else each for each in clocks]


def _differences(path: str, stated: JsonValue, found: JsonValue) -> Iterator[tuple[str, JsonValue, JsonValue]]:
    """Give path, what is stated and what is due, for each leaf that differs."""
    if isinstance(stated, Mapping) and isinstance(found, Mapping):
        for name in sorted(stated.keys() | found.keys()):
            yield from _differences(f"{path}.{name}", stated.get(name, _ABSENT), found.get(name, _ABSENT))
    elif isinstance(stated, list) and isinstance(found, list):
        for number, (said, due) in enumerate(zip_longest(stated, found, fillvalue=_ABSENT)):
            yield from _differences(f"{path}[{_name(said, due) or number}]", said, due)
    elif type(stated) is not type(found) or stated != found:
        yield path, stated, found


def _name(stated: JsonValue, found: JsonValue) -> str:
    """Give the name that both sides have for a member of a list; empty where it is only its place."""
    if not isinstance(stated, Mapping) or not isinstance(found, Mapping):
        return ""
    names = (str(stated[key]) for key in _KEYS if key in stated and stated[key] == found.get(key))
    return next(names, "")


def _spelled(value: JsonValue) -> str:
    return value if isinstance(value, str) else to_json_bytes(value).decode()
