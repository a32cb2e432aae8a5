"""The report as data: everything that the drawn report shows, in the profile of canonical JSON."""

from typing import Any

from evidence.canonical import JsonValue, format_instant
from evidence.entry import named_files
from evidence.limitation import RecordedFact, limitation_of
from service.report.assertions import party_chains
from service.report.exhibits import exhibit_groups
from service.report.explanations import ANCHORS, COUNTING, SELF, is_development, not_proved, ways_to_verify
from service.report.reading import SHANGHAI, beijing, day, money, part, parts, text
from service.report.source import ReportEntry, ReportSource
from service.report.statements import correction_notes, long_day, statement
from service.report.story import Story
from service.report.wording import CAUSES, CLAIMS, FILES, GUARANTEES, PERSONS, ROLES, kind_title

FORMAT = "duly.report/1"


def report_document(source: ReportSource) -> dict[str, Any]:
    """Put the whole report together; the same source gives the same value."""
    story = Story(source)
    return {
        "format": FORMAT,
        "bundle": source.bundle_id,
        "submitter": source.tenant_name,
        "prepared_at": format_instant(source.prepared_at),
        "prepared_on_zh": long_day({"at": format_instant(source.prepared_at)}, "at"),
        "statement": SELF,
        "matter": {"id": source.matter_id, "reference": text(story.opened, "reference")},
        "parties": [_party(party) for party in story.parties],
        "claim": _claim(story),
        "limitation": _limitation(source),
        "evidence": {"cause": CAUSES.get(text(story.claim, "kind"), ""), "groups": exhibit_groups(story)},
        "counting": COUNTING,
        "chains": party_chains(story),
        "voided": [_voided(entry) for entry in story.voided],
        "corrections": [_correction(entry, story) for entry in story.entries if entry.kind == "entry.corrected"],
        "files": [file for entry in story.entries for file in _files(entry)],
        "entries": [_entry(entry, story) for entry in story.entries],
        "log": {"origin": source.origin, "tree_size": source.tree_size, "root_hash": source.root_hex},
        "authorities": [
            {"name": name, "label": label, "development": is_development(label)} for name, label in source.authorities
        ],
        "witnesses": source.witnesses,
        "verification": ways_to_verify(source),
        "anchors": ANCHORS,
        "not_proved": not_proved(source),
    }


def _limitation(source: ReportSource) -> dict[str, JsonValue]:
    """Reckon as of the day on which the report is prepared; a verifier makes the same from the bundle's entries."""
    recorded = [RecordedFact(seq=one.seq, kind=one.kind, at=one.at, facts=one.facts) for one in source.entries]
    return limitation_of(recorded, as_of=source.prepared_at.astimezone(SHANGHAI).date())


def _party(party: Any) -> dict[str, JsonValue]:
    return {
        "party": text(party, "party"),
        "role": ROLES.get(text(party, "role"), text(party, "role")),
        "kind": PERSONS.get(text(party, "kind"), text(party, "kind")),
        "name": text(party, "name"),
        "id_no": text(party, "id_no"),
        "address": text(party, "address"),
        "contact": "；".join(filter(None, (text(party, "phone"), text(party, "email")))),
        "guarantee": "，".join(_guarantee(part(party, "guarantee"))),
    }


def _guarantee(facts: Any) -> list[str]:
    if not facts:
        return []
    months, until_on = facts.get("period_months"), day(facts, "period_until_on")
    said = [
        GUARANTEES.get(text(facts, "mode"), text(facts, "mode")),
        f"保证合同编号 {text(facts, 'contract_no')}" if text(facts, "contract_no") else "",
        f"签订日 {day(facts, 'contract_on')}" if day(facts, "contract_on") else "",
        f"约定保证期间 {months} 个月" if isinstance(months, int) else "",
        f"约定保证期间至 {until_on}" if until_on else "",
        f"最高额{money(facts.get('max_amount'))}" if money(facts.get("max_amount")) else "",
    ]
    return [one for one in said if one]


def _claim(story: Story) -> dict[str, JsonValue]:
    claim = story.claim
    return {
        "kind": CLAIMS.get(text(claim, "kind"), text(claim, "kind")),
        "contract_no": text(claim, "contract_no"),
        "contract_on": long_day(claim, "contract_on"),
        "principal": money(claim.get("principal")),
        "due_on": long_day(claim, "due_on"),
        "instalments": [
            {"due_on": long_day(one, "due_on"), "amount": money(one.get("amount"))}
            for one in parts(claim, "instalments")
        ],
        "description": text(claim, "description"),
    }


def _voided(entry: ReportEntry) -> dict[str, JsonValue]:
    return {
        "notice_no": text(entry.facts, "notice_no"),
        "reason": text(entry.facts, "reason"),
        "recorded_at": format_instant(entry.at),
        "recorded_zh": beijing(entry.at),
        "entry": entry.seq,
    }


def _correction(entry: ReportEntry, story: Story) -> dict[str, JsonValue]:
    corrected = story.corrected(entry)
    return {
        "entry": entry.seq,
        "corrects": corrected.seq if corrected else None,
        "original": f"{kind_title(corrected.kind)}：{statement(corrected, story)}" if corrected else "",
        "statement": statement(entry, story),
        "recorded_zh": beijing(entry.at),
    }


def _files(entry: ReportEntry) -> list[dict[str, JsonValue]]:
    return [
        {
            "file": ref.file,
            "role": FILES.get(ref.role, ref.role).strip("（）"),
            "media_type": ref.media_type,
            "size": ref.size,
            "sha256": ref.sha256,
            "path": entry.paths[ref.sha256],
            "entry": entry.seq,
            "recorded_zh": beijing(entry.at),
        }
        for ref in named_files(entry.facts)
    ]


def _entry(entry: ReportEntry, story: Story) -> dict[str, JsonValue]:
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "title": kind_title(entry.kind),
        "at": format_instant(entry.at),
        "recorded_zh": beijing(entry.at),
        "statement": statement(entry, story),
        "notes": list(correction_notes(entry, story)),
        "leaf_hash": entry.leaf_hash_hex,
        "body_sha256": entry.body_sha256_hex,
        "log_index": entry.log_index,
    }
