"""The trust anchors: what a verifier is given from outside, never from the bundle that it checks."""

from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from evidence.note import ED25519, VerifierKey, format_vkey
from evidence.trust import TrustAnchors, trust_from_files
from service.ports import TimestampAuthority


class Trust:
    """The anchor files of this installation: log keys, time authorities, witnesses."""

    def __init__(
        self,
        *,
        log_keys: Sequence[VerifierKey],
        authorities: Sequence[TimestampAuthority],
        witness_vkeys: Sequence[str] = (),
    ) -> None:
        self._log_keys = tuple(log_keys)
        self._authorities = tuple(authorities)
        self._witness_vkeys = tuple(witness_vkeys)

    def files(self) -> Mapping[str, bytes]:
        """Give the six files of DESIGN §5 by name, PEM and vkey text."""
        ed25519_key = next(key for key in self._log_keys if key.algorithm == ED25519)
        ecdsa_key = next(key for key in self._log_keys if key.algorithm != ED25519)
        return {
            "log.vkey": "".join(f"{format_vkey(key)}\n" for key in self._log_keys).encode(),
            "log-ed25519.pem": _pem(ed25519.Ed25519PublicKey.from_public_bytes(ed25519_key.public)),
            "log-ecdsa.pem": _pem(load_der_public_key(ecdsa_key.public)),
            "tsa-roots.pem": b"".join(authority.roots_pem() for authority in self._authorities),
            "tsa-chain.pem": b"".join(authority.chain_pem() for authority in self._authorities),
            "witnesses.vkey": "".join(f"{vkey}\n" for vkey in self._witness_vkeys).encode(),
        }

    def anchors(self) -> TrustAnchors:
        """Give the same as values for our own verifier."""
        return trust_from_files(self.files())

    def labels(self) -> tuple[tuple[str, str], ...]:
        """Give each authority's name and what a person must know of it."""
        return tuple((authority.name, authority.trusted_label) for authority in self._authorities)


def _pem(key: object) -> bytes:
    if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
        raise TypeError("a log key is Ed25519 or ECDSA")
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
