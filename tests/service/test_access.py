"""Who may do what, and for how long."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text
from world import World

from service.access import SCOPES
from service.errors import ConflictError, ForbiddenError, NotFoundError, RefusedError, UnauthorisedError
from service.records.engine import reading

pytestmark = pytest.mark.slow


def test_a_key_says_who_calls_and_what_they_may(world: World) -> None:
    for role, abbreviation in (
        ("case_system", "cs"),
        ("legal_staff", "ls"),
        ("auditor", "au"),
        ("administrator", "ad"),
    ):
        key, record = world.access.issue_key(world.tenant.id, role=role, label=f"{role} 一号")
        assert re.fullmatch(rf"duly_{abbreviation}_[A-Za-z0-9_-]{{43}}", key)
        caller = world.access.authenticate(key)
        assert (caller.tenant_id, caller.tenant_code, caller.role) == (world.tenant.id, "DEMO", role)
        assert caller.key_id == record.id
        assert caller.scopes == SCOPES[role]


def test_an_auditor_sees_no_personal_data(world: World) -> None:
    key, _ = world.access.issue_key(world.tenant.id, role="auditor", label="审计")
    caller = world.access.authenticate(key)
    caller.require("log:read")
    for scope in SCOPES["case_system"] | SCOPES["legal_staff"]:
        with pytest.raises(ForbiddenError):
            caller.require(scope)
    assert SCOPES["administrator"] >= SCOPES["case_system"] | SCOPES["legal_staff"] | SCOPES["auditor"]


@pytest.mark.sqlite
def test_the_text_of_a_key_is_nowhere_in_the_database(world: World) -> None:
    key, _ = world.access.issue_key(world.tenant.id, role="auditor", label="审计")
    world.engine.dispose()
    files = [path for path in world.folder.glob("records.sqlite*") if path.is_file()]
    assert files
    assert not any(key.encode() in path.read_bytes() for path in files)
    assert key not in repr(world.access.keys(world.tenant.id))
    assert world.tenant.mac_key.hex() not in repr(world.tenant)


@pytest.mark.parametrize(
    "spoil", [str.upper, lambda key: key[:-1], lambda key: key + "x", lambda key: "", lambda _: "\ud800"]
)
def test_anything_but_the_key_is_nobody(world: World, spoil: object) -> None:
    key, _ = world.access.issue_key(world.tenant.id, role="auditor", label="审计")
    with pytest.raises(UnauthorisedError):
        world.access.authenticate(spoil(key))


def test_keys_end(world: World) -> None:
    ends = world.clock() + timedelta(days=30)
    brief, _ = world.access.issue_key(world.tenant.id, role="auditor", label="短期", expires_at=ends)
    revoked, record = world.access.issue_key(world.tenant.id, role="auditor", label="停用")
    world.access.revoke_key(world.tenant.id, record.id)
    world.access.revoke_key(world.tenant.id, record.id)
    with pytest.raises(UnauthorisedError):
        world.access.authenticate(revoked)
    world.clock.move(days=30, seconds=-1)
    world.access.authenticate(brief)
    world.clock.move(seconds=1)
    with pytest.raises(UnauthorisedError):
        world.access.authenticate(brief)


def test_a_closed_tenant_has_no_callers(world: World) -> None:
    key, _ = world.access.issue_key(world.tenant.id, role="auditor", label="审计")
    world.access.close_tenant(world.tenant.id)
    with pytest.raises(UnauthorisedError):
        world.access.authenticate(key)


def test_keys_are_listed_and_revoked_within_a_tenant(world: World) -> None:
    other = world.access.create_tenant(code="OTHER", name="另一家")
    _, record = world.access.issue_key(world.tenant.id, role="auditor", label="审计")
    assert [key.label for key in world.access.keys(world.tenant.id)] == ["审计"]
    assert world.access.keys(other.id) == ()
    with pytest.raises(NotFoundError):
        world.access.revoke_key(other.id, record.id)


def test_use_is_noted_now_and_then(world: World) -> None:
    key, _ = world.access.issue_key(world.tenant.id, role="auditor", label="审计")
    for _ in range(3):
        world.access.authenticate(key)
        world.clock.move(seconds=10)
    first = world.access.keys(world.tenant.id)[0].last_used_at
    assert first == world.clock() - timedelta(seconds=30)
    world.clock.move(minutes=5)
    world.access.authenticate(key)
    assert world.access.keys(world.tenant.id)[0].last_used_at == world.clock()


def test_tenants_have_their_own_code_and_key(world: World) -> None:
    with pytest.raises(ConflictError):
        world.access.create_tenant(code="DEMO", name="again")
    other = world.access.create_tenant(code="OTHER", name="另一家")
    assert len({world.tenant.mac_key, other.mac_key}) == 2
    assert [tenant.code for tenant in world.access.tenants()] == ["DEMO", "OTHER"]
    assert world.access.tenant_by_code("OTHER") == world.access.tenant(other.id) == other
    with pytest.raises(NotFoundError):
        world.access.tenant("NONE")


@pytest.mark.parametrize(
    ("code", "name"),
    [("a", "x"), ("demo", "x"), ("TOOLONGCODE", "x"), ("A-B", "x"), ("GOOD", " "), ("GOOD", "x" * 201)],
)
def test_malformed_tenants_are_refused(world: World, code: str, name: str) -> None:
    with pytest.raises(RefusedError) as caught:
        world.access.create_tenant(code=code, name=name)
    assert caught.value.errors[0].pointer in ("/code", "/name")


def test_an_unknown_role_is_refused(world: World) -> None:
    with pytest.raises(RefusedError):
        world.access.issue_key(world.tenant.id, role="root", label="x")
    with pytest.raises(NotFoundError):
        world.access.issue_key("t_none", role="auditor", label="x")
    with reading(world.engine) as conn:
        assert conn.execute(text("SELECT count(*) FROM api_keys")).scalar() == 0
