"""Email to the operator about problems of this machine: once when one begins, and once when it is over. Called by the periodic worker.

It is sent here and not by the notifier, because a notifier that stands still is one of the problems.
"""

import logging
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.base.errors import DeliveryError, Invalid
from tracker.base.ids import new_id
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.team.rep import Role
from tracker.domain.workspace.smtp_url import read_url
from tracker.domain.workspace.workspace import Workspace
from tracker.mail import mime, smtp
from tracker.mail.routes import Route, hello_of, mail_resolver, route_of, sender_of

log = logging.getLogger(__name__)

_SECONDS = 18.0
_RETRY = timedelta(minutes=5)


class OperatorMail:
    """Remembers the last failed try, so that a mail server that is away is not asked all the time."""

    def __init__(self) -> None:
        self._not_before: datetime | None = None

    def run(self, deps: Deps, now: datetime) -> None:
        """Sends what is due. Raises PyMongoError."""
        if self._not_before is not None and now < self._not_before:
            return
        first = deps.store.workspaces.first()
        active = [alarm for alarm, _, _ in deps.store.alarms.active() if is_for_operator(alarm, first)]
        told = deps.store.operator_notices.told()
        begun = [alarm for alarm in active if alarm.id not in {one.id for one in told}]
        over = [alarm for alarm in told if alarm.id not in {one.id for one in active}]
        address = operator_address(deps)
        if not (begun or over) or not address or (route := operator_route(deps)) is None:
            return
        try:
            for alarm in begun:
                _send(deps, route, address, alarm.title, f"{alarm.text}\n\nYou are told once more when this is over.")
                deps.store.operator_notices.add(alarm, now)
            for alarm in over:
                _send(deps, route, address, f"Over: {alarm.title}", "This problem is over.")
                deps.store.operator_notices.remove(alarm)
        except (DeliveryError, Invalid) as error:
            self._not_before = now + _RETRY
            log.warning("the operator could not be told by email", extra={"reason": str(error)})


def is_for_operator(alarm: Alarm, first: Workspace | None) -> bool:
    """Whether the alarm is about this machine: one of the whole instance, or of the mail server of the oldest workspace."""
    return not alarm.workspace or (alarm.kind is AlarmKind.SMTP and first is not None and alarm.workspace == first.id)


def operator_address(deps: Deps) -> str:
    """OPERATOR_EMAIL, else the address of the first admin; empty as long as there is none."""
    if deps.settings.operator_email:
        return deps.settings.operator_email
    first = deps.store.workspaces.first()
    reps = deps.store.of(first.id).reps.active() if first else []
    return next((rep.email for rep in reps if rep.role is Role.ADMIN and not rep.is_unnamed), "")


def operator_route(deps: Deps) -> Route | None:
    """SMTP_URL, else the mail server of the oldest workspace; None without either, or while its password must be entered again."""
    if deps.settings.smtp_url:
        return Route(read_url(deps.settings.smtp_url), is_trusted=True, hello=hello_of(deps.settings))
    first = deps.store.workspaces.first()
    try:
        return route_of(first, deps.settings) if first else None
    except Invalid:
        return None


def _send(deps: Deps, route: Route, address: str, subject: str, text: str) -> None:
    sender = sender_of(route.server.user, deps.settings.public_url)
    mail = mime.build(
        sender=("Leadlight", sender),
        recipient=("", address),
        subject=subject,
        text=f"{text}\n\n{deps.settings.public_url}\n",
        html=None,
        message_id=f"{new_id()}@{sender.partition('@')[2]}",
        at=deps.now(),
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    smtp.send(route, mail, sender=sender, recipient=address, resolver=mail_resolver(deps.settings), seconds=_SECONDS)
