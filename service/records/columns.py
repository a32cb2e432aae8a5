"""What every table is made of: types, names of constraints, and the ways a row points to its tenant and matter.

Instants are aware UTC on the way in and out.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, ForeignKeyConstraint
from sqlalchemy.engine import Dialect


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC instant; databases without time zones keep it as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive instants: nobody could tell which clock they were read from."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant must say its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID, NAME, TEXT, DIGEST, BYTES, JSON = (
    sa.String(40),
    sa.String(200),
    sa.Text(),
    sa.LargeBinary(32),
    sa.LargeBinary(),
    sa.JSON(),
)


def state(*states: str, column: str = "state") -> CheckConstraint:
    """Allow only these words in a column."""
    return CheckConstraint(sa.column(column).in_(states), name=column)


def tenant_id() -> Column[str]:
    """Give the column that says whose the row is."""
    return Column("tenant_id", ID, ForeignKey("tenants.id"), nullable=False)


def within(parent: str, *names: str) -> ForeignKeyConstraint:
    """Point to a parent of the same tenant and matter."""
    return ForeignKeyConstraint(names, [f"{parent}.{column}" for column in (*names[:-1], "id")])
