"""Judge the certificates around a timestamp token: purpose, strength, validity, and the way to a given root.

Knows X.509 and the roots it is given; reads no clock and asks nobody whether a certificate was revoked.

Source: RFC 3161, section 2.3; RFC 5280, sections 4.2.1 and 6.1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.errors import MalformedError, TimestampError

MAX_CHAIN_LENGTH = 6
"""Certificates from the signer to the one that a root issued; real chains have one to three."""
MAX_CERTIFICATES = 32
"""Certificates that a token may carry; real ones carry up to four, and each costs signature checks."""
MAX_ANCHORS_SIZE = 1_048_576
"""Bytes of the largest file of roots or intermediates we read."""

_STRONG_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_MIN_RSA_BITS = 2_048
_MIN_EC_BITS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class TsaAnchors:
    """The timestamp authorities a verifier is told to trust; DER certificates.

    Attributes:
        roots: Trusted, self-issued.
        intermediates: Only help to find the way to a root, and may include signers; trusted for nothing.
    """

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]


def tsa_anchors_from_pem(*, roots_pem: bytes, chain_pem: bytes) -> TsaAnchors:
    """Read the accepted roots and the intermediates from PEM files; the second may be empty.

    Raises:
        MalformedError: Not PEM certificates, no root, or a root that another certificate issued.
    """
    roots = _certificates_from_pem(roots_pem, where="tsa-roots.pem")
    if not roots:
        raise MalformedError("tsa-roots.pem: no certificate in it")
    for root in roots:
        if root.issuer != root.subject:
            raise MalformedError(f"tsa-roots.pem: {subject_text(root)} is not a root, another issued it")
    chain = _certificates_from_pem(chain_pem, where="tsa-chain.pem")
    return TsaAnchors(roots=certificates_to_der(roots), intermediates=certificates_to_der(chain))


def load_certificates(ders: Iterable[bytes]) -> list[x509.Certificate]:
    """Load those that can be read, once each: a stray one in a token's unsigned list must not spoil the token."""
    loaded = {der: _load(der) for der in ders}
    return [certificate for certificate in loaded.values() if certificate is not None]


def _load(der: bytes) -> x509.Certificate | None:
    """Load one, its names and serial included, since those are parsed only when asked for.

    The library warns of serials that are not positive; where warnings are errors, one must not escape from here.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.issuer, certificate.subject
        positive = certificate.serial_number > 0
    except (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm, Warning):
        return None
    return certificate if positive else None


def certificates_to_der(certificates: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    """Give each certificate's DER, in order."""
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)


def subject_text(certificate: x509.Certificate) -> str:
    """Name a certificate for a reader, as RFC 4514 writes names."""
    return certificate.subject.rfc4514_string() or "(no name)"


def check_signer(signer: x509.Certificate, *, gen_time: datetime) -> None:
    """Check that the certificate may stamp time, may do nothing else, is strong, and covers `gen_time`.

    Raises:
        TimestampError: It is not such a certificate; the text says why.

    Source: RFC 3161, section 2.3.
    """
    _check_validity(signer, gen_time=gen_time)
    _check_purpose(signer)
    if not _is_strong(signer):
        raise TimestampError(f"{subject_text(signer)}: key or signature too weak (RSA-2048, P-256, SHA-256 at least)")


def find_chain(
    signer: x509.Certificate, *, carried: Sequence[bytes], anchors: TsaAnchors, gen_time: datetime
) -> tuple[x509.Certificate, ...]:
    """Find the certificates from the signer up to one that a given root issued, by their signatures.

    OpenSSL is then handed this chain alone: look-alikes added to a token can neither stand in for a member nor
    lead it astray. Every certificate is visited once, so a token full of look-alikes costs little.

    `carried` are the token's own certificates, DER, trusted for nothing.

    Raises:
        TimestampError: No such chain of strong certificates that were valid at `gen_time`.
    """
    roots = load_certificates(anchors.roots)
    pool = _usable((*anchors.intermediates, *carried), gen_time=gen_time)
    paths: list[tuple[x509.Certificate, ...]] = [(signer,)]
    seen = [signer]
    for path in paths:  # grows while it is walked: breadth first
        if _issuers(path[-1], among=roots):
            return path
        above = [each for each in _issuers(path[-1], among=pool) if each not in seen]
        seen.extend(above)
        paths.extend((*path, each) for each in above if len(path) < MAX_CHAIN_LENGTH)
    raise TimestampError(f"no way from {subject_text(signer)} to a given root")


def _usable(ders: Iterable[bytes], *, gen_time: datetime) -> list[x509.Certificate]:
    return [
        each
        for each in load_certificates(ders)
        if _is_strong(each) and each.not_valid_before_utc <= gen_time <= each.not_valid_after_utc
    ]


def _issuers(certificate: x509.Certificate, *, among: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    return [each for each in among if each.subject == certificate.issuer and _issued(certificate, by=each)]


def _issued(certificate: x509.Certificate, *, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _is_strong(certificate: x509.Certificate) -> bool:
    """Refuse what can be forged today: OpenSSL's checks at this level would take SHA-1 or RSA-1024."""
    try:
        strong_hash = isinstance(certificate.signature_hash_algorithm, _STRONG_HASHES)
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return False
    strong_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size >= _MIN_RSA_BITS
    strong_ec = isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= _MIN_EC_BITS
    return strong_hash and (strong_rsa or strong_ec)


def _check_validity(signer: x509.Certificate, *, gen_time: datetime) -> None:
    first, last = signer.not_valid_before_utc, signer.not_valid_after_utc
    if not first <= gen_time <= last:
        raise TimestampError(
            f"gen_time {gen_time.isoformat()} is outside the signer certificate's validity, "
            f"{first.isoformat()} to {last.isoformat()}"
        )


def _check_purpose(signer: x509.Certificate) -> None:
    """Check that the certificate may stamp time and may do nothing else.

    Source: RFC 3161, section 2.3; RFC 5280, section 4.2.1.3.
    """
    try:
        extensions = signer.extensions
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound as error:
        raise TimestampError(f"{subject_text(signer)}: no extended key usage") from error
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise TimestampError(f"{subject_text(signer)}: unreadable extensions ({error})") from error
    if not purposes.critical:
        raise TimestampError(f"{subject_text(signer)}: extended key usage is not critical")
    if list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TimestampError(f"{subject_text(signer)}: extended key usage is not time stamping only")
    usage = next((each.value for each in extensions if isinstance(each.value, x509.KeyUsage)), None)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise TimestampError(f"{subject_text(signer)}: key usage does not allow signing")


def _certificates_from_pem(pem: bytes, *, where: str) -> list[x509.Certificate]:
    if len(pem) > MAX_ANCHORS_SIZE:
        raise MalformedError(f"{where}: {len(pem)} bytes, more than the {MAX_ANCHORS_SIZE} allowed")
    if not pem.strip():
        return []
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise MalformedError(f"{where}: not PEM certificates ({error})") from error
