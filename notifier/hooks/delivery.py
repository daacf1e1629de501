"""Sends one claimed event to its webhook and records the result. Called by notifier.hooks.sender, one event of a webhook at a time."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from notifier.channels.webhook import post_signed
from notifier.context import ReceiverGone, ReceiverRefuses
from notifier.results import GIVE_UP_FROM, failed_try
from notifier.routing import next_try, receiver_pause
from tracker.actions.deps import Deps
from tracker.actions.hooks.hooks import has_its_key
from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.base.metrics import HOOK_EVENTS
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.alerting.delivery import DeliveryResult, DeliveryState, DeliveryTry
from tracker.domain.hooks.hook import KEY_ENDED, TEST_EVENT, Hook
from tracker.domain.hooks.hook_event import HookEvent
from tracker.store.core.retries import with_retries
from tracker.store.hooks.hook_events import HookKey

log = logging.getLogger(__name__)

_RECENT = timedelta(seconds=60)
_REMOVED = "the webhook was removed"
_INTERRUPTED = "sending was interrupted, so it may have arrived; send it again only if it did not"


class HookDelivery:
    """Shared by the threads of a process. `spread` gives the jitter, 0 to 1."""

    def __init__(self, deps: Deps, outbound: Outbound, spread: Callable[[], float] = random.random) -> None:
        self._deps, self._outbound, self._spread = deps, outbound, spread

    def deliver(self, event: HookEvent) -> None:
        """Tries it once. Raises PyMongoError if MongoDB is unavailable before anything is sent: it is due again after its lease."""
        now, store = self._deps.now(), self._deps.store.of(event.workspace)
        hook = store.hooks.find(event.hook)
        tries = event.attempts - 1
        if hook is None:
            self._finish(event, state=DeliveryState.CANCELLED, error=_REMOVED, attempts=tries)
        elif event.is_once and event.attempts > 1:
            self._finish(event, state=DeliveryState.FAILED, error=_INTERRUPTED, attempts=tries)
        elif not has_its_key(self._deps, hook):
            self._finish(event, state=DeliveryState.FAILED, error=KEY_ENDED, attempts=tries)
            if hook.disabled_reason is None:
                self._disable(hook, KEY_ENDED, is_ended=False)
        elif event.type == TEST_EVENT and hook.secret:
            self._send(hook, event, now)
        elif hook.disabled_reason:
            self._finish(event, state=DeliveryState.FAILED, error=hook.disabled_reason, attempts=tries)
        elif hook.held_until is not None and hook.held_until > now:
            self._finish(event, state=DeliveryState.DUE, due_at=hook.held_until, attempts=tries)
            self._deps.store.hook_queue.hold(HookKey(event.workspace, hook.id), hook.held_until)
        else:
            self._send(hook, event, now)

    def postpone(self, event: HookEvent) -> None:
        """Schedules another try after an internal error."""
        now, error = self._deps.now(), "an error of ours; see the log"
        due = None if event.is_once else next_try(event, now, spread=self._spread())
        state = DeliveryState.DUE if due else DeliveryState.FAILED
        first = event.first_try_at or now
        self._finish(event, tried=failed_try(now, error, due), state=state, due_at=due or now, first_try_at=first, error=error)

    def _send(self, hook: Hook, event: HookEvent, started: datetime) -> None:
        try:
            post_signed(self._outbound, hook.url, hook.secret, event.event, event.body, started)
        except DeliveryError as error:
            self._failed(hook, event, error, started)
            return
        now = self._deps.now()
        HOOK_EVENTS.labels("delivered").inc()
        values = {"state": DeliveryState.DELIVERED, "delivered_at": now, "first_try_at": event.first_try_at or started, "error": None}
        self._finish(event, tried=DeliveryTry(at=now, result=DeliveryResult.DELIVERED), **values)
        if hook.disabled_reason or hook.failing_since or hook.checked_at is None or now - hook.checked_at > _RECENT:
            with_retries(lambda: self._deps.store.of(hook.workspace).hooks.worked(hook, now))
        if hook.disabled_reason:
            with_retries(lambda: self._deps.store.alarms.end(AlarmKind.HOOK, hook.workspace))

    def _failed(self, hook: Hook, event: HookEvent, error: DeliveryError, started: datetime) -> None:
        now, store = self._deps.now(), self._deps.store.of(hook.workspace)
        HOOK_EVENTS.labels("refused" if error.permanent else "failed for now").inc()
        log.warning("event not delivered", extra={"hook": hook.id, "event": event.event, "reason": str(error)})
        is_test = event.type == TEST_EVENT
        due = (
            None
            if error.permanent or is_test or event.is_once
            else next_try(event, now, spread=self._spread(), retry_after=error.retry_after)
        )
        values = {"due_at": due or now, "first_try_at": event.first_try_at or started, "error": str(error)}
        state = DeliveryState.DUE if due else DeliveryState.FAILED
        self._finish(event, tried=failed_try(now, error, due), state=state, **values)
        if error.permanent or self._is_given_up(hook, error, due, now):
            self._disable(hook, str(error), is_ended=isinstance(error, ReceiverGone))
        elif not is_test:
            pause = now + receiver_pause(event.attempts, self._spread())
            until = due if error.retry_after is not None else min(due or pause, pause)
            with_retries(lambda: store.hooks.failing(hook, now, str(error), until))
            if until is not None:
                with_retries(lambda: self._deps.store.hook_queue.hold(HookKey(hook.workspace, hook.id), until))

    @staticmethod
    def _is_given_up(hook: Hook, error: DeliveryError, due: datetime | None, now: datetime) -> bool:
        """Whether a day of tries is over, and its refusals were all that came back for hours."""
        is_long = hook.failing_since is not None and now - hook.failing_since >= GIVE_UP_FROM
        return due is None and isinstance(error, ReceiverRefuses) and is_long

    def _disable(self, hook: Hook, reason: str, *, is_ended: bool) -> None:
        store = self._deps.store.of(hook.workspace)
        with_retries(lambda: store.hooks.disable(hook, reason, is_ended=is_ended))
        with_retries(lambda: store.hook_events.end(hook.id, reason))
        text = f"{hook.name}: {reason}. Events are kept and can be sent again." if not is_ended else f"{hook.name}: {reason}."
        alarm = Alarm(kind=AlarmKind.HOOK, workspace=hook.workspace, title="A webhook was stopped", text=text)
        with_retries(lambda: self._deps.store.alarms.begin(alarm, self._deps.now()))

    def _finish(self, event: HookEvent, *, tried: DeliveryTry | None = None, **values: object) -> None:
        if event.is_once and values.get("state") is DeliveryState.FAILED:
            with_retries(lambda: self._deps.store.of(event.workspace).automation_effects.note_failure(event.id, self._deps.now()))
        with_retries(lambda: self._deps.store.hook_queue.finish(event, tried=tried, **values))
