"""A real PostgreSQL server for the tests: its own cluster in a temporary folder, reached by a socket alone."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import create_engine, text

_DEBIAN = Path("/usr/lib/postgresql")


class PostgresServer:
    """`start` makes the cluster, `database` a new empty database in it, `stop` removes all of it."""

    def __init__(self) -> None:
        self._programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="duly-pg-"))
        self._count = 0

    def start(self) -> None:
        if os.geteuid() == 0:  # the server refuses to run as root
            os.chown(self._folder, _nobody().pw_uid, _nobody().pw_gid)
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-U", "duly", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off"
        self._run("pg_ctl", "-D", data, "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def database(self) -> str:
        """Give the URL of a new database."""
        self._count += 1
        name = f"records_{self._count}"
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url(name)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://duly@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        who = {"user": _nobody().pw_uid, "group": _nobody().pw_gid} if os.geteuid() == 0 else {}
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **who)


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _programs() -> Path:
    """Find the server's programs: of the system's package, newest first, or on the path."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise FileNotFoundError("no PostgreSQL server is installed: run ./setup.sh system test")
    return found[0].parent if found else Path(str(on_path)).resolve().parent
