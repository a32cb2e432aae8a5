"""The language of templates: Jinja cut down to data, branches, loops and three filters, and checked when loaded.

Two fences, each enough for the attacks we know: the syntax tree may hold only listed nodes, so that nothing but data
can be named; and the environment that runs it is the immutable sandbox, strict about missing fields, escaping always,
with a look-up that never leaves the data. Time and memory are the child process's affair.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from service.render.numerals import cn_date, cn_num, rmb_upper

LETTER_NAMES = frozenset({"notice_no", "issued_on"})
_FILTERS = {"rmb_upper": rmb_upper, "cn_date": cn_date, "cn_num": cn_num}
_PLAIN_FILTERS = frozenset({"join", "length"})
_TESTS = frozenset({"defined", "undefined", "none", "equalto", "eq", "ne", "true", "false", "in"})
_LOOP_NAMES = frozenset({"index", "index0", "revindex", "first", "last", "length"})
_LOOP_SOURCES = (nodes.Name, nodes.Getattr, nodes.Getitem)
_ALLOWED_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const,
    nodes.If, nodes.For, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.CondExpr, nodes.List, nodes.Tuple,
)  # fmt: skip
_STRAY_MARKS = ("{{", "}}", "{%", "%}", "{#", "#}")
_SLIPS = ("｛｛", "｝｝", "｛%", "%｝", "｛％", "％｝", "【", "】", "XXX", "×××", "＿＿")


class TemplateError(Exception):
    """A template is not in the allowed language; the text says where and what instead."""


class DataEnvironment(ImmutableSandboxedEnvironment):
    """Jinja over data: `a.b` is the item b of the mapping a, and nothing else ever."""

    intercepted_binops = frozenset()

    def __init__(self, record: Callable[[object], None] | None = None) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, trim_blocks=False, finalize=_finalizer(record))
        plain = {name: self.filters[name] for name in _PLAIN_FILTERS}
        self.globals.clear()
        self.filters = {**plain, **_FILTERS}
        self.tests = {name: self.tests[name] for name in _TESTS}

    def getattr(self, obj: object, attribute: str) -> object:
        """Look a name up in the data; a Jinja loop answers for its own few names."""
        if isinstance(obj, LoopContext) and attribute in _LOOP_NAMES:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """Look an item up in a mapping or list; anything else is missing, and missing is an error."""
        if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=str(argument))

    def call(self, *arguments: object, **named: object) -> object:
        """Refuse: no template calls anything."""
        raise TemplateError("a template may not call anything")


def check_source(source: str, *, where: str, known: frozenset[str]) -> None:
    """Check one template text before it may ever be filled.

    Args:
        source: HTML, or DOCX part XML whose tags were already joined across runs.
        where: File (and part) for the message.
        known: Top-level field names of the schema.

    Raises:
        TemplateError: A slip, a construct outside the language, or a name that the schema does not know.
    """
    _check_slips(source, where)
    environment = DataEnvironment()
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateError(
            f"{where}: line {error.lineno}: {error.message} near {_near(source, error.lineno)}"
        ) from error
    for node in _nodes(tree):
        _check_node(node, where)
    unknown = sorted(find_undeclared_variables(tree) - known - {"letter"})
    if unknown:
        raise TemplateError(f"{where}: the schema does not know {', '.join(unknown)}")


def describe_undefined(error: UndefinedError) -> str:
    """Give the library's sentence about a missing field without any value in it."""
    return str(error.message)[:200]


def _finalizer(record: Callable[[object], None] | None) -> Callable[[object], object]:
    """See each value that the template prints; constants of the template pass here as well."""

    def finalize(value: object) -> object:
        if isinstance(value, StrictUndefined):
            return value  # printing it raises, and names the field
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            raise TemplateError(f"a template prints text and numbers, but here it would print a {type(value).__name__}")
        if record is not None:
            record(value)
        return value

    return finalize


def _nodes(tree: nodes.Template) -> Iterator[nodes.Node]:
    yield tree
    yield from tree.find_all(nodes.Node)


def _check_node(node: nodes.Node, where: str) -> None:
    place = f"{where}: line {node.lineno}"
    if not isinstance(node, _ALLOWED_NODES):
        raise TemplateError(f"{place}: {type(node).__name__} is not part of the template language")
    check = _NODE_CHECKS.get(type(node))
    if check is not None:
        check(node, place)


def _check_name(name: str, place: str) -> None:
    if name.startswith("_"):
        raise TemplateError(f"{place}: the name {name!r} begins with an underscore")


def _check_root(name: str, place: str) -> None:
    """Jinja gives these names to every template without anybody having asked for them."""
    _check_name(name, place)
    if name in ("self", "caller", "varargs", "kwargs"):
        raise TemplateError(f"{place}: the name {name!r} is not part of the template language")


def _check_test(node: nodes.Test, place: str) -> None:
    if node.name not in _TESTS:
        raise TemplateError(f"{place}: the test {node.name!r} is not part of the template language")


def _check_attribute(node: nodes.Getattr, place: str) -> None:
    _check_name(node.attr, place)
    if isinstance(node.node, nodes.Name) and node.node.name == "letter" and node.attr not in LETTER_NAMES:
        raise TemplateError(f"{place}: letter has no {node.attr!r}, only {', '.join(sorted(LETTER_NAMES))}")


def _check_item(node: nodes.Getitem, place: str) -> None:
    if not isinstance(node.arg, nodes.Const) or not isinstance(node.arg.value, (int, str)):
        raise TemplateError(f"{place}: only a plain name or number may stand in [ ]")
    _check_name(str(node.arg.value), place)


def _check_filter(node: nodes.Filter, place: str) -> None:
    if node.node is None or (node.name not in _FILTERS and node.name not in _PLAIN_FILTERS):
        raise TemplateError(f"{place}: the filter {node.name!r} is not part of the template language")
    if node.kwargs or node.dyn_args or node.dyn_kwargs or not all(isinstance(item, nodes.Const) for item in node.args):
        raise TemplateError(f"{place}: the filter {node.name!r} takes only a plain text in brackets")


def _check_loop(node: nodes.For, place: str) -> None:
    if node.recursive or node.test is not None or not isinstance(node.iter, _LOOP_SOURCES):
        raise TemplateError(f"{place}: a loop goes over one list of the fields, without conditions")
    if not isinstance(node.target, nodes.Name):
        raise TemplateError(f"{place}: a loop gives each item one name")


def _check_stray(text: str, place: str) -> None:
    for mark in _STRAY_MARKS:
        if mark in text:
            raise TemplateError(f"{place}: {mark!r} stands alone near {_excerpt(text, text.index(mark))}")


_NODE_CHECKS: dict[type[nodes.Node], Callable[[Any, str], None]] = {
    nodes.TemplateData: lambda node, place: _check_stray(node.data, place),
    nodes.Name: lambda node, place: _check_root(node.name, place),
    nodes.Getattr: _check_attribute,
    nodes.Getitem: _check_item,
    nodes.Filter: _check_filter,
    nodes.Test: _check_test,
    nodes.For: _check_loop,
}


def _check_slips(source: str, where: str) -> None:
    """The commonest slips of Chinese typing would be printed as they are, so they stop the template."""
    for mark in _SLIPS:
        if mark in source:
            line = source.count("\n", 0, source.index(mark)) + 1
            raise TemplateError(
                f"{where}: line {line}: {mark!r} is not a place to fill: write {{{{ name }}}} with half-width braces, "
                f"near {_excerpt(source, source.index(mark))}"
            )


def _near(source: str, lineno: int) -> str:
    lines: Sequence[str] = source.splitlines() or [""]
    return _excerpt(lines[min(lineno, len(lines)) - 1], 0)


def _excerpt(text: str, place: int) -> str:
    plain = re.sub(r"<[^>]*>", "", text[max(0, place - 60) : place + 60])
    return repr(plain.strip()[:80])
