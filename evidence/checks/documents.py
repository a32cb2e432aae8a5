"""Check 12: signatures inside PDFs cover the whole file."""

from collections.abc import Iterator

from evidence.checks.examined import Examined
from evidence.layout import REPORT_PDF
from evidence.report import Remark, remark


def check_pdf_signatures(examined: Examined) -> Iterator[Remark]:
    """Check 12: the outermost signature of a PDF leaves nothing of it out; who signed is not checked here.

    The creditor's own documents fail; a file kept as received is what it is, and is only remarked on.
    """
    if not examined.contents.pdfs:
        yield remark("pdf_unsigned")
    for name, signatures in sorted(examined.contents.pdfs.items()):
        if signatures.whole:
            yield remark("pdf_covered", name, count=signatures.count)
        elif name == REPORT_PDF or name.startswith("data/notices/"):
            yield remark("pdf_partial", name)
        else:
            yield remark("pdf_partial_received", name)
