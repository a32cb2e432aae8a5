"""A first guess at the meaning of columns, each with its reason; the caller confirms it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service.render.catalog import Template
from service.workbook.header import OURS, Header, desk_columns
from service.workbook.mapping import Mapped, Mapping, Missing, Unused, plain_title
from service.workbook.targets import JSON, SPECIALS, Target, addressee_of, synonyms, targets_of

_REASONS = {
    "exact": ("exact title", "与字段标题相同"),
    "path": ("title within object", "与“对象/标题”相同"),
    "name": ("field name", "与字段名相同"),
    "numbered": ("numbered item of a list", "列表中编号的一项"),
    "synonym": ("synonym", "常用叫法"),
}
_NUMBERED = tuple(
    re.compile(rf"(?P<list>\D*?)第?(?P<number>\d{{1,3}}){unit}[/.\-:、]?(?P<leaf>\D+)")
    for unit in ("", "(?:期|笔|项|张|次)")
)


@dataclass(slots=True)
class _Words:
    """Plain titles to targets, by the reason for which they would be taken."""

    exact: dict[str, list[str]] = field(default_factory=dict)
    path: dict[str, list[str]] = field(default_factory=dict)
    name: dict[str, list[str]] = field(default_factory=dict)
    synonym: dict[str, list[str]] = field(default_factory=dict)
    numbered: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    """Leaf title to (list pointer, pattern, most items)."""

    def add(self, where: str, text: str, target: str) -> None:
        held = getattr(self, where).setdefault(plain_title(text), [])
        if target not in held:
            held.append(target)


def guess_mapping(headers: Sequence[Header], *templates: Template) -> Mapping:
    """Guess what each column means for letters of one template, or of several.

    An exact title goes before a title within its object, that before a field's name, a numbered item and a synonym;
    a title that fits several fields alike is left to the caller, and no field gets two columns.
    """
    words = [_words(template) for template in templates]
    taken: dict[str, Mapped] = {}
    chosen: dict[str, Mapped] = {}
    theirs = desk_columns(headers)
    for reason, (en, zh) in _REASONS.items():
        for header in theirs:
            if header.text in chosen:
                continue
            target = _first(_found(header.text, reason, words))
            if target and target not in taken:
                taken[target] = chosen[header.text] = Mapped(header=header.text, target=target, reason=en, reason_zh=zh)
    return Mapping(
        columns=tuple(chosen[header.text] for header in theirs if header.text in chosen),
        unused=tuple(
            _unused(header, words, taken) if header in theirs else _ours(header)
            for header in headers
            if header not in theirs or header.text not in chosen
        ),
        missing=tuple(_missing(templates, set(taken))),
    )


def _first(found: Sequence[str]) -> str:
    return found[0] if len(found) == 1 else ""


def _found(text: str, reason: str, words: Sequence[_Words]) -> list[str]:
    """Every target that the header fits for this reason; more than one is a doubt."""
    plain = plain_title(text)
    if reason == "numbered":
        return list(dict.fromkeys(target for one in words for target in _numbered(plain, one)))
    found = list(dict.fromkeys(target for one in words for target in getattr(one, reason).get(plain, ())))
    return found or (_alternatives(plain, words) if reason == "synonym" else [])


def _alternatives(plain: str, words: Sequence[_Words]) -> list[str]:
    """Read `客户/收件人`: several words, each of which would be taken for the same field alone."""
    parts = [part for part in re.split("[/、或]", plain) if part]
    each = [
        {target for one in words for known in (one.exact, one.synonym) for target in known.get(part, ())}
        for part in parts
    ]
    return sorted(set.intersection(*each)) if len(parts) > 1 else []


def _numbered(plain: str, words: _Words) -> Iterator[str]:
    for match in filter(None, (form.fullmatch(plain) for form in _NUMBERED)):
        for place, pattern, most in words.numbered.get(match["leaf"], ()):
            number = int(match["number"])
            if 1 <= number <= most and _names_list(match["list"], place, plain):
                yield pattern.replace("/*", f"/{number - 1}", 1)


def _names_list(said: str, place: str, plain: str) -> bool:
    pointer, _, title = place.partition(" ")
    known = {plain_title(word) for word in (title, *synonyms()["lists"].get(pointer, ()))}
    return said.rstrip("第") in known or (not said.rstrip("第") and plain.startswith("第"))


def _words(template: Template) -> _Words:
    words = _Words()
    leaves = [target for target in targets_of(template) if target.kind != JSON]
    for target in leaves:
        _add_titles(words, target, leaves)
    for target in targets_of(template):
        words.add("name", target.pointer, target.pointer)
        if target.pointer.count("/") == 1:
            words.add("name", target.pointer[1:], target.pointer)
    for special, title in SPECIALS.items():
        words.add("name", special, special)
        words.add("synonym", title, special)
    _add_synonyms(words, template)
    return words


def _add_titles(words: _Words, target: Target, leaves: Sequence[Target]) -> None:
    *above, own = target.titles
    if "/*" in target.pointer:
        place = f"{target.pointer.partition('/*')[0]} {above[-1]}"
        for leaf in (own, own.removeprefix("该期").removeprefix("该")):
            words.numbered.setdefault(plain_title(leaf), []).append((place, target.pointer, target.most))
        return
    if sum(other.titles[-1] == own and "/*" not in other.pointer for other in leaves) == 1:
        words.add("exact", own, target.pointer)
    if above:
        for joint in ("/", "", "的", "-", "."):
            words.add("path", joint.join(target.titles), target.pointer)
            words.add("path", joint.join(target.titles[-2:]), target.pointer)
        words.add("name", target.pointer[1:].replace("/", "."), target.pointer)
    else:
        words.add("exact", own, target.pointer)


def _add_synonyms(words: _Words, template: Template) -> None:
    known = {target.pointer for target in targets_of(template)} | set(SPECIALS)
    addressee = addressee_of(template)
    for entry in synonyms()["columns"]:
        places = [place.replace("addressee", addressee) if addressee else place for place in entry["targets"]]
        target = next((place for place in places if place in known), None)
        for word in entry["words"] if target else ():
            words.add("synonym", word, str(target))


def _ours(header: Header) -> Unused:
    return Unused(header=header.text, reason="filled by us", reason_zh="由系统填写")


def _unused(header: Header, words: Sequence[_Words], taken: dict[str, Mapped]) -> Unused:
    found = [target for reason in _REASONS for target in _found(header.text, reason, words)]
    rival = next((taken[target] for target in found if target in taken), None)
    if rival is not None:
        return Unused(
            header=header.text,
            reason=f"column {rival.header!r} already fills {rival.target}",
            reason_zh=f"列“{rival.header}”已经填写 {rival.target}",
        )
    if found:
        listed = ", ".join(dict.fromkeys(found))
        return Unused(
            header=header.text, reason=f"fits several fields: {listed}", reason_zh=f"与几个字段都相符：{listed}"
        )
    if header.text in OURS:
        return Unused(
            header=header.text,
            reason="called like one of ours, but not one of our six neighbours: taken for the desk's own",
            reason_zh=f"与系统填写的列同名，但不在“{'、'.join(OURS)}”相连的六列之内，视为本单位自己的列",
        )
    return Unused(header=header.text, reason="no field of this title", reason_zh="没有对应的字段")


def _missing(templates: Sequence[Template], taken: set[str]) -> Iterator[Missing]:
    if "@fields" in taken:
        return
    for template in templates:
        targets = targets_of(template)
        lists = {target.pointer.partition("/*")[0] for target in targets if "/*" in target.pointer}
        for target in targets:
            asked = target.pointer in lists or (target.kind != JSON and "/*" not in target.pointer)
            if target.required and asked and not _is_filled(target.pointer, taken):
                yield Missing(pointer=target.pointer, title_zh="/".join(target.titles))


def _is_filled(pointer: str, taken: set[str]) -> bool:
    """By a column of its own, by one of its parts, or by an object around it that was given as a whole."""
    above = pointer.rpartition("/")[0]
    return above in taken or any(place == pointer or place.startswith(f"{pointer}/") for place in taken)
