"""Validation of each field of a lead but the custom ones. Used by lookups and by the CSV import."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from tracker.actions import checks
from tracker.base.errors import Invalid
from tracker.domain.leads.lead import LeadValue
from tracker.domain.leads.qualification import BUYING_ROLES, MOST_FACTS, MOST_REMIND_DAYS, DatedFact, Referrer

_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 12, 31)


def validated(name: str, value: Any) -> Any:
    """The value as it will be stored. Raises Invalid, also for a read-only or unknown field."""
    check = _CHECKS.get(name)
    if check is None:
        raise Invalid(name, "cannot be set")
    return check(value)


def _optional(name: str, longest: int) -> Callable[[Any], str | None]:
    return lambda value: checks.optional_line(name, value, longest=longest)


def _timezone(value: str | None) -> str | None:
    return checks.timezone("timezone", value.strip()) if value and value.strip() else None


def _external_url(value: str | None) -> str | None:
    return checks.web_address("external_url", value) if value and value.strip() else None


def _value(value: LeadValue | None) -> LeadValue | None:
    return LeadValue(checks.cents("value.amount", value.amount), checks.currency("value.currency", value.currency)) if value else None


def _tags(value: Any) -> tuple[str, ...]:
    return checks.tags("tags", tuple(value or ()))


def _referrer(value: Referrer | None) -> Referrer | None:
    if value is None:
        return None
    if sum(bool(one) for one in (value.lead, value.company, value.text)) != 1:
        raise Invalid("referred_by", "must have exactly one of lead, company and text")
    if value.text is not None:
        return Referrer(text=checks.line("referred_by.text", value.text)) if value.text.strip() else None
    return value


def _dated_facts(given: Iterable[DatedFact] | None) -> tuple[DatedFact, ...]:
    facts = [_dated_fact(fact) for fact in given or ()]
    if len(facts) > MOST_FACTS:
        raise Invalid("dated_facts", f"may be {MOST_FACTS} at most")
    return tuple(sorted(dict.fromkeys(facts), key=lambda fact: (fact.day, fact.text)))


def _dated_fact(fact: DatedFact) -> DatedFact:
    text = checks.line("dated_facts.text", fact.text)
    if not _EARLIEST <= fact.day <= _LATEST:
        raise Invalid("dated_facts.day", f"must be from {_EARLIEST.year} to {_LATEST.year}")
    if fact.remind_days is not None and not 0 <= fact.remind_days <= MOST_REMIND_DAYS:
        raise Invalid("dated_facts.remind_days", f"must be from 0 to {MOST_REMIND_DAYS}")
    return DatedFact(text=text, day=fact.day, remind_days=fact.remind_days)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "email": lambda value: checks.email("email", value),
    "name": lambda value: checks.line("name", value, longest=200),
    "company": _optional("company", 200),
    "phone": _optional("phone", 60),
    "job_title": _optional("job_title", 200),
    "country": _optional("country", 100),
    "timezone": _timezone,
    "tags": _tags,
    "source": _optional("source", 80),
    "source_detail": _optional("source_detail", 300),
    "owner": _optional("owner", 254),
    "external_url": _external_url,
    "value": _value,
    "buying_role": lambda value: checks.one_of("buying_role", value, tuple(BUYING_ROLES)) if value else None,
    "need": lambda value: checks.words("need", value, longest=5000, required=False) or None if value else None,
    "timeline": _optional("timeline", 200),
    "categories": lambda value: checks.tags("categories", tuple(value or ())),
    "referred_by": _referrer,
    "dated_facts": _dated_facts,
}
