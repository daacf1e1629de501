"""Workspaces and their sites: made at the first start, by the CLI and the demo; changed in the settings."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.alerting.preferences import checked_preferences
from tracker.actions.deps import Deps
from tracker.actions.pipeline import scoring_settings
from tracker.actions.pipeline.scores import rescore
from tracker.actions.team import rights_changes
from tracker.actions.workspace import mail_settings
from tracker.actions.workspace.edge_policy import publish
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import id_of, short_id
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.preferences import SHIPPED, AlertPreferences
from tracker.domain.pipeline.note import DIRECTIONS
from tracker.domain.reports.weekly_mail import HOURS
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.touch_type import ICONS, TouchType
from tracker.domain.workspace.workspace import Policy, Workspace
from tracker.links.landing import NAME
from tracker.rules.scoring.daily_facts import first_day
from tracker.rules.sites.origins import checked_origin
from tracker.rules.visibility import REACHES

FIRST_NAME = "My company"
"""What the first workspace is called until its admin names it."""
_MOST_STAGES = 30
_SHORTEST_MEMORY, _LONGEST_MEMORY = 30, 3660
_HIGHEST_POINTS = 1000
_LONGEST_BANNER = 600
_LARGE = 10_000
_LIMITS = {"hot_score": (1, _HIGHEST_POINTS), "quiet_days": (1, 366), "form_leads_a_day": (0, 100_000)}
_LIMITS |= {"answer_minutes": (1, 24 * 60), "take_minutes": (0, 24 * 60)}
"""The least and the greatest value of the policy's numbers."""
_MOST_TOUCH_TYPES = 40
_KINDS = ("open", "won", "lost")


def first_workspace(deps: Deps) -> Workspace:
    """The oldest workspace that is not a demo; one empty workspace is made if there is none."""
    found = deps.store.workspaces.first()
    if found:
        return found
    # Processes that start at once agree on the id, so that there is one first workspace and not several.
    fresh = Workspace(id=id_of("leadlight", "first workspace")[:16], name=FIRST_NAME, created_at=deps.now(), alert_preferences=SHIPPED)
    try:
        found = deps.store.workspaces.add(fresh)
    except Conflict:
        return deps.store.workspaces.get(fresh.id)
    deps.store.of(found.id).sources.begin(deps.now())
    publish(deps)
    return found


def add_workspace(deps: Deps, name: str, *, timezone: str = "UTC", home_url: str | None = None, is_demo: bool = False) -> Workspace:
    """Adds an empty workspace."""
    made = deps.store.workspaces.add(
        Workspace(
            id=short_id(),
            name=checks.line("name", name, longest=120),
            created_at=deps.now(),
            timezone=checks.timezone("timezone", timezone),
            home_url=checks.web_address("home_url", home_url) if home_url else None,
            is_demo=is_demo,
            alert_preferences=AlertPreferences() if is_demo else SHIPPED,
        )
    )
    deps.store.of(made.id).sources.begin(deps.now())
    publish(deps)
    return made


def change_workspace(deps: Deps, workspace: str, *, version: int | None = None, **values: Any) -> Workspace:
    """Changes settings: see `_CHECKS`.

    Raises Invalid for an invalid value, Conflict if `version` is outdated, or for another currency while there are exchange rates.
    """
    kept: dict[str, Any] = {}
    for name, value in values.items():
        check = _CHECKS.get(name)
        if check is None:
            raise Invalid(name, "cannot be changed")
        kept[name] = check(value)
    if "currency" in kept:
        _check_rates(deps, workspace, kept["currency"])
    kept |= {"hours_decided": True} if "alert_preferences" in kept else {}
    if "timezone" in kept:
        kept |= _sealed_day(deps.store.workspaces.get(workspace))
    changed = deps.store.workspaces.change(workspace, version=version, **kept)
    if "policy" in kept:
        rights_changes.changed(deps, workspace)
    if kept.keys() & {*scoring_settings.CHECKS, "policy", "timezone"}:
        rescore(deps, workspace)
    publish(deps)
    return changed


def _check_rates(deps: Deps, workspace: str, currency: str) -> None:
    """Raises Conflict where rates are in the present currency: in another one they would be wrong."""
    present = deps.store.workspaces.get(workspace).currency
    if currency != present and deps.store.of(workspace).rates.count(limit=1):
        raise Conflict(f"there are exchange rates in {present}; delete them first")


def _sealed_day(former: Workspace) -> dict[str, str]:
    """For data from before the day was stored: their days are in the previous time zone."""
    if former.sealed_before is None or former.sealed_day is not None:
        return {}
    return {"sealed_day": first_day(former, zone_of(former.timezone))}


def add_site(deps: Deps, workspace: str, *, name: str, origins: Iterable[str], fields: Iterable[str] | None = None) -> Site:
    """A web site of the company: where the snippet runs. Raises Invalid for origins that no page can have."""
    found = deps.store.workspaces.get(workspace)
    site = Site(key=short_id(), name=checks.line("name", name, longest=120), origins=_origins(origins))
    if fields is not None:
        site = msgspec.structs.replace(site, fields=_fields(fields))
    deps.store.workspaces.change(workspace, version=found.version, sites=(*found.sites, site))
    publish(deps)
    return site


def change_site(deps: Deps, workspace: str, key: str, **values: Any) -> Site:
    """Changes name, origins, fields, fields_approved, banner, banner_text, banner_link, clicks or landing_parameter of a site."""
    found = deps.store.workspaces.get(workspace)
    old = next((site for site in found.sites if site.key == key), None)
    if old is None:
        raise NotFound("no such site")
    if "name" in values:
        values["name"] = checks.line("name", values["name"], longest=120)
    if "origins" in values:
        values["origins"] = _origins(values["origins"])
    if "fields" in values:
        values["fields"] = _fields(values["fields"])
    if "banner_text" in values:
        values["banner_text"] = checks.words("banner_text", values["banner_text"], longest=_LONGEST_BANNER, required=False)
    if values.get("banner_link"):
        values["banner_link"] = checks.web_address("banner_link", values["banner_link"])
    if values.get("landing_parameter"):
        values["landing_parameter"] = _landing_parameter(values["landing_parameter"])
    new = msgspec.structs.replace(old, **values)
    deps.store.workspaces.change(workspace, version=found.version, sites=tuple(new if s.key == key else s for s in found.sites))
    publish(deps)
    return new


def remove_site(deps: Deps, workspace: str, key: str) -> None:
    """Removes a site; its snippet is ignored from now on. Raises NotFound."""
    found = deps.store.workspaces.get(workspace)
    if all(site.key != key for site in found.sites):
        raise NotFound("no such site")
    deps.store.workspaces.change(workspace, version=found.version, sites=tuple(s for s in found.sites if s.key != key))
    publish(deps)


def remove_workspace(deps: Deps, workspace: str) -> None:
    """Deletes the workspace with all its data."""
    deps.store.workspaces.get(workspace)
    deps.store.remove_workspace(workspace)
    rights_changes.removed(deps, workspace)


def _landing_parameter(given: str) -> str:
    if not NAME.match(given):
        raise Invalid("landing_parameter", "must be up to 32 letters, digits, - and _, and begin with a letter")
    return given


def _origins(given: Iterable[str]) -> tuple[str, ...]:
    found = [checked_origin(text) for text in given]
    if not found:
        raise Invalid("origins", "must name at least one address such as https://www.example.com")
    return tuple(dict.fromkeys(found))


def _fields(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(checks.line("fields", name, longest=60).casefold() for name in given))


def check_name(field: str, value: str) -> str:
    """The validated name. Raises Invalid with the field."""
    return checks.line(field, value, longest=120)


def _home(value: str | None) -> str | None:
    return checks.web_address("home_url", value) if value else None


def _names(field: str) -> Callable[[Iterable[str]], tuple[str, ...]]:
    return lambda value: checks.tags(field, tuple(value))


def _touch_types(value: Iterable[TouchType]) -> tuple[TouchType, ...]:
    found: dict[str, TouchType] = {}
    for one in value:
        name = checks.line("touch_types", one.name, longest=60)
        kept = TouchType(name, checks.one_of("touch_types", one.icon, ICONS), checks.one_of("touch_types", one.direction, DIRECTIONS))
        found.setdefault(name.casefold(), kept)
    if len(found) > _MOST_TOUCH_TYPES:
        raise Invalid("touch_types", f"may be {_MOST_TOUCH_TYPES} at most")
    return tuple(found.values())


def _policy(value: Policy) -> Policy:
    for name, (low, high) in _LIMITS.items():
        if not low <= getattr(value, name) <= high:
            raise Invalid(f"policy.{name}", f"must be from {low} to {high if high < _LARGE else f'{high:,}'}")
    if value.keep_events_days is not None and not _SHORTEST_MEMORY <= value.keep_events_days <= _LONGEST_MEMORY:
        raise Invalid("policy.keep_events_days", f"must be from {_SHORTEST_MEMORY} to {_LONGEST_MEMORY} days, or empty for no limit")
    if value.weekly_mail_hour is not None and value.weekly_mail_hour not in HOURS:
        raise Invalid("policy.weekly_mail_hour", f"must be from {HOURS[0]} to {HOURS[-1]}, or empty for no weekly email")
    for role in ("reps_see", "managers_see"):
        checks.one_of(f"policy.{role}", getattr(value, role), REACHES)
    for field in ("pricing_paths", "consultation_paths"):
        if any(not path.startswith("/") or len(path) > 200 for path in getattr(value, field)):  # noqa: PLR2004 - a path, not a text
            raise Invalid(f"policy.{field}", "must be paths that begin with /")
    return msgspec.structs.replace(value, proposal_words=checks.tags("policy.proposal_words", value.proposal_words))


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: check_name("name", value),
    "timezone": lambda value: checks.timezone("timezone", value),
    "currency": lambda value: checks.currency("currency", value),
    "home_url": _home,
    **{name: _names(name) for name in ("won_reasons", "lost_reasons", "products", "categories")},
    "touch_types": _touch_types,
    "policy": _policy,
    **scoring_settings.CHECKS,
    "working_hours": mail_settings.check_hours,
    "alert_preferences": checked_preferences,
    **mail_settings.LIMITS,
    "alert_sender": mail_settings.check_sender,
    "dkim_selectors": mail_settings.check_selectors,
}
