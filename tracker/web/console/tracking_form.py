"""The form that says what is tracked of leads who have said nothing. Used by set-up and by the Privacy page of the settings."""

from tracker.base.countries import countries
from tracker.domain.mail.tracking import Tracking
from tracker.rules.consent import offered
from tracker.web.console.auth import current_user
from tracker.web.console.text.consent_text import DEGREES


def tracking_form() -> dict[str, object]:
    """The template variables of settings/tracking_form.html: the policy, or what is offered."""
    policy = current_user().workspace.tracking_policy
    listed = policy.countries if policy else offered()
    names = {code: country.name for code, country in countries().items()}
    return {
        "tracking_policy": policy,
        "country_options": [("", "Choose a country"), *names.items()],
        "degree_options": [(degree.value, label) for degree, label in DEGREES.items()],
        "listed": [(code, name, listed[code].value) for code, name in names.items() if code in listed],
        "elsewhere": (policy.elsewhere if policy else Tracking.FULL).value,
    }
