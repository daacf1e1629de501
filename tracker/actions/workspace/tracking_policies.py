"""The tracking policy of a workspace: decided by an admin, with name and time. The edge shows its wording."""

from collections.abc import Mapping

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.workspace.edge_policy import publish
from tracker.base.countries import code_of, countries
from tracker.base.errors import Invalid
from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.tracking_policy import TrackingPolicy
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.consent import offered

_LONGEST_WORDING = 1_000


def set_tracking_policy(
    deps: Deps,
    workspace: str,
    *,
    own_country: str,
    by: str,
    degrees: Mapping[str, str] | None = None,
    elsewhere: str = Tracking.FULL,
    wording: str = "",
) -> Workspace:
    """Decides what is tracked of leads who have said nothing. Without `degrees`, those that set-up offers. `by` is a name.

    Countries are ISO codes or names. A country with the degree of `elsewhere` need not be listed. Raises Invalid.
    """
    general = _degree("elsewhere", elsewhere)
    listed = dict(offered()) if degrees is None else {_country("countries", c): _degree("countries", d) for c, d in degrees.items()}
    policy = TrackingPolicy(
        own_country=_country("own_country", own_country),
        countries={code: listed[code] for code in countries() if code in listed},
        elsewhere=general,
        wording=checks.words("wording", wording, longest=_LONGEST_WORDING, required=False),
        decided_by=by,
        decided_at=deps.now(),
    )
    changed = deps.store.workspaces.change(workspace, tracking_policy=policy)
    publish(deps)
    return changed


def _country(field: str, text: str) -> str:
    code = code_of(text)
    if not code:
        raise Invalid(field, f"“{text[:60]}” is not a country; use a name or an ISO code such as DE")
    return code


def _degree(field: str, text: str) -> Tracking:
    return Tracking(checks.one_of(field, text, tuple(Tracking)))
