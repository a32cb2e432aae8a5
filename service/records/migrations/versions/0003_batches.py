"""Batches: what was uploaded, its rows, confirmed mappings, files; jobs may pause, end in part, or be cancelled."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BEFORE = ("queued", "running", "succeeded", "failed")
AFTER = ("queued", "running", "paused", "succeeded", "partial", "failed", "cancelled")


def upgrade() -> None:
    """Go forward."""
    _allow_job_states(AFTER)
    _create_batches()
    _create_rows()


def downgrade() -> None:
    """Go back: batches and their jobs go; notices that they issued stay, since those are entries."""
    op.drop_index(op.f("ix_batch_rows_tenant_id_content_key"), table_name="batch_rows")
    op.drop_index(op.f("ix_batch_rows_batch_id_matter_key"), table_name="batch_rows")
    op.drop_index(op.f("ix_batch_rows_notice_id"), table_name="batch_rows")
    op.drop_index(op.f("ix_batch_rows_batch_id_state_number"), table_name="batch_rows")
    op.drop_table("batch_rows")
    op.drop_table("batch_files")
    op.drop_index(op.f("ix_batches_tenant_id_created_at"), table_name="batches")
    op.drop_table("batches")
    op.drop_table("batch_mappings")
    jobs = sa.table("jobs", sa.column("kind"), sa.column("state"))
    op.execute(sa.delete(jobs).where(jobs.c.kind.like("batch%")))
    _allow_job_states(BEFORE)


def _allow_job_states(states: tuple[str, ...]) -> None:
    """Say anew which words a job's state may have; SQLite needs the table written anew for that."""
    allowed = sa.column("state").in_(states)
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("jobs", recreate="always") as batch:
            # Dropped by name: a check that was read from the table is written again with it.
            batch.drop_constraint(op.f("ck_jobs_state"), type_="check")
            batch.create_check_constraint(op.f("ck_jobs_state"), allowed)
        return
    op.drop_constraint(op.f("ck_jobs_state"), "jobs", type_="check")
    op.create_check_constraint(op.f("ck_jobs_state"), "jobs", allowed)


def _create_batches() -> None:
    op.create_table(
        "batch_mappings",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("headers_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("constants", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_batch_mappings_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "template", "headers_digest", name=op.f("pk_batch_mappings")),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("object_key", sa.String(length=300), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=True),
        sa.Column("mapping_source", sa.String(length=20), nullable=True),
        sa.Column("table_facts", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('dry_run', 'real')", name=op.f("ck_batches_mode")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_batches_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_batches_tenant_id_id")),
    )
    op.create_index(op.f("ix_batches_tenant_id_created_at"), "batches", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "batch_files",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("object_key", sa.String(length=300), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=255), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "batch_id"],
            ["batches.tenant_id", "batches.id"],
            name=op.f("fk_batch_files_tenant_id_batch_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "kind", "name", name=op.f("pk_batch_files")),
    )


def _create_rows() -> None:
    op.create_table(
        "batch_rows",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("template", sa.String(length=60), nullable=True),
        sa.Column("version", sa.String(length=10), nullable=True),
        sa.Column("engine", sa.String(length=10), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=True),
        sa.Column("specials", sa.JSON(), nullable=True),
        sa.Column("content_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("matter_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("matter_id", sa.String(length=40), nullable=True),
        sa.Column("party", sa.String(length=40), nullable=True),
        sa.Column("notice_id", sa.String(length=40), nullable=True),
        sa.Column("notice_no", sa.String(length=24), nullable=True),
        sa.Column("errors", sa.JSON(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'issued', 'failed', 'skipped')", name=op.f("ck_batch_rows_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "batch_id"],
            ["batches.tenant_id", "batches.id"],
            name=op.f("fk_batch_rows_tenant_id_batch_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_batch_rows")),
    )
    op.create_index(
        op.f("ix_batch_rows_batch_id_state_number"), "batch_rows", ["batch_id", "state", "number"], unique=False
    )
    op.create_index(op.f("ix_batch_rows_batch_id_matter_key"), "batch_rows", ["batch_id", "matter_key"], unique=False)
    op.create_index(op.f("ix_batch_rows_notice_id"), "batch_rows", ["notice_id"], unique=False)
    op.create_index(
        op.f("ix_batch_rows_tenant_id_content_key"), "batch_rows", ["tenant_id", "content_key"], unique=False
    )
