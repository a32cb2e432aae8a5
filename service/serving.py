"""`duly serve` and `duly worker`: the HTTP application and the background work, in one process or in many."""

import json
import secrets
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from service.access import SCOPES, Access, Tenant
from service.app import create_app, create_health_app
from service.errors import NotFoundError
from service.settings import Settings
from service.structured_logs import configure_logs
from service.wiring.fleet import check_shareable
from service.wiring.foundation import clock
from service.wiring.installed import Installation, installation

DEMONSTRATION_CODE, DEMONSTRATION_NAME = "DEMO", "演示租户（某某银行）"
DEMONSTRATION_KEY_DAYS = 30
GRACE_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What a newcomer needs for a first notice."""

    keys: dict[str, str]
    matter_id: str
    fields: dict[str, Any]


def serve(*, host: str, port: int, demonstration: bool, works: bool = True, settings: Settings | None = None) -> int:
    """Serve until told to stop; without `works`, the background work is left to workers."""
    settings = settings or Settings()
    configure_logs(settings.log_level)
    if not works:
        check_shareable(settings)
    with installation(settings, works=works) as installed:
        greet = _greeter(installed, host=host, port=port) if demonstration else _plain(host, port)
        run(installed, host=host, port=port, started=greet)
    return 0


def work(*, host: str, port: int | None, settings: Settings | None = None) -> int:
    """Do background work until told to stop; with a port, tell there how it goes."""
    settings = settings or Settings()
    configure_logs(settings.log_level)
    check_shareable(settings)
    with installation(settings) as installed:
        if port is None:
            _work_until_told(installed)
        else:
            application = create_health_app(installed.services, lifespan=lifespan_of(installed))
            _serve(application, host=host, port=port, started=_working)
    return 0


def _work_until_told(installed: Installation) -> None:
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    installed.start()
    try:
        _working()
        told.wait()
    finally:
        installed.stop()


def _working() -> None:
    print("Duly 达证后台进程已启动（按 Ctrl-C 停止）", flush=True)


def run(installed: Installation, *, host: str, port: int, started: Callable[[], None]) -> None:
    """Serve an installation on an address; `started` is called once it answers."""
    application = create_app(installed.services, lifespan=lifespan_of(installed))
    _serve(application, host=host, port=port, started=started)


def _serve(application: FastAPI, *, host: str, port: int, started: Callable[[], None]) -> None:
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _Server(config, started).run()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await run_in_threadpool(self._tell)


def lifespan_of(installed: Installation) -> Any:
    """Give the ASGI lifespan that runs the background work beside the application."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        await run_in_threadpool(installed.start)
        try:
            yield
        finally:
            await run_in_threadpool(installed.stop)

    return lifespan


def _plain(host: str, port: int) -> Callable[[], None]:
    return lambda: print(f"Duly 达证已启动：http://{host}:{port}（接口文档 /docs，按 Ctrl-C 停止）", flush=True)


def _greeter(installed: Installation, *, host: str, port: int) -> Callable[[], None]:
    def greet() -> None:
        welcome = welcome_newcomer(installed)
        print(f"\nDuly 达证已启动：http://{host}:{port}    接口文档 http://{host}:{port}/docs    按 Ctrl-C 停止")
        print(f"演示租户 {DEMONSTRATION_CODE}，每种角色一把密钥（{DEMONSTRATION_KEY_DAYS} 天有效，只显示这一次）：")
        for role, text in welcome.keys.items():
            print(f"  {role:<14}{text}")
        print("\n出具第一份通知书（复制整行执行）：\n")
        print(first_notice(welcome, address=f"http://{host}:{port}"), flush=True)

    return greet


def first_notice(welcome: Welcome, *, address: str) -> str:
    """Give the curl line that issues a notice in the sample matter."""
    body = {"matter": welcome.matter_id, "party": "p2", "template": "loan-demand", "fields": welcome.fields}
    text = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    return (
        f"curl -sS {address}/v1/notices -H 'Authorization: Bearer {welcome.keys['case_system']}' "
        f"-H 'Content-Type: application/json' -H 'Idempotency-Key: first-{secrets.token_hex(4)}' -d '{text}'"
    )


def welcome_newcomer(installed: Installation) -> Welcome:
    """Make the demonstration tenant, a key for each role, and a sample matter to issue a first notice in."""
    access = installed.foundation.access
    tenant = _demonstration_tenant(access)
    expires_at = clock() + timedelta(days=DEMONSTRATION_KEY_DAYS)
    keys = {
        role: access.issue_key(tenant_id=tenant.id, role=role, label="demonstration", expires_at=expires_at)[0]
        for role in SCOPES
    }
    fields = dict(installed.services.catalog.get("loan-demand", None).example)
    # Each start its own contract: the sample letter would else be refused as issued already.
    fields["contract_no"] = f"示例借字第{secrets.randbelow(10**10):010d}号"
    opened = installed.services.matters.open(tenant_id=tenant.id, facts=sample_matter(fields))
    return Welcome(keys=keys, matter_id=opened.matter_id, fields=fields)


def sample_matter(fields: dict[str, Any]) -> dict[str, Any]:
    """Give the facts of a matter that the sample letter is about: plainly a sample."""
    return {
        "reference": "SAMPLE-0001",
        "claim": {
            "kind": "loan",
            "contract_no": fields["contract_no"],
            "principal": {"amount": fields["principal"], "currency": "CNY"},
            "due_on": fields["due_on"],
        },
        "parties": [
            {"party": "p1", "role": "creditor", "kind": "organisation", "name": fields["creditor"]["name"]},
            {"party": "p2", "role": "debtor", "kind": "person", "name": fields["debtor"]["name"]},
        ],
    }


def _demonstration_tenant(access: Access) -> Tenant:
    try:
        return access.tenant_by_code(DEMONSTRATION_CODE)
    except NotFoundError:
        return access.create_tenant(code=DEMONSTRATION_CODE, name=DEMONSTRATION_NAME)
