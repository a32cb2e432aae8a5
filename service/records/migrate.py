"""Bring a database to the present schema, or back, from inside the program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import Engine

from service.errors import StoreError
from service.records.engine import reading, writing
from service.records.locks import exclusive

_FOLDER = Path(__file__).parent / "migrations"


def migrate(engine: Engine, *, revision: str = "head") -> None:
    """Bring the schema up to a revision (the newest by default); one process at a time, safe to repeat."""
    with exclusive(engine, "migrate"), writing(engine) as conn:
        command.upgrade(_config(connection=conn), revision)


def migrate_down(engine: Engine, *, revision: str) -> None:
    """Bring the schema back to a revision, `base` for nothing; what the dropped tables held is lost."""
    with exclusive(engine, "migrate"), writing(engine) as conn:
        command.downgrade(_config(connection=conn), revision)


def check_schema(engine: Engine) -> None:
    """Raise StoreError when the database does not have exactly the present schema."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with reading(engine) as conn:
        known = inspect(conn).has_table("alembic_version")
        found = conn.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if found != newest:
        raise StoreError(
            f"the database has schema {found or 'none'}, this program needs {newest}", code="schema_differs", fatal=True
        )


def _config(**attributes: object) -> Config:
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(_FOLDER))
    return config
