"""The audit log in the console: what is written down, who reads it, and that nothing in it is more than text."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from ipaddress import ip_network

import pytest
from flask import Flask

from tests.api.samples import add_alert, add_form
from tests.console.conftest import Browser, Office, make_office
from tests.notifier.push_devices import AUTH, P256DH
from tests.notifier.receivers import Mails, mail_server
from tracker.actions.alerting.push_devices import subscribe
from tracker.actions.demo import demo
from tracker.actions.deps import Deps
from tracker.actions.hooks.hooks import add_hook
from tracker.actions.imports import import_jobs
from tracker.actions.leads import companies, lists
from tracker.actions.leads.custom_fields import set_custom_fields
from tracker.actions.mail import snippets, templates
from tracker.actions.mail_relay.app_passwords import new_app_password
from tracker.actions.ops import audit
from tracker.actions.pipeline import costs, rates
from tracker.actions.reports import saved_reports, targets
from tracker.actions.team import api_keys, reps
from tracker.actions.workspace import teams, workspaces
from tracker.base.settings import AllowedTarget, Settings
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.ops.audit import OPERATOR, Actor, ActorKind, AuditAction, AuditEntry
from tracker.domain.pipeline.cost import CostPurpose
from tracker.domain.workspace.custom_field import CustomField
from tracker.domain.workspace.mail_server import MailServer
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.condition import EVERY_LEAD
from tracker.rules.visibility import Viewer
from tracker.store.ops.audit import AuditQuery
from tracker.web.api.paths import is_for_programs

SignIn = Callable[..., Browser]
HOSTILE = '"><svg/onload=alert(1)>{{7*7}}\u202e=cmd()'
EVERYDAY = "everyday work with leads, told by their own records and timeline"
IDENTITY = "identity: tested with sign-in, persons and credentials"
NOTHING = "changes nothing that is kept"

AUDITED: dict[str, tuple[dict[str, object], str]] = {
    "/settings/workspace": (
        {"name": "Northbeam", "timezone": "UTC", "hot_score": "60", "quiet_days": "14"},
        "settings_changed",
    ),
    "/settings/privacy": ({"own_country": "DE"}, "settings_changed"),
    "/settings/privacy/addresses": ({"words": "token, key"}, "settings_changed"),
    "/settings/privacy/consents.csv": ({}, "exported"),
    "/settings/advanced": ({}, "settings_changed"),
    "/settings/sites": ({"name": "Shop", "origins": "shop.us.example"}, "settings_changed"),
    "/settings/sites/<key>": ({"name": "Renamed", "origins": "www.us.example", "fields": "email"}, "settings_changed"),
    "/settings/sites/<key>/remove": ({}, "deleted"),
    "/settings/sites/<key>/addresses": ({"origin": "https://us.example"}, "settings_changed"),
    "/settings/sites/<key>/ignored": ({"origin": "https://copy.example"}, "settings_changed"),
    "/settings/texts": ({"choice-de": "Hallo"}, "settings_changed"),
    "/settings/forms/limit": ({"form_leads_a_day": "7"}, "settings_changed"),
    "/settings/forms/<form>": ({"kind": "inquiry"}, "settings_changed"),
    "/settings/reasons": ({"won": "", "lost": "Price"}, "settings_changed"),
    "/settings/touches": ({"name": "Fair", "icon": "team", "direction": "in"}, "settings_changed"),
    "/settings/products": ({"products": "Licence"}, "settings_changed"),
    "/settings/categories": ({"categories": "Press"}, "settings_changed"),
    "/settings/fields": ({"name": "Region", "type": "text"}, "settings_changed"),
    "/settings/fields/<field>": ({"name": "Area", "type": "text"}, "settings_changed"),
    "/settings/fields/<field>/delete": ({}, "settings_changed"),
    "/settings/sources": ({"name": "Fair"}, "settings_changed"),
    "/settings/sources/<source>": ({"name": "Fair"}, "settings_changed"),
    "/settings/stages": ({"name": ["New", "Won"], "kind": ["open", "won"]}, "settings_changed"),
    "/settings/stages/template": ({"template": "warmth"}, "settings_changed"),
    "/settings/rules": ({"points-clicked": "9"}, "settings_changed"),
    "/settings/rules/own/<own>": ({"name": "Cases", "trigger": "page", "page": "/cases", "points": "4"}, "settings_changed"),
    "/settings/alert-rules/<rule>": ({"name": "Prices", "trigger": "page", "text": "/pricing", "for": "all"}, "settings_changed"),
    "/settings/alert-rules/shipped": ({"p-click": "off"}, "settings_changed"),
    "/settings/alert-times": ({"scope": "company", "hours": "always", "start": "08:00", "end": "18:00"}, "settings_changed"),
    "/settings/alert-times/company": ({"do": "use"}, "settings_changed"),
    "/settings/alerts/<scope>/<name>": ({"address": "mara@us.example"}, "channel_changed"),
    "/settings/alerts/<scope>/<name>/remove": ({}, "channel_removed"),
    "/watched-pages": ({"url": "https://www.us.example/pricing"}, "page_watched"),
    "/mail/templates": ({"name": "Intro", "subject": "Hello", "body": "Hi"}, "template_changed"),
    "/mail/templates/<template>": ({"name": "Intro", "subject": "New", "body": "Hi"}, "template_changed"),
    "/mail/templates/<template>/copy": ({}, "template_changed"),
    "/mail/templates/<template>/archive": ({}, "template_changed"),
    "/mail/snippets/<snippet>/remove": ({}, "deleted"),
    "/leads/lists/<saved>/remove": ({}, "deleted"),
    "/saved-reports/<saved>/remove": ({}, "deleted"),
    "/settings/automations/<automation>": ({"number": "21", "switch": "on"}, "settings_changed"),
    "/targets": ({"report": "won", "measure": "count", "period": "year", "value": "3"}, "settings_changed"),
    "/targets/<target>/remove": ({}, "deleted"),
    "/companies/<company>/remove": ({}, "deleted"),
    "/settings/audit/export": ({}, "exported"),
    "/settings/export": ({}, "exported"),
    "/settings/mail/selectors": ({"dkim_selectors": "mail2026"}, "settings_changed"),
    "/setup/mail": ({"smtp_host": "127.0.0.1", "smtp_port": "<port>", "smtp_security": "starttls"}, "settings_changed"),
    "/setup/mail/remove": ({}, "settings_changed"),
    "/setup/site": ({"origin": "shop.us.example"}, "settings_changed"),
    "/settings/push": ({"endpoint": "https://push.example/x", "p256dh": P256DH, "auth": AUTH}, "channel_changed"),
    "/settings/push/<device>/remove": ({}, "channel_removed"),
    "/settings/webhooks": ({"url": "https://hooks.us.example/x", "events": "lead.created"}, "hook_changed"),
    "/settings/webhooks/<hook>": ({"name": "CRM", "url": "https://hooks.us.example/y", "events": "lead.created"}, "hook_changed"),
    "/settings/webhooks/<hook>/remove": ({}, "hook_removed"),
    "/settings/webhooks/<hook>/replay": ({"hours": "24"}, "hook_replayed"),
    "/settings/keys": ({"name": "CRM"}, "key_created"),
    "/settings/keys/<key-id>/remove": ({}, "key_removed"),
    "/settings/mailbox/remove": ({}, "rep_changed"),
    "/settings/mail-clients": ({"name": "Laptop"}, "key_created"),
    "/settings/mail-clients/<client>/password": ({}, "key_created"),
    "/settings/mail-clients/<password>/remove": ({}, "key_removed"),
    "/settings/me": ({"name": "Mara Oliveira", "email": "m@us.example", "timezone": "UTC"}, "address_changed"),
    "/settings/me/away": ({"away_first": "2027-07-05", "away_last": "2027-07-16"}, "rep_changed"),
    "/settings/assignment/<number>": ({"name": "All", "to": "territory"}, "settings_changed"),
    "/settings/me/sender": ({"name": "Mara of Northbeam", "reply_to": "office@us.example"}, "rep_changed"),
    "/settings/mail/sending": ({"day-0": "yes", "start": "09:00", "end": "17:00", "daily_limit": "100"}, "settings_changed"),
    "/settings/me/password": ({"old": "", "password": "lantern harbor quilt"}, "password_changed"),
    "/settings/me/sign-out-others": ({}, "signed_out"),
    "/settings/deliveries/<delivery>/replay": ({}, "delivery_replayed"),
    "/demo/remove": ({}, "deleted"),
    "/settings/team": ({"name": "Ana Reis", "email": "ana@us.example"}, "rep_added"),
    "/settings/team/<rep>": ({"role": "admin"}, "role_changed"),
    "/settings/team/<rep>/link": ({}, "sign_in_link_created"),
    "/settings/team/<rep>/deactivate": ({"to": ""}, "rep_deactivated"),
    "/settings/teams": ({"name": "Field sales"}, "team_changed"),
    "/settings/teams/<team>": ({"name": "Office sales"}, "team_changed"),
    "/settings/teams/<team>/remove": ({}, "team_changed"),
    "/settings/visibility": ({"reps_see": "team", "managers_see": "all"}, "settings_changed"),
    "/setup/you": ({"name": "Mara Oliveira", "email": "m@us.example", "timezone": "UTC"}, "address_changed"),
    "/sign-out": ({}, "signed_out"),
    "/welcome/password": ({"password": "lantern harbor quilt"}, "password_changed"),
    "/sales/costs": (
        {"purpose": "to_win", "first_day": "2027-01-01", "last_day": "2027-01-31", "amount": "90", "currency": "EUR"},
        "settings_changed",
    ),
    "/sales/costs/<cost>/remove": ({}, "deleted"),
    "/sales/rates": ({"currency": "USD", "rate": "0.92", "on": "2027-01-01"}, "settings_changed"),
    "/sales/rates/<rate>/remove": ({}, "deleted"),
    "/leads/import/<token>": ({"source": "Import"}, "imported"),
    "/leads/imports/<job>/cancel": ({}, "imported"),
    "/leads/imports/<job>/undo": ({}, "deleted"),
}
"""Routes that write entries: a form, and the action of the first entry."""
NOT_AUDITED = {
    "/settings/forms/held": EVERYDAY,
    "/settings/alert-rules/<rule>/remove": "tested in test_console_alert_rules.py",
    "/settings/assignment": "tested in test_console_assignment.py",
    "/settings/sites/<key>/check": NOTHING,
    "/bell/seen": NOTHING,
    "/settings/mailbox": "tested with a mail server (tests/workers/test_mailbox.py)",
    "/settings/mailbox/check": NOTHING,
    "/settings/mailbox/microsoft": NOTHING,
    "/settings/mailbox/microsoft/check": "tested with a mail server (tests/workers/test_mailbox.py)",
    "/settings/mailbox/google": "tested with a mail server (tests/workers/test_mailbox.py)",
    "/settings/mailbox/company": "tested with a mail server (tests/workers/test_mailbox.py)",
    "/leads": EVERYDAY,
    "/leads/<lead>/archive": EVERYDAY,
    "/leads/<lead>/consent": "tested in test_console_consent.py",
    "/leads/not-same": EVERYDAY,
    "/leads/bulk": "tested in test_console_sheet.py",
    "/leads/columns": "which columns a rep sees",
    "/leads/export": "tested in test_console_sheet.py",
    "/changes/<change>/undo": EVERYDAY,
    "/companies/<company>": EVERYDAY,
    "/leads/<lead>/bounce": EVERYDAY,
    "/leads/<lead>/new-address": EVERYDAY,
    "/leads/<lead>/contact": EVERYDAY,
    "/leads/<lead>/fields": EVERYDAY,
    "/leads/<lead>/qualification": EVERYDAY,
    "/leads/<lead>/dated-facts": EVERYDAY,
    "/leads/<lead>/links": EVERYDAY,
    "/leads/<lead>/links/<link>": EVERYDAY,
    "/leads/<lead>/erase": "tested in test_console_privacy.py",
    "/leads/<lead>/export": "tested in test_console_privacy.py",
    "/leads/<lead>/merge": "tested in test_console_merging.py",
    "/leads/<lead>/part": "tested in test_console_merging.py",
    "/leads/<lead>/events/<event>/cause": "tested in test_console_corrections.py",
    "/leads/<lead>/next": EVERYDAY,
    "/leads/<lead>/notes": EVERYDAY,
    "/leads/<lead>/touches": EVERYDAY,
    "/leads/<lead>/notes/<note>": EVERYDAY,
    "/leads/<lead>/sales/<sale>": EVERYDAY,
    "/leads/<lead>/tasks/<task>": EVERYDAY,
    "/leads/<lead>/owner": EVERYDAY,
    "/leads/<lead>/sales": EVERYDAY,
    "/leads/<lead>/source": EVERYDAY,
    "/leads/<lead>/stage": EVERYDAY,
    "/leads/<lead>/tasks": EVERYDAY,
    "/leads/<lead>/tasks/done": EVERYDAY,
    "/leads/<lead>/write": EVERYDAY,
    "/settings/rules/reset": "tested in test_console_scoring.py",
    "/leads/<lead>/write/check": NOTHING,
    "/leads/<lead>/write/preview": NOTHING,
    "/leads/<lead>/write/test": NOTHING,
    "/settings/inquiry-mail": "tested in test_console_inquiry_mail.py",
    "/settings/inquiry-mail/rules": "tested in test_console_inquiry_mail.py",
    "/settings/inquiry-mail/remove": "tested in test_console_inquiry_mail.py",
    "/settings/inquiry-mail/check": NOTHING,
    "/mail/inbox/<conversation>/answered": EVERYDAY,
    "/mail/inbox/<conversation>/open": EVERYDAY,
    "/mail/inbox/<conversation>/unread": EVERYDAY,
    "/mail/snippets": EVERYDAY,
    "/leads/lists": EVERYDAY,
    "/saved-reports": EVERYDAY,
    "/leads/lists/<saved>": EVERYDAY,
    "/mail/snippets/<snippet>": EVERYDAY,
    "/mail/templates/check": NOTHING,
    "/mail/templates/draft": NOTHING,
    "/mail/templates/preview": NOTHING,
    "/leads/import": NOTHING,
    "/leads/import/<token>/preview": NOTHING,
    "/messages/<message>/proposal": EVERYDAY,
    "/messages/<message>/send": EVERYDAY,
    "/messages/<message>/cancel": EVERYDAY,
    "/settings/alerts/<scope>/<name>/test": NOTHING,
    "/settings/webhooks/<hook>/test": NOTHING,
    "/settings/slack": "tested in test_slack_app.py",
    "/settings/slack/remove": "tested in test_slack_app.py",
    "/settings/slack/connect": "tested in test_slack_app.py",
    "/settings/mail/check": NOTHING,
    "/settings/me/browser": "which browser is the rep's, kept by the browser itself",
    "/settings/me/browser/remove": "as above",
    "/settings/mail-clients/<client>/test": NOTHING,
    "/settings/mail-clients/again": NOTHING,
    "/settings/mail-clients/leads": "the rep's own choice, told by the leads that it adds",
    "/settings/me/zone": "the browser's time zone, told by the browser itself",
    "/setup/edge": NOTHING,
    "/setup/link": EVERYDAY,
    "/setup/recovery-key": "tested in test_console_setup.py",
    "/setup/mail/check": NOTHING,
    "/settings/mail/google": "needs the mail server of Google",
    "/settings/mail/microsoft": NOTHING,
    "/settings/mail/microsoft/check": "tested in test_console_sending.py",
    "/take": EVERYDAY,
    "/alerts/<alert>": EVERYDAY,
    "/alerts/<alert>/deliveries/<delivery>/retry": EVERYDAY,
    "/today/<lead>/<step>": EVERYDAY,
    "/board/<lead>/move": EVERYDAY,
    "/demo": IDENTITY,
    "/demo/enter": IDENTITY,
    "/demo/mail": EVERYDAY,
    "/sign-in": IDENTITY,
    "/sign-in/<token>": IDENTITY,
    "/switch/<workspace>": IDENTITY,
    "/confirm": IDENTITY,
    "/confirm-address/<token>": IDENTITY,
    "/confirm/mail": IDENTITY,
    "/settings/me/confirm-address": IDENTITY,
    "/settings/me/link": IDENTITY,
    "/sign-in/mail": IDENTITY,
    "/mail/sequences/<sequence>/edit": "tested in test_console_outreach.py",
    "/mail/sequences/<sequence>/switch": "tested in test_console_outreach.py",
    "/mail/sequences/<sequence>/remove": "tested in test_console_outreach.py",
    "/leads/enrol": "tested in test_console_outreach.py",
    "/enrolments/<enrolment>": "tested in test_console_outreach.py",
    "/mail/campaigns/<campaign>/edit": "tested in test_console_outreach.py",
    "/mail/campaigns/<campaign>/state": "tested in test_console_outreach.py",
    "/mail/campaigns/<campaign>/remove": "tested in test_console_outreach.py",
    "/mail/campaigns/<campaign>/test": "changes nothing",
    "/settings/automations/effects/<effect>/retry": "tested in test_outside_effects.py",
    "/settings/automations/<automation>/edit": "tested in test_console_automation_builder.py",
    "/settings/automations/<automation>/remove": "tested in test_console_automations.py",
    "/settings/automations/log/<entry>/undo": "tested in test_console_automations.py",
    "/watched-pages/<watched>/stop": "tested in test_console_watched_pages.py",
    "/welcome/you": IDENTITY,
}
"""Routes whose entries are not looked for here, and why."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The operator allows this machine."""
    return replace(settings, outbound_allow=(AllowedTarget(ip_network("127.0.0.1/32"), None),))


@pytest.fixture
def mails() -> Iterator[Mails]:
    """A mail server that works, without sign-in."""
    with mail_server() as running:
        yield running


def log(deps: Deps, office: Office) -> list[AuditEntry]:
    """The entries, oldest first."""
    return deps.store.of(office.workspace.id).audit.page(AuditQuery(), limit=200).items[::-1]


def test_every_form_is_audited_or_says_why_not(console: Flask) -> None:
    """A new form has to be put into one of the two tables."""
    routes = {rule.rule for rule in console.url_map.iter_rules() if "POST" in (rule.methods or ()) and not is_for_programs(rule.rule)}

    assert routes == {route.replace("<key-id>", "<key>") for route in AUDITED} | NOT_AUDITED.keys()
    assert not AUDITED.keys() & NOT_AUDITED.keys()


@pytest.mark.parametrize("route", AUDITED)
def test_a_form_writes_an_entry(signed_in: SignIn, office: Office, deps: Deps, mails: Mails, route: str) -> None:
    """By the signed-in rep, from the browser's address, without a secret."""
    site = workspaces.add_site(deps, office.workspace.id, name="Site", origins=["https://www.us.example"])
    browser = signed_in(office.admin)
    browser.post("/settings/alerts/team/email", {"address": "team@us.example"})
    file = {"file": (io.BytesIO(b"email,name\nada@x.example,Ada\nbad,Bad\n"), "leads.csv")}
    looked = browser.post("/leads/import", file, content_type="multipart/form-data").text
    token = looked.split('action="/leads/import/', 1)[1].split('"', 1)[0]
    deps.store.workspaces.change(
        office.workspace.id, mail_server=MailServer(host="mail.us.example", port=587, user="u", password="hunter2")
    )
    signed_in(office.admin)
    made_up = workspaces.add_workspace(deps, "Demo", is_demo=True)
    key, _ = api_keys.new_key(deps, office.workspace.id, name="Old")
    template = templates.add_template(deps, office.workspace.id, name="Old", subject="x", html="x")
    snippet = snippets.add_snippet(deps, office.workspace.id, None, name="Old", text="x")
    deps.store.database.audit.delete_many({})
    path = route.replace("<key>", site.key).replace("<scope>/<name>", "team/email").replace("<token>", token)
    path = path.replace("<form>", add_form(deps, office.workspace.id, site.key))
    path = path.replace("<delivery>", add_alert(deps, office.workspace.id, "")["delivery"])
    hook = add_hook(deps, office.workspace.id, url="https://hooks.us.example/x", events=["lead.created"])
    path = path.replace("<hook>", hook.id)
    device = subscribe(
        deps, office.workspace.id, office.admin.id, endpoint="https://push.example/y", p256dh=P256DH, auth=AUTH, name="Phone"
    )
    path = path.replace("<device>", device.id)
    path = path.replace("<number>", "new").replace("<rule>", "new").replace("<own>", "new").replace("<client>", "thunderbird")
    path = path.replace("<key-id>", key.id).replace("<rep>", office.rep.id)
    path = path.replace("<password>", new_app_password(deps, office.admin, name="Old")[0].id)
    path = path.replace("<team>", teams.add_team(deps, office.workspace.id, name="Old").id)
    known = set_custom_fields(deps, office.workspace.id, [CustomField(id="", name="Old")]).custom_fields
    path = path.replace("<source>", deps.store.of(office.workspace.id).sources.all()[0].id)
    path = path.replace("<field>", known[0].id)
    path = path.replace("<template>", template.id).replace("<snippet>", snippet.id)
    path = path.replace("<company>", companies.add_company(deps, office.workspace.id, name="Old").id)
    viewer = Viewer(office.workspace, office.admin)
    if route.startswith("/saved-reports"):
        path = path.replace("<saved>", saved_reports.add_report(deps, viewer, name="Old", report="won", period="year").id)
    path = path.replace("<saved>", lists.add_list(deps, viewer, name="Old", condition=EVERY_LEAD).id)

    first = date(2027, 1, 1)
    spent = costs.add_cost(
        deps, office.workspace.id, source=None, purpose=CostPurpose.WIN, first_day=first, last_day=first, amount=9, currency="EUR"
    )
    path = path.replace("<cost>", spent.id)
    aim = targets.add_target(deps, office.workspace.id, report="won", measure="count", period="month", value=3)
    path = path.replace("<target>", aim.id)
    path = path.replace("<automation>", "stale")
    path = path.replace("<rate>", rates.put_rate(deps, office.workspace.id, currency="GBP", on=first, rate="1.2").id)
    job = import_jobs.start(deps, office.workspace.id, b"email\na@x.example\n", choices=ImportChoices(), rep=office.admin.id)
    if route.endswith("/undo"):
        import_jobs.cancel(deps, office.workspace.id, job.id)
    path = path.replace("<job>", job.id)
    form, action = AUDITED[route]
    form = {name: str(mails.port) if value == "<port>" else value for name, value in form.items()}
    answer = browser.post(path, form)

    assert answer.status_code in (200, 303), answer.text
    entry, *_ = log(deps, office)
    assert (entry.action, entry.actor.kind, entry.actor.id, entry.actor.name, entry.actor.address) == (
        action,
        ActorKind.REP,
        office.admin.id,
        "Mara Oliveira",
        "127.0.0.1",
    )
    assert entry.subject
    assert deps.store.of(made_up.id).audit.count() == 0
    assert "hunter2" not in str(log(deps, office))


def test_a_form_that_is_refused_writes_nothing(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """A value that will not do, and a rep who may not."""
    signed_in(office.admin).post("/settings/workspace", {"name": "", "timezone": "x", "hot_score": "0", "quiet_days": "1"})
    as_rep = signed_in(office.rep)
    assert as_rep.post("/settings/stages", {"name": "New", "kind": "open"}).status_code == 403
    assert as_rep.post("/settings/alerts/team/email", {"address": "x@us.example"}).status_code == 403
    assert as_rep.post("/settings/audit/export").status_code == 403

    assert log(deps, office) == []


def test_the_page_says_who_did_what_when_and_from_where(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """In plain words, with the whole date on hover."""
    browser = signed_in(office.admin)
    by = Actor(kind=ActorKind.REP, id=office.admin.id, name="Mara Oliveira", address="203.0.113.7")
    audit.record(deps, office.workspace.id, AuditAction.ROLE_CHANGED, by, "Tom Birch", old="rep", new="admin")
    audit.record(deps, office.workspace.id, AuditAction.KEY_CREATED, OPERATOR, "CRM")
    text = browser.get("/settings/audit").text

    for words in (
        "Changed the role of Tom Birch from rep to admin",
        "203.0.113.7",
        "Mara Oliveira",
        "Created the API key CRM",
        "This server",
    ):
        assert words in text
    assert f"{deps.now():%Y}" in text.split("<time", 1)[1].split("title=", 1)[1][:40]
    assert text.index("Created the API key") < text.index("Changed the role")


def test_it_is_for_admins_of_this_workspace(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """A rep is refused; another workspace's admin sees other entries."""
    audit.record(deps, office.workspace.id, AuditAction.KEY_CREATED, OPERATOR, "CRM")
    other = make_office(deps, "Harrow")

    assert signed_in(office.rep).get("/settings/audit").status_code == 403
    assert "CRM" not in signed_in(other.admin).get("/settings/audit").text
    assert b"CRM" not in signed_in(other.admin).post("/settings/audit/export", {"who": office.admin.id}).data


def test_it_is_narrowed_and_paged(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """By group and by person; older entries follow on further pages; odd choices are as if not made."""
    browser = signed_in(office.admin)
    tom = Actor(kind=ActorKind.REP, id=office.rep.id, name="Tom Birch")
    for number in range(60):
        audit.record(deps, office.workspace.id, AuditAction.DELETED, OPERATOR, f"task n{number}.")
    audit.record(deps, office.workspace.id, AuditAction.SIGNED_IN, tom)

    first = browser.get("/settings/audit").text
    older = first.split('rel="next"', 1)[0].rsplit('href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    second = browser.get(older).text
    assert (first.count("<tr>") - 1, second.count("<tr>") - 1) == (50, 11)
    assert "n0." in second
    assert [browser.get(f"/settings/audit?{query}").text.count("<tr>") - 1 for query in ("group=sign_ins", f"who={office.rep.id}")] == [
        1,
        1,
    ]
    assert browser.get("/settings/audit?group=sign_ins&who=operator").text.count("<tr>") == 0
    for odd in ("group=$ne", "who=x", "group=sign_ins&group=people", "cursor="):
        assert browser.get(f"/settings/audit?{odd}").status_code == 200, odd
    assert browser.get("/settings/audit?cursor=x", headers={"Accept": "text/html"}).status_code in (303, 422)


def test_hostile_names_stay_text(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """On the page, in the filter and in the file, in which no cell is a formula."""
    browser = signed_in(office.admin)
    workspace = office.workspace.id
    reps.add_rep(deps, workspace, email="x@northbeam.example", name='"><svg/onload=alert(1)>{{7*7}}')
    by = Actor(kind=ActorKind.KEY, id="k" * 32, name=HOSTILE, address="203.0.113.7")
    audit.record(deps, workspace, AuditAction.DELETED, by, HOSTILE, lead=HOSTILE, other="\ud800\x00\u2028<b>")
    audit.record(deps, workspace, AuditAction.DELETED, Actor(kind=ActorKind.REP, id="r" * 32, name='=HYPERLINK("http://x")'), "task")
    text = browser.get("/settings/audit").text

    assert "<svg/onload" not in text
    assert "\u202e" not in text
    assert "{{7*7}}" in text
    answer = browser.post("/settings/audit/export")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["time_utc", "who", "kind", "id", "address", "action", "what", "details"]
    assert [row[1] for row in rows[1:]] == ['\'=HYPERLINK("http://x")', HOSTILE.replace("\u202e", "")]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert log(deps, office)[-1].subject == "audit log"


def test_the_download_follows_the_filters(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """And is an entry itself."""
    browser = signed_in(office.admin)
    audit.record(deps, office.workspace.id, AuditAction.KEY_CREATED, OPERATOR, "CRM")
    audit.record(deps, office.workspace.id, AuditAction.SIGNED_OUT, Actor(kind=ActorKind.REP, id=office.rep.id, name="Tom Birch"))

    for form, kinds in (
        ({"group": "keys"}, ["key_created"]),
        ({"who": office.rep.id}, ["signed_out"]),
        ({"who": "operator"}, ["key_created"]),
    ):
        text = browser.post("/settings/audit/export", form).data.decode("utf-8-sig")
        assert [row["action"] for row in csv.DictReader(io.StringIO(text))] == kinds
    assert [entry.action for entry in log(deps, office)][-3:] == ["exported"] * 3
    assert browser.get("/settings/audit/export").status_code == 405


def test_the_refused_rows_of_an_import_are_an_export(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Who takes them home is written down."""
    browser = signed_in(office.rep)
    file = {"file": (io.BytesIO(b"email,name\nada@x.example,Ada\nbad,Bad\n"), "leads.csv")}
    looked = browser.post("/leads/import", file, content_type="multipart/form-data").text
    token = looked.split('action="/leads/import/', 1)[1].split('"', 1)[0]
    browser.post(f"/leads/import/{token}", {"source": "Import"})
    assert browser.get(f"/leads/import/{token}/errors.csv").status_code == 200

    imported, exported = log(deps, office)
    assert (imported.action, imported.details) == ("imported", {"added": "1", "refused": "1"})
    assert (exported.action, exported.subject, exported.actor.id) == ("exported", "rows that were not imported", office.rep.id)


def test_settings_are_told_from_and_to(signed_in: SignIn, office: Office, deps: Deps, mails: Mails) -> None:
    """Which fields changed; the mail server by its host."""
    browser = signed_in(office.admin)
    browser.post("/settings/workspace", AUDITED["/settings/workspace"][0])
    browser.post("/setup/mail", {"smtp_host": "127.0.0.1", "smtp_port": str(mails.port), "smtp_security": "starttls"})
    first, second = log(deps, office)

    assert {name: first.details[name] for name in ("hot_score", "timezone")} == {
        "hot_score": "50 → 60",
        "timezone": "Europe/Lisbon → UTC",
    }
    assert (second.subject, second.details) == ("mail server", {"mail_server": f"none → 127.0.0.1:{mails.port}"})


def test_what_is_done_from_inside_the_demo_outlives_it(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """A password set there, and the demo's removal, stand in the person's own workspace; the demo leaves no entry behind."""
    demo_workspace = deps.store.workspaces.add(Workspace(id=demo.DEMO, name="Demo", created_at=deps.now(), is_demo=True)).id
    browser = signed_in(office.admin)
    browser.post("/demo/enter")
    browser.get("/settings/me")
    assert browser.post("/settings/me/password", {"old": "", "password": "lantern harbor quilt"}).status_code == 303
    assert browser.post("/settings/me", {"name": "Mara O", "email": office.admin.email, "timezone": "UTC"}).status_code == 303
    assert browser.post("/demo/remove").status_code == 303

    assert [entry.action for entry in log(deps, office)] == ["demo_entered", "password_changed", "rep_changed", "deleted"]
    assert deps.store.database.audit.count_documents({"ws": demo_workspace}) == 0
