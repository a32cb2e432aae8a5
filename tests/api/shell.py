"""One installation under test, and a small router that uses the shell as the story's routers do."""

import hashlib
import io
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from databases import sqlite_url
from fastapi import APIRouter, Depends, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from service.access import Access, Caller
from service.adapters.directory import DirectoryStore
from service.adapters.tsa_development import DevelopmentAuthority
from service.adapters.tsa_identity import open_identity
from service.api.callers import requires
from service.api.downloads import BYTES, Download, send_download
from service.api.idempotency import Answer, Once, once_of_json
from service.api.intake import RAW, Intake, Received
from service.api.json_body import StrictRoute
from service.app import create_app
from service.feeds import Feeds
from service.idempotency import Idempotency
from service.ledger import Appended, Draft, Ledger, object_key
from service.limitation import Limitation
from service.logkeys import create_log_keys
from service.logproofs import LogProofs
from service.matters import Matters
from service.metrics import Metrics
from service.records import notices
from service.records.engine import open_engine, reading
from service.records.locks import Owner
from service.records.migrate import migrate
from service.sequencer import Sequencer
from service.services import Limits, Services, services_of
from service.trust import Trust
from service.webhooks import Reach, Webhooks

ORIGIN = "log.example/2026"
LIMITS = Limits(body=200_000, upload=6_000_000, file=2_000_000, files=5, pixels=2_000_000, pages=20)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 22, 6, 40, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class Money(BaseModel):
    model_config = ConfigDict(extra="forbid")
    amount: str = Field(pattern=r"^[0-9]+\.[0-9]{2}$")
    currency: str = Field(pattern="^[A-Z]{3}$")


class FactBody(BaseModel):
    """A payment, say."""

    model_config = ConfigDict(extra="forbid")
    matter: str
    text: str = Field(max_length=100)
    amount: Money | None = None


class ScanBody(BaseModel):
    """What is said of a scan."""

    model_config = ConfigDict(extra="forbid")
    matter: str
    kind: str
    marks: dict[str, bool] | None = None


SCAN = Intake(ScanBody, roles=("signed_notice", "label"), scope="scans:write")
TRACK = Intake(ScanBody, roles=("raw",), scope="dispatches:write", types=RAW)
router = APIRouter(prefix="/v1/try", route_class=StrictRoute)
Hex = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]
Wired = Annotated[Services, Depends(services_of)]


@router.post("/facts", status_code=201)
def record_fact(
    body: FactBody,
    caller: Annotated[Caller, requires("events:write")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
) -> Response:
    draft = {"tenant_id": caller.tenant_id, "matter_id": body.matter, "kind": "contact.made"}
    facts = body.model_dump(exclude_none=True)
    return once.do(
        lambda also: services.ledger.append(Draft(**draft, facts=facts, also=also)),
        answer=lambda entry: Answer(status=201, headers={"Location": f"/x/{entry.seq}"}, content=_told(entry)),
    )


def _scanned(received: Received[ScanBody], services: Services) -> Response:
    def work(also: Any) -> Appended:
        files = [{f: getattr(ref, f) for f in ref.__slots__} for ref in received.freeze()]
        facts = {"kind": received.facts.kind, "files": files}
        tenant, matter = received.caller.tenant_id, received.facts.matter
        return services.ledger.append(
            Draft(tenant_id=tenant, matter_id=matter, kind="contact.made", facts=facts, also=also)
        )

    names = [file.ref.file for file in received.files]
    return received.once.do(work, answer=lambda entry: Answer(status=201, content={**_told(entry), "names": names}))


@router.post("/scans", status_code=201, openapi_extra=SCAN.openapi())
def record_scan(received: Annotated[Received[ScanBody], Depends(SCAN.dependency())], services: Wired) -> Response:
    return _scanned(received, services)


@router.post("/tracks", status_code=201, openapi_extra=TRACK.openapi())
def record_track(received: Annotated[Received[ScanBody], Depends(TRACK.dependency())], services: Wired) -> Response:
    return _scanned(received, services)


@router.head("/files/{sha256}", include_in_schema=False)
@router.get("/files/{sha256}", response_class=Response, responses=BYTES)
def download(
    request: Request,
    sha256: Hex,
    caller: Annotated[Caller, requires("files:read")],
    services: Wired,
    name: str = "件.pdf",
) -> Response:
    with reading(services.engine) as conn:
        row = notices.file(conn, tenant_id=caller.tenant_id, sha256=bytes.fromhex(sha256))
    found = Download(
        key=object_key(caller.tenant_id, row.sha256),
        digest=row.sha256,
        size=row.size,
        media_type=row.media_type,
        file_name=name,
    )
    return send_download(request, found, objects=services.objects)


@router.get("/matters/{matter_id}")
def show_matter(matter_id: str, caller: Annotated[Caller, requires("matters:read")], services: Wired) -> dict[str, str]:
    return {"matter": services.matters.get(tenant_id=caller.tenant_id, matter_id=matter_id).row.id}


@router.get("/breaks")
def breaks() -> None:
    raise RuntimeError("张三 110101199003071234 must not be shown")


def _told(entry: Appended) -> dict[str, Any]:
    return {"seq": entry.seq, "leaf_hash": entry.leaf_hash.hex()}


class Shell:
    """Real parts in a temporary folder, two tenants, one key per role."""

    def __init__(self, folder: Path, *, url: str = "", **more: Any) -> None:
        self.clock = Clock()
        self.folder = folder
        self.engine = open_engine(url or sqlite_url(folder))
        migrate(self.engine)
        (folder / "scratch").mkdir()
        self.objects = DirectoryStore(folder / "objects", minimum_free_bytes=0)
        self.owner = Owner(self.engine, _random)
        self.probes: dict[str, Any] = {"store": self.objects.check}
        self.services = self._wire(**more)
        self.services.sequencer.inception()
        self.access = self.services.access
        self.tenant = self.access.create_tenant(code="DEMO", name="某某银行")
        self.other = self.access.create_tenant(code="OTHER", name="另一银行")
        self.keys = {role: self._key(self.tenant.id, role) for role in ("case_system", "legal_staff", "auditor")}
        self.keys["administrator"] = self._key(self.tenant.id, "administrator")
        self.other_key = self._key(self.other.id, "administrator")
        self.app = create_app(self.services)
        self.app.include_router(router)
        self._serve()

    def _wire(self, **more: Any) -> Services:
        clock, engine, objects = self.clock, self.engine, self.objects
        log_keys = create_log_keys(self.folder / "keys", origin=ORIGIN)
        identity = open_identity(
            self.folder / "tsa.pem",
            title="Test",
            new_key=lambda: ec.generate_private_key(ec.SECP256R1()),
            now=clock(),
        )
        authority = DevelopmentAuthority(name="dev-1", identity=identity, clock=clock)
        ledger = Ledger(engine, objects, clock=clock, origin=ORIGIN, random_bytes=_random)
        fields: dict[str, Any] = {
            "clock": clock,
            "engine": engine,
            "objects": objects,
            "access": Access(engine, clock=clock, random_bytes=_random),
            "idempotency": Idempotency(engine, clock=clock, owner=self.owner),
            "ledger": ledger,
            "limitation": Limitation(),
            "feeds": Feeds(engine, clock=clock, random_bytes=_random),
            "sequencer": Sequencer(
                engine, objects, clock=clock, log_keys=log_keys, origin=ORIGIN, authorities=("dev-1",)
            ),
            "proofs": LogProofs(engine, objects, log_keys=log_keys, origin=ORIGIN),
            "matters": Matters(engine=engine, ledger=ledger, random_bytes=_random),
            "trust": Trust(log_keys=log_keys.verifier_keys, authorities=[authority]),
            "metrics": Metrics(),
            "webhooks": Webhooks(
                engine=engine, clock=clock, random_bytes=_random, reach=Reach.of("127.0.0.0/8,::1/128")
            ),
            "origin": ORIGIN,
            "cursor_key": bytes(32),
            "scratch": self.folder / "scratch",
            "probes": self.probes,
            "limits": LIMITS,
        }
        # The renderer is another part's; no route of the shell reaches it.
        absent = dict.fromkeys(("catalog", "notices", "recording", "bundles", "batches", "batch_mail"))
        return Services(**(fields | absent | more))

    def _serve(self) -> None:
        config = uvicorn.Config(self.app, port=0, log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def client(self, role: str | None = None, *, language: str = "zh-CN", key: str = "") -> httpx.Client:
        text = key or (self.keys[role] if role else "")
        headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {text}"} if text else {})
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=30, trust_env=False)

    def _key(self, tenant_id: str, role: str) -> str:
        return self.access.issue_key(tenant_id, role=role, label=role)[0]

    def open_matter(self, matter_id: str, *, tenant_id: str = "") -> Appended:
        facts = {"matter": matter_id, "claim": {"kind": "loan"}, "parties": _PARTIES}
        tenant = tenant_id or self.tenant.id
        return self.services.ledger.append(
            Draft(tenant_id=tenant, matter_id=matter_id, kind="matter.opened", facts=facts)
        )

    def keep(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        key = object_key(self.tenant.id, digest)
        self.objects.put(key, io.BytesIO(data), size=len(data), sha256=digest, media_type="application/pdf")
        return digest

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self.owner.close()
        self.engine.dispose()


_PARTIES = [
    {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行"},
    {"party": "p2", "role": "debtor", "kind": "person", "name": "张三"},
]
_counter = iter(range(1 << 60))


def _random(size: int) -> bytes:
    return hashlib.shake_256(f"shell/{next(_counter)}".encode()).digest(size)
