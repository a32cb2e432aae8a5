"""The service put together from its foundation: every use case given its parts, once."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, text

from service import numbers
from service.batch_mail import BatchMail
from service.batches import BatchParts, BatchWork
from service.bundle_payload import BundleObjects, BundlePayload
from service.bundles import BundleParts, Bundles
from service.idempotency import Idempotency
from service.ledger import Ledger
from service.limitation import Limitation
from service.logproofs import LogProofs
from service.matters import Matters
from service.metrics import Metrics
from service.notices import Notices
from service.oidc import OidcVerifier, keys_at
from service.recording import Recording
from service.records.engine import reading
from service.records.locks import Owner
from service.render import Catalog, RenderPool, RenderSettings
from service.reporting import Reporting
from service.sequencer import Sequencer
from service.services import Limits, Services
from service.settings import Settings
from service.template_folder import template_folder
from service.tokens import Tokens
from service.webhooks import Sender
from service.wiring import batches, mailing, webhooks
from service.wiring.fleet import WATCH_SECONDS, cursor_key, jobs_of, own_folder, settler
from service.wiring.foundation import Foundation, clock, create_log, lay_foundation
from service.wiring.upkeep import metrics_of, scrubbing_of
from service.workflows import Desk, Jobs, LimitationWork, LogWork, SettlingWork, Work, enqueue_bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The service put together; `start` and `stop` run its background work."""

    foundation: Foundation
    services: Services
    jobs: Jobs | Desk
    work: Work
    bundles: Bundles
    sender: Sender
    works: bool = True
    """Whether this process does background work, or leaves it to workers."""

    def start(self) -> None:
        """Start the durable jobs and take up what dead processes left; or only the way to ask for them."""
        self.jobs.start(self.work)
        if self.works:
            self.sender.start()

    def stop(self) -> None:
        """Stop the background work; what is unfinished goes on at the next start."""
        if self.works:
            self.sender.stop()
        self.jobs.stop()


@contextmanager
def installation(settings: Settings, *, works: bool = True) -> Iterator[Installation]:
    """Put the service together on these settings, and take it apart again.

    `works`: whether this process runs the durable jobs, or only asks for them and leaves them to workers elsewhere.

    Raises:
        StoreError: A store is away, or contradicts what was signed: nothing is started then.
    """
    with ExitStack() as stack:
        foundation = lay_foundation(settings)
        stack.callback(foundation.engine.dispose)
        owner = Owner(foundation.engine, secrets.token_bytes)
        stack.callback(owner.close)
        owner.watch(seconds=WATCH_SECONDS)
        pool = RenderPool(_render_settings(settings))
        stack.callback(pool.close)
        yield _put_together(foundation, owner, pool, jobs=jobs_of(settings, owner, works=works))


def _render_settings(settings: Settings) -> RenderSettings:
    return RenderSettings(
        cache_directory=settings.font_cache or settings.data / "fonts",
        templates=(settings.templates,) if settings.templates else (),
        papers=settings.render_processes,
        offices=settings.office_processes,
        readers=max(1, settings.render_processes // 2),
        queue_seconds=settings.render_queue_seconds,
        work_seconds=settings.render_work_seconds,
        memory_bytes=settings.render_memory_bytes,
        page_limit=settings.page_limit,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Core:
    """The append, the log and what reads them: made first, since everything else stands on them."""

    owner: Owner
    limitation: Limitation
    ledger: Ledger
    sequencer: Sequencer
    proofs: LogProofs
    matters: Matters
    tokens: Tokens
    idempotency: Idempotency


def _core(foundation: Foundation, owner: Owner, metrics: Metrics) -> _Core:
    settings, engine, objects = foundation.settings, foundation.engine, foundation.objects
    origin = settings.origin
    alarm_days = tuple(map(int, settings.alarm_days.split(",")))
    limitation = Limitation(alarm_days=alarm_days, failed=metrics.count_law_failure)
    sequencer = _sequencer(foundation)
    ledger = Ledger(
        engine,
        objects,
        clock=clock,
        origin=origin,
        random_bytes=secrets.token_bytes,
        limitation=limitation,
        require_log=sequencer.require_whole,
    )
    return _Core(
        owner=owner,
        limitation=limitation,
        ledger=ledger,
        sequencer=sequencer,
        proofs=LogProofs(engine, objects, log_keys=foundation.log_keys, origin=origin),
        matters=Matters(engine=engine, ledger=ledger, random_bytes=secrets.token_bytes),
        tokens=_tokens(foundation),
        idempotency=Idempotency(engine, clock=clock, owner=owner),
    )


def _sequencer(foundation: Foundation) -> Sequencer:
    return Sequencer(
        foundation.engine,
        foundation.objects,
        clock=clock,
        log_keys=foundation.log_keys,
        origin=foundation.settings.origin,
        authorities=[authority.name for authority in foundation.authorities],
    )


def _settle(foundation: Foundation, core: _Core) -> None:
    """Prove the log before anything is appended, then end what a dead process left half done."""
    create_log(foundation, core.sequencer)
    core.sequencer.check_head()
    _settler(foundation, core)()


def _settler(foundation: Foundation, core: _Core) -> Callable[[], None]:
    """End what dead processes left half done: at every start, and by every worker every few seconds."""
    return settler(
        core.idempotency.settle,
        lambda: numbers.settle(core.ledger, foundation.engine, owner_is_alive=core.owner.is_alive),
    )


def _tokens(foundation: Foundation) -> Tokens:
    return Tokens(
        engine=foundation.engine,
        objects=foundation.objects,
        authorities=foundation.authorities,
        anchors=lambda: foundation.trust.anchors().tsa,
        clock=clock,
        origin=foundation.settings.origin,
        interval=timedelta(seconds=foundation.settings.token_seconds),
    )


def _bundles(foundation: Foundation, core: _Core, pool: RenderPool, jobs: Jobs | Desk) -> Bundles:
    settings = foundation.settings
    reporting = Reporting(pool, origin=settings.origin, labels=foundation.trust.labels(), clock=clock)
    kept = BundleObjects(foundation.objects)
    payload = BundlePayload(
        engine=foundation.engine,
        store=foundation.objects,
        objects=kept,
        proofs=core.proofs,
        tokens=core.tokens,
        access=foundation.access,
        origin=settings.origin,
        draw=reporting.draw,
    )
    parts = BundleParts(
        engine=foundation.engine,
        objects=foundation.objects,
        ledger=core.ledger,
        sequencer=core.sequencer,
        proofs=core.proofs,
        tokens=core.tokens,
        trust=foundation.trust,
        payload=payload,
        kept=kept,
        clock=clock,
        random_bytes=secrets.token_bytes,
        scratch=settings.data / "scratch",
    )
    return Bundles(parts, enqueue=partial(enqueue_bundle, jobs.enqueue))


def _notices(
    foundation: Foundation, core: _Core, pool: RenderPool, catalog: Catalog, owner: Owner, metrics: Metrics
) -> Notices:
    return Notices(
        engine=foundation.engine,
        ledger=core.ledger,
        matters=core.matters,
        objects=foundation.objects,
        catalog=catalog,
        pool=pool,
        clock=clock,
        random_bytes=secrets.token_bytes,
        owner=owner.id,
        metrics=metrics,
    )


def _put_together(foundation: Foundation, owner: Owner, pool: RenderPool, *, jobs: Jobs | Desk) -> Installation:
    settings = foundation.settings
    catalog = Catalog.load(settings.templates or template_folder())
    metrics = metrics_of(foundation, pool)
    core = _core(foundation, owner, metrics)
    _settle(foundation, core)
    bundles = _bundles(foundation, core, pool, jobs)
    notices = _notices(foundation, core, pool, catalog, owner, metrics)
    requests = batches.batches_of(foundation, jobs.enqueue)
    parts = _batch_parts(foundation, core, pool, catalog, owner, notices)
    mail = _mail(foundation, core, parts, jobs)
    work = Work(
        log=_log_work(core),
        limitation=_limitation_work(foundation, core),
        bundles=bundles,
        batches=BatchWork(parts, requests),
        mailing=mail,
        settling=SettlingWork(settle=_settler(foundation, core)),
        scrubbing=scrubbing_of(foundation, metrics),
    )
    asked = {"notices": notices, "bundles": bundles, "batches": requests, "batch_mail": mail}
    services = _services(foundation, core, pool, catalog=catalog, metrics=metrics, **asked)
    return Installation(
        foundation=foundation,
        services=services,
        jobs=jobs,
        work=work,
        bundles=bundles,
        sender=webhooks.sender(foundation, owner, metrics),
        works=isinstance(jobs, Jobs),
    )


def _batch_parts(
    foundation: Foundation, core: _Core, pool: RenderPool, catalog: Catalog, owner: Owner, notices: Notices
) -> BatchParts:
    return batches.batch_parts(
        foundation,
        owner=owner,
        access=foundation.access,
        ledger=core.ledger,
        matters=core.matters,
        notices=notices,
        catalog=catalog,
        pool=pool,
    )


def _mail(foundation: Foundation, core: _Core, parts: BatchParts, jobs: Jobs | Desk) -> BatchMail:
    recording = _recording(foundation.engine, core)
    return mailing.batch_mail(parts, settings=foundation.settings, recording=recording, enqueue=jobs.enqueue)


def _log_work(core: _Core) -> LogWork:
    return LogWork(
        has_waiting=core.sequencer.has_waiting,
        integrate=core.sequencer.integrate_all,
        stamp_checkpoint=core.tokens.stamp,
        checkpoints_to_stamp=core.tokens.due,
    )


def _limitation_work(foundation: Foundation, core: _Core) -> LimitationWork:
    return LimitationWork(
        is_due=lambda: core.limitation.is_due(foundation.engine, clock()),
        look=lambda: core.limitation.look(foundation.engine, clock),
    )


def _services(
    foundation: Foundation,
    core: _Core,
    pool: RenderPool,
    *,
    catalog: Catalog,
    metrics: Metrics,
    **asked: Any,
) -> Services:
    settings, engine = foundation.settings, foundation.engine
    return Services(
        clock=clock,
        engine=engine,
        objects=foundation.objects,
        access=foundation.access,
        idempotency=core.idempotency,
        ledger=core.ledger,
        limitation=core.limitation,
        feeds=foundation.feeds,
        sequencer=core.sequencer,
        proofs=core.proofs,
        catalog=catalog,
        matters=core.matters,
        recording=_recording(engine, core),
        **asked,
        trust=foundation.trust,
        metrics=metrics,
        webhooks=webhooks.endpoints(foundation),
        origin=settings.origin,
        cursor_key=cursor_key(settings.keys_folder),
        scratch=own_folder(settings.data / "incoming", core.owner),
        probes=_probes(foundation, core, pool),
        limits=_limits(settings),
        oidc=_oidc(settings),
        public_url=settings.public_url,
        calendar_months=settings.calendar_months,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(body=settings.body_limit_bytes, upload=settings.upload_limit_bytes, file=settings.file_limit_bytes)


def _recording(engine: Engine, core: _Core) -> Recording:
    return Recording(
        engine=engine, ledger=core.ledger, matters=core.matters, clock=clock, random_bytes=secrets.token_bytes
    )


def _probes(foundation: Foundation, core: _Core, pool: RenderPool) -> dict[str, Callable[[], None]]:
    return {
        "store": foundation.objects.check,
        "database": lambda: _probe(foundation.engine),
        "log": core.sequencer.check_shown,
        "renderer": pool.check,
    }


def _probe(engine: Engine) -> None:
    with reading(engine) as conn:
        conn.execute(text("SELECT 1"))


def _oidc(settings: Settings) -> OidcVerifier | None:
    if not settings.oidc_issuer:
        return None
    return OidcVerifier(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        signing_key=keys_at(settings.oidc_jwks_url),
        clock=clock,
    )
