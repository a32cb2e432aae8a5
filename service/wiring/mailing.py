"""The post of batches given its parts."""

import secrets

from service.batch_mail import BatchMail
from service.batches import BatchParts
from service.mailing.ems import Sender
from service.mailing.layout import load_layout
from service.posting import Posting
from service.recording import Recording
from service.settings import Settings
from service.workflows import Enqueue
from service.workflows.mailing import MAIL, run_batch_mail


def batch_mail(parts: BatchParts, *, settings: Settings, recording: Recording, enqueue: Enqueue) -> BatchMail:
    """Give what takes requests about the post of a batch, and does their work.

    Raises:
        StoreError: fatal; the layout that `DULY_EMS_LAYOUT` names is wrong.
    """

    def ask(tenant_id: str, job_id: str) -> None:
        enqueue(MAIL, run_batch_mail, tenant_id, job_id, workflow_id=f"mail-{job_id}")

    return BatchMail(
        parts,
        posting=Posting(engine=parts.engine, recording=recording),
        layout=load_layout(settings.ems_layout),
        sender=Sender(
            name=settings.ems_sender_name,
            phone=settings.ems_sender_phone,
            company=settings.ems_sender_company,
            address=settings.ems_sender_address,
            customer_code=settings.ems_customer_code,
            postcode=settings.ems_sender_postcode,
        ),
        random_bytes=secrets.token_bytes,
        enqueue=ask,
    )
