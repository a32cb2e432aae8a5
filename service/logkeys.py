"""The log's own keys: made once, kept in a folder that only their user can read, used to sign checkpoints.

Two keys sign every checkpoint: Ed25519 as C2SP has it, and ECDSA P-256 for verifiers whose openssl is old. Whoever
holds them can sign another history: the threat model says what then still shows it.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from evidence.note import NoteSigner, VerifierKey, ecdsa_key, ed25519_key
from service.errors import ConflictError, StoreError

ED25519_FILE, ECDSA_FILE = "log-ed25519.key", "log-ecdsa.key"


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """Signs notes with an Ed25519 key."""

    verifier_key: VerifierKey
    _key: ed25519.Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """Give 64 bytes."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        """Leave the key out of every log."""
        return f"Ed25519Signer({self.verifier_key.name!r})"


@dataclass(frozen=True, slots=True)
class EcdsaSigner:
    """Signs notes with a P-256 key and SHA-256."""

    verifier_key: VerifierKey
    _key: ec.EllipticCurvePrivateKey

    def sign(self, message: bytes) -> bytes:
        """Give a DER signature."""
        return self._key.sign(message, ec.ECDSA(SHA256()))

    def __repr__(self) -> str:
        """Leave the key out of every log."""
        return f"EcdsaSigner({self.verifier_key.name!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKeys:
    """The signers of one log, and the public halves in the same order."""

    signers: tuple[NoteSigner, ...]
    verifier_keys: tuple[VerifierKey, ...]


def create_log_keys(folder: Path, *, origin: str) -> LogKeys:
    """Make the keys of a new log in a folder that does not exist yet.

    Raises:
        ConflictError: The folder is there: keys are never made twice for one log.
        StoreError: The disk refused.
    """
    if folder.exists():
        raise ConflictError("log_keys_exist", f"{folder} is there already; its keys stay", message_zh="日志密钥已存在")
    aside = folder.with_name(f".{folder.name}.making")
    try:
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(aside / ED25519_FILE, ed25519.Ed25519PrivateKey.generate())
        _write(aside / ECDSA_FILE, ec.generate_private_key(ec.SECP256R1()))
        _sync_folder(aside)
        # Crash before the rename: no folder, and the next attempt starts anew. After: both keys are there.
        aside.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        raise StoreError(f"the log's keys could not be written: {error}") from error
    return load_log_keys(folder, origin=origin)


def load_log_keys(folder: Path, *, origin: str) -> LogKeys:
    """Read the keys of the log named `origin`.

    Raises:
        StoreError: A key is missing, is not what its name says, or others than its user could read it.
    """
    first, second = _read(folder / ED25519_FILE), _read(folder / ECDSA_FILE)
    if not isinstance(first, ed25519.Ed25519PrivateKey):
        raise StoreError(f"{folder / ED25519_FILE} is not an Ed25519 key", fatal=True)
    if not isinstance(second, ec.EllipticCurvePrivateKey) or not isinstance(second.curve, ec.SECP256R1):
        raise StoreError(f"{folder / ECDSA_FILE} is not a P-256 key", fatal=True)
    raw = first.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    spki = second.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signers = (Ed25519Signer(ed25519_key(origin, raw), first), EcdsaSigner(ecdsa_key(origin, spki), second))
    return LogKeys(signers=signers, verifier_keys=tuple(signer.verifier_key for signer in signers))


def _write(path: Path, key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o600)  # a leftover of an attempt that died may have had another mode
        file.write(pem)
        file.flush()
        os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> object:
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise StoreError(f"{path} can be read by others than its user; set its mode to 600", fatal=True)
        return load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"{path} could not be read as a key: {error}", fatal=True) from error
