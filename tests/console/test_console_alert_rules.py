"""Settings, Alerts: rules with their preview, priorities of shipped rules, and when alerts arrive."""

import msgspec

from tests.api.samples import add_form, add_view
from tracker.actions.leads import leads
from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.form import FormKind
from tracker.domain.alerting.custom_rule import RulePriority, RuleTrigger
from tracker.domain.alerting.preferences import SHIPPED, AlertPreferences, DigestEvery, EmailAlerts
from tracker.domain.ops.audit import AuditAction
from tracker.rules.verdicts.first import PERSON
from tracker.store.ops.audit import AuditQuery

RULE = {"name": "Any <b> page", "trigger": "page", "text": "*", "occasion": "every", "priority": "digest"}


def test_a_rule_is_previewed_saved_and_removed(deps, office, signed_in):
    """The preview lists leads and says which fields are today's; what is wrong comes back as it was typed."""
    store, tom = deps.store.of(office.workspace.id), signed_in(office.rep)
    lead = leads.add_lead(deps, office.workspace.id, email="dana@acme.example", name="Dana", owner=office.rep.id)
    add_view(deps, office.workspace.id, lead.id)
    assert "No rules of your own yet" in tom.get("/settings/alert-rules").text
    assert 'name="trigger"' in tom.get("/settings/alert-rules/new").text
    condition = {"f": ["source", ""], "o": ["is_empty", ""], "v": ["", ""]}
    shown = tom.post("/settings/alert-rules/new", RULE | condition | {"preview": "1"}).text
    assert "Would have alerted 1 time in the last 7 days" in shown
    assert f"/leads/{lead.id}" in shown
    assert "Source: compared with the values of today" in shown
    assert (
        "Would have alerted 0 times in the last 31 days"
        in tom.post("/settings/alert-rules/new", RULE | {"text": "/careers", "preview": "1", "days": "31"}).text
    )
    wrong = tom.post("/settings/alert-rules/new", RULE | {"text": " ", "number": "x"})
    assert (wrong.status_code, "The page or label" in wrong.text, "Any &lt;b&gt; page" in wrong.text) == (422, True, True)
    assert store.alert_rules.every() == []

    assert tom.post("/settings/alert-rules/new", RULE | condition).status_code == 303
    [rule] = store.alert_rules.present(office.rep.id)
    assert (rule.content.trigger, rule.content.priority, rule.rep) == (RuleTrigger.PAGE, RulePriority.DIGEST, office.rep.id)
    listed = tom.get("/settings/alert-rules").text
    assert "Views *, if Source is empty" in listed
    assert "Any &lt;b&gt; page" in listed
    assert tom.post(f"/settings/alert-rules/{rule.id}", RULE | {"trigger": "score", "number": "40"}).status_code == 303
    assert "Score reaches 40" in tom.get("/settings/alert-rules").text
    assert 'value="40"' in tom.get(f"/settings/alert-rules/{rule.id}").text
    assert tom.get("/settings/alert-rules/new?for=all").status_code == 403
    assert tom.post("/settings/alert-rules/new", RULE | {"for": "all"}).status_code == 403
    assert tom.post(f"/settings/alert-rules/{rule.id}/remove").status_code == 303
    assert "No rules of your own yet" in tom.get("/settings/alert-rules").text
    entries = store.audit.page(AuditQuery()).items
    assert next(one.details for one in entries if one.action is AuditAction.SETTINGS_CHANGED) == {"removed": RULE["name"]}


def test_shipped_rules_and_when_alerts_arrive(deps, office, signed_in):
    """Each rep for own leads and hours; admins for all. Saving again without a change changes nothing."""
    store, tom, mara = deps.store.of(office.workspace.id), signed_in(office.rep), signed_in(office.admin)
    assert mara.post("/settings/alert-rules/shipped", {"for": "all", "p-click": "off", "p-hot": "quiet"}).status_code == 303
    assert "Off, the company’s" in tom.get("/settings/alert-rules").text
    for _ in range(2):
        assert tom.post("/settings/alert-rules/shipped", {"p-click": "loud", "p-nosuch": "off"}).status_code == 303
    assert {(one.base, one.rep): len(one.revisions) for one in store.alert_rules.every()} == {
        ("click", None): 1, ("hot", None): 1, ("click", office.rep.id): 1,
    }  # fmt: skip
    assert tom.post("/settings/alert-rules/shipped", {"for": "all", "p-click": "off"}).status_code == 403
    assert tom.post("/settings/alert-rules/shipped", {"p-click": ""}).status_code == 303
    assert [one.base for one in store.alert_rules.present(office.rep.id)] == []

    assert "When alerts arrive" in tom.get("/settings/me").text
    own = {
        "scope": "me",
        "source": "own",
        "hours": "hours",
        "day-0": "yes",
        "start": "09:30",
        "end": "00:00",
        "digest": "daily",
        "email": "now",
    }
    assert tom.post("/settings/alert-times", own).status_code == 303
    wanted = AlertPreferences(days=(0,), start=570, end=1440, digest=DigestEvery.DAILY, email=EmailAlerts.NOW)
    assert store.reps.get(office.rep.id).alert_preferences == wanted
    for wrong in ({"start": "x"}, {"day-0": ""}, {"start": "20:00", "end": "19:00"}):
        tom.post("/settings/alert-times", own | wrong)
        assert store.reps.get(office.rep.id).alert_preferences == wanted
    assert tom.post("/settings/alert-times", own | {"source": "company"}).status_code == 303
    assert store.reps.get(office.rep.id).alert_preferences is None
    assert tom.post("/settings/alert-times", own | {"scope": "company"}).status_code == 403
    company = {f"day-{day}": "yes" for day in range(5)} | {"scope": "company", "start": "08:00", "end": "19:00", "take_minutes": "10"}
    assert mara.post("/settings/alert-times", company).status_code == 303
    found = deps.store.workspaces.get(office.workspace.id)
    assert (found.alert_preferences, found.policy.take_minutes) == (SHIPPED, 10)
    assert "Minutes until someone has to take" in mara.get("/settings/alerts").text


def test_an_older_workspace_is_asked_for_quiet_hours_once(deps, office, signed_in):
    """Admins, on Today and Alerts, until one of them answers."""
    asked, tom, mara = "Alerts arrive at all hours", signed_in(office.rep), signed_in(office.admin)
    for answer, hours in (("keep", AlertPreferences()), ("use", SHIPPED)):
        deps.store.workspaces.change(office.workspace.id, hours_decided=False, alert_preferences=AlertPreferences())
        assert [asked in who.get(page).text for who in (mara, tom) for page in ("/today", "/alerts")] == [True, True, False, False]
        assert tom.post("/settings/alert-times/company", {"do": answer}).status_code == 403
        stale = mara.post("/settings/alert-times/company", {"do": "use", "version": "0", "then": "today"})
        assert (stale.status_code, deps.store.workspaces.get(office.workspace.id).asks_for_hours) == (303, True)
        assert mara.post("/settings/alert-times/company", {"do": answer, "then": "today"}).location == "/today"
        assert deps.store.workspaces.get(office.workspace.id).alert_preferences == hours
        assert asked not in mara.get("/alerts").text


def test_a_rep_chooses_a_form_that_they_see(deps, office, signed_in):
    """Where reps see own leads: one that such a lead has sent, or that the rule names already; admins any form."""
    ws, tom, mara = office.workspace.id, signed_in(office.rep), signed_in(office.admin)
    deps.store.workspaces.change(ws, policy=msgspec.structs.replace(office.workspace.policy, reps_see="own"))
    here, forms = deps.store.of(ws), {}
    for name, owner in (("fair", office.rep), ("other", office.admin)):
        lead = leads.add_lead(deps, ws, email=f"{name}@acme.example", name=name, owner=owner.id)
        forms[name] = add_form(deps, ws, "5e" * 8, f"{name}-form")
        at = deps.now()
        sent = {"kind": EventKind.SUBMIT, "form": forms[name], "form_kind": FormKind.INQUIRY, "verdict": PERSON, "lead": lead.id}
        here.events.add(Event(id=new_id(), workspace=ws, at=at, received=at, **sent))
    assert [[name in who.get("/settings/alert-rules/new").text for name in forms.values()] for who in (tom, mara)] == [
        [True, False],
        [True, True],
    ]
    rule = RULE | {"trigger": "form", "form": forms["fair"]}
    assert tom.post("/settings/alert-rules/new", rule).status_code == 303
    assert tom.post("/settings/alert-rules/new", rule | {"form": forms["other"]}).status_code == 422
    [made] = here.alert_rules.present(office.rep.id)
    here.leads.change(here.leads.by_emails(["fair@acme.example"]).popitem()[1].id, owner=office.admin.id)
    assert tom.post(f"/settings/alert-rules/{made.id}", rule | {"priority": "loud"}).status_code == 303
    assert tom.post(f"/settings/alert-rules/{made.id}", rule | {"form": forms["other"]}).status_code == 422
