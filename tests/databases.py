"""The databases that the tests run on: a SQLite file, and a real PostgreSQL server that is started once a run."""

import atexit
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "service"))

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres import PostgresServer
from sqlalchemy.engine import Engine

from service.records import migrate as migrating
from service.records.engine import open_engine, reading
from service.records.migrate import migrate

KINDS = ("sqlite", "postgresql")


@cache
def _migrated() -> Path:
    """A SQLite file with today's tables: making them takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="duly-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    engine = open_engine(f"sqlite:///{folder / 'records.sqlite'}")
    migrate(engine)
    engine.dispose()
    return folder / "records.sqlite"


def sqlite_url(folder: Path, name: str = "records.sqlite") -> str:
    """Give the URL of a new SQLite file with today's tables, or of the one that is there."""
    if not (folder / name).exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_migrated(), folder / name)
    return f"sqlite:///{folder / name}"


def has_newest_schema(engine: Engine) -> bool:
    """Tell whether the last migration was the last that there is."""
    with reading(engine) as conn:
        found = MigrationContext.configure(conn).get_current_revision()
    return found == ScriptDirectory(str(migrating._FOLDER)).get_current_head()


class Database:
    """One kind of database; `url` gives a new one each time, with today's tables."""

    def __init__(self, kind: str, server: PostgresServer | None = None) -> None:
        self.kind, self._server = kind, server

    def url(self, folder: Path, name: str = "records.sqlite") -> str:
        return sqlite_url(folder, name) if self._server is None else self._server.database(ready=True)

    def settings(self) -> dict[str, str]:
        """Give what a service's environment needs to use it; nothing for the default."""
        return {} if self._server is None else {"DULY_DATABASE_URL": self._server.database()}
