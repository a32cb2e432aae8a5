"""Words of the pages on limitation that no table of the law's own wording has."""

from collections.abc import Iterable, Iterator
from datetime import date

from service.report.reading import chinese_day

PERIOD_ROWS = {
    "guarantee": "保证期间", "limitation": "诉讼时效", "guarantee_limitation": "保证债务时效",
    "enforcement": "申请执行时效",
}  # fmt: skip
"""Kinds of periods in the order in which they are drawn, with the label of their row."""
ENDS = {
    "guarantee": "保证期间届满", "limitation": "诉讼时效届满", "guarantee_limitation": "保证债务时效届满",
    "enforcement": "申请执行时效届满", "longest": "二十年届满",
}  # fmt: skip
QUALITIES = {
    "provisional": "该年节假日安排尚未公布，暂定",
    "approximate": "该年没有节假日安排数据，按周末和法定节日推算",
}
SHORT = (
    ("《最高人民法院关于审理民事案件适用诉讼时效制度若干问题的规定》（法释〔2020〕17号修正）", "《诉讼时效规定》"),
    (
        "《最高人民法院关于审理民事案件适用诉讼时效制度若干问题的规定》（法释〔2008〕11号）",
        "《诉讼时效规定（2008年）》",
    ),
    ("《最高人民法院关于适用〈中华人民共和国民法典〉有关担保制度的解释》（法释〔2020〕28号）", "《担保制度解释》"),
    ("《最高人民法院关于适用〈中华人民共和国民法典〉总则编若干问题的解释》（法释〔2022〕6号）", "《总则编解释》"),
    (
        "《最高人民法院关于适用〈中华人民共和国民法典〉合同编通则若干问题的解释》（法释〔2023〕13号）",
        "《合同编通则解释》",
    ),
    ("《最高人民法院关于适用〈中华人民共和国民法典〉时间效力的若干规定》（法释〔2020〕15号）", "《时间效力规定》"),
)
"""Long titles and what lawyers call them; the whole titles stand in the list of provisions."""
SIGN_OFF = "本部分由程序依记录推算，属于辅助计算，不是法律意见，须经律师复核签字后使用。"


def cited(names: Iterable[str]) -> str:
    """Cite provisions by their short titles; the articles of one text stand behind one title."""
    articles: dict[str, list[str]] = {}
    for name in map(_shortened, names):
        title, mark, article = name.partition("》")
        articles.setdefault(title + mark, []).append(article)
    return "、".join(title + "、".join(dict.fromkeys(each)) for title, each in articles.items())


def _shortened(name: str) -> str:
    for title, short in SHORT:
        name = name.replace(title, short)
    return name


def zh(day: str | date | None) -> str:
    """Write an ISO day as in a letter; a dash where there is none."""
    if day is None:
        return "—"
    return chinese_day(date.fromisoformat(day) if isinstance(day, str) else day)


def bare(sentence: str) -> str:
    """Give a sentence without its full stop, to be put into another."""
    return sentence.rstrip("。；， ")


def of_items(items: Iterable[str | None]) -> str:
    """Name the due dates of a fee that something is about; empty where the claim has but one."""
    named = sorted({item for item in items if item})
    if len(named) <= 3:
        return "、".join(named) + ("到期的一期" if len(named) == 1 else "各期" if named else "")
    return f"{named[0]} 至 {named[-1]} 到期的{len(named)}期"


def by_items(told: Iterable[tuple[str | None, str]]) -> Iterator[str]:
    """Say what is the same for several due dates once, and of which."""
    said: dict[str, list[str | None]] = {}
    for item, sentence in told:
        said.setdefault(sentence, []).append(item)
    for sentence, items in said.items():
        head = of_items(items)
        yield f"{head}：{sentence}" if head else sentence
