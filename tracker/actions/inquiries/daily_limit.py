"""The daily limit of leads that a form makes: a form that robots flood makes no thousands of leads. Beyond it, inquiries are held."""

from collections.abc import Sequence

import redis

from tracker.actions.alerting.receivers import receivers_of
from tracker.actions.deps import Deps
from tracker.actions.hooks.outbox import put_alerts
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event
from tracker.domain.activity.form import Form
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.pipeline.held_inquiry import HeldInquiry
from tracker.domain.team.rep import Role
from tracker.domain.workspace.workspace import Workspace
from tracker.live_bus import alert_payload
from tracker.rules.alerting.routes import deliveries_for
from tracker.rules.forms.mapping import mapped_values
from tracker.rules.forms.texts import label_of
from tracker.store.store import WorkspaceStore

MOST_SHOWN = 200
_TITLE = "Many inquiries: check a form"


def may_add_lead(deps: Deps, workspace: Workspace, form: Form, sent: Event) -> bool:
    """Whether this inquiry may make a new lead; takes one of the day's. If not, it is held, and the admins are told once a day.

    Called again for the same inquiry, it says the same until the inquiry is released.
    """
    here, now = deps.store.of(workspace.id), deps.now()
    held = here.held_inquiries.find(sent.id)
    if held is not None:
        return held.released_at is not None
    day = now.astimezone(zone_of(workspace.timezone)).date().isoformat()
    if here.forms.take_lead(form.id, day, workspace.policy.form_leads_a_day):
        return True
    here.held_inquiries.add_once(HeldInquiry(id=sent.id, workspace=workspace.id, form=form.id, visitor=sent.visitor or "", at=sent.at))
    _tell(deps, workspace, form, day)
    return False


def release(deps: Deps, workspace: str, inquiries: Sequence[HeldInquiry]) -> None:
    """Has the workers make leads of these inquiries, beyond the limit."""
    deps.store.of(workspace).held_inquiries.release([one.id for one in inquiries], deps.now())
    deps.store.dirty.mark_many([(workspace, "visitor", one.visitor, one.at) for one in inquiries if one.visitor])
    deps.wake.live()


def held_with_values(here: WorkspaceStore) -> list[tuple[HeldInquiry, Form, dict[str, str]]]:
    """The inquiries beyond the limit, newest first, with their forms and the values that were sent."""
    rows = here.held_inquiries.held(MOST_SHOWN)
    events = {event.id: event for event in here.events.by_ids(one.id for one in rows)} if rows else {}
    known = here.forms.by_ids({one.form for one in rows})
    return [
        (one, form, mapped_values(form.mapping, events[one.id].fields))
        for one in rows
        if (form := known.get(one.form)) and form.mapping and one.id in events
    ]


def _tell(deps: Deps, workspace: Workspace, form: Form, day: str) -> None:
    here, now = deps.store.of(workspace.id), deps.now()
    limit = workspace.policy.form_leads_a_day
    text = f"The form {label_of(form)} made {limit} leads today. Further inquiries are held under Settings, Forms: add the real ones there."
    alerts = [
        Alert(
            id=id_of(workspace.id, "daily limit", form.id, day, rep.id),
            workspace=workspace.id,
            lead="",
            rep=rep.id,
            rule=AlertRule.ALARM,
            cause=id_of(form.id, day),
            episode="daily limit",
            at=now,
            priority=Priority.QUIET,
            title=_TITLE,
            text=text,
            times=Times(event=now, verdict=now, decided=now),
        )
        for rep in here.reps.active()
        if rep.role is Role.ADMIN
    ]
    known = here.alerts.by_ids(alert.id for alert in alerts)
    fresh = [alert for alert in alerts if alert.id not in known]
    if not fresh:
        return
    receivers = receivers_of(deps, workspace)
    here.deliveries.open_once(delivery for alert in fresh for delivery in deliveries_for(alert, receivers, now))
    put_alerts(deps, workspace, fresh)
    here.alerts.save(fresh)
    deps.wake.notify()
    try:
        url = f"{deps.settings.public_url}/settings/forms"
        deps.bus.publish_many(workspace.id, [alert_payload(alert, lead_name="", url=url) for alert in fresh])
    except (redis.RedisError, OSError):
        return
