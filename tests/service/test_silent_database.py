"""A database that falls silent with its connections open: nobody waits for it for ever. And what its errors may say."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from postgres import PostgresServer
from sqlalchemy import Engine, insert, make_url
from sqlalchemy.exc import IntegrityError
from world import World

from service.records import advisory, locks, tables
from service.records.engine import open_engine, patience, writing
from service.records.locks import Owner

PATIENT = 30.0
"""What is waited for here has ended long before; only a fault waits so long."""


class Relay:
    """Stands between client and server; while `silent` it takes and acknowledges everything, and passes nothing on."""

    def __init__(self, path: str) -> None:
        self._path, self.silent = path, threading.Event()
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, far = self._listening.accept()[0], socket.socket(socket.AF_UNIX)
                far.connect(self._path)
                self._open += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not self.silent.is_set():
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def relay(postgres: PostgresServer, pg_world: World) -> Iterator[Relay]:
    made = Relay(f"{make_url(pg_world.url).query['host']}/.s.PGSQL.5432")
    yield made
    made.close()


@pytest.fixture
def distant(relay: Relay, pg_world: World) -> Iterator[Engine]:
    """The world's database as a process on another machine reaches it."""
    name = make_url(pg_world.url).database
    query = "gssencmode=disable&sslmode=disable&connect_timeout=2"
    engine = open_engine(f"postgresql+psycopg://duly@127.0.0.1:{relay.port}/{name}?{query}")
    yield engine
    engine.dispose()


def within(seconds: float, act: Any) -> float:
    """How long it took; fails when it has not ended by then."""
    began = time.monotonic()
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"still waiting after {seconds:g} seconds"
    return time.monotonic() - began


@pytest.mark.slow
def test_a_process_ends_though_the_database_is_silent(
    distant: Engine, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "CLOSE_SECONDS", 0.5, raising=False)
    owner = Owner(distant, secrets.token_bytes)
    owner.watch(seconds=0.05)
    relay.silent.set()
    time.sleep(0.3)  # the watcher is asking now
    assert within(PATIENT, owner.close) < 10


@pytest.mark.slow
def test_an_owner_takes_its_lock_again_when_the_database_was_silent_for_long(
    distant: Engine, relay: Relay, pg_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advisory, "ANSWER_SECONDS", 0.5, raising=False)
    owner = Owner(distant, secrets.token_bytes)
    relay.silent.set()
    within(PATIENT, owner.keep)
    relay.silent.clear()
    assert owner.keep()
    assert pg_world.owner.is_alive(owner.id)
    owner.close()
    assert not pg_world.owner.is_alive(owner.id)


@pytest.mark.slow
def test_who_was_closed_while_the_database_was_silent_holds_no_lock_afterwards(
    distant: Engine, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advisory, "ANSWER_SECONDS", 0.5, raising=False)
    monkeypatch.setattr(locks, "CLOSE_SECONDS", 0.1, raising=False)
    owner = Owner(distant, secrets.token_bytes)
    relay.silent.set()
    keeping = threading.Thread(target=owner.keep, daemon=True)
    keeping.start()
    time.sleep(0.2)
    within(PATIENT, owner.close)
    relay.silent.clear()
    keeping.join(PATIENT)
    assert owner._lock is None


def test_tcp_gives_a_vanished_server_up_unless_the_url_says_otherwise() -> None:
    plain = patience(make_url("postgresql+psycopg://duly@db/duly"))
    assert (plain["keepalives"], plain["keepalives_idle"], plain["tcp_user_timeout"]) == (1, 15, 20_000)
    own = patience(make_url("postgresql+psycopg://duly@db/duly?tcp_user_timeout=5000"))
    assert "tcp_user_timeout" not in own


@pytest.mark.slow
def test_the_kernel_is_told_of_the_servers_patience(distant: Engine) -> None:
    with distant.connect() as conn, socket.socket(fileno=os.dup(conn.connection.driver_connection.fileno())) as wire:
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15


@pytest.mark.parametrize(
    "change", [{}, {"id": "t_other"}, {"id": "t_other", "code": "李四", "created_at": None}], ids=["id", "code", "null"]
)
def test_an_error_of_the_database_repeats_nothing_of_the_row(world: World, change: dict[str, Any]) -> None:
    row = {
        "id": "t_张三",
        "code": "王五",
        "name": "赵六",
        "mac_key": b"",
        "mac_key_digest": b"",
        "created_at": world.clock(),
    }
    with writing(world.engine) as conn:
        conn.execute(insert(tables.tenants).values(row))
    with pytest.raises(IntegrityError) as caught, writing(world.engine) as conn:
        conn.execute(insert(tables.tenants).values(row | change))
    for error in (caught.value, caught.value.orig):
        told = f"{error} {error!r} {error.args}"
        assert not [value for value in ("张三", "李四", "王五", "赵六", "t_other", "2026") if value in told]
        assert "tenants" in told
