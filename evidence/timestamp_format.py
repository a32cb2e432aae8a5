"""Read RFC 3161 requests and responses into plain values, and write one unsigned field of them anew.

Knows the ASN.1 of timestamps and nothing of trust: what is returned here has been *read*, not believed. The checks
are in `evidence.timestamp`. All use of the untyped ASN.1 library stays in this file.

Source: RFC 3161, section 2.4; RFC 5816; RFC 5652, section 5; RFC 5035.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from asn1crypto import cms, core, tsp

from evidence.errors import MalformedError

MAX_RESPONSE_SIZE = 65_536
"""Bytes of the largest response we read; ones with a chain of three certificates have about 6,000."""
MAX_REQUEST_SIZE = 4_096
"""Bytes of the largest request we read; ours have about 70."""
SHA256_OID = "2.16.840.1.101.3.4.2.1"

_CONTENT_TYPE_OID = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST_OID = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE_OID = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2_OID = "1.2.840.113549.1.9.16.2.47"
_SHA1_OID = "1.3.14.3.2.26"

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampToken:
    """What an authority says: these bytes' digest existed no later than `gen_time`.

    Attributes:
        gen_time: Aware, UTC, with the authority's own fraction of a second.
        imprint_algorithm: Dotted object identifier.
        signer: The signer certificate's subject (RFC 4514); empty until the token has been verified.
        accuracy_us: Microseconds either side of `gen_time`, or None where the authority does not say.
        der: The token alone (a CMS ContentInfo), without the response around it.
    """

    gen_time: datetime
    serial: int
    policy: str
    imprint: bytes
    imprint_algorithm: str
    accuracy_us: int | None
    nonce: int | None
    signer: str
    der: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampRequest:
    """What was asked of an authority; `policy` and `nonce` are None where the request leaves them out."""

    imprint: bytes
    imprint_algorithm: str
    nonce: int | None
    policy: str | None
    certificates_wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateReference:
    """One ESSCertID: a digest of a certificate, with its issuer and serial where given."""

    algorithm: str
    digest: bytes
    issuer_der: bytes | None
    serial: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedToken:
    """The parts of a token that its signature is checked over, none of them checked yet.

    Attributes:
        info_version: 1 in all of RFC 3161.
        critical_extensions: Identifiers of the TSTInfo extensions that must be understood.
        tsa_name_der: The `directoryName` that TSTInfo claims for the authority, DER, or None.
        content: The TSTInfo bytes exactly as signed.
        signed_content_type: The content-type attribute inside the signature.
        signed_digest: The message-digest attribute inside the signature.
        references: For each signing-certificate attribute (v1, v2) its ESSCertIDs in order.
        certificates: DER, in the token's order; unsigned.
    """

    token: TimestampToken
    info_version: int
    critical_extensions: tuple[str, ...]
    tsa_name_der: bytes | None
    content_type: str
    content: bytes
    digest_algorithm: str
    signature_algorithm: str
    signer_issuer_der: bytes
    signer_serial: int
    signed_content_type: str
    signed_digest: bytes
    references: tuple[tuple[CertificateReference, ...], ...]
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampResponse:
    """An authority's answer: its PKIStatus number, its own words, and the token if it gave one."""

    status: int
    status_text: str
    signed: SignedToken | None


def read_response(tsr: bytes) -> TimestampResponse:
    """Read a TimeStampResp, whether it grants a token or not.

    Raises:
        MalformedError: Not one DER TimeStampResp of at most MAX_RESPONSE_SIZE bytes with one signer.

    Source: RFC 3161, section 2.4.2.
    """
    _refuse_large(tsr, MAX_RESPONSE_SIZE, what="timestamp response")
    return _guard("timestamp response", lambda: _response(tsr))


def read_request(tsq: bytes) -> TimestampRequest:
    """Read a TimeStampReq.

    Raises:
        MalformedError: Not one DER TimeStampReq of at most MAX_REQUEST_SIZE bytes.

    Source: RFC 3161, section 2.4.1.
    """
    _refuse_large(tsq, MAX_REQUEST_SIZE, what="timestamp request")
    return _guard("timestamp request", lambda: _request(tsq))


def with_certificates(tsr: bytes, certificates: Iterable[bytes]) -> bytes:
    """Give the same response with exactly these certificates in it, in DER order.

    The field is not signed, so the token still verifies; authorities order it freely, which strict readers refuse.

    Source: RFC 5652, section 5.1; X.690, section 11.6.
    """
    return _guard("timestamp response", lambda: _replace_certificates(tsr, sorted(certificates)))


class _Response(core.Sequence):  # type: ignore[misc]
    """TimeStampResp with its token optional, as the standard has it: a refusal carries none."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


def _refuse_large(data: bytes, limit: int, *, what: str) -> None:
    if len(data) > limit:
        raise MalformedError(f"{what}: {len(data)} bytes, more than the {limit} allowed")


def _guard(what: str, read: Callable[[], _Value]) -> _Value:
    """Turn every way in which the ASN.1 library chokes on hostile bytes into one error at one door."""
    try:
        return read()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise MalformedError(f"{what}: not the DER that RFC 3161 describes ({_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _response(tsr: bytes) -> TimestampResponse:
    response = _Response.load(tsr, strict=True)
    status = response["status"]
    texts = status["status_string"].native or []
    content_info = response["time_stamp_token"]
    absent = isinstance(content_info, core.Void)
    return TimestampResponse(
        status=int(status["status"]),
        status_text="; ".join(texts)[:500],
        signed=None if absent else _signed_token(content_info),
    )


def _signed_token(content_info: Any) -> SignedToken:
    if content_info["content_type"].native != "signed_data":
        raise ValueError("the token is not CMS signed data")
    signed_data = content_info["content"]
    signer = _only(signed_data["signer_infos"], "signer")
    if signer["sid"].name != "issuer_and_serial_number":
        raise ValueError("the signer is not named by issuer and serial number")
    content = bytes(signed_data["encap_content_info"]["content"])
    info = tsp.TSTInfo.load(content, strict=True)
    attributes = _attributes(signer["signed_attrs"])
    return SignedToken(
        token=_token(info, der=content_info.dump()),
        info_version=int(info["version"]),
        critical_extensions=_critical_extensions(info["extensions"]),
        tsa_name_der=_directory_name(info["tsa"]),
        content_type=signed_data["encap_content_info"]["content_type"].dotted,
        content=content,
        digest_algorithm=signer["digest_algorithm"]["algorithm"].dotted,
        signature_algorithm=signer["signature_algorithm"]["algorithm"].dotted,
        signer_issuer_der=signer["sid"].chosen["issuer"].dump(),
        signer_serial=signer["sid"].chosen["serial_number"].native,
        signed_content_type=_attribute(attributes, _CONTENT_TYPE_OID, "content type").dotted,
        signed_digest=_attribute(attributes, _MESSAGE_DIGEST_OID, "message digest").native,
        references=_references(attributes),
        certificates=tuple(choice.chosen.dump() for choice in signed_data["certificates"] or ()),
    )


def _token(info: Any, *, der: bytes) -> TimestampToken:
    imprint = info["message_imprint"]
    return TimestampToken(
        gen_time=_instant(info["gen_time"]),
        serial=info["serial_number"].native,
        policy=info["policy"].dotted,
        imprint=imprint["hashed_message"].native,
        imprint_algorithm=imprint["hash_algorithm"]["algorithm"].dotted,
        accuracy_us=_accuracy_us(info["accuracy"]),
        nonce=info["nonce"].native,
        signer="",
        der=der,
    )


def _instant(field: Any) -> datetime:
    if not bytes(field.contents).endswith(b"Z"):
        raise ValueError("gen_time is not in UTC (no final Z)")
    value = field.native
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    raise ValueError("gen_time is in the year 0")  # for which the library has its own type


def _accuracy_us(accuracy: Any) -> int | None:
    if accuracy.native is None:
        return None
    seconds, millis, micros = (accuracy[name].native or 0 for name in ("seconds", "millis", "micros"))
    return int(seconds * 1_000_000 + millis * 1_000 + micros)


def _critical_extensions(extensions: Any) -> tuple[str, ...]:
    return tuple(each["extn_id"].dotted for each in extensions or () if each["critical"].native)


def _directory_name(name: Any) -> bytes | None:
    """Other forms of the name (an address, a host) are only display text, so only this one is compared."""
    if isinstance(name, core.Void) or name.name != "directory_name":
        return None
    return bytes(name.chosen.untag().dump())


def _attributes(signed_attributes: Any) -> dict[str, Any]:
    """By identifier, each with its only value; twice the same attribute would be two claims in one signature."""
    found: dict[str, Any] = {}
    for attribute in signed_attributes or ():
        oid = attribute["type"].dotted
        if oid in found:
            raise ValueError(f"signed attribute {oid} twice")
        found[oid] = _only(attribute["values"], f"value of signed attribute {oid}")
    return found


def _attribute(attributes: dict[str, Any], oid: str, what: str) -> Any:
    if oid not in attributes:
        raise ValueError(f"no {what} among the signed attributes")
    return attributes[oid]


def _only(values: Any, what: str) -> Any:
    if len(values) != 1:
        raise ValueError(f"{len(values)} times {what}, not one")
    return values[0]


def _references(attributes: dict[str, Any]) -> tuple[tuple[CertificateReference, ...], ...]:
    present = [oid for oid in (_SIGNING_CERTIFICATE_OID, _SIGNING_CERTIFICATE_V2_OID) if oid in attributes]
    return tuple(tuple(_reference(each) for each in attributes[oid]["certs"]) for oid in present)


def _reference(reference: Any) -> CertificateReference:
    second_version = isinstance(reference, tsp.ESSCertIDv2)
    place = reference["issuer_serial"]
    absent = isinstance(place, core.Void)
    return CertificateReference(
        algorithm=reference["hash_algorithm"]["algorithm"].dotted if second_version else _SHA1_OID,
        digest=reference["cert_hash"].native,
        issuer_der=None if absent else _directory_name(_only(place["issuer"], "issuer of an ESSCertID")),
        serial=None if absent else place["serial_number"].native,
    )


def _request(tsq: bytes) -> TimestampRequest:
    request = tsp.TimeStampReq.load(tsq, strict=True)
    imprint = request["message_imprint"]
    policy = request["req_policy"]
    return TimestampRequest(
        imprint=imprint["hashed_message"].native,
        imprint_algorithm=imprint["hash_algorithm"]["algorithm"].dotted,
        nonce=request["nonce"].native,
        policy=None if isinstance(policy, core.Void) else policy.dotted,
        certificates_wanted=bool(request["cert_req"].native),
    )


def _replace_certificates(tsr: bytes, certificates: list[bytes]) -> bytes:
    response = _Response.load(tsr, strict=True)
    choices = [cms.CertificateChoices.load(der) for der in certificates]
    response["time_stamp_token"]["content"]["certificates"] = cms.CertificateSet(choices)
    return bytes(response.dump())
