"""Finding the matter of a letter by contract number and debtor, on both databases."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from world import World

from service import numbers
from service.errors import ConflictError, RefusedError
from service.filing import FoundMatter, NewMatter, find_or_describe
from service.matters import Matters
from service.records.engine import reading
from service.render import Catalog

TEMPLATES = Path(__file__).parents[2] / "templates"
NO = "借2026-001"
Find = Callable[..., FoundMatter | NewMatter]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load(TEMPLATES)


@pytest.fixture
def find(either: World, catalog: Catalog) -> Find:
    def find(name: str = "loan-demand", *, tenant_id: str = "", **changes: Any) -> FoundMatter | NewMatter:
        template = catalog.get(name)
        number = {"main_contract": {"title": "借款合同", "no": NO, "on": "2023-11-20"}, "contract_no": NO}
        known = {field: value for field, value in number.items() if field in template.example}
        with reading(either.engine) as conn:
            fields = dict(template.example) | known | changes
            return find_or_describe(conn, template, fields, tenant_id=tenant_id or either.tenant.id, reference="行1")

    return find


def parties(*more: dict[str, Any], debtor: str = "张三") -> list[dict[str, Any]]:
    creditor = {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行"}
    return [creditor, {"party": "p2", "role": "debtor", "kind": "person", "name": debtor}, *more]


def guarantor(party: str, name: str, **more: Any) -> dict[str, Any]:
    return {"party": party, "role": "guarantor", "kind": "organisation", "name": name, **more}


def refusal(find: Find, *args: Any, **changes: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        find(*args, **changes)
    assert caught.value.errors[0].pointer.startswith("/fields/")
    assert caught.value.message_zh != caught.value.message
    return caught.value


def test_none_is_described_opened_and_then_found(either: World, find: Find) -> None:
    new = find()
    assert isinstance(new, NewMatter)
    assert (new.party, new.facts["reference"]) == ("p2", "行1")
    matters = Matters(engine=either.engine, ledger=either.ledger, random_bytes=either.random)
    entry = matters.open(tenant_id=either.tenant.id, facts=new.facts)
    assert find() == FoundMatter(matter_id=entry.matter_id, party="p2")
    other = either.access.create_tenant(code="OTHER", name="另一家")
    assert isinstance(find(tenant_id=other.id), NewMatter)
    assert isinstance(find(contract_no="借2026-002"), NewMatter)


def test_a_joint_debtor_is_found_in_the_matter_of_the_debt(either: World, find: Find) -> None:
    joint = {"party": "p3", "role": "joint_debtor", "kind": "person", "name": "李 四"}
    either.open_matter("m_1", parties=parties(joint))
    assert find(debtor={"name": "李四"}) == FoundMatter(matter_id="m_1", party="p3")
    assert isinstance(find(debtor={"name": "王五"}), NewMatter)


def test_a_guarantor_is_found_beside_the_debtor(either: World, find: Find) -> None:
    either.open_matter("m_1", parties=parties(guarantor("p3", "示例担保有限公司")))
    assert find("guarantor-demand") == FoundMatter(matter_id="m_1", party="p3")
    new = find("guarantor-demand", debtor={"name": "王五"})
    assert isinstance(new, NewMatter)
    assert new.party == "p3"


def test_a_matter_without_the_addressee_says_what_to_do(either: World, find: Find) -> None:
    either.open_matter("m_1")
    error = refusal(find, "guarantor-demand")
    assert error.code == "addressee_not_in_matter"
    assert "m_1" in error.message
    assert "open a matter that names all parties" in error.message


def test_one_name_twice_is_told_apart_by_the_number(either: World, find: Find) -> None:
    numbers = {"p3": "1", "p4": "91110000MA00000064"}
    twins = (guarantor(party, "示例担保有限公司", id_no=number) for party, number in numbers.items())
    either.open_matter("m_1", parties=parties(*twins))
    assert find("guarantor-demand") == FoundMatter(matter_id="m_1", party="p4")
    error = refusal(find, "guarantor-demand", guarantor={"name": "示例担保有限公司"})
    assert error.code == "addressee_ambiguous"


def test_the_same_name_with_another_number_is_another_person(either: World, find: Find) -> None:
    """The demand would be recorded against whom the matter knows; a number that one side lacks is no conflict."""
    either.open_matter("m_1", parties=parties(guarantor("p3", "示例担保有限公司", id_no="91110000MA0000001X")))
    told = {"name": "示例担保有限公司", "uscc": "91110000ma0000001x"}
    assert find("guarantor-demand", guarantor=told) == FoundMatter(matter_id="m_1", party="p3")
    assert find("guarantor-demand", guarantor={"name": "示例担保有限公司"}) == FoundMatter(matter_id="m_1", party="p3")
    error = refusal(find, "guarantor-demand")
    assert error.code == "addressee_number_differs"
    assert "证件号码" in error.message_zh


def test_several_matters_are_named(either: World, find: Find) -> None:
    for n in (1, 2):
        either.open_matter(f"m_{n}")
    either.open_matter("m_3", parties=parties(debtor="李四"))
    error = refusal(find)
    assert error.code == "matter_ambiguous"
    assert "m_1、m_2" in error.message_zh
    assert "m_3" not in error.message
    assert find(debtor={"name": "李四"}) == FoundMatter(matter_id="m_3", party="p2")


def test_a_number_that_stands_on_very_many_matters_is_refused(either: World, find: Find) -> None:
    for n in range(51):
        either.open_matter(f"m_{n}", parties=parties(debtor=f"某{n}"))
    assert refusal(find).code == "matter_ambiguous"


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        ("（2026）借字1号", "(2026)借字1号"),
        ("(2026)借字1号", "（2026）借字１号"),
        ("A-1 号", "A-1号"),
        ("Ａ－１号", " A-1\u3000号 "),
        ("﷽" * 20, "﷽" * 20),
    ],
)
def test_a_contract_number_is_the_same_in_any_width_and_spacing(
    either: World, find: Find, recorded: str, asked: str
) -> None:
    either.open_matter("m_1", claim={"kind": "loan", "contract_no": recorded, "due_on": "2026-10-20"})
    assert find(contract_no=asked) == FoundMatter(matter_id="m_1", party="p2")
    assert isinstance(find(contract_no=f"{asked}1"), NewMatter)
    assert either.problems() == []


def test_a_matter_without_a_contract_number_is_not_the_matter_of_a_letter_without_one(
    either: World, find: Find
) -> None:
    either.open_matter("m_1", claim={"kind": "loan", "due_on": "2026-10-20"})
    either.open_matter("m_2", claim={"kind": "loan", "contract_no": " \u3000", "due_on": "2026-10-20"})
    assert isinstance(find(contract_no=" "), NewMatter)


@pytest.mark.sqlite
def test_the_look_is_by_the_index(world: World) -> None:
    world.open_matter("m_1")
    with reading(world.engine) as conn:
        query = "SELECT id FROM matters WHERE tenant_id = :t AND contract_key = :c ORDER BY opened_at"
        asked = text(f"EXPLAIN QUERY PLAN {query}")
        plan = " ".join(str(row) for row in conn.execute(asked, {"t": world.tenant.id, "c": b""}))
    assert "ix_matters_tenant_id_contract_key" in plan


SUBJECT = {"notice_kind": "demand", "addressee": "张三", "contract_no": NO, "as_of_on": "2026-11-20"}


def issue(world: World, notice_id: str, **more: Any) -> str:
    notice_no = world.reserve(notice_id)
    world.append("notice.issued", world.notice_facts(notice_id, notice_no) | more)
    return notice_no


def test_the_rows_themselves_allow_one_issued_notice_a_subject(either: World) -> None:
    either.open_matter()
    first = issue(either, "n_1", subject=SUBJECT)
    with pytest.raises(ConflictError, match="contradicts what is recorded"):
        issue(either, "n_2", subject=SUBJECT)
    issue(either, "n_3", subject=SUBJECT, duplicate_reason="退回重寄")
    issue(either, "n_4", subject=SUBJECT | {"as_of_on": "2026-11-21"})
    issue(either, "n_5")
    issue(either, "n_6")  # of a template that does not tell: never compared
    with reading(either.engine) as conn:
        number = numbers.find(conn, tenant_id=either.tenant.id, notice_no=first)
    numbers.void(either.ledger, number, reason="作废")
    issue(either, "n_7", subject=SUBJECT)
    either.integrate_all()
    assert either.problems() == []
