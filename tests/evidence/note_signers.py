"""Real keys from fixed seeds, and whoever holds them. The product's own signers live in the service."""

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evidence.note import VerifierKey, ecdsa_key, ed25519_key, witness_key


class Ed25519Signer:
    def __init__(self, name: str, *, seed: int = 1, witness: bool = False) -> None:
        self._private = ed25519.Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))
        self._name, self._key = name, witness_key if witness else ed25519_key

    @property
    def verifier_key(self) -> VerifierKey:
        return self._key(self._name, self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


class EcdsaSigner:
    def __init__(self, name: str, *, seed: int = 1) -> None:
        self._private, self._name = ec.derive_private_key(seed, ec.SECP256R1()), name

    @property
    def verifier_key(self) -> VerifierKey:
        spki_der = self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return ecdsa_key(self._name, spki_der)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message, ec.ECDSA(SHA256()))


class BrokenSigner(Ed25519Signer):
    """A device whose signatures come out damaged."""

    def sign(self, message: bytes) -> bytes:
        return bytes(reversed(super().sign(message)))
