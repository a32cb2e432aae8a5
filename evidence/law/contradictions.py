"""Facts that cannot all be true: found before anything is reckoned, and named.

Source: none in law; a date out of order is a mistake of whoever wrote it down, and no rule may be applied to a mistake.
"""

from collections.abc import Iterator
from datetime import date

from evidence.errors import EvidenceError
from evidence.law.facts import (
    Acknowledgment,
    Claim,
    DebtorFirstEnded,
    Event,
    Extension,
    Facts,
    Notice,
    Party,
    Proceeding,
    Suspension,
)
from evidence.law.vocabulary import Outcome, Role

_SIGNED = frozenset({Outcome.SIGNED, Outcome.DELIVERED})


class ContradictionError(EvidenceError):
    """The facts contradict each other.

    Attributes:
        message_zh: The same sentence in Chinese.
        facts: Ids of the facts that cannot all be true; `claim` and `party:<name>` among them.
    """

    def __init__(self, message: str, *, message_zh: str, facts: tuple[str, ...]) -> None:
        super().__init__(message, where=", ".join(facts))
        self.message_zh = message_zh
        self.facts = facts


def check(facts: Facts) -> None:
    """Make sure that no two facts exclude each other.

    Raises:
        ContradictionError: The first contradiction found, with the ids of its facts.
    """
    for found in _all(facts):
        raise found


def _all(facts: Facts) -> Iterator[ContradictionError]:
    yield from _claim(facts.claim)
    yield from _parties(facts.parties)
    yield from _doubled_ids(facts.events)
    known = {party.party: party for party in facts.parties}
    for event in facts.events:
        if isinstance(event, Notice) and _is_sound(event, known):
            continue
        yield from _names(event, known)
        yield from _event(event)
        yield from _against_claim(event, facts.claim)


def _is_sound(event: Notice, known: dict[str, Party]) -> bool:
    """Tell at once what is so of most notices: the addressee owes something, days and signer are in order."""
    to = known.get(event.to)
    if to is None or to.role is Role.CREDITOR:
        return False
    in_order = event.posted_on is None or event.outcome_on is None or event.posted_on <= event.outcome_on
    return in_order and (event.signer is None or event.outcome is None or event.outcome in _SIGNED)


def _against_claim(event: Event, claim: Claim) -> Iterator[ContradictionError]:
    due = claim.due_on or max(claim.instalments, default=None)
    if isinstance(event, Extension) and due is not None and event.to_on < due:
        yield _error((event.id, "claim"), "展期后的到期日早于原到期日", "an extension to a day before the due date")


def _error(facts: tuple[str, ...], zh: str, en: str) -> ContradictionError:
    return ContradictionError(en, message_zh=zh, facts=facts)


def _claim(claim: Claim) -> Iterator[ContradictionError]:
    stated = (bool(claim.due_on), bool(claim.instalments), bool(claim.periods), claim.no_due_date)
    if sum(stated) > 1:
        yield _error(
            ("claim",), "到期日、分期、定期和没有约定履行期限只能有一种", "the claim falls due in two ways at once"
        )
    for days in (claim.instalments, claim.periods):
        if len(set(days)) != len(days):
            yield _error(("claim",), "各期到期日重复", "two parts fall due on the same day")
    first_due = min((*claim.instalments, *claim.periods, *((claim.due_on,) if claim.due_on else ())), default=None)
    if first_due and claim.contract_on and first_due < claim.contract_on:
        yield _error(("claim",), "到期日早于合同签订日", "due before the contract was made")
    if claim.known_on and claim.harmed_on and claim.known_on < claim.harmed_on:
        yield _error(("claim",), "知道受损之日早于受损之日", "the harm was known before it happened")


def _parties(parties: tuple[Party, ...]) -> Iterator[ContradictionError]:
    names = [party.party for party in parties]
    for name in {name for name in names if names.count(name) > 1}:
        yield _error((f"party:{name}",), "两个当事人简称相同", "two parties have the same short name")
    for party in parties:
        here = (f"party:{party.party}",)
        if (party.role is Role.GUARANTOR) != (party.guarantee is not None):
            yield _error(here, "保证人须有保证约定，其他当事人不得有", "guarantors, and only they, have a guarantee")
        if party.guarantee is not None and party.guarantee.period_months and party.guarantee.period_until_on:
            yield _error(here, "保证期间的长度与届满日不能同时约定", "a guarantee period by length and by its last day")


def _doubled_ids(events: tuple[Event, ...]) -> Iterator[ContradictionError]:
    seen: set[str] = set()
    for event in events:
        if event.id in seen:
            yield _error((event.id,), "两件事实编号相同", "two facts have the same id")
        seen.add(event.id)


def _names(event: Event, known: dict[str, Party]) -> Iterator[ContradictionError]:
    for name in _named(event):
        if name not in known:
            yield _error((event.id,), f"没有当事人 {name}", f"there is no party {name}")
        elif known[name].role is Role.CREDITOR:
            yield _error((event.id, f"party:{name}"), "债权人不是义务人", f"{name} is the creditor, not an obligor")
    guarantors = event.consented if isinstance(event, Extension) else ()
    for name in (*guarantors, *((event.guarantor,) if isinstance(event, DebtorFirstEnded) else ())):
        if name in known and known[name].role is not Role.GUARANTOR:
            yield _error((event.id, f"party:{name}"), f"{name} 不是保证人", f"{name} is no guarantor")


def _named(event: Event) -> tuple[str, ...]:
    if isinstance(event, Notice):
        return (event.to,)
    if isinstance(event, Acknowledgment):
        return (event.by,)
    if isinstance(event, Proceeding):
        return (*sorted(event.against), *(name for name, _ in event.served))
    if isinstance(event, Suspension):
        return tuple(sorted(event.parties))
    if isinstance(event, Extension):
        return tuple(sorted(event.consented))
    return (event.guarantor,) if isinstance(event, DebtorFirstEnded) else ()


def _event(event: Event) -> Iterator[ContradictionError]:
    if isinstance(event, Notice):
        yield from _notice(event)
    elif isinstance(event, Proceeding):
        yield from _proceeding(event)
    elif isinstance(event, Suspension):
        yield from _in_order(event.id, (("事由发生", event.started_on), ("事由消除", event.ended_on)))
    elif isinstance(event, Extension):
        yield from _in_order(event.id, (("达成展期", event.agreed_on), ("展期后到期", event.to_on)))


def _notice(event: Notice) -> Iterator[ContradictionError]:
    yield from _in_order(event.id, (("寄出", event.posted_on), ("到达或结果", event.outcome_on)))
    if event.signer is not None and event.outcome is not None and event.outcome not in _SIGNED:
        yield _error((event.id,), "没有签收却有签收人", "somebody signed for what was not signed for")


def _proceeding(event: Proceeding) -> Iterator[ContradictionError]:
    for name, on in event.served:
        yield from _in_order(event.id, (("提起", event.filed_on), (f"送达{name}", on)))
    yield from _in_order(event.id, (("提起", event.filed_on), ("终结", event.ended_on)))
    yield from _in_order(event.id, (("提起", event.filed_on), ("裁定送达", event.ruling_served_on)))
    if event.end is not None and event.ended_on is None and event.effective_on is None:
        yield _error((event.id,), "有程序结果而没有终结日期", "the proceeding has an outcome and no day of its end")


def _in_order(fact: str, days: tuple[tuple[str, date | None], ...]) -> Iterator[ContradictionError]:
    (first_zh, first), (then_zh, then) = days
    if first is not None and then is not None and then < first:
        yield _error((fact,), f"{then_zh}（{then}）早于{first_zh}（{first}）", f"{then} comes before {first}")
