"""The databases that the tests run on: a SQLite file, and a real PostgreSQL server that is started once a run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "service"))

from postgres import PostgresServer

KINDS = ("sqlite", "postgresql")


class Database:
    """One kind of database; `url` gives a new one each time, with today's tables on PostgreSQL."""

    def __init__(self, kind: str, server: PostgresServer | None = None) -> None:
        self.kind, self._server = kind, server

    def url(self, folder: Path, name: str = "records.sqlite") -> str:
        return f"sqlite:///{folder / name}" if self._server is None else self._server.database(ready=True)

    def settings(self) -> dict[str, str]:
        """Give what a service's environment needs to use it; nothing for the default."""
        return {} if self._server is None else {"DULY_DATABASE_URL": self._server.database()}
