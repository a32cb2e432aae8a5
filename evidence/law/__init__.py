"""What follows from the facts in law: limitation and guarantee periods, on two tracks, each step with its reasons.

Pure: facts and a date in, values out. It knows nothing of entries, proofs or bundles, and they know nothing of it.
"""
