"""Why an alert is withdrawn, and how that reads. Pure; called by workers.recompute.alerts and notifier.notice."""

from tracker.domain.activity.event import Event, Label
from tracker.domain.alerting.alert import WithdrawnReason

_REASONS = {
    Label.SELF: WithdrawnReason.OWN,
    Label.UNKNOWN: WithdrawnReason.UNCONFIRMED,
    Label.UNSURE: WithdrawnReason.UNCONFIRMED,
    Label.DUPLICATE: WithdrawnReason.REPLACED,
}
_TEXTS = {
    WithdrawnReason.AUTOMATIC: "This was an automatic request, not a person.",
    WithdrawnReason.OWN: "This was your own visit.",
    WithdrawnReason.UNCONFIRMED: "It is not confirmed that this was a person.",
    WithdrawnReason.OTHER_LEAD: "This was not the lead.",
    WithdrawnReason.REPLACED: "Later information changed this alert.",
}


def withdrawn_reason(event: Event) -> WithdrawnReason:
    """Why an alert with this cause is withdrawn, if it is: the verdict of the event, else the rules."""
    if event.stands:
        return WithdrawnReason.REPLACED
    return _REASONS.get(event.verdict.label, WithdrawnReason.AUTOMATIC)


def withdrawn_text(reason: WithdrawnReason | None) -> str:
    """The reason as a sentence; alerts of older versions have no reason."""
    return _TEXTS[reason or WithdrawnReason.REPLACED]
