"""What WeasyPrint works out anew for each letter and what is the same in every letter of one template: remembered.

Three things are kept for a template: its parsed style sheets, the computed values of each path through the style
sheets, and the lines into which a text breaks. All three are functions of their keys, so a letter has the same bytes
with this memory and without it, whatever letters came before; the tests compare them. WeasyPrint has no hook for this:
four of its functions are replaced, in this file alone, and only in releases whose source was read.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import weasyprint
from weasyprint import css as weasyprint_css
from weasyprint.layout import inline, preferred
from weasyprint.text import line_break

READ_RELEASES = ("70.0",)
STYLES_KEPT, LINES_KEPT, FONTS_KEPT, SHEETS_KEPT, TEMPLATES_KEPT = 400, 4000, 12, 8, 4
_UNSTEADY = re.compile(rb"(?i)\d(vw|vh|vi|vb|vmin|vmax)\b|@font-face")
"""Lengths that follow the page's size are known later than others; a template's own fonts change what follows."""
_TEXT_STYLE = itemgetter(
    "direction", "font_family", "font_feature_settings", "font_kerning", "font_language_override", "font_size",
    "font_stretch", "font_style", "font_variant_alternates", "font_variant_caps", "font_variant_east_asian",
    "font_variant_ligatures", "font_variant_numeric", "font_variant_position", "font_variation_settings", "font_weight",
    "hyphenate_character", "hyphenate_limit_chars", "hyphenate_limit_zone", "hyphens", "lang", "letter_spacing",
    "overflow_wrap", "tab_size", "text_decoration_line", "white_space", "word_break", "word_spacing",
)  # fmt: skip
"""Every property that the breaking of lines reads."""


class Generations:
    """A mapping that forgets what was not used for long: the young half, and the old one that it replaced."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._young: dict[Any, Any] = {}
        self._old: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        """Give what is kept under a key, or None."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.keep(key, found)
        return found

    def keep(self, key: Any, value: Any) -> None:
        """Keep something."""
        if len(self._young) >= self._limit:
            self._old, self._young = self._young, {}
        self._young[key] = value


_UNASKED: Any = object()
"""Stands for the donor of a style of which no value was asked yet."""


class Donor:
    """The computed values of one path through the style sheets; a new style of the same path begins with them."""

    def __init__(self, cascaded: Mapping[str, Any]) -> None:
        self.cascaded = dict(cascaded)  # what keys name by its address lives as long as they do
        self.values: dict[str, Any] = {}
        self.specified: dict[str, Any] = {}


class TemplateMemory:
    """What is kept for one template."""

    def __init__(self) -> None:
        self.sheets = Generations(SHEETS_KEPT)
        self.styles = Generations(STYLES_KEPT)
        self.lines = Generations(LINES_KEPT)
        self.subsets = Generations(FONTS_KEPT)
        self.packed = Generations(FONTS_KEPT)


class Memory:
    """What is kept for the templates used last."""

    def __init__(self) -> None:
        self._templates = Generations(TEMPLATES_KEPT)

    @contextmanager
    def of(self, digest_hex: str, files: Mapping[str, bytes]) -> Iterator[None]:
        """Let everything drawn inside use and fill the memory of one template."""
        found = self._templates.get(digest_hex)
        if found is None:
            is_steady = not any(_UNSTEADY.search(content) for content in files.values())
            found = TemplateMemory() if is_steady and is_installed() else False
            self._templates.keep(digest_hex, found)
        previous, _Now.memory = _Now.memory, found or None
        try:
            yield
        finally:
            _Now.memory = previous


class _Now:
    """The memory in use; a child draws one letter at a time."""

    memory: TemplateMemory | None = None


def now() -> TemplateMemory | None:
    """Give the memory of the template that is being drawn; None where there is none."""
    return _Now.memory


def is_installed() -> bool:
    """Tell whether this release of WeasyPrint is one whose source was read."""
    return weasyprint.__version__ in READ_RELEASES


_read_sheet = weasyprint.CSS
_split_first_line = line_break.split_first_line
_begin_style = weasyprint_css.ComputedStyle.__init__
_compute = weasyprint_css.ComputedStyle.__missing__
_copy_style = weasyprint_css.ComputedStyle.copy


def install() -> None:
    """Put our functions in the place of WeasyPrint's, if its release is known; safe to repeat."""
    if is_installed():
        weasyprint_css.CSS = _sheet
        inline.split_first_line = preferred.split_first_line = _split
        weasyprint_css.ComputedStyle.__init__ = _begin
        weasyprint_css.ComputedStyle.__missing__ = _value
        weasyprint_css.ComputedStyle.copy = _copy


def _sheet(**options: Any) -> Any:
    """A sheet that adds to the document's lists does so again; one that defines more than rules is read anew."""
    memory, key = _Now.memory, options.get("url") or options.get("string")
    if memory is None or key is None or "matcher" in options:
        return _read_sheet(**options)
    page_rules = options["page_rules"]
    found = memory.sheets.get(key)
    if found is None:
        begin, before = len(page_rules), _sizes(options)
        sheet = _read_sheet(**options)
        if _sizes(options) == before:
            memory.sheets.keep(key, (sheet.matcher, tuple(page_rules[begin:])))
        return sheet
    sheet = object.__new__(_read_sheet)
    sheet.base_url, sheet.page_rules, sheet.layers = key, page_rules, options["layers"]
    sheet.matcher = found[0]
    page_rules.extend(found[1])
    return sheet


def _sizes(options: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(len(options[name]) for name in ("layers", "counter_style", "color_profiles"))


def _begin(style: Any, parent: Any, cascaded: Any, pseudo_type: Any, *rest: Any) -> None:
    """Six styles of seven are of footnotes and markers that no letter has: their donors are never asked for."""
    _begin_style(style, parent, cascaded, pseudo_type, *rest)
    is_known = parent is None or getattr(parent, "donor", None) is not None
    style.donor = _UNASKED if _Now.memory is not None and is_known else None


def _ask_donor(style: Any) -> Donor | None:
    """Give the donor of a style that is computed, and what it has to the style."""
    if style.donor is not _UNASKED:
        found: Donor | None = style.donor
        return found
    memory, parent = _Now.memory, style.parent_style
    above = memory if parent is None else _ask_donor(parent)
    if memory is None or above is None:
        style.donor = None
        return None
    path = tuple(
        [
            (name, _exactly(value), origin, layer, *specificity)  # a list in the rules for pages
            for name, (value, (origin, layer, specificity)) in style.cascaded.items()
        ]
    )
    style.donor = donor = _donor(memory, (above, style.pseudo_type, path), style.cascaded)
    set_before = dict(style)
    style.update(donor.values)
    style.update(set_before)
    style.specified.update(donor.specified)
    return donor


def _donor(memory: TemplateMemory, key: Any, cascaded: Mapping[str, Any]) -> Donor:
    donor: Donor | None = memory.styles.get(key)
    if donor is None:
        donor = Donor(cascaded)
        memory.styles.keep(key, donor)
    return donor


def _exactly(value: Any) -> Any:
    """Texts, which attributes bring anew with each letter, by what they say; all else by which object it is."""
    if type(value) is str or (type(value) is tuple and all(type(part) is str for part in value)):
        return value
    return id(value)


def _value(style: Any, name: str) -> Any:
    if name == "anchor" and name not in style.cascaded:  # asked of every style, whether it is used or not
        return weasyprint_css.INITIAL_VALUES[name]
    donor = _ask_donor(style)
    if donor is None:
        return _compute(style, name)
    if name in style:
        return style[name]
    value = _compute(style, name)
    if name in style:
        donor.values[name] = value
        donor.specified.update(style.specified)
    return value


def _copy(style: Any) -> Any:
    """A copy is made to be changed: it goes its own way."""
    previous, _Now.memory = _Now.memory, None
    try:
        return _copy_style(style)
    finally:
        _Now.memory = previous


def _split(
    text: str, style: Any, context: Any, max_width: Any, justification_spacing: Any, *rest: Any, **more: Any
) -> Any:
    memory = _Now.memory
    if memory is None:
        return _split_first_line(text, style, context, max_width, justification_spacing, *rest, **more)
    try:
        key = (text, max_width, justification_spacing, rest, tuple(more.items()), _TEXT_STYLE(style))
        found = memory.lines.get(key)
    except TypeError:
        return _split_first_line(text, style, context, max_width, justification_spacing, *rest, **more)
    if found is None:
        found = _split_first_line(text, style, context, max_width, justification_spacing, *rest, **more)
        memory.lines.keep(key, (_same(found[0]), *found[1:]))
        return found
    return (_same(found[0]), *found[1:])


def _same(layout: Any) -> Any:
    """Another layout of the same text: drawing changes its own."""
    other = object.__new__(line_break.Layout)
    other.__dict__.update(layout.__dict__)
    return other
