"""Matters by their contract number as it is compared, in any width and spacing; batches without unused columns."""

import hashlib
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_AT_A_TIME = 1000
_matters = sa.table("matters", sa.column("id"), sa.column("contract_no"), sa.column("contract_key"))


def upgrade() -> None:
    """Go forward."""
    op.add_column("matters", sa.Column("contract_key", sa.LargeBinary(length=32), nullable=True))
    _fill()
    op.create_index(op.f("ix_matters_tenant_id_contract_key"), "matters", ["tenant_id", "contract_key"], unique=False)
    op.drop_index(op.f("ix_matters_tenant_id_contract_no"), table_name="matters")
    op.drop_column("batch_rows", "party")
    op.drop_column("batches", "format")


def downgrade() -> None:
    """Go back: the contract numbers themselves were never touched."""
    op.add_column("batches", sa.Column("format", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("batch_rows", sa.Column("party", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_matters_tenant_id_contract_no"), "matters", ["tenant_id", "contract_no"], unique=False)
    op.drop_index(op.f("ix_matters_tenant_id_contract_key"), table_name="matters")
    op.drop_column("matters", "contract_key")


def _fill() -> None:
    conn, m = op.get_bind(), _matters.c
    page = sa.select(m.id, m.contract_no).where(m.contract_no.is_not(None)).order_by(m.id).limit(_AT_A_TIME)
    keyed = sa.update(_matters).where(m.id == sa.bindparam("matter")).values(contract_key=sa.bindparam("key"))
    rows = conn.execute(page).all()
    while rows:
        conn.execute(keyed, [{"matter": row.id, "key": _key(row.contract_no)} for row in rows])
        rows = conn.execute(page.where(m.id > rows[-1].id)).all()


def _key(contract_no: str) -> bytes | None:
    """As `service.records.projections` made it when this step was released: a step never changes with the program."""
    plain = "".join(unicodedata.normalize("NFKC", contract_no).split())
    return hashlib.sha256(plain.encode()).digest() if plain else None
