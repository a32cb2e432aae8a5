"""Measurements beside their plain counterparts, in one run on one machine: `python -m bench`."""
