"""The preview of an automation: what it would have done on what is stored. Decides with the function that runs it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.actions.automations.histories import load_histories, load_world, newest_leads
from tracker.actions.automations.words import deeds_in_words
from tracker.actions.deps import Deps
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.automation import AutomationContent
from tracker.rules.automations.starts import starts
from tracker.rules.visibility import Viewer, may_see

MOST_DAYS = 92
MOST_LEADS = 2_000
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PreviewedStart:
    """One time at which it would have acted."""

    lead: Lead
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AutomationPreview:
    """The starts of the last `days`, newest first."""

    days: int
    starts: tuple[PreviewedStart, ...]
    words: str
    """What it would have done each time."""
    is_partial: bool
    """Whether there are more leads than `MOST_LEADS`, of which the newest were looked at."""


def preview(deps: Deps, viewer: Viewer, content: AutomationContent, *, days: int = 30) -> AutomationPreview:
    """What an automation with this content would have started for in the last days, of leads that the viewer sees."""
    workspace, now = viewer.workspace, deps.now()
    world, leads = load_world(deps, workspace), newest_leads(deps, workspace, MOST_LEADS + 1)
    found: list[PreviewedStart] = []
    after = now - timedelta(days=days)
    for first in range(0, min(len(leads), MOST_LEADS), _AT_ONCE):
        for history in load_histories(deps, world, leads[first : min(first + _AT_ONCE, MOST_LEADS)], content, after):
            if may_see(viewer, history.lead):
                made = starts(content, history, after, now, workspace, world.sources)
                found += [PreviewedStart(history.lead, one.at, one.reason) for one in made]
    found.sort(key=lambda one: (one.at, one.lead.id), reverse=True)
    return AutomationPreview(days, tuple(found), deeds_in_words(world, content), len(leads) > MOST_LEADS)
