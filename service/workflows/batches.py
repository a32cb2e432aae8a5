"""The batch's workflows: read the table, its rows in chunks on whichever workers there are, the workbook back.

One run reads and, if it is not a dry run, asks for a chunk for every few dozen open rows. A row that somebody else is
at is left, so the run plans again until no row is open. Pausing and cancelling are states of the job that every chunk
looks at; going on is a further run.
"""

from collections.abc import Iterator
from typing import Protocol

from dbos import DBOS, SetWorkflowID

from service.workflows.steps import Effects, Enqueue, JobFailedError, Outcome, Part, WorkQueue, step

RUNS = WorkQueue(name="batches", width=4, again=True)
CHUNKS = WorkQueue(name="batch_chunks", width=2)
ROUND_WAIT = 2.0
"""Seconds before rows that others were at are looked for again."""
UNFINISHED_SECONDS = 10.0


class BatchSteps(Protocol):
    """What the batch's workflows call; every value is plain JSON. A run that another has followed does nothing."""

    def read(self, tenant_id: str, batch_id: str, run: int) -> Outcome:
        """Read and check every row; `{"go": false}` when there is nothing more to do."""

    def sample(self, tenant_id: str, batch_id: str, run: int) -> None:
        """Draw the letters of a dry run's risk sample."""

    def plan(self, tenant_id: str, batch_id: str, run: int) -> list[tuple[int, int]]:
        """Give the first and last row of every chunk that has open rows; empty when the run is over or paused."""

    def work(self, tenant_id: str, batch_id: str, first: int, last: int) -> Outcome:
        """Issue the notices of a chunk's open rows; a row that another living worker is at is left."""

    def close(self, tenant_id: str, batch_id: str, run: int) -> None:
        """Write the workbook back, and end the job if no row is open."""

    def fail(self, tenant_id: str, batch_id: str, run: int, message: str) -> None:
        """Show on the job why it ended."""

    def waiting(self, tenant_id: str, batch_id: str, run: int, message: str) -> None:
        """Show on the job what it waits for."""

    def enqueue_unfinished(self) -> None:
        """Ask for the run of every batch that has not ended."""


effects: Effects[BatchSteps] = Effects()


@DBOS.workflow(name="run_batch")
def run_batch(tenant_id: str, batch_id: str, run: int) -> None:
    """Do one run of a batch from reading to the workbook back."""
    steps, of_run = effects(), (tenant_id, batch_id, run)
    try:
        _run(steps, of_run)
    except JobFailedError as error:
        step("fail", steps.fail, *of_run, str(error))


def _run(steps: BatchSteps, of_run: tuple[str, str, int]) -> None:
    def waiting(message: str) -> None:
        steps.waiting(*of_run, message)

    read = step("read", steps.read, *of_run, waiting=waiting)
    if read["dry_run"]:
        step("sample", steps.sample, *of_run, waiting=waiting)
    elif read["go"]:
        for number, chunks in _rounds(steps, of_run):
            _work_off(of_run, number, chunks)
    step("close", steps.close, *of_run, waiting=waiting)


def _rounds(steps: BatchSteps, of_run: tuple[str, str, int]) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    number = 0
    while chunks := step("plan", steps.plan, *of_run):
        if number:
            DBOS.sleep(ROUND_WAIT)
        yield number, chunks
        number += 1


def _work_off(of_run: tuple[str, str, int], number: int, chunks: list[tuple[int, int]]) -> None:
    _, batch_id, run = of_run
    handles = []
    for first, last in chunks:
        with SetWorkflowID(f"batch-{batch_id}-{run}-{number}-{first}"):
            handles.append(DBOS.enqueue_workflow(CHUNKS.name, work_chunk, *of_run, first, last))
    for handle in handles:
        handle.get_result()


# A chunk may end as many workers as it has rows that do, three times each: rows are counted, not the chunk.
@DBOS.workflow(name="work_chunk", max_recovery_attempts=None)
def work_chunk(tenant_id: str, batch_id: str, run: int, first: int, last: int) -> None:
    """Issue the notices of one chunk, however long a store is away; what cannot be done here stays open."""
    steps, of_run = effects(), (tenant_id, batch_id, run)

    def waiting(message: str) -> None:
        steps.waiting(*of_run, message)

    try:
        step("work", steps.work, tenant_id, batch_id, first, last, waiting=waiting)
    except JobFailedError as error:
        step("fail", steps.fail, *of_run, str(error))


def _tick(_enqueue: Enqueue) -> None:
    effects().enqueue_unfinished()


PART = Part(
    effects=effects,
    queues=(RUNS, CHUNKS),
    tick=_tick,
    tick_seconds=UNFINISHED_SECONDS,
    passing=("work_chunk", "run_batch"),
)
