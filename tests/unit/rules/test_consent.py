"""Consent: what may be tracked of a lead, by what the lead said, the country and the company's policy."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.base.countries import EEA, countries
from tracker.domain.leads.consent import LEAD, Consent, ConsentState
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.tracking_policy import TrackingPolicy
from tracker.rules.consent import PermissionRule, allowed, ask_again_at, is_repetition, least, may_ask, may_replace, offered, sentence_of

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
OFF, LINKS, FULL = Tracking.OFF, Tracking.LINKS, Tracking.FULL
GERMAN = TrackingPolicy(own_country="DE", countries={**offered(), "CA": LINKS}, decided_by="Ada", decided_at=NOW)
AMERICAN = TrackingPolicy(own_country="US", countries=dict(offered()), decided_by="Ada", decided_at=NOW)


def lead(country: str | None = None, state: ConsentState = ConsentState.UNKNOWN, by: str = "api") -> Lead:
    """A lead who said this."""
    consent = Consent(state=state, at=None if state is ConsentState.UNKNOWN else NOW, by=by)
    return Lead(
        id="l", workspace="w", email="d@a.example", name="Dana", country=country, tracking_consent=consent, created_at=NOW, updated_at=NOW
    )


@pytest.mark.parametrize(
    ("country", "policy", "degree", "rule", "sentence"),
    [
        ("Germany", GERMAN, OFF, PermissionRule.COUNTRY, "No tracking: Germany, no permission yet"),
        ("UK", GERMAN, OFF, PermissionRule.COUNTRY, "No tracking: United Kingdom, no permission yet"),
        ("Schweiz", AMERICAN, OFF, PermissionRule.COUNTRY, "No tracking: Switzerland, no permission yet"),
        ("Kanada", GERMAN, LINKS, PermissionRule.COUNTRY, "Links only: Canada, no permission yet"),
        ("United States", GERMAN, FULL, PermissionRule.COUNTRY, ""),
        (None, GERMAN, OFF, PermissionRule.OWN_COUNTRY, "No tracking: unknown country, counts as Germany, no permission yet"),
        ("Atlantis", GERMAN, OFF, PermissionRule.OWN_COUNTRY, "No tracking: unknown country, counts as Germany, no permission yet"),
        (None, AMERICAN, FULL, PermissionRule.OWN_COUNTRY, ""),
        ("Germany", None, FULL, PermissionRule.UNDECIDED, ""),
        (None, None, FULL, PermissionRule.UNDECIDED, ""),
    ],
)
def test_the_country_decides_while_consent_is_unknown(country, policy, degree, rule, sentence):
    """An unknown country counts as the company's own; before set-up has asked, everything is tracked as before."""
    found = allowed(lead(country), policy)

    assert (found.degree, found.rule, sentence_of(found)) == (degree, rule, sentence)


@pytest.mark.parametrize("policy", [GERMAN, AMERICAN, None])
@pytest.mark.parametrize("country", ["Germany", "US", None])
def test_what_the_lead_said_goes_before_the_country(country, policy):
    """Refused is off everywhere, granted and exempt are full everywhere."""
    found = {state: allowed(lead(country, state), policy) for state in ConsentState}

    assert found[ConsentState.REFUSED].degree is OFF
    assert sentence_of(found[ConsentState.REFUSED]) == "No tracking: permission refused on 18 November 2026"
    assert {found[state].degree for state in (ConsentState.GRANTED, ConsentState.EXEMPT)} == {FULL}


def test_offered_is_off_in_the_eea_the_uk_and_switzerland():
    """In every other country everything is tracked."""
    off = {code for code in countries() if AMERICAN.degree_in(code) is OFF}

    assert off - EEA == {"GB", "CH", "AX", "GF", "GP", "MF", "MQ", "RE", "YT"}
    assert off >= EEA
    assert all(AMERICAN.degree_in(code) is FULL for code in ("US", "BR", "JP", "AU", "TR", "RS"))


def test_the_lower_degree_counts():
    """What was asked for, as far as it is allowed."""
    assert [least(FULL, LINKS), least(LINKS, FULL), least(OFF, FULL), least(FULL, FULL)] == [LINKS, LINKS, OFF, FULL]


def test_a_lead_is_asked_once_in_six_months():
    """Unknown may be asked; refused after six months; granted and exempt have nothing to be asked."""
    refused = Consent(state=ConsentState.REFUSED, at=NOW)

    assert may_ask(Consent(), NOW)
    assert not may_ask(refused, NOW + timedelta(days=182))
    assert may_ask(refused, NOW + timedelta(days=184))
    assert ask_again_at(refused) == NOW + timedelta(days=183)
    assert not any(
        may_ask(Consent(state=state, at=NOW), NOW + timedelta(days=900)) for state in (ConsentState.GRANTED, ConsentState.EXEMPT)
    )


def test_a_choice_is_new_a_day_later():
    """Clicks in a row say the same thing; a refusal after a year is another one, which starts the six months anew."""
    own, recorded = (Consent(state=ConsentState.REFUSED, at=NOW, by=by) for by in (LEAD, "rep"))

    assert [is_repetition(own, ConsentState.REFUSED, NOW + timedelta(hours=hours)) for hours in (-1, 0, 23, 24)] == [
        False,
        True,
        True,
        False,
    ]
    assert not is_repetition(own, ConsentState.GRANTED, NOW)
    assert not is_repetition(recorded, ConsentState.REFUSED, NOW)


def test_a_refusal_of_the_lead_stands_until_the_lead_permits():
    """Reps may correct what they recorded, but not reset what the lead chose."""
    own, recorded = (Consent(state=ConsentState.REFUSED, at=NOW, by=by) for by in (LEAD, "rep"))

    assert [state for state in ConsentState if not may_replace(own, state)] == [ConsentState.UNKNOWN, ConsentState.EXEMPT]
    assert all(may_replace(recorded, state) for state in ConsentState)
