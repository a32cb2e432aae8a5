"""The roles of uploaded files, by what they show; what each proves in law is `evidence.law.entry_proofs`."""

SIGNER_ROLES = ("signer_identity", "signer_relation", "signer_authority")
"""Who signed: the identity paper, the tie to the addressee, the authority."""
MESSAGE_ROLES = ("device_photo", "screenshot", "export", "identity_tie", "carrier_log", "reply")
"""A message or a call: the device that is kept, what it shows, whose number or account it is, and what came back."""
ON_THE_SPOT_ROLES = ("recording", "video", "witness_statement", "notarial_deed", "notarial_deed_thin")
"""What was seen or heard, by a machine, by people, by a notary; thin: a deed that does not recite the letter."""
ANNOUNCEMENT_ROLES = ("newspaper_page", "whereabouts_proof", "medium_proof")
"""An announcement: the whole page, that the party could not be found, that the medium is the right one."""
SENT_ROLES = ("address_proof", *MESSAGE_ROLES, *ON_THE_SPOT_ROLES, *ANNOUNCEMENT_ROLES)
"""What may show that a notice went out, or came there."""
POSTED_ROLES = (
    "notice_copy",
    "posting_slip",
    "posting_receipt",
    "packing_photo",
    "tracking_print",
    "receipt_image",
    "return_envelope",
)
"""A letter of the paper days: its copy and the carrier's papers."""
EVENT_ROLES = (
    "payment_slip",
    "ledger",
    "contract_clause",
    "agreement",
    "letter",
    "court_document",
    "authority_record",
    "cause_record",
    "recording_transcript",
    "photo",
    *SIGNER_ROLES,
    *SENT_ROLES,
    *POSTED_ROLES,
    "other",
)
"""What may come with any other fact, or later as proof of an earlier one."""
