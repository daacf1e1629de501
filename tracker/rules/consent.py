"""Consent: how much of a mail to a lead may be tracked, and why. Pure. Asked by everything that makes or records tracked mail."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from tracker.base.countries import EEA, EU_REGIONS, code_of, language_of, name_of
from tracker.domain.leads.consent import LEAD, Consent, ConsentRecord, ConsentState
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.tracking_policy import TrackingPolicy

ASK_AGAIN_DAYS = 183
"""A lead who refused is not asked again for six months."""
OFF_BY_DEFAULT = EEA | EU_REGIONS | {"GB", "CH"}
"""Countries where tracking individual mail needs consent first: Directive 2002/58/EC art. 5 (3), PECR, and Swiss telecommunications law."""
_REPEATED = timedelta(days=1)
_DEGREES = (Tracking.OFF, Tracking.LINKS, Tracking.FULL)


class PermissionRule(StrEnum):
    """The rule that decided."""

    REFUSED = "refused"
    GRANTED = "granted"
    EXEMPT = "exempt"
    COUNTRY = "country"
    """The policy of the lead's country."""
    OWN_COUNTRY = "own_country"
    """The lead's country is unknown, so that the company's own counts."""
    UNDECIDED = "undecided"
    """The company has not decided yet: as before consent was known."""


class Permission(msgspec.Struct, frozen=True):
    """How much may be tracked, by which rule, and why in words."""

    degree: Tracking
    rule: PermissionRule
    reason: str

    @property
    def is_limited(self) -> bool:
        """Whether something may not be tracked."""
        return self.degree is not Tracking.FULL


def allowed(lead: Lead, policy: TrackingPolicy | None) -> Permission:
    """What may be tracked of this lead. What the lead said goes before the policy of the country."""
    consent = lead.tracking_consent
    if consent.state is ConsentState.REFUSED:
        when = f" on {_day(consent.at)}" if consent.at else ""
        return Permission(Tracking.OFF, PermissionRule.REFUSED, f"permission refused{when}")
    if consent.state is ConsentState.GRANTED:
        return Permission(
            Tracking.FULL, PermissionRule.GRANTED, f"permission given on {_day(consent.at)}" if consent.at else "permission given"
        )
    if consent.state is ConsentState.EXEMPT:
        return Permission(Tracking.FULL, PermissionRule.EXEMPT, "exempt from permission")
    if policy is None:
        return Permission(Tracking.FULL, PermissionRule.UNDECIDED, "it is not decided where tracking needs permission")
    code = code_of(lead.country)
    if code:
        return Permission(policy.degree_in(code), PermissionRule.COUNTRY, f"{name_of(code)}, no permission yet")
    own = name_of(policy.own_country)
    return Permission(policy.degree_in(""), PermissionRule.OWN_COUNTRY, f"unknown country, counts as {own}, no permission yet")


def least(*degrees: Tracking) -> Tracking:
    """The lowest of these degrees."""
    return min(degrees, key=_DEGREES.index)


def sentence_of(permission: Permission) -> str:
    """`No tracking: Germany, no permission yet`; empty where everything is allowed."""
    words = {Tracking.OFF: "No tracking", Tracking.LINKS: "Links only", Tracking.FULL: ""}[permission.degree]
    return f"{words}: {permission.reason}" if words else ""


def may_ask(consent: Consent, now: datetime) -> bool:
    """Whether a mail may ask the lead for permission: it is unknown, or was refused six months ago or earlier."""
    again = ask_again_at(consent)
    return consent.state is ConsentState.UNKNOWN or (again is not None and now >= again)


def ask_again_at(consent: Consent) -> datetime | None:
    """When a lead who refused may be asked again; None for all others."""
    if consent.state is not ConsentState.REFUSED or consent.at is None:
        return None
    return consent.at + timedelta(days=ASK_AGAIN_DAYS)


def may_replace(former: Consent, state: ConsentState) -> bool:
    """Whether a rep or program may record this state: a lead's own refusal is replaced by a new permission only."""
    return not is_own_refusal(former) or state in (ConsentState.REFUSED, ConsentState.GRANTED)


def is_own_refusal(consent: Consent) -> bool:
    """Whether the lead refused in person."""
    return consent.state is ConsentState.REFUSED and consent.by == LEAD


def is_repetition(present: Consent, state: ConsentState, at: datetime) -> bool:
    """Whether a choice of the lead says what the lead chose within a day before. A later one is new: the time to ask again starts anew."""
    is_same = present.by == LEAD and present.state is state and present.at is not None
    return is_same and present.at is not None and present.at <= at < present.at + _REPEATED


def replaces(former: Consent, decided: Consent) -> bool:
    """Whether this decision takes the place of the former one: as `leads.decide_tracking` does in the database."""
    if former.state is ConsentState.REFUSED and decided.state is not ConsentState.REFUSED and _is_import(decided):
        return False
    if decided.by != LEAD and is_own_refusal(former) and decided.state is not ConsentState.GRANTED:
        return False
    is_later = former.at is None or decided.at is None or former.at <= decided.at
    return is_later or (is_own_refusal(decided) and former.state in (ConsentState.UNKNOWN, ConsentState.EXEMPT))


def standing(history: Iterable[ConsentRecord]) -> Consent:
    """What a lead allows by this history, given in any order: void entries do not count."""
    found = Consent()
    for record in sorted(history, key=lambda one: (one.recorded_at, one.id)):
        if record.void_since is None and replaces(found, record.consent):
            found = record.consent
    return found


def _is_import(consent: Consent) -> bool:
    return (consent.how or "").startswith("import")


def offered() -> Mapping[str, Tracking]:
    """The degrees that set-up offers: off in the EEA, the UK and Switzerland; full tracking elsewhere."""
    return dict.fromkeys(sorted(OFF_BY_DEFAULT), Tracking.OFF)


def lead_language(lead: Lead, policy: TrackingPolicy | None) -> str:
    """The language of the lead's country, else of the company's own; empty if both are unknown."""
    return language_of(code_of(lead.country) or (policy.own_country if policy else ""))


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
