"""Make and keep the key and certificates of an embedded timestamp authority: one file, written whole or not at all."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.errors import StoreError

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

LIFETIME = timedelta(days=20 * 365)
"""Of all three certificates: longer than a claim's life and ten years, since nobody renews a development key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TsaIdentity:
    """An authority's signing key and its certificates, from the signer up."""

    key: PrivateKey
    signer: x509.Certificate
    intermediate: x509.Certificate
    root: x509.Certificate

    @property
    def chain(self) -> tuple[x509.Certificate, x509.Certificate]:
        """The certificates below the root, signer first."""
        return (self.signer, self.intermediate)


def open_identity(path: Path, *, title: str, new_key: Callable[[], PrivateKey], now: datetime) -> TsaIdentity:
    """Read the identity kept at `path`, or make one and keep it there; of two who make one at once, the first wins.

    Args:
        path: The one file; its folder is made if absent.
        new_key: Called for the signer, the intermediate and the root.
        title: The common name in all three certificates, at most 64 bytes.
        now: Aware; the certificates are valid from an hour before it.

    Raises:
        StoreError: The file cannot be read or written, or is not an identity.
    """
    try:
        if not path.exists():
            _keep(path, _identity_to_pem(_create(title, new_key=new_key, now=now)))
        return _identity_from_pem(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(
            f"development timestamp authority: {path} cannot be used: {error}",
            fatal=True,
            message_zh=f"开发用时间戳机构的密钥文件 {path} 无法使用：{error}",
        ) from error


def _keep(path: Path, pem: bytes) -> None:
    """Write beside, flush, then link under the name: a crash leaves either no file or the whole one.

    A link, unlike a rename, fails where the name exists: the other process' identity is then the one.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as sink:
            sink.write(pem)
            sink.flush()
            os.fsync(sink.fileno())
        _link_if_absent(draft, path)
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _link_if_absent(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        return


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _identity_to_pem(identity: TsaIdentity) -> bytes:
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificates = (*identity.chain, identity.root)
    return key + b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def _identity_from_pem(pem: bytes) -> TsaIdentity:
    key = load_pem_private_key(pem, password=None)
    certificates = x509.load_pem_x509_certificates(pem)
    if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)) or len(certificates) != 3:
        raise ValueError("not one RSA or EC key and three certificates")
    signer, intermediate, root = certificates
    if signer.public_key() != key.public_key():
        raise ValueError("the key is not the first certificate's")
    return TsaIdentity(key=key, signer=signer, intermediate=intermediate, root=root)


def _create(title: str, *, new_key: Callable[[], PrivateKey], now: datetime) -> TsaIdentity:
    root_key, intermediate_key, key = new_key(), new_key(), new_key()
    root_name, intermediate_name = _name(title, level="Root"), _name(title, level="CA")
    root = _certify(_authority(root_name, path_length=1), of=root_key, by=root_key, issuer=root_name, now=now)
    intermediate = _certify(
        _authority(intermediate_name, path_length=0), of=intermediate_key, by=root_key, issuer=root_name, now=now
    )
    signer = _certify(
        _stamper(_name(title, level="Signer")), of=key, by=intermediate_key, issuer=intermediate_name, now=now
    )
    return TsaIdentity(key=key, signer=signer, intermediate=intermediate, root=root)


def _name(title: str, *, level: str) -> x509.Name:
    parts = {
        NameOID.ORGANIZATION_NAME: "Duly 达证",
        NameOID.ORGANIZATIONAL_UNIT_NAME: level,
        NameOID.COMMON_NAME: title,
    }
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts.items()])


def _authority(name: x509.Name, *, path_length: int) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    builder = x509.CertificateBuilder().subject_name(name).add_extension(constraints, critical=True)
    return builder.add_extension(_key_usage(signs_certificates=True), critical=True)


def _stamper(name: x509.Name) -> x509.CertificateBuilder:
    """Source: RFC 3161, section 2.3 (this purpose alone, and critical)."""
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    constraints = x509.BasicConstraints(ca=False, path_length=None)
    builder = x509.CertificateBuilder().subject_name(name).add_extension(constraints, critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
    return builder.add_extension(purpose, critical=True)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _certify(
    builder: x509.CertificateBuilder, *, of: PrivateKey, by: PrivateKey, issuer: x509.Name, now: datetime
) -> x509.Certificate:
    subject_key, issuer_key = of.public_key(), by.public_key()
    builder = builder.issuer_name(issuer).public_key(subject_key).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + LIFETIME)
    own = x509.SubjectKeyIdentifier.from_public_key(subject_key)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    builder = builder.add_extension(own, critical=False).add_extension(above, critical=False)
    return builder.sign(by, hashes.SHA256())
