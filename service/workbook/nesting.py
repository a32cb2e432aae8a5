"""Values by pointer, such as /instalments/0/no, to nested fields."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from service.workbook.plain_values import ProblemError, wrong


def closed_up(values: Mapping[str, object], places: Iterable[str]) -> dict[str, str]:
    """Give old to new prefix of each numbered item: /instalments/2 becomes /instalments/1 when 1 is empty.

    Items of a list that is there as a whole (as /instalments) keep their numbers, and new ones follow it. Last come
    items of `places` without a value, so that no two have one number.
    """
    used = _numbers(values)
    known = _numbers(places)
    return {
        f"/{name}/{old}": f"/{name}/{new}"
        for name, numbers in used.items()
        for old, new in _new_numbers(numbers, known.get(name, set()) - numbers, values.get(f"/{name}")).items()
    }


def _numbers(pointers: Iterable[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for pointer in pointers:
        parts = pointer.split("/")
        if len(parts) > 3 and parts[2].isdecimal():
            found.setdefault(parts[1], set()).add(int(parts[2]))
    return found


def _new_numbers(used: set[int], empty: set[int], whole: object) -> dict[int, int]:
    there = len(whole) if isinstance(whole, list) else 0
    kept = {number: number for number in used | empty if number < there}
    later = (number for number in (*sorted(used), *sorted(empty)) if number >= there)
    return kept | {old: new for new, old in enumerate(later, start=there)}


def moved_pointer(pointer: str, moved: Mapping[str, str]) -> str:
    """Give the pointer after the items have closed up."""
    head = "/".join(pointer.split("/")[:3])
    return moved[head] + pointer[len(head) :] if head in moved else pointer


def copied(value: Any) -> Any:
    """Give a value of JSON that nobody else holds: rows share the constants."""
    return json.loads(json.dumps(value)) if isinstance(value, (dict, list)) else value


def laid_over(below: Any, above: Any) -> Any:
    """Give both objects in one; where both say something, the one above counts."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{key: laid_over(below.get(key), value) for key, value in above.items()}}


def put(fields: dict[str, Any], pointer: str, value: object) -> None:
    """Put a value to its place, with the objects and lists on the way to it.

    Raises:
        ProblemError: Something else stands where one of these should be, or the list does not reach so far.
    """
    _, *way, last = pointer.split("/")
    holder: Any = fields
    for at, segment in enumerate(way):
        wanted: type = list if (*way, last)[at + 1].isdecimal() else dict
        held = _held(holder, segment)
        if held is None:
            held = wanted()
            _set(holder, segment, held, pointer)
        elif not isinstance(held, wanted):
            raise _in_the_way("/".join(("", *way[: at + 1])), pointer)
        holder = held
    _set(holder, last, value, pointer)


def _held(holder: Any, segment: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(segment)
    return holder[int(segment)] if int(segment) < len(holder) else None


def _set(holder: Any, segment: str, value: object, pointer: str) -> None:
    if isinstance(holder, dict):
        holder[segment] = value
    elif int(segment) < len(holder):
        holder[int(segment)] = value
    elif int(segment) == len(holder):
        holder.append(value)
    else:
        raise _in_the_way(pointer.rpartition(f"/{segment}")[0], pointer)


def _in_the_way(place: str, pointer: str) -> ProblemError:
    return wrong(
        "in_the_way",
        f"@fields 或常量中的 {place[:60]} 形状不对，放不进 {pointer[:60]}：请改正该处，或清空其中一处",
        f"what @fields or a constant has at {place[:60]} cannot hold {pointer[:60]}: correct or clear one of the two",
    )
