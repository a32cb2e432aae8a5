"""What is true: bytes in, values out.

This package proves what was said, to whom and when, from the bytes of an evidence bundle and from keys that the
verifier already trusts. It reads no file, clock, network, randomness or environment; only `__main__` opens files.

The map, lowest first; a module imports only from those above it:

- `errors`: what can be wrong, by whose fault.
- `canonical`: canonical JSON, base64, digests, instants.
- `entry`: the recorded header and its body; the leaf hash.

The log:

- `chain`: one matter's entries, each holding the leaf hash of the one before.
- `merkle`: root hashes, inclusion and consistency proofs; `tiles`: the tree as files of 256 hashes.
- `note`: signed notes and the keys that verify them.
- `checkpoint`: a log's signed size and root hash, and the witnesses' cosignatures.
- `logproof`: a leaf's index, inclusion proof and checkpoint in one file; `consistency`: two checkpoints' proof in one.

Time, containers and documents:

- `timestamp`, over `timestamp_format` and `timestamp_certificates`: RFC 3161 tokens.
- `archive`, over `zip_records`: the one deterministic zip.
- `layout`, `baginfo`, `manifest`, `payload`: what a bundle's files are called, and the lists of them.
- `pdf`: how much of a PDF its signatures cover.

The whole:

- `trust`: the keys and roots a verifier is given; `bundle`: building an evidence bundle.
- `checks`, `report`, `messages`, `verify`: the numbered checks, and their findings in words.
- `law`: what follows from the facts; it knows nothing of proof, nor proof of it.

Nothing is imported here, so that whoever needs the calendar does not load the cryptography.
"""
