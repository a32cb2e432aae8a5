"""Obstacles, the end of a general guarantor's refusal, and facts about the record itself."""

from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from service.api.event_bases import Happened, HappenedTo
from service.api.wire import Day, LongLine, PartyName, Text, Wire, clean_text, refusal

_OBSTACLE = "本案内自定的代号，事由发生与消除填写同一个；同时有几个事由时必须填写才能对应。"


class SuspensionStarted(Happened):
    """时效中止事由发生。A cause that suspends the period began."""

    kind: Literal["suspension.started"] = Field(title="种类")
    cause: Literal["force_majeure", "no_representative", "succession_open", "controlled_by_obligor", "other"] = Field(
        title="事由", description="依《民法典》第一百九十四条。"
    )
    obstacle: PartyName | None = Field(None, title="事由代号", description=_OBSTACLE, examples=["s1"])
    text: Text = Field(title="说明", description="事由的具体情况。", examples=["债权人被义务人控制"])


class SuspensionEnded(Happened):
    """时效中止事由消除。The cause was gone."""

    kind: Literal["suspension.ended"] = Field(title="种类")
    obstacle: PartyName | None = Field(None, title="事由代号", description=_OBSTACLE, examples=["s1"])


class DebtorFirstEnded(HappenedTo):
    """一般保证人丧失先诉抗辩权。A general guarantor may no longer send the creditor to the debtor first."""

    kind: Literal["debtor_first.ended"] = Field(title="种类")
    party: PartyName = Field(title="保证人", description="一般保证人的简称。")
    ground: Literal["debtor_missing", "bankruptcy", "assets_insufficient", "waived"] = Field(
        title="情形", description="《民法典》第六百八十七条第二款各项；发生日填债权人知道或者应当知道之日。"
    )


class ProofAdded(Wire):
    """补充证据。Proof of an earlier fact that was found or made later; the files come along by their roles."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "proof.added", "about_seq": 4, "on": "2026-11-27", "text": "补调邮件轨迹", "held": []}
            ]
        }
    )

    kind: Literal["proof.added"] = Field(title="种类")
    about_seq: int = Field(ge=1, lt=2**53, title="所证明的记录", description="该记录的序号。", examples=[4])
    on: Day = Field(title="取得日", description="取得证据的日期。")
    text: Text | None = Field(None, title="说明", examples=["补调邮件轨迹"])
    held: (
        list[
            Literal[
                "signed_original",
                "original_device",
                "returned_parcel",
                "witness",
                "video",
                "recording",
                "notarial_deed",
                "bank_record",
                "ledger",
            ]
        ]
        | None
    ) = Field(
        None,
        max_length=20,
        title="系统外保存的证据",
        description="只在系统外保存的原件、设备、录音录像、证人等；有文件的请随请求上传。",
        examples=[["signed_original"]],
    )


class EntryCorrected(Wire):
    """更正此前记录。A correction: the earlier entry stays, this one says what is right."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "entry.corrected",
                    "corrects_seq": 4,
                    "reason": "交寄日期录入有误",
                    "facts": {"posted_at": "2026-11-24T02:05:00Z"},
                }
            ]
        }
    )

    kind: Literal["entry.corrected"] = Field(title="种类")
    corrects_seq: int = Field(ge=1, lt=2**53, title="所更正的记录", description="该记录的序号。", examples=[4])
    reason: LongLine = Field(title="更正原因", examples=["交寄日期录入有误"])
    facts: dict[str, Any] = Field(
        min_length=1,
        title="正确的事实",
        description="任何可记录的 JSON；键为 a-z、0-9 和 _，不含小数。更正立案记录的 claim、parties 时只写改动的项。",
        examples=[{"posted_at": "2026-11-24T02:05:00Z"}],
    )

    @field_validator("facts")
    @classmethod
    def _recordable(cls, value: dict[str, Any]) -> dict[str, Any]:
        cleaned: dict[str, Any] = _clean(value, "")
        return cleaned


class MatterClosed(Happened):
    """结案。The matter was closed."""

    kind: Literal["matter.closed"] = Field(title="种类")
    outcome: Literal["paid", "settled", "assigned", "written_off", "withdrawn", "other"] = Field(title="结果")


def _clean(value: Any, place: str) -> Any:
    """Clean the texts of free facts; a file can only be named by sending it."""
    if isinstance(value, str):
        return clean_text(value) if value else value
    if isinstance(value, list):
        return [_clean(item, f"{place}/{index}") for index, item in enumerate(value)]
    if isinstance(value, dict):
        if {"file", "sha256"} <= value.keys():
            raise refusal(
                "file_named",
                f"{place or '/'}：文件请随请求上传，不能只写名称",
                f"{place or '/'}: send the file itself as a part",
            )
        return {name: _clean(item, f"{place}/{name}") for name, item in value.items()}
    return value
