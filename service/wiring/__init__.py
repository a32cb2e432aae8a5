"""Settings to parts, once: the only place that reads settings and chooses adapters.

Two ways in: `installed.installation` for the service with everything, `foundation.open_offline` for commands beside it,
which load none of what draws letters and runs jobs.
"""
