"""What is recorded all the same and should be looked at: numbers that do not check, dispatches that prove little.

Old registers hold wrong numbers and carriers change their forms, so none of this refuses anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evidence.law.entry_proofs import is_vague
from service.errors import FieldError
from service.render.fonts import installed_coverage
from service.render.hygiene import check_text
from service.render.identity import is_prc_id, is_uscc
from service.waybills import waybill_fault

_POSTED = frozenset({"ems", "sf", "registered_mail", "courier"})
_WEAK_RELATIONS = {
    "guard": "门卫代收",
    "locker": "快递柜签收",
    "minor": "未成年人签收",
    "unauthorised": "未经授权的人签收",
    "unknown": "签收人身份不明",
}

Facts = Mapping[str, Any]


def party_warnings(parties: Sequence[Facts]) -> tuple[FieldError, ...]:
    """Look at the parties of a matter: check digits, and names that no letter could show."""
    return tuple(found for place, party in enumerate(parties) for found in _party(f"/parties/{place}", party))


def dispatch_warnings(facts: Facts) -> tuple[FieldError, ...]:
    """Look at a dispatch: its waybill number, and whether the waybill names what was inside."""
    return (*_waybill(facts), *_item(facts))


def receipt_warnings(facts: Facts, *, files: int) -> tuple[FieldError, ...]:
    """Look at a receipt: whether there is paper for it, who signed, and why it came back."""
    return tuple(_receipt(facts, files))


def _party(pointer: str, party: Facts) -> Iterator[FieldError]:
    for name in ("name", "address"):
        if any(fault.code == "text.no_glyph" for fault in check_text(party.get(name, ""), "", installed_coverage())):
            yield _warning(
                f"{pointer}/{name}",
                "text.no_glyph",
                "含有现有字体无法显示的字，出具通知书前需更换字体或核对用字",
                "holds a character that no font here draws: a letter with it could not be issued",
            )
    number = party.get("id_no")
    if number is None:
        return
    is_person = party["kind"] == "person"
    if not (is_prc_id(number) if is_person else is_uscc(number)):
        yield _warning(
            f"{pointer}/id_no",
            "id_no.check_digit",
            "不是校验正确的" + ("居民身份证号码" if is_person else "统一社会信用代码") + "，请核对（其他证件可忽略）",
            "is not a right "
            + ("identity number" if is_person else "unified social credit code")
            + ": look at it again",
        )


def _waybill(facts: Facts) -> Iterator[FieldError]:
    number, carrier = facts.get("waybill_no"), facts["carrier"]
    if number is None:
        if carrier in _POSTED:
            yield _warning(
                "/waybill_no",
                "waybill.missing",
                "没有填写单号，以后难以查询投递结果",
                "there is no waybill number: the delivery cannot be traced later",
            )
    elif (fault := waybill_fault(number, carrier=carrier)) is not None:
        yield fault


def _item(facts: Facts) -> Iterator[FieldError]:
    if facts["carrier"] not in _POSTED:
        return
    said = facts.get("item_description")
    advice = "写明文书名称、合同编号和要求，如“《逾期贷款催收通知书》某某号，要求还本付息”"
    if said is None:
        yield _warning(
            "/item_description",
            "item_description.missing",
            f"没有填写内件品名，单凭面单难以证明寄出的是哪份文书；请{advice}",
            "the waybill does not say what was inside, so it cannot show which letter was sent",
        )
    elif is_vague(said):
        yield _warning(
            "/item_description",
            "item_description.vague",
            f"内件品名过于笼统，难以证明寄出的是哪份文书；请{advice}",
            "this description is too vague to show which letter was sent: name the letter, the contract and the demand",
        )


def _receipt(facts: Facts, files: int) -> Iterator[FieldError]:
    if facts["outcome"] == "unread":
        yield _warning(
            "/outcome",
            "receipt.unread",
            "没有证据表明已到达对方使用的系统的，不发生主张的效力，建议另行催告",
            "unread messages count only where they are shown to have arrived: consider sending another notice",
        )
    if not files:
        yield _warning(
            "/files",
            "receipt.no_file",
            "没有附上回执、退件信封或查询单，单凭文字难以证明",
            "there is no image of the receipt, the returned envelope or the tracking print",
        )
    if facts["outcome"] == "delivered" and facts.get("relation", "unknown") in _WEAK_RELATIONS:
        who = _WEAK_RELATIONS[facts.get("relation", "unknown")]
        yield _warning(
            "/relation",
            "receipt.weak_signature",
            f"{who}，对方可能否认收到，建议另行催告",
            "who signed for it proves little about the addressee: consider sending another notice",
        )
    if facts["outcome"] in ("refused", "returned") and "reason" not in facts:
        yield _warning(
            "/reason",
            "receipt.reason_missing",
            "没有填写拒收或退回的原因；原因决定能否视为送达",
            "say why it was refused or returned: whether it counts as arrived depends on that",
        )


def _warning(pointer: str, code: str, message_zh: str, message_en: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, message_zh=message_zh, message_en=message_en)
