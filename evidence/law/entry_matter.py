"""The claim and the parties, from the first entry of a matter, and what the facts made from entries have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.law.entry_statements import OPENED, Statement
from evidence.law.entry_values import Values, code, day, flag, names, number, part, parts, same_words, text
from evidence.law.facts import Claim, Event, Guarantee, MaximumAmount, Party
from evidence.law.vocabulary import AddressBasis, ClaimKind, Mode, Role

LONGEST_PERIOD = 1200
"""Months of an agreed guarantee period; more is a slip of the pen."""
LONGEST_DEEMED = 60
"""Days after posting on which a letter counts as delivered; no clause goes further."""
_RECURRING = frozenset({ClaimKind.PERIODIC_FEE, ClaimKind.RENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A fact of law and the entries behind it.

    Attributes:
        ambiguous: Whether the entries could also be read in another way.
    """

    event: Event
    seqs: tuple[int, ...]
    ambiguous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An entry that could be a fact of law and is none, with the key of the reason."""

    id: str
    reason: str
    seqs: tuple[int, ...]


Finding = Told | LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A matter as it is registered.

    Attributes:
        details: What was registered of each party, by its short name.
        confirmed: Addresses that a party confirmed, with the day, as (party, address, day).
        seqs: The entry that opened the matter, with its corrections.
    """

    claim: Claim
    parties: tuple[Party, ...]
    details: Mapping[str, Values]
    confirmed: tuple[tuple[str, str, date], ...]
    seqs: tuple[int, ...]

    def obligor(self, name: str | None) -> Party | None:
        """Give the party of this name that owes something; None for the creditor and for nobody."""
        found = next((party for party in self.parties if party.party == name), None)
        return None if found is None or found.role is Role.CREDITOR else found

    def is_guarantor(self, name: str | None) -> bool:
        """Tell whether this party is a guarantor."""
        found = self.obligor(name)
        return found is not None and found.role is Role.GUARANTOR

    def called(self, name: str | None) -> str | None:
        """Give the obligor whose full name this is; None unless there is exactly one."""
        found = [key for key, known in self.details.items() if same_words(text(known, "name"), name)]
        return found[0] if len(found) == 1 and self.obligor(found[0]) else None

    def is_named(self, party: str, name: str | None) -> bool:
        """Tell whether this is the full name of the party."""
        return same_words(text(self.details.get(party, {}), "name"), name)

    def address_basis(self, party: str, address: str | None, on: date | None) -> AddressBasis | None:
        """Say why an address is the party's: it confirmed it before, or it is the registered one with its basis.

        What was sent without an address written down went to the registered one.
        """
        if on is not None and any(
            name == party and same_words(known, address) and since <= on for name, known, since in self.confirmed
        ):
            return AddressBasis.AGREED
        known = self.details.get(party, {})
        registered = address is None or same_words(text(known, "address"), address)
        return code(known, "address_basis", AddressBasis) if registered else None


def registered(stated: Sequence[Statement]) -> Registered:
    """Read the claim and the parties; a matter that was never opened has neither."""
    opened = next((one for one in stated if one.kind == OPENED), None)
    facts: Values = {} if opened is None else opened.facts
    told = [party for party in parts(facts, "parties") if text(party, "party") and code(party, "role", Role)]
    return Registered(
        claim=_claim(part(facts, "claim")),
        parties=tuple(_party(party) for party in told),
        details={str(text(party, "party")): party for party in told},
        confirmed=tuple(_confirmed(stated)),
        seqs=() if opened is None else opened.seqs,
    )


def _claim(facts: Values) -> Claim:
    kind = code(facts, "kind", ClaimKind) or ClaimKind.OTHER
    days = [day(one, "due_on") for one in parts(facts, "instalments")]
    due = tuple(sorted(on for on in days if on is not None))
    return Claim(
        kind=kind,
        contract_on=day(facts, "contract_on"),
        due_on=day(facts, "due_on"),
        instalments=() if kind in _RECURRING else due,
        periods=due if kind in _RECURRING else (),
        one_debt=flag(facts, "one_debt"),
        no_due_date=flag(facts, "no_due_date") is True,
        known_on=day(facts, "known_on"),
        harmed_on=day(facts, "harmed_on"),
        lender=flag(facts, "lender"),
        financial_institution=flag(facts, "financial_institution"),
        debit_clause=flag(facts, "debit_clause"),
        short_period=flag(facts, "short_period") is True,
    )


def _party(facts: Values) -> Party:
    role = code(facts, "role", Role) or Role.DEBTOR
    kind = text(facts, "kind")
    return Party(
        party=text(facts, "party") or "",
        role=role,
        is_person=None if kind not in ("person", "organisation") else kind == "person",
        whereabouts_unknown=flag(facts, "whereabouts_unknown"),
        deemed_days=number(facts, "deemed_days", most=LONGEST_DEEMED),
        guarantee=_guarantee(part(facts, "guarantee")) if role is Role.GUARANTOR else None,
    )


def _guarantee(facts: Values) -> Guarantee:
    """A guarantee whose mode nobody stated is one without a mode: the law fills that in."""
    return Guarantee(
        mode=code(facts, "mode", Mode) or Mode.UNSPECIFIED,
        contract_on=day(facts, "contract_on"),
        period_months=number(facts, "period_months", most=LONGEST_PERIOD) or None,
        period_until_on=day(facts, "period_until_on"),
        period_unclear=flag(facts, "period_unclear") is True,
        recourse_with=frozenset(names(facts, "recourse_with")),
        maximum=_maximum(facts),
    )


def _maximum(facts: Values) -> MaximumAmount | None:
    """A guarantee with an upper limit for all debts of a time; the limit alone says so, and leaves its debts unsaid.

    Where a last day was agreed it counts whatever the debts are (担保制度解释30), so that nothing is missing then.
    """
    told = part(facts, "maximum")
    limited = text(facts, "max_amount") is not None and day(facts, "period_until_on") is None
    if not told and not limited:
        return None
    debts = [day({"on": debt}, "on") for debt in names(told, "debts")]
    return MaximumAmount(
        debts=tuple(sorted(on for on in debts if on is not None)), determined_on=day(told, "determined_on")
    )


def _confirmed(stated: Sequence[Statement]) -> list[tuple[str, str, date]]:
    found = []
    for one in stated:
        party, address, on = text(one.facts, "party"), text(one.facts, "address"), one.on
        if one.kind == "address.confirmed" and party and address and on:
            found.append((party, address, on))
    return found
