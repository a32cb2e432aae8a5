"""What webhooks look like over HTTP: bodies that are sent, answers that are given."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from service.api.answers import Answered
from service.api.wire import Line, Moment, Wire, refusal
from service.records.outbox import TYPES

ID, EVENT = "w_4k2y7q3n5w6x2z4a5b6c7d2e3f", "evt_4k2y7q3n5w6x2z4a5b6c7d2e3f"
EventType = Literal[TYPES]  # type: ignore[valid-type]
Scheme = Literal["hmac-sha256", "ed25519"]
StateName = Literal["active", "disabled"]
DeliveryState = Literal["waiting", "sending", "delivered", "failed"]


def _different(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        raise refusal("repeated", "不得重复", "none may be there twice")
    return values


Url = Annotated[str, Field(min_length=1, max_length=2000, examples=["https://case.example/hooks/duly"])]
EventTypes = Annotated[
    list[EventType], Field(min_length=1, examples=[["notice.issued", "batch.finished"]]), AfterValidator(_different)
]
Schemes = Annotated[list[Scheme], Field(min_length=1, examples=[["ed25519"]]), AfterValidator(_different)]


class WebhookBody(Wire):
    """An endpoint to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://case.example/hooks/duly",
                    "description": "案件系统",
                    "events": ["notice.issued", "bundle.ready", "alarm.raised"],
                    "signatures": ["hmac-sha256"],
                }
            ]
        }
    )

    url: Url = Field(title="接收地址", description="https 网址，不含用户名、密码。Where events are sent.")
    description: Line | None = Field(None, title="用途", examples=["案件系统"])
    events: EventTypes | None = Field(None, title="事件种类", description="不填为全部，含以后新增的。None: all.")
    signatures: Schemes = Field(
        ["hmac-sha256"], title="签名方式", description="hmac-sha256（共享密钥）、ed25519（公钥），可并用。"
    )


class WebhookChange(Wire):
    """What of an endpoint is to be otherwise; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "active"}]})

    url: Url | None = Field(None, title="接收地址")
    description: Line | None = Field(None, title="用途", examples=["案件系统"])
    events: EventTypes | None = Field(None, title="事件种类", description="null 为全部。")
    state: StateName | None = Field(None, title="状态", description="active 启用；disabled 停用，事件保留待发。")

    def values(self) -> dict[str, Any]:
        """Give the columns to set: null means all events, no description, and otherwise nothing."""
        given = self.model_dump(include=self.model_fields_set)
        columns: dict[str, Any] = {name: given[name] for name in ("url", "state") if given.get(name) is not None}
        if "description" in given:
            columns["description"] = given["description"] or ""
        if "events" in given:
            columns["types"] = given["events"]
        return columns


class RotationBody(Wire):
    """How to change keys."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"grace_hours": 24}]})

    grace_hours: int = Field(
        24,
        ge=0,
        le=168,
        examples=[24],
        title="并用时间（小时）",
        description="旧密钥与新密钥同时签名的时间；0 为立即停用旧密钥。",
    )


class ReplayBody(Wire):
    """Which failed events to send again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"since": "2026-11-24T09:30:00+08:00"}]})

    since: Moment = Field(title="自何时起", description="此时刻及以后发生、投递失败的事件。")


class KeyAnswer(Answered):
    """A key that signs now."""

    id: str = Field(title="密钥标识", examples=["wk_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    signature: str = Field(title="签名方式", examples=["hmac-sha256"])
    secret: str | None = Field(
        title="密钥", description="`whsec_…`；只在新建或更换时显示一次，重复请求不再显示。", examples=["whsec_…"]
    )
    public_key: str | None = Field(title="公钥", description="`whpk_…`；仅 ed25519。", examples=[None])
    created_at: str = Field(title="创建时间", examples=["2026-11-28T01:00:00Z"])
    ends_at: str | None = Field(title="停用时间", description="更换后旧密钥签名到此时。", examples=[None])


class WebhookAnswer(Answered):
    """An endpoint and how it fares."""

    id: str = Field(title="标识", examples=[ID])
    url: str = Field(title="接收地址", examples=["https://case.example/hooks/duly"])
    description: str = Field(title="用途", examples=["案件系统"])
    events: list[str] | None = Field(title="事件种类", description="空为全部。", examples=[["notice.issued"]])
    state: str = Field(title="状态", description="active 启用；disabled 停用。", examples=["active"])
    disabled_because: str | None = Field(title="停用原因代码", examples=[None])
    disabled_because_zh: str | None = Field(title="停用原因", examples=[None])
    failures: int = Field(title="连续失败次数", examples=[0])
    failing_since: str | None = Field(title="连续失败始于", examples=[None])
    resting_until: str | None = Field(title="暂停投递至", description="连续失败或对方限流时。", examples=[None])
    created_at: str = Field(title="创建时间", examples=["2026-11-28T01:00:00Z"])
    changed_at: str = Field(title="变动时间", examples=["2026-11-28T01:00:00Z"])
    keys: list[KeyAnswer] = Field(title="签名密钥")
    links: dict[str, str] = Field(title="链接", examples=[{"self": f"/v1/webhooks/{ID}"}])


class WebhookList(Answered):
    """A tenant's endpoints."""

    items: list[WebhookAnswer] = Field(title="接收端")


class AttemptAnswer(Answered):
    """One attempt."""

    at: str = Field(title="时间", examples=["2026-11-28T01:00:05Z"])
    status: int | None = Field(title="HTTP 状态", examples=[503])
    error: str | None = Field(title="错误代码", examples=["status"])
    milliseconds: int = Field(title="用时（毫秒）", examples=[112])


class DeliveryAnswer(Answered):
    """The delivery of one event."""

    event: str = Field(title="事件标识", description="即 webhook-id，重试与重发不变。", examples=[EVENT])
    type: str = Field(title="事件种类", examples=["notice.issued"])
    at: str = Field(title="事件时间", examples=["2026-11-28T01:00:00Z"])
    state: str = Field(
        title="状态",
        description="waiting 待投；sending 投递中；delivered 已送达；failed 未送达。",
        examples=["waiting"],
    )
    tries: int = Field(title="本轮次数", description="一轮至多 10 次；重发开始新的一轮。", examples=[1])
    attempts: int = Field(title="总次数", examples=[1])
    next_at: str | None = Field(title="下次投递", examples=["2026-11-28T01:05:00Z"])
    last_at: str | None = Field(title="最近投递", examples=["2026-11-28T01:00:05Z"])
    status: int | None = Field(title="最近 HTTP 状态", examples=[503])
    error: str | None = Field(title="最近错误代码", examples=["status"])
    error_zh: str | None = Field(title="最近错误", examples=["接收方未以 2xx 答复"])
    answer: str | None = Field(title="对方答复", description="开头至多 1 kB。", examples=["try later"])
    history: list[AttemptAnswer] = Field(title="历次投递", description="最近 20 次。")


class DeliveryList(Answered):
    """One page of the log, newest event first."""

    items: list[DeliveryAnswer] = Field(title="投递记录")
    next_cursor: str | None = Field(title="下一页游标", examples=[None])


class ReplayAnswer(Answered):
    """How many events are sent again."""

    replayed: int = Field(title="重发数", examples=[12])
