"""What a notice says beside its alert, as stored now: the brief of the lead, and who deals with the alert. Called by notifier.delivery."""

from notifier.results import DeliveryCase
from tracker.actions.activity.briefs import brief
from tracker.actions.deps import Deps
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import ChannelName
from tracker.store.core.retries import with_retries


def brief_lines(deps: Deps, case: DeliveryCase) -> tuple[str, ...]:
    """The lines for people; a program asks the API."""
    lead = case.lead
    if lead is None or case.alert.rule is AlertRule.TEST or case.delivery.channel is ChannelName.WEBHOOK:
        return ()
    return with_retries(lambda: brief(deps, case.workspace, lead)).lines


def taken_by(deps: Deps, case: DeliveryCase) -> str:
    """The name of the rep who deals with the alert; empty while no one does."""
    alert = case.alert
    if not alert.is_taken:
        return ""
    rep = alert.taken_by or alert.done_by
    found = with_retries(lambda: deps.store.of(case.workspace.id).reps.find(rep)) if rep else None
    return found.name if found else "Someone"
