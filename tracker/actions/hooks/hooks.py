"""Actions on webhooks: add, change, remove, test, and send again what was missed. Used by console and API."""

import base64
import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.hooks.outbox import row_of
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import new_id
from tracker.domain.alerting.alarm import AlarmKind
from tracker.domain.alerting.channel import MUST_RETYPE
from tracker.domain.alerting.delivery import DeliveryResult, DeliveryTry
from tracker.domain.hooks.hook import KEY_ENDED, TEST_EVENT, Hook, Subscription
from tracker.domain.hooks.hook_event import HookEvent
from tracker.rules.hooks import samples
from tracker.rules.hooks.catalogue import TYPES
from tracker.rules.hooks.drafts import HookDraft, body_of, written
from tracker.rules.visibility import Viewer, is_admin

MOST_HOOKS = 100
"""Webhooks of one workspace."""
_KEY_BYTES = 32
_MOST_LOOKED_AT, _MOST_SAMPLES = 100, 3


def add_hook(
    deps: Deps,
    workspace: str,
    *,
    url: str,
    events: Iterable[str],
    name: str | None = None,
    secret: str | None = None,
    made_by: str = "",
    key: str = "",
) -> Hook:
    """Adds a webhook for events from now on; without `secret`, one is made. `made_by`: a name. `key`: the API key with which it ends.

    Raises Invalid, and Conflict beyond `MOST_HOOKS`.
    """
    here, now = deps.store.of(workspace), deps.now()
    address = checks.web_address("target_url", url)
    hook = Hook(
        id=new_id(),
        workspace=workspace,
        name=checks.optional_line("name", name, longest=100) or urlsplit(address).hostname or "webhook",
        url=address,
        secret=_secret(secret),
        events=tuple(Subscription(kind, now) for kind in _types(events)),
        made_by=made_by,
        key=key,
        created_at=now,
    )
    if here.hooks.count(limit=MOST_HOOKS) >= MOST_HOOKS:
        raise Conflict(f"a workspace has at most {MOST_HOOKS} webhooks; remove one first")
    return here.hooks.put(hook)


def change_hook(
    deps: Deps,
    workspace: str,
    hook: str,
    *,
    url: str | None = None,
    events: Iterable[str] | None = None,
    name: str | None = None,
    secret: str | None = None,
    enabled: bool | None = None,
    key: str = "",
) -> Hook:
    """Changes what is given. A type that is added counts from now on; a new address, or `enabled`, ends a pause.

    `key`: the API key that changes it. The webhook ends with the key that chose its address, or that switched it on after its own had
    ended; empty: it belongs to the workspace then. Raises NotFound, Invalid.
    """
    here, now = deps.store.of(workspace), deps.now()
    old = here.hooks.get(hook)
    new = old
    if url is not None:
        new = msgspec.structs.replace(new, url=checks.web_address("target_url", url), key=key)
    if secret is not None:
        new = msgspec.structs.replace(new, secret=_secret(secret))
    if name is not None:
        new = msgspec.structs.replace(new, name=checks.line("name", name, longest=100))
    if events is not None:
        since = {one.type: one.since for one in old.events}
        new = msgspec.structs.replace(new, events=tuple(Subscription(kind, since.get(kind, now)) for kind in _types(events)))
    if enabled is False:
        new = msgspec.structs.replace(new, disabled_reason="switched off")
    elif enabled or url is not None:
        new = _switched_on(new, key)
    if new == old:
        return old
    changed = here.hooks.put(msgspec.structs.replace(new, version=old.version + 1))
    _end_alarm(deps, workspace)
    return changed


def _switched_on(hook: Hook, key: str) -> Hook:
    if not (hook.url and hook.secret):
        raise Invalid("secret", MUST_RETYPE)
    owner = key if hook.disabled_reason == KEY_ENDED else hook.key
    return msgspec.structs.replace(
        hook, key=owner, disabled_reason=None, is_ended=False, failing_since=None, failing_reason=None, held_until=None
    )


def has_its_key(deps: Deps, hook: Hook) -> bool:
    """Whether the webhook may go on: it belongs to the workspace, or its API key could still add it."""
    if not hook.key:
        return True
    key = next((one for one in deps.store.keys.of_workspace(hook.workspace) if one.id == hook.key), None)
    if key is None or (key.expires_at is not None and key.expires_at <= deps.now()):
        return False
    rep = deps.store.of(hook.workspace).reps.find(key.rep) if key.rep else None
    if key.rep and (rep is None or not rep.is_active):
        return False
    return is_admin(Viewer(deps.store.workspaces.get(hook.workspace), rep, key.scope))


def remove_hook(deps: Deps, workspace: str, hook: str) -> Hook:
    """Removes a webhook with its events; returns what it was. Raises NotFound."""
    here = deps.store.of(workspace)
    found = here.hooks.get(hook)
    here.hooks.remove(hook)
    here.hook_events.remove_of(hook)
    _end_alarm(deps, workspace)
    return found


def test_hook(deps: Deps, workspace: str, hook: str) -> HookEvent:
    """Sends a test message, also to a webhook that is paused: if it is taken, the pause ends. Raises NotFound."""
    here, now = deps.store.of(workspace), deps.now()
    draft = HookDraft(TEST_EVENT, new_id(), now, "", samples.TEST)
    found = msgspec.structs.replace(here.hooks.get(hook), disabled_reason=None)
    row = row_of(found, draft, body_of(draft, workspace, {}), now)
    here.hook_events.add(row)
    deps.wake.notify()
    return row


def replay(
    deps: Deps, workspace: str, hook: str, *, since: datetime | None = None, after: str | None = None, with_delivered: bool = False
) -> int:
    """Sends again what the webhook did not take since that moment, or since the message `after` was made; returns how many.

    The ids of messages stay the same. `with_delivered`: also those that it took. Raises NotFound, Invalid, and Conflict for a pause.
    """
    here, now = deps.store.of(workspace), deps.now()
    found = here.hooks.get(hook)
    if found.disabled_reason:
        raise Conflict(f"the webhook is stopped ({found.disabled_reason}); switch it on first")
    if (since is None) == (after is None):
        raise Invalid("since", "or `after` must be given, and only one of them")
    tried = DeliveryTry(at=now, result=DeliveryResult.SENT_AGAIN)
    beginning = since or _made_at(deps, workspace, hook, after or "")
    count = here.hook_events.send_again(hook, beginning, now, tried, with_delivered=with_delivered)
    deps.wake.notify()
    return count


def samples_of(deps: Deps, workspace: str, kind: str) -> list[dict[str, object]]:
    """The latest messages of a type that were made for any webhook, newest first; else one made-up message. Raises NotFound."""
    if kind not in TYPES:
        raise NotFound("no such type of events")
    here = deps.store.of(workspace)
    rows = [row for hook in here.hooks.all() for row in here.hook_events.log_of(hook.id, limit=_MOST_LOOKED_AT).items if row.type == kind]
    latest = {row.event: row for row in sorted(rows, key=lambda row: row.created_at, reverse=True)}
    found: list[dict[str, object]] = [json.loads(row.body) for row in list(latest.values())[:_MOST_SAMPLES]]
    return found or [sample_of(workspace, kind, deps.now())]


def sample_of(workspace: str, kind: str, now: datetime) -> dict[str, object]:
    """A made-up message of a type."""
    return {"type": kind, "id": new_id(), "timestamp": written(now), "workspace": workspace, "data": TYPES[kind].sample}


def _end_alarm(deps: Deps, workspace: str) -> None:
    """Ends the alarm once no webhook is stopped by a refusal."""
    if not any(one.disabled_reason and one.failing_since for one in deps.store.of(workspace).hooks.all()):
        deps.store.alarms.end(AlarmKind.HOOK, workspace)


def _made_at(deps: Deps, workspace: str, hook: str, event: str) -> datetime:
    row = deps.store.of(workspace).hook_events.find_event(hook, event)
    if row is None:
        raise Invalid("after", "is no message of the last 30 days to this webhook")
    return row.created_at


def _types(events: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(events))
    if unknown := [kind for kind in chosen if kind not in TYPES]:
        raise Invalid("events", f"has no {unknown[0][:60]!r}; see GET /hooks/events")
    if not chosen:
        raise Invalid("events", "must name at least one type")
    return chosen


def _secret(given: str | None) -> str:
    """The key of signatures; `whsec_` alone stands for a new one, as an empty text does."""
    if not given:
        return f"whsec_{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"
    return checks.line("secret", given, longest=500)
