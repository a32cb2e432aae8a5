"""What follows in law: clocks, alarms, feeds. Matters that are there are reckoned by the first look after it."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_calendar_feeds_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_calendar_feeds_token_digest")),
    )
    op.create_index(
        op.f("ix_calendar_feeds_tenant_id_created_at"), "calendar_feeds", ["tenant_id", "created_at"], unique=False
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=10), nullable=False),
        sa.Column("dispatch_id", sa.String(length=40), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("about_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("cleared_because", sa.String(length=20), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('raised', 'cleared')", name=op.f("ck_alarms_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "matter_id"], ["matters.tenant_id", "matters.id"], name=op.f("fk_alarms_tenant_id_matter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sa.UniqueConstraint("tenant_id", "no", name=op.f("uq_alarms_tenant_id_no")),
    )
    op.create_index(op.f("ix_alarms_matter_id"), "alarms", ["matter_id"], unique=False)
    op.create_index(op.f("ix_alarms_tenant_id_changed_at"), "alarms", ["tenant_id", "changed_at"], unique=False)
    op.create_table(
        "limitation",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("matter_id", sa.String(length=40), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("party_name", sa.Text(), nullable=False),
        sa.Column("best_state", sa.String(length=20), nullable=False),
        sa.Column("best_on", sa.Date(), nullable=False),
        sa.Column("best_period", sa.String(length=20), nullable=False),
        sa.Column("conservative_state", sa.String(length=20), nullable=False),
        sa.Column("conservative_on", sa.Date(), nullable=False),
        sa.Column("conservative_period", sa.String(length=20), nullable=False),
        sa.Column("alarm_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("standing IN ('open', 'ended', 'closed')", name=op.f("ck_limitation_standing")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "matter_id"],
            ["matters.tenant_id", "matters.id"],
            name=op.f("fk_limitation_tenant_id_matter_id"),
        ),
        sa.PrimaryKeyConstraint("matter_id", "party", "item", name=op.f("pk_limitation")),
    )
    op.create_index(
        "ix_limitation_by_best",
        "limitation",
        ["tenant_id", "listed", "best_on", "matter_id", "party", "item"],
        unique=False,
    )
    op.create_index(
        "ix_limitation_by_conservative",
        "limitation",
        ["tenant_id", "listed", "conservative_on", "matter_id", "party", "item"],
        unique=False,
    )
    op.create_index("ix_limitation_by_name", "limitation", ["tenant_id", "party_name"], unique=False)
    op.create_table(
        "reckonings",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("matter_id", sa.String(length=40), nullable=False),
        sa.Column("computed_on", sa.Date(), nullable=False),
        sa.Column("recompute_on", sa.Date(), nullable=True),
        sa.Column("look_on", sa.Date(), nullable=False),
        sa.Column("rule_version", sa.String(length=80), nullable=False),
        sa.Column("calendar_version", sa.String(length=80), nullable=False),
        sa.Column("alarm_days", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "matter_id"],
            ["matters.tenant_id", "matters.id"],
            name=op.f("fk_reckonings_tenant_id_matter_id"),
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_reckonings")),
    )
    op.create_index(op.f("ix_reckonings_look_on_matter_id"), "reckonings", ["look_on", "matter_id"], unique=False)
    op.create_index(
        "ix_reckonings_versions",
        "reckonings",
        ["rule_version", "calendar_version", "alarm_days", "matter_id"],
        unique=False,
    )
    op.create_table(
        "tracings",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("matter_id", sa.String(length=40), nullable=False),
        sa.Column("dispatch_id", sa.String(length=40), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("carrier", sa.String(length=40), nullable=False),
        sa.Column("waybill_no", sa.Text(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "matter_id", "dispatch_id"],
            ["dispatches.tenant_id", "dispatches.matter_id", "dispatches.id"],
            name=op.f("fk_tracings_tenant_id_matter_id_dispatch_id"),
        ),
        sa.PrimaryKeyConstraint("dispatch_id", name=op.f("pk_tracings")),
    )
    op.create_index(op.f("ix_tracings_matter_id"), "tracings", ["matter_id"], unique=False)
    op.create_index(op.f("ix_tracings_tenant_id_ends_on"), "tracings", ["tenant_id", "ends_on"], unique=False)
    _have_every_matter_reckoned()


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_tracings_tenant_id_ends_on"), table_name="tracings")
    op.drop_index(op.f("ix_tracings_matter_id"), table_name="tracings")
    op.drop_table("tracings")
    op.drop_index("ix_reckonings_versions", table_name="reckonings")
    op.drop_index(op.f("ix_reckonings_look_on_matter_id"), table_name="reckonings")
    op.drop_table("reckonings")
    op.drop_index("ix_limitation_by_name", table_name="limitation")
    op.drop_index("ix_limitation_by_conservative", table_name="limitation")
    op.drop_index("ix_limitation_by_best", table_name="limitation")
    op.drop_table("limitation")
    op.drop_index(op.f("ix_alarms_tenant_id_changed_at"), table_name="alarms")
    op.drop_index(op.f("ix_alarms_matter_id"), table_name="alarms")
    op.drop_table("alarms")
    op.drop_index(op.f("ix_calendar_feeds_tenant_id_created_at"), table_name="calendar_feeds")
    op.drop_table("calendar_feeds")


def _have_every_matter_reckoned() -> None:
    """Note matters of an earlier release as looked at long ago under no rules: the next look fills their rows."""
    long_ago = date(1970, 1, 1)
    names = ("tenant_id", "matter_id", "computed_on", "look_on", "rule_version", "calendar_version", "alarm_days")
    matters = sa.table("matters", sa.column("tenant_id"), sa.column("id"))
    day, nothing = sa.literal(long_ago, sa.Date), sa.literal("", sa.String)
    everything = sa.select(matters.c.tenant_id, matters.c.id, day, day, nothing, nothing, nothing)
    reckonings = sa.table("reckonings", *(sa.column(name) for name in names))
    op.execute(sa.insert(reckonings).from_select(list(names), everything))
