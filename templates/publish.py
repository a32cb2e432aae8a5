"""Publish new template versions: write their SHA-256 into templates.sum, and never touch a published line.

    python templates/publish.py            publish every version folder that is not yet listed
    python templates/publish.py --check    only say whether folder and list agree

Needs nothing but Python. The list has the form of `sha256sum`, so `sha256sum -c templates.sum` checks it too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

REQUIRED = ("template.json", "fields.schema.json", "example.json", "expected.txt", "README.md")
SAFE_NAME = re.compile(r"[a-z0-9-]+/v[1-9]\d*/[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


class PublishError(Exception):
    """Something that must be put right before publishing; the text says what."""


def read_sums(root: Path) -> dict[str, str]:
    """The published files: path to SHA-256 in hex."""
    path = root / "templates.sum"
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def present_files(root: Path) -> dict[str, str]:
    """The files in all version folders: path to SHA-256 in hex."""
    found = {}
    for path in sorted(root.glob("*/v*/**/*")):
        if path.is_file():
            found[path.relative_to(root).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def version_of(path: str) -> str:
    """The version folder that holds a file, such as loan-demand/v1."""
    return "/".join(path.split("/")[:2])


def check_published(published: dict[str, str], present: dict[str, str]) -> None:
    """Published files are there with their published bytes, and no file was added beside them."""
    versions = {version_of(path) for path in published}
    for path, digest in published.items():
        if path not in present:
            raise PublishError(f"{path}: is published and missing")
        if present[path] != digest:
            raise PublishError(f"{path}: was changed after it was published; undo the change and make a new version")
    for path in present.keys() - published.keys():
        if version_of(path) in versions:
            raise PublishError(f"{path}: was added to a published version; make a new version")


def check_new(root: Path, version: str, files: list[str]) -> None:
    """A new version has every required file, safe names, and a template.json that speaks of itself."""
    for path in files:
        if not SAFE_NAME.fullmatch(path):
            raise PublishError(f"{path}: use only English letters, digits, dot, hyphen and underscore in file names")
    for name in REQUIRED:
        if f"{version}/{name}" not in files:
            raise PublishError(f"{version}/{name}: is missing")
    facts = json.loads((root / version / "template.json").read_text(encoding="utf-8"))
    if f"{facts.get('name')}/{facts.get('version')}" != version:
        raise PublishError(f"{version}/template.json: name and version are not those of the folder")
    for engine in facts.get("engines", ()):
        if f"{version}/template.{engine}" not in files:
            raise PublishError(f"{version}/template.{engine}: is missing, though template.json lists this engine")


def publish(root: Path, *, write: bool) -> list[str]:
    """Check everything and give the new versions; with `write`, list them in templates.sum.

    Raises:
        PublishError: a published file is not as published, or a new version is incomplete.
    """
    published, present = read_sums(root), present_files(root)
    check_published(published, present)
    new: dict[str, list[str]] = {}
    for path in sorted(present.keys() - published.keys()):
        new.setdefault(version_of(path), []).append(path)
    for version, files in new.items():
        check_new(root, version, files)
    if write and new:
        lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(present.items()))
        (root / "templates.sum").write_text(lines, encoding="ascii")
    return list(new)


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Publish new template versions in templates.sum.")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent, help="folder of the templates")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a version is not published")
    chosen = parser.parse_args(arguments)
    try:
        new = publish(chosen.root, write=not chosen.check)
    except (PublishError, OSError, ValueError) as error:
        print(f"not published: {error}", file=sys.stderr)
        return 1
    for version in new:
        print(f"{'not yet published' if chosen.check else 'published'}: {version}")
    return 1 if chosen.check and new else 0


if __name__ == "__main__":
    sys.exit(main())
