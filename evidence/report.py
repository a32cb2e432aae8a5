"""The verifier's report as a value, and its two spellings: JSON for programs, plain sentences for people."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from enum import Enum

from evidence.canonical import JsonValue, parse_instant
from evidence.messages import CHECKS, MESSAGES, Level, Wording

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z")
_BEIJING = timezone(timedelta(hours=8))
SHOWN = 20
"""Remarks of one check that the text names one by one; it counts the rest."""


class Status(Enum):
    """Outcome of a check, or of all of them together."""

    PASSED = "passed"
    FAILED = "failed"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that a check saw: a fault, a gap, a caveat or a plain fact.

    Attributes:
        code: Key of `evidence.messages.MESSAGES`.
        where: File name inside the bundle, or empty.
        values: What the message's placeholders stand for.
    """

    code: str
    where: str = ""
    values: Mapping[str, str]

    @property
    def level(self) -> Level:
        """How much it matters."""
        return MESSAGES[self.code].level

    def text(self, language: str = "zh") -> str:
        """Say it in Chinese (`zh`) or English (`en`)."""
        values = {key: _spoken(value, language) for key, value in self.values.items()}
        return _in(language, MESSAGES[self.code].wording).format(**values)


def remark(code: str, where: str = "", /, **values: object) -> Remark:
    """Make a remark; the values fill the message's placeholders."""
    return Remark(code=code, where=visible(where), values={key: visible(value) for key, value in values.items()})


def visible(value: object) -> str:
    """Give a value as text that cannot steer a terminal or swap its reading direction; cut after 400 characters."""
    text = str(value)
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:400]) + "…" * (len(text) > 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one numbered check, with all that it saw."""

    number: int
    name: str
    remarks: tuple[Remark, ...]

    @property
    def status(self) -> Status:
        """Failed if anything is wrong; indeterminate if anything could not be told; else passed."""
        levels = {each.level for each in self.remarks}
        if Level.FAULT in levels:
            return Status.FAILED
        return Status.INDETERMINATE if Level.GAP in levels else Status.PASSED

    @property
    def detail(self) -> str:
        """What was seen, in English, one remark a line."""
        return "\n".join(_line(each, "en") for each in self.remarks)

    @property
    def where(self) -> str:
        """The file of the first fault; empty if there is none."""
        return next((each.where for each in self.remarks if each.level is Level.FAULT), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings on one bundle, and what the bundle speaks about.

    Attributes:
        findings: One a check, in the order of their numbers.
        facts: Matter, entries, times, tokens and witnesses, as far as they could be read; JSON values.
    """

    findings: tuple[Finding, ...]
    facts: Mapping[str, JsonValue]

    @property
    def status(self) -> Status:
        """Failed if any check failed; else indeterminate if any is; else passed."""
        statuses = {finding.status for finding in self.findings}
        for status in (Status.FAILED, Status.INDETERMINATE):
            if status in statuses:
                return status
        return Status.PASSED

    @property
    def caveats(self) -> tuple[Remark, ...]:
        """What even a passed report does not show."""
        every = (each for finding in self.findings for each in finding.remarks)
        return tuple(each for each in every if each.level is Level.CAVEAT)


def report_to_json(report: Report) -> dict[str, JsonValue]:
    """Give a report as JSON values, with each message in both languages."""
    return {
        "status": report.status.value,
        "facts": dict(report.facts),
        "findings": [_finding_to_json(finding) for finding in report.findings],
        "caveats": [_remark_to_json(each) for each in report.caveats],
    }


def _finding_to_json(finding: Finding) -> dict[str, JsonValue]:
    return {
        "number": finding.number,
        "name": finding.name,
        "title_zh": CHECKS[finding.number].wording.zh,
        "title_en": CHECKS[finding.number].wording.en,
        "status": finding.status.value,
        "remarks": [_remark_to_json(each) for each in finding.remarks],
    }


def _remark_to_json(each: Remark) -> dict[str, JsonValue]:
    return {
        "code": each.code,
        "level": each.level.value,
        "where": each.where,
        "text_zh": each.text("zh"),
        "text_en": each.text("en"),
    }


_VERDICTS = {
    Status.PASSED: Wording("通过", "PASSED"),
    Status.FAILED: Wording("不通过", "FAILED"),
    Status.INDETERMINATE: Wording("无法判断", "INDETERMINATE"),
}
_CONCLUSIONS = {
    Status.PASSED: Wording(
        "各项检查均通过：包内文件与封存时一致，记录连续无缺，已收录于日志并有时间戳。",
        "Every check passed: the files are those that were sealed, the record has no gap, and the log and the "
        "time-stamping authorities bear it out.",
    ),
    Status.FAILED: Wording(
        "至少一项检查不通过。请勿依赖本证据包；不通过的原因见下。",
        "At least one check failed. Do not rely on this bundle; the reasons are below.",
    ),
    Status.INDETERMINATE: Wording(
        "未发现不符之处，但至少一项无法判断；缺少什么见下。",
        "Nothing is wrong, but at least one check could not be decided; what is missing is said below.",
    ),
}
_TITLE = Wording("证据包验证报告", "Evidence bundle: verification report")
_RESERVE = Wording("（有保留，见文末）", " (with a caveat, see the end)")
_RESULT = Wording("结论", "Result")
_CAVEATS = Wording("本次验证不能说明的事项：", "What this does not show:")
_MORE = Wording("……另有 {count} 项", "… and {count} more")
_FACTS = {
    "matter": Wording("案件编号", "Matter"),
    "origin": Wording("日志名称", "Log"),
    "entries": Wording("记录条数", "Entries"),
    "first_at": Wording("首条记录时间", "First entry"),
    "last_at": Wording("末条记录时间", "Last entry"),
    "sealed_at": Wording("封存时间", "Sealed"),
    "notices": Wording("通知书编号", "Notices"),
    "tagmanifest_sha256": Wording("总指纹（tagmanifest-sha256.txt 的 SHA-256）", "SHA-256 of tagmanifest-sha256.txt"),
}


def report_to_text(report: Report, *, language: str = "zh") -> str:
    """Give a report as plain sentences, in Chinese (`zh`) or English (`en`)."""
    colon = "：" if language == "zh" else ": "
    lines = [_in(language, _TITLE), "", _in(language, _RESULT) + colon + _in(language, _VERDICTS[report.status])]
    lines += [_in(language, _CONCLUSIONS[report.status]), ""]
    lines += [
        f"{_in(language, label)}{colon}{_spoken(_plain(report.facts[key]), language)}"
        for key, label in _FACTS.items()
        if report.facts.get(key)
    ]
    for finding in report.findings:
        lines += ["", *_finding_lines(finding, language)]
    if report.caveats:
        lines += ["", _in(language, _CAVEATS), *(f"  · {_line(each, language)}" for each in report.caveats[:SHOWN])]
    return "\n".join(lines) + "\n"


def _plain(value: JsonValue) -> str:
    return visible("、".join(map(str, value)) if isinstance(value, list | tuple) else value)


def _spoken(text: str, language: str) -> str:
    """Say an instant in Beijing time to readers of Chinese; every other value stays as it is."""
    if language == "en" or not _INSTANT.fullmatch(text):
        return text
    return f"{parse_instant(text).astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}（北京时间）"


def _finding_lines(finding: Finding, language: str) -> list[str]:
    verdict, title = _VERDICTS[finding.status], CHECKS[finding.number].wording
    shown = [each for each in finding.remarks if each.level is not Level.CAVEAT]
    reserve = _in(language, _RESERVE) if len(shown) < len(finding.remarks) else ""
    lines = [f"{finding.number:>2}  {_in(language, title)} — {_in(language, verdict)}{reserve}"]
    lines += [f"    {_line(each, language)}" for each in shown[:SHOWN]]
    if len(shown) > SHOWN:
        lines.append("    " + _in(language, _MORE).format(count=len(shown) - SHOWN))
    return lines


def _line(each: Remark, language: str) -> str:
    separator = "：" if language == "zh" else ": "
    return f"{each.where}{separator}{each.text(language)}" if each.where else each.text(language)


def _in(language: str, wording: Wording) -> str:
    return wording.en if language == "en" else wording.zh
