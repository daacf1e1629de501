"""Deactivating a rep with a hand-over: leads, open tasks and unseen alerts go to a colleague, sessions and keys end, waiting mail is stopped."""

from dataclasses import dataclass

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.team import reps, rights_changes
from tracker.base.errors import Invalid
from tracker.domain.team.rep import Rep
from tracker.store.leads.lead_query import LeadQuery
from tracker.store.mail.mail_queue import Mailbox


@dataclass(frozen=True, slots=True)
class HandOver:
    """What a rep leaves, or left, behind: numbers of records."""

    leads: int
    tasks: int
    keys: int
    """Keys of programs and app passwords of email clients."""
    messages: int
    """Messages that wait to be sent."""


def left_by(deps: Deps, rep: Rep) -> HandOver:
    """What a deactivation of the rep would hand over or end."""
    here = deps.store.of(rep.workspace)
    return HandOver(
        leads=sum(here.leads.count_of(LeadQuery(owner=rep.id, is_archived=archived)) for archived in (False, True)),
        tasks=here.tasks.count_open_of(rep.id),
        keys=sum(key.rep == rep.id for key in deps.store.keys.of_workspace(rep.workspace))
        + len(deps.store.app_passwords.of_rep(rep.workspace, rep.id)),
        messages=len(_waiting(deps, rep)),
    )


def deactivate(deps: Deps, workspace: str, rep: str, *, to: str | None) -> HandOver:
    """Deactivates the rep and gives their work to the active rep `to`, or to none. Safe to repeat. Raises Invalid, NotFound.

    The access ends first, so that nothing is added meanwhile. Waiting mail becomes drafts, because no mail is sent in the name of a rep who left.
    """
    here, now = deps.store.of(workspace), deps.now()
    if to is not None and (to == rep or not here.reps.get(to).is_active):
        raise Invalid("to", "must be another active rep")
    left = reps.change_rep(deps, workspace, rep, is_active=False)
    found = HandOver(
        leads=here.leads.hand_over(rep, to, now),
        tasks=here.tasks.hand_over(rep, to),
        keys=len(deps.store.keys.remove_of_rep(workspace, rep)) + deps.store.app_passwords.remove_of_rep(workspace, rep),
        messages=_stop_mail(deps, left),
    )
    here.alerts.hand_over(rep, to)
    _leave_teams(deps, left)
    rights_changes.changed(deps, workspace)
    return found


def _waiting(deps: Deps, rep: Rep) -> list[str]:
    return deps.store.mail_queue.waiting_of(Mailbox(rep.workspace, rep.from_address.lower()), rep.id)


def _stop_mail(deps: Deps, left: Rep) -> int:
    """How many messages were stopped; one that is being sent meanwhile is not."""
    messages = deps.store.of(left.workspace).messages
    return sum(messages.stop(message) is not None for message in _waiting(deps, left))


def _leave_teams(deps: Deps, left: Rep) -> None:
    known = deps.store.workspaces.get(left.workspace)
    if not any(team.includes(left.id) for team in known.teams):
        return
    teams = tuple(
        msgspec.structs.replace(
            team, members=tuple(m for m in team.members if m != left.id), leader=None if team.leader == left.id else team.leader
        )
        for team in known.teams
    )
    deps.store.workspaces.change(left.workspace, version=known.version, teams=teams)
