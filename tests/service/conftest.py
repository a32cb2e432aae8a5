"""The records on a fresh database each, with simulators around them."""
