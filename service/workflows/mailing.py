"""The workflow of a batch's post: one job at a time on each worker, since a print file takes memory."""

from typing import Protocol

from dbos import DBOS

from service.workflows.steps import Effects, Enqueue, JobFailedError, Part, WorkQueue, step

MAIL = WorkQueue(name="batch_mail", width=1, again=True)
UNFINISHED_SECONDS = 10.0


class MailSteps(Protocol):
    """What the workflow calls: `service.batch_mail.BatchMail`."""

    def work(self, tenant_id: str, job_id: str) -> None:
        """Write print files, or record waybill numbers; doing it again changes nothing."""

    def fail(self, tenant_id: str, job_id: str, message: str) -> None:
        """Show on the job why it ended."""

    def waiting(self, tenant_id: str, job_id: str, message: str) -> None:
        """Show on the job what it waits for."""

    def enqueue_unfinished(self) -> None:
        """Ask for every job that has not ended."""


effects: Effects[MailSteps] = Effects()


@DBOS.workflow(name="run_batch_mail")
def run_batch_mail(tenant_id: str, job_id: str) -> None:
    """Do one job of a batch's post, however long a store is away."""
    steps = effects()

    def waiting(message: str) -> None:
        steps.waiting(tenant_id, job_id, message)

    try:
        step("work", steps.work, tenant_id, job_id, waiting=waiting)
    except JobFailedError as error:
        step("fail", steps.fail, tenant_id, job_id, str(error))


def _tick(_enqueue: Enqueue) -> None:
    effects().enqueue_unfinished()


PART = Part(effects=effects, queues=(MAIL,), tick=_tick, tick_seconds=UNFINISHED_SECONDS, passing=("run_batch_mail",))
