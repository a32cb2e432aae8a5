"""Bring a database to the present schema, or back, from inside the program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection, Engine

from service.errors import StoreError
from service.records.engine import writing
from service.records.locks import exclusive

_FOLDER = Path(__file__).parent / "migrations"


def migrate(engine: Engine, *, revision: str = "head") -> None:
    """Bring the schema up to a revision (the newest by default); one process at a time, safe to repeat.

    Raises:
        StoreError: `schema_differs`, fatal: a newer program made the schema; this one would misread it.
    """
    with exclusive(engine, "migrate"), writing(engine) as conn:
        _require_known(conn)
        command.upgrade(_config(connection=conn), revision)


def migrate_down(engine: Engine, *, revision: str) -> None:
    """Bring the schema back to a revision, `base` for nothing; what the dropped tables held is lost.

    No command does this: a release is taken back by restoring the copy made before it. In the tests it shows that each
    migration says fully what it does.
    """
    with exclusive(engine, "migrate"), writing(engine) as conn:
        command.downgrade(_config(connection=conn), revision)


def _require_known(conn: Connection) -> None:
    if not inspect(conn).has_table("alembic_version"):
        return
    found = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    scripts = ScriptDirectory.from_config(_config())
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(
            f"the database has schema {found}, this program knows up to {scripts.get_current_head()}: start the "
            "release that made it, or a newer one",
            code="schema_differs",
            fatal=True,
            message_zh=f"数据库结构版本为 {found}，高于本程序所识别的版本：请启动创建它的版本或更新的版本",
        )


def _config(**attributes: object) -> Config:
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(_FOLDER))
    return config
