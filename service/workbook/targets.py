"""What a column can mean: the places of a letter's fields, taken from the template's schema, and a few beside them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.render.catalog import Template
from service.render.patterns import compiled

SPECIALS: Mapping[str, str] = {
    "@template": "模板",
    "@version": "模板版本",
    "@engine": "排版方式",
    "@matter": "案件标识",
    "@reference": "案件编号",
    "@party": "当事人标识",
    "@address": "投递地址",
    "@postcode": "邮政编码",
    "@phone": "收件人电话",
    "@duplicate_reason": "重复出函原因",
    "@currency": "币种",
    "@fields": "全部字段（JSON）",
}
"""Targets that are no field of the letter, with their Chinese titles."""

TEXT, MONEY, DATE, BOOLEAN, CHOICE, INTEGER, TEXTS, JSON = (
    "text", "money", "date", "boolean", "choice", "integer", "texts", "json",
)  # fmt: skip
_SYNONYMS = Path(__file__).with_name("synonyms.json")
_CHOICE_WORDS = re.compile(r"([a-z_]+)[：:]([^；。，;]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One place of a letter's fields; `*` in the pointer stands for each item of a list."""

    pointer: str
    kind: str
    titles: tuple[str, ...]
    """Title of each object on the way, then its own."""
    required: bool
    choices: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    """(word, choice): Chinese words for the choices, from the schema's own description."""
    most: int = 0
    """Items that the list on the way may have; 0 without a list."""


@lru_cache(maxsize=256)
def _targets(template: "_Keyed") -> tuple[Target, ...]:
    return tuple(_walk(template.template.schema, template.template.schema, pointer="", titles=(), required=True))


class _Keyed:
    """Holds a template in a cache by the digest of what was published."""

    def __init__(self, template: Template) -> None:
        self.template = template

    def __hash__(self) -> int:
        return hash(self.template.digest_hex)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and other.template.digest_hex == self.template.digest_hex


def targets_of(template: Template) -> tuple[Target, ...]:
    """Give every place of the template's fields that a column can fill, in the schema's order."""
    return _targets(_Keyed(template))


@lru_cache(maxsize=4096)
def _by_pattern(template: _Keyed) -> dict[str, Target]:
    return {target.pointer: target for target in _targets(template)}


def find_target(template: Template, pointer: str) -> Target | None:
    """Give the target that a pointer with numbers or stars names; None when the template has no such place."""
    known = _by_pattern(_Keyed(template))
    return known.get(pointer) or known.get(re.sub(r"/\d+(?=/|$)", "/*", pointer))


def addressee_of(template: Template) -> str:
    """Give the pointer of the object that the schema titles 收件人; empty when there is none."""
    for name, part in template.schema.get("properties", {}).items():
        if part.get("title") == "收件人":
            return f"/{name}"
    return ""


@lru_cache(maxsize=1)
def synonyms() -> dict[str, Any]:
    """Give the words that desks use, from `synonyms.json` beside this file."""
    words: dict[str, Any] = json.loads(_SYNONYMS.read_text(encoding="utf-8"))
    return words


def _walk(
    root: Mapping[str, Any], part: Mapping[str, Any], *, pointer: str, titles: tuple[str, ...], required: bool
) -> Iterator[Target]:
    needed = part.get("required", ())
    for name, given in part.get("properties", {}).items():
        node = _resolved(root, given)
        here = {"pointer": f"{pointer}/{name}", "titles": (*titles, str(node.get("title", name)))}
        yield from _of_node(root, node, **here, required=required and name in needed)


def _of_node(root: Mapping[str, Any], node: Mapping[str, Any], **place: Any) -> Iterator[Target]:
    if node.get("type") == "object":
        yield Target(kind=JSON, **place)
        yield from _walk(root, node, **place)
    elif node.get("type") == "array":
        item = _resolved(root, node.get("items", {}))
        most = int(node.get("maxItems", 100))
        if item.get("type") == "object":
            yield Target(kind=JSON, **place)
            below = {**place, "pointer": place["pointer"] + "/*"}
            yield from (_counted(target, most) for target in _walk(root, item, **below))
        else:
            yield Target(kind=TEXTS, most=most, **place)
    else:
        yield Target(kind=_kind(node), choices=_choices(node), words=_words(node), **place)


def _counted(target: Target, most: int) -> Target:
    return Target(
        pointer=target.pointer, kind=target.kind, titles=target.titles, required=target.required,
        choices=target.choices, words=target.words, most=most,
    )  # fmt: skip


def _resolved(root: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    reference = str(node.get("$ref", ""))
    if not reference.startswith("#/$defs/"):
        return dict(node)
    return {**root.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {}), **node}


def _kind(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return CHOICE
    if node.get("type") in ("boolean", "integer"):
        return str(node["type"])
    if node.get("format") == "date":
        return DATE
    if "pattern" not in node:
        return TEXT
    takes = compiled(node["pattern"]).search
    return MONEY if takes("1.00") and not takes("1") and not takes("a") else TEXT


def _choices(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(choice) for choice in node.get("enum", ()))


def _words(node: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    known = set(_choices(node))
    said = [(word.strip(), choice) for choice, word in _CHOICE_WORDS.findall(str(node.get("description", "")))]
    ours = [(word, choice) for choice in known for word in synonyms()["values"].get(choice, ())]
    return tuple((word, choice) for word, choice in (*said, *ours) if choice in known)
