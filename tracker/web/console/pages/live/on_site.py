"""Who is on the site now, of the leads that the signed-in rep may see. Used by the Live page, Today and the bell."""

from collections.abc import Mapping

from redis import RedisError

from tracker.domain.activity.presence import Presence
from tracker.domain.leads.lead import Lead
from tracker.rules.visibility import Owners, may_see
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.live.live_board import Board, BoardData, Row, board_of


def presence() -> tuple[list[Presence], bool]:
    """The presence of all visitors, and whether Redis responds."""
    try:
        return deps().bus.presence(current_user().workspace.id), True
    except RedisError:
        return [], False


def visible(leads: Mapping[str, Lead]) -> dict[str, Lead]:
    """Those of these leads that the rep may see."""
    viewer = current_user().viewer
    return {key: lead for key, lead in leads.items() if may_see(viewer, lead)}


def on_site() -> int:
    """How many leads are on the site now."""
    return _board().on_site


def rows_on_site(owners: Owners | None) -> list[Row]:
    """The leads of these owners (None: of all) that are on the site now, without archived ones."""
    rows = [row for _, group in _board().groups for row in group if row.state in ("active", "idle")]
    return [row for row in rows if row.lead.archived_at is None and (owners is None or row.lead.owner in owners)]


def _board() -> Board:
    found, _ = presence()
    store = workspace_store()
    leads = visible(store.leads.by_ids({state.lead for state in found if state.lead}))
    messages = store.messages.by_ids({state.message for state in found if state.message and state.lead in leads})
    return board_of(found, (), BoardData(leads=leads, messages=messages, me=current_user().rep.id, now=deps().now()))
