"""JSON pointers into fields (RFC 6901), with `*` for each item of a list: the names in business checks."""

from collections.abc import Iterator, Mapping, Sequence


def escape(segment: str | int) -> str:
    """Write one segment of a pointer."""
    return str(segment).replace("~", "~0").replace("/", "~1")


def join(segments: Sequence[str | int]) -> str:
    """Write a pointer from its segments; the whole document is the empty text."""
    return "".join(f"/{escape(segment)}" for segment in segments)


def find(fields: object, pattern: str) -> list[tuple[str, object]]:
    """Give (pointer, value) of everything that the pattern names and that was given, in order."""
    return list(_walk(fields, _segments(pattern), ""))


def expand(fields: object, patterns: Sequence[str]) -> list[tuple[str, ...]]:
    """Give a tuple of star-free pointers for each item of the list that the patterns share, or just the patterns."""
    starred = next((pattern for pattern in patterns if "/*" in pattern), None)
    if starred is None:
        return [tuple(patterns)]
    prefix = starred.partition("/*")[0]
    found = find(fields, prefix)
    items = found[0][1] if found and isinstance(found[0][1], list) else []
    rows: list[tuple[str, ...]] = []
    for index in range(len(items)):
        one = [_fix_star(pattern, prefix, index) for pattern in patterns]
        rows.extend(expand(fields, one))
    return rows


def leaves(value: object, pointer: str = "") -> Iterator[tuple[str, object]]:
    """Give (pointer, value) of everything that is neither a mapping nor a list; no recursion, so depth is no danger."""
    stack: list[tuple[str, object]] = [(pointer, value)]
    while stack:
        here, item = stack.pop()
        if isinstance(item, Mapping):
            stack.extend((f"{here}/{escape(str(key))}", item[key]) for key in reversed(list(item)))
        elif isinstance(item, list):
            stack.extend((f"{here}/{index}", item[index]) for index in reversed(range(len(item))))
        else:
            yield here, item


def is_deeper(value: object, limit: int) -> bool:
    """Tell whether mappings and lists are nested more than `limit` levels deep."""
    level = [value]
    for _ in range(limit + 1):
        level = [item for holder in level for item in _items(holder)]
        if not level:
            return False
    return True


def matches(pointer: str, pattern: str) -> bool:
    """Tell whether a pointer is named by a pattern, or lies below what it names."""
    have, want = _segments(pointer), _segments(pattern)
    return len(have) >= len(want) and all(w in ("*", h) for h, w in zip(have, want, strict=False))


def _items(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _fix_star(pattern: str, prefix: str, index: int) -> str:
    start = f"{prefix}/*"
    return f"{prefix}/{index}{pattern[len(start) :]}" if pattern.startswith(start) else pattern


def _segments(pattern: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pattern.split("/")[1:]]


def _walk(value: object, segments: Sequence[str], pointer: str) -> Iterator[tuple[str, object]]:
    if not segments:
        yield pointer, value
        return
    head, rest = segments[0], segments[1:]
    if isinstance(value, Mapping):
        if head in value:
            yield from _walk(value[head], rest, f"{pointer}/{escape(head)}")
    elif isinstance(value, list):
        for index in _indexes(head, len(value)):
            yield from _walk(value[index], rest, f"{pointer}/{index}")


def _indexes(segment: str, length: int) -> range:
    if segment == "*":
        return range(length)
    if segment.isascii() and segment.isdigit() and int(segment) < length:
        return range(int(segment), int(segment) + 1)
    return range(0)
