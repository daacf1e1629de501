"""Email that is sent by itself: one after the other, so that the limits of a day count all of it. Called by the schedule."""

from datetime import datetime

from tracker.actions.automations.outside import run_effects
from tracker.actions.deps import Deps
from tracker.actions.outreach.run_campaigns import run_campaigns
from tracker.actions.outreach.run_sequences import run_sequences
from tracker.actions.outreach.tell_parked import tell_parked


def run_outreach(deps: Deps, now: datetime) -> None:
    """Campaigns last: all else has a time."""
    run_effects(deps, now)
    run_sequences(deps, now)
    tell_parked(deps, now)
    run_campaigns(deps, now)
