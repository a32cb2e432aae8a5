"""Batches: a workbook in, one notice a row out, and the same workbook back.

`asked` and `requesting` are what callers ask; `reading`, `issuing`, `sampling` and `returning` are the work, called
step by step by the durable workflow (`service.workflows.batches`). Each step may run twice, in any process: rows say
how far it came.
"""

from service.batches.asked import BatchRequest, Change, RequestedBatch, Upload
from service.batches.parts import BatchParts
from service.batches.requesting import Batches
from service.batches.steps import BatchWork

__all__ = ["BatchParts", "BatchRequest", "BatchWork", "Batches", "Change", "RequestedBatch", "Upload"]
