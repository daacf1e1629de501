"""Who changed a setting last, for a form that is outdated. Read from the audit log."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tracker.actions.changes.words import by_whom, quoted, sentence
from tracker.actions.deps import Deps
from tracker.base.errors import Stale
from tracker.domain.ops.audit import ActorKind, AuditAction
from tracker.store.ops.audit import AuditQuery

_RECENT = 50
_NAMES = {
    "won_reasons": "list of reasons for Won",
    "lost_reasons": "list of reasons for Lost",
    "products": "list of products",
    "categories": "list of categories",
    "touch_types": "list of touches",
    "assignment_rules": "list of assignment rules",
}


def setting_changed_since(deps: Deps, workspace: str, page: str, field: str, value: Any) -> str:
    """`List of products was changed to “Pilot” by Mara, just now`. `page`: the subject of the setting in the audit log."""
    return sentence(_NAMES.get(field, field), quoted(value), _by(deps, workspace, page))


def check_items(deps: Deps, workspace: str, page: str, field: str, seen: str | None, present: Sequence[Any]) -> None:
    """Raises Stale where a list of named items differs from what the form showed (`seen`, as of `seen_text`); None: it does not say."""
    now = msgspec.json.encode(present).decode()
    if seen is None or seen == now:
        return
    what = _difference(_by_name(seen), _by_name(now))
    raise Stale(f"{what}{_by(deps, workspace, page)}. Your change was not saved", seen={field: now})


def _by(deps: Deps, workspace: str, page: str) -> str:
    query = AuditQuery(actions=(AuditAction.SETTINGS_CHANGED,))
    entry = next((one for one in deps.store.of(workspace).audit.latest(query, limit=_RECENT) if one.subject == page), None)
    return by_whom(deps, workspace, entry.actor.id if entry.actor.kind is ActorKind.REP else None, entry.at) if entry else ""


def _by_name(text: str) -> dict[str, Mapping[str, Any]]:
    """The items by id, or by name where they have none; those that have neither are left out."""
    found = msgspec.json.decode(text)
    items = [one for one in found if isinstance(one, dict) and "name" in one] if isinstance(found, list) else []
    return {str(one.get("id") or one["name"]): one for one in items}


def _difference(was: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]) -> str:
    """The first difference of two lists of named items, in words."""
    for key, one in now.items():
        if key not in was:
            return f"“{one['name']}” was added"
        for name, value in one.items():
            if was[key].get(name) != value:
                shown = quoted(value)
                return f"{sentence(name, shown)} for “{was[key]['name']}”"
    gone = next((one["name"] for key, one in was.items() if key not in now), None)
    return f"“{gone}” was removed" if gone else "The order was changed"
