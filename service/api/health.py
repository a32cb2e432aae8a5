"""Is the process alive, can it do its work, and what does it count."""

import hmac
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from service.errors import ServiceError, StoreError, UnauthorisedError
from service.services import Probe, Services, services_of

log = structlog.get_logger("duly.health")
router = APIRouter(tags=["operation 运行"])

KEPT_SECONDS = 5.0
PROBE_SECONDS = 8.0


class Readiness(BaseModel):
    """What each part said when it was last asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"status": "ok", "parts": dict.fromkeys(("store", "database", "log", "renderer"), "ok")}]
        }
    )

    status: str
    parts: dict[str, str]


class NotReadyError(ServiceError):
    """Some part could not do its work now."""

    def __init__(self, parts: Mapping[str, str]) -> None:
        away = ", ".join(f"{name} ({state})" for name, state in sorted(parts.items()) if state != "ok")
        super().__init__("not_ready", f"Not working now: {away}.", message_zh=f"当前不可用：{away}。")


class Readiest:
    """Asks every part at most once in five seconds, all at the same time, and never waits long for one."""

    def __init__(
        self,
        probes: Mapping[str, Probe],
        *,
        seconds: Callable[[], float] = time.monotonic,
        patience: float = PROBE_SECONDS,
    ) -> None:
        self._probes, self._seconds, self._patience = dict(probes), seconds, patience
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(probes)), thread_name_prefix="probe")
        self._running: dict[str, Future[None]] = {}
        self._found: dict[str, str] = {}
        self._asked_at = float("-inf")

    def parts(self) -> dict[str, str]:
        """Tell `ok`, `away` or `slow` of each part; where a person has to look, the code of what was found."""
        with self._lock:
            if self._seconds() - self._asked_at >= KEPT_SECONDS:
                self._ask()
                self._asked_at = self._seconds()
            return dict(self._found)

    def _ask(self) -> None:
        for name, probe in self._probes.items():
            # A probe that hangs is not started again over itself.
            if name not in self._running:
                self._running[name] = self._pool.submit(probe)
        wait(self._running.values(), timeout=self._patience)
        for name in self._probes:
            self._found[name] = self._state(name)

    def _state(self, name: str) -> str:
        if not self._running[name].done():
            return "slow"
        error = self._running.pop(name).exception()
        if error is not None:
            log.warning("probe_failed", part=name, error=f"{type(error).__name__}: {error}")
        if isinstance(error, StoreError) and error.fatal:
            return error.code
        return "ok" if error is None else "away"


_ALIVE: dict[str, Any] = {"content": {"application/json": {"example": {"status": "ok"}}}}
_COUNTERS: dict[str, Any] = {
    "content": {"text/plain": {"example": 'duly_uploads_refused_total{code="pdf_broken"} 3.0'}}
}


@router.get("/livez", summary="进程存活 The process runs", responses={200: _ALIVE})
def show_alive() -> dict[str, str]:
    """Answer whenever the process can answer at all; a reason to restart it if not."""
    return {"status": "ok"}


def health_router(services: Services) -> APIRouter:
    """Build the operator's routes with one set of probes."""
    readiest = Readiest(services.probes)
    routes = APIRouter(tags=["operation 运行"])
    routes.include_router(router)

    @routes.get("/readyz", summary="能否办理业务 Every part works", response_model=Readiness)
    def show_ready() -> Readiness:
        """Ask the object store, the database, the log and the renderer; 503 names what does not work, and how."""
        parts = readiest.parts()
        if any(state != "ok" for state in parts.values()):
            raise NotReadyError(parts)
        return Readiness(status="ok", parts=parts)

    return routes


metrics_router = APIRouter(tags=["operation 运行"])


@metrics_router.get("/metrics", summary="运行指标 Counters", response_class=Response, responses={200: _COUNTERS})
def show_metrics(
    services: Annotated[Services, Depends(services_of)],
    authorization: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Give counters in the Prometheus text format; no label holds a person's data or a tenant."""
    wanted = f"Bearer {services.metrics_token}".encode()
    if services.metrics_token and not hmac.compare_digest(authorization.encode(), wanted):
        raise UnauthorisedError("metrics_token_wrong", "Send the metrics token.", message_zh="需要指标访问令牌。")
    return Response(services.metrics.text(), media_type=services.metrics.media_type)
