"""Long work and the bundles that come of it, as callers see them."""

from typing import Any

from pydantic import Field

from service.api.answers import Answered, EntryAnswer
from service.api.wire import Wire


class JobAnswer(Answered):
    """Long work."""

    id: str = Field(title="任务", examples=["j_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    kind: str = Field(title="种类", examples=["bundle"])
    state: str = Field(
        title="状态",
        description="queued、running、paused、succeeded、partial（部分行未出具）、failed、cancelled。",
        examples=["running"],
    )
    total: int = Field(title="总步数", examples=[4])
    done: int = Field(title="已完成步数", examples=[2])
    message: str = Field(title="进展", examples=["正在取得时间戳"])
    created_at: str = Field(title="受理时间", examples=["2026-11-24T01:30:00Z"])
    started_at: str | None = Field(title="开始时间", examples=["2026-11-24T01:30:00Z"])
    finished_at: str | None = Field(title="结束时间", examples=[None])
    queue_ms: int | None = Field(title="等待毫秒数", examples=[12])
    work_ms: int | None = Field(title="处理毫秒数", examples=[None])
    result: dict[str, Any] | None = Field(
        title="结果", examples=[{"bundle": "b_…", "links": {"download": "/v1/bundles/b_…/download"}}]
    )
    error: dict[str, Any] | None = Field(title="失败原因", examples=[None])
    links: dict[str, str] = Field(title="链接", examples=[{"self": "/v1/jobs/j_…", "events": "/v1/jobs/j_…/events"}])


class BundleBody(Wire):
    """What is asked of a bundle: nothing yet, so an empty object."""


class JobBegun(Answered):
    """Work that was accepted."""

    id: str = Field(title="任务", examples=["j_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    kind: str = Field(title="种类", examples=["bundle"])
    state: str = Field(title="状态", examples=["queued"])
    links: dict[str, str] = Field(title="链接", examples=[{"self": "/v1/jobs/j_…", "events": "/v1/jobs/j_…/events"}])


class BundleAsked(Answered):
    """A bundle that is being made."""

    job: JobBegun = Field(title="任务")
    bundle: str = Field(title="证据包", examples=["b_4k2y7q3n5w6x2z4a5b6c7d2e3f"])


class BundleAnswer(Answered):
    """A bundle."""

    id: str = Field(title="证据包", examples=["b_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    matter: str = Field(title="案件", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    state: str = Field(title="状态", description="building、ready 或 failed。", examples=["ready"])
    sha256: str | None = Field(title="SHA-256 摘要", examples=["9f…"])
    size: int | None = Field(title="字节数", examples=[1048576])
    seal: EntryAnswer | None = Field(title="封存记录", description="bundle.sealed。")
    created_at: str = Field(title="申请时间", examples=["2026-11-24T01:30:00Z"])
    verified_at: str | None = Field(title="自检通过时间", examples=["2026-11-24T01:30:04Z"])
    links: dict[str, str] = Field(title="链接", examples=[{"download": "/v1/bundles/b_…/download"}])
