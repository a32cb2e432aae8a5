"""What must hold before a notice number is taken: the letter's fields, its addressee, and that it is not there yet."""

from collections.abc import Mapping
from typing import Any

from evidence.canonical import format_instant
from evidence.law.entry_values import legal_day
from service.comparing import compared
from service.errors import ConflictError, FieldError, RefusedError
from service.filing import ADDRESSEES
from service.matters import Party
from service.records.notices import NoticeRow
from service.render import Checked, Template, check_fields, cn_date


class NoticeDuplicateError(ConflictError):
    """A notice of this kind to this addressee about this contract as of this day is issued; `existing` is its row."""

    def __init__(self, existing: NoticeRow) -> None:
        at = existing.created_at
        told = f"{existing.notice_no} ({existing.id}), issued at {format_instant(at)}"
        told_zh = f"编号 {existing.notice_no}（{existing.id}），出具于{cn_date(legal_day(at).isoformat())}"
        super().__init__(
            "notice_duplicate",
            f"a notice of this kind to this addressee about this contract as of this day is there: {told}. "
            "Where it is to be issued once more, say why in duplicate_reason.",
            message_zh=f"同类通知已就同一合同、同一截至日向同一收件人出具：{told_zh}。"
            "确需再次出具的，请在 duplicate_reason 中说明理由。",
        )
        self.existing = existing


def checked_letter(template: Template, fields: Mapping[str, Any], *, engine: str, party: Party) -> Checked:
    """Check a letter to this party: its fields, its engine, and that it is for such a party and names it.

    Returns:
        The fields to go on with (their text composed) and the warnings.

    Raises:
        RefusedError: `validation_failed`, with every fault at once.
    """
    checked = check_fields(template, fields)
    errors = (
        *prefixed(checked.errors),
        *_engine_errors(template, engine),
        *_role_errors(template, party),
        *_addressee_errors(party, checked),
    )
    if errors:
        raise RefusedError("validation_failed", "some fields are not right", errors=errors, message_zh="部分字段有误")
    return checked


def prefixed(errors: tuple[FieldError, ...]) -> tuple[FieldError, ...]:
    """Give what is said of fields with pointers into the whole request."""
    return tuple(
        FieldError(
            pointer=f"/fields{error.pointer}",
            code=error.code,
            message_zh=error.message_zh,
            message_en=error.message_en,
        )
        for error in errors
    )


def _engine_errors(template: Template, engine: str) -> tuple[FieldError, ...]:
    if engine in template.engines:
        return ()
    offered = "、".join(template.engines)
    return (
        FieldError(
            pointer="/engine",
            code="engine_not_offered",
            message_zh=f"该模板没有 {engine} 版本，可用：{offered}",
            message_en=f"this template has no {engine} version; it offers {', '.join(template.engines)}",
        ),
    )


def _role_errors(template: Template, party: Party) -> tuple[FieldError, ...]:
    """A demand on the debtor does not reach a guarantor, nor the reverse; nobody demands of himself."""
    wanted = ADDRESSEES.get(str(template.facts.get("addressee_role")), frozenset({party.role}))
    if party.role in wanted:
        return ()
    return (
        FieldError(
            pointer="/party",
            code="addressee_role",
            message_zh=f"《{template.title_zh}》不能发给该当事人：其身份不是函件的收件对象，请核对",
            message_en=f"this letter is not for a {party.role}; it is for {', '.join(sorted(wanted))}",
        ),
    )


def _addressee_errors(party: Party, checked: Checked) -> tuple[FieldError, ...]:
    """A letter that does not name the party it is sent to would be an assertion against nobody."""
    if compared(party.name) in {compared(text) for text in _strings(checked.fields)}:
        return ()
    return (
        FieldError(
            pointer="/party",
            code="addressee_not_named",
            message_zh="函件字段中没有收件当事人的姓名或名称，请核对是否寄错对象",
            message_en="no field of the letter is the name of the party it is addressed to",
        ),
    )


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return []
