"""The catalogue of letters: template folders exactly as published in `templates.sum`, or no start at all."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from service.errors import NotFoundError, StoreError
from service.render.docx import docx_sources
from service.render.filing import Filing
from service.render.patterns import check_patterns
from service.render.sandbox import TemplateError, check_source
from service.render.told import Told, read_told
from service.render.wording import resolved

ENGINES = ("html", "docx")
SUM_FILE = "templates.sum"
SIZE_LIMIT = 8 * 2**20
"""Bytes of one template file."""

_FIELD_NAME = re.compile(r"[a-z0-9_]+")
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<path>[a-z0-9-]+/v\d+/[A-Za-z0-9._/-]+)")


@dataclass(frozen=True, kw_only=True)
class Template:
    """One published version of one letter; `digest_hex` commits to every file of its folder.

    `wording` says what its words do in law, `filing` how its fields tell of their matter; None where no lawyer said so.
    """

    name: str
    version: str
    title_zh: str
    engines: tuple[str, ...]
    schema: Mapping[str, Any]
    example: Mapping[str, Any]
    digest_hex: str
    directory: Path
    facts: Mapping[str, Any] = field(default_factory=dict)
    wording: Mapping[str, Any] | None = None
    filing: Filing | None = None

    def wording_with(self, fields: Mapping[str, Any]) -> dict[str, bool] | None:
        """Say what the words of the letter with these fields do in law; None where nobody classified them."""
        return None if self.wording is None else resolved(self.wording, fields)

    @cached_property
    def rules(self) -> Mapping[str, Any]:
        """The business checks that the schema declares."""
        rules: Mapping[str, Any] = self.schema.get("x-duly", {})
        return rules

    @property
    def item_description_zh(self) -> str:
        """The words for the waybill's 内件品名, with {field} places."""
        return str(self.facts.get("item_description_zh", self.title_zh))


class Catalog:
    """Every published template, by name and version."""

    def __init__(self, templates: Mapping[tuple[str, str], Template]) -> None:
        self._templates = MappingProxyType(dict(templates))

    @classmethod
    def load(cls, directory: Path) -> "Catalog":
        """Read and check all published templates of a folder.

        A version folder that `templates.sum` does not list is a draft and does not exist here; within a listed one
        every file has to be listed with its present digest.

        Raises:
            StoreError: fatal; the text names the file that is changed, missing, unlisted or not in the language.
        """
        listed = _read_sums(directory)
        folders: dict[tuple[str, str], dict[str, str]] = {}
        for path, sha256 in listed.items():
            name, version, rest = path.split("/", 2)
            folders.setdefault((name, version), {})[rest] = sha256
        told = read_told(directory)
        return cls({key: _load_one(directory, *key, sums, told) for key, sums in sorted(folders.items())})

    def get(self, name: str, version: str | None = None) -> Template:
        """Give one template; without a version the newest one.

        Raises:
            NotFoundError: There is no such template or version.
        """
        versions = sorted((item for item in self._templates.values() if item.name == name), key=_age)
        wanted = [item for item in versions if version in (None, item.version)]
        if not wanted:
            what = f"template {name}" if not versions else f"version {version} of template {name}"
            raise NotFoundError(what, message_zh=f"没有模板“{name}”" + (f"的版本“{version}”" if versions else ""))
        return wanted[-1]

    def all(self) -> tuple[Template, ...]:
        """Give all templates by name and version."""
        return tuple(self._templates.values())


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read a version folder's files by their paths inside it; children read by the same rule and compare digests."""
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise TemplateError(f"{path}: only plain files may stand in a template folder")
        if path.is_file():
            if path.stat().st_size > SIZE_LIMIT:
                raise TemplateError(f"{path}: is larger than {SIZE_LIMIT} bytes")
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def folder_digest(files: Mapping[str, bytes]) -> str:
    """Give the SHA-256 over the folder's sorted lines `<sha256>  <path inside the folder>` as hex."""
    lines = sorted(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _age(template: Template) -> int:
    return int(template.version.removeprefix("v"))


def _read_sums(directory: Path) -> dict[str, str]:
    path = directory / SUM_FILE
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: cannot be read: {error}", fatal=True) from error
    listed: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        if match is None or ".." in match["path"] or match["path"] in listed:
            raise StoreError(f"{path}: line {number} is not '<sha256>  <name>/v<n>/<file>', or repeats one", fatal=True)
        listed[match["path"]] = match["sha256"]
    return listed


def _load_one(directory: Path, name: str, version: str, sums: Mapping[str, str], told: Told) -> Template:
    folder = directory / name / version
    try:
        files = read_folder(folder)
        _compare(folder, files, sums)
        template = _parse(folder, name, version, files)
        return replace(
            template,
            wording=told.wording_of(name, version, schema=template.schema),
            filing=told.filing_of(name, version, schema=template.schema),
        )
    except (TemplateError, OSError) as error:
        raise StoreError(f"the template {name}/{version} cannot be used: {error}", fatal=True) from error


def _compare(folder: Path, files: Mapping[str, bytes], sums: Mapping[str, str]) -> None:
    for path in sorted(set(files) | set(sums)):
        if path not in files:
            raise TemplateError(f"{folder / path} is listed in {SUM_FILE} and missing")
        if path not in sums:
            raise TemplateError(f"{folder / path} is not listed in {SUM_FILE}")
        if hashlib.sha256(files[path]).hexdigest() != sums[path]:
            raise TemplateError(f"{folder / path} was changed after it was published")


def _parse(folder: Path, name: str, version: str, files: Mapping[str, bytes]) -> Template:
    facts, schema, example = (
        _json(folder, files, file) for file in ("template.json", "fields.schema.json", "example.json")
    )
    if (facts.get("name"), facts.get("version")) != (name, version):
        raise TemplateError(f"{folder / 'template.json'}: name and version are not those of the folder")
    engines = tuple(facts.get("engines", ()))
    if not engines or not set(engines) <= set(ENGINES):
        raise TemplateError(f"{folder / 'template.json'}: engines has to list html, docx or both")
    try:
        Draft202012Validator.check_schema(schema)
        check_patterns(schema)
    except (SchemaError, ValueError) as error:
        said = error.message if isinstance(error, SchemaError) else error
        raise TemplateError(f"{folder / 'fields.schema.json'}: is not a JSON Schema: {said}") from error
    _check_names(folder / "fields.schema.json", schema)
    _check_language(folder, engines, files, frozenset(schema.get("properties", {})))
    return Template(
        name=name,
        version=version,
        title_zh=str(facts.get("title_zh", name)),
        engines=engines,
        schema=schema,
        example=example,
        digest_hex=folder_digest(files),
        directory=folder,
        facts=facts,
    )


def _json(folder: Path, files: Mapping[str, bytes], file: str) -> dict[str, Any]:
    try:
        value = json.loads(files[file])
    except KeyError as error:
        raise TemplateError(f"{folder / file} is missing") from error
    except ValueError as error:
        raise TemplateError(f"{folder / file}: is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise TemplateError(f"{folder / file}: is not a JSON object")
    return value


def _check_names(path: Path, schema: Mapping[str, Any]) -> None:
    """Fields go into the record under their names, so names keep to the record's alphabet, in nested objects too."""
    if schema.get("type") != "object" or schema.get("additionalProperties") is not False:
        raise TemplateError(f"{path}: has to describe an object with additionalProperties false")
    stack: list[Any] = [schema]
    while stack:
        part = stack.pop()
        if isinstance(part, Mapping):
            names = part.get("properties", {})
            wrong = [name for name in names if not _FIELD_NAME.fullmatch(name) or (part is schema and name == "letter")]
            if wrong:
                raise TemplateError(f"{path}: {wrong[0]!r} cannot be a field's name (a-z, 0-9, _; not 'letter')")
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)


def _check_language(folder: Path, engines: tuple[str, ...], files: Mapping[str, bytes], known: frozenset[str]) -> None:
    for engine in engines:
        file = f"template.{engine}"
        if file not in files:
            raise TemplateError(f"{folder / file} is missing")
        for where, source in _sources(folder / file, engine, files[file]):
            check_source(source, where=where, known=known)


def _sources(path: Path, engine: str, data: bytes) -> list[tuple[str, str]]:
    if engine == "docx":
        return [(f"{path}: {part}", source) for part, source in docx_sources(data).items()]
    try:
        return [(str(path), data.decode("utf-8"))]
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path}: is not UTF-8") from error
