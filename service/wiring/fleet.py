"""Processes beside each other: who runs work, who only asks for it, what each has to itself."""

import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url

from service.errors import StoreError
from service.records.engine import patience
from service.records.locks import OWNER, Owner
from service.settings import Settings
from service.workflows import Desk, Executor, Jobs

WATCH_SECONDS = 2.0
"""How often a process looks whether the others can still see it alive."""


def jobs_of(settings: Settings, owner: Owner, *, works: bool) -> Jobs | Desk:
    """Give the engine of a worker, or the desk of a process that leaves the work to workers."""
    url = patient_url(settings.jobs_url)
    if not works:
        return Desk(database_url=url)
    return Jobs(
        database_url=url,
        polling_seconds=settings.job_polling_seconds,
        cadence_seconds=settings.checkpoint_seconds,
        executor=Executor(id=owner.id, is_alive=owner.is_alive),
    )


def patient_url(url: str) -> str:
    """Have DBOS, which opens its own connections, give a silent server up as soon as we do."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return url
    told = {name: str(value) for name, value in patience(parsed).items()}
    return parsed.update_query_dict(told).render_as_string(hide_password=False)


def check_shareable(settings: Settings) -> None:
    """Refuse to share work between processes over databases that are files of one.

    Raises:
        StoreError: The records or the jobs are in SQLite.
    """
    for name, url in (("DULY_DATABASE_URL", settings.records_url), ("DULY_JOBS_DATABASE_URL", settings.jobs_url)):
        if make_url(url).get_backend_name() != "postgresql":
            raise StoreError(
                f"{name} is SQLite, which serves one process that does everything: set it to PostgreSQL to run the "
                "service and its workers apart, or use `duly serve` alone",
                code="settings_incomplete",
                message_zh=f"{name} 为 SQLite，只能由单个进程使用；服务与后台任务分开运行须改用 PostgreSQL，"
                "否则请直接使用 duly serve",
            )


def cursor_key(folder: Path) -> bytes:
    """Give the key that seals cursors, made where the installation is new; every process needs the same."""
    path = folder / "cursor.key"
    if not path.exists():
        made = folder / f".cursor.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        made.write_bytes(secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process was first: its key is the key
            path.hardlink_to(made)
        made.unlink()
    return path.read_bytes()


def own_folder(parent: Path, owner: Owner) -> Path:
    """Give this process a folder of its own for files on their way in, and remove those of dead ones."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in parent.iterdir():
        if not (left.name.startswith(OWNER) and owner.is_alive(left.name)):
            _remove(left)
    folder = parent / owner.id
    folder.mkdir(mode=0o700)
    return folder


def _remove(left: Path) -> None:
    if left.is_dir():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink(missing_ok=True)


def settler(*acts: Callable[[], object]) -> Callable[[], None]:
    """Give one act for the cadence of these; that one fails stops none of the others."""

    def settle() -> None:
        failed: list[Exception] = []
        for act in acts:
            try:
                act()
            except Exception as error:  # noqa: BLE001 - told when all had their turn
                failed.append(error)
        if failed:
            raise ExceptionGroup("settling", failed)

    return settle
