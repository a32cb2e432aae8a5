"""The template language: what it allows and refuses, and that the second fence holds without the first."""

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from service.render.sandbox import DataEnvironment, TemplateError, check_source

KNOWN = frozenset({"name", "rows", "total", "items"})


def fill(source: str, **fields: object) -> str:
    return DataEnvironment().from_string(source).render(fields)


@pytest.mark.parametrize(
    "source",
    [
        "{{ name }}",
        "{{ total | rmb_upper }}{{ total | cn_num }}{{ letter.issued_on | cn_date('upper') }}",
        "{% if name is defined and name != '' %}{{ name }}{% elif rows %}x{% else %}y{% endif %}",
        "{% for row in rows %}{{ loop.index }}{{ row.amount }}{% if not loop.last %}、{% endif %}{% endfor %}",
        "{{ rows | join('、') }}{{ rows | length }}{{ rows[0].name }}{{ 'a' if name == 'b' else 'c' }}",
        "<style>@page { margin: 1mm }</style>{# a remark #}",
    ],
)
def test_the_allowed_language(source: str) -> None:
    check_source(source, where="trial", known=KNOWN)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ name.__class__ }}",
        "{{ name['__class__'] }}",
        "{{ name.format(1) }}",
        "{{ range(10**9) }}",
        "{{ 'A' * 100000000 }}",
        "{{ name * 1000 }}",
        "{{ 2 ** 99 }}",
        "{{ name + name }}",
        "{{ name ~ name }}",
        "{{ name | safe }}",
        "{{ name | attr('x') }}",
        "{{ name | default('x') }}",
        "{{ rows | map(attribute='x') | join }}",
        "{{ name | cn_num(style=name) }}",
        "{{ rows | join(name) }}",
        "{{ lipsum }}",
        "{{ cycler }}",
        "{{ self }}",
        "{{ letter.secret }}",
        "{{ letter }}{{ letter.mac_key }}",
        "{{ unknown }}",
        "{{ rows[name] }}",
        "{{ rows[0:2] }}",
        "{{ {'a': 1} }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% macro m() %}{% endmacro %}",
        "{% set name = 1 %}",
        "{% block b %}{% endblock %}",
        "{% filter safe %}x{% endfilter %}",
        "{% autoescape false %}{{ name }}{% endautoescape %}",
        "{% call name() %}{% endcall %}",
        "{% for row in rows recursive %}{{ loop(rows) }}{% endfor %}",
        "{% for row in rows if row %}x{% endfor %}",
        "{% for a, b in rows %}x{% endfor %}",
        "{% for x in range(9) %}x{% endfor %}",
        "{% for x in 'abc' %}x{% endfor %}",
        "{% raw %}{{ name }}{% endraw %}",
        "{{ name is divisibleby(2) }}",
        "{{ name",
        "{% if name %}",
        "{{name}",
        "name }}",
        "｛｛ name ｝｝",
        "{{ name ｝｝",
        "金额【待填】",
        "合同编号XXX",
    ],
)
def test_everything_else_is_refused_when_loaded(source: str) -> None:
    with pytest.raises(TemplateError, match="trial"):
        check_source(source, where="trial", known=KNOWN)


def test_a_refusal_names_line_and_place() -> None:
    with pytest.raises(TemplateError, match=r"line 2.*half-width.*金额") as caught:
        check_source("<p>一</p>\n<p>金额：｛｛amount｝｝元</p>", where="template.html", known=KNOWN)
    assert "template.html" in str(caught.value)


def test_data_is_escaped_always() -> None:
    assert fill("{{ name }}", name='A<B>&C "公司"') == "A&lt;B&gt;&amp;C &#34;公司&#34;"


def test_missing_data_is_an_error_not_a_blank() -> None:
    for source in (
        "{{ name }}",
        "{{ row.name }}",
        "{{ row['name'] }}",
        "{% for x in name %}{% endfor %}",
        "{% if name %}{% endif %}",
    ):
        with pytest.raises(UndefinedError):
            fill(source, row={})
    with pytest.raises(TemplateError):
        fill("{{ name }}", name=None)


def test_names_of_methods_are_data_like_any_other() -> None:
    assert fill("{{ row.items }}|{{ row.keys }}", row={"items": "一", "keys": "二"}) == "一|二"
    with pytest.raises(UndefinedError):
        fill("{{ row.values }}", row={"items": "一"})


@pytest.mark.parametrize(
    "source", ["{{ ''.__class__ }}", "{{ name.upper }}", "{{ name.__init__.__globals__ }}", "{{ rows.append }}"]
)
def test_the_environment_alone_shows_nothing_but_data(source: str) -> None:
    with pytest.raises((UndefinedError, SecurityError)):
        fill(source, name="x", rows=[1])


@pytest.mark.parametrize("source", ["{{ name() }}", "{{ range(3) }}", "{{ dict() }}"])
def test_the_environment_alone_calls_nothing(source: str) -> None:
    with pytest.raises((TemplateError, UndefinedError, SecurityError)):
        fill(source, name=print)


def test_what_is_printed_is_recorded() -> None:
    seen: list[object] = []
    DataEnvironment(seen.append).from_string("<p>{{ a }}{% if b %}{{ c | cn_num }}{% endif %}</p>").render(
        a="一", b=True, c="1000"
    )
    assert seen == ["一", "1,000"]
