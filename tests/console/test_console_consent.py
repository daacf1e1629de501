"""Consent in the console: the lead page, the email form, the policy and its step in set-up, the file of all consents."""

import csv
import io
from functools import partial

import pytest

from tests.console.conftest import Office
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.privacy.consents import record_import, set_consent
from tracker.actions.workspace.edge_policy import policy_of
from tracker.actions.workspace.tracking_policies import set_tracking_policy
from tracker.domain.leads.consent import Consent, ConsentState
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.tracking import Tracking
from tracker.store.ops.audit import AuditQuery


@pytest.fixture
def dana(deps: Deps, office: Office) -> Lead:
    """A lead in Germany."""
    return leads.add_lead(
        deps, office.workspace.id, email="dana@acme.example", name="Dana Whitfield", owner=office.rep.id, country="Germany"
    )


def test_a_rep_records_what_a_lead_said(signed_in, office, deps, dana):
    """With its proof and history, as text; audited; a wrong state is refused."""
    browser = signed_in(office.rep)
    for state, how in (("granted", "Phone <1>"), ("refused", "Trade fair")):
        browser.get(f"/leads/{dana.id}")
        said = {"state": state, "how": how, "wording": "May <we>?"}
        assert browser.post(f"/leads/{dana.id}/consent", said).status_code == 303

    page = browser.get(f"/leads/{dana.id}").text
    assert "Nothing is tracked: permission refused on" in page
    assert "by Tom Birch, Phone &lt;1&gt;" in page
    assert "May &lt;we&gt;?" in page
    found = deps.store.of(office.workspace.id).leads.get(dana.id).tracking_consent
    assert (found.state, found.how, found.by) == (ConsentState.REFUSED, "Trade fair", office.rep.id)
    entries = deps.store.of(office.workspace.id).audit.page(AuditQuery(), limit=10).items
    assert [(e.action, e.details["old"], e.details["new"]) for e in entries if e.action == "consent_changed"] == [
        ("consent_changed", "granted", "refused"),
        ("consent_changed", "unknown", "granted"),
    ]
    browser.post(f"/leads/{dana.id}/consent", {"state": "perhaps", "how": "x"})
    assert "State must be one of" in browser.get(f"/leads/{dana.id}").text


def test_the_email_form_says_what_is_not_tracked(signed_in, office, deps, dana):
    """The reason and the offer to ask; after a refusal the reason alone; nothing where tracking is allowed."""
    browser = signed_in(office.admin)
    assert "In some countries tracking needs permission first" in browser.get(f"/leads/{dana.id}/write").text

    set_tracking_policy(deps, office.workspace.id, own_country="DE", by="Mara")
    page = browser.get(f"/leads/{dana.id}/write").text
    assert "No tracking: Germany, no permission yet" in page
    assert "Ask in this email" in page
    asked = browser.post(f"/leads/{dana.id}/write/preview", {"subject": "x", "body": "Hi", "ask_consent": "yes", "track": "yes"}).text
    assert "Dürfen wir sehen, wann Sie unsere E-Mails öffnen" in asked
    checked = browser.post(f"/leads/{dana.id}/write/check", {"subject": "x", "body": "[us](https://us.example/)", "track": "yes"}).json
    assert checked["links"][0]["reason"] == "The lead has not allowed tracking."

    set_consent(deps, office.workspace.id, dana.id, state="refused", how="phone", by="api")
    page = browser.get(f"/leads/{dana.id}/write").text
    assert "No tracking: permission refused on" in page
    assert "Ask in this email" not in page
    set_consent(deps, office.workspace.id, dana.id, state="granted", how="phone", by="api")
    page = browser.get(f"/leads/{dana.id}/write").text
    assert "No tracking: permission" not in page
    assert "needs permission first" not in page


def test_set_up_asks_where_the_leads_are(signed_in, office, deps):
    """One choice saves what is offered, with name and date; asked again, the degrees of the settings page stay."""
    browser = signed_in(office.admin)
    page = browser.get("/setup").text
    assert "Where are your leads?" in page
    assert "Until this is decided, email to every country is tracked." in page
    answer = browser.post("/settings/privacy", {"own_country": "CH", "back": "setup"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/setup#consent")
    policy = deps.store.workspaces.get(office.workspace.id).tracking_policy
    assert (policy.own_country, policy.degree_in(""), policy.degree_in("US"), policy.decided_by) == (
        "CH",
        Tracking.OFF,
        Tracking.FULL,
        "Mara Oliveira",
    )
    assert "Decided by Mara Oliveira on" in browser.get("/setup").text

    degrees = {"own_country": "CH", "degree-DE": "links", "degree-FR": "", "add_country": "US", "add_degree": "off", "elsewhere": "links"}
    browser.get("/settings/privacy")
    browser.post("/settings/privacy", {**degrees, "wording": "Hello"})
    browser.post("/settings/privacy", {"own_country": "AT", "back": "setup"})
    policy = deps.store.workspaces.get(office.workspace.id).tracking_policy
    assert (policy.own_country, policy.countries) == ("AT", {"DE": Tracking.LINKS, "US": Tracking.OFF})
    assert (policy.elsewhere, policy.wording) == (Tracking.LINKS, "Hello")
    assert "Mara Oliveira" in browser.get("/settings/privacy").text


def test_consents_are_exported(signed_in, office, deps, dana):
    """Every lead with state and proof; no cell is a formula."""
    set_consent(deps, office.workspace.id, dana.id, state="granted", how="=1+1", wording="May we?", by="api")
    leads.add_lead(deps, office.workspace.id, email="tom@acme.example", name="Tom")
    browser = signed_in(office.admin)
    browser.get("/settings/privacy")
    rows = list(csv.DictReader(io.StringIO(browser.post("/settings/privacy/consents.csv").text.removeprefix("\ufeff"))))

    assert [(row["email"], row["state"], row["allowed"]) for row in rows] == [
        ("dana@acme.example", "granted", "full"),
        ("tom@acme.example", "unknown", "full"),
    ]
    assert (rows[0]["how"], rows[0]["wording"], rows[0]["by"]) == ("'=1+1", "May we?", "api")


def test_a_file_brings_consents_but_never_overturns_a_refusal(signed_in, office, deps, dana):
    """New and existing leads, with file name and rep as proof; a refusal in the file counts; an unknown word is kept as a custom field."""
    here, browser = deps.store.of(office.workspace.id), signed_in(office.rep)
    add = partial(leads.add_lead, deps, office.workspace.id, owner=office.rep.id)
    allowed, silent = add(email="allowed@x.example", name="A"), add(email="silent@x.example", name="S")
    set_consent(deps, office.workspace.id, dana.id, state="refused", how="phone", by=office.rep.id)
    set_consent(deps, office.workspace.id, allowed.id, state="granted", how="phone", by=office.rep.id)
    rows = f"{dana.email},Granted\nnew@x.example,Ja\nno@x.example,refusé\nplain@x.example,\n{allowed.email},No\n{silent.email},exempt\nodd@x.example,maybe\n"
    file = (io.BytesIO(f"email,Consent\n{rows}".encode()), "Fair <2026>.csv")
    preview = browser.post("/leads/import", {"file": file}, content_type="multipart/form-data").text
    assert "Tracking consent" in preview
    assert "Consent must be granted, refused, exempt or unknown, or yes or no" in preview
    token = preview.partition('action="/leads/import/')[2].partition('"')[0]
    done = browser.post(f"/leads/import/{token}", {}).text

    assert "1 lead refused tracking. The file would have allowed it; the refusal stays." in done
    emails = ("dana@acme.example", "new@x.example", "no@x.example", "plain@x.example", allowed.email, silent.email)
    found = here.leads.by_emails(emails)
    assert [found[email].tracking_consent.state.value for email in emails] == [
        "refused",
        "granted",
        "refused",
        "unknown",
        "refused",
        "exempt",
    ]
    for email in ("new@x.example", allowed.email, silent.email):
        consent = found[email].tracking_consent
        assert (consent.how, consent.by) == ("import: Fair <2026>.csv", office.rep.id)
        assert here.consents.of_lead(found[email].id)[0].consent == consent
    odd = here.leads.by_email("odd@x.example")
    assert (odd.tracking_consent.state.value, odd.fields) == ("unknown", {"Consent": "maybe"})
    assert "Tracking refused" in browser.get("/leads").text


def test_an_import_of_this_moment_does_not_overturn_a_refusal(deps, office, dana):
    """Even if the refusal came after the import had read the lead."""
    granted = Consent(state=ConsentState.GRANTED, at=deps.now(), how="import", by=office.rep.id)
    set_consent(deps, office.workspace.id, dana.id, state="refused", how="phone", by=office.rep.id)
    assert not record_import(deps, dana, granted)
    assert deps.store.of(office.workspace.id).leads.get(dana.id).tracking_consent.state is ConsentState.REFUSED


def test_own_texts_for_leads_are_set_by_language(signed_in, office, deps):
    """Shown in the preview as text, with the company's name; an empty text falls back; the edge's policy has them."""
    browser = signed_in(office.admin)
    given = {"choice-de": "<b>{company}</b> fragt", "choice-": "All others", "unsubscribe-it": "Ciao", "banner-fr": "Bonjour"}
    assert browser.post("/settings/texts", given).status_code == 303
    kept = deps.store.workspaces.get(office.workspace.id).lead_texts
    assert kept == {
        "choice": {"": "All others", "de": "<b>{company}</b> fragt"},
        "banner": {"fr": "Bonjour"},
        "unsubscribe": {"it": "Ciao"},
    }
    assert policy_of([deps.store.workspaces.get(office.workspace.id)]).workspaces[office.workspace.id].text("choice", "es") == "All others"
    assert "&lt;b&gt;{company}&lt;/b&gt; fragt" in browser.get("/settings/texts").text
    shown = {
        ("choice", "de"): "&lt;b&gt;Northbeam&lt;/b&gt; fragt",
        ("choice", "nl"): "All others",
        ("unsubscribe", "it"): "Ciao",
        ("unsubscribe", "de"): "keine E-Mails mehr von Northbeam",
        ("unsubscribe", "xx"): "no more mail from Northbeam",
    }
    for (page, language), words in shown.items():
        assert words in browser.get(f"/settings/texts/preview?page={page}&language={language}").text
    browser.post("/settings/texts", {"choice-de": "x" * 1001})
    assert deps.store.workspaces.get(office.workspace.id).lead_texts == kept
    browser.post("/settings/texts", {})
    assert "{company}" not in browser.get("/settings/texts/preview?language=de").text
    assert signed_in(office.rep).get("/settings/texts").status_code == 403
