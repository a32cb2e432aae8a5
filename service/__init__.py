"""Duly's shell: everything with effects (HTTP, database, object store, clock, keys, processes).

Arrows run one way: `service` imports `evidence`, never back. Inside, only
`service.wiring` chooses adapters and reads settings.
"""
