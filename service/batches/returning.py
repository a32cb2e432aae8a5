"""The same workbook back: each row's state, its notice, its waybill, what came of it, and every fault at its cell."""

from service.batches.parts import BatchParts
from service.records.batches import BatchRow


class Returning:
    """Fills the uploaded workbook."""

    def __init__(self, parts: BatchParts) -> None:
        self._parts = parts

    def write(self, batch: BatchRow) -> None:
        """Write the workbook as the rows stand now, and keep it."""
