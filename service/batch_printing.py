"""Print files of a batch: each part kept in the object store as it is made, then the manifest of all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.batches import BatchParts
from service.batches.kept import keep_file, working_folder
from service.mailing.item import MailItem
from service.mailing.manifest import write_manifest
from service.mailing.plan import PlannedPart, PrintJob, PrintPlan, plan_print
from service.mailing.print_files import PrintPart, part_file_name, print_part
from service.records import batches
from service.records.batch_letters import forget_files
from service.records.batches import BatchRow, FileOfBatch
from service.records.engine import reading, writing

PRINT_FILE, MANIFEST = "print", "manifest"
"""The kinds of file that come of printing."""
TOLD_MOST = 1000
"""How many numbers or lines a job shows; its counts are of all."""
LETTER_LIMIT = 256 * 2**20
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMS = {"json": "application/json", "xlsx": _XLSX, "pdf": "application/pdf"}

Say = Callable[[int, int, str, str], None]
"""Told how many parts are done, of how many, and both in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRun:
    """One printing of a batch: `job_id` tells its files from those of an earlier one."""

    parts: BatchParts
    batch: BatchRow
    job_id: str

    def write(self, items: Sequence[MailItem], *, part_size: int, duplex: bool, say: Say) -> dict[str, Any]:
        """Write all parts and the manifest, and forget those of earlier printings; gives the counts.

        Raises:
            RefusedError: The parts would be too many.
            StoreError: A store or the disk failed, or a letter is not what was frozen; what is kept is not done again.
            BusyError: No rendering process became free in time.
        """
        job = PrintJob(batch=self.batch.id, file_name=self.batch.file_name, part_size=part_size, duplex=duplex)
        plan = plan_print(items, job)
        made = []
        with working_folder(self.parts) as folder:
            for part in plan.parts:
                made.append(self._part(plan, part, folder))
                done = f"已排印 {part.number} 册，共 {part.of} 册", f"{part.number} of {part.of} parts are ready"
                say(part.number, part.of, *done)
            self._manifest(plan, made, folder)
        with writing(self.parts.engine) as conn:
            forget_files(conn, batch_id=self.batch.id, kinds=(PRINT_FILE, MANIFEST), besides=self.job_id)
        return printed_counts(plan)

    def _part(self, plan: PrintPlan, part: PlannedPart, folder: Path) -> PrintPart:
        """Print a part, unless this job did before it was interrupted; the file leaves the disk for the store."""
        path = folder / part_file_name(part)
        kept = self._kept_before(path.name)
        if kept is None:
            print_part(part, plan, read_pdf=self._frozen, draw=self.parts.pool.draw, folder=folder)
            kept = self._keep(path, kind=PRINT_FILE, media_type="application/pdf")
            path.unlink()
        return PrintPart(planned=part, path=path, size=kept.size, sha256=kept.sha256)

    def _manifest(self, plan: PrintPlan, made: Sequence[PrintPart], folder: Path) -> None:
        manifest = write_manifest(plan, made, draw=self.parts.pool.draw, folder=folder)
        for form, media_type in _FORMS.items():
            self._keep(getattr(manifest, form), kind=MANIFEST, media_type=media_type)

    def _kept_before(self, name: str) -> FileOfBatch | None:
        with reading(self.parts.engine) as conn:
            files = batches.files_of_batch(conn, tenant_id=self.batch.tenant_id, batch_id=self.batch.id)
        wanted = (PRINT_FILE, name, self.job_id)
        return next((file for file in files if (file.kind, file.name, file.about) == wanted), None)

    def _keep(self, path: Path, *, kind: str, media_type: str) -> FileOfBatch:
        about = self.job_id
        return keep_file(self.parts, self.batch, path, kind=kind, name=path.name, media_type=media_type, about=about)

    def _frozen(self, item: MailItem) -> bytes:
        return self.parts.objects.read(item.pdf_key, limit=LETTER_LIMIT)


def printed_counts(plan: PrintPlan) -> dict[str, Any]:
    """Give the counts of a run as its job shows them."""
    without = [one.item.notice_no for part in plan.parts for one in part.letters if not one.item.address.strip()]
    return {
        "parts": len(plan.parts),
        "letters": plan.letters,
        "sheets": plan.sheets,
        "pages": plan.pages,
        "printed_sides": plan.printed_sides,
        "without_address": {"count": len(without), "notice_numbers": without[:TOLD_MOST]},
    }
