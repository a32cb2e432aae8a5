"""Trust anchors: the keys and roots that a verifier is given, and never takes from what it verifies."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from evidence.errors import MalformedError
from evidence.note import COSIGNATURE, ECDSA_P256, ED25519, VerifierKey, parse_vkey
from evidence.timestamp import TsaAnchors, tsa_anchors_from_pem

LOG_KEYS = "log.vkey"
WITNESS_KEYS = "witnesses.vkey"
TSA_ROOTS = "tsa-roots.pem"
TSA_CHAIN = "tsa-chain.pem"
_PEM_COPIES = {"log-ed25519.pem": ED25519, "log-ecdsa.pem": ECDSA_P256}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustAnchors:
    """What a verifier trusts: one log, its keys, witnesses, and time-stamping authorities.

    Attributes:
        origin: The log's name.
        log_keys: Any of them may have signed a checkpoint.
        witness_keys: Keys of type cosignature; may be empty.
        tsa: Roots and intermediates of the accepted authorities.
        files: The folder these came from, by file name.
    """

    origin: str
    log_keys: tuple[VerifierKey, ...]
    witness_keys: tuple[VerifierKey, ...]
    tsa: TsaAnchors
    files: Mapping[str, bytes] = field(repr=False)


def trust_from_files(files: Mapping[str, bytes]) -> TrustAnchors:
    """Read a folder of trust anchors.

    `log-ed25519.pem` and `log-ecdsa.pem` repeat keys of `log.vkey` for openssl's use; they may be absent, but must not
    contradict it.

    Raises:
        MalformedError: A file is missing or not in its format, or two of them contradict each other.

    Source: docs/bundle-format.md, section 8.
    """
    log_keys = _vkeys(files, LOG_KEYS)
    witness_keys = _vkeys(files, WITNESS_KEYS) if WITNESS_KEYS in files else ()
    if not log_keys or len({key.name for key in log_keys}) != 1:
        raise MalformedError("not the keys of one log, one a line", where=LOG_KEYS)
    if any(key.algorithm == COSIGNATURE for key in log_keys):
        raise MalformedError("a witness's key among the log's", where=LOG_KEYS)
    if any(key.algorithm != COSIGNATURE for key in witness_keys):
        raise MalformedError("a key that is not a witness's", where=WITNESS_KEYS)
    for name, algorithm in _PEM_COPIES.items():
        _check_copy(files, name=name, keys=[key for key in log_keys if key.algorithm == algorithm])
    tsa = tsa_anchors_from_pem(roots_pem=_file(files, TSA_ROOTS), chain_pem=files.get(TSA_CHAIN, b""))
    return TrustAnchors(
        origin=log_keys[0].name, log_keys=log_keys, witness_keys=witness_keys, tsa=tsa, files=dict(files)
    )


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    try:
        return files[name]
    except KeyError:
        raise MalformedError("missing from the trust anchors", where=name) from None


def _vkeys(files: Mapping[str, bytes], name: str) -> tuple[VerifierKey, ...]:
    try:
        lines = _file(files, name).decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise MalformedError("not text", where=name) from None
    return tuple(parse_vkey(line) for line in lines if line.strip())


def _check_copy(files: Mapping[str, bytes], *, name: str, keys: list[VerifierKey]) -> None:
    if name in files and _public(files[name], name) not in [key.public for key in keys]:
        raise MalformedError(f"this key is not in {LOG_KEYS}", where=name)


def _public(pem: bytes, name: str) -> bytes:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise MalformedError("not a public key in PEM", where=name) from None
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes_raw()
    if isinstance(key, EllipticCurvePublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    raise MalformedError("neither an Ed25519 nor a P-256 key", where=name)
