"""A time authority that is down stops no notice: its tokens follow, and the state is there to be seen."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "service"))
from test_tsa import SimulatedServer, serving

from service.adapters.tsa_development import development_authorities
from service.notices import NoticeRequest
from service.records import jobs, logs
from service.records.engine import reading
from service.serving import Welcome, welcome_newcomer
from service.settings import Settings
from service.wiring.foundation import clock
from service.wiring.installed import Installation, installation

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> SimulatedServer:
    return SimulatedServer(development_authorities(tmp_path / "tsa", clock=clock)[0])


@pytest.fixture
def installed(tmp_path: Path, server: SimulatedServer) -> Iterator[Installation]:
    roots, chain = tmp_path / "roots.pem", tmp_path / "chain.pem"
    authority = development_authorities(tmp_path / "tsa", clock=clock)[0]
    roots.write_bytes(authority.roots_pem())
    chain.write_bytes(authority.chain_pem())
    settings = Settings(
        data=tmp_path / "data", tsa_urls=(server.url,), tsa_roots=roots, tsa_chain=chain, tsa_timeout_seconds=1,
        token_seconds=0, checkpoint_seconds=0.2, job_polling_seconds=0.1,
    )  # fmt: skip
    with installation(settings) as made:
        made.start()
        yield made
        made.stop()


def issue(installed: Installation, welcome: Welcome) -> None:
    tenant = installed.foundation.access.tenant("DEMO")
    request = NoticeRequest(
        matter_id=welcome.matter_id, party="p2", template="loan-demand", version=None, engine="html",
        fields=welcome.fields,
    )  # fmt: skip
    installed.services.notices.issue(tenant, request, answer=lambda _conn, _issued: None)


def wait_for(installed: Installation, state: str) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for _ in range(150):
        with reading(installed.foundation.engine) as conn:
            found = logs.token_states(conn, origin=installed.foundation.settings.origin)
        if any(name == state for _, name in found):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def test_notices_issue_and_tokens_follow(installed: Installation, server: SimulatedServer) -> None:
    welcome = welcome_newcomer(installed)
    issue(installed, welcome)
    wait_for(installed, "pending")
    tenant = installed.foundation.access.tenant("DEMO")
    asked = installed.bundles.request(tenant_id=tenant.id, matter_id=welcome.matter_id, also=lambda *_: None)
    time.sleep(1)
    with reading(installed.foundation.engine) as conn:
        waiting = jobs.job(conn, tenant_id=tenant.id, job_id=asked.job_id)
    assert waiting.state == "running"
    with serving(server):
        wait_for(installed, "granted")
        for _ in range(300):
            with reading(installed.foundation.engine) as conn:
                job = jobs.job(conn, tenant_id=tenant.id, job_id=asked.job_id)
            if job.state != "running":
                break
            time.sleep(0.1)
    assert job.state == "succeeded", job
