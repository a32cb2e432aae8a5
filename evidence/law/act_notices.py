"""Notices as acts: on which day a letter, a message, a call or an announcement has asserted the claim, if it has.

Source: 民法典137, 139, 195, 203(2); 诉讼时效规定8, 17; 〔2003〕民二他字第6号.
"""

from datetime import date, timedelta

from evidence.law.acts import Act, ActKind, Revival, View, asking, if_proved, role_of, without_effect
from evidence.law.calendar import rolled
from evidence.law.facts import Facts, Notice, Party
from evidence.law.vocabulary import AddressBasis, Channel, Grade, Outcome, Proof, Role, Signature, Signer

_SPOKEN = frozenset({Channel.SMS, Channel.WECHAT, Channel.PHONE})
_DOUBTFUL = _SPOKEN | {Channel.NEWSPAPER}
_IN_PERSON = frozenset({Channel.HAND, Channel.VISIT, Channel.NOTARY})
_BINDS = frozenset({Signer.SELF, Signer.LEGAL_REPRESENTATIVE, Signer.AUTHORISED, Signer.AGENT})
"""Who can admit a debt; a mail room or a relative can only take a letter."""
_STANDS_IN = frozenset({Signer.AGENT, Signer.ESTATE_ADMINISTRATOR, Signer.PROPERTY_CUSTODIAN})
_ARRIVAL = ("民法典195", "时效规定8", "民法典137")
_DEEMED = ("deemed_delivered", ("民法典137", "民法典140", "民法典204", "民法典496"))
POSTAL = frozenset({Channel.EMS, Channel.COURIER, Channel.REGISTERED_MAIL})
_SAYS = {
    Signature.AGREES: Revival.WAIVES,
    Signature.CONFIRMS: Revival.WAIVES,
    Signature.NO_TEXT: Revival.DOUBTFUL,
}
NEVER = date.max
"""Stands for a day that nobody knows."""


def assertion(event: Notice, party: Party, grade: Grade) -> Act:
    """Give a notice as an assertion (or as none), as far as that does not depend on who looks at it.

    Args:
        event: The notice, as known on the day asked for.
        party: Its addressee.
        grade: How well it is proved.
    """
    deemed_on = deemed_delivery(event, party)
    on = deemed_on or event.outcome_on or event.posted_on or NEVER
    reason, provisions = _reason(event) if deemed_on is None else _DEEMED
    act = Act(
        id=event.id,
        party=event.to,
        kind=ActKind.ASSERTION,
        on=on,
        restart_on=on,
        reason=reason,
        provisions=provisions,
        event=event,
        grade=grade,
    )
    return _unreached(event, act) or _asked(event, party.role, act)


def deemed_delivery(event: Notice, party: Party) -> date | None:
    """Give the day on which a letter that nobody took counts as delivered, where the contract says so.

    Source: 民法典 137, 140(2), 204; a clause in standard terms has to have been pointed out (496).
    """
    taken = event.outcome in (Outcome.SIGNED, Outcome.DELIVERED)
    if taken or party.deemed_days is None or event.posted_on is None or event.channel not in POSTAL:
        return None
    if event.address not in (None, AddressBasis.AGREED):
        return None
    return event.posted_on + timedelta(days=party.deemed_days)


def notice_acts(event: Notice, base: Act, facts: Facts, view: View, *, grade: Grade) -> tuple[Act, ...]:
    """Give what one view sees in a notice: the assertion, and what its addressee admitted by signing it, if anything.

    Args:
        event: The notice.
        base: From `assertion`.
        facts: All facts, for the addressee's role.
        view: Whose eyes.
        grade: How well the notice is proved.
    """
    seen = base if base.kind is ActKind.VOID else _seen(event, base, facts, view, grade=grade)
    if event.signature in _SAYS and role_of(facts, event.to) is not Role.GUARANTOR:
        return (seen, _signature(event, view))
    return (seen,)


def _seen(event: Notice, act: Act, facts: Facts, view: View, *, grade: Grade) -> Act:
    if event.after_hours:
        on = rolled(act.on + timedelta(days=1)) if view.answer("business_hours") == "next_day" else act.on
        act = asking(act._replace(on=on, restart_on=on), "business_hours")
    if view.is_conservative:
        if act.missing:
            return without_effect(act, "wording_unknown", "时效规定8", missing=act.missing)
        if event.posted_on is not None and event.posted_on < act.on:
            act = act._replace(restart_on=event.posted_on)
    if event.prevented or event.channel in _DOUBTFUL:
        act = _doubted(event, role_of(facts, event.to), view, act)
    return act if act.kind is ActKind.VOID else if_proved(act, view, grade)


def _reason(event: Notice) -> tuple[str, tuple[str, ...]]:
    """Give the reason's key and the rules."""
    reason, provisions = _way(event)
    return reason, (*provisions, "总则编解释38") if event.signer in _STANDS_IN else provisions


def _way(event: Notice) -> tuple[str, tuple[str, ...]]:
    if event.notifies_assignment and event.demands_payment is not True:
        return "assignment_notified", ("时效规定17", "民法典546")
    if event.channel in _BY_CHANNEL:
        return _BY_CHANNEL[event.channel]
    if event.outcome is Outcome.REFUSED:
        return "refused", _ARRIVAL
    if event.outcome is Outcome.RETURNED:
        return "returned", _ARRIVAL
    if event.outcome is None and event.channel is Channel.EMS:
        return "presumed_by_stub", ("2003民二他6", "时效规定8")
    return ("handed", ("民法典195", "时效规定8")) if event.channel in _IN_PERSON else ("arrived", _ARRIVAL)


_BY_CHANNEL = {
    Channel.NEWSPAPER: ("announced", ("时效规定8", "民法典139")),
    Channel.DEBIT: ("debited", ("时效规定8",)),
}


def _unreached(event: Notice, act: Act) -> Act | None:
    if event.channel is Channel.OTHER:
        return without_effect(act, "channel_not_covered", "时效规定8")
    if event.outcome is Outcome.UNREACHED:
        return without_effect(act, "unreached", "民法典137")
    if act.on == NEVER:
        return without_effect(act, "no_day", "民法典137", missing=("outcome_on",))
    if event.signer in (Signer.MINOR, Signer.UNAUTHORISED) and event.channel in _IN_PERSON:
        return without_effect(act, "signer_cannot", "时效规定8")
    return None


def _asked(event: Notice, role: Role, act: Act) -> Act:
    """A notice that asks for nothing is no assertion, however well it is proved; what nobody knows is missing."""
    asks = _asks(event, role)
    if asks is None:
        return act._replace(missing=("wording",))
    if asks:
        return act
    return without_effect(act, "not_asked_of_guarantor" if role is Role.GUARANTOR else "no_demand", "时效规定8")


def _asks(event: Notice, role: Role) -> bool | None:
    """Tell whether the words ask the addressee itself to perform; None if nobody knows them."""
    if role is Role.GUARANTOR:
        return event.demands_guarantee
    if event.notifies_assignment or event.channel is Channel.DEBIT:
        return True
    return event.demands_payment


def _doubted(event: Notice, role: Role, view: View, act: Act) -> Act:
    """Note the contested points that this notice raises; drop it where the view's answer is against it."""
    for question, raised, against, reason in (
        ("prevented_addressee", bool(event.prevented), "unknown", "prevented"),
        ("amount_unstated", event.channel in _SPOKEN and event.states_amount is False, "none", "amount_unstated"),
        (
            "newspaper_guarantor",
            event.channel is Channel.NEWSPAPER and role is Role.GUARANTOR,
            "none",
            "announcement_guarantor",
        ),
    ):
        if raised:
            act = asking(act, question)
            if view.answer(question) == against:
                return without_effect(act, reason)
    return act


def _signature(event: Notice, view: View) -> Act:
    """What the addressee said by signing: it interrupts like any admission, and may give the defence up."""
    grade = _signature_grade(event)
    on = event.outcome_on or NEVER
    promised = event.promised_due_on
    later = promised is not None and promised > on and view.answer("promise_restart") == "promised_day"
    act = Act(
        id=event.id,
        party=event.to,
        kind=ActKind.ADMISSION,
        on=on,
        restart_on=promised if later and promised else on,
        reason="signed_agreeing",
        provisions=("民法典195", "时效规定14"),
        event=event,
        grade=grade,
        revival=_SAYS[event.signature] if event.signature is not None else Revival.NOTHING,
        values={"due": promised.isoformat()} if promised else {},
    )
    if promised is not None and promised > on:
        act = asking(act, "promise_restart")
    if event.signer not in _BINDS:
        return without_effect(act, "signer_cannot_admit", "时效规定19")
    return if_proved(act, view, grade)


def _signature_grade(event: Notice) -> Grade:
    if not event.proofs.isdisjoint({Proof.SIGNED_ORIGINAL, Proof.NOTARIAL_DEED}):
        return Grade.A
    return Grade.B if Proof.SIGNED_SCAN in event.proofs else Grade.C
