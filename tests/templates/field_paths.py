"""Which fields a template uses and which a schema declares, both as JSON pointers with `*` for the items of a list."""

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import nodes

from service.render.sandbox import DataEnvironment

Scope = Mapping[str, str]


def schema_leaves(schema: Mapping[str, Any]) -> set[str]:
    """Pointers of all values; a list of plain texts counts as one value."""
    return set(_leaves(schema, schema.get("$defs", {}), ""))


def _leaves(part: Mapping[str, Any], defs: Mapping[str, Any], pointer: str) -> Iterator[str]:
    if "$ref" in part:
        part = {**defs[part["$ref"].removeprefix("#/$defs/")], **part}
    if part.get("type") == "object":
        for name, inner in part["properties"].items():
            yield from _leaves(inner, defs, f"{pointer}/{name}")
    elif part.get("type") == "array" and part["items"].get("type") == "object":
        yield from _leaves(part["items"], defs, f"{pointer}/*")
    else:
        yield pointer


def used_fields(source: str) -> tuple[set[str], set[str]]:
    """Pointers that a template names at all, and those that it prints."""
    named: set[str] = set()
    printed: set[str] = set()
    _walk(DataEnvironment().parse(source), {}, named, printed)
    return named, printed


def _walk(node: nodes.Node, scope: Scope, named: set[str], printed: set[str]) -> None:
    pointer = _pointer(node, scope)
    if pointer is not None:
        named.add(pointer)
        return
    if isinstance(node, nodes.For):
        assert isinstance(node.target, nodes.Name)
        items = _pointer(node.iter, scope)
        scope = {**scope, node.target.name: f"{items}/*"}
        for child in node.body:
            _walk(child, scope, named, printed)
        return
    if isinstance(node, nodes.Output):
        printed |= {found for child in node.nodes if (found := _printed(child, scope)) is not None}
    for child in node.iter_child_nodes():
        _walk(child, scope, named, printed)


def _printed(node: nodes.Node, scope: Scope) -> str | None:
    while isinstance(node, nodes.Filter) and node.node is not None:
        node = node.node
    return _pointer(node, scope)


def _pointer(node: nodes.Node, scope: Scope) -> str | None:
    if isinstance(node, nodes.Name):
        return scope.get(node.name, f"/{node.name}")
    if isinstance(node, nodes.Getattr):
        base = _pointer(node.node, scope)
        return None if base is None else f"{base}/{node.attr}"
    return None
