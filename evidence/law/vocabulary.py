"""The words of the law's facts: every code that a case, an entry or an answer may use, one meaning each.

The values are the spellings on the wire and in case files.
"""

from enum import StrEnum


class Code(StrEnum):
    """A word with a fixed spelling; it hashes as that text, which is what most of the engine's time went into."""

    __hash__ = str.__hash__


class ClaimKind(Code):
    """What the creditor may demand."""

    LOAN = "loan"
    INSTALMENT_LOAN = "instalment_loan"
    STUDENT_LOAN = "student_loan"
    RECEIVABLE = "receivable"
    HOUSE_PRICE = "house_price"
    PERIODIC_FEE = "periodic_fee"
    RENT = "rent"
    DAMAGES = "damages"
    OTHER = "other"
    DEPOSIT = "deposit"
    BOND = "bond"
    CAPITAL_CONTRIBUTION = "capital_contribution"
    MAINTENANCE_FUND = "maintenance_fund"
    RETURN_OF_PROPERTY = "return_of_property"
    SUPPORT = "support"
    CESSATION = "cessation"


class Role(Code):
    """What a party is to the claim."""

    CREDITOR = "creditor"
    DEBTOR = "debtor"
    JOINT_DEBTOR = "joint_debtor"
    DEBT_JOINER = "debt_joiner"
    GUARANTOR = "guarantor"


class Mode(Code):
    """How a guarantor answers for the debt; `unspecified` where the contract does not say."""

    GENERAL = "general"
    JOINT = "joint"
    UNSPECIFIED = "unspecified"


class Channel(Code):
    """How a notice goes out."""

    HAND = "hand"
    EMS = "ems"
    COURIER = "courier"
    REGISTERED_MAIL = "registered_mail"
    EMAIL = "email"
    SMS = "sms"
    WECHAT = "wechat"
    FAX = "fax"
    PHONE = "phone"
    VISIT = "visit"
    NEWSPAPER = "newspaper"
    NOTARY = "notary"
    DEBIT = "debit"
    OTHER = "other"


class Outcome(Code):
    """What came of a notice."""

    SIGNED = "signed"
    DELIVERED = "delivered"
    REFUSED = "refused"
    RETURNED = "returned"
    ARRIVED = "arrived"
    READ = "read"
    UNREAD = "unread"
    UNREACHED = "unreached"
    PUBLISHED = "published"
    DEBITED = "debited"


class Signer(Code):
    """Who signed for a notice, and in what relation to the addressee."""

    SELF = "self"
    LEGAL_REPRESENTATIVE = "legal_representative"
    MAIL_ROOM = "mail_room"
    AUTHORISED = "authorised"
    COHABITING_ADULT = "cohabiting_adult"
    AGENT = "agent"
    ESTATE_ADMINISTRATOR = "estate_administrator"
    PROPERTY_CUSTODIAN = "property_custodian"
    GUARD = "guard"
    LOCKER = "locker"
    MINOR = "minor"
    UNAUTHORISED = "unauthorised"
    UNKNOWN = "unknown"


class AddressBasis(Code):
    """Why the address (or number, or account) that was used is the addressee's."""

    AGREED = "agreed"
    REGISTERED = "registered"
    IDENTITY = "identity"
    LAST_KNOWN = "last_known"
    WRONG = "wrong"


class Signature(Code):
    """What an obligor's signature or words say about the debt."""

    RECEIPT_ONLY = "receipt_only"
    NO_TEXT = "no_text"
    RESERVATION = "reservation"
    CONFIRMS = "confirms"
    AGREES = "agrees"
    NEW_GUARANTEE = "new_guarantee"


class AcknowledgmentKind(Code):
    """How an obligor shows that it agrees to perform."""

    PART_PAYMENT = "part_payment"
    PROMISE = "promise"
    EXTENSION_REQUEST = "extension_request"
    PLAN = "plan"
    SECURITY = "security"
    DEBT_CONFIRMATION = "debt_confirmation"
    IOU = "iou"
    SET_OFF = "set_off"
    NEW_AGREEMENT = "new_agreement"
    NEW_GUARANTEE = "new_guarantee"
    DEBT_ASSUMPTION = "debt_assumption"
    ADVANCE_WAIVER = "advance_waiver"


class ProceedingKind(Code):
    """Before which authority the claim is pursued, and how."""

    SUIT = "suit"
    ARBITRATION = "arbitration"
    PAYMENT_ORDER = "payment_order"
    BANKRUPTCY_CLAIM = "bankruptcy_claim"
    BANKRUPTCY_PETITION = "bankruptcy_petition"
    DECLARATION = "declaration"
    PRESERVATION = "preservation"
    ENFORCEMENT = "enforcement"
    NOTARISED_ENFORCEMENT = "notarised_enforcement"
    JOINDER = "joinder"
    SET_OFF_IN_SUIT = "set_off_in_suit"
    SUBROGATION_SUIT = "subrogation_suit"
    MEDIATION = "mediation"
    POLICE_REPORT = "police_report"
    OTHER = "other"


class End(Code):
    """How a proceeding ended."""

    JUDGMENT = "judgment"
    SETTLEMENT = "settlement"
    WITHDRAWN = "withdrawn"
    DISMISSED = "dismissed"
    REJECTED = "rejected"
    NOT_ACCEPTED = "not_accepted"
    TERMINATED = "terminated"
    NO_ASSETS = "no_assets"
    NOT_PROSECUTED = "not_prosecuted"
    CRIMINAL_JUDGMENT = "criminal_judgment"
    OTHER = "other"


class Cause(Code):
    """What keeps a creditor from pursuing the claim (民法典194)."""

    FORCE_MAJEURE = "force_majeure"
    NO_REPRESENTATIVE = "no_representative"
    SUCCESSION_OPEN = "succession_open"
    CONTROLLED_BY_OBLIGOR = "controlled_by_obligor"
    OTHER = "other"


class Proof(Code):
    """What is in hand to show a fact."""

    NOTICE_COPY = "notice_copy"
    SIGNED_ORIGINAL = "signed_original"
    SIGNED_SCAN = "signed_scan"
    SIGNER_IDENTITY = "signer_identity"
    SIGNER_RELATION = "signer_relation"
    SIGNER_AUTHORITY = "signer_authority"
    POSTING_SLIP = "posting_slip"
    ITEM_NAMED = "item_named"
    PACKING_RECORD = "packing_record"
    TRACKING = "tracking"
    RETURN_RECEIPT = "return_receipt"
    RETURNED_PARCEL = "returned_parcel"
    ADDRESS_PROOF = "address_proof"
    ORIGINAL_DEVICE = "original_device"
    EXPORT = "export"
    SCREENSHOT = "screenshot"
    IDENTITY_TIE = "identity_tie"
    CARRIER_LOG = "carrier_log"
    REPLY = "reply"
    RECORDING = "recording"
    REGISTER = "register"
    VIDEO = "video"
    WITNESS = "witness"
    NOTARIAL_DEED = "notarial_deed"
    NOTARIAL_DEED_THIN = "notarial_deed_thin"
    NEWSPAPER_PAGE = "newspaper_page"
    MEDIUM_FITS = "medium_fits"
    WHEREABOUTS_UNKNOWN = "whereabouts_unknown"
    LEDGER = "ledger"
    DEBIT_CLAUSE = "debit_clause"
    BANK_RECORD = "bank_record"
    COURT_RECORD = "court_record"
    AUTHORITY_RECORD = "authority_record"
    CAUSE_RECORD = "cause_record"
    AGREEMENT = "agreement"


class Grade(Code):
    """How well a fact is proved: A and B carry the conservative track, A to C the best view, D nothing."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Certainty(Code):
    """How sure the law on a step is.

    `settled`: text of the rule, read; `secondary`: known from secondary sources; `unverified`: from memory, to be
    looked up; `contested`: courts or authors differ.
    """

    SETTLED = "settled"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"
    CONTESTED = "contested"
