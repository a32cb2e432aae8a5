"""An RFC 3161 authority inside the process, so that everything works with no account and no network.

It proves nothing to a third party: whoever runs the service holds its key and its clock. Its certificates say so.

- One file per authority, `<folder>/<name>.pem`, mode 0600: the signer's key, then signer, intermediate, root.
- The root's and the intermediate's keys are forgotten once they have signed: nobody can issue a second signer.
- Nothing changes after creation, so any number of threads may stamp.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.canonical import sha256
from evidence.errors import EvidenceError
from evidence.timestamp import parse_request, tsa_anchors_from_pem
from service.adapters.tsa_exchange import SHA256_OID, accept, build_request, sha256_identifier
from service.adapters.tsa_identity import PrivateKey, TsaIdentity, open_identity
from service.ports import Clock, Stamp

POLICY_OID = "2.25.207242720032004681468791761695251117062"
"""Our own policy, from a random UUID (X.667): «development, no promise of any kind»."""
DEVELOPMENT_LABEL = "开发用时间戳机构，不受信任 / development timestamp authority, UNTRUSTED"


class DevelopmentAuthority:
    """One embedded authority; satisfies `service.ports.TimestampAuthority`."""

    trusted_label = DEVELOPMENT_LABEL

    def __init__(self, *, name: str, identity: TsaIdentity, clock: Clock) -> None:
        self.name = name
        self._identity = identity
        self._clock = clock
        self._anchors = tsa_anchors_from_pem(roots_pem=self.roots_pem(), chain_pem=self.chain_pem())

    def stamp(self, digest: bytes) -> Stamp:
        """Stamp a SHA-256 digest with the clock's present second.

        Raises:
            StoreError: The clock stands outside the signer certificate's validity.
        """
        tsq = build_request(digest)
        return accept(Stamp(tsq=tsq, tsr=self.respond(tsq)), digest=digest, anchors=self._anchors, name=self.name)

    def respond(self, tsq: bytes) -> bytes:
        """Answer any TimeStampReq as an authority does: with a token, or with a refusal that says why.

        Source: RFC 3161, section 2.4.2.
        """
        try:
            request = parse_request(tsq)
        except EvidenceError:
            return _refusal("bad_data_format", "not a TimeStampReq")
        if request.imprint_algorithm != SHA256_OID or len(request.imprint) != 32:
            return _refusal("bad_alg", "SHA-256 only")
        if request.policy not in (None, POLICY_OID):
            return _refusal("unaccepted_policy", f"only policy {POLICY_OID}")
        info = _info(request.imprint, nonce=request.nonce, gen_time=self._clock().replace(microsecond=0))
        token = _token(info.dump(), identity=self._identity, with_chain=request.certificates_wanted)
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())

    def roots_pem(self) -> bytes:
        """Give the root certificate."""
        return self._identity.root.public_bytes(Encoding.PEM)

    def chain_pem(self) -> bytes:
        """Give the signer's and the intermediate certificate."""
        return b"".join(each.public_bytes(Encoding.PEM) for each in self._identity.chain)


def development_authorities(folder: Path, *, clock: Clock) -> tuple[DevelopmentAuthority, DevelopmentAuthority]:
    """Open the two embedded authorities kept in a folder, creating what is not there yet.

    They share nothing: one signs with ECDSA P-256, the other with RSA-3072, each under its own root.

    Raises:
        StoreError: The folder cannot be written or a kept file cannot be read.
    """
    return (
        _open(folder, number=1, new_key=lambda: ec.generate_private_key(ec.SECP256R1()), clock=clock),
        _open(folder, number=2, new_key=lambda: rsa.generate_private_key(65_537, 3_072), clock=clock),
    )


def _open(folder: Path, *, number: int, new_key: Callable[[], PrivateKey], clock: Clock) -> DevelopmentAuthority:
    name = f"development-{number}"
    title = f"Duly Development TSA {number} - UNTRUSTED / 开发用，不受信任"
    identity = open_identity(folder / f"{name}.pem", title=title, new_key=new_key, now=clock())
    return DevelopmentAuthority(name=name, identity=identity, clock=clock)


class _Refusal(core.Sequence):  # type: ignore[misc]
    """A TimeStampResp without a token, which the library's own class cannot be."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo)]


def _refusal(failure: str, text: str) -> bytes:
    status = {"status": "rejection", "status_string": [text], "fail_info": {failure}}
    return bytes(_Refusal({"status": status}).dump())


def _info(imprint: bytes, *, nonce: int | None, gen_time: datetime) -> tsp.TSTInfo:
    """Write what is signed. The serial number is random, so that no counter has to survive a crash.

    Source: RFC 3161, section 2.4.2 (up to 160 bits, unique for the authority).
    """
    fields = {
        "version": "v1",
        "policy": POLICY_OID,
        "message_imprint": {"hash_algorithm": sha256_identifier(), "hashed_message": imprint},
        "serial_number": secrets.randbits(127) + 1,
        "gen_time": gen_time,
        "accuracy": {"seconds": 1},
    }
    return tsp.TSTInfo(fields if nonce is None else {**fields, "nonce": nonce})


def _token(info_der: bytes, *, identity: TsaIdentity, with_chain: bool) -> cms.ContentInfo:
    """Wrap and sign a TSTInfo.

    Source: RFC 5652, section 5; RFC 3161, section 2.4.2 (the certificates only where they were asked for).
    """
    signed_data = {
        "version": "v3",
        "digest_algorithms": [sha256_identifier()],
        "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(info_der)},
        "signer_infos": [_signer_info(info_der, identity=identity)],
    }
    if with_chain:  # a SET OF: strict readers want it in DER order
        ders = sorted(each.public_bytes(Encoding.DER) for each in identity.chain)
        signed_data["certificates"] = [asn1_x509.Certificate.load(der) for der in ders]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed_data)})


def _signer_info(info_der: bytes, *, identity: TsaIdentity) -> cms.SignerInfo:
    certificate = asn1_x509.Certificate.load(identity.signer.public_bytes(Encoding.DER))
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [sha256(info_der)]},
            {"type": "signing_certificate_v2", "values": [{"certs": [{"cert_hash": certificate.sha256}]}]},
        ]
    )
    place = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier("issuer_and_serial_number", place),
            "digest_algorithm": sha256_identifier(),
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": _signature_algorithm(identity.key)},
            "signature": _sign(attributes.dump(), key=identity.key),
        }
    )


def _signature_algorithm(key: PrivateKey) -> str:
    return "sha256_ecdsa" if isinstance(key, ec.EllipticCurvePrivateKey) else "rsassa_pkcs1v15"


def _sign(data: bytes, *, key: PrivateKey) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))
