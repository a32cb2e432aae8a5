"""The HTTP edge: what callers send and see. It decides nothing; use cases do."""
