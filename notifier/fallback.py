"""The fallback: reports through another channel that a channel refused a notice or was disabled. Called by notifier.results."""

import logging

import redis

from notifier.channels import CHANNELS
from notifier.context import Context
from notifier.notice import Notice, compose_stopped
from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.domain.alerting.alert import Alert, AlertRule, Priority
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import Delivery
from tracker.domain.alerting.payload import AlertPayload
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Role
from tracker.domain.workspace.workspace import Workspace

log = logging.getLogger(__name__)

_NAMES = {ChannelName.SLACK: "Slack", ChannelName.EMAIL: "Email", ChannelName.WEBHOOK: "Your webhook", ChannelName.PUSH: "Push"}


class Fallback:
    """Reports by a toast in the console and by email; where e-mail itself failed, by Slack."""

    def __init__(self, deps: Deps, outbound: Outbound) -> None:
        self._deps = deps
        self._outbound = outbound

    def report(self, delivery: Delivery, alert: Alert, lead: Lead | None, workspace: Workspace, reason: str, *, is_off: bool) -> None:
        """Tries once: the settings of the channel show the reason too. `is_off`: the channel was disabled."""
        name = _NAMES[delivery.channel]
        whose = "your" if delivery.rep else "the team's"
        title = f"{name} no longer takes {whose} alerts" if is_off else f"{name} did not take an alert"
        public_url = self._deps.settings.public_url
        notice = compose_stopped(delivery, title=title, reason=reason, missed=alert, lead=lead, public_url=public_url)
        self._toast(delivery, notice, lead)
        if alert.rule is AlertRule.TEST:
            return  # the rep who requested the test sees the result
        context = Context(self._outbound, self._deps.settings, workspace, self._deps.now())
        for channel, config in self._others(delivery):
            try:
                CHANNELS[channel].send(notice, config, context)
            except DeliveryError as error:
                log.warning("the failure of a channel could not be reported", extra={"channel": channel.value, "reason": str(error)})

    def _toast(self, delivery: Delivery, notice: Notice, lead: Lead | None) -> None:
        payload = AlertPayload(
            id=notice.id,
            lead=delivery.lead,
            lead_name=lead.name if lead else "",
            rule="channel",
            priority=Priority.LOUD.value,
            title=notice.title,
            text=" ".join((notice.text, *notice.lines)),
            rep=delivery.rep,
            url=notice.link,
            at=to_ms(self._deps.now()),
        )
        try:
            self._deps.bus.publish(delivery.workspace, payload)
        except (redis.RedisError, OSError) as error:
            log.warning("no toast was sent", extra={"error": type(error).__name__})

    def _others(self, delivery: Delivery) -> list[tuple[ChannelName, dict[str, str]]]:
        store = self._deps.store.of(delivery.workspace)
        if delivery.channel is ChannelName.EMAIL:
            slack = store.channels.named(delivery.rep, ChannelName.SLACK)
            return [(ChannelName.SLACK, slack.config)] if slack and not slack.disabled_reason else []
        email = store.channels.named(delivery.rep, ChannelName.EMAIL)
        if email and not email.disabled_reason:
            return [(ChannelName.EMAIL, email.config)]
        reps = store.reps.active()
        recipients = [rep for rep in reps if rep.id == delivery.rep] or [rep for rep in reps if rep.role is Role.ADMIN]
        return [(ChannelName.EMAIL, {"address": rep.email}) for rep in recipients]
