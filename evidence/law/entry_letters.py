"""Letters as a matter's entries tell them: each notice with its dispatches, what came back, and its scans."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from evidence.law.entry_matter import Registered
from evidence.law.entry_statements import Statement
from evidence.law.entry_values import day, flag, number, part, text
from evidence.law.facts import Notice
from evidence.law.vocabulary import Channel, Proof

LONGEST_GRACE = 3650
SIGNED_KINDS = ("signed_notice", "reply_slip")


@dataclass(slots=True, kw_only=True)
class Sending:
    """One dispatch with what came back."""

    entry: Statement
    tracking: list[Statement] = field(default_factory=list)
    receipts: list[Statement] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Letter:
    """One notice with its dispatches and scans."""

    entry: Statement
    is_voided: bool = False
    sendings: list[Sending] = field(default_factory=list)
    scans: list[Statement] = field(default_factory=list)

    @property
    def to(self) -> str:
        """The addressee's short name."""
        return text(self.entry.facts, "party") or ""

    @property
    def signed(self) -> list[Statement]:
        """The scans of copies and slips that somebody signed."""
        return [scan for scan in self.scans if text(scan.facts, "kind") in SIGNED_KINDS]

    @property
    def envelopes(self) -> list[Statement]:
        """The scans of envelopes."""
        return [scan for scan in self.scans if text(scan.facts, "kind") == "envelope"]


def letters(stated: Sequence[Statement]) -> tuple[Letter, ...]:
    """Put each dispatch to its notice and each receipt to its dispatch; what names neither is not there."""
    found: list[Letter] = []
    letters: dict[str, Letter] = {}
    sendings: dict[str, Sending] = {}
    for one in stated:
        letter = letters.get(text(one.facts, "notice") or "")
        sending = sendings.get(text(one.facts, "dispatch") or "")
        if one.kind == "notice.issued":
            found.append(Letter(entry=one))
            letters[text(one.facts, "notice") or one.id] = found[-1]
        elif one.kind == "notice.voided" and letter is not None:
            letter.is_voided = True
        elif one.kind == "dispatch.recorded" and letter is not None:
            letter.sendings.append(Sending(entry=one))
            sendings[text(one.facts, "dispatch") or one.id] = letter.sendings[-1]
        elif one.kind == "scan.recorded" and letter is not None:
            letter.scans.append(one)
        elif sending is not None:
            {"tracking.recorded": sending.tracking, "receipt.recorded": sending.receipts}.get(one.kind, []).append(one)
    return tuple(found)


def words_of(letter: Letter, entry: Statement, arrived_on: date | None, known: Registered) -> Notice:
    """Give a letter's words, as they were classified when it was issued, on the entry that a fact stands on."""
    wording = part(letter.entry.facts, "wording")
    return Notice(
        id=entry.id,
        to=letter.to,
        channel=Channel.HAND,
        demands_payment=flag(wording, "demands_payment"),
        demands_guarantee=flag(wording, "demands_guarantee"),
        states_amount=flag(wording, "states_amount"),
        notifies_assignment=flag(wording, "notifies_assignment") is True,
        grace_days=_grace_days(letter, entry, arrived_on, known),
    )


def _grace_days(letter: Letter, entry: Statement, arrived_on: date | None, known: Registered) -> int | None:
    """As stated; for a debt without a due date else until the day by which the letter asks to pay."""
    stated = number(entry.facts, "grace_days", most=LONGEST_GRACE)
    pay_by = day(part(letter.entry.facts, "fields"), "pay_by_on")
    if stated is not None or not known.claim.no_due_date or pay_by is None or arrived_on is None:
        return stated
    return max(0, (pay_by - arrived_on).days)


def copy_of(letter: Letter) -> frozenset[Proof]:
    """Tell that the frozen document is there: it is the copy of what was sent."""
    return frozenset({Proof.NOTICE_COPY} if letter.entry.facts.get("documents") else ())


def seqs_of(entries: Sequence[Statement]) -> tuple[int, ...]:
    """Give the numbers of some entries and of all that corrected them."""
    return tuple(sorted({seq for one in entries for seq in one.seqs}))


def first_signed_on(signed: Sequence[Statement]) -> date | None:
    """Give the first day that a signed copy bears."""
    return min((on for one in signed if (on := day(one.facts, "signed_on"))), default=None)
