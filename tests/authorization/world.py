"""Records for authorization tests: of two reps and without an owner in a workspace with the policy `own`, and of another workspace.

Every word that belongs to a record carries a mark, such as `ivosecret`, so that a response which shows it can be found out.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.samples import (
    add_automation_entry,
    add_conversation,
    add_form,
    add_inquiry_mailbox,
    add_merged,
    add_outreach,
    failed_delivery,
)
from tests.notifier.push_devices import AUTH, P256DH
from tracker.actions.alerting import channels, watched_pages
from tracker.actions.alerting.push_devices import subscribe
from tracker.actions.alerting.rules import custom_rules
from tracker.actions.automations.settings import add_automation
from tracker.actions.changes import edits
from tracker.actions.deps import Deps
from tracker.actions.hooks.hooks import add_hook
from tracker.actions.imports.import_jobs import start
from tracker.actions.inquiries.record import GivenInquiry, add_inquiry
from tracker.actions.leads import companies, custom_fields, leads
from tracker.actions.links import share_links
from tracker.actions.mail import attachments, new_message, snippets, templates
from tracker.actions.pipeline import costs, notes, rates, sales, tasks
from tracker.actions.reports.targets import add_target
from tracker.actions.team import api_keys, reps, sessions
from tracker.actions.workspace import teams, workspaces
from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.activity.presence import Presence
from tracker.domain.activity.visit import Visit, VisitPage
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.alerting.custom_rule import RuleContent, RulePriority, RuleTrigger
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.leads.lead_list import LeadList
from tracker.domain.pipeline.automation import AutomationAction, AutomationContent, AutomationDeed, AutomationTrigger
from tracker.domain.pipeline.cost import CostPurpose
from tracker.domain.reports.saved_report import SavedReport
from tracker.domain.team.app_password import AppPassword
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.custom_field import CustomField
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.verdicts.first import RECORDED
from tracker.rules.visibility import Viewer

PREFIX = "/api/v1"
MARK, SHARED_MARK = "{}secret", "shared{}"

_TAGS = AutomationContent(trigger=AutomationTrigger.CREATED, actions=(AutomationAction(kind=AutomationDeed.TAG, text="new"),))


@dataclass
class Records:
    """One record of each kind: by the name it has in paths, and the mark that their words carry."""

    mark: str
    shared: str = ""
    """The mark of what belongs to the whole workspace, such as its sites."""
    ids: dict[str, str] = field(default_factory=dict)

    def shown_in(self, text: str, given: str = "", *, is_foreign: bool = False) -> list[str]:
        """Which of these records a response shows; what the request itself named (`given`) is no secret.

        Reps of one workspace know each other and share templates; to another workspace (`is_foreign`) they are secret as well.
        """
        ids = {
            value
            for name, value in self.ids.items()
            if len(value) == 32 and (is_foreign or name not in ("rep", "template", "team", "field", "source", "sequence"))
        }
        marks = {self.mark, self.shared} if is_foreign else {self.mark}
        return sorted(value for value in marks | ids if value in text and value not in given)


@dataclass
class Caller:
    """A caller with a key and, if it is a rep, with a session."""

    app: Flask
    deps: Deps
    rep: Rep | None
    key: str

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """One call of the API."""
        given = {"Authorization": f"Bearer {self.key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        more = {"data": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        return self.app.test_client().open(PREFIX + path, method=method, headers=given, **more)

    def page(self, method: str, path: str, form: dict[str, Any] | None = None) -> TestResponse:
        """One request of a browser with a fresh session, with the token that forms carry."""
        return browse(self.app.test_client(), method, path, form, session=sessions.start(self.deps, self.rep) if self.rep else "")


def browse(client: FlaskClient, method: str, path: str, form: dict[str, Any] | None = None, session: str = "") -> TestResponse:
    """A browser's request; with a session, the form token of that session comes along."""
    if session:
        client.set_cookie("ll_session", session)
    if method == "GET":
        return client.get(path)
    found = re.search(r'data-csrf="([0-9A-Za-z_-]+)"', client.get("/welcome").text)
    return client.post(path, data={"csrf_token": found[1] if found else "", **(form or {})}, headers={"Origin": "http://localhost"})


@dataclass
class World:
    """Rosa and Ivo are reps, Ada is an admin; Zoe is the admin of another workspace."""

    workspace: Workspace
    rosa: Caller
    ivo: Caller
    ada: Caller
    program: Caller
    zoe: Caller
    hers: Records
    his: Records
    unowned: Records
    foreign: Records

    def entered(self, app: Flask, deps: Deps) -> "World":
        """The same world for another test, whose database has its records: its leads are on the site now."""
        callers = {name: replace(getattr(self, name), app=app, deps=deps) for name in ("rosa", "ivo", "ada", "program", "zoe")}
        records = {name: replace(getattr(self, name), ids={**getattr(self, name).ids}) for name in ("hers", "his", "unowned", "foreign")}
        for name, found in records.items():
            owner = self.zoe.rep if name == "foreign" else None
            _walk(deps, owner.workspace if owner else self.workspace.id, found)
        return replace(self, **callers, **records)

    def set_policy(self, deps: Deps, reps_see: str) -> None:
        """What reps who are no admins see."""
        policy = msgspec.structs.replace(self.workspace.policy, reps_see=reps_see)
        self.workspace = deps.store.workspaces.change(self.workspace.id, policy=policy)


def make_world(app: Flask, deps: Deps) -> World:
    """Everything above, in the mode in which reps see only own leads. `entered` brings the leads on the site."""
    workspace = workspaces.first_workspace(deps)
    other = workspaces.add_workspace(deps, "Elsewhere")

    def caller(home: Workspace, name: str, role: Role) -> Caller:
        rep = reps.add_rep(deps, home.id, email=f"{name}@us.example", name=name.capitalize(), role=role)
        return Caller(app, deps, rep, api_keys.new_key(deps, home.id, rep=rep.id)[1])

    ada, rosa, ivo = (caller(workspace, name, role) for name, role in (("ada", Role.ADMIN), ("rosa", Role.REP), ("ivo", Role.REP)))
    zoe = caller(other, "zoe", Role.ADMIN)
    made = World(
        workspace=workspace,
        rosa=rosa,
        ivo=ivo,
        ada=ada,
        program=Caller(app, deps, None, api_keys.new_key(deps, workspace.id)[1]),
        zoe=zoe,
        hers=make_records(deps, workspace, "rosa", rosa.rep),
        his=make_records(deps, workspace, "ivo", ivo.rep),
        unowned=make_records(deps, workspace, "unowned", None),
        foreign=make_records(deps, other, "zoe", zoe.rep),
    )
    channels.set_channel(deps, workspace.id, ada.rep.id if ada.rep else None, "webhook", {"url": "https://hooks.example/ada"})
    made.set_policy(deps, "own")
    return made


def make_records(deps: Deps, workspace: Workspace, name: str, rep: Rep | None) -> Records:
    """A lead of the rep and everything that can hang on it, each with the mark in its words."""
    found, ws, owner = Records(MARK.format(name), SHARED_MARK.format(name)), workspace.id, rep.id if rep else None
    mark = found.mark
    lead = leads.add_lead(
        deps,
        ws,
        email=f"{mark}@lead.example",
        name=f"Lead {mark}",
        company=f"Firm {mark}",
        phone=f"1{mark}",
        tags=[mark],
        source=f"Source {mark}",
        owner=owner,
        fields={"budget": mark},
    )
    companies.change_company(deps, ws, str(lead.company_id), industry=mark, domain=f"{mark}.example")
    html = f'<p>{mark} <a href="https://www.us.example/{mark}">{mark}</a></p>'
    file = attachments.add_attachment(deps, ws, name=f"{mark}.txt", content=mark.encode(), rep=owner)
    message = new_message.new_message(
        deps,
        ws,
        lead=lead.id,
        may_see=lambda _: True,
        uploader=owner,
        subject=f"Subject {mark}",
        html=html,
        rep=owner,
        campaign=mark,
        attachments=[file.id],
    )
    template = templates.add_template(deps, ws, name=f"Template {found.shared}", subject=found.shared, html=f"<p>{found.shared}</p>")
    known = deps.store.workspaces.get(ws).custom_fields
    added = CustomField(id="", name=f"Field {found.shared} {len(known)}")
    field = custom_fields.set_custom_fields(deps, ws, (*known, added)).custom_fields[-1]
    team = teams.add_team(deps, ws, name=f"Team {found.shared}")
    snippet = snippets.add_snippet(deps, ws, owner, name=f"Snippet {mark}", text=mark)
    password = deps.store.app_passwords.add(
        AppPassword(
            id=new_id(), workspace=ws, rep=owner or new_id(), name=f"Client {mark}", hash=new_id(), hint="abcd", created_at=deps.now()
        )
    )
    task = tasks.add_task(deps, ws, lead=lead.id, text=f"Task {mark}", rep=owner)
    note = notes.add_note(deps, ws, lead=lead.id, kind="call", text=f"Note {mark}", rep=owner)
    add_inquiry(deps, deps.store.workspaces.get(ws), lead, GivenInquiry(f"Inquiry {mark}"))
    sale = sales.add_sale(
        deps, ws, lead=lead.id, product=f"Product {mark}", amount=4711, currency="EUR", sold_on=deps.now().date(), rep=owner
    )
    share = share_links.create_share_link(deps, ws, lead=lead.id, url=f"https://www.us.example/{mark}", label=mark)
    site = workspaces.add_site(deps, ws, name=f"Site {found.shared}", origins=[f"https://{found.shared}.us.example"])
    if rep:
        channels.set_channel(deps, ws, rep.id, "webhook", {"url": f"https://hooks.example/{mark}"})
    else:
        channels.set_channel(deps, ws, None, "webhook", {"url": f"https://hooks.example/{mark}"})
    touch = notes.add_touch(deps, ws, lead=lead.id, type_name="Webinar", text=mark, rep=owner)
    change = edits.edit_lead(deps, ws, lead.id, actor=owner, job_title=mark).change
    watched, _ = watched_pages.watch_page(deps, ws, owner, f"https://www.us.example/{mark}")
    content = RuleContent(priority=RulePriority.LOUD, trigger=RuleTrigger.PAGE, text=f"/{mark}")
    rule = custom_rules.add_rule(deps, Viewer(deps.store.workspaces.get(ws), rep), owner, f"Rule {mark}", content)
    condition = {"field": "tags", "is": mark}
    kept = LeadList(
        id=new_id(),
        workspace=ws,
        name=f"List {mark}",
        condition=condition,
        rep=owner,
        is_shared=rep is None,
        created_at=deps.now(),
        updated_at=deps.now(),
    )
    deps.store.of(ws).lists.add(kept)
    add_inquiry_mailbox(deps, ws)
    kept_report = SavedReport(
        id=new_id(),
        workspace=ws,
        name=f"Report {mark}",
        report="won",
        period="year",
        rep=owner,
        is_shared=rep is None,
        created_at=deps.now(),
    )
    deps.store.of(ws).saved_reports.add(kept_report)
    target = add_target(deps, ws, report="won", measure="count", period="year", value=3)
    imported = start(deps, ws, b"email\nfresh@lead.example\n", choices=ImportChoices(), file_name=f"{mark}.csv", rep=owner)
    found.ids = {
        "lead_import": imported.id,
        "watched_page": watched.id,
        "alert_rule": rule.id,
        "lead_list": kept.id,
        "saved_report": kept_report.id,
        "target": target.id,
        "automation": add_automation(deps, workspace, name=f"Automation {mark}", content=_TAGS).id,
        "automation_entry": add_automation_entry(deps, ws, lead.id, str(change)),
        "lead": lead.id,
        **add_merged(deps, ws, lead.id, mark, owner),
        "change": str(change),
        "company": str(lead.company_id),
        "message": message.id,
        "conversation": add_conversation(deps, message, mark),
        "attachment": file.id,
        "team": team.id,
        "source": deps.store.of(ws).sources.all()[0].id,
        "field": field.id,
        "template": template.id,
        "snippet": snippet.id,
        "app_password": password.id,
        "task": task.id,
        "note": note.id,
        "touch": touch.id,
        "sale": sale.id,
        "rate": rates.put_rate(deps, ws, currency="USD", on=deps.now().date(), rate="0.9").id,
        "cost": costs.add_cost(
            deps, ws, source=None, purpose=CostPurpose.WIN, first_day=sale.sold_on, last_day=sale.sold_on, amount=1, currency="EUR"
        ).id,
        "link": share.id,
        **add_outreach(deps, ws, lead.id, owner, mark, found.shared),
        "device": _device(deps, ws, owner, mark),
        "hook": add_hook(deps, ws, url=f"https://hooks.example/{mark}", name=f"Hook {mark}", events=["lead.created"]).id,
        "site_key": site.key,
        "form": add_form(deps, ws, site.key, found.shared),
        **_seen(deps, workspace, mark, lead.id, owner),
        "rep": owner or "",
        "name": "webhook",
    }
    return found


def _device(deps: Deps, workspace: str, rep: str | None, mark: str) -> str:
    """A browser of the rep that gets push messages; its id."""
    values = {"endpoint": f"https://push.example/{mark}", "p256dh": P256DH, "auth": AUTH, "name": f"Browser {mark}"}
    return subscribe(deps, workspace, rep, **values).id if rep else new_id()


def _seen(deps: Deps, workspace: Workspace, mark: str, lead: str, owner: str | None) -> dict[str, str]:
    """A visit of the lead, the event and the alert of it; an automatic request. The ids."""
    here, now = deps.store.of(workspace.id), deps.now()
    url, title, view = f"https://www.us.example/{mark}", f"Page {mark}", new_id()
    page = VisitPage(event=view, page=view, url=url, title=title, at=now)
    visit = here.visits.add(
        Visit(id=new_id(), workspace=workspace.id, visitor=f"v-{mark}", lead=lead, started_at=now, ended_at=now, pages=(page,))
    )
    event = Event(
        id=view, workspace=workspace.id, kind=EventKind.VIEW, at=now, received=now, verdict=RECORDED, lead=lead, url=url, title=title
    )
    here.events.add(event)
    here.events.add(msgspec.structs.replace(event, id=new_id(), verdict=Verdict(Label.SCANNER, 0.9, ("robot_agent",))))
    found = {"visit": visit.id, "event": view}
    for rep in {owner, None}:
        alert = Alert(
            id=new_id(),
            workspace=workspace.id,
            lead=lead,
            rep=rep,
            rule=AlertRule.CLICK,
            cause=view,
            episode=view,
            at=now,
            priority=Priority.LOUD,
            title=f"Alert {mark}",
            text=mark,
            times=Times(event=now),
        )
        here.alerts.save([alert])
        dead = failed_delivery(alert, deps.now())
        here.deliveries.add(dead)
        found |= {"alert": alert.id, "delivery": dead.id} if rep == owner else {}
    return found


def _walk(deps: Deps, workspace: str, records: Records) -> None:
    """The lead is on the site now."""
    at, mark = int(deps.now().timestamp() * 1000), records.mark
    url, page = f"https://www.us.example/{mark}", records.ids["event"]
    state = Presence(lead=records.ids["lead"], url=url, title=f"Page {mark}", visitor=f"v-{mark}", page=page, since=at, last=at)
    deps.bus.set_presence(workspace, {state.visitor: state})
