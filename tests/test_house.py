"""House rules that no linter knows: names, sizes, and nothing of one machine in what is committed."""

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from service.settings import Settings

ROOT = Path(__file__).parents[1]
ROOMS_WITHOUT_A_NAME = {"utils", "util", "helpers", "helper", "common", "models", "managers", "manager", "misc"}
FILE_LIMIT = 400
FILE_AIM = 250
FUNCTION_LIMIT = 30

LONGER_FILES = {
    "evidence/entry.py": "one format, read and written in one place, with its table of kinds",
    "evidence/law/facts.py": "a list of facts",
    "evidence/law/proof.py": "one rule of proof a channel",
    "evidence/law/provisions.py": "a table of rules",
    "evidence/law/wording.py": "a table of sentences",
    "evidence/merkle.py": "the tree and both proofs are one subject of RFC 6962",
    "evidence/messages.py": "a table of sentences in two languages",
    "evidence/note.py": "one format, read, written and verified in one place",
    "evidence/timestamp_format.py": "each rule of RFC 3161 and 5816 where the field is read",
    "service/api/intake.py": "one walk from request to recorded facts, in order",
    "service/bundles.py": "the steps of one workflow, in order",
    "service/cli.py": "the list of commands, a short function each",
    "service/demonstration.py": "one story told from beginning to end",
    "service/notices.py": "the steps of one issue, in order",
    "service/records/migrations/versions/0001_the_records.py": "a migration is a list of tables",
    "service/records/tables.py": "a list of tables",
    "service/render/fonts.py": "one job: cutting the machine's fonts, with the reasons",
    "service/sequencer.py": "the order of its writes is the point, so they stand together",
    "service/wiring/installed.py": "every part of the service is put together here and nowhere else",
    "templates/to_docx.py": "one letter's paragraphs, in order",
}
"""Above 250 lines, with the reason."""

LONGER_FUNCTIONS = {
    "service/records/migrations/versions/0001_the_records.py:upgrade": "a migration is a list",
    "service/records/migrations/versions/0001_the_records.py:downgrade": "a migration is a list",
    "service/records/migrations/versions/0002_limitation.py:upgrade": "a migration is a list",
    "service/records/migrations/versions/0003_batches.py:_create_batches": "a migration is a list",
    "service/records/migrations/versions/0003_batches.py:_create_rows": "a migration is a list",
    "service/records/migrations/versions/0005_webhooks.py:_create_deliveries": "a migration is a list",
    "service/records/migrations/versions/0005_webhooks.py:_create_endpoints": "a migration is a list",
}
"""Above 30 lines of body, with the reason."""

REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (("pypi", "org"), ("python" + "hosted", "org"), ("registry", "npmjs", "org"),
                  ("proxy", "golang", "org"), ("deb", "debian", "org"))
)  # fmt: skip
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work/(?:main|shared)|tmp/duly|tmp/bash_jobs|home/[a-z]+|Users/[A-Za-z]+)/")
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".sh",
    ".yaml",
    ".yml",
    ".json",
    ".html",
    ".css",
    ".txt",
    ".ini",
    ".in",
    ".sum",
    "",
}


def tracked() -> tuple[Path, ...]:
    """The committed files; where there is no repository (an unpacked archive), everything but hidden folders."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
        return tuple(path for path in names if path.is_file())
    paths = (path for path in ROOT.rglob("*") if path.is_file())
    return tuple(path for path in paths if not any(part.startswith(".") for part in path.relative_to(ROOT).parts))


def shipped() -> Iterator[tuple[str, str]]:
    """Name and text of every module that runs for a user."""
    for folder in ("evidence", "service", "templates"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def functions() -> Iterator[tuple[str, int]]:
    """Every shipped function and the lines of its body, docstring not counted."""
    for name, text in shipped():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}:{node.name}", body_lines(node)


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body
    told = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    first = body[1] if told and len(body) > 1 else body[0]
    return (body[-1].end_lineno or 0) - first.lineno + 1


def test_no_module_is_a_room_without_a_name() -> None:
    names = {path.stem for path in tracked() if path.suffix == ".py"}
    folders = {part for path in tracked() for part in path.relative_to(ROOT).parts[:-1]}
    assert not (names | folders) & ROOMS_WITHOUT_A_NAME


def test_files_stay_readable() -> None:
    lines = {name: len(text.splitlines()) for name, text in shipped()}
    assert {name: count for name, count in lines.items() if count > FILE_LIMIT} == {}
    assert {name for name, count in lines.items() if count > FILE_AIM} - LONGER_FILES.keys() == set()


def test_functions_stay_readable(capsys: pytest.CaptureFixture[str]) -> None:
    lengths = list(functions())
    median = statistics.median(length for _, length in lengths)
    with capsys.disabled():
        print(f"\nhouse: {len(lengths)} functions, median body {median:g} lines")
    assert median <= 7
    assert {name: length for name, length in lengths if length > FUNCTION_LIMIT and name not in LONGER_FUNCTIONS} == {}


def test_nothing_committed_names_a_registry_or_a_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix not in TEXT or path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        name = path.relative_to(ROOT).as_posix()
        found += [f"{name}: {host}" for host in REGISTRY_HOSTS if host in text]
        found += [f"{name}: {match.group()}" for match in MACHINE_PATHS.finditer(text)]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|HACK)\b|pytest\.mark\.(skip|xfail)\b")
    here = Path(__file__).resolve()
    modules = (path for path in tracked() if path.suffix == ".py" and path != here)
    assert [path.name for path in modules if marks.search(path.read_text(encoding="utf-8"))] == []


def test_the_readme_shows_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^make run\b", text, re.MULTILINE)
    assert re.search(r"^make test\b", text, re.MULTILINE)


def test_the_readme_lists_every_setting_with_its_default() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (?:`([^`]*)`)? ?\|", text, re.MULTILINE))
    defaults = {name.upper(): default_text(field.default) for name, field in Settings.model_fields.items()}
    assert listed == defaults


def default_text(default: object) -> str:
    plain = default.get_secret_value() if isinstance(default, SecretStr) else default
    if isinstance(plain, bool):
        return str(plain).lower()
    return "" if plain in (None, ()) else str(plain)
