"""Sends the weekly mail: once for each rep and week, on the morning of their local Monday, or on arrival of who skips it by moving east. Called by the schedule.

The row comes first, the mail second, its result third. A process that is killed between mail and result sends it a second time, under
the same Message-ID. What a mail server does not accept is tried again for a day.
"""

import logging
from datetime import date, datetime, timedelta, tzinfo
from email.message import EmailMessage

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import WorkspaceTurns, in_due, in_each
from tracker.actions.mail.sending import record_failure, record_success
from tracker.actions.reports.weekly.weekly_content import weekly_content
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.base.mail_addresses import wire_address
from tracker.base.metrics import WEEKLY_MAILS
from tracker.base.time_zones import zone_of
from tracker.domain.reports.weekly_mail import WeeklyMail, WeeklyMailState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.mail import mime, smtp
from tracker.mail.routes import Route, SignInNeeded, mail_resolver, route_of, sender_of
from tracker.rules.reports.weekly.content import subject_of
from tracker.rules.reports.weekly.due import (
    GIVE_UP_AFTER,
    may_be_due,
    monday_left_behind,
    monday_named,
    monday_of,
    next_try,
    week_name,
    weekly_mail_id,
)
from tracker.rules.reports.weekly.mail_text import PROFILE, html, one_line, plain

log = logging.getLogger(__name__)

_SECONDS = 18.0
LEASE = timedelta(minutes=5)
"""How long a try may take, with the reports that it needs; then another process tries."""
_REMEMBERED = timedelta(days=100)
_LOOKED_AT = 500
"""Workspaces of which one run looks whose mail is due: ten thousand take twenty minutes."""


class WeeklyMailSweep:
    """Remembers whose turn it is to be looked at. One per schedule."""

    def __init__(self) -> None:
        self._turns = WorkspaceTurns(_LOOKED_AT)

    def run(self, deps: Deps, now: datetime) -> None:
        """Notes the mails that are due now, and sends all that wait. Raises PyMongoError."""
        if may_be_due(now):
            in_each((one for one in self._turns.next(deps) if not one.is_demo), lambda one: _note_due(deps, one, now))
        in_due(deps, deps.store.due_workspaces.with_weekly_mails(deps.now()), lambda one: _send_waiting(deps, one))


def send_mail_again(deps: Deps, workspace: str, mail: str) -> Rep:
    """Tries a mail that was given up as if it were new; returns its reader. Raises NotFound; Conflict where it was not given up."""
    here, now = deps.store.of(workspace), deps.now()
    found = here.weekly_mails.get(mail)
    if not here.weekly_mails.renew(found.id, now):
        raise Conflict("this email was not given up, or is being sent again")
    return here.reps.get(found.rep)


def _note_due(deps: Deps, workspace: Workspace, now: datetime) -> None:
    hour = workspace.policy.weekly_mail_hour
    if hour is None:
        return
    here, weeks = deps.store.of(workspace.id), dict[str, str]()
    for rep in here.reps.active():
        zone = zone_of(rep.timezone, workspace.timezone)
        monday = monday_of(now, zone, hour, rep.created_at) or _left_behind(rep, zone, now)
        if monday is not None and _wants(rep):
            weeks[rep.id] = week_name(monday)
    ids = {weekly_mail_id(workspace.id, rep, week): (rep, week) for rep, week in weeks.items()}
    missing = ids.keys() - here.weekly_mails.by_ids(ids).keys()
    if not missing or not _has_server(deps, workspace):
        return
    due = WeeklyMailState.DUE
    here.weekly_mails.add_new(
        [
            WeeklyMail(id=one, workspace=workspace.id, rep=ids[one][0], week=ids[one][1], state=due, due_at=now, created_at=now)
            for one in sorted(missing)
        ]
    )
    here.weekly_mails.forget(now - _REMEMBERED)


def _left_behind(rep: Rep, zone: tzinfo, now: datetime) -> date | None:
    if rep.timezone_changed_at is None:
        return None
    return monday_left_behind(now, rep.timezone_changed_at, zone_of(rep.former_timezone), zone)


def _wants(rep: Rep) -> bool:
    return rep.is_active and rep.weekly_mail and not rep.is_unnamed


def _has_server(deps: Deps, workspace: Workspace) -> bool:
    """Whether there is a mail server at all. One that needs a new sign-in is one: its mails wait."""
    try:
        return route_of(workspace, deps.settings) is not None
    except Invalid:
        return True


def _send_waiting(deps: Deps, workspace: Workspace) -> None:
    while claimed := deps.store.of(workspace.id).weekly_mails.claim(deps.now(), LEASE):
        _send(deps, workspace, claimed)


def _send(deps: Deps, workspace: Workspace, claimed: WeeklyMail) -> None:
    here = deps.store.of(workspace.id)
    rep = here.reps.find(claimed.rep)
    if rep is None or not _wants(rep):
        here.weekly_mails.finish(claimed, state=WeeklyMailState.CANCELLED)
        return
    try:
        route = _route(deps, workspace, claimed)
        sender = workspace.alert_sender or sender_of(route.server.user, deps.settings.public_url)
        mail = _mail(deps, workspace, rep, claimed, sender)
        smtp.send(route, mail, sender=sender, recipient=rep.email, resolver=mail_resolver(deps.settings), seconds=_SECONDS)
    except DeliveryError as error:
        _failed(deps, claimed, error)
        return
    now = deps.now()
    here.weekly_mails.finish(claimed, state=WeeklyMailState.SENT, due_at=now, sent_at=now, error=None)
    record_success(deps, workspace.id)
    WEEKLY_MAILS.labels("sent").inc()
    log.info("weekly mail sent", extra={"mail": claimed.id, "week": claimed.week})


def _failed(deps: Deps, claimed: WeeklyMail, error: DeliveryError) -> None:
    now = deps.now()
    due = None if error.permanent else next_try(claimed.attempts, claimed.created_at, now)
    state = WeeklyMailState.DUE if due else WeeklyMailState.FAILED
    deps.store.of(claimed.workspace).weekly_mails.finish(claimed, state=state, due_at=due or now, error=str(error))
    if due is None or claimed.attempts > 1:  # a passing failure raises no alarm
        record_failure(deps, claimed.workspace, error)
    WEEKLY_MAILS.labels("failed for now" if due else "given up").inc()
    log.warning("weekly mail not sent", extra={"mail": claimed.id, "reason": str(error), "is_given_up": due is None})


def _route(deps: Deps, workspace: Workspace, claimed: WeeklyMail) -> Route:
    if deps.now() - claimed.created_at > GIVE_UP_AFTER:  # no process was there: old numbers are not sent late
        raise DeliveryError(claimed.error or "it could not be sent within a day", permanent=True)
    try:
        route = route_of(workspace, deps.settings)
    except SignInNeeded as error:
        raise DeliveryError(str(error), permanent=False) from error
    except Invalid as error:  # a password that must be entered again, after a restore
        raise DeliveryError(f"the outgoing mail server {error}", permanent=False) from error
    if route is None:
        raise DeliveryError("no outgoing mail is set: fill in Settings, Email, or the setting SMTP_URL", permanent=False)
    return route


def _mail(deps: Deps, workspace: Workspace, rep: Rep, claimed: WeeklyMail, sender: str) -> EmailMessage:
    content, url = weekly_content(deps, workspace, rep, monday_named(claimed.week)), deps.settings.public_url
    try:
        return mime.build(
            sender=("Leadlight", sender),
            recipient=(one_line(rep.name), rep.email),
            subject=subject_of(content),
            text=plain(content, url),
            html=html(content, url),
            message_id=f"weekly.{claimed.id}@{wire_address(sender).rpartition('@')[2]}",
            at=deps.now(),
            headers={
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
                "List-Unsubscribe": f"<{url}{PROFILE}>",
            },
        )
    except Invalid as error:
        raise DeliveryError(f"the {error.field} {error}", permanent=True) from error
