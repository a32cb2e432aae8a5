"""Small indexes over what is not settled, which every worker looks through every few seconds."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_RESERVED, _RUNNING = sa.text("state = 'reserved'"), sa.text("state = 'running'")


def upgrade() -> None:
    """Go forward."""
    op.create_index(
        "ix_notice_numbers_reserved",
        "notice_numbers",
        ["tenant_id", "year", "n"],
        sqlite_where=_RESERVED,
        postgresql_where=_RESERVED,
    )
    op.create_index(
        "ix_idempotency_running", "idempotency", ["owner"], sqlite_where=_RUNNING, postgresql_where=_RUNNING
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_idempotency_running", table_name="idempotency")
    op.drop_index("ix_notice_numbers_reserved", table_name="notice_numbers")
