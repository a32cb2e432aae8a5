"""The steps from an empty database to the present schema, one file each, never edited once released."""
