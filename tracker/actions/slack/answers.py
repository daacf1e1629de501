"""Answers to questions in Slack: who is on the site now, for the person who asks alone."""

from tracker.actions.activity.on_site import on_site
from tracker.actions.deps import Deps
from tracker.actions.slack.client import escaped
from tracker.base.clock import from_ms
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.page_names import page_name
from tracker.rules.visibility import Viewer

NOT_LINKED = "Connect your Slack account first: Leadlight, Settings, Alerts, Slack."
HELP = "Ask `who is on?` to see who is on your site now."
_MOST = 15


def answer_to(deps: Deps, workspace: Workspace, rep: Rep | None, question: str) -> str:
    """The answer in Slack's mrkdwn, or what can be asked. Raises PyMongoError, RedisError."""
    if rep is None:
        return NOT_LINKED
    return who_is_on(deps, Viewer(workspace, rep)) if "who" in question.casefold() else HELP


def who_is_on(deps: Deps, viewer: Viewer) -> str:
    """The known leads on the site with their pages. Raises PyMongoError, RedisError."""
    now = deps.now()
    found = on_site(deps, viewer, now)
    unknown = f"{found.unknown} unknown visitor{'' if found.unknown == 1 else 's'}" if found.unknown else ""
    if not found.leads:
        return f"No known lead is on your site. {unknown.capitalize()}{'.' if unknown else ''}".strip()
    lines = []
    for lead, state in found.leads[:_MOST]:
        company = f" ({lead.company})" if lead.company else ""
        minutes = max(0, int((now - from_ms(state.since or state.last)).total_seconds() // 60))
        page = page_name(state.url, state.title) or "a page"
        reader = " with this lead's email" if state.reader else ""
        lines.append(f"• {escaped(f'{lead.name or lead.email}{company}{reader}: {page}'[:200])}, {minutes} min")
    if len(found.leads) > _MOST:
        lines.append(f"and {len(found.leads) - _MOST} more")
    return "\n".join([*lines, *([f"and {unknown}"] if unknown else [])])
