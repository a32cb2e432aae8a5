"""What a notice is about, so that none is issued twice; matters by contract number. Old notices have no subject."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ONLY_ONE = sa.text("state = 'issued' AND duplicate_reason IS NULL")


def upgrade() -> None:
    """Go forward."""
    op.add_column("notices", sa.Column("subject_digest", sa.LargeBinary(length=32), nullable=True))
    op.add_column("notices", sa.Column("duplicate_reason", sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_notices_tenant_id_subject_digest"), "notices", ["tenant_id", "subject_digest"], unique=False
    )
    op.create_index(
        "uq_notices_subject",
        "notices",
        ["tenant_id", "subject_digest"],
        unique=True,
        sqlite_where=_ONLY_ONE,
        postgresql_where=_ONLY_ONE,
    )
    op.create_index(op.f("ix_matters_tenant_id_contract_no"), "matters", ["tenant_id", "contract_no"], unique=False)


def downgrade() -> None:
    """Go back: the entries still say what each notice is about."""
    op.drop_index(op.f("ix_matters_tenant_id_contract_no"), table_name="matters")
    op.drop_index("uq_notices_subject", table_name="notices")
    op.drop_index(op.f("ix_notices_tenant_id_subject_digest"), table_name="notices")
    op.drop_column("notices", "duplicate_reason")
    op.drop_column("notices", "subject_digest")
