"""The console's screens: what reps may open, whose data they see, and hostile text."""

import re
from collections.abc import Callable

import pytest

from tests import live_messages
from tests.api.samples import add_form
from tests.console.conftest import Browser, Office, make_office
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.workspace import workspaces
from tracker.actions.workspace.edge_policy import policy_of
from tracker.base.clock import to_ms
from tracker.base.encryption import keyring_file
from tracker.base.errors import NotFound
from tracker.domain.activity.form import FormField
from tracker.domain.alerting.payload import AlertPayload
from tracker.domain.workspace.mail_server import MailServer
from tracker.domain.workspace.workspace import Policy
from tracker.spool.policy import BannerPolicy
from tracker.store.ops.audit import AuditQuery

SignIn = Callable[..., Browser]
HOSTILE = '"><svg/onload=alert(1)>{{7*7}}</script>\u202e'
ADMIN_PAGES = ("workspace", "sites", "forms", "mail", "mail/check", "stages", "rules", "team", "keys", "advanced")


def presence(deps: Deps, workspace: str, lead: str | None, **more: object) -> None:
    now = to_ms(deps.now())
    page = {"page": "p", "url": "https://a.example/pricing", "title": "Pricing | A", "active_ms": 100, "scroll": 40}
    state = live_messages.presence(**{"visitor": lead or "v", "lead": lead, "since": now - 102_000, "last": now} | page | more)
    deps.bus.set_presence(workspace, {state.visitor: state})


@pytest.mark.parametrize("page", ["/live", "/welcome", "/setup", "/settings/alerts", "/settings/me", "/bell", "/live/rows", "/setup/steps"])
def test_screens_open_on_an_empty_workspace(signed_in: SignIn, office: Office, page: str) -> None:
    """Nothing to show is a state of its own, not an error."""
    assert signed_in(office.admin).get(page).status_code == 200


@pytest.mark.parametrize("tab", ADMIN_PAGES)
def test_settings_are_for_admins(signed_in: SignIn, office: Office, tab: str) -> None:
    """Admins open every tab; a rep is refused, politely."""
    assert signed_in(office.admin).get(f"/settings/{tab}").status_code == 200
    assert signed_in(office.rep).get(f"/settings/{tab}").status_code == 403


def test_live_names_the_lead_the_page_and_the_time(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """One glance says who is where, since when."""
    lead = leads.add_lead(
        deps, office.workspace.id, email="dana@acme.example", name="Dana Whitfield", company="Acme", owner=office.admin.id
    )
    presence(deps, office.workspace.id, lead.id)
    text = signed_in(office.admin).get("/live/rows").text

    assert "Dana Whitfield" in text
    assert "On <b>Pricing</b>" in text
    assert re.search(r">1:[45]\d<", text)


def test_visitors_without_a_name_share_one_line(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Their number is said, nothing else."""
    for number in range(3):
        presence(deps, office.workspace.id, None, visitor=f"v{number}")
    text = " ".join(signed_in(office.admin).get("/live/rows").text.split())

    assert re.search("3 anonymous visitors", text)


def test_hostile_text_stays_text(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Names, titles and addresses from outside are shown letter by letter."""
    lead = leads.add_lead(deps, office.workspace.id, email="x@acme.example", name='"><svg/onload=alert(1)>{{7*7}}', owner=office.admin.id)
    presence(deps, office.workspace.id, lead.id, title=HOSTILE, url='javascript:alert(1)//"><svg/onload=alert(2)>')
    text = signed_in(office.admin).get("/live").text

    assert "<svg/onload" not in text
    assert "{{7*7}}" in text
    assert "49" not in text.replace(lead.id, "").split("<main", 1)[1].split("live-name", 1)[1][:200]
    assert 'href="javascript' not in text


def test_another_workspace_cannot_be_reached(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Its leads, reps and keys are not found, and its presence is not shown."""
    other = make_office(deps, "Harrow")
    theirs = leads.add_lead(deps, other.workspace.id, email="ilya@harrow.example", name="Ilya Petrov")
    presence(deps, other.workspace.id, theirs.id)
    browser = signed_in(office.admin)

    assert "Ilya" not in browser.get("/live").text
    assert browser.post("/take", {"lead": theirs.id}).status_code == 404
    assert browser.post(f"/settings/team/{other.rep.id}", {"is_active": "no"}).status_code == 404
    assert browser.post(f"/settings/team/{other.rep.id}/link").status_code == 404
    assert browser.post(f"/switch/{other.workspace.id}").status_code == 404
    assert deps.store.of(other.workspace.id).reps.get(other.rep.id).is_active
    with pytest.raises(NotFound):
        deps.store.of(office.workspace.id).leads.get(theirs.id)


def test_own_only_hides_colleagues_leads(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Where reps see only own leads, a colleague's is neither shown nor counted nor taken."""
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    lead = leads.add_lead(deps, office.workspace.id, email="dana@acme.example", name="Dana Whitfield", owner=office.admin.id)
    presence(deps, office.workspace.id, lead.id)
    browser = signed_in(office.rep)

    assert "Dana" not in browser.get("/live").text
    assert browser.get("/bell/count").json == {"on_site": 0, "unseen": 0}
    assert browser.post("/take", {"lead": lead.id}).status_code == 404


def test_nobodys_lead_can_be_taken_once(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """The first rep gets the lead; the second is told whose it is."""
    lead = leads.add_lead(deps, office.workspace.id, email="ben@kite.example", name="Ben Achterberg")
    headers = {"X-Requested-With": "fetch"}
    first = signed_in(office.rep).post("/take", {"lead": lead.id}, headers=headers)
    second = signed_in(office.admin).post("/take", {"lead": lead.id}, headers=headers)

    assert (first.status_code, second.status_code) == (200, 409)
    assert "Tom Birch" in second.json["detail"]


def test_lateness_is_said(signed_in: SignIn, office: Office, deps: Deps, redis) -> None:  # type: ignore[no-untyped-def]
    """A drain that fell behind, or silent, shows as seconds, with the promise that nothing is lost."""
    browser = signed_in(office.admin)
    assert "No data is lost" not in browser.get("/live/rows").text
    redis.hset("ll:drains", "here", f'{{"at": {to_ms(deps.now())}, "lag_seconds": 40, "lag_events": 9}}')
    assert "40 s behind. No data is lost." in browser.get("/live/rows").text
    redis.hset("ll:drains", "here", f'{{"at": {to_ms(deps.now()) - 90_000}, "lag_seconds": 0, "lag_events": 0}}')
    assert "90 s behind. No data is lost." in browser.get("/live/rows").text


def test_the_consent_banner_is_a_setting_of_a_site(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Off at first; switched on, its line is offered and the edge serves it with the company's own wording; the change is audited."""
    site = workspaces.add_site(deps, office.workspace.id, name="Shop", origins=["https://www.northbeam.example"])
    browser = signed_in(office.admin)
    assert "/b.js" not in browser.get("/settings/sites").text
    form = {"name": "Shop", "origins": "https://www.northbeam.example", "fields": "email", "banner": "yes"}
    browser.post(f"/settings/sites/{site.key}", {**form, "banner_link": "javascript:alert(1)"})
    assert deps.store.workspaces.get(office.workspace.id).sites == (site,)
    browser.post(f"/settings/sites/{site.key}", {**form, "banner_text": HOSTILE, "banner_link": "https://northbeam.example/privacy"})
    text = browser.get("/settings/sites").text

    assert f"/b.js?s={site.key}" in text
    assert HOSTILE not in text
    changed = deps.store.workspaces.get(office.workspace.id)
    assert policy_of([changed]).sites[site.key].banner == BannerPolicy(HOSTILE, "https://northbeam.example/privacy")
    details = deps.store.of(office.workspace.id).audit.page(AuditQuery()).items[0].details
    assert (details["banner"], details["banner_text"]) == ("no → yes", "changed")
    browser.post(f"/settings/sites/{site.key}", {name: value for name, value in form.items() if name != "banner"})
    assert policy_of([deps.store.workspaces.get(office.workspace.id)]).sites[site.key].banner is None


def test_setup_ticks_itself(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """A site asks for its snippet; a lead ticks the step."""
    browser = signed_in(office.admin)
    assert browser.post("/setup/site", {"origin": "www.northbeam.example/home"}).status_code == 303
    text = browser.get("/setup/steps").text
    key = deps.store.workspaces.get(office.workspace.id).sites[0].key
    assert f"/t.js?s={key}" in text
    assert "Waiting for the first page" in text

    assert "data-consent=&#34;wait&#34;" in text  # the company is in Lisbon
    leads.add_lead(deps, office.workspace.id, email="dana@acme.example", name="Dana")
    assert "1 lead<" in browser.get("/setup/steps").text


def test_a_value_that_will_not_do_comes_back_as_a_sentence(signed_in: SignIn, office: Office) -> None:
    """The form is shown again with what to do on top."""
    browser = signed_in(office.admin)
    answer = browser.post("/setup/site", {"origin": "ftp://x"}, headers={"Referer": "http://localhost/setup"})

    assert answer.headers["Location"] == "/setup"
    assert "Only pages of a web server report visits" in browser.get("/setup").text


def test_a_password_change_ends_other_sessions(signed_in: SignIn, office: Office) -> None:
    """Sessions in other browsers end."""
    here, elsewhere = signed_in(office.rep), signed_in(office.rep)
    assert here.post("/settings/me/password", {"password": "a new long password"}).status_code == 303

    assert here.get("/settings/me").status_code == 200
    assert elsewhere.get("/settings/me").status_code == 303


def test_an_api_key_is_shown_once(signed_in: SignIn, office: Office) -> None:
    """Afterwards only its end is."""
    browser = signed_in(office.admin)
    assert "ll_" in browser.post("/settings/keys", {"name": "CRM"}).text
    again = browser.get("/settings/keys").text

    assert "CRM" in again
    assert "ll_" not in again.split("<main", 1)[1]


def test_a_test_rings_in_the_console(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """The toast goes over the bus, marked as a test."""
    before = deps.bus.newest(office.workspace.id)
    assert signed_in(office.rep).post("/settings/alerts/me/console/test").status_code == 303
    ((_, payload),) = deps.bus.follow(office.workspace.id, before, 100)

    assert isinstance(payload, AlertPayload)
    assert (payload.test, payload.rep) == (True, office.rep.id)


def test_no_page_shows_a_secret_and_each_says_what_to_type_again(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """But the address of a webhook, for those who may set it; with its key lost, a channel is stopped and mail is not sent."""
    browser, path = signed_in(office.admin), deps.settings.secret_keys_file
    for name, form in {
        "slack": {"bot_token": "xoxb-sEcReT-0001", "channel": "#sales"},
        "webhook": {"url": "https://hook.example/in/0002", "secret": "sEcReT-0003"},
    }.items():
        assert browser.post(f"/settings/alerts/me/{name}", form).status_code == 303
    deps.store.workspaces.change(office.workspace.id, mail_server=MailServer(host="127.0.0.1", port=1, user="u", password="sEcReT-0004"))
    pages = "".join(browser.get(page).text for page in ("/settings/alerts", "/settings/alerts/states", "/settings/mail", "/setup"))
    assert ("sEcReT" in pages, "https://hook.example/in/0002" in pages, "entered again" in pages) == (False, True, False)

    keyring_file.retire_others(path, keyring_file.add_key(path))
    deps.store.keyring.ensure()
    states = browser.get("/settings/alerts/states").json
    assert {states[f"me-{name}"]["text"] for name in ("slack", "webhook")} == {"Stopped: its secret must be entered again"}
    assert browser.get("/settings/alerts").status_code == 200
    assert "Enter the password again" in browser.get("/settings/mail").text
    assert "must be entered again" in browser.get("/setup").text
    browser.post("/setup/mail/check", {}, headers={"Referer": "http://localhost/setup"})
    assert "must be entered again" in browser.get("/settings/me").text


def test_forms_are_approved_changed_and_switched_off(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Each row says what it is, how that is known, and offers the next step."""
    site = workspaces.add_site(deps, office.workspace.id, name="Shop", origins=["https://www.us.example"])
    form = add_form(deps, office.workspace.id, site.key, HOSTILE)
    browser, path = signed_in(office.admin), f"/settings/forms/{form}"

    text = browser.get("/settings/forms").text
    assert "<svg/onload" not in text
    assert re.search(r'value="newsletter" selected', text)
    assert ">Guessed<" in text
    for sent, shown in (
        ({"kind": "newsletter"}, ">Approved<"),
        ({"kind": "inquiry", "off": "yes"}, ">Off<"),
        ({"kind": "inquiry"}, ">Save<"),
    ):
        assert browser.post(path, sent).status_code == 303
        assert shown in browser.get("/settings/forms").text
    assert deps.store.of(office.workspace.id).forms.get(form).decided_by == office.admin.id
    assert browser.post(path, {"kind": "made up"}).status_code in (303, 422)
    assert browser.post("/settings/forms/unknown", {"kind": "other"}).status_code == 404
    assert signed_in(office.rep).post(path, {"kind": "other"}).status_code == 403


def test_a_checkbox_of_a_form_becomes_consent(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """With its text, as text; saved together with the kind."""
    site = workspaces.add_site(deps, office.workspace.id, name="Shop", origins=["https://www.us.example"])
    form = add_form(deps, office.workspace.id, site.key, HOSTILE)
    deps.store.of(office.workspace.id).forms.change(form, fields=(FormField("checkbox", "allow"), FormField("email", "email")))
    browser, path = signed_in(office.admin), f"/settings/forms/{form}"
    assert "Consent to tracking" in browser.get("/settings/forms").text

    browser.post(path, {"kind": "inquiry", "consent_field": "allow", "consent_wording": HOSTILE})
    consent = deps.store.of(office.workspace.id).forms.get(form).consent
    assert consent is not None
    assert (consent.field, consent.wording) == ("allow", HOSTILE)
    text = browser.get("/settings/forms").text
    assert "<svg/onload" not in text
    assert "<option selected>allow</option>" in text
    assert browser.post(path, {"kind": "inquiry", "consent_field": "email", "consent_wording": "x"}).status_code in (303, 422)
    assert deps.store.of(office.workspace.id).forms.get(form).consent == consent
    browser.post(path, {"kind": "inquiry", "consent_field": ""})
    assert deps.store.of(office.workspace.id).forms.get(form).consent is None
