"""Decide whether a timestamp token proves that a digest existed no later than its `gen_time`.

Knows RFC 3161 tokens and the roots it is given; reads no clock: a certificate chain is judged at `gen_time`, so a
token stays good after its certificates expire. It does not ask whether a certificate was revoked (that needs the
network or kept lists), and says nothing on who made the digest or when.

- Three readers must agree: our own checks, `rfc3161-client`'s, and its OpenSSL's on signature and chain. The library
  alone takes a token without ESSCertID; `openssl ts -verify` alone takes a token dated before its certificate.
- Only PKIStatus *granted* is taken. `grantedWithMods` means that the authority changed what was asked; our requests
  ask nothing that may be changed, so such an answer is to another question.
- A token is malleable: its status text, its unused certificates and an algorithm's empty parameters may be altered
  and it still verifies. Who must know that a `.tsr` is *the same* hashes the file; we do, in the entry that seals
  a bundle.

Source: RFC 3161, sections 2.2 to 2.4; RFC 5816; RFC 5652, section 5.
"""

import hashlib
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import VerificationError as ClientVerificationError
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from evidence.errors import TimestampError
from evidence.timestamp_certificates import (
    MAX_CERTIFICATES,
    TsaAnchors,
    certificates_to_der,
    check_signer,
    find_chain,
    load_certificates,
    subject_text,
    tsa_anchors_from_pem,
)
from evidence.timestamp_format import (
    SHA256_OID,
    CertificateReference,
    SignedToken,
    TimestampRequest,
    TimestampResponse,
    TimestampToken,
    read_request,
    read_response,
    with_certificates,
)

__all__ = [
    "TimestampRequest",
    "TimestampToken",
    "TsaAnchors",
    "parse_request",
    "parse_response",
    "tsa_anchors_from_pem",
    "verify_timestamp",
]

_GRANTED = 0
_TST_INFO_OID = "1.2.840.113549.1.9.16.1.4"
_SHA384_OID, _SHA512_OID = "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"
_SIGNED_DIGESTS = {SHA256_OID: "sha256", _SHA384_OID: "sha384", _SHA512_OID: "sha512"}
_RSA_OID = "1.2.840.113549.1.1.1"
# What a signer may call its algorithm, for each digest: RSA plainly, RSA with it, ECDSA with it.
_SIGNATURES = {
    SHA256_OID: {_RSA_OID, "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"},
    _SHA384_OID: {_RSA_OID, "1.2.840.113549.1.1.12", "1.2.840.10045.4.3.3"},
    _SHA512_OID: {_RSA_OID, "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.4"},
}
# SHA-1 only names a certificate here (ESSCertID v1); nothing is signed over it alone.
_REFERENCE_DIGESTS = {**_SIGNED_DIGESTS, "1.3.14.3.2.26": "sha1"}


def parse_request(tsq: bytes) -> TimestampRequest:
    """Read what was asked of an authority.

    Raises:
        MalformedError: Not a DER TimeStampReq.

    Source: RFC 3161, section 2.4.1.
    """
    return read_request(tsq)


def parse_response(tsr: bytes) -> TimestampToken:
    """Read a granted response without believing it: no signature is checked, and `signer` is empty.

    Raises:
        MalformedError: Not a DER TimeStampResp.
        TimestampError: The authority did not grant a token.

    Source: RFC 3161, section 2.4.2.
    """
    return _granted(read_response(tsr)).token


def verify_timestamp(
    tsr: bytes, *, data_digest: bytes, anchors: TsaAnchors, tsq: bytes | None = None
) -> TimestampToken:
    """Prove that the digest existed no later than the token's `gen_time`, by an authority we were told to trust.

    Args:
        tsr: The whole TimeStampResp, DER.
        data_digest: SHA-256 of the stamped file, 32 bytes; tokens over any other digest function are refused.
        anchors: Given to the verifier, never taken from what is verified.
        tsq: The request it answers, DER, so that its nonce and policy are compared too.

    Returns:
        The token, with its signer's name.

    Raises:
        MalformedError: The response or the request is not in the format.
        TimestampError: It is, and does not prove this; the text says which check failed.

    Source: RFC 3161, sections 2.3 and 2.4.2; RFC 5816, section 2.2.1; RFC 5652, section 5.6.
    """
    signed = _granted(read_response(tsr))
    _check_imprint(signed, data_digest=data_digest)
    if tsq is not None:
        _check_request(signed.token, request=read_request(tsq), data_digest=data_digest)
    _check_content(signed)
    signer = _signer(signed, anchors=anchors)
    check_signer(signer, gen_time=signed.token.gen_time)
    _check_authority_name(signed, signer=signer)
    chain = find_chain(signer, carried=signed.certificates, anchors=anchors, gen_time=signed.token.gen_time)
    _check_signature(with_certificates(tsr, certificates_to_der(chain)), data_digest=data_digest, anchors=anchors)
    return replace(signed.token, signer=subject_text(signer))


def _granted(response: TimestampResponse) -> SignedToken:
    if response.status != _GRANTED:
        raise TimestampError(f"not granted: PKIStatus {response.status} {response.status_text}".rstrip())
    if response.signed is None:
        raise TimestampError("the response says granted and carries no token")
    return response.signed


def _check_imprint(signed: SignedToken, *, data_digest: bytes) -> None:
    token = signed.token
    if token.imprint_algorithm != SHA256_OID:
        raise TimestampError(f"imprint algorithm is {token.imprint_algorithm}, not SHA-256")
    if token.imprint != data_digest:
        raise TimestampError(f"imprint is {token.imprint.hex()}, not that of the data, {data_digest.hex()}")


def _check_request(token: TimestampToken, *, request: TimestampRequest, data_digest: bytes) -> None:
    if (request.imprint_algorithm, request.imprint) != (SHA256_OID, data_digest):
        raise TimestampError("the request asks for another digest")
    if request.nonce is not None and token.nonce != request.nonce:
        raise TimestampError(f"nonce is {token.nonce}, the request's is {request.nonce}")
    if request.policy is not None and token.policy != request.policy:
        raise TimestampError(f"policy is {token.policy}, the request's is {request.policy}")


def _check_content(signed: SignedToken) -> None:
    """Check what the signed attributes say of the TSTInfo, and that we understand all of it."""
    if {signed.content_type, signed.signed_content_type} != {_TST_INFO_OID}:
        raise TimestampError(f"content type is {signed.content_type}, signed as {signed.signed_content_type}")
    if signed.info_version != 1:
        raise TimestampError(f"TSTInfo version is {signed.info_version}, not 1")
    if signed.critical_extensions:
        raise TimestampError(f"unknown critical extensions {', '.join(signed.critical_extensions)}")
    _check_algorithms(signed)
    if hashlib.new(_SIGNED_DIGESTS[signed.digest_algorithm], signed.content).digest() != signed.signed_digest:
        raise TimestampError("the message digest attribute is not that of the TSTInfo")


def _check_algorithms(signed: SignedToken) -> None:
    """OpenSSL goes by the digest and the kind of key, and would let a token call its signature anything."""
    digest, signature = signed.digest_algorithm, signed.signature_algorithm
    if digest not in _SIGNED_DIGESTS:
        raise TimestampError(f"signed over digest {digest}, not SHA-256, SHA-384 or SHA-512")
    if signature not in _SIGNATURES[digest]:
        raise TimestampError(f"signature algorithm {signature} is not RSA or ECDSA over the digest it names")


def _signer(signed: SignedToken, *, anchors: TsaAnchors) -> x509.Certificate:
    """Find the one certificate that both the signer's name and every signing-certificate attribute mean.

    Certificates in a token are unsigned: somebody may add one with the signer's issuer and serial. The digest
    inside the signature decides.
    """
    if not signed.references:
        raise TimestampError("no ESSCertID: the signature does not say which certificate made it")
    if len(signed.certificates) > MAX_CERTIFICATES:
        raise TimestampError(f"{len(signed.certificates)} certificates, more than the {MAX_CERTIFICATES} allowed")
    pool = load_certificates((*signed.certificates, *anchors.intermediates))
    named = [certificate for certificate in pool if _is_named(certificate, signed=signed)]
    if not named:
        raise TimestampError("the signer's certificate is neither in the token nor among the anchors")
    for certificate in named:
        if all(ids and _refers(ids[0], certificate) for ids in signed.references):
            return certificate
    raise TimestampError("ESSCertID is not that of the signer's certificate")


def _is_named(certificate: x509.Certificate, *, signed: SignedToken) -> bool:
    return (certificate.issuer.public_bytes(), certificate.serial_number) == (
        signed.signer_issuer_der,
        signed.signer_serial,
    )


def _refers(reference: CertificateReference, certificate: x509.Certificate) -> bool:
    """Tell whether an ESSCertID means this certificate; the later ones in a list only narrow the chain.

    Source: RFC 5035, sections 3 and 4 (the first names the signer).
    """
    function = _REFERENCE_DIGESTS.get(reference.algorithm)
    if function is None:
        raise TimestampError(f"ESSCertID by digest {reference.algorithm}, which we do not know")
    if hashlib.new(function, certificate.public_bytes(Encoding.DER)).digest() != reference.digest:
        return False
    issuer_agrees = reference.issuer_der in (None, certificate.issuer.public_bytes())
    return issuer_agrees and reference.serial in (None, certificate.serial_number)


def _check_authority_name(signed: SignedToken, *, signer: x509.Certificate) -> None:
    """Source: RFC 3161, section 2.4.2 (`tsa` must correspond to a name in the signer's certificate)."""
    if signed.tsa_name_der is not None and signed.tsa_name_der != signer.subject.public_bytes():
        raise TimestampError(f"the token names another authority than its signer, {subject_text(signer)}")


def _check_signature(tsr: bytes, *, data_digest: bytes, anchors: TsaAnchors) -> None:
    """Let the library and its OpenSSL check the signature, and the chain at `gen_time`."""
    verifier = VerifierBuilder(roots=load_certificates(anchors.roots)).build()
    try:
        verifier.verify(decode_timestamp_response(tsr), data_digest)
    except (ClientVerificationError, ValueError) as error:
        raise TimestampError(f"signature or chain: {error}") from error
