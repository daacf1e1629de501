"""What automations do outside of Leadlight: an email from a template, an event for a webhook; and adding a lead to a sequence.

It is stored with the entry of the log, waits until its cause is certain, and is decided anew then. Its id is that of the message or event, so
that each cause acts at most once; an interrupted one waits for a person. Called by the schedule.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import redis
from pymongo.errors import PyMongoError

from tracker.actions.automations.effects import Effect, effect_id, entry_id
from tracker.actions.automations.histories import AutomationWorld, load_histories, load_world
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.hooks.outbox import put_for_one
from tracker.actions.mail.automatic import AUTOMATION, named, was_undone
from tracker.actions.outreach.budget import MailBudget
from tracker.actions.outreach.enrolments import enrol
from tracker.actions.outreach.letters import is_about_settings, send_template
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.automation import Automation, AutomationDeed, AutomationEntry, AutomationTrigger
from tracker.domain.pipeline.automation_effect import AutomationEffect, EffectState
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.automations.shipped import with_shipped
from tracker.rules.automations.starts import starts
from tracker.rules.hooks.drafts import HookDraft
from tracker.rules.outreach.step_times import CERTAIN_AFTER, LOOK_AGAIN
from tracker.rules.outreach.stops import NO_SENDER, unreachable
from tracker.rules.working_hours import next_day, next_open

log = logging.getLogger(__name__)

AT_ONCE = 200
EVENT = "automation.acted"
"""The type of events that automations send to a webhook."""
_T, _D, _S = AutomationTrigger, AutomationDeed, EffectState
_REQUESTS = (_T.OPEN, _T.CLICK, _T.VIEW, _T.FORM)
"""Triggers that may turn out to be no person's."""
_LOOK_BACK = timedelta(days=3)


def store_effects(deps: Deps, automation: Automation, entry: AutomationEntry, effect: Effect, now: datetime) -> None:
    """Stores what an entry does outside, each once. Safe to repeat."""
    due = max(now, entry.started_at + CERTAIN_AFTER) if automation.content.trigger in _REQUESTS else now
    for action in effect.outside:
        deps.store.of(entry.workspace).automation_effects.add_once(
            AutomationEffect(
                id=effect_id(entry.id, action.kind),
                workspace=entry.workspace,
                automation=automation.id,
                entry=entry.id,
                lead=entry.lead,
                kind=action.kind,
                target=action.text,
                cause=entry.cause,
                started_at=entry.started_at,
                due_at=due,
                at=now,
            )
        )


def run_effects(deps: Deps, now: datetime) -> None:
    """Carries out what waits and whose cause is certain, in all workspaces."""
    in_due(deps, deps.store.due_workspaces.with_effects(now), lambda one: _run_in(deps, one, now))


def _run_in(deps: Deps, workspace: Workspace, now: datetime) -> None:
    run = _EffectRun(deps, workspace, now)
    for effect in deps.store.of(workspace.id).automation_effects.due(now, AT_ONCE):
        run.guarded(effect)


class _EffectRun:
    """One run in one workspace."""

    def __init__(self, deps: Deps, workspace: Workspace, now: datetime) -> None:
        self._deps, self._now = deps, now
        self._here = deps.store.of(workspace.id)
        self._world: AutomationWorld = load_world(deps, workspace)
        self._automations = {one.id: one for one in with_shipped(self._here.automations.all(), workspace.id)}
        self._budget = MailBudget(deps, workspace, now)

    def guarded(self, effect: AutomationEffect) -> None:
        """Carries out one effect, or says why not; one that fails keeps no other from being done. Raises PyMongoError, RedisError, OSError."""
        try:
            reason = self._stop(effect) or _DOES[effect.kind](self, effect)
        except (Invalid, Conflict, NotFound) as error:
            if is_about_settings(error):
                self._wait(effect, self._now + LOOK_AGAIN)
                return
            reason = str(error)
        except (PyMongoError, redis.RedisError, OSError):
            raise
        except Exception as error:
            log.exception("effect failed", extra={"effect": effect.id})
            reason = f"{type(error).__name__}: {error}"[:300]
        if reason:
            self._end(effect, _S.STOPPED, reason)

    def _end(self, effect: AutomationEffect, state: EffectState, reason: str = "") -> None:
        self._here.automation_effects.end(effect.id, state=state, reason=reason[:1].upper() + reason[1:], at=self._now)

    def _wait(self, effect: AutomationEffect, until: datetime) -> None:
        self._here.automation_effects.end(effect.id, due_at=until)

    def _stop(self, effect: AutomationEffect) -> str:
        """Why it must not be done any more; empty: it may."""
        automation, entry = self._automations.get(effect.automation), self._here.automation_log.find(effect.entry)
        if automation is None or not automation.is_on:
            return "The automation was switched off"
        if not any(one.kind is effect.kind and one.text == effect.target for one in automation.content.actions):
            return "The automation was changed"
        if entry is None or was_undone(self._deps, entry):
            return "It was undone"
        content = msgspec.structs.replace(automation.content, condition={})  # the lead may have been changed by the same automation
        after = effect.started_at - _LOOK_BACK
        history = next(iter(load_histories(self._deps, self._world, [effect.lead], content, after)), None)
        if history is None or history.lead.archived_at is not None:
            return "The lead was archived or removed"
        found = starts(content, history, after, self._now, self._world.workspace)
        if not any(one.cause == effect.cause for one in found):
            return "What started it turned out not to have happened"
        return "It was done for a lead that is merged with this one" if self._was_done(automation, effect) else ""

    def _was_done(self, automation: Automation, effect: AutomationEffect) -> bool:
        """Whether the same was done for the same cause under another id of the lead."""
        others = self._here.leads.ids_with_merged([effect.lead]).keys() - {effect.lead}
        ids = [effect_id(entry_id(automation, other, effect.cause), effect.kind) for other in others]
        return any(one.state is _S.DONE for one in self._here.automation_effects.by_ids(ids).values())

    def email(self, effect: AutomationEffect) -> str:
        """Sends the template from the owner, within the limits of a day."""
        lead = self._here.leads.get(effect.lead)
        sender = self._world.reps.get(lead.owner or "")
        if reason := unreachable(lead):
            return reason
        if sender is None:
            return NO_SENDER
        hours, zone = self._world.workspace.working_hours, zone_of(sender.timezone, self._world.workspace.timezone)
        known = self._here.messages.find(effect.id)
        if known is None and (begin := next_open(self._now, hours, zone)) > self._now:
            self._wait(effect, begin)
            return ""
        if known is None and self._budget.refusal(sender, lead.id, self._here.messages.briefs_of_leads([lead.id])):
            self._wait(effect, next_day(self._now, hours, zone))
            return ""
        automatic = named(AUTOMATION, effect.automation)
        send_template(self._deps, lead.workspace, key=effect.id, lead=lead.id, rep=sender, template=effect.target, automatic=automatic)
        self._budget.spend(sender, lead.id)
        self._end(effect, _S.DONE)
        return ""

    def webhook(self, effect: AutomationEffect) -> str:
        """Writes the event for one webhook, which is tried once."""
        lead = self._here.leads.get(effect.lead)
        if lead.opted_out_at is not None:
            return unreachable(lead)
        hook = self._here.hooks.find(effect.target)
        if hook is None or hook.is_ended or hook.disabled_reason:
            return "The webhook was removed or stopped"
        put_for_one(self._deps, self._world.workspace, hook, self._draft(effect, lead), key=effect.id)
        self._end(effect, _S.DONE)
        return ""

    def _draft(self, effect: AutomationEffect, lead: Lead) -> HookDraft:
        entry = self._here.automation_log.get(effect.entry)
        automation = self._automations[effect.automation]
        data: dict[str, Any] = {"automation": {"id": automation.id, "name": automation.name}, "reason": entry.reason}
        return HookDraft(EVENT, effect.id, effect.started_at, lead.id, data)

    def sequence(self, effect: AutomationEffect) -> str:
        """Adds the lead to the sequence, unless it was added before an interruption."""
        found = self._here.sequences.get(effect.target)
        if not any(one.cause == effect.entry for one in self._here.enrolments.of_lead(effect.lead)):
            enrol(self._deps, self._world.workspace, found, effect.lead, rep=None, cause=effect.entry)
        self._end(effect, _S.DONE)
        return ""


_DOES: Mapping[AutomationDeed, Callable[[_EffectRun, AutomationEffect], str]] = {
    _D.TEMPLATE: _EffectRun.email,
    _D.WEBHOOK: _EffectRun.webhook,
    _D.SEQUENCE: _EffectRun.sequence,
}
