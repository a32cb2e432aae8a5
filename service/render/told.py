"""What lawyers said of all letters, in the files beside their folders: what words do, and how the matter is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import StoreError
from service.render.filing import Filing, filing_of, read_matters
from service.render.sandbox import TemplateError
from service.render.wording import read_wording, wording_of


@dataclass(frozen=True, kw_only=True)
class Told:
    """`wording.json` and `matters.json`, by name and version."""

    wording: Mapping[str, Any]
    matters: Mapping[str, Any]

    def wording_of(self, name: str, version: str, *, schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Give what one version's words do in law; TemplateError as `service.render.wording` says."""
        return wording_of(self.wording, name, version, fields=frozenset(schema.get("properties", {})))

    def filing_of(self, name: str, version: str, *, schema: Mapping[str, Any]) -> Filing | None:
        """Give how one version's fields tell of their matter; TemplateError as `service.render.filing` says."""
        return filing_of(self.matters, name, version, schema=schema)


def read_told(directory: Path) -> Told:
    """Read both files.

    Raises:
        StoreError: fatal; the text names the file and the place in it.
    """
    try:
        return Told(wording=read_wording(directory), matters=read_matters(directory))
    except (TemplateError, OSError) as error:
        raise StoreError(f"what is said of the letters cannot be used: {error}", fatal=True) from error
