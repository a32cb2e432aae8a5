"""A real PostgreSQL server for the tests: its own cluster in a temporary folder, reached by a socket alone."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from service.records.migrate import migrate

_DEBIAN = Path("/usr/lib/postgresql")
_QUICK = "-c fsync=off -c full_page_writes=off"


class PostgresServer:
    """`start` makes the cluster, `database` a new empty database in it, `stop` removes all of it.

    `durable`: with fsync, for what is measured; the tests' data need not outlive the machine.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="duly-pg-"))
        self._options = f"-k {self._folder} -c listen_addresses='' {'' if durable else _QUICK}"
        self._count, self._has_template = 0, False

    def start(self) -> None:
        if os.geteuid() == 0:  # the server refuses to run as root
            os.chown(self._folder, _nobody().pw_uid, _nobody().pw_gid)
        self._run("initdb", "-D", self._data, "-U", "duly", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        self.up()

    def up(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self._folder / "log"), "-o", self._options, "start")

    def down(self, *, mode: str = "immediate") -> None:
        """Stop the server; `immediate` is a crash that it recovers from, `fast` ends its sessions in order."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    def database(self, *, ready: bool = False) -> str:
        """Give the URL of a new database: empty, or `ready` with today's tables, which are made once and copied."""
        self._count += 1
        name = f"records_{self._count}"
        self._administer(f"CREATE DATABASE {name}" + (f" TEMPLATE {self._template()}" if ready else ""))
        return self._url(name)

    def end_sessions(self, database: str, *, holding_locks: bool = False) -> int:
        """End the sessions of a database (by its URL), all or those with advisory locks; gives how many are gone."""
        name = make_url(database).database
        locked = "AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')" if holding_locks else ""
        return len(self._administer(f"SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity "
                                    f"WHERE datname = '{name}' {locked}"))  # fmt: skip

    def stop(self) -> None:
        self.down()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _template(self) -> str:
        if not self._has_template:
            self._administer("CREATE DATABASE today")
            engine = create_engine(self._url("today"), poolclass=NullPool)
            migrate(engine)
            engine.dispose()
            self._has_template = True
        return "today"

    def _administer(self, statement: str) -> list[object]:
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            done = conn.execute(text(statement))
            rows = list(done) if done.returns_rows else []
        engine.dispose()
        return rows

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://duly@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        who = {"user": _nobody().pw_uid, "group": _nobody().pw_gid} if os.geteuid() == 0 else {}
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **who)


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    server = PostgresServer(durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _programs() -> Path:
    """Find the server's programs: of the system's package, newest first, or on the path."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise FileNotFoundError("no PostgreSQL server is installed: run ./setup.sh system test")
    return found[0].parent if found else Path(str(on_path)).resolve().parent
