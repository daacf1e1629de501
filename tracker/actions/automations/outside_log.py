"""What became of what automations do outside, for their log; and trying again what was interrupted or refused. Used by console and API."""

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.actions.automations.effects import effect_id
from tracker.actions.deps import Deps
from tracker.actions.mail_queue.outbox import send_message
from tracker.base.errors import Conflict
from tracker.domain.alerting.delivery import DeliveryResult, DeliveryState, DeliveryTry
from tracker.domain.mail.message import MessageState
from tracker.domain.pipeline.automation import OUTSIDE, AutomationDeed, AutomationEntry
from tracker.domain.pipeline.automation_effect import AutomationEffect, EffectState

_FAILED = (DeliveryState.FAILED, DeliveryState.CANCELLED)


@dataclass(frozen=True, slots=True)
class OutsideState:
    """One effect: `state` is waiting, done, stopped or failed; `reason` says why it was stopped or failed."""

    effect: AutomationEffect
    state: str
    reason: str

    @property
    def is_failed(self) -> bool:
        """Whether a person may have it tried again."""
        return self.state == "failed"


def outside_of(deps: Deps, workspace: str, entries: Iterable[AutomationEntry]) -> dict[str, list[OutsideState]]:
    """By entry of the log, what it does outside."""
    here = deps.store.of(workspace)
    found = list(here.automation_effects.by_ids(effect_id(entry.id, kind) for entry in entries for kind in OUTSIDE).values())
    messages = here.messages.by_ids(one.id for one in found if one.kind is AutomationDeed.TEMPLATE)
    events = here.hook_events.by_ids(one.id for one in found if one.kind is AutomationDeed.WEBHOOK)
    shown: dict[str, list[OutsideState]] = {}
    for one in sorted(found, key=lambda effect: effect.kind.value):
        state, reason = one.state.value, one.reason
        message, event = messages.get(one.id), events.get(one.id)
        if message is not None and message.state in (MessageState.FAILED, MessageState.DRAFT, MessageState.BOUNCED):
            state, reason = "failed", message.error or "It was cancelled"
        if event is not None and event.state in _FAILED:
            state, reason = "failed", event.error or ""
        shown.setdefault(one.entry, []).append(OutsideState(one, state, reason))
    return shown


def try_outside_again(deps: Deps, workspace: str, effect: str) -> AutomationEffect:
    """Sends the failed email or event again, as a person asks for. Raises NotFound, Conflict, Invalid, DeliveryError."""
    here = deps.store.of(workspace)
    found = here.automation_effects.get(effect)
    if found.state is not EffectState.DONE or found.kind not in (AutomationDeed.TEMPLATE, AutomationDeed.WEBHOOK):
        raise Conflict("there is nothing to send again")
    if found.kind is AutomationDeed.TEMPLATE:
        send_message(deps, workspace, found.id)
        return found
    tried = DeliveryTry(at=deps.now(), result=DeliveryResult.SENT_AGAIN)
    if not here.hook_events.send_one_again(found.id, deps.now(), tried):
        raise Conflict("this event did not fail")
    deps.wake.notify()
    return found
