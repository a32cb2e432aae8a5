"""The OpenAPI document is true: whatever it allows or forbids, the answer is one that it names, and never a 500."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from shell import Shell
from story import Story

from service.api.intake import IMAGES

# Bytes of no such file; what good and broken files do is in test_intake.
schemathesis.serializer(*IMAGES)(lambda _context, value: str(value).encode("utf-8", "replace"))

METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}


@pytest.fixture(scope="module")
def shell(story: Story) -> Story:
    return story


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_it_is_openapi_3_1_and_closed(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for reference in references(document):
        name = reference.removeprefix("#/components/schemas/")
        assert name in document["components"]["schemas"], reference


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for value in node for found in references(value)] if isinstance(node, list) else []


def test_every_operation_says_what_it_is_for(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for path, _, operation in operations(document):
        if not path.startswith("/v1/try"):
            assert operation["summary"], path
            assert operation["tags"], path


STORY = re.compile(r"^/v1/(matters|notices|batches|dispatches|files|bundles|jobs|templates|webhooks)")


def test_every_member_has_a_chinese_title_and_an_example(document: dict[str, Any]) -> None:
    bare = {
        (path, name)
        for path, item in document["paths"].items()
        if STORY.match(path)
        for name, schema in members(document, item)
        if not is_told(schema)
    }
    assert bare == set()


def members(document: dict[str, Any], item: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    schemas, waiting = document["components"]["schemas"], [item]
    seen: set[str] = {"Problem", "ProblemField"}
    while waiting:
        node = waiting.pop()
        for name in {reference.rsplit("/", 1)[-1] for reference in references(node)} - seen:
            seen.add(name)
            waiting.append(schemas[name])
            for member, schema in schemas[name].get("properties", {}).items():
                yield f"{name}.{member}", schema


def is_told(schema: dict[str, Any]) -> bool:
    words = schema.get("title", "") + schema.get("description", "")
    branches = [schema, *schema.get("anyOf", [])]
    shown = any(branch.keys() & {"examples", "enum", "const", "$ref", "items"} for branch in branches)
    return shown and any("\u4e00" <= character <= "\u9fff" for character in words)


def test_creating_operations_name_the_key(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/v1/try/facts"]["post"]["parameters"]
    assert "Idempotency-Key" in {parameter["name"] for parameter in parameters}
    body = document["paths"]["/v1/try/scans"]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data", "application/json"}
    assert set(body["multipart/form-data"]["schema"]["properties"]) == {"facts", "signed_notice", "label"}


@pytest.mark.slow
def test_no_input_makes_it_break(shell: Shell, document: dict[str, Any]) -> None:
    shell.open_matter("m_1")
    failing = {"paths": {path: item for path, item in document["paths"].items() if path != "/v1/try/breaks"}}
    for result in schemathesis.openapi.from_dict({**document, **failing}).get_all_operations():
        fuzz(result.ok().as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE), shell)
        with suppress(Unsatisfiable):  # what takes nothing cannot be given anything wrong
            fuzz(result.ok().as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE), shell)


def fuzz(cases: Any, shell: Shell) -> None:
    headers = {"Authorization": f"Bearer {shell.keys['administrator']}", "Idempotency-Key": "fuzz"}

    @seed(1)
    @settings(
        max_examples=30, phases=[Phase.generate], deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=cases)
    def try_one(case: schemathesis.Case) -> None:
        answer = case.call(base_url=f"http://127.0.0.1:{shell.port}", headers=headers)
        assert answer.status_code < 500, f"{case.method} {case.path}: {answer.text}"
        if answer.status_code >= 400 and case.path != "/v/{notice_no}":
            assert answer.headers["content-type"] == ["application/problem+json"]

    try_one()
