"""Mail, Sequences and Campaigns: made, followed, stopped; what leads wrote is escaped; who did what is in the audit log."""

import pytest

from tracker.actions.leads import leads
from tracker.actions.leads.lists import add_list
from tracker.actions.mail.templates import add_template
from tracker.actions.outreach.run_sequences import run_sequences
from tracker.domain.outreach.campaign import CampaignState
from tracker.domain.outreach.sequence import OPEN_ENROLMENTS
from tracker.rules.conditions.condition import parsed
from tracker.rules.visibility import Viewer
from tracker.store.ops.audit import AuditQuery

STEP = {"s-id": "", "s-kind": "email", "s-text": "", "s-after": "0", "s-unit": "days", "s-test": "always", "s-page": "", "s-answer": ""}


def rows(*steps):
    """The form of these steps."""
    return {name: [step[name] for step in steps] for name in steps[0]}


@pytest.fixture
def scene(deps, office):
    """A template, and leads of the admin and of the rep."""
    ws = office.workspace.id
    template = add_template(deps, ws, name="Hello <i>", subject="Hi", html="<p>Hi {{first_name}}</p>").id
    made = [
        leads.add_lead(deps, ws, email=f"{name.lower()}@acme.example", name=f"{name} <b>", owner=owner)
        for name, owner in (("Ann", office.admin.id), ("Ben", office.rep.id), ("Cat", office.admin.id))
    ]
    return template, made


def audited(deps, office):
    """The actions in the log."""
    return [entry.action.value for entry in deps.store.of(office.workspace.id).audit.page(AuditQuery(), limit=200).items]


def test_sequences(deps, office, signed_in, scene):
    """The editor adds and removes rows without saving; leads are added on their page and from the list, and taken out."""
    template, (ann, ben, _) = scene
    mara, here = signed_in(office.admin), deps.store.of(office.workspace.id)
    assert "No sequences yet" in mara.get("/mail/sequences").text
    email, task = STEP | {"s-template": template}, STEP | {"s-kind": "task", "s-template": "", "s-text": "Call <u>", "s-after": "2"}
    added = mara.post("/mail/sequences/new/edit", {"name": "Fair <s>", "add": "1", "new": "task", **rows(email)})
    assert mara.post("/mail/sequences/new/edit", {"name": "x", "add": "1", "new": "<x>", **rows(email)}).status_code == 200
    assert (added.status_code, added.text.count('name="s-kind"'), here.sequences.all()) == (200, 2, [])
    assert mara.post("/mail/sequences/new/edit", {"name": "", "drop": "1", **rows(email, task)}).text.count('name="s-kind"') == 1
    wrong = mara.post("/mail/sequences/new/edit", {"name": "Fair", **rows(email | {"s-after": "x"})})
    assert (wrong.status_code, "0 to 365" in wrong.text) == (422, True)
    assert mara.post("/mail/sequences/new/edit", {"name": "Fair <s>", "stop": "Negotiation", **rows(email, task)}).status_code == 303
    (made,) = here.sequences.all()
    assert "Fair &lt;s&gt;" in mara.get(f"/leads/{ann.id}").text

    form = {"sequence": made.id, "lead": [ann.id, ben.id]}
    assert signed_in(office.rep).post("/leads/enrol", form).status_code == 303
    assert [one.lead for one in here.enrolments.page(made.id).items] == [ben.id]
    mara = signed_in(office.admin)
    assert mara.post("/leads/enrol", form).status_code == 303
    shown = mara.get(f"/mail/sequences/{made.id}").text
    for words in ("Ann &lt;b&gt;", "Email “Hello &lt;i&gt;”", "Task “Call &lt;u&gt;”", "After 2 working days", "in Negotiation"):
        assert words in shown
    assert "Ann" in signed_in(office.rep).get(f"/mail/sequences/{made.id}").text
    of_ann = next(one for one in here.enrolments.of_lead(ann.id))
    assert signed_in(office.rep).post(f"/enrolments/{of_ann.id}", {"action": "stop"}).status_code == 404
    mara = signed_in(office.admin)
    here.enrolments.advance(of_ann.id, (of_ann.state,), state="parked", reason="Refused <x>", due_at=None)
    assert "Refused &lt;x&gt;" in mara.get(f"/leads/{ann.id}").text
    for action, state in (("go_on", "active"), ("stop", "stopped"), ("stop", "stopped")):
        assert mara.post(f"/enrolments/{of_ann.id}", {"action": action}).status_code == 303
        assert here.enrolments.get(of_ann.id).state.value == state

    assert mara.post(f"/mail/sequences/{made.id}/switch", {"switch": "off"}).status_code == 303
    again = mara.get(f"/mail/sequences/{made.id}/edit").text
    assert f'value="{made.steps[0].id}"' in again
    ivo = signed_in(office.rep)
    for form in ("remove", "switch", "edit"):
        assert ivo.post(f"/mail/sequences/{made.id}/{form}").status_code == 403
    assert (ivo.get(f"/mail/sequences/{made.id}/edit").status_code, here.sequences.get(made.id).is_on) == (403, False)
    assert f"/mail/sequences/{made.id}/edit" not in ivo.get(f"/mail/sequences/{made.id}").text
    assert signed_in(office.admin).post(f"/mail/sequences/{made.id}/remove").status_code == 303
    for one in here.enrolments.of_lead(ben.id):
        here.enrolments.advance(one.id, OPEN_ENROLMENTS, due_at=deps.now())
    run_sequences(deps, deps.now())
    assert here.enrolments.of_lead(ben.id)[0].reason == "The sequence was removed"
    assert {"sequence_changed", "leads_changed", "deleted"} <= set(audited(deps, office))


def test_campaigns(deps, office, signed_in, scene):
    """The audience says who is left out and why; a rep reaches own leads; started, paused and cancelled."""
    template, (_, _, cat) = scene
    here, ws = deps.store.of(office.workspace.id), office.workspace
    here.leads.change(cat.id, opted_out_at=deps.now())
    known = add_list(
        deps, Viewer(ws, office.admin), name="All <q>", condition=parsed({"field": "stage_kind", "is": "open"}), is_shared=True
    )
    form = {"name": "Spring <s>", "list": known.id, "template": template, "sender": "owner", "every_minutes": "2"}
    mara = signed_in(office.admin)
    assert "No campaigns yet" in mara.get("/mail/campaigns").text
    wrong = mara.post("/mail/campaigns/new/edit", form | {"every_minutes": "0"})
    assert (wrong.status_code, "from 1 to 240" in wrong.text) == (422, True)
    assert mara.post("/mail/campaigns/new/edit", form).status_code == 303
    (made,) = here.campaigns.page().items
    shown = mara.get(f"/mail/campaigns/{made.id}").text
    for words in ("Ann &lt;b&gt;", "Ben &lt;b&gt;", "Asked for no more email", "2 leads", "All &lt;q&gt;", "Spring &lt;s&gt;"):
        assert words in shown
    ivo = signed_in(office.rep)
    assert (ivo.get(f"/mail/campaigns/{made.id}").status_code, "Spring" in ivo.get("/mail/campaigns").text) == (404, False)
    refused = ivo.post("/mail/campaigns/new/edit", form | {"sender": office.admin.id})
    assert (refused.status_code, "Only admins send in the name of others" in refused.text) == (422, True)
    assert ivo.post("/mail/campaigns/new/edit", form | {"name": "Own"}).status_code == 303
    own = next(one for one in here.campaigns.page().items if one.name == "Own")
    seen = ivo.get(f"/mail/campaigns/{own.id}").text
    assert ("1 lead" in seen, "Has another owner" in seen) == (True, True)
    assert ivo.post(f"/mail/campaigns/{own.id}/remove").status_code == 303

    mara = signed_in(office.admin)
    assert "Leads cannot reach the tracking address" in mara.post(f"/mail/campaigns/{made.id}/state", {"state": "running"}).text
    assert mara.post(f"/mail/campaigns/{made.id}/test").status_code == 422
    here.campaigns.switch(made.id, (CampaignState.DRAFT,), state=CampaignState.RUNNING, started_at=deps.now())
    assert mara.post(f"/mail/campaigns/{made.id}/edit", form).status_code == 422
    for state in ("paused", "running", "cancelled"):
        assert mara.post(f"/mail/campaigns/{made.id}/state", {"state": state}).status_code == 303
        assert here.campaigns.get(made.id).state.value == state
    assert mara.post(f"/mail/campaigns/{made.id}/state", {"state": "running"}).status_code == 422
    assert mara.get(f"/mail/campaigns/{made.id}").status_code == 200
    assert {"campaign_changed", "deleted"} <= set(audited(deps, office))
