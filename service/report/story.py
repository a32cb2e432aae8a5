"""The matter put in order: which dispatch belongs to which notice, what was corrected, what was voided.

A correction never replaces what it corrects: `effective` is used to sort and to count days, and every place that shows
an entry shows its corrections beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.report.reading import part, parts, text
from service.report.source import ReportEntry, ReportSource
from service.report.wording import notice_title

_FIXED = frozenset({
    "notice", "notice_no", "dispatch", "receipt", "scan", "matter", "documents", "files", "fields", "salt",
})  # fmt: skip
"""What ties entries together or to bytes; no correction moves a receipt to another dispatch."""


@dataclass(slots=True, kw_only=True)
class Sending:
    """One dispatch with what came back."""

    entry: ReportEntry
    tracking: list[ReportEntry] = field(default_factory=list)
    receipts: list[ReportEntry] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Letter:
    """One notice with its dispatches and scans."""

    entry: ReportEntry
    voided: ReportEntry | None = None
    sendings: list[Sending] = field(default_factory=list)
    scans: list[ReportEntry] = field(default_factory=list)

    @property
    def notice_no(self) -> str:
        """The notice's number."""
        return text(self.entry.facts, "notice_no")

    @property
    def party(self) -> str:
        """The addressee's short name."""
        return text(self.entry.facts, "party")

    @property
    def name(self) -> str:
        """Title and number."""
        return f"{notice_title(text(self.entry.facts, 'template'))}{self.notice_no}"


class Story:
    """Every entry of a matter where a reader looks for it."""

    def __init__(self, source: ReportSource) -> None:
        self.source = source
        self.entries = source.entries
        self._by_seq = {entry.seq: entry for entry in source.entries}
        self.opened: Mapping[str, Any] = source.entries[0].facts if source.entries else {}
        self.letters: dict[str, Letter] = {}
        self.sendings: dict[str, Sending] = {}
        self._letter_of: dict[int, Letter] = {}
        self._corrections: dict[int, list[ReportEntry]] = {}
        self.voided: list[ReportEntry] = []
        for entry in source.entries:
            self._place(entry)

    @property
    def claim(self) -> Mapping[str, Any]:
        """The claim as registered."""
        return part(self.opened, "claim")

    @property
    def parties(self) -> tuple[Mapping[str, Any], ...]:
        """The parties as registered."""
        return parts(self.opened, "parties")

    def party_name(self, party: str) -> str:
        """Give a party's full name, or the short name when nobody registered it."""
        return next((text(one, "name") for one in self.parties if one.get("party") == party), party)

    def role(self, party: str) -> str:
        """Give a party's role; empty when nobody registered it."""
        return next((text(one, "role") for one in self.parties if one.get("party") == party), "")

    def letter_of(self, entry: ReportEntry) -> Letter | None:
        """Give the notice that an entry is about."""
        return self._letter_of.get(entry.seq)

    def parties_of(self, entry: ReportEntry) -> tuple[str, ...]:
        """Give the short names of the parties that an entry is about; a suit may be against several."""
        letter = self._letter_of.get(entry.seq)
        if letter is not None:
            return (letter.party,)
        facts = self.effective(entry)
        against = facts.get("against")
        named = [one for one in against if isinstance(one, str)] if isinstance(against, list) else []
        return tuple(dict.fromkeys(filter(None, (text(facts, "party"), *named))))

    def corrections(self, entry: ReportEntry) -> tuple[ReportEntry, ...]:
        """Give the corrections of an entry, in order, with those that correct a correction of it."""
        return tuple(self._corrections.get(entry.seq, ()))

    def corrected(self, correction: ReportEntry) -> ReportEntry | None:
        """Give the entry that a correction is in the end about."""
        seen: set[int] = set()
        entry: ReportEntry | None = correction
        while entry is not None and entry.kind == "entry.corrected" and entry.seq not in seen:
            seen.add(entry.seq)
            corrects = entry.facts.get("corrects_seq")
            entry = self._by_seq.get(corrects) if isinstance(corrects, int) and corrects < entry.seq else None
        return entry

    def effective(self, entry: ReportEntry) -> Mapping[str, Any]:
        """Give an entry's facts with its corrections applied, where they keep to the shape of what they correct."""
        facts = dict(entry.facts)
        for correction in self.corrections(entry):
            for key, value in part(correction.facts, "facts").items():
                if key not in _FIXED and (key not in facts or isinstance(value, type(facts[key]))):
                    facts[key] = value
        return facts

    def _place(self, entry: ReportEntry) -> None:
        place = {
            "notice.issued": self._place_notice,
            "notice.voided": self._place_voided,
            "dispatch.recorded": self._place_dispatch,
            "tracking.recorded": self._place_return,
            "receipt.recorded": self._place_return,
            "scan.recorded": self._place_scan,
            "entry.corrected": self._place_correction,
        }.get(entry.kind)
        if place is not None:
            place(entry)

    def _place_notice(self, entry: ReportEntry) -> None:
        letter = Letter(entry=entry)
        self.letters[text(entry.facts, "notice")] = self._letter_of[entry.seq] = letter

    def _place_voided(self, entry: ReportEntry) -> None:
        self.voided.append(entry)
        letter = self.letters.get(text(entry.facts, "notice"))
        if letter is not None:
            letter.voided = entry

    def _place_dispatch(self, entry: ReportEntry) -> None:
        letter = self.letters.get(text(entry.facts, "notice"))
        sending = Sending(entry=entry)
        self.sendings[text(entry.facts, "dispatch")] = sending
        if letter is not None:
            letter.sendings.append(sending)
            self._letter_of[entry.seq] = letter

    def _place_return(self, entry: ReportEntry) -> None:
        sending = self.sendings.get(text(entry.facts, "dispatch"))
        if sending is None:
            return
        (sending.tracking if entry.kind == "tracking.recorded" else sending.receipts).append(entry)
        letter = self._letter_of.get(sending.entry.seq)
        if letter is not None:
            self._letter_of[entry.seq] = letter

    def _place_scan(self, entry: ReportEntry) -> None:
        letter = self.letters.get(text(entry.facts, "notice"))
        if letter is not None:
            letter.scans.append(entry)
            self._letter_of[entry.seq] = letter

    def _place_correction(self, entry: ReportEntry) -> None:
        corrected = self.corrected(entry)
        if corrected is not None:
            self._corrections.setdefault(corrected.seq, []).append(entry)
