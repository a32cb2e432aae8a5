"""Patterns of JSON Schema as ECMAScript reads them, and what is refused because it reads it otherwise."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.render.patterns import check_patterns, compiled

SPACE = {*"\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff", *map(chr, range(0x2000, 0x200B))}
"""ECMA-262 §12.2 and §12.3."""


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"^\d{2}$", ["12"], ["12\n", "1２", "٣٣", "123"]),
        (r"^[\d]{2}$", ["12"], ["12\n", "1２"]),
        (r"^\S(.*\S)?$", ["张三", "张 三", "A"], ["张三\n", "张\n三", "张\r三", "张\u2028三", "\u3000张", "张\ufeff"]),
        (r"^[^\S]$", [" ", "\u3000", "\ufeff"], ["张", "\x1c", "\x85"]),
        (r"^[\S]$", ["张", "\x1c", "\x85"], [" ", "\u3000", "\ufeff"]),
        (r"^\w+$", ["Az_9"], ["é", "张", "Az\n"]),
        (r"\bab\b", ["ab", "éab", "ab."], ["cab", "ab_"]),
        (r"^a\$b$", ["a$b"], ["a$b\n", "ab"]),
        (r"^[$^.]$", ["$", "^", "."], ["x", "$\n"]),
        (r"^(甲|乙$)", ["甲\n", "乙"], ["乙\n"]),
        (r"^[[a[&&~~||]$", ["a", "[", "&", "|"], ["]", "\\"]),
        (r"^[\]\\-]$", ["]", "\\", "-"], ["["]),
        (r"^[\s-]$", [" ", "-"], ["a"]),
        (r"^\u4e00\x41\/\.$", ["一A/."], ["一A/x"]),
        (r"^(?:a(?=b)b|(?<!x)c)$", ["ab", "c"], ["a"]),
        ("b", ["abc"], ["ac"]),
    ],
)
def test_a_pattern_means_what_ecmascript_means(pattern: str, right: list[str], wrong: list[str]) -> None:
    assert [text for text in right if not compiled(pattern).search(text)] == []
    assert [text for text in wrong if compiled(pattern).search(text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            r"\Aa",
            r"a\Z",
            r"a\z",
            r"\p{L}",
            r"\1",
            r"\01",
            r"\ud83d",
            r"\U0001F600",
            r"\N{SPACE}",
            r"\cA",
            r"\a",
            "a\\",
        ),
        *(
            "(?i)a",
            "(?P<n>a)",
            "(?<n>a)",
            "(?#x)a",
            "(?>a)",
            "a++",
            "a*+",
            "a?+",
            "a{2}+",
            "a{,2}",
            "[]a]",
            "[^]",
            "[a",
        ),
        *("(a", "*a", r"[\s-x]", r"[!-\s]", r"[\p]", r"[\1]", "[b-a]"),
    ],
)
def test_what_the_two_languages_read_differently_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="the pattern"):
        compiled(pattern)


def test_white_space_is_ecmascripts() -> None:
    space, other = compiled(r"^\s$"), compiled(r"^[\S]$")
    points = [chr(point) for point in range(0x110000)]
    assert {character for character in points if space.search(character)} == SPACE
    assert {character for character in points if not other.search(character)} == SPACE


ATOMS = st.sampled_from(["a", "[ab]", "[^a]", "(?:b|1)", r"\d", r"\D", r"\w", r"[\d\n]", "\n"])
PATTERNS = st.lists(st.builds(str.__add__, ATOMS, st.sampled_from(["", "*", "+", "?", "{2}"])), max_size=5).map("".join)


@given(PATTERNS, st.text(alphabet="ab1٣\n", max_size=6))
def test_an_anchored_pattern_is_for_the_whole_text(pattern: str, text: str) -> None:
    assert bool(compiled(f"^{pattern}$").search(text)) == bool(re.fullmatch(pattern, text, re.ASCII))


@given(st.text(alphabet=st.sampled_from(r"\^$.|?*+()[]{}-,:=!<>PdDsSwWbBnZA01x "), max_size=12))
def test_no_pattern_breaks_the_translation(pattern: str) -> None:
    with contextlib.suppress(ValueError):
        compiled(pattern)


def test_a_schema_is_looked_through() -> None:
    check_patterns({"properties": {"pattern": {"type": "string", "pattern": "^a$"}}, "required": ["pattern"]})
    with pytest.raises(ValueError, match=r"\(\?i\)"):
        check_patterns({"$defs": {"x": {"anyOf": [{"pattern": "^a$"}, {"pattern": "(?i)a"}]}}})
    with pytest.raises(ValueError, match="patternProperties"):
        check_patterns({"properties": {"x": {"patternProperties": {"^a": {}}}}})
