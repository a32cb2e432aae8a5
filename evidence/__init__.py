"""What is true: bytes in, values out.

This package proves what was said, to whom and when, from the bytes of an evidence bundle and from keys that
the verifier already trusts. It reads no file, clock, network, randomness or environment; only `__main__`
opens files.

The map, lowest first; a module imports only from those above it:

- `errors`: what can be wrong, by whose fault.
- `canonical`: canonical JSON, base64, digests, instants.
- `archive`: the one deterministic zip.
- `entry`: the recorded header and its body; the leaf hash.
- `chain`: one matter's entries, each holding the leaf hash of the one before.
- `merkle`: root hashes, inclusion and consistency proofs.
- `note`: signed notes and the keys that verify them.
- `timestamp`: RFC 3161 tokens.
- `tiles`: the tree as files of 256 hashes.
- `checkpoint`: a log's signed size and root hash, and the witnesses' cosignatures.
- `logproof`: a leaf's index, inclusion proof and checkpoint in one file.
- `bundle`: the names, manifests and building of an evidence bundle.
- `verify`: the numbered checks and their report.
- `law`: what follows from the facts; it knows nothing of proof, nor proof of it.

Nothing is imported here, so that whoever needs the calendar does not load the cryptography.
"""
