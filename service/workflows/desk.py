"""Asking for work: the same row in the jobs' database, whether this process runs work or leaves it to workers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from dbos import DBOS, DBOSClient, EnqueueOptions
from sqlalchemy.exc import SQLAlchemyError

from service.errors import StoreError
from service.workflows.steps import WorkQueue

log = structlog.get_logger("workflows")

APPLICATION, VERSION = "duly", "1"
CLIENT_CONNECTIONS = 3


def asked(
    queue: WorkQueue, workflow: Callable[..., Any], *, workflow_id: str | None = None, only_one: str | None = None
) -> EnqueueOptions:
    """Spell what is asked for; without an id every asking is another run.

    With `only_one`, nothing is asked while a workflow of this queue with the same name there waits or runs.
    """
    options: EnqueueOptions = {
        "queue_name": queue.name,
        "workflow_name": str(workflow.dbos_function_name),  # type: ignore[attr-defined]
        "app_version": VERSION,
    }
    if workflow_id is not None:
        options["workflow_id"] = workflow_id
    if only_one is not None:
        options["deduplication_id"] = only_one
        options["duplication_policy"] = "return-existing"
    return options


@contextmanager
def told_as_away() -> Iterator[None]:
    """Tell a jobs' database that fails as a store that is away."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"the jobs' database could not do this: {error}") from error


class Desk:
    """Asks for work that workers elsewhere do; runs none."""

    def __init__(self, *, database_url: str) -> None:
        self._url = database_url
        self._client: DBOSClient | None = None

    def start(self, _work: object) -> None:
        """Make the jobs' tables where no worker came first, and connect."""
        DBOS.migrate(self._url)
        self._client = DBOSClient(
            system_database_url=self._url,
            system_database_pool_size=CLIENT_CONNECTIONS,
            application_name=APPLICATION,
            retry_connection_errors=False,
            lazy=True,
        )

    def stop(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            self._client.destroy()
            self._client = None

    def enqueue(
        self,
        queue: WorkQueue,
        workflow: Callable[..., Any],
        *args: Any,
        workflow_id: str | None = None,
        only_one: str | None = None,
    ) -> None:
        """Ask for a workflow; asking again under the same id changes nothing, however that one ended.

        Raises:
            StoreError: The jobs' database is away; what was recorded before is asked for by a worker later.
        """
        if self._client is None:
            raise RuntimeError("the desk was not started")
        with told_as_away():
            self._client.enqueue(asked(queue, workflow, workflow_id=workflow_id, only_one=only_one), *args)
