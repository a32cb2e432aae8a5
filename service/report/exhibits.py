"""The list of evidence 证据目录 as a court wants it: one row for each file, and for each fact that has none.

Source: 最高人民法院关于民事诉讼证据的若干规定 (法释〔2019〕19号) art. 19: number, source, what it proves.
"""

from collections.abc import Iterator

from evidence.canonical import JsonValue
from evidence.entry import FileRef, named_files
from service.report.assertions import is_creditor_act
from service.report.reading import SHANGHAI, day, money, parts, text
from service.report.source import ReportEntry
from service.report.statements import correction_notes, statement
from service.report.story import Story
from service.report.wording import CARRIER_FILES, CARRIERS, FILES, GROUPS, KIND_GROUPS, SCANS, kind_title

_NO_EXHIBIT = frozenset({"notice.voided", "bundle.sealed", "matter.closed"})
_DOCUMENTS = ("document_pdf", "document_docx")
_SOUND = ("audio/", "video/")
_ONE_PAGE = ("image/jpeg", "image/png", "image/webp", "image/heic")
_RAW = ("application/json", "text/", "application/xml", "message/")
_SHOW_ORIGINAL = "请另备原件核对"


def exhibit_groups(story: Story) -> list[JsonValue]:
    """Give the groups in the list's order, those without a row left out; numbers run through."""
    rows: dict[str, list[dict[str, JsonValue]]] = {name: [] for name, _ in GROUPS}
    for entry in story.entries:
        if entry.kind not in _NO_EXHIBIT and not (entry.kind == "entry.corrected" and not named_files(entry.facts)):
            rows[_group(entry, story)] += _rows(entry, story)
    rows["due"] = [*_due_rows(story), *rows["due"]]
    rows["service"].sort(key=lambda row: str(row["sorted_by"]))
    number = 0
    groups: list[JsonValue] = []
    for name, title in GROUPS:
        items: list[JsonValue] = []
        for row in rows[name]:
            number += 1
            items.append({"no": number, **{key: value for key, value in row.items() if key != "sorted_by"}})
        if items:
            groups.append({"group": name, "title": title, "items": items})
    return groups


def _group(entry: ReportEntry, story: Story) -> str:
    corrected = story.corrected(entry) if entry.kind == "entry.corrected" else entry
    if corrected is not None and corrected is not entry:
        return _group(corrected, story)
    if entry.kind == "notice.issued" or is_creditor_act(entry):
        roles = {story.role(party) for party in story.parties_of(entry)}
        return "guarantors" if roles == {"guarantor"} else "assertions"
    return KIND_GROUPS.get(entry.kind, "other")


def _rows(entry: ReportEntry, story: Story) -> Iterator[dict[str, JsonValue]]:
    files = named_files(entry.facts)
    for place, ref in enumerate(files):
        yield _row(entry, story, ref, first=place == 0)
    if not files:
        yield _row(entry, story, None, first=True)


def _row(entry: ReportEntry, story: Story, ref: FileRef | None, *, first: bool) -> dict[str, JsonValue]:
    return {
        "name": _name(entry, story, ref),
        "category": _category(ref),
        "origin": _origin(entry, story, ref),
        "original": _original(ref),
        "copies": _copies(entry, ref),
        "proves": _proves(entry, story, first=first),
        "remark": _remark(entry, story, ref, first=first),
        "entry": entry.seq,
        "sha256": ref.sha256 if ref else None,
        "sorted_by": _service_order(entry, story),
    }


def _service_order(entry: ReportEntry, story: Story) -> str:
    """Letter by letter, in the order in which things were recorded."""
    letter = story.letter_of(entry)
    return f"{letter.entry.seq if letter else entry.seq:012d}.{entry.seq:012d}"


def _name(entry: ReportEntry, story: Story, ref: FileRef | None) -> str:
    letter = story.letter_of(entry)
    if ref is None:
        about = f"（{letter.name}）" if letter else ""
        return f"{kind_title(entry.kind)}记录{about}"
    role = FILES.get(ref.role, ref.role)
    if entry.kind == "scan.recorded":
        role = f"{SCANS.get(text(entry.facts, 'kind'), '')}扫描件"
    if letter is None:
        return f"{kind_title(entry.kind)}：{role}"
    return f"{letter.name}{role}" if ref.role in _DOCUMENTS else f"{role}（{letter.name}）"


def _category(ref: FileRef | None) -> str:
    if ref is None or ref.media_type.startswith(_RAW):
        return "电子数据"
    if ref.media_type.startswith(_SOUND):
        return "视听资料"
    return "书证（电子文书）" if ref.role in _DOCUMENTS else "书证"


def _origin(entry: ReportEntry, story: Story, ref: FileRef | None) -> str:
    tenant = story.source.tenant_name
    if entry.kind == "notice.issued":
        return f"{tenant}制作，系统生成"
    if entry.kind == "tracking.recorded":
        return f"承运人；{text(entry.facts, 'source') or '来源未注明'}"
    if entry.kind in ("dispatch.recorded", "receipt.recorded") and ref is not None and ref.role in CARRIER_FILES:
        sending = story.sendings.get(text(entry.facts, "dispatch"))
        carrier = text(sending.entry.facts, "carrier") if sending else ""
        return f"{CARRIERS.get(carrier, carrier)}，{tenant}提交"
    return f"{tenant}{'提交' if ref else '登记'}"


def _original(ref: FileRef | None) -> str:
    if ref is None:
        return "系统记录（电子）"
    if ref.role in _DOCUMENTS:
        return "电子原件"
    if ref.media_type.startswith(_SOUND):
        return "复制件（电子）"
    return "电子件（导出）" if ref.media_type.startswith(_RAW) else "复制件（扫描）"


def _copies(entry: ReportEntry, ref: FileRef | None) -> str:
    if ref is None:
        return "1份"
    pages = entry.facts.get("pages")
    if ref.role in _DOCUMENTS and isinstance(pages, int):
        return f"1份/{pages}页"
    return "1份/1页" if ref.media_type in _ONE_PAGE else "1份"


def _proves(entry: ReportEntry, story: Story, *, first: bool) -> str:
    if not first:
        return "同上"
    letter = story.letter_of(entry)
    about = f"关于{letter.name}（致{text(letter.entry.facts, 'to_name')}）：" if letter is not None else ""
    if entry.kind == "notice.issued":
        about = ""
    return about + statement(entry, story)


def _remark(entry: ReportEntry, story: Story, ref: FileRef | None, *, first: bool) -> str:
    notes = [f"记录第{entry.seq}号"]
    if ref is not None and _original(ref) == "复制件（扫描）":
        notes.append(f"纸质件：{_SHOW_ORIGINAL}")
    if ref is not None and ref.media_type.startswith(_SOUND):
        notes.append("请保留原始载体")
    if entry.kind == "matter.opened":
        notes.append("合同等书证未收入本包的，由提交人另行提供")
    letter = story.letter_of(entry)
    if letter is not None and letter.voided is not None:
        notes.append(f"该函编号已作废（记录第{letter.voided.seq}号）")
    return "；".join(notes + (correction_notes(entry, story) if first else []))


def _due_rows(story: Story) -> Iterator[dict[str, JsonValue]]:
    if not story.entries:
        return
    opened, claim = story.entries[0], story.claim
    due_on = day(claim, "due_on")
    instalments = parts(claim, "instalments")
    if due_on is None and not instalments:
        return
    said = f"登记的到期日为 {due_on}" if due_on else _instalments(instalments)
    yield {
        **_row(opened, story, None, first=True),
        "name": "案件登记记录中的到期日",
        "proves": said,
        "remark": f"记录第{opened.seq}号，{opened.at.astimezone(SHANGHAI).date()} 登记；以合同约定为准",
    }


def _instalments(instalments: tuple[object, ...]) -> str:
    listed = [
        f"{day(one, 'due_on') or '日期未写明'}：{money(one.get('amount'))}"
        for one in instalments
        if isinstance(one, dict)
    ]
    head = f"登记分{len(instalments)}期到期，"
    return head + "；".join(listed if len(listed) <= 6 else [*listed[:2], "……", *listed[-2:]])
