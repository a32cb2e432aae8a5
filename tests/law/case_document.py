"""The tables of codes in docs/law-cases.md, made from the code's own tables; run it to write them anew."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from evidence.law import fact_words, wording
from evidence.law.calendar import Quality
from evidence.law.case_format import CaseKind, Confidence
from evidence.law.case_told import HANDOVER_MISSING, SUITS
from evidence.law.clock import Track
from evidence.law.provisions import PROVISIONS
from evidence.law.questions import QUESTIONS
from evidence.law.vocabulary import Certainty

DOCUMENT = Path(__file__).parents[2] / "docs" / "law-cases.md"
BEGIN, END = "<!-- codes -->\n", "<!-- end of codes -->\n"

TRACKS = {Track.BEST: "最佳算法", Track.CONSERVATIVE: "保守算法"}
QUALITIES = {
    Quality.PUBLISHED: "该年放假安排已公布",
    Quality.PROVISIONAL: "该年放假安排尚未公布，只按周末和法定节日推算，待公布后重算",
    Quality.APPROXIMATE: "2004年以前，没有逐年安排的数据，只按周末和法定节日推算",
}
KINDS = {CaseKind.TEXTBOOK: "自拟的教学案例", CaseKind.REAL_CASE: "据裁判文书或其评析"}
CONFIDENCES = {Confidence.HIGH: "有明文", Confidence.MEDIUM: "有争议或据二手资料", Confidence.LOW: "没有把握，请律师定"}

TABLES: dict[str, Mapping[str, str]] = {
    "`kind` of the file": KINDS,
    "`confidence`": CONFIDENCES,
    "`claim.kind`": fact_words.CLAIMS,
    "`role`": wording.ROLES,
    "`mode`": fact_words.MODES,
    "`channel`": fact_words.CHANNELS,
    "`outcome`": fact_words.OUTCOMES,
    "`signer`": fact_words.SIGNERS,
    "`address`": fact_words.ADDRESSES,
    "`signature`": fact_words.SIGNATURES,
    "`kind` of an acknowledgment": fact_words.ACKNOWLEDGMENTS,
    "`kind` of a proceeding": fact_words.PROCEEDINGS,
    "`end`": fact_words.ENDS,
    "`cause`": fact_words.CAUSES,
    "`proofs`, `missing` of a proof": wording.PROOFS,
    "`grade`": wording.GRADES,
    "`track`": TRACKS,
    "`state`": wording.STATES,
    "`effect`": wording.EFFECTS,
    "`kind` of a period": wording.PERIODS,
    "`quality`": QUALITIES,
    "`best`, `conservative` of a suit": SUITS,
    "`certainty` (in answers)": {key: wording.CERTAINTIES[key] for key in Certainty},
    "`missing` of a clock": wording.MISSING,
    "`missing` of a move-in notice": HANDOVER_MISSING,
    "`flags`": wording.FLAGS,
    "`code` of a warning": wording.WARNINGS,
}


def codes() -> str:
    """Give all tables as Markdown."""
    return "\n".join([*_tables(), *_questions(), *_provisions()])


def _tables() -> Iterator[str]:
    for title, words in TABLES.items():
        yield f"**{title}**\n"
        yield "| code | 含义 |\n|---|---|"
        yield from (f"| `{code}` | {text} |" for code, text in words.items())
        yield ""


def _questions() -> Iterator[str]:
    yield "**Contested points: `contested`, `question` and `answer`, `readings`**\n"
    yield "| question | 争点 | answer | 意见 | taken by |\n|---|---|---|---|---|"
    for key, question in QUESTIONS.items():
        for answer, told in question.answers.items():
            takers = [name for name, taken in (("best", question.best), ("conservative", question.conservative))
                      if taken == answer]  # fmt: skip
            yield f"| `{key}` | {question.title_zh} | `{answer}` | {told.text_zh} | {', '.join(takers)} |"
    yield ""


def _provisions() -> Iterator[str]:
    yield "**`provisions`**\n"
    yield "| key | 名称 | 要旨 |\n|---|---|---|"
    yield from (f"| `{key}` | {each.name_zh} | {each.gist_zh} |" for key, each in PROVISIONS.items())
    yield ""


def with_codes(text: str) -> str:
    """Give the document with its tables made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{codes()}{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(with_codes(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)
