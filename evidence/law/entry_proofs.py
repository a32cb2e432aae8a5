"""Which file proves what: the roles of recorded files as proofs, and what a waybill's words prove.

Source: 民事证据规定 14-15, 90, 93; 〔2003〕民二他字第6号 (the waybill has to name the letter).
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from evidence.law.entry_values import Values, text, words_of
from evidence.law.vocabulary import Proof

PROOF_OF_ROLE = {
    "document_pdf": Proof.NOTICE_COPY,
    "notice_copy": Proof.NOTICE_COPY,
    "posting_slip": Proof.POSTING_SLIP,
    "posting_receipt": Proof.POSTING_SLIP,
    "packing_photo": Proof.PACKING_RECORD,
    "tracking_print": Proof.TRACKING,
    "receipt_image": Proof.RETURN_RECEIPT,
    "return_envelope": Proof.RETURNED_PARCEL,
    "address_proof": Proof.ADDRESS_PROOF,
    "signer_identity": Proof.SIGNER_IDENTITY,
    "signer_relation": Proof.SIGNER_RELATION,
    "signer_authority": Proof.SIGNER_AUTHORITY,
    "device_photo": Proof.ORIGINAL_DEVICE,
    "export": Proof.EXPORT,
    "screenshot": Proof.SCREENSHOT,
    "identity_tie": Proof.IDENTITY_TIE,
    "carrier_log": Proof.CARRIER_LOG,
    "reply": Proof.REPLY,
    "recording": Proof.RECORDING,
    "recording_transcript": Proof.RECORDING,
    "video": Proof.VIDEO,
    "witness_statement": Proof.WITNESS,
    "notarial_deed": Proof.NOTARIAL_DEED,
    "notarial_deed_thin": Proof.NOTARIAL_DEED_THIN,
    "newspaper_page": Proof.NEWSPAPER_PAGE,
    "medium_proof": Proof.MEDIUM_FITS,
    "whereabouts_proof": Proof.WHEREABOUTS_UNKNOWN,
    "ledger": Proof.LEDGER,
    "contract_clause": Proof.DEBIT_CLAUSE,
    "payment_slip": Proof.BANK_RECORD,
    "court_document": Proof.COURT_RECORD,
    "authority_record": Proof.AUTHORITY_RECORD,
    "cause_record": Proof.CAUSE_RECORD,
    "agreement": Proof.AGREEMENT,
    "letter": Proof.SIGNED_SCAN,
}
"""A role that is not here proves nothing by itself: a label, a photo, another file."""
HELD = frozenset({
    Proof.SIGNED_ORIGINAL, Proof.ORIGINAL_DEVICE, Proof.RETURNED_PARCEL, Proof.WITNESS, Proof.VIDEO, Proof.RECORDING,
    Proof.NOTARIAL_DEED, Proof.BANK_RECORD, Proof.LEDGER,
})  # fmt: skip
"""What may be kept outside the system and only be stated: papers, devices, recordings, people."""
_VAGUE = frozenset(
    {"文件", "资料", "材料", "函", "函件", "信函", "信件", "催款函", "催收函", "催告函", "通知", "通知书"}
)


def proofs_of(roles: Iterable[str], *, held: Iterable[str] = ()) -> frozenset[Proof]:
    """Give what files of these roles prove, and what is said to be kept elsewhere."""
    shown = [PROOF_OF_ROLE[role] for role in roles if role in PROOF_OF_ROLE]
    return frozenset((*shown, *(proof for word in held if (proof := words_of(Proof).get(word)) in HELD and proof)))


def names_the_letter(facts: Values) -> bool:
    """Tell whether a dispatch's waybill says which letter was inside."""
    said = text(facts, "item_description")
    return said is not None and not is_vague(said)


@lru_cache(maxsize=4096)
def is_vague(said: str) -> bool:
    """Tell whether nothing is left but general words once brackets, counts and separators are taken away."""
    uncounted = re.sub(r"[0-9一二两三四五]+ *[份页件封]", " ", said)
    words = re.split(r"[\s《》“”\"（）()、，。；0-9]+", uncounted)
    return all(word in _VAGUE for word in words if word)
