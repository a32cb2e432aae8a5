"""What an entry says, as one Chinese statement of fact; nothing in it follows from law."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from service.report.reading import beijing, chinese_day, day, moment, money, part, parts, text
from service.report.source import ReportEntry
from service.report.story import Story
from service.report.wording import (
    ADDRESSES,
    ASKED,
    CARRIERS,
    CLAIMS,
    KEYS,
    OUTCOMES,
    RELATIONS,
    SCANS,
    SIGNATURES,
    VALUES,
    kind_title,
)

_SILENT = frozenset({"currency"})
_TOLD = _SILENT | {"party", "on", "at", "files", "salt", "matter"}
_FIRST = {name: place for place, name in enumerate(("amount", "due_on", "text", "said", "court", "case_no", "against"))}
_NESTED, _LISTED = 2, 12


def statement(entry: ReportEntry, story: Story) -> str:
    """Say what an entry recorded, as it was recorded."""
    write = _STATEMENTS.get(entry.kind, _plain)
    return write(entry, story)


def correction_notes(entry: ReportEntry, story: Story) -> list[str]:
    """Say how an entry was corrected, one sentence for each correction."""
    return [_correction(correction, entry, story) for correction in story.corrections(entry)]


def tracking_events(entries: Iterable[ReportEntry], story: Story) -> list[Mapping[str, Any]]:
    """Give all events of the carrier, in the order in which they happened."""
    events = [event for entry in entries for event in parts(story.effective(entry), "events")]
    return sorted(events, key=lambda event: str(event.get("at", "")))


def tracking_event(event: Mapping[str, Any]) -> str:
    """Say one event of the carrier."""
    at = moment(event, "at")
    said = text(event, "text") or text(event, "status")
    return " ".join(filter(None, (beijing(at) if at else "", text(event, "place"), said)))


def _correction(entry: ReportEntry, corrected: ReportEntry | None, story: Story) -> str:
    """Say old and new of each thing that was corrected: neither is left out."""
    facts = part(entry.facts, "facts")
    before = corrected.facts if corrected is not None else {}
    changes = []
    for key in sorted(facts.keys() - {"salt", "currency"}):
        old, new = (_value(key, side[key], side, story) if key in side else "" for side in (before, facts))
        changes.append(f"{KEYS.get(key, key)}" + (f"原记“{old}”，" if old else "") + f"更正为“{new}”")
    reason = text(entry.facts, "reason")
    return f"更正（记录第{entry.seq}号）：{'；'.join(changes) or '见说明'}" + (f"。原因：{reason}" if reason else "")


def _opened(entry: ReportEntry, _story: Story) -> str:
    claim = part(entry.facts, "claim")
    contract = text(claim, "contract_no")
    contract_on = day(claim, "contract_on")
    return "，".join(filter(None, (
        f"登记债权：{CLAIMS.get(text(claim, 'kind'), text(claim, 'kind'))}",
        f"合同编号 {contract}" if contract else "",
        f"签订日 {contract_on}" if contract_on else "",
        f"本金{money(claim.get('principal'))}" if money(claim.get("principal")) else "",
        text(claim, "description"),
    )))  # fmt: skip


def _issued(entry: ReportEntry, _story: Story) -> str:
    fields = part(entry.facts, "fields")
    at = moment(entry.facts, "issued_at") or entry.at
    total, pay_by = money(fields.get("total")), day(fields, "pay_by_on")
    asked = "，".join(filter(None, (f"函载欠款合计{total}" if total else "", f"付款期限 {pay_by}" if pay_by else "")))
    wanted = ASKED.get(text(entry.facts, "template"), "")
    name = text(entry.facts, "to_name")
    return "，".join(filter(None, (f"于{beijing(at)} 向{name}出具函件", wanted, asked)))


def _voided(entry: ReportEntry, _story: Story) -> str:
    return f"编号 {text(entry.facts, 'notice_no')} 作废：{text(entry.facts, 'reason')}"


def _dispatched(entry: ReportEntry, _story: Story) -> str:
    facts = entry.facts
    at, waybill, basis = moment(facts, "posted_at"), text(facts, "waybill_no"), text(facts, "address_basis")
    carrier = CARRIERS.get(text(facts, "carrier"), text(facts, "carrier"))
    return "，".join(filter(None, (
        f"于{beijing(at)} 交寄" if at else "交寄",
        f"{carrier}" + (f"，邮件号 {waybill}" if waybill else ""),
        f"内件品名“{text(facts, 'item_description')}”" if text(facts, "item_description") else "",
        f"收件人{text(facts, 'recipient')}" if text(facts, "recipient") else "",
        f"地址：{text(facts, 'address')}" if text(facts, "address") else "",
        f"地址依据：{ADDRESSES.get(basis, basis)}" if basis else "",
        f"给予宽限 {facts['grace_days']} 日" if isinstance(facts.get("grace_days"), int) else "",
    )))  # fmt: skip


def _tracked(entry: ReportEntry, story: Story) -> str:
    events = [tracking_event(event) for event in tracking_events([entry], story)]
    listed = events if len(events) <= 4 else [*events[:2], f"（中间 {len(events) - 4} 条从略）", *events[-2:]]
    return f"轨迹 {len(events)} 条：" + "；".join(listed)


def _received(entry: ReportEntry, _story: Story) -> str:
    facts = entry.facts
    at, signer = moment(facts, "delivered_at"), text(facts, "signed_by")
    relation = RELATIONS.get(text(facts, "relation"), text(facts, "relation"))
    outcome = OUTCOMES.get(text(facts, "outcome"), text(facts, "outcome"))
    who = f"签收人{signer}" + (f"（{relation}）" if relation else "") if signer else relation
    reason = text(facts, "reason")
    when = f"{beijing(at)} " if at else "（未记时间）"
    late = "收件人已停止业务活动" if facts.get("after_hours") is True else ""
    kept = "收件人当时无从知悉" if facts.get("prevented") is True else ""
    why = f"原因：{reason}" if reason else ""
    return "，".join(filter(None, (f"承运人反馈：{when}{outcome}", who, why, late, kept)))


def _scanned(entry: ReportEntry, _story: Story) -> str:
    facts = entry.facts
    kind, signed_on = SCANS.get(text(facts, "kind"), text(facts, "kind")), day(facts, "signed_on")
    marks = "、".join(_marks(part(facts, "marks")))
    signer, relation = text(facts, "signer"), text(facts, "relation")
    tie = RELATIONS.get(relation, relation)
    who = f"{signer}（{tie}）" if signer and tie else signer or tie
    said = SIGNATURES.get(text(facts, "signature"), text(facts, "signature"))
    return "，".join(filter(None, (
        kind,
        f"签署日期 {signed_on}" if signed_on else "",
        f"签署人{who}" if who else "",
        f"签署的含义：{said}" if said else "",
        f"其上勾填：{marks}（由工作人员识读录入）" if marks else "",
        "纸质原件由债权人保存" if facts.get("original_held") is True else "",
    )))  # fmt: skip


def _marks(marks: Mapping[str, Any]) -> Iterable[str]:
    if marks.get("received"):
        yield "收到本函"
    if marks.get("amount_confirmed"):
        yield "对金额无异议"
    promise = part(marks, "promise")
    if promise:
        due_on = day(promise, "due_on")
        yield f"承诺{f'于 {due_on} 前' if due_on else ''}履行{_sum(promise)}"
    if marks.get("knows_period_may_have_expired"):
        yield "知悉诉讼时效期间可能已届满"


def _sealed(entry: ReportEntry, _story: Story) -> str:
    return f"此前已封存证据包 {text(entry.facts, 'bundle')}"


def _corrected(entry: ReportEntry, story: Story) -> str:
    return f"针对记录第{entry.facts.get('corrects_seq')}号。{_correction(entry, story.corrected(entry), story)}"


def _plain(entry: ReportEntry, story: Story) -> str:
    """Any other fact: its day, its party and whatever it holds."""
    on = day(entry.facts, "on") or day(entry.facts, "at")
    party = text(entry.facts, "party")
    head = f"{f'{on} ' if on else ''}{kind_title(entry.kind)}" + (f"（{story.party_name(party)}）" if party else "")
    return "，".join((head, *_pairs(entry.facts, story, left_out=_TOLD)))


def _pairs(facts: Mapping[str, Any], story: Story, *, left_out: frozenset[str], depth: int = 0) -> Iterable[str]:
    for key in sorted(facts.keys() - left_out, key=lambda name: (_FIRST.get(name, len(_FIRST)), name)):
        said = _value(key, facts[key], facts, story, depth=depth)
        if said:
            yield said if key == "text" and depth == 0 else f"{KEYS.get(key, key)}：{said}"


def _value(key: str, value: object, facts: Mapping[str, Any], story: Story, *, depth: int = 0) -> str:
    if isinstance(value, Mapping):
        inner = _pairs(value, story, left_out=_SILENT, depth=depth + 1)
        return money(value) or ("，".join(inner) if depth < _NESTED and "sha256" not in value else "")
    if isinstance(value, list | tuple):
        listed = [_value(key, item, facts, story, depth=depth + 1) for item in value[:_LISTED]]
        return "；".join(filter(None, listed)) + (f"（共 {len(value)} 项）" if len(value) > len(listed) else "")
    if isinstance(value, bool):
        return "是" if value else "否"
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return _text_value(key, value, facts, story)


def _text_value(key: str, value: str, facts: Mapping[str, Any], story: Story) -> str:
    if key == "amount":
        return _sum(facts) or text(facts, key)
    if key in ("against", "party", "consented"):
        return story.party_name(value)
    at = moment({key: value}, key) if key.endswith("_at") or key == "at" else None
    return beijing(at) if at else VALUES.get(key, {}).get(value, text({key: value}, key))


def _sum(facts: Mapping[str, Any]) -> str:
    """Write an amount whose currency stands beside it."""
    return money(facts.get("amount"), currency=text(facts, "currency") or "CNY")


_STATEMENTS: dict[str, Callable[[ReportEntry, Story], str]] = {
    "matter.opened": _opened,
    "notice.issued": _issued,
    "notice.voided": _voided,
    "dispatch.recorded": _dispatched,
    "tracking.recorded": _tracked,
    "receipt.recorded": _received,
    "scan.recorded": _scanned,
    "bundle.sealed": _sealed,
    "entry.corrected": _corrected,
}


def long_day(facts: Mapping[str, Any], key: str) -> str:
    """Write a legal date as in a letter; empty when there is none."""
    on = day(facts, key)
    return chinese_day(on) if on else ""
