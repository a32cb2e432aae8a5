"""How the database is opened and written: durable, one writer at a time where the database wants it, honest errors.

The only file that knows which database it talks to (with `locks`). Rules:
* `writing` takes the write lock at once (BEGIN IMMEDIATE on SQLite), so a transaction never fails half-way to upgrade.
* What the database could not do is a StoreError: nothing of that transaction is kept, or (a lost answer to COMMIT) all
  of it is; callers retry under the same idempotency key and learn which.
* No error's text repeats what was to be written: names and addresses stay out of logs and jobs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from service.errors import StoreError

BUSY_SECONDS = 30
CONNECT_SECONDS = 10
CONNECTIONS = 15
"""Connections of one process to a PostgreSQL server, beside the few that hold locks."""
_PATIENCE = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""libpq's words for: a server whose packets vanish is given up after half a minute, not after TCP's quarter of an hour.

`keepalives` find it while an answer is awaited, `tcp_user_timeout` (milliseconds) while something is sent.
Source: PostgreSQL 17, section 32.1.2.
"""
_DATA_EXCEPTION = "22"
_WRITES = "duly_writes"


def open_engine(url: str, *, connections: int = CONNECTIONS) -> Engine:
    """Open the database at an SQLAlchemy URL; a missing SQLite file is made by `migrate`, its folder here.

    `connections` bounds what this process takes of a PostgreSQL server; who finds none free waits half a minute.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # A connection that the server closed meanwhile is opened again before it is used.
        engine = sa.create_engine(
            parsed,
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args=patience(parsed),
            hide_parameters=True,
        )
        sa.event.listen(engine, "handle_error", _forget_values)
        return engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, hide_parameters=True
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def patience(url: URL) -> dict[str, int]:
    """Give how long a PostgreSQL connection waits for what does not come, as far as the URL does not say it itself."""
    return {name: value for name, value in _PATIENCE.items() if name not in url.query}


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give one write transaction: commits at the end, rolls back on any exception.

    Raises:
        StoreError: The database is full, locked for too long, broken or gone.
    """
    with store_errors(), engine.connect().execution_options(**{_WRITES: True}) as conn, conn.begin():
        yield conn


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give one read-only view of the database, the same from its first query to its last on SQLite."""
    with store_errors(), engine.connect() as conn, conn.begin():
        yield conn


def database_faults(engine: Engine) -> list[str]:
    """Ask the database itself whether its pages and foreign keys hold; an empty list is a yes."""
    if engine.dialect.name != "sqlite":
        return []
    with reading(engine) as conn:
        pages = [str(row[0]) for row in conn.exec_driver_sql("PRAGMA integrity_check")]
        strays = [
            f"row {row[1]} of {row[0]} has no {row[2]}" for row in conn.exec_driver_sql("PRAGMA foreign_key_check")
        ]
    return [fault for fault in pages if fault != "ok"] + strays


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the database could not do into StoreError; what it refused by a constraint stays what it is."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise  # ours to understand, not the store's fault
    except DBAPIError as error:
        raise StoreError(
            f"the database could not do this: {error.orig}", message_zh="数据库暂时无法完成操作,请稍后重试"
        ) from error
    except sa.exc.TimeoutError as error:
        raise StoreError("no database connection became free", message_zh="数据库连接繁忙,请稍后重试") from error


def _forget_values(context: ExceptionContext) -> None:
    """Keep only what says which rule was broken: PostgreSQL's details repeat the row, its data exceptions the value."""
    told = getattr(context.original_exception, "diag", None)
    if told is None or told.message_primary is None:
        return
    kind = type(context.original_exception).__name__
    is_of_data = (told.sqlstate or "").startswith(_DATA_EXCEPTION)
    text = f"{kind} ({told.sqlstate})" if is_of_data else str(told.message_primary)
    context.original_exception.args = (text,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({kind}) {text}",)


def _prepare_sqlite(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # we say BEGIN ourselves, see _begin_sqlite
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(conn: Connection) -> None:
    writes = conn.get_execution_options().get(_WRITES, False)
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
