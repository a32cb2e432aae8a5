"""Letters of a matter as facts of law: one a dispatch, with the outcome that is proved best."""

from typing import Any

import pytest
from entry_telling import DEMAND, Matter, d

from evidence.law.entries import facts_of_matter
from evidence.law.proof import assess
from evidence.law.vocabulary import (
    AcknowledgmentKind,
    AddressBasis,
    Channel,
    Grade,
    Outcome,
    Proof,
    Signature,
    Signer,
)

NAMED = "《逾期贷款催收通知书》示例借字第2020-0001号，要求还本付息"


def test_a_letter_its_dispatch_its_way_and_its_receipt_are_one_fact() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice(), "posting_slip", "packing_photo", item_description=NAMED)
    matter.tracking(sent, ("2022-03-01", "accepted"), ("2022-03-04", "delivered_self"))
    matter.receipt(sent, "receipt_image", on="2022-03-04", signed_by="张三", relation="self")
    notice = matter.event("e3")
    assert (notice.to, notice.channel, notice.posted_on) == ("p2", Channel.EMS, d("2022-03-01"))
    assert (notice.outcome, notice.outcome_on, notice.signer) == (Outcome.SIGNED, d("2022-03-04"), Signer.SELF)
    assert (notice.demands_payment, notice.demands_guarantee, notice.states_amount) == (True, False, True)
    assert notice.proofs == {
        Proof.NOTICE_COPY, Proof.POSTING_SLIP, Proof.PACKING_RECORD, Proof.ITEM_NAMED, Proof.TRACKING,
        Proof.RETURN_RECEIPT,
    }  # fmt: skip
    assert matter.found.sources["e3"] == (2, 3, 4, 5)
    assert assess(notice, matter.found.facts).grade is Grade.A


def test_each_dispatch_of_one_letter_is_a_fact_of_its_own() -> None:
    matter = Matter()
    letter = matter.notice()
    first, second = matter.dispatch(letter), matter.dispatch(letter, carrier="wechat", on="2022-03-02")
    matter.receipt(first, outcome="returned", on="2022-03-05", reason="原址查无此人")
    matter.receipt(second, "screenshot", "device_photo", outcome="read", on="2022-03-02")
    assert [event.id for event in matter.found.facts.events] == ["e3", "e4"]
    returned, read = matter.event("e3"), matter.event("e4")
    assert (returned.outcome, returned.return_reason) == (Outcome.RETURNED, "原址查无此人")
    assert (read.channel, read.outcome) == (Channel.WECHAT, Outcome.READ)
    assert {Proof.SCREENSHOT, Proof.ORIGINAL_DEVICE} <= read.proofs


def test_an_instant_is_a_day_in_shanghai() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice(), carrier="sf")
    matter.tell("receipt.recorded", dispatch=sent, outcome="delivered", delivered_at="2022-03-03T16:00:00Z")
    assert matter.event("e3").outcome_on == d("2022-03-04")
    matter = Matter()
    sent = matter.dispatch(matter.notice(), carrier="sf")
    matter.tell("receipt.recorded", dispatch=sent, outcome="delivered", delivered_at="2022-03-03T15:59:59Z")
    assert matter.event("e3").outcome_on == d("2022-03-03")


@pytest.mark.parametrize("carrier", ["ems", "sf", "registered_mail", "courier", "hand", "email", "sms", "wechat",
                                     "fax", "notary", "newspaper", "other"])  # fmt: skip
def test_every_carrier_is_a_channel(carrier: str) -> None:
    matter = Matter()
    matter.dispatch(matter.notice(), carrier=carrier)
    assert matter.event("e3").channel is (Channel.COURIER if carrier == "sf" else Channel(carrier))


def test_a_letter_that_was_not_sent_is_no_assertion_and_is_named() -> None:
    matter = Matter()
    matter.notice()
    assert matter.found.facts.events == ()
    assert matter.found.left_out == {"e2": "not_sent"}
    assert matter.found.sources["e2"] == (2,)


def test_a_voided_letter_is_no_assertion_whatever_was_sent() -> None:
    matter = Matter()
    letter = matter.notice()
    matter.receipt(matter.dispatch(letter), on="2022-03-04")
    matter.tell("notice.voided", notice=letter, notice_no="x", reason="收件人有误")
    assert matter.found.facts.events == ()
    assert matter.found.left_out == {"e2": "voided"}


def test_a_letter_to_the_creditor_or_to_nobody_is_left_out() -> None:
    matter = Matter()
    matter.dispatch(matter.notice(party="p1"))
    matter.dispatch(matter.notice(party="p9"))
    assert matter.found.left_out == {"e2": "party_unknown", "e4": "party_unknown"}


def test_words_that_nobody_classified_are_unknown_and_not_denied() -> None:
    matter = Matter()
    matter.dispatch(matter.notice(wording=None))
    notice = matter.event("e3")
    assert (notice.demands_payment, notice.demands_guarantee, notice.states_amount) == (None, None, None)
    assert notice.notifies_assignment is False


@pytest.mark.parametrize(
    ("said", "named"),
    [(NAMED, True), ("文件", False), ("《催款函》两份", False), ("", False), ("逾期贷款催收通知书", True)],
)
def test_only_words_that_name_the_letter_tie_the_waybill_to_it(said: str, *, named: bool) -> None:
    matter = Matter()
    matter.dispatch(matter.notice(), item_description=said)
    assert (Proof.ITEM_NAMED in matter.event("e3").proofs) is named


# What came of it


def test_the_best_proved_of_several_receipts_counts_and_the_doubt_is_told() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice())
    matter.receipt(sent, on="2022-03-06", relation="self")
    matter.receipt(sent, "return_envelope", outcome="refused", on="2022-03-05")
    notice = matter.event("e3")
    assert (notice.outcome, notice.outcome_on) == (Outcome.REFUSED, d("2022-03-05"))
    assert Proof.RETURNED_PARCEL in notice.proofs
    assert matter.found.ambiguous == ("e3",)


def test_of_two_receipts_proved_alike_the_better_signer_counts_then_the_first_day() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice())
    matter.receipt(sent, "receipt_image", on="2022-03-04", relation="guard")
    matter.receipt(sent, "receipt_image", on="2022-03-07", relation="self")
    matter.receipt(sent, "receipt_image", on="2022-03-06", relation="self")
    notice = matter.event("e3")
    assert (notice.signer, notice.outcome_on) == (Signer.SELF, d("2022-03-06"))
    assert matter.found.ambiguous == ()


def test_tracking_tells_the_outcome_where_there_is_no_receipt() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice())
    matter.tracking(sent, ("2022-03-05", "delivered_mail_room"), ("2022-03-02", "in_transit"))
    notice = matter.event("e3")
    assert (notice.outcome, notice.outcome_on, notice.signer) == (Outcome.SIGNED, d("2022-03-05"), Signer.MAIL_ROOM)
    assert Proof.TRACKING in notice.proofs


def test_mail_refused_and_then_returned_was_refused() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice())
    matter.tracking(sent, ("2022-03-04", "refused"), ("2022-03-09", "returned"))
    assert (matter.event("e3").outcome, matter.event("e3").outcome_on) == (Outcome.REFUSED, d("2022-03-04"))
    matter.receipt(sent, "return_envelope", outcome="returned")
    notice = matter.event("e3")
    assert (notice.outcome, notice.outcome_on) == (Outcome.RETURNED, d("2022-03-04"))
    assert matter.found.ambiguous == ()


def test_tracking_without_a_final_status_proves_no_delivery() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice())
    matter.tracking(sent, ("2022-03-02", "in_transit"))
    notice = matter.event("e3")
    assert (notice.outcome, notice.outcome_on) == (None, None)
    assert Proof.TRACKING not in notice.proofs


def test_tracking_that_contradicts_the_receipt_supports_nothing_and_is_told() -> None:
    matter = Matter()
    sent = matter.dispatch(matter.notice())
    matter.tracking(sent, ("2022-03-09", "returned"))
    matter.receipt(sent, "receipt_image", on="2022-03-04", relation="self")
    notice = matter.event("e3")
    assert (notice.outcome, notice.outcome_on) == (Outcome.SIGNED, d("2022-03-04"))
    assert Proof.TRACKING not in notice.proofs
    assert matter.found.ambiguous == ("e3",)


@pytest.mark.parametrize(
    ("facts", "signer"),
    [
        ({"signed_by": "张 三"}, Signer.SELF),
        ({"signed_by": "王五"}, Signer.UNKNOWN),
        ({}, None),
        ({"signed_by": "张三", "relation": "minor"}, Signer.MINOR),
        ({"relation": "estate_administrator"}, Signer.ESTATE_ADMINISTRATOR),
        ({"relation": "unauthorised"}, Signer.UNAUTHORISED),
    ],
)
def test_who_signed(facts: dict[str, Any], signer: Signer | None) -> None:
    matter = Matter()
    matter.receipt(matter.dispatch(matter.notice()), on="2022-03-04", **facts)
    notice = matter.event("e3")
    assert notice.signer is signer
    assert notice.outcome is (Outcome.SIGNED if signer else Outcome.DELIVERED)


def test_hours_and_hindrance_are_taken_from_the_receipt() -> None:
    matter = Matter()
    matter.receipt(matter.dispatch(matter.notice()), on="2022-03-04", after_hours=True, prevented=True)
    assert (matter.event("e3").after_hours, matter.event("e3").prevented) == (True, True)


# Addresses


def with_address(**more: Any) -> list[dict[str, Any]]:
    from entry_telling import PARTIES

    return [PARTIES[0], PARTIES[1] | more, PARTIES[2]]


@pytest.mark.parametrize(
    ("facts", "basis"),
    [
        ({}, AddressBasis.REGISTERED),
        ({"address": "样本路 1号"}, AddressBasis.REGISTERED),
        ({"address": "别处2号"}, None),
        ({"address": "别处2号", "address_basis": "wrong"}, AddressBasis.WRONG),
        ({"address": "新址3号"}, AddressBasis.AGREED),
        ({"address": "新址3号", "on": "2021-05-31"}, None),
    ],
)
def test_why_the_address_is_the_addressees(facts: dict[str, Any], basis: AddressBasis | None) -> None:
    matter = Matter(parties=with_address(address_basis="registered"))
    matter.tell("address.confirmed", party="p2", on="2021-06-01", address="新址3号", text="确认")
    matter.dispatch(matter.notice(), **facts)
    assert matter.event("e4").address is basis


def test_a_delivery_clause_of_the_contract_is_read_with_the_party() -> None:
    assert facts_of_matter(Matter(parties=with_address(deemed_days=3)).entries).facts.parties[1].deemed_days == 3
    assert facts_of_matter(Matter(parties=with_address(deemed_days=-1)).entries).facts.parties[1].deemed_days is None


# Signed copies


def test_a_signed_copy_without_a_dispatch_is_a_delivery_by_hand() -> None:
    matter = Matter()
    letter = matter.notice()
    matter.scan(letter, signed_on="2022-03-04", relation="self", marks={"received": True}, original_held=True)
    notice = matter.event("e3")
    assert (notice.channel, notice.outcome, notice.outcome_on) == (Channel.HAND, Outcome.SIGNED, d("2022-03-04"))
    assert (notice.signer, notice.signature) == (Signer.SELF, Signature.RECEIPT_ONLY)
    assert notice.proofs == {Proof.NOTICE_COPY, Proof.SIGNED_ORIGINAL}
    assert matter.found.sources["e3"] == (2, 3)
    assert matter.found.ambiguous == ()


def test_a_signed_copy_goes_into_the_only_dispatch_and_tells_its_outcome() -> None:
    matter = Matter()
    letter = matter.notice()
    matter.dispatch(letter, carrier="hand", on="2022-03-04")
    matter.scan(letter, "signer_identity", relation="self")
    notice = matter.event("e3")
    assert (notice.channel, notice.outcome, notice.outcome_on) == (Channel.HAND, Outcome.SIGNED, d("2022-03-04"))
    assert notice.proofs == {Proof.NOTICE_COPY, Proof.SIGNED_SCAN, Proof.SIGNER_IDENTITY}
    assert [event.id for event in matter.found.facts.events] == ["e3"]


def test_an_earlier_delivery_keeps_its_day_and_a_weak_one_gives_way_to_the_signature() -> None:
    for relation, expected in (("mail_room", "2022-03-04"), ("guard", "2022-03-06")):
        matter = Matter()
        letter = matter.notice()
        matter.receipt(matter.dispatch(letter), "receipt_image", on="2022-03-04", relation=relation)
        matter.scan(letter, signed_on="2022-03-06", relation="self", marks={"received": True})
        assert matter.event("e3").outcome_on == d(expected)


def test_a_copy_signed_before_the_posting_or_after_a_return_was_handed_over() -> None:
    for signed_on, outcome in (("2022-02-20", "delivered"), ("2022-03-20", "returned")):
        matter = Matter()
        letter = matter.notice()
        matter.receipt(matter.dispatch(letter), outcome=outcome, on="2022-03-05")
        matter.scan(letter, signed_on=signed_on, relation="self")
        assert (matter.event("e3").channel, matter.event("e5").channel) == (Channel.EMS, Channel.HAND)
        assert matter.event("e5").outcome_on == d(signed_on)
        assert matter.found.ambiguous == ()


def test_where_two_dispatches_could_have_carried_the_signed_copy_it_stands_alone_and_says_so() -> None:
    matter = Matter()
    letter = matter.notice()
    matter.dispatch(letter)
    matter.dispatch(letter, carrier="sf")
    matter.scan(letter, signed_on="2022-03-06", relation="self")
    assert matter.event("e5").channel is Channel.HAND
    assert matter.found.ambiguous == ("e5",)


MARKED = [
    ({"received": True}, Signature.RECEIPT_ONLY),
    ({"received": True, "amount_confirmed": True}, Signature.CONFIRMS),
    ({"promise": {"due_on": "2022-12-31"}}, Signature.AGREES),
    ({"knows_period_may_have_expired": True}, Signature.AGREES),
    ({"received": False}, Signature.NO_TEXT),
    ({}, Signature.NO_TEXT),
]


@pytest.mark.parametrize(("marks", "expected"), MARKED)
def test_what_was_ticked_is_what_was_said(marks: dict[str, Any], expected: Signature) -> None:
    matter = Matter()
    matter.scan(matter.notice(), kind="reply_slip", signed_on="2022-03-04", relation="self", marks=marks)
    assert matter.event("e3").signature is expected


def test_a_stated_signature_comes_before_the_ticks() -> None:
    matter = Matter()
    matter.scan(matter.notice(), signed_on="2022-03-04", relation="self", signature="reservation",
                marks={"amount_confirmed": True})  # fmt: skip
    assert matter.event("e3").signature is Signature.RESERVATION


@pytest.mark.parametrize("relation", ["mail_room", "cohabiting_adult", "guard"])
def test_one_who_only_receives_says_nothing_of_the_debt(relation: str) -> None:
    matter = Matter()
    matter.scan(matter.notice(), signed_on="2022-03-04", relation=relation, marks={"promise": {"due_on": "2023-01-01"}})
    notice = matter.event("e3")
    assert (notice.signature, notice.promised_due_on) == (Signature.RECEIPT_ONLY, None)


def test_a_promise_on_the_day_of_arrival_stays_with_the_letter() -> None:
    matter = Matter()
    marks = {"received": True, "promise": {"due_on": "2022-12-31"}}
    matter.scan(matter.notice(), kind="reply_slip", signed_on="2022-03-04", relation="self", marks=marks)
    assert (matter.event("e3").signature, matter.event("e3").promised_due_on) == (Signature.AGREES, d("2022-12-31"))
    assert len(matter.found.facts.events) == 1


def test_a_promise_on_another_day_is_an_act_of_that_day() -> None:
    matter = Matter()
    letter = matter.notice()
    matter.receipt(matter.dispatch(letter), "receipt_image", on="2022-03-04", relation="self")
    marks = {"received": True, "promise": {"due_on": "2022-12-31"}}
    matter.scan(letter, kind="reply_slip", signed_on="2022-03-09", relation="self", marks=marks)
    assert (matter.event("e3").outcome_on, matter.event("e3").signature) == (d("2022-03-04"), None)
    promise = matter.event("e5")
    assert (promise.by, promise.on, promise.kind) == ("p2", d("2022-03-09"), AcknowledgmentKind.PROMISE)
    assert (promise.promised_due_on, promise.signature) == (d("2022-12-31"), Signature.AGREES)
    assert promise.proofs == {Proof.SIGNED_SCAN}
    assert matter.found.sources["e5"] == (2, 5)


def test_a_promise_signed_by_nobody_that_was_named_is_nobodys() -> None:
    matter = Matter()
    letter = matter.notice()
    matter.receipt(matter.dispatch(letter), on="2022-03-04", relation="self")
    matter.scan(letter, kind="reply_slip", signed_on="2022-03-09", marks={"amount_confirmed": True})
    assert [event.id for event in matter.found.facts.events] == ["e3"]
    assert matter.found.left_out == {"e5": "signer_unstated"}


def test_of_two_signed_papers_a_reservation_takes_back_the_rest() -> None:
    matter = Matter()
    letter = matter.notice()
    matter.scan(letter, signed_on="2022-03-04", relation="self", signature="reservation")
    matter.scan(letter, kind="reply_slip", signed_on="2022-03-04", relation="self", marks={"amount_confirmed": True})
    assert matter.event("e3").signature is Signature.RESERVATION


def test_whose_words_on_the_slip_are_the_companys_even_if_the_mail_room_took_the_letter() -> None:
    matter = Matter()
    letter = matter.notice(party="p3", wording=DEMAND | {"demands_guarantee": True})
    matter.receipt(matter.dispatch(letter), "receipt_image", on="2022-03-04", relation="mail_room")
    matter.scan(letter, signed_on="2022-03-04", relation="legal_representative", marks={"amount_confirmed": True})
    assert (matter.event("e3").signer, matter.event("e3").signature) == (
        Signer.LEGAL_REPRESENTATIVE, Signature.CONFIRMS,
    )  # fmt: skip


def test_a_signature_on_paper_does_not_go_into_a_message() -> None:
    matter = Matter()
    letter = matter.notice()
    matter.dispatch(letter, carrier="sms")
    matter.scan(letter, signed_on="2022-03-04", relation="self")
    assert (matter.event("e3").outcome, matter.event("e4").channel) == (None, Channel.HAND)


def test_the_returned_envelope_is_the_returned_parcel() -> None:
    matter = Matter()
    letter = matter.notice()
    matter.receipt(matter.dispatch(letter), outcome="refused", on="2022-03-04")
    matter.scan(letter, kind="envelope")
    assert Proof.RETURNED_PARCEL in matter.event("e3").proofs
    assert matter.found.sources["e3"] == (2, 3, 4, 5)


# Time to pay, for a debt without a due date


def test_the_letters_own_term_is_the_grace_where_no_due_date_was_agreed() -> None:
    open_ended = {"due_on": None, "no_due_date": True}
    for claim, more, expected in (
        (open_ended, {}, 26),
        (open_ended, {"grace_days": 15}, 15),
        ({}, {}, None),
        ({}, {"grace_days": 15}, 15),
    ):
        matter = Matter(claim=claim)
        sent = matter.dispatch(matter.notice(fields={"pay_by_on": "2022-03-30"}), **more)
        matter.receipt(sent, on="2022-03-04", relation="self")
        assert matter.event("e3").grace_days == expected
