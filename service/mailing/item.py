"""One letter that is to be posted: what its envelope, its label and its place in the pile need."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MailItem:
    """An issued letter and where it goes; what is not known is empty.

    Attributes:
        row: Row of the uploaded table, from 1; names the letter where a person looks for it.
        item_description: 内件品名 as the template words it; empty: the title alone.
        pages: Pages of the frozen PDF.
        pdf_sha256: Its digest, 32 bytes.
        pdf_size: Its length in bytes.
        pdf_key: Its name in the object store.
    """

    row: int
    notice_id: str
    notice_no: str
    title_zh: str
    pages: int
    pdf_sha256: bytes
    pdf_size: int
    pdf_key: str
    item_description: str = ""
    to_name: str = ""
    to_company: str = ""
    address: str = ""
    postcode: str = ""
    phone: str = ""
    waybill_no: str | None = None

    @property
    def addressee(self) -> str:
        """The name on the envelope: the person, or else the company."""
        return self.to_name or self.to_company
