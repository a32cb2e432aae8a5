"""The verifier's numbered checks: each reads what was examined and says what it saw, and none reads anything else."""
