"""Settings, Automations: switched on with a number, previewed, the log with undo, and removed."""

from datetime import timedelta

from tracker.actions.automations.engine import run_automations
from tracker.actions.automations.settings import add_automation
from tracker.actions.leads import leads
from tracker.domain.pipeline.automation import AutomationAction, AutomationContent, AutomationDeed, AutomationTrigger


def test_automations_are_switched_previewed_undone_and_removed(deps, office, signed_in):
    """The number is checked; names of leads are escaped; only a day's work of automations can be undone."""
    ws, mara = office.workspace.id, signed_in(office.admin)
    here, now = deps.store.of(ws), deps.now()
    assert "Going stale" in mara.get("/settings/automations").text
    lead = leads.add_lead(deps, ws, email="dana@acme.example", name="Dana <b>", owner=office.rep.id)
    here.leads.change(lead.id, created_at=now - timedelta(days=20))
    page = mara.get("/settings/automations/stale").text
    assert ("1 time in the last 30 days" in page, "Dana &lt;b&gt;" in page, "No contact for 14 days" in page) == (True, True, True)
    wrong = mara.post("/settings/automations/stale", {"number": "0", "switch": "on"})
    assert (wrong.status_code, "The number of days must be from 1 to 3,650." in wrong.text) == (422, True)
    assert mara.post("/settings/automations/stale", {"number": "21", "switch": "on"}).status_code == 303
    assert "No contact for 21 days" in mara.get("/settings/automations").text
    assert signed_in(office.rep).get("/settings/automations").status_code == 403

    mara = signed_in(office.admin)
    tag = AutomationAction(kind=AutomationDeed.TAG, text="warm <i>")
    content = AutomationContent(trigger=AutomationTrigger.CREATED, actions=(tag,))
    own = add_automation(deps, office.workspace, name="Own", content=content, is_on=True)
    here.automations.change(own.id, since=now - timedelta(days=30))
    run_automations(deps, deps.now())
    assert here.leads.get(lead.id).tags == ("warm <i>",)
    shown = mara.get("/settings/automations").text
    assert "Added the tag “warm &lt;i&gt;”" in shown
    (entry,) = here.automation_log.page().items
    assert mara.post(f"/settings/automations/log/{entry.id}/undo").status_code == 303
    assert here.leads.get(lead.id).tags == ()
    assert (
        "There is nothing to undo"
        in mara.client.post(
            f"/settings/automations/log/{entry.id}/undo",
            data={"csrf_token": mara.token},
            headers={"Origin": "http://localhost"},
            follow_redirects=True,
        ).text
    )
    assert mara.post(f"/settings/automations/{own.id}/remove").status_code == 303
    assert "A removed automation" in mara.get("/settings/automations").text
