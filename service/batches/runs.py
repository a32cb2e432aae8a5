"""Whose turn it is: a batch has one run at a time, and a run that another has followed writes nothing more.

A run outlives its turn where it is cancelled, started anew or resumed while it reads a table or draws letters. What it
does then would be done by the mapping of before. Every transaction of a run therefore begins by locking the batch and
comparing the number of the run.
"""

from sqlalchemy import Connection

from service.records import batches, jobs
from service.records.batches import BatchRow
from service.records.jobs import UNFINISHED


class RunOverError(Exception):
    """The batch goes on in another run, or not at all: this one keeps what it wrote and writes nothing more."""


def hold_run(conn: Connection, batch: BatchRow) -> BatchRow:
    """Lock a batch until the transaction ends and give it as it is now.

    Args:
        conn: A writing transaction, before anything else was locked in it.
        batch: As the run knows it.

    Raises:
        RunOverError: Another run has begun.
    """
    held = batches.batch(conn, tenant_id=batch.tenant_id, batch_id=batch.id, lock=True)
    if held.run != batch.run:
        raise RunOverError
    return held


def hold_unfinished(conn: Connection, batch: BatchRow) -> BatchRow:
    """As `hold_run`, for what a batch that was cancelled does not need.

    Raises:
        RunOverError: Another run has begun, or the job is over.
    """
    held = hold_run(conn, batch)
    if jobs.job(conn, tenant_id=held.tenant_id, job_id=held.job_id).state not in UNFINISHED:
        raise RunOverError
    return held
