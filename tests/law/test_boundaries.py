"""Each rule that has a date: the day before, the day, the day after. Every expected day was counted by hand.

The rest days were read from the notices; 2026 and later days lie in the middle of working weeks.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from law_strategies import DELIVERED, acknowledged, debtor, filed, guarantor, handed, letter, suspended

from evidence.law.calendar import SETTLED_UNTIL, Quality
from evidence.law.clock import Clock, PeriodKind, State, Track
from evidence.law.facts import Claim, Event, Facts, MaximumAmount, Party
from evidence.law.proof import assess
from evidence.law.timeline import SuitOutcome, reckon, suit_outcome
from evidence.law.vocabulary import AcknowledgmentKind, ClaimKind, End, Mode, Outcome, ProceedingKind, Proof, Signature

BEST, CONSERVATIVE = Track.BEST, Track.CONSERVATIVE
RUNNING, EXPIRED, CAPPED, RELEASED, PRESERVED = (
    State.RUNNING,
    State.EXPIRED,
    State.CAPPED,
    State.RELEASED,
    State.PRESERVED,
)
LATER = "2026-11-28"


def day(text: str) -> date:
    return date.fromisoformat(text)


def loan(due: str, **known: object) -> Claim:
    return Claim(kind=ClaimKind.LOAN, due_on=day(due), lender=True, **known)


def clocks(
    claim: Claim, events: Sequence[Event], *, as_of: str, others: Sequence[Party] = (), of: str = "甲"
) -> dict[Track, Clock]:
    """Both tracks of one party's only clock."""
    facts = Facts(claim=claim, parties=(debtor(), *others), events=tuple(events))
    timeline = reckon(facts, as_of=day(as_of))
    (found,) = [party for party in timeline.parties if party.party == of]
    (best,), (conservative,) = found.best, found.conservative
    return {BEST: best, CONSERVATIVE: conservative}


def both(found: dict[Track, Clock]) -> list[tuple[State, str]]:
    return [(clock.state, str(clock.last_day)) for clock in found.values()]


# The period's own end (民法典188, 192, 203)


@pytest.mark.parametrize(
    ("due", "last", "as_of", "state"),
    [
        ("2021-06-30", "2024-07-01", "2024-06-30", RUNNING),  # a Sunday, rolled
        ("2021-06-30", "2024-07-01", "2024-07-01", RUNNING),
        ("2021-06-30", "2024-07-01", "2024-07-02", EXPIRED),
        ("2020-03-15", "2023-03-15", "2023-03-14", RUNNING),
        ("2020-03-15", "2023-03-15", "2023-03-15", RUNNING),
        ("2020-03-15", "2023-03-15", "2023-03-16", EXPIRED),
        ("2023-02-17", "2026-02-24", "2026-02-23", RUNNING),  # nine days of Spring Festival
        ("2023-02-17", "2026-02-24", "2026-02-24", RUNNING),
        ("2023-02-17", "2026-02-24", "2026-02-25", EXPIRED),
        ("2021-04-07", "2024-04-07", "2024-04-07", RUNNING),  # a Sunday that was worked
        ("2021-04-07", "2024-04-07", "2024-04-08", EXPIRED),
        ("2020-02-29", "2023-02-28", "2023-03-01", EXPIRED),  # no corresponding day
    ],
)
def test_a_period_runs_through_its_last_day(due: str, last: str, as_of: str, state: State) -> None:
    assert both(clocks(loan(due), (), as_of=as_of)) == [(state, last)] * 2


@pytest.mark.parametrize(
    ("sued", "outcome"),
    [("2024-06-30", "in_time"), ("2024-07-01", "in_time"), ("2024-07-02", "expired")],
)
def test_a_suit_is_in_time_through_the_last_day(sued: str, outcome: str) -> None:
    found = clocks(loan("2021-06-30"), (), as_of=sued)
    assert [suit_outcome(clock, day(sued)) for clock in found.values()] == [SuitOutcome(outcome)] * 2


@pytest.mark.parametrize(
    ("days", "quality"),
    [(-7, Quality.PUBLISHED), (1, Quality.PROVISIONAL), (7, Quality.PROVISIONAL), (8, Quality.PROVISIONAL)],
)
def test_a_day_that_the_coming_arrangement_can_move_is_provisional(days: int, quality: Quality) -> None:
    last = SETTLED_UNTIL + timedelta(days=days)
    found = clocks(loan(last.replace(year=last.year - 3).isoformat()), (), as_of=last.isoformat())
    assert [clock.periods[-1].quality for clock in found.values()] == [quality] * 2


# Interruption (民法典137, 195)


@pytest.mark.parametrize(
    ("arrived", "state", "last"),
    [
        ("2024-06-30", RUNNING, "2027-06-30"),
        ("2024-07-01", RUNNING, "2027-07-01"),  # the rolled last day
        ("2024-07-02", EXPIRED, "2024-07-01"),
    ],
)
def test_a_letter_interrupts_if_it_arrives_by_the_last_day(arrived: str, state: State, last: str) -> None:
    found = clocks(loan("2021-06-30"), [letter("e1", day(arrived))], as_of=LATER)
    assert both(found) == [(state, last)] * 2


@pytest.mark.parametrize(
    ("arrived", "best", "conservative"),
    [
        ("2024-07-01", (RUNNING, "2027-07-01"), (RUNNING, "2027-06-28")),
        ("2024-07-02", (EXPIRED, "2024-07-01"), (EXPIRED, "2024-07-01")),
    ],
)
def test_posting_in_time_is_not_enough_and_is_where_the_careful_view_begins_anew(
    arrived: str, best: tuple[State, str], conservative: tuple[State, str]
) -> None:
    found = clocks(loan("2021-06-30"), [letter("e1", day(arrived), posted=day("2024-06-28"))], as_of=LATER)
    assert both(found) == [best, conservative]


@pytest.mark.parametrize(
    ("posted", "best", "conservative"),
    [
        ("2024-06-27", (RUNNING, "2027-06-30"), (RUNNING, "2027-06-28")),  # the 27th is a Sunday
        ("2024-06-28", (RUNNING, "2027-07-01"), (RUNNING, "2027-06-28")),
        ("2024-06-29", (EXPIRED, "2024-07-01"), (EXPIRED, "2024-07-01")),
    ],
)
def test_a_returned_letter_counts_on_the_day_that_the_contract_names(
    posted: str, best: tuple[State, str], conservative: tuple[State, str]
) -> None:
    came_back = replace(
        letter("e1", day("2024-07-20"), posted=day(posted)),
        outcome=Outcome.RETURNED,
        signer=None,
        return_reason="原址查无此人",
    )
    facts = Facts(claim=loan("2021-06-30"), parties=(replace(debtor(), deemed_days=3),), events=(came_back,))
    (party,) = reckon(facts, as_of=day(LATER)).parties
    assert both({BEST: party.best[0], CONSERVATIVE: party.conservative[0]}) == [best, conservative]


@pytest.mark.parametrize(
    ("arrived", "last"),
    [
        ("2021-06-29", "2024-07-01"),  # not due yet: nothing to interrupt
        ("2021-06-30", "2024-07-01"),  # due today, and the day is not counted
        ("2021-07-01", "2024-07-01"),
        ("2021-07-02", "2024-07-02"),
    ],
)
def test_a_demand_before_the_debt_is_due_moves_nothing(arrived: str, last: str) -> None:
    assert both(clocks(loan("2021-06-30"), [handed("e1", day(arrived))], as_of="2021-12-31")) == [(RUNNING, last)] * 2


@pytest.mark.parametrize(
    ("came", "best", "conservative"),
    [
        ("2024-06-28", (RUNNING, "2027-06-28"), (RUNNING, "2027-06-28")),  # a Friday; Monday is still in time
        ("2024-07-01", (RUNNING, "2027-07-01"), (EXPIRED, "2024-07-01")),
    ],
)
def test_after_business_hours_of_the_last_day(
    came: str, best: tuple[State, str], conservative: tuple[State, str]
) -> None:
    found = clocks(loan("2021-06-30"), [letter("e1", day(came), after_hours=True)], as_of=LATER)
    assert both(found) == [best, conservative]


@pytest.mark.parametrize(
    ("sued", "best", "conservative"),
    [
        ("2024-07-01", (RUNNING, "2027-11-15"), (RUNNING, "2027-07-01")),
        ("2024-07-02", (EXPIRED, "2024-07-01"), (EXPIRED, "2024-07-01")),
    ],
)
def test_a_suit_filed_by_the_last_day_interrupts_until_its_end(
    sued: str, best: tuple[State, str], conservative: tuple[State, str]
) -> None:
    suit = filed("e1", day(sued), served=(("甲", day("2024-07-20")),), ended_on=day("2024-11-15"), end=End.WITHDRAWN)
    assert both(clocks(loan("2021-06-30"), [suit], as_of=LATER)) == [best, conservative]


@pytest.mark.parametrize(
    ("served", "conservative"),
    [("2024-02-01", (RUNNING, "2027-02-01")), ("2024-02-02", (EXPIRED, "2024-02-01"))],
)
def test_an_assignee_who_told_nobody_has_to_have_its_suit_served_in_time(
    served: str, conservative: tuple[State, str]
) -> None:
    on = (("甲", day(served)),)
    suit = filed("e1", day("2024-01-25"), served=on, by_assignee=True, ended_on=day("2024-06-03"), end=End.WITHDRAWN)
    found = clocks(loan("2021-02-01"), [suit], as_of="2025-01-01")
    assert both(found) == [(RUNNING, "2027-06-03"), conservative]


@pytest.mark.parametrize(
    ("asked", "best", "conservative"),
    [
        ("2024-06-30", "2027-06-30", "2027-06-30"),
        ("2024-07-01", "2027-07-01", "2027-07-01"),
        ("2024-07-02", "2024-07-01", "2024-07-01"),
    ],
)
@pytest.mark.parametrize("kind", [AcknowledgmentKind.PART_PAYMENT, AcknowledgmentKind.EXTENSION_REQUEST])
def test_a_payment_or_a_request_for_time_counts_through_the_last_day(
    kind: AcknowledgmentKind, asked: str, best: str, conservative: str
) -> None:
    found = clocks(loan("2021-06-30"), [acknowledged("e1", day(asked), kind)], as_of=LATER)
    assert [str(clock.last_day) for clock in found.values()] == [best, conservative]


@pytest.mark.parametrize(
    ("grace_days", "last"),
    [(14, "2026-04-15"), (15, "2026-04-16"), (16, "2026-04-17")],
)
def test_without_a_due_date_the_period_begins_when_the_grace_ends(grace_days: int, last: str) -> None:
    claim = Claim(kind=ClaimKind.LOAN, contract_on=day("2020-05-10"), no_due_date=True)
    found = clocks(claim, [handed("e1", day("2023-04-01"), grace_days=grace_days)], as_of="2025-01-01")
    assert both(found) == [(RUNNING, last)] * 2


# Two years and three (法释〔2018〕12号)


@pytest.mark.parametrize(
    ("due", "last"),
    [
        ("2015-09-29", "2017-09-29"),
        ("2015-09-30", "2017-09-30"),  # a Saturday that was worked: over one day too early
        ("2015-10-01", "2018-10-08"),  # the two years alive on 2017-10-01 became three
        ("2015-10-02", "2018-10-08"),
        ("2015-10-08", "2018-10-08"),
        ("2015-10-09", "2018-10-09"),
    ],
)
def test_the_cut_of_2017(due: str, last: str) -> None:
    assert both(clocks(loan(due), (), as_of=LATER)) == [(EXPIRED, last)] * 2


@pytest.mark.parametrize(
    ("due", "last"),
    [
        ("2016-09-29", "2017-09-29"),
        ("2016-09-30", "2017-09-30"),
        ("2016-10-01", "2019-10-08"),
        ("2016-10-02", "2019-10-08"),
    ],
)
def test_the_cut_of_2017_for_claims_of_one_year(due: str, last: str) -> None:
    assert both(clocks(loan(due, short_period=True), (), as_of=LATER)) == [(EXPIRED, last)] * 2


@pytest.mark.parametrize(
    ("due", "demanded", "last"),
    [
        ("2014-01-10", "2015-09-29", "2017-09-29"),
        ("2014-01-10", "2015-09-30", "2017-09-30"),
        ("2014-01-10", "2015-10-01", "2018-10-08"),
        ("2014-01-10", "2016-01-11", "2019-01-11"),  # the two years rolled from a Sunday
        ("2014-01-10", "2016-01-12", "2016-01-11"),
        ("2014-12-01", "2016-11-30", "2019-12-02"),
        ("2014-12-01", "2016-12-01", "2019-12-02"),
        ("2014-12-01", "2016-12-02", "2016-12-01"),
        ("2015-09-30", "2017-09-29", "2020-09-29"),
        ("2015-09-30", "2017-09-30", "2020-09-30"),
        ("2015-09-30", "2017-10-01", "2017-09-30"),
        ("2015-10-01", "2018-10-08", "2021-10-08"),
        ("2015-10-01", "2018-10-09", "2018-10-08"),
    ],
)
def test_interruptions_about_the_cut_of_2017(due: str, demanded: str, last: str) -> None:
    found = clocks(loan(due), [handed("e1", day(demanded))], as_of=LATER)
    assert both(found) == [(EXPIRED, last)] * 2


# Suspension (民法典194, 民法通则139)


@pytest.mark.parametrize(
    ("started", "ended", "raw", "last"),
    [
        ("2021-08-02", "2021-10-09", "2022-04-10", "2022-04-11"),  # over before the last six months
        ("2021-08-02", "2021-10-10", "2022-04-10", "2022-04-11"),
        ("2021-08-02", "2021-10-11", "2022-04-11", "2022-04-11"),
        ("2021-08-02", "2021-10-12", "2022-04-12", "2022-04-12"),
        ("2021-10-10", "2022-06-01", "2022-12-01", "2022-12-01"),  # begins with the last six months
        ("2022-04-10", "2022-06-01", "2022-12-01", "2022-12-01"),  # on the last day
        ("2022-04-11", "2022-06-01", "2022-12-01", "2022-12-01"),  # on the day that it rolled to
        ("2022-04-12", "2022-06-01", "2022-04-10", "2022-04-11"),  # after it
        ("2022-03-01", "2022-08-31", "2023-02-28", "2023-02-28"),  # six months after, by the month's end
    ],
)
def test_a_cause_counts_within_the_last_six_months(started: str, ended: str, raw: str, last: str) -> None:
    found = clocks(loan("2019-04-10"), [suspended("e1", day(started), day(ended))], as_of=LATER)
    assert [(str(clock.raw_last_day), str(clock.last_day)) for clock in found.values()] == [(raw, last)] * 2


@pytest.mark.parametrize(
    ("as_of", "last"),
    [("2022-04-12", "2022-10-12"), ("2022-04-13", "2022-10-13")],
)
def test_while_a_cause_lasts_the_end_moves_with_the_day(as_of: str, last: str) -> None:
    found = clocks(loan("2019-04-10"), [suspended("e1", day("2022-04-10"), None)], as_of=as_of)
    assert [str(clock.last_day) for clock in found.values()] == [last] * 2


@pytest.mark.parametrize(
    ("started", "ended", "raw", "last"),
    [
        ("2014-01-20", "2014-02-20", "2014-04-20", "2014-04-21"),  # 31 days lost, a Sunday
        ("2013-08-20", "2013-09-20", "2014-03-20", "2014-03-20"),  # over as the last six months begin
        ("2013-08-20", "2013-09-21", "2014-03-21", "2014-03-21"),
        ("2014-03-20", "2014-03-25", "2014-03-25", "2014-03-25"),
        ("2014-03-21", "2014-03-25", "2014-03-20", "2014-03-20"),
    ],
)
def test_under_the_old_law_the_lost_days_were_added(started: str, ended: str, raw: str, last: str) -> None:
    found = clocks(loan("2012-03-20"), [suspended("e1", day(started), day(ended))], as_of=LATER)
    assert [(str(clock.raw_last_day), str(clock.last_day)) for clock in found.values()] == [(raw, last)] * 2


@pytest.mark.parametrize(
    ("ended", "last"),
    [
        ("2017-08-20", "2017-09-29"),  # 50 days lost
        ("2017-08-21", "2017-09-30"),
        ("2017-08-22", "2018-08-10"),  # alive on 2017-10-01, so three years from the start
        ("2017-09-30", "2018-08-10"),
        ("2017-10-01", "2018-08-10"),  # still going on then: 法释〔2018〕12号, 4
    ],
)
def test_a_cause_that_carries_a_period_over_the_cut_of_2017(ended: str, last: str) -> None:
    found = clocks(loan("2015-08-10"), [suspended("e1", day("2017-07-01"), day(ended))], as_of=LATER)
    assert both(found) == [(EXPIRED, last)] * 2


# The twenty years (民法典188(2), 总则编解释35)

CHAIN = ["2003-06-02", "2005-05-30", "2007-05-28", "2009-05-25", "2011-05-23", "2013-05-20", "2015-05-18", "2017-05-15"]


@pytest.mark.parametrize(
    ("as_of", "state"),
    [("2021-07-31", RUNNING), ("2021-08-02", RUNNING), ("2021-08-03", CAPPED)],
)
def test_no_chain_of_demands_outlasts_twenty_years(as_of: str, state: State) -> None:
    demands = [handed(f"e{number}", day(on)) for number, on in enumerate([*CHAIN, "2020-05-01"])]
    found = clocks(loan("2001-07-31"), demands, as_of=as_of)
    assert both(found) == [(state, "2021-08-02")] * 2  # 2021-07-31 was a Saturday
    assert {clock.raw_last_day for clock in found.values()} == {day("2021-07-31")}
    assert {clock.periods[-1].last_day for clock in found.values()} == {day("2023-05-04")}


@pytest.mark.parametrize(
    ("as_of", "outcome"),
    [("2021-08-02", "in_time"), ("2021-08-03", "capped")],
)
def test_a_suit_after_twenty_years_is_barred(as_of: str, outcome: str) -> None:
    demands = [handed(f"e{number}", day(on)) for number, on in enumerate([*CHAIN, "2020-05-01"])]
    found = clocks(loan("2001-07-31"), demands, as_of=as_of)
    assert [suit_outcome(clock, day(as_of)) for clock in found.values()] == [SuitOutcome(outcome)] * 2


@pytest.mark.parametrize(
    ("known", "state", "last"),
    [
        ("2017-05-18", EXPIRED, "2020-05-18"),
        ("2017-05-19", EXPIRED, "2020-05-19"),
        ("2017-05-21", CAPPED, "2020-05-20"),
        ("2017-05-22", CAPPED, "2020-05-20"),
    ],
)
def test_the_twenty_years_run_from_the_harm(known: str, state: State, last: str) -> None:
    claim = Claim(kind=ClaimKind.DAMAGES, harmed_on=day("2000-05-20"), known_on=day(known))
    assert both(clocks(claim, (), as_of=LATER)) == [(state, last)] * 2


# After the end (民法典192, 诉讼时效规定19)


@pytest.mark.parametrize(
    ("promised", "best", "conservative"),
    [
        ("2023-09-11", (State.RUNNING, "2028-06-30"), (State.RUNNING, "2026-09-11")),  # in time: an interruption
        ("2023-09-12", (State.REVIVED, "2028-06-30"), None),
    ],
)
def test_a_promise_before_and_after_the_end(
    promised: str, best: tuple[State, str], conservative: tuple[State, str] | None
) -> None:
    promise = acknowledged("e1", day(promised), AcknowledgmentKind.PROMISE, promised_due_on=day("2025-06-30"))
    found = both(clocks(loan("2020-09-10"), [promise], as_of="2025-12-31"))
    assert found[0] == best
    assert conservative is None or found[1] == conservative
    assert found[1][0] == best[0]


@pytest.mark.parametrize(
    ("signed", "state", "last"),
    [
        ("2023-09-11", RUNNING, "2026-09-11"),
        ("2023-09-12", EXPIRED, "2023-09-11"),
    ],
)
@pytest.mark.parametrize("signature", [Signature.RECEIPT_ONLY, Signature.RESERVATION])
def test_a_demand_that_only_receipt_was_signed_for(signature: Signature, signed: str, state: State, last: str) -> None:
    found = clocks(loan("2020-09-10"), [handed("e1", day(signed), signature=signature)], as_of="2025-12-31")
    assert both(found) == [(state, last)] * 2


@pytest.mark.parametrize(
    ("signed", "state", "last"),
    [
        ("2023-09-11", State.RUNNING, "2026-09-11"),
        ("2023-09-12", State.REVIVED, "2026-09-14"),  # a Saturday
    ],
)
def test_a_demand_on_which_the_debtor_agrees_to_pay(signed: str, state: State, last: str) -> None:
    demand = handed("e1", day(signed), signature=Signature.AGREES)
    assert both(clocks(loan("2020-09-10"), [demand], as_of="2025-12-31")) == [(state, last)] * 2


@pytest.mark.parametrize(("signed", "last"), [("2023-09-11", "2026-09-11"), ("2023-09-12", "2023-09-11")])
def test_a_bare_signature_after_the_end_revives_nothing_for_one_who_is_no_lender(signed: str, last: str) -> None:
    claim = Claim(kind=ClaimKind.RECEIVABLE, due_on=day("2020-09-10"), lender=False)
    demand = handed("e1", day(signed), signature=Signature.NO_TEXT)
    found = clocks(claim, [demand], as_of="2025-12-31")
    assert [str(clock.last_day) for clock in found.values()] == [last] * 2


# After a judgment (民诉法250)


@pytest.mark.parametrize(
    ("as_of", "state"),
    [("2024-05-19", RUNNING), ("2024-05-20", RUNNING), ("2024-05-21", EXPIRED)],
)
def test_enforcement_is_asked_for_within_two_years(as_of: str, state: State) -> None:
    suit = filed(
        "e1",
        day("2021-12-01"),
        ended_on=day("2022-04-20"),
        end=End.JUDGMENT,
        effective_on=day("2022-05-10"),
        performance_due_on=day("2022-05-20"),
    )
    found = clocks(loan("2020-01-01"), [suit], as_of=as_of)
    assert both(found) == [(state, "2024-05-20")] * 2
    assert {clock.periods[-1].kind for clock in found.values()} == {PeriodKind.ENFORCEMENT}


# Guarantee periods (民法典686, 692-694; 担保制度解释27, 28, 30-32; 时间效力规定27)

NEW = day("2021-03-01")


@pytest.mark.parametrize(
    ("as_of", "best", "conservative"),
    [
        ("2022-10-30", RUNNING, RUNNING),
        ("2022-10-31", RUNNING, RELEASED),  # the 30th was a Sunday; the careful view never rolls this period
        ("2022-11-01", RELEASED, RELEASED),
    ],
)
def test_a_guarantee_period_ends(as_of: str, best: State, conservative: State) -> None:
    found = clocks(loan("2022-04-30"), (), as_of=as_of, others=[guarantor(contract_on=NEW)], of="乙")
    assert both(found) == [(best, "2022-10-31"), (conservative, "2022-10-30")]


@pytest.mark.parametrize(
    ("arrived", "best", "conservative"),
    [
        ("2022-10-28", (RUNNING, "2025-10-28"), (RUNNING, "2025-10-28")),
        ("2022-10-30", (RUNNING, "2025-10-30"), (RUNNING, "2025-10-30")),
        ("2022-10-31", (RUNNING, "2025-10-31"), (RELEASED, "2022-10-30")),
        ("2022-11-01", (RELEASED, "2022-10-31"), (RELEASED, "2022-10-30")),
    ],
)
def test_a_joint_guarantor_is_asked_within_the_period(
    arrived: str, best: tuple[State, str], conservative: tuple[State, str]
) -> None:
    called = letter("e1", day(arrived), to="乙")
    found = clocks(loan("2022-04-30"), [called], as_of="2024-01-01", others=[guarantor(contract_on=NEW)], of="乙")
    assert both(found) == [best, conservative]


@pytest.mark.parametrize(
    ("agreed", "last"),
    [
        ("2022-08-30", "2023-02-28"),  # before the debt is due: none agreed, so six months
        ("2022-08-31", "2023-02-28"),  # with it
        ("2022-09-01", "2022-09-01"),
    ],
)
def test_an_agreed_end_about_the_due_date(agreed: str, last: str) -> None:
    surety = guarantor(contract_on=day("2021-08-31"), period_until_on=day(agreed))
    found = clocks(loan("2022-08-31"), (), as_of="2022-08-31", others=[surety], of="乙")
    assert both(found) == [(RUNNING, last)] * 2


@pytest.mark.parametrize(
    ("due", "months", "best", "conservative"),
    [
        ("2022-02-28", None, "2022-08-29", "2022-08-28"),  # the corresponding day, a Sunday
        ("2021-08-31", None, "2022-02-28", "2022-02-28"),  # there is no 31st
        ("2021-08-28", None, "2022-02-28", "2022-02-28"),
        ("2022-03-31", None, "2022-09-30", "2022-09-30"),
        ("2022-01-31", 1, "2022-02-28", "2022-02-28"),
        ("2022-05-31", 24, "2024-05-31", "2024-05-31"),
    ],
)
def test_months_of_a_guarantee_period(due: str, months: int | None, best: str, conservative: str) -> None:
    surety = guarantor(contract_on=NEW, period_months=months)
    found = clocks(loan(due), (), as_of=due, others=[surety], of="乙")
    assert [str(clock.last_day) for clock in found.values()] == [best, conservative]


@pytest.mark.parametrize(
    ("contract", "state"),
    [("2020-12-30", RUNNING), ("2020-12-31", RUNNING), ("2021-01-01", RELEASED), ("2021-01-02", RELEASED)],
)
def test_who_did_not_say_how_he_answers_was_joint_until_2020(contract: str, state: State) -> None:
    surety = guarantor(mode=Mode.UNSPECIFIED, contract_on=day(contract))
    found = clocks(
        loan("2021-06-10"), [handed("e1", day("2021-09-01"), to="乙")], as_of="2022-01-01", others=[surety], of="乙"
    )
    last = "2024-09-02" if state is RUNNING else "2021-12-10"  # 2024-09-01 was a Sunday
    assert both(found) == [(state, last)] * 2


@pytest.mark.parametrize(
    ("contract", "due", "best", "conservative"),
    [
        ("2018-06-01", "2019-01-01", "2021-01-04", "2021-01-01"),  # two full years by 2021: the old law's two years
        ("2018-06-01", "2019-01-02", "2021-01-04", "2021-01-02"),  # less than two: 时间效力27
        ("2020-06-01", "2020-12-31", "2023-01-03", "2022-12-31"),
        ("2021-01-01", "2021-12-31", "2022-06-30", "2022-06-30"),  # under the Code: six months
    ],
)
def test_until_paid_off_meant_two_years(contract: str, due: str, best: str, conservative: str) -> None:
    surety = guarantor(contract_on=day(contract), period_unclear=True)
    found = clocks(loan(due), (), as_of=due, others=[surety], of="乙")
    assert [str(clock.last_day) for clock in found.values()] == [best, conservative]


@pytest.mark.parametrize(
    ("due", "best", "conservative"),
    [
        ("2020-06-30", "2020-12-30", "2020-12-30"),
        ("2020-07-01", "2021-01-04", "2021-01-01"),
        ("2020-12-10", "2021-06-10", "2021-06-10"),
    ],
)
def test_six_months_where_nothing_was_agreed_before_2021(due: str, best: str, conservative: str) -> None:
    found = clocks(loan(due), (), as_of=due, others=[guarantor(contract_on=day("2019-12-10"))], of="乙")
    assert [str(clock.last_day) for clock in found.values()] == [best, conservative]


@pytest.mark.parametrize(
    ("sued", "best", "conservative"),
    [
        ("2021-11-29", PRESERVED, PRESERVED),
        ("2021-11-30", PRESERVED, PRESERVED),
        ("2021-12-01", RELEASED, RELEASED),
    ],
)
def test_for_a_general_guarantor_the_debtor_is_sued_within_the_period(
    sued: str, best: State, conservative: State
) -> None:
    surety = guarantor(mode=Mode.GENERAL, contract_on=day("2021-01-20"))
    found = clocks(loan("2021-05-31"), [filed("e1", day(sued))], as_of="2022-02-01", others=[surety], of="乙")
    assert [clock.state for clock in found.values()] == [best, conservative]


@pytest.mark.parametrize(
    ("applied", "best", "conservative"),
    [
        ("2022-08-26", PRESERVED, PRESERVED),
        ("2022-08-29", PRESERVED, RELEASED),  # the 28th was a Sunday
        ("2022-08-30", RELEASED, RELEASED),
    ],
)
def test_an_enforceable_deed_is_enforced_within_the_period(applied: str, best: State, conservative: State) -> None:
    surety = guarantor(mode=Mode.GENERAL, contract_on=NEW)
    enforcement = filed("e1", day(applied), kind=ProceedingKind.NOTARISED_ENFORCEMENT)
    found = clocks(loan("2022-02-28"), [enforcement], as_of="2022-12-01", others=[surety], of="乙")
    assert [clock.state for clock in found.values()] == [best, conservative]


@pytest.mark.parametrize(
    ("as_of", "state", "last"),
    [("2023-05-31", PRESERVED, "None"), ("2023-06-02", RUNNING, "2026-06-01")],
)
def test_a_year_without_a_ruling_starts_the_guarantee_debts_limitation(as_of: str, state: State, last: str) -> None:
    surety = guarantor(mode=Mode.GENERAL, contract_on=day("2021-01-20"))
    judged = {"ended_on": day("2022-03-01"), "end": End.JUDGMENT, "performance_due_on": day("2022-03-15")}
    sued = filed("e1", day("2021-10-08"), **judged)
    enforcing = filed("e2", day("2022-06-01"), kind=ProceedingKind.ENFORCEMENT)
    found = clocks(loan("2021-05-31"), [sued, enforcing], as_of=as_of, others=[surety], of="乙")
    assert both(found)[0] == (state, last)


@pytest.mark.parametrize(
    ("determined", "last"),
    [
        ("2022-09-29", "2023-03-30"),  # a debt is not due yet: from the last due date
        ("2022-09-30", "2023-03-30"),
        ("2022-10-31", "2023-04-30"),  # all are: from the day of determination
    ],
)
def test_a_maximum_guarantee_counts_from_the_later_of_determination_and_the_last_debt(
    determined: str, last: str
) -> None:
    debts = MaximumAmount(debts=(day("2021-06-30"), day("2022-09-30")), determined_on=day(determined))
    surety = guarantor(contract_on=NEW, maximum=debts)
    found = clocks(loan("2021-06-30"), (), as_of="2022-11-01", others=[surety], of="乙")
    assert {str(clock.raw_last_day) for clock in found.values()} == {last}


# Tracing a posted item (邮政法49)


@pytest.mark.parametrize(
    ("posted", "until"),
    [
        ("2023-03-01", "2024-03-01"),
        ("2024-02-28", "2025-02-28"),
        ("2024-02-29", "2025-02-28"),
        ("2024-03-01", "2025-03-01"),
    ],
)
def test_a_posted_item_is_traced_for_a_year(posted: str, until: str) -> None:
    sent = letter("e1", day(posted))
    untraced = replace(sent, proofs=DELIVERED - {Proof.TRACKING})
    facts = Facts(claim=loan("2022-03-01"), parties=(debtor(),), events=(untraced,))
    assert assess(untraced, facts).obtain_by == day(until)
    assert assess(sent, facts).obtain_by is None
