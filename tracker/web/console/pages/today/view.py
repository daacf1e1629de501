"""Whose day Today shows: the signed-in rep's, another rep's or the team's, as far as the rep sees their leads."""

from tracker.base.time_zones import zone_of
from tracker.rules.visibility import Owners, may_see, may_see_owner
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.today.blocks import TodayView


def view_of(who: str) -> TodayView:
    """The view of a valid choice (`chosen_who`)."""
    user = current_user()
    return TodayView(
        store=workspace_store(),
        workspace=user.workspace,
        owners=owners_of(who),
        me=None if who == "team" else who or user.rep.id,
        may_see=lambda lead: may_see(user.viewer, lead),
        zone=zone_of(user.rep.timezone),
        now=deps().now(),
    )


def owners_of(who: str) -> Owners | None:
    """The owners whose leads a choice shows; None: all leads of the workspace."""
    user = current_user()
    if who == "team":
        return user.scope
    return frozenset({who or user.rep.id})


def chosen_who(text: str) -> str:
    """A valid choice: empty (mine), `team`, or the id of a rep whose leads the viewer sees."""
    user = current_user()
    if text == "team":
        return text
    is_known = bool(text) and text != user.rep.id and may_see_owner(user.viewer, text) and workspace_store().reps.find(text) is not None
    return text if is_known else ""


def choices() -> list[tuple[str, str]]:
    """Mine, the team, and each rep whose leads the viewer sees; none for a rep who sees only own leads."""
    user = current_user()
    others = [rep for rep in workspace_store().reps.active() if rep.id != user.rep.id and may_see_owner(user.viewer, rep.id)]
    return [("", "Mine"), ("team", "Team"), *((rep.id, rep.name) for rep in others)] if others else []
