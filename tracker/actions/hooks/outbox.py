"""The outbox of webhooks: writes events for the webhooks that chose their type. Called by workers and actions.

A row exists before anything is sent, and its id follows from webhook, type and cause. Writing an event again therefore changes nothing,
and a killed process is made up for by the next one that decides the same.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tracker.actions.deps import Deps
from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.hooks.hook import Hook
from tracker.domain.hooks.hook_event import HookEvent
from tracker.domain.workspace.workspace import Workspace
from tracker.links.urls import lead_url
from tracker.rules.hooks.drafts import HookDraft, body_of, lead_data, of_alert, taken_back
from tracker.rules.hooks.drafts import wanted as drafts_wanted

_OLDEST = timedelta(days=14)
"""Events that become known later are not sent. Shorter than rows are kept, so that an event whose row expired is not sent again."""


class Outbox:
    """The webhooks of one workspace as they are now."""

    def __init__(self, deps: Deps, workspace: Workspace) -> None:
        self._deps, self._workspace = deps, workspace
        self._store = deps.store.of(workspace.id)
        self._hooks = [hook for hook in self._store.hooks.all() if not hook.is_ended]
        self.types = frozenset(kind for hook in self._hooks for kind in hook.types)
        """The types that any webhook chose; nothing needs to be read or decided for others."""

    def put(self, drafts: Iterable[HookDraft], former: Sequence[HookDraft] = ()) -> None:
        """Writes these events where they are missing. `former` do not count: where they were written, their withdrawal is. Raises PyMongoError."""
        now = self._deps.now()
        rows = [pair for draft in drafts for pair in self._addressed(draft, now)]
        if "event.withdrawn" in self.types and former:
            rows += self._withdrawals(former)
        known = self._store.hook_events.known(_row_id(hook, draft) for hook, draft in rows) if rows else set()
        missing = [(hook, draft) for hook, draft in rows if _row_id(hook, draft) not in known]
        if missing:
            self._store.hook_events.add_once_each(self._rows(missing, now))
            self._deps.wake.notify()

    def _addressed(self, draft: HookDraft, now: datetime) -> list[tuple[Hook, HookDraft]]:
        if draft.type not in self.types or now - draft.at > _OLDEST:
            return []
        return [(hook, draft) for hook in self._hooks if hook.takes(draft.type, draft.at)]

    def _withdrawals(self, former: Sequence[HookDraft]) -> list[tuple[Hook, HookDraft]]:
        """For each webhook, the withdrawals of what was written for it."""
        pairs = [(hook, draft) for draft in former for hook in self._hooks if "event.withdrawn" in hook.types and draft.type in hook.types]
        known = self._store.hook_events.known(_row_id(hook, draft) for hook, draft in pairs) if pairs else set()
        return [(hook, taken_back(draft, self._workspace.id)) for hook, draft in pairs if _row_id(hook, draft) in known]

    def _rows(self, missing: Sequence[tuple[Hook, HookDraft]], now: datetime) -> list[HookEvent]:
        workspace = self._workspace
        url = self._deps.settings.public_url
        leads = self._store.leads.by_ids({draft.lead for _, draft in missing if draft.lead})
        named = {key: lead_data(lead, workspace, lead_url(url, key)) for key, lead in leads.items()}
        # An erased lead is not written about again.
        known = [(hook, draft) for hook, draft in missing if not draft.lead or draft.lead in named]
        return [row_of(hook, draft, body_of(draft, workspace.id, named), now) for hook, draft in known]


def row_of(hook: Hook, draft: HookDraft, body: dict[str, Any], now: datetime) -> HookEvent:
    """The row of an event for a webhook; one that is paused gets it with a replay."""
    return HookEvent(
        id=_row_id(hook, draft),
        workspace=hook.workspace,
        hook=hook.id,
        event=draft.id_in(hook.workspace),
        type=draft.type,
        leads=tuple(lead for lead in (draft.lead, *draft.leads) if lead),
        at=draft.at,
        created_at=now,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        state=DeliveryState.FAILED if hook.disabled_reason else DeliveryState.DUE,
        error=hook.disabled_reason,
        due_at=now,
    )


def put_for_one(deps: Deps, workspace: Workspace, hook: Hook, draft: HookDraft, *, key: str) -> None:
    """Writes an event for one webhook, whatever types it chose; it is tried once. `key`: the id of the row. Raises PyMongoError."""
    here = deps.store.of(workspace.id)
    leads = here.leads.by_ids([draft.lead])
    named = {lead: lead_data(found, workspace, lead_url(deps.settings.public_url, lead)) for lead, found in leads.items()}
    if named:  # an erased lead is not written about again
        row = row_of(hook, draft, body_of(draft, workspace.id, named), deps.now())
        here.hook_events.add_once_each([msgspec.structs.replace(row, id=key, is_once=True)])
        deps.wake.notify()


def put_alerts(deps: Deps, workspace: Workspace | str, alerts: Iterable[Alert]) -> None:
    """Writes the events of alerts that are raised or withdrawn, before they are saved. Raises PyMongoError."""
    outbox = Outbox(deps, deps.store.workspaces.get(workspace) if isinstance(workspace, str) else workspace)
    outbox.put(drafts_wanted(map(of_alert, alerts), outbox.types))


def put_erased(deps: Deps, workspace: str, lead: str, at: datetime) -> None:
    """Writes that a lead is erased, by its id alone. Raises PyMongoError."""
    Outbox(deps, deps.store.workspaces.get(workspace)).put([HookDraft("lead.erased", lead, at, "", {"lead": {"id": lead}})])


def _row_id(hook: Hook, draft: HookDraft) -> str:
    return id_of(hook.id, draft.id_in(hook.workspace))
