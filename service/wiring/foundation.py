"""Settings to stores, keys and authorities: where adapters are chosen."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from evidence.checkpoint import open_checkpoint
from evidence.errors import EvidenceError
from service.access import Access
from service.adapters.directory import DirectoryStore
from service.adapters.s3 import S3Store
from service.adapters.tsa_development import development_authorities
from service.adapters.tsa_http import http_authorities
from service.errors import StoreError
from service.feeds import Feeds
from service.fsck import Problem, fsck
from service.logkeys import LogKeys, create_log_keys, load_log_keys
from service.ports import ObjectStore, TimestampAuthority
from service.records import logs
from service.records.engine import open_engine, reading
from service.records.locks import exclusive
from service.records.migrate import migrate
from service.sequencer import Sequencer
from service.settings import Settings
from service.trust import Trust

_INSTALLATION = "installation"
"""The lock under which an installation's bucket, keys and log are made."""


def clock() -> datetime:
    """Give the present instant in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What every command stands on: records, objects, the log's keys, authorities."""

    settings: Settings
    engine: Engine
    objects: ObjectStore
    log_keys: LogKeys
    authorities: tuple[TimestampAuthority, ...]
    access: Access
    feeds: Feeds
    trust: Trust

    def fsck(self) -> list[Problem]:
        """Re-derive everything and give what does not agree."""
        return list(
            fsck(
                self.engine,
                self.objects,
                origin=self.settings.origin,
                log_keys=self.log_keys.verifier_keys,
                anchors=self.trust.anchors().tsa,
            )
        )


@contextmanager
def open_offline(settings: Settings | None = None) -> Iterator[Foundation]:
    """Open records, objects and keys for a command; the service may run beside it."""
    foundation = lay_foundation(settings or Settings())
    try:
        yield foundation
    finally:
        foundation.engine.dispose()


def lay_foundation(settings: Settings) -> Foundation:
    """Open, and where the whole installation is new create, what every command stands on."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.keys_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.records_url, connections=settings.database_connections)
    migrate(engine)
    with exclusive(engine, _INSTALLATION):  # two processes may start in the same new installation
        objects = _objects(settings)
        authorities = _authorities(settings)
        log_keys = _log_keys(settings, engine, objects)
    return Foundation(
        settings=settings,
        engine=engine,
        objects=objects,
        log_keys=log_keys,
        authorities=authorities,
        access=Access(engine, clock=clock, random_bytes=secrets.token_bytes),
        feeds=Feeds(engine, clock=clock, random_bytes=secrets.token_bytes),
        trust=Trust(log_keys=log_keys.verifier_keys, authorities=authorities),
    )


def _objects(settings: Settings) -> ObjectStore:
    if not settings.objects.startswith("s3://"):
        root = Path(settings.objects) if settings.objects else settings.data / "objects"
        return DirectoryStore(root, minimum_free_bytes=settings.minimum_free_bytes)
    bucket, _, prefix = settings.objects.removeprefix("s3://").partition("/")
    store = S3Store(
        bucket=bucket,
        prefix=prefix,
        endpoint=settings.s3_endpoint or None,
        region=settings.s3_region,
        access_key=settings.s3_access_key.get_secret_value() or None,
        secret_key=settings.s3_secret_key.get_secret_value() or None,
        retention_days=settings.retention_days,
        create_bucket=settings.s3_create_bucket,
    )
    store.check()
    return store


def _authorities(settings: Settings) -> tuple[TimestampAuthority, ...]:
    if not settings.tsa_urls:
        return tuple(development_authorities(settings.keys_folder / "development-tsa", clock=clock))
    if settings.tsa_roots is None:
        raise StoreError("DULY_TSA_ROOTS must name the PEM file of the authorities' roots", code="settings_incomplete")
    return tuple(
        http_authorities(
            settings.tsa_urls,
            roots_pem=settings.tsa_roots.read_bytes(),
            chain_pem=settings.tsa_chain.read_bytes() if settings.tsa_chain else b"",
            timeout_seconds=settings.tsa_timeout_seconds,
        )
    )


def _log_keys(settings: Settings, engine: Engine, objects: ObjectStore) -> LogKeys:
    """Load the log's keys, or create the log where the whole installation is new.

    A log is never made again over records that are there: `inception` refuses when entries or tiles exist.
    """
    folder = settings.keys_folder / "log-keys"
    if folder.exists():
        log_keys = load_log_keys(folder, origin=settings.origin)
        _check_same_log(engine, log_keys, origin=settings.origin)
        return log_keys
    if has_log(engine):
        raise StoreError(
            f"the log's keys are missing from {folder}: copy them from another process of this installation, "
            "or restore them from your backup",
            fatal=True,
        )
    log_keys = create_log_keys(folder, origin=settings.origin)
    # Crash before inception: keys without a log; the next start calls `create_log`.
    Sequencer(engine, objects, clock=clock, log_keys=log_keys, origin=settings.origin).inception()
    return log_keys


def _check_same_log(engine: Engine, log_keys: LogKeys, *, origin: str) -> None:
    """Refuse to start with the keys of another installation: every process of one log has the same."""
    with reading(engine) as conn:
        head = logs.log_head(conn, origin=origin)
    if head is None:
        return
    try:
        open_checkpoint(head.checkpoint, log_keys=log_keys.verifier_keys, origin=origin)
    except EvidenceError as error:
        raise StoreError(
            f"the keys in this process are not those that signed the log {origin}: every process of an installation "
            f"has the same files in log-keys ({error})",
            code="log_keys_differ",
            fatal=True,
            message_zh=f"本进程的日志密钥与日志 {origin} 的签名密钥不一致：同一套系统的所有进程须使用相同的 log-keys",
        ) from error


def create_log(foundation: Foundation, sequencer: Sequencer) -> None:
    """Create the log where there is none: its keys were put here before the first start, or that start died."""
    with exclusive(foundation.engine, _INSTALLATION):
        if not has_log(foundation.engine):
            sequencer.inception()


def has_log(engine: Engine) -> bool:
    """Tell whether a log was created in these records."""
    with reading(engine) as conn:
        return conn.execute(text("SELECT 1 FROM log_head")).first() is not None
