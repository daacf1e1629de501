"""Permissions: what a viewer may see and do in a workspace. Pure; API, console and live streams all decide here.

Admins see all leads. `policy.reps_see` and `policy.managers_see` say what the other roles see: all leads of the workspace,
those of the reps of their teams, or their own; those without an owner always, and all records that belong to the leads. The
visible leads are expressed as a set of owners. What a key may do is limited further by its own scope.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tracker.base.errors import Taken
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.custom_rule import CustomRule
from tracker.domain.alerting.payload import AlertPayload, AlertWithdrawn
from tracker.domain.leads.lead import Lead, LeadContact
from tracker.domain.leads.lead_list import LeadList
from tracker.domain.live_message import LiveMessage
from tracker.domain.reports.saved_report import SavedReport
from tracker.domain.team.api_key import KeyScope
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace

Owners = frozenset[str | None]
"""Reps by id; None stands for leads without an owner."""

REACHES = ("own", "team", "all")
"""What a role may see, from little to much."""
TEAM_REPORTS = frozenset({"activity", "roi"})
"""Reports that cannot be narrowed down to some leads."""
_CONCEALED = {"lead": "An admin can assign it to you.", "company": "An admin can tell you more."}
"""The next step after a conflict with a record that the viewer may not see, by the kind of the record."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The subject of a decision: a rep, or (`rep` is None) a program whose key belongs to no rep and sees all leads."""

    workspace: Workspace
    rep: Rep | None
    key_scope: KeyScope = KeyScope.ADMIN
    """How far a key reaches; a signed-in rep has no limit but the role."""


def is_admin(viewer: Viewer) -> bool:
    """Whether the viewer may change settings, reps, sites, rules, keys, addresses and channels."""
    return viewer.key_scope is KeyScope.ADMIN and (viewer.rep is None or viewer.rep.role is Role.ADMIN)


def may_write(viewer: Viewer) -> bool:
    """Whether the viewer may change anything: a key with the scope `read` may not."""
    return viewer.key_scope is not KeyScope.READ


def is_open(workspace: Workspace) -> bool:
    """Whether every rep of the workspace sees all leads."""
    return workspace.policy.reps_see == "all"


def scope(viewer: Viewer) -> Owners | None:
    """The owners whose leads the viewer sees; None: all leads of the workspace."""
    if viewer.rep is None or viewer.rep.role is Role.ADMIN:
        return None
    seen = _seen(viewer.workspace, viewer.rep)
    if seen == "all":
        return None
    own = frozenset({viewer.rep.id, None})
    return own if seen == "own" else own | teammates(viewer.workspace, viewer.rep.id)


def _seen(workspace: Workspace, rep: Rep) -> str:
    """`own`, `team` or `all`; a manager sees at least what reps see."""
    policy = workspace.policy
    granted = [policy.reps_see, policy.managers_see] if rep.role is Role.MANAGER else [policy.reps_see]
    return max(granted, key=REACHES.index)


def teammates(workspace: Workspace, rep: str) -> frozenset[str]:
    """The reps of all teams that the rep belongs to or leads, with their leaders."""
    teams = [team for team in workspace.teams if team.includes(rep)]
    return frozenset(one for team in teams for one in (*team.members, team.leader) if one)


def may_see_owner(viewer: Viewer, owner: str | None) -> bool:
    """Whether the viewer sees the leads of this owner (None: leads without an owner)."""
    owners = scope(viewer)
    return owners is None or owner in owners


def may_see(viewer: Viewer, lead: Lead | LeadContact | None) -> bool:
    """Whether the viewer sees the lead and its records. The records of a deleted lead are visible only to viewers of all leads."""
    return scope(viewer) is None or (lead is not None and may_see_owner(viewer, lead.owner))


def may_merge(viewer: Viewer, *leads: Lead) -> bool:
    """Whether the viewer may merge these leads: who may change all of them."""
    return may_write(viewer) and all(may_see(viewer, lead) for lead in leads)


def may_see_company(viewer: Viewer, owners: Collection[str | None]) -> bool:
    """Whether the viewer sees a company whose leads have these owners. A company without leads is visible to all."""
    return not owners or any(may_see_owner(viewer, owner) for owner in owners)


def may_change_company(viewer: Viewer, owners: Collection[str | None]) -> bool:
    """Whether the viewer may change a company whose leads have these owners: what changes shows on every one of those leads."""
    return all(may_see_owner(viewer, owner) for owner in owners)


def may_see_alert(viewer: Viewer, alert: Alert, leads: Mapping[str, Lead]) -> bool:
    """Whether the viewer may read the alert: all leads that it names. One about no lead (a test, an alarm) is for its rep, the team, and admins.

    `leads`: those that it names, by id, as far as they exist.
    """
    if alert.lead:
        return all(may_see(viewer, leads.get(named)) for named in alert.leads)
    return may_act_as(viewer, alert.rep)


def may_handle_alert(viewer: Viewer, alert: Alert) -> bool:
    """Whether the viewer may mark, snooze and rate an alert that it sees, and have it sent again.

    An alert of the team belongs to all who see it. One of a rep belongs to that rep, to admins and to managers: those of the rep's
    teams, and all managers where the workspace has no teams.
    """
    rep = viewer.rep
    if may_act_as(viewer, alert.rep) or rep is None or alert.rep is None:
        return True
    return rep.role is Role.MANAGER and (not viewer.workspace.teams or alert.rep in teammates(viewer.workspace, rep.id))


def may_act_as(viewer: Viewer, rep: str | None) -> bool:
    """Whether the viewer may send, sell or speak in the name of this rep (None: in no rep's)."""
    if rep is None or viewer.rep is None:
        return True
    return viewer.rep.role is Role.ADMIN or viewer.rep.id == rep


def may_enrol(viewer: Viewer, lead: Lead) -> bool:
    """Whether the viewer may have email sent to this lead by itself, which is sent in the name of its owner. Of leads that it may see."""
    return may_act_as(viewer, lead.owner)


def may_change_outreach(viewer: Viewer, rep: str | None) -> bool:
    """Whether the viewer may change a sequence, or see and change a campaign, that this rep made (None: a program): its own, and admins all."""
    return viewer.rep is None or viewer.rep.role is Role.ADMIN or viewer.rep.id == rep


def campaigns_of(viewer: Viewer) -> str | None:
    """The rep whose campaigns the viewer sees; None: all."""
    return None if viewer.rep is None or viewer.rep.role is Role.ADMIN else viewer.rep.id


def may_set_absence(viewer: Viewer, rep: str) -> bool:
    """Whether the viewer may say when this rep is out of office: the rep, admins, leaders and managers of the rep's teams.

    Where the workspace has no teams, every manager may.
    """
    if may_act_as(viewer, rep) or viewer.rep is None:
        return True
    is_leader = any(team.leader == viewer.rep.id and team.includes(rep) for team in viewer.workspace.teams)
    is_manager = viewer.rep.role is Role.MANAGER
    return is_leader or (is_manager and (not viewer.workspace.teams or rep in teammates(viewer.workspace, viewer.rep.id)))


def may_undo(viewer: Viewer, actor: str | None) -> bool:
    """Whether the viewer may undo a change that this rep made (None: a program made it). Of leads that it may see."""
    return viewer.rep is None or viewer.rep.role is Role.ADMIN or viewer.rep.id == actor


def may_see_import(viewer: Viewer, rep: str | None) -> bool:
    """Whether the viewer may follow, cancel and undo an import of this rep (None: of a program), and read its refused rows."""
    return may_undo(viewer, rep)


def may_assign(viewer: Viewer, rep: str | None) -> bool:
    """Whether the viewer may give leads and tasks to this rep (None: to no rep).

    A rep must see the leads of the new owner.
    """
    return may_see_owner(viewer, rep)


def assignable(viewer: Viewer, reps: Iterable[Rep]) -> list[Rep]:
    """The reps that the viewer may assign leads to."""
    return [rep for rep in reps if may_assign(viewer, rep.id)]


def concealed(taken: Taken) -> Taken:
    """The same error for a viewer that may not see the record with the value: it says only that such a record exists."""
    return Taken(f"{taken}. {_CONCEALED[taken.kind]}", kind=taken.kind)


def may_see_list(viewer: Viewer, found: LeadList | SavedReport) -> bool:
    """Whether the viewer sees what was saved: a shared one, or its own. Its leads are narrowed to the viewer's `scope` all the same."""
    return found.is_shared or (viewer.rep is not None and viewer.rep.id == found.rep)


def may_change_list(viewer: Viewer, found: LeadList | SavedReport) -> bool:
    """Whether the viewer may change what was saved and it sees: its owner, and admins where it is shared."""
    is_own = viewer.rep is not None and viewer.rep.id == found.rep
    return is_own or (found.is_shared and (viewer.rep is None or viewer.rep.role is Role.ADMIN))


def may_see_alert_rule(viewer: Viewer, rule: CustomRule) -> bool:
    """Whether the viewer may read a custom alert rule: one of the workspace, or its own."""
    return rule.rep is None or (viewer.rep is not None and viewer.rep.id == rule.rep)


def may_change_alert_rule(viewer: Viewer, rep: str | None) -> bool:
    """Whether the viewer may add and change alert rules of this rep (None: of the workspace)."""
    if rep is None:
        return is_admin(viewer)
    return viewer.rep is not None and viewer.rep.id == rep


def may_see_team_figures(viewer: Viewer, team: str | None) -> bool:
    """Whether the viewer sees all leads of a team's reps, or (None) of the workspace, so that its figures are whole."""
    seen = scope(viewer)
    if seen is None:
        return True
    found = next((one for one in viewer.workspace.teams if one.id == team), None)
    return found is not None and {*found.members, *([found.leader] if found.leader else [])} <= seen


def may_see_report(viewer: Viewer, report: str) -> bool:
    """Whether the viewer may have this report; those that can be narrowed down are, to the viewer's `scope`."""
    return scope(viewer) is None or report not in TEAM_REPORTS


def may_see_costs(viewer: Viewer) -> bool:
    """Whether the viewer may see what was spent: those who see all leads."""
    return scope(viewer) is None


def may_receive(viewer: Viewer, message: LiveMessage, lead: Lead | None) -> bool:
    """Whether a message of the live bus may be sent to the viewer; `lead` is the one that the message names, if it exists.

    A viewer who sees only some leads receives nothing about anonymous visitors: they may turn out to be a colleague's lead.
    """
    if isinstance(message, AlertPayload | AlertWithdrawn) and not message.lead:
        return may_act_as(viewer, message.rep)
    return may_see(viewer, lead)
