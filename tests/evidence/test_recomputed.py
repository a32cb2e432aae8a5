"""Check 13: the report's statement of limitation against what the bundle's own entries give."""

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from bundle_world import MATTER, World, pack, unpack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from law_world import (
    Limitation,
    clock_of,
    guarantor_left_out,
    honest,
    interruption_invented,
    last_day_moved,
    lawful_story,
    proof_upgraded,
    sealed_with,
    stated,
)

from evidence.canonical import from_json_bytes, to_json_bytes
from evidence.errors import MalformedError
from evidence.limitation import VERSIONS
from evidence.recomputed import verify_and_recompute
from evidence.report import Finding, Report, Status, report_to_json, report_to_text
from evidence.trust import trust_from_files

pytestmark = pytest.mark.slow

BUNDLES = Path(__file__).parents[1] / "vectors" / "bundle"
LAW = BUNDLES / "law"
ATTACKS = {
    "last-day-moved": "limitation.parties[p2].best[0].last_day is 20",
    "interruption-invented": "limitation.parties[p2].best[0].steps[",
    "guarantor-left-out": "limitation.parties[1] is —",
    "proof-upgraded": "limitation.proofs[e6].grade is A",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("tsa"))
    made.noise(3)
    return made


def told(world: World, **options: Any) -> World:
    world.matters.pop(MATTER, None)
    lawful_story(world, **options)
    return world


def run(data: bytes, world: World) -> Report:
    return verify_and_recompute(io.BytesIO(data), trust=trust_from_files(world.trust_files()))


def checked(world: World, change: Callable[[Limitation], object] = honest) -> Finding:
    """Check 13 on a bundle whose report states something; everything else about it holds."""
    report = run(sealed_with(world, change), world)
    assert {each.number for each in report.findings if each.status is not Status.PASSED} <= {13}
    return report.findings[-1]


def codes(finding: Finding) -> set[str]:
    return {each.code for each in finding.remarks}


def test_an_honest_report_passes_and_names_its_rules(world: World) -> None:
    finding = checked(told(world))
    assert (finding.number, finding.name, finding.status) == (13, "limitation", Status.PASSED)
    assert codes(finding) == {"law_agrees"}
    assert VERSIONS["rule_version"] in finding.detail


@pytest.mark.parametrize("path", sorted((BUNDLES / "v1" / "valid").glob("*.zip")), ids=lambda path: path.stem)
def test_a_report_without_the_law_passes_with_a_note(path: Path) -> None:
    files = {each.name: each.read_bytes() for each in (BUNDLES / "v1" / "anchors").iterdir()}
    report = verify_and_recompute(io.BytesIO(path.read_bytes()), trust=trust_from_files(files))
    assert report.status is Status.PASSED
    assert codes(report.findings[-1]) == {"law_absent"}
    assert "报告没有时效推算" in report_to_text(report)


@pytest.mark.parametrize("change", [last_day_moved, interruption_invented, guarantor_left_out, proof_upgraded])
def test_a_statement_that_the_entries_do_not_give_fails_with_its_path(
    world: World, change: Callable[[Limitation], Limitation]
) -> None:
    finding = checked(told(world), change)
    assert finding.status is Status.FAILED
    assert finding.where == "data/report.json"
    assert ATTACKS[change.__name__.replace("_", "-")] in finding.detail


def test_both_days_are_named(world: World) -> None:
    due = clock_of(stated(told(world)), "p2")["last_day"]
    finding = checked(world, last_day_moved)
    text = "".join(each.text("zh") for each in finding.remarks)
    assert f"依记录应为“{due}”" in text
    assert len(finding.remarks) == 4


def test_a_member_more_or_less_or_of_another_kind_fails(world: World) -> None:
    def more(limitation: Limitation) -> Limitation:
        return limitation | {"note": "请以此为准"}

    def less(limitation: Limitation) -> Limitation:
        return {name: value for name, value in limitation.items() if name != "warnings"}

    def other(limitation: Limitation) -> Limitation:
        clock_of(limitation, "p2")["rolled"] = 0
        return limitation

    for change, path in ((more, "limitation.note"), (less, "limitation.warnings"), (other, "best[0].rolled")):
        finding = checked(told(world), change)
        assert finding.status is Status.FAILED
        assert path in finding.detail


@pytest.mark.parametrize(("days", "fails"), [(-1, True), (0, False), (1, True), (-4000, True)])
def test_the_day_asked_for_lies_between_the_last_entry_and_the_seal(world: World, days: int, fails: bool) -> None:
    def moved(limitation: Limitation) -> Limitation:
        return stated(world, as_of=date.fromisoformat(limitation["as_of"]) + timedelta(days=days))

    finding = checked(told(world), moved)
    assert (finding.status is Status.FAILED) is fails
    assert ("law_day" in codes(finding)) is fails


@pytest.mark.parametrize("statement", [{}, [], "期间未届满", None, {"as_of": 3}, {"as_of": "2026-02-30"}])
def test_a_statement_of_no_form_fails(world: World, statement: object) -> None:
    finding = checked(told(world), lambda _: statement)
    assert finding.status is Status.FAILED
    assert codes(finding) == {"law_form"}


def test_other_rules_with_the_same_days_decide_nothing(world: World) -> None:
    finding = checked(told(world), lambda limitation: limitation | {"rule_version": "2019.01"})
    assert finding.status is Status.INDETERMINATE
    assert codes(finding) == {"law_other_rules_same_days"}
    assert "2019.01" in finding.detail
    assert VERSIONS["rule_version"] in finding.detail


def test_other_rules_with_other_days_decide_nothing_and_the_days_are_named(world: World) -> None:
    due = clock_of(stated(told(world)), "p2")["last_day"]
    finding = checked(world, lambda limitation: last_day_moved(limitation) | {"calendar_version": "other 0.1"})
    assert finding.status is Status.INDETERMINATE
    assert codes(finding) == {"law_other_rules_other_days", "law_other_day"}
    assert "other 0.1" in finding.detail
    assert f"by this program's rules it is {due}" in finding.detail


def test_a_contradiction_stated_as_one_passes_and_one_that_is_hidden_fails(world: World) -> None:
    dates = stated(told(world))
    assert checked(told(world, due_on="2023-01-10")).status is Status.PASSED
    told(world, due_on="2023-01-10")
    assert "error" in stated(world)
    hidden = checked(world, lambda limitation: dates | {"as_of": limitation["as_of"]})
    assert hidden.status is Status.FAILED
    assert "limitation.error" in hidden.detail


def test_what_it_builds_on_must_be_readable(world: World) -> None:
    files = unpack(sealed_with(told(world)))
    for name in ("data/report.json", "data/log/00000002.body.json", "data/log/00000003.json"):
        finding = run(pack(files | {name: b"{"}), world).findings[-1]
        assert finding.status is Status.INDETERMINATE, name
        assert codes(finding) == {"premise"}


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_a_time_outside_the_calendar_leaves_it_undecided(world: World, at: str) -> None:
    files = unpack(sealed_with(told(world)))
    name = max(each for each in files if each.startswith("data/log/0000") and each.endswith(("1.json", "8.json")))
    header = from_json_bytes(files[name])
    assert isinstance(header, dict)
    finding = run(pack(files | {name: to_json_bytes(header | {"at": at})}), world).findings[-1]
    assert finding.status is not Status.PASSED


def test_a_zip_that_is_not_sound_leaves_it_undecided(world: World) -> None:
    report = run(sealed_with(told(world)) + b"more", world)
    assert [each.number for each in report.findings] == list(range(1, 14))
    assert report.findings[-1].status is Status.INDETERMINATE


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [leaf for key, member in members for leaf in leaves(member, (*path, key))]
    return inner or [path]


@pytest.fixture(scope="module")
def sealed(world: World) -> dict[str, bytes]:
    return unpack(sealed_with(told(world)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_leaf_ever_passes(data: st.DataObject, world: World, sealed: dict[str, bytes]) -> None:
    report: Any = from_json_bytes(sealed["data/report.json"])
    path = data.draw(st.sampled_from(leaves(report["limitation"])))
    place = report["limitation"]
    for key in path[:-1]:
        place = place[key]
    before = place[path[-1]]
    place[path[-1]] = data.draw(st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab12-", max_size=10))
    found = run(pack(sealed | {"data/report.json": to_json_bytes(report)}), world)
    report_to_text(found)
    report_to_json(found)
    same = type(before) is type(place[path[-1]]) and before == place[path[-1]]
    assert (found.findings[-1].status is Status.PASSED) is same, path


def committed(kind: str, name: str) -> Report:
    files = {path.name: path.read_bytes() for path in (LAW / "anchors").iterdir()}
    data = (LAW / kind / f"{name}.zip").read_bytes()
    return verify_and_recompute(io.BytesIO(data), trust=trust_from_files(files))


def made_by_present_rules(name: str) -> bool:
    report = from_json_bytes(unpack((LAW / name).read_bytes())["data/report.json"])
    assert isinstance(report, dict)
    return VERSIONS.items() <= report["limitation"].items()


@pytest.mark.parametrize("attack", ATTACKS)
def test_committed_attacks_fail_check_13_alone_or_are_of_older_rules(attack: str) -> None:
    report = committed("broken", attack)
    assert [each.status for each in report.findings[:12]] == [Status.PASSED] * 12
    if made_by_present_rules(f"broken/{attack}.zip"):
        assert report.findings[-1].status is Status.FAILED
        assert ATTACKS[attack] in report.findings[-1].detail
    else:
        assert report.findings[-1].status is Status.INDETERMINATE
        assert VERSIONS["rule_version"] in report.findings[-1].detail


@pytest.mark.parametrize("name", ["reckoned", "contradictory"])
def test_committed_honest_bundles_never_fail(name: str) -> None:
    report = committed("valid", name)
    assert Status.FAILED not in {each.status for each in report.findings}
    if made_by_present_rules(f"valid/{name}.zip"):
        assert report.status is Status.PASSED


def test_the_committed_maker_still_makes_them(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(LAW / "make.py"), str(tmp_path)], check=True)
    for folder in ("valid", "broken", "anchors"):
        names = {path.name for path in (LAW / folder).iterdir()}
        assert {path.name for path in (tmp_path / folder).iterdir()} == names
    assert {path.stem for path in (tmp_path / "broken").iterdir()} == set(ATTACKS)
    trust = trust_from_files({path.name: path.read_bytes() for path in (tmp_path / "anchors").iterdir()})
    for path in (tmp_path / "broken").iterdir():
        report = verify_and_recompute(io.BytesIO(path.read_bytes()), trust=trust)
        assert [each.number for each in report.findings if each.status is Status.FAILED] == [13]


def test_something_else_than_a_zip_is_unreadable(world: World) -> None:
    with pytest.raises(MalformedError, match="not a zip"):
        run(b"%PDF-1.7", world)
