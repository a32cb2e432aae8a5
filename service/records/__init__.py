"""The records: one SQL schema, how its database is opened, and the small queries over it.

Truth is only in `entries` (and the objects they name); every other table about a matter is derived from entries by
`service.records.projections`, and `service.fsck` derives it again to compare.
"""
