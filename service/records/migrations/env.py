"""What Alembic runs: always over the connection that `service.records.migrate` gives it."""

from typing import Literal

from alembic import context

from service.records.tables import Instant, metadata


def _render(kind: str, item: object, _autogen: object) -> str | Literal[False]:
    """A migration must not change when the tables module does, so it names no type of ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
