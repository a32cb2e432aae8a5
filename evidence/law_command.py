"""`python -m evidence law CASE.toml`: what the law makes of a case file, and whether that is what the file expects.

Text in, text and an exit status out; `evidence.__main__` reads the file.
"""

import json
from dataclasses import dataclass, replace
from datetime import date

from evidence.errors import EvidenceError
from evidence.law import case
from evidence.law.case_answer import answer
from evidence.law.case_comparison import compared
from evidence.law.case_expectations import NOTHING
from evidence.law.case_format import Case, Situation
from evidence.law.case_told import Told, case_to_json, case_to_text
from evidence.law.clock import State
from evidence.law.contradictions import ContradictionError

EXIT_AS_EXPECTED, EXIT_DIFFERS, EXIT_UNDETERMINED = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the command prints, and its exit status."""

    text: str
    status: int


def run(text: str, *, as_of: date | None = None, as_json: bool = False) -> Outcome:
    """Answer a case file.

    Args:
        text: The TOML of the file.
        as_of: Another day to ask for; then nothing is compared, since the file's expectations hold for its own day.
        as_json: JSON in place of plain Chinese.

    Raises:
        EvidenceError: The file is malformed, or its facts contradict each other and it does not expect that.
    """
    found = case.parse(text)
    situations = found.situations if as_of is None else tuple(_on(each, as_of) for each in found.situations)
    if any(each.expect.contradiction is not None for each in situations):
        return _contradictory(found)
    told = [_told(each) for each in situations]
    whole = case_to_json(found, told)
    written = json.dumps(whole, ensure_ascii=False, indent=2) + "\n" if as_json else case_to_text(whole)
    return Outcome(written, _status(told))


def message(error: EvidenceError) -> str:
    """Say in one line why a case could not be answered."""
    if isinstance(error, ContradictionError):
        return f"事实矛盾 contradiction ({', '.join(error.facts)}): {error.message_zh} {error.message}"
    return f"无法读取 cannot read: {error}"


def _on(situation: Situation, as_of: date) -> Situation:
    return replace(situation, as_of=as_of, expect=NOTHING)


def _told(situation: Situation) -> Told:
    differences = compared(situation) if situation.expect else ()
    return Told(found=answer(situation), differences=differences, is_compared=bool(situation.expect))


def _contradictory(found: Case) -> Outcome:
    """The file expects its facts to contradict each other: there is no answer, only whether they do."""
    differences = case.compare(found)
    lines = [f"案例 {found.id}：{found.title}"]
    lines += [f"✗ {each.where}：预期 {each.expected}，得到 {each.got}" for each in differences]
    lines += [] if differences else ["✓ 事实矛盾，与预期一致"]
    return Outcome("\n".join(lines) + "\n", EXIT_DIFFERS if differences else EXIT_AS_EXPECTED)


def _status(told: list[Told]) -> int:
    if any(each.differences for each in told):
        return EXIT_DIFFERS
    open_ended = any(_is_undetermined(each) for each in told if not each.is_compared)
    return EXIT_UNDETERMINED if open_ended else EXIT_AS_EXPECTED


def _is_undetermined(told: Told) -> bool:
    advice = told.found.advice
    clocks = [clock for party in advice.timeline.parties for clock in party.best] if advice else []
    return any(clock.state is State.UNDETERMINED for clock in clocks)
