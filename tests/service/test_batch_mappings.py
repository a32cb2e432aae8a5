"""What is remembered of a table's columns: two batches that say it at once, as two workers do."""

import threading
from typing import Any

import pytest
from sqlalchemy import Connection
from world import World

from service.records import batches
from service.records.engine import reading, writing

HEADERS = bytes(32)


def save(conn: Connection, world: World, target: str) -> None:
    batches.save_mapping(
        conn,
        tenant_id=world.tenant.id,
        template="loan-demand",
        headers_digest=HEADERS,
        mapping={"收件人": target},
        constants={},
        saved_at=world.clock(),
    )


def saved(world: World) -> Any:
    with reading(world.engine) as conn:
        return batches.saved_mapping(conn, tenant_id=world.tenant.id, template="loan-demand", headers_digest=HEADERS)


def test_the_newest_counts(world: World) -> None:
    for target in ("/debtor/name", "/creditor/name"):
        with writing(world.engine) as conn:
            save(conn, world, target)
    assert saved(world) == ({"收件人": "/creditor/name"}, {})


@pytest.mark.slow
@pytest.mark.parametrize("before", [True, False])
def test_two_at_once_are_both_done(postgres: Any, tmp_path: Any, before: bool) -> None:
    """The second has begun when the first commits: it waits for it, and is the one that counts."""
    world = World(tmp_path, url=postgres.database(ready=True))
    if before:
        with writing(world.engine) as conn:
            save(conn, world, "/debtor/id_no")
    asking, faults = threading.Event(), []

    def other() -> None:
        try:
            with writing(world.engine) as conn:
                asking.set()
                save(conn, world, "/creditor/name")
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            faults.append(error)

    second = threading.Thread(target=other)
    with writing(world.engine) as conn:
        save(conn, world, "/debtor/name")
        second.start()
        assert asking.wait(30)
        second.join(timeout=0.5)
        assert second.is_alive(), "it waits for this transaction"
    second.join(timeout=30)
    assert not second.is_alive()
    assert faults == []
    assert saved(world) == ({"收件人": "/creditor/name"}, {})
    world.close()
