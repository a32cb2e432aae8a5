"""Payments, promises, contacts, proceedings and obstacles of a matter as facts of law."""

from typing import Any

import pytest
from entry_telling import CLAIM, Matter, d

from evidence.law.entries import LEFT_OUT
from evidence.law.proof import assess
from evidence.law.vocabulary import (
    AcknowledgmentKind,
    Cause,
    Channel,
    End,
    Grade,
    Mode,
    Outcome,
    ProceedingKind,
    Proof,
    Signature,
    Signer,
)

COURT, CASE_NO = "示例市示例区人民法院", "（2022）示例0101民初1号"


@pytest.mark.parametrize(
    ("kind", "facts", "expected", "promised"),
    [
        ("payment.received", {"amount": "1.00"}, AcknowledgmentKind.PART_PAYMENT, None),
        ("promise.made", {"due_on": "2022-12-31"}, AcknowledgmentKind.PROMISE, "2022-12-31"),
        ("extension.requested", {"until_on": "2022-12-31"}, AcknowledgmentKind.EXTENSION_REQUEST, None),
        ("plan.agreed", {"instalments": [{"due_on": "2022-12-31"}, {"due_on": "2022-06-30"}]},
         AcknowledgmentKind.PLAN, "2022-12-31"),
        ("security.provided", {"form": "pledge"}, AcknowledgmentKind.SECURITY, None),
        ("debt.confirmed", {}, AcknowledgmentKind.DEBT_CONFIRMATION, None),
        ("debt.assumed", {}, AcknowledgmentKind.DEBT_ASSUMPTION, None),
        ("setoff.declared", {"declared_by": "obligor"}, AcknowledgmentKind.SET_OFF, None),
        ("setoff.declared", {"declared_by": "creditor"}, AcknowledgmentKind.SET_OFF, None),
        ("iou.received", {"due_on": "2022-12-31"}, AcknowledgmentKind.IOU, "2022-12-31"),
        ("agreement.made", {"due_on": "2022-12-31"}, AcknowledgmentKind.NEW_AGREEMENT, "2022-12-31"),
    ],
)  # fmt: skip
def test_what_an_obligor_did_or_said(
    kind: str, facts: dict[str, Any], expected: AcknowledgmentKind, promised: str | None
) -> None:
    matter = Matter()
    matter.tell(kind, party="p2", on="2022-03-01", **facts)
    event = matter.event("e2")
    assert (event.by, event.on, event.kind) == ("p2", d("2022-03-01"), expected)
    assert event.promised_due_on == (d(promised) if promised else None)
    assert matter.found.left_out == {}


def test_a_payment_is_the_obligors_by_the_payers_name_and_proved_by_its_slip() -> None:
    matter = Matter()
    matter.tell("payment.received", "payment_slip", on="2022-03-01", payer_name="张三", amount="1.00")
    assert (matter.event("e2").by, matter.event("e2").proofs) == ("p2", {Proof.BANK_RECORD})
    assert assess(matter.event("e2"), matter.found.facts).grade is Grade.A


@pytest.mark.parametrize(
    "facts", [{}, {"party": "p1"}, {"party": "p9"}, {"payer_name": "某某银行"}, {"payer_name": "谁"}, {"party": 7}]
)
def test_a_payment_of_nobody_known_is_left_out_and_named(facts: dict[str, Any]) -> None:
    matter = Matter()
    matter.tell("payment.received", on="2022-03-01", **facts)
    assert matter.found.facts.events == ()
    assert matter.found.left_out == {"e2": "party_unknown"}


def test_a_paper_whose_original_is_kept_is_more_than_its_image() -> None:
    matter = Matter()
    matter.tell("debt.confirmed", "letter", party="p2", on="2022-03-01", text="对账无误")
    matter.tell("debt.confirmed", "letter", party="p2", on="2022-03-01", text="对账无误", original_held=True)
    matter.tell("debt.confirmed", party="p2", on="2022-03-01", text="对账无误", original_held=True)
    grades = [assess(event, matter.found.facts).grade for event in matter.found.facts.events]
    assert grades == [Grade.B, Grade.A, Grade.C]


def test_a_new_guarantee_has_its_own_mode_and_period() -> None:
    matter = Matter()
    matter.tell("guarantee.renewed", party="p3", on="2024-03-01", mode="joint", period_months=24)
    event = matter.event("e2")
    assert (event.kind, event.mode, event.period_months) == (AcknowledgmentKind.NEW_GUARANTEE, Mode.JOINT, 24)


def test_assignment_acceleration_extension_and_the_end_of_debtor_first() -> None:
    matter = Matter()
    matter.tell("claim.assigned", on="2022-01-01", assignee="示例资产管理有限公司")
    matter.tell("claim.accelerated", on="2022-01-02")
    matter.tell("extension.agreed", "agreement", on="2022-01-03", to_on="2023-01-03", consented=["p3", "p2", "p9"])
    matter.tell("debtor_first.ended", "court_document", on="2022-01-04", party="p3")
    assert (matter.event("e2").on, matter.event("e3").on) == (d("2022-01-01"), d("2022-01-02"))
    extension = matter.event("e4")
    assert (extension.agreed_on, extension.to_on) == (d("2022-01-03"), d("2023-01-03"))
    assert (extension.consented, extension.proofs) == ({"p3"}, {Proof.AGREEMENT})
    assert (matter.event("e5").guarantor, matter.event("e5").proofs) == ("p3", {Proof.COURT_RECORD})


def test_only_a_guarantor_may_send_the_creditor_to_the_debtor_first() -> None:
    matter = Matter()
    matter.tell("debtor_first.ended", on="2022-01-04", party="p2")
    assert matter.found.left_out == {"e2": "party_unknown"}


# Contacts


def test_a_line_of_the_register_that_demands_nothing_is_no_fact_of_law() -> None:
    matter = Matter()
    matter.tell("contact.made", on="2022-03-01", party="p2", channel="phone", said="无人接听", by="李四")
    matter.tell(
        "contact.made", on="2022-03-01", party="p2", channel="phone", said="了解情况", by="李四", demanded=False
    )
    assert (matter.found.facts.events, matter.found.left_out) == ((), {})


def test_a_call_that_demanded_is_a_notice_and_its_proofs_come_by_file_roles() -> None:
    matter = Matter()
    matter.tell("contact.made", "recording_transcript", "carrier_log", "identity_tie", party="p2",
                at="2022-03-01T08:00:00Z", channel="phone", reached="张三", said="催收",
                demanded=True, states_amount=True)  # fmt: skip
    event = matter.event("e2")
    assert (event.channel, event.outcome, event.outcome_on) == (Channel.PHONE, Outcome.ARRIVED, d("2022-03-01"))
    assert (event.demands_payment, event.demands_guarantee, event.states_amount) == (True, False, True)
    assert event.proofs == {Proof.RECORDING, Proof.CARRIER_LOG, Proof.IDENTITY_TIE, Proof.REGISTER}
    assert event.signer is None


def test_a_call_that_nobody_answered_reached_nobody() -> None:
    matter = Matter()
    matter.tell("contact.made", on="2022-03-01", party="p2", channel="phone", said="无人接听", demanded=True)
    assert matter.event("e2").outcome is Outcome.UNREACHED


def test_a_demand_on_a_guarantor_asks_for_the_guarantee() -> None:
    matter = Matter()
    matter.tell("contact.made", on="2022-03-01", party="p3", channel="visit", reached="王五", said="x", demanded=True)
    assert matter.event("e2").demands_guarantee is True


@pytest.mark.parametrize(
    ("outcome", "on"), [("arrived", "2022-03-01"), ("read", "2022-03-01"), ("unread", None), (None, None)]
)
def test_what_became_of_a_message_is_as_stated(outcome: str | None, on: str | None) -> None:
    matter = Matter()
    matter.tell("contact.made", "screenshot", "export", on="2022-03-01", party="p2", channel="wechat", said="x",
                demanded=True, outcome=outcome)  # fmt: skip
    event = matter.event("e2")
    assert event.outcome == (Outcome(outcome) if outcome else None)
    assert event.outcome_on == (d(on) if on else None)
    assert {Proof.SCREENSHOT, Proof.EXPORT} <= event.proofs


def test_an_old_letter_of_the_paper_days_can_be_told_with_all_that_proves_it() -> None:
    matter = Matter()
    matter.tell("contact.made", "notice_copy", "posting_slip", "receipt_image", on="2022-03-01",
                arrived_on="2022-03-04", party="p2", channel="ems", outcome="signed", reached="张三", relation="本人",
                said="催收函", demanded=True, item_description="《催收通知书》某某号要求还本付息")  # fmt: skip
    event = matter.event("e2")
    assert (event.channel, event.posted_on, event.outcome_on) == (Channel.EMS, d("2022-03-01"), d("2022-03-04"))
    assert (event.outcome, event.signer) == (Outcome.SIGNED, Signer.SELF)
    assert assess(event, matter.found.facts).grade is Grade.A


def test_a_letter_by_nobody_knows_whom_has_no_presumption_of_the_posts() -> None:
    matter = Matter()
    matter.tell("contact.made", on="2022-03-01", party="p2", channel="letter", said="催收函", demanded=True)
    assert matter.event("e2").channel is Channel.COURIER


def test_a_contact_may_be_a_demand_and_a_promise_or_an_admission_alone() -> None:
    matter = Matter()
    both = {"said": "催收", "demanded": True, "promised_due_on": "2022-04-30", "reached": "张三"}
    matter.tell("contact.made", on="2022-03-01", party="p2", channel="phone", **both)
    matter.tell("contact.made", on="2022-03-02", party="p2", channel="phone", said="承认", admitted=True)
    matter.tell("contact.made", on="2022-03-03", party="p2", channel="phone", said="x", demanded=True, refuses=True)
    promise, admission = matter.event("e2.2"), matter.event("e3")
    assert (promise.kind, promise.promised_due_on) == (AcknowledgmentKind.PROMISE, d("2022-04-30"))
    assert (admission.kind, admission.signature) == (AcknowledgmentKind.DEBT_CONFIRMATION, Signature.CONFIRMS)
    assert matter.found.sources["e2.2"] == matter.found.sources["e2"] == (2,)
    assert matter.event("e4").refuses is True


def test_a_demand_on_nobody_known_is_left_out() -> None:
    matter = Matter()
    matter.tell("contact.made", on="2022-03-01", channel="phone", said="催收", demanded=True)
    matter.tell("contact.made", party="p2", channel="phone", said="催收", demanded=True)
    assert matter.found.left_out == {"e2": "party_unknown", "e3": "undated"}


def test_a_banks_debit_is_a_notice_of_its_own() -> None:
    matter = Matter(claim={"financial_institution": True, "debit_clause": True})
    matter.tell("debit.made", "ledger", party="p2", on="2022-03-01", amount="35.60", currency="CNY")
    event = matter.event("e2")
    assert (event.channel, event.outcome, event.outcome_on) == (Channel.DEBIT, Outcome.DEBITED, d("2022-03-01"))
    assert assess(event, matter.found.facts).grade is Grade.A


def test_a_notice_of_assignment_arrives_when_somebody_said_so() -> None:
    matter = Matter()
    matter.tell("assignment.notified", party="p2", on="2022-08-18", notified_by="assignor")
    matter.tell("assignment.notified", "posting_slip", party="p2", on="2022-08-18", notified_by="assignor",
                channel="ems", outcome="delivered", arrived_on="2022-08-20")  # fmt: skip
    silent, told = matter.event("e2"), matter.event("e3")
    assert (silent.notifies_assignment, silent.outcome, silent.outcome_on) == (True, None, None)
    assert (told.channel, told.posted_on, told.outcome_on) == (Channel.EMS, d("2022-08-18"), d("2022-08-20"))


# Proceedings


def sued(matter: Matter, on: str = "2022-09-01", **more: Any) -> int:
    return matter.tell("suit.filed", on=on, **({"court": COURT, "against": ["p2"]} | more))


def test_filing_service_withdrawal_and_their_papers_are_one_proceeding() -> None:
    matter = Matter()
    sued(matter, against=["p2", "p3"])
    matter.tell("suit.served", "court_document", on="2022-09-20", party="p2")
    matter.tell("suit.withdrawn", on="2022-11-15", court=COURT)
    event = matter.event("e2")
    assert (event.kind, event.against, event.filed_on) == (ProceedingKind.SUIT, {"p2", "p3"}, d("2022-09-01"))
    assert event.served == (("p2", d("2022-09-20")),)
    assert (event.ended_on, event.end, event.proofs) == (d("2022-11-15"), End.WITHDRAWN, {Proof.COURT_RECORD})
    assert matter.found.sources["e2"] == (2, 3, 4)
    assert matter.found.ambiguous == ()


def test_a_judgment_with_its_days() -> None:
    matter = Matter()
    sued(matter)
    matter.tell("suit.ended", on="2022-12-01", court=COURT, outcome="judgment", effective_on="2022-12-20",
                performance_due_on="2022-12-30")  # fmt: skip
    event = matter.event("e2")
    assert (event.end, event.effective_on, event.performance_due_on) == (
        End.JUDGMENT, d("2022-12-20"), d("2022-12-30"),
    )  # fmt: skip


def test_the_case_number_joins_even_when_it_was_given_after_filing() -> None:
    matter = Matter()
    sued(matter, case_no="（2022）示例0101民初9号")
    sued(matter, on="2022-09-02")
    matter.tell("suit.served", on="2022-09-20", party="p2", case_no=CASE_NO)
    matter.tell("suit.withdrawn", on="2022-11-15", court=COURT, case_no=CASE_NO)
    assert (matter.event("e2").ended_on, matter.event("e3").ended_on) == (None, d("2022-11-15"))
    assert matter.found.ambiguous == ()


def test_the_court_joins_where_there_is_no_number() -> None:
    matter = Matter()
    sued(matter)
    sued(matter, on="2022-09-02", court="另一法院")
    matter.tell("suit.withdrawn", on="2022-11-15", court=COURT)
    assert (matter.event("e2").end, matter.event("e3").end) == (End.WITHDRAWN, None)


def test_where_two_open_suits_fit_the_later_one_takes_the_step_and_both_are_named() -> None:
    matter = Matter()
    sued(matter)
    sued(matter, on="2022-09-02")
    matter.tell("suit.withdrawn", on="2022-11-15", court=COURT)
    assert (matter.event("e2").end, matter.event("e3").end) == (None, End.WITHDRAWN)
    assert matter.found.ambiguous == ("e2", "e3")


def test_once_one_suit_has_ended_a_second_ending_is_the_others() -> None:
    matter = Matter()
    sued(matter)
    matter.tell("suit.withdrawn", on="2022-09-15", court=COURT)
    sued(matter, on="2022-10-02")
    matter.tell("suit.ended", on="2022-12-01", court=COURT, outcome="judgment")
    assert (matter.event("e2").end, matter.event("e4").end) == (End.WITHDRAWN, End.JUDGMENT)
    assert matter.found.ambiguous == ()


def test_an_appeal_ends_the_same_suit_once_more() -> None:
    matter = Matter()
    sued(matter)
    matter.tell("suit.ended", on="2022-12-01", court=COURT, outcome="judgment")
    matter.tell("suit.ended", on="2023-03-01", court="示例市中级人民法院", case_no=None, outcome="judgment")
    assert matter.found.left_out == {"e4": "no_proceeding"}
    matter.tell("suit.ended", on="2023-04-01", court=COURT, outcome="settlement")
    assert (matter.event("e2").end, matter.event("e2").ended_on) == (End.SETTLEMENT, d("2023-04-01"))


def test_steps_before_the_filing_or_without_one_belong_to_nothing() -> None:
    matter = Matter()
    matter.tell("suit.served", on="2022-09-20", party="p2")
    sued(matter, on="2022-10-01")
    matter.tell("arbitration.ended", on="2022-12-01", court="示例仲裁委员会", outcome="judgment")
    matter.tell("suit.filed", court=COURT, against=["p2"])
    matter.tell("suit.filed", on="2022-12-01", court=COURT, against=["p1", "p9"])
    assert matter.found.left_out == {
        "e2": "no_proceeding", "e4": "no_proceeding", "e5": "undated", "e6": "party_unknown",
    }  # fmt: skip
    assert set(matter.found.left_out.values()) <= set(LEFT_OUT)


@pytest.mark.parametrize(
    ("opening", "facts", "kind", "ending"),
    [
        ("suit.filed", {"way": "joinder"}, ProceedingKind.JOINDER, "suit.ended"),
        ("suit.filed", {"way": "subrogation_suit"}, ProceedingKind.SUBROGATION_SUIT, "suit.ended"),
        ("suit.filed", {"way": "mediation"}, ProceedingKind.SUIT, "suit.ended"),
        ("arbitration.filed", {}, ProceedingKind.ARBITRATION, "arbitration.ended"),
        ("payment_order.applied", {}, ProceedingKind.PAYMENT_ORDER, "payment_order.ended"),
        ("bankruptcy.claim_filed", {"against": None, "party": "p2"}, ProceedingKind.BANKRUPTCY_CLAIM,
         "bankruptcy.ended"),
        ("bankruptcy.petitioned", {}, ProceedingKind.BANKRUPTCY_PETITION, "bankruptcy.ended"),
        ("preservation.applied", {"before_suit": True}, ProceedingKind.PRESERVATION, "preservation.ended"),
        ("preservation.applied", {}, ProceedingKind.PRESERVATION, "preservation.ended"),
        ("preservation.applied", {"before_suit": False}, ProceedingKind.OTHER, "preservation.ended"),
        ("enforcement.applied", {}, ProceedingKind.ENFORCEMENT, "enforcement.ended"),
        ("enforcement.applied", {"notarised": True}, ProceedingKind.NOTARISED_ENFORCEMENT, "enforcement.ended"),
        ("mediation.requested", {"body": "示例调解委员会"}, ProceedingKind.MEDIATION, "mediation.ended"),
        ("police.reported", {"authority": "示例分局"}, ProceedingKind.POLICE_REPORT, "police.ended"),
        ("setoff.declared", {"against": None, "party": "p2", "declared_by": "creditor", "in_suit": True},
         ProceedingKind.SET_OFF_IN_SUIT, "suit.ended"),
    ],
)  # fmt: skip
def test_every_kind_of_proceeding_begins_and_ends(
    opening: str, facts: dict[str, Any], kind: ProceedingKind, ending: str
) -> None:
    matter = Matter()
    matter.tell(opening, on="2022-09-01", **({"against": ["p2"]} | facts))
    matter.tell(ending, on="2022-12-01", outcome="terminated")
    event = matter.event("e2")
    assert (event.kind, event.against, event.end) == (kind, {"p2"}, End.TERMINATED)


def test_preservation_beside_a_suit_is_not_before_it() -> None:
    matter = Matter()
    sued(matter)
    matter.tell("preservation.applied", on="2022-09-02", court=COURT, against=["p2"])
    assert matter.event("e3").kind is ProceedingKind.OTHER


def test_the_end_of_an_enforcement_tells_what_a_general_guarantee_needs() -> None:
    matter = Matter()
    matter.tell("enforcement.applied", on="2022-06-01", court=COURT, against=["p2"])
    matter.tell("enforcement.ended", on="2023-03-18", court=COURT, outcome="no_assets", ruling_served_on="2023-03-20",
                assets_known=True)  # fmt: skip
    event = matter.event("e2")
    assert (event.end, event.ruling_served_on, event.assets_known) == (End.NO_ASSETS, d("2023-03-20"), True)


# Obstacles


def test_an_obstacle_and_its_end_are_one_fact() -> None:
    matter = Matter()
    matter.tell("suspension.started", "authority_record", on="2020-01-23", cause="force_majeure", text="封城")
    matter.tell("suspension.ended", on="2020-04-08")
    event = matter.event("e2")
    assert (event.cause, event.started_on, event.ended_on) == (Cause.FORCE_MAJEURE, d("2020-01-23"), d("2020-04-08"))
    assert Proof.CAUSE_RECORD in event.proofs
    assert (matter.found.sources["e2"], matter.found.ambiguous) == ((2, 3), ())


def test_obstacles_are_joined_by_name_else_the_later_one_ends_and_both_are_named() -> None:
    matter = Matter()
    matter.tell("suspension.started", on="2020-01-23", cause="force_majeure", text="x", obstacle="a")
    matter.tell("suspension.started", on="2020-01-24", cause="other", text="x", obstacle="b", party="p2")
    matter.tell("suspension.ended", on="2020-04-08", obstacle="a")
    assert (matter.event("e2").ended_on, matter.event("e3").ended_on) == (d("2020-04-08"), None)
    assert matter.event("e3").parties == {"p2"}
    matter = Matter()
    matter.tell("suspension.started", on="2020-01-23", cause="force_majeure", text="x")
    matter.tell("suspension.started", on="2020-01-24", cause="other", text="x")
    matter.tell("suspension.ended", on="2020-04-08")
    assert (matter.event("e2").ended_on, matter.event("e3").ended_on) == (None, d("2020-04-08"))
    assert matter.found.ambiguous == ("e2", "e3")


def test_an_end_without_a_beginning_ends_nothing() -> None:
    matter = Matter()
    matter.tell("suspension.ended", on="2020-04-08")
    matter.tell("suspension.started", on="2020-05-23", cause="force_majeure", text="x")
    assert matter.found.left_out == {"e2": "no_suspension"}
    assert matter.event("e3").ended_on is None


def test_what_is_nothing_in_law_is_nothing_here() -> None:
    matter = Matter()
    matter.tell("matter.closed", on="2022-01-01", outcome="paid")
    matter.tell("bundle.sealed", bundle="b_1")
    matter.tell("some.later_kind", on="2022-01-01", party="p2")
    assert (matter.found.facts.events, matter.found.left_out) == ((), {})
    assert CLAIM["kind"] == matter.found.facts.claim.kind
