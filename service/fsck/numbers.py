"""Notice numbers: no gap, and each spelled as its tenant, year and place say."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.engine import Engine

from service.fsck.problem import Problem, error, readable_rows, row_name
from service.numbers import format_number
from service.records import tables
from service.records.engine import reading


def check(engine: Engine) -> Iterator[Problem]:
    """Check every tenant's numbers, year by year."""
    table, order = tables.notice_numbers, ("tenant_id", "year", "n")
    with reading(engine) as conn:
        codes = {row.id: row.code for row in conn.execute(select(tables.tenants.c.id, tables.tenants.c.code))}
        rows, problems = readable_rows(conn, table, select(table).order_by(*(table.c[name] for name in order)))
    yield from problems
    for (tenant_id, year), group in groupby(rows, key=lambda row: (row["tenant_id"], row["year"])):
        for place, row in enumerate(group, 1):
            spelled = format_number(codes.get(tenant_id, "?"), year=year, n=row["n"])
            if row["notice_no"] != spelled:
                yield error(row_name(table, row), f"notice_no is {row['notice_no']}, must be {spelled}")
            if row["n"] != place:
                yield error(row_name(table, row), f"the numbers have a gap: n is {row['n']}, must be {place}")
                break
