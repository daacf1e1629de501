"""Qualification of a lead: buying role, need, timeline, budget, categories, dated facts, and who referred it; and whom it referred."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import request

from tracker.actions.changes.values import seen_text
from tracker.base.errors import Conflict, Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.qualification import BUYING_ROLES, MOST_FACTS, TIMELINES, DatedFact, Referrer
from tracker.rules import visibility
from tracker.rules.conditions.entries import text_entry
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.console.auth import current_user, workspace_store

_MOST_COUNTED = 10_000
_REFERRER = "referred_by"
_REMINDERS = {0: "On the day", 1: "1 day before", 3: "3 days before", 7: "1 week before", 14: "2 weeks before", 30: "30 days before"}


@dataclass(frozen=True, slots=True)
class Referrals:
    """The leads that someone referred, of those that the rep may see, and the list of them."""

    leads: int
    won: int
    link: str


@dataclass(frozen=True, slots=True)
class ShownReferrer:
    """Who referred the lead. `typed` is what the form holds; without `link` it leads nowhere."""

    name: str
    typed: str
    link: str = ""


def qualification(lead: Lead) -> dict[str, Any]:
    """What the panel needs."""
    categories = current_user().workspace.categories
    known = {one.casefold() for one in categories}
    return {
        "buying_roles": [("", "Unknown"), *BUYING_ROLES.items()],
        "buying_role": BUYING_ROLES.get(lead.buying_role or "", ""),
        "timelines": TIMELINES,
        "categories": [*categories, *(one for one in lead.categories if one.casefold() not in known)],
        "fact_reminders": _fact_reminders(lead),
        "has_room_for_facts": len(lead.dated_facts) < MOST_FACTS,
        "referrer": shown_referrer(lead.referred_by),
        "referrals": referrals_of(Referrer(lead=lead.id)),
    }


def _fact_reminders(lead: Lead) -> list[tuple[int, str]]:
    """The reminders offered, and those that facts of the lead have."""
    own = {fact.remind_days: f"{fact.remind_days} days before" for fact in lead.dated_facts if fact.remind_days is not None}
    return sorted((own | _REMINDERS).items())


def given_facts(lead: Lead) -> tuple[DatedFact, ...]:
    """The facts with the one that the form adds, changes (`fact`, its place in the list that was seen) or removes. Raises Invalid, Conflict."""
    facts, place = list(lead.dated_facts), request.form.get("fact", "")
    if place:
        if request.form.get("was-dated_facts") != seen_text(lead, "dated_facts") or not place.isdecimal() or int(place) >= len(facts):
            raise Conflict("The dates of this lead were changed meanwhile. Look again.")
        facts.pop(int(place))
    return tuple(facts) if request.form.get("remove") else (*facts, _given_fact())


def _given_fact() -> DatedFact:
    remind = request.form.get("remind", "")
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        raise Invalid("day", "must be a date") from None
    if remind and not remind.isdecimal():
        raise Invalid("remind", "must be a number of days")
    return DatedFact(text=request.form.get("text", ""), day=day, remind_days=int(remind[:4]) if remind else None)


def referrals_of(referrer: Referrer) -> Referrals | None:
    """Whom this lead or company referred; None without any."""
    scope, store = current_user().scope, workspace_store()
    entries = (text_entry(_REFERRER, referrer.key),)
    count = store.leads.count_of(LeadQuery(entries=entries, visible_to=scope), most=_MOST_COUNTED)
    if not count:
        return None
    stages = tuple(stage.id for stage in current_user().workspace.stages if stage.kind == "won")
    won = store.leads.count_of(LeadQuery(entries=entries, stages=stages, visible_to=scope), most=_MOST_COUNTED) if stages else 0
    return Referrals(count, won, f"/leads?c={quote(f'{_REFERRER}~is~{referrer.key}')}")


def shown_referrer(referrer: Referrer | None) -> ShownReferrer | None:
    """The referrer by name; one that the rep may not see, or that is gone, without."""
    if referrer is None:
        return None
    if referrer.text:
        return ShownReferrer(referrer.text, referrer.text)
    lead = workspace_store().leads.find(referrer.lead) if referrer.lead else None
    if lead is not None and visibility.may_see(current_user().viewer, lead):
        return ShownReferrer(lead.name, lead.email, f"/leads/{lead.id}")
    company = workspace_store().companies.find(referrer.company) if referrer.company else None
    if company is not None and _sees_company(company.id):
        return ShownReferrer(company.name, company.name, f"/companies/{company.id}")
    return ShownReferrer("A lead of a colleague" if referrer.lead else "A company of a colleague", referrer.key)


def given_referrer(lead: Lead) -> Referrer | None:
    """What the form holds: the address of a lead, the name of a company, or else any text."""
    typed = request.form.get(_REFERRER, "").strip()
    former = shown_referrer(lead.referred_by)
    if former is not None and typed == former.typed:
        return lead.referred_by
    if not typed:
        return None
    found = workspace_store().leads.by_email(typed) if "@" in typed else None
    if found is not None and visibility.may_see(current_user().viewer, found):
        return Referrer(lead=found.id)
    company = workspace_store().companies.by_name(typed)
    if company is not None and _sees_company(company.id):
        return Referrer(company=company.id)
    return Referrer(text=typed)


def _sees_company(company: str) -> bool:
    owners = workspace_store().leads.owners_by_company([company])[company]
    return visibility.may_see_company(current_user().viewer, owners)
