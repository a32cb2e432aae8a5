"""Letters: the catalogue of templates, the check of fields, the renderer, the stamp on each page, and the reading back."""
