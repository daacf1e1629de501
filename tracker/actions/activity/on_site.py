"""Who is on the site now, as one rep or program may see it. Used by assistants and Slack."""

from dataclasses import dataclass
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.domain.activity.presence import Presence
from tracker.domain.leads.lead import Lead
from tracker.rules.visibility import Viewer, may_see, scope

_HERE = ("active", "idle")


@dataclass(frozen=True, slots=True)
class OnSite:
    """Known leads with where they are, and the number of unknown visitors; None where the viewer sees some leads only."""

    leads: list[tuple[Lead, Presence]]
    unknown: int | None


def on_site(deps: Deps, viewer: Viewer, now: datetime) -> OnSite:
    """Each lead once, another reader of its mail apart. Raises PyMongoError, RedisError."""
    workspace = viewer.workspace.id
    here = [state for state in deps.bus.presence(workspace) if state.state_at(now) in _HERE]
    leads = deps.store.of(workspace).leads.by_ids({state.lead for state in here if state.lead})
    seen: dict[tuple[str, str | None], tuple[Lead, Presence]] = {}
    for state in here:
        lead = leads.get(state.lead or "")
        if lead is not None and lead.archived_at is None and may_see(viewer, lead):
            seen.setdefault((lead.id, state.reader), (lead, state))
    return OnSite(list(seen.values()), sum(not state.lead for state in here) if scope(viewer) is None else None)
