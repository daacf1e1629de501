"""Settings, Automations, Add automation: built row by row without script, previewed, saved, copied, changed; what is wrong is said."""

import msgspec
import pytest

from tracker.actions.automations.settings import add_automation, automation_of, change_automation
from tracker.actions.leads import leads
from tracker.domain.pipeline.automation import AutomationAction, AutomationContent, AutomationDeed, AutomationTrigger
from tracker.domain.team.team import Team
from tracker.store.ops.audit import AuditQuery

NEW = "/settings/automations/new/edit"


def row(kind, text="", value="", to="", number="0"):
    return {"a-kind": kind, "a-text": text, "a-value": value, "a-to": to, "a-number": number}


def rows(*given):
    return {name: [one[name] for one in given] for name in row("")}


def test_an_automation_is_built_previewed_copied_and_changed(deps, office, signed_in):
    """Rows come and go by submits; hostile text is escaped; a change made elsewhere meanwhile is not overwritten."""
    ws, mara, team = office.workspace.id, signed_in(office.admin), Team(id="north", name="North <b>", members=(office.rep.id,))
    deps.store.workspaces.change(ws, teams=(team,))
    leads.add_lead(deps, ws, email="dana@acme.example", name="Dana <i>", source="Web")
    form = {"name": "Greet <b>", "trigger": "created", "f": ["owner"], "o": ["is"], "v": ["none"]}
    shown = mara.post(NEW, form | {"add_action": "1", "new_action": "assign"}).text
    assert ("North &lt;b&gt;, in turn" in shown, "By the assignment rules" in shown, ">Me<" in shown) == (True, True, False)
    built = form | rows(row("assign", to="team:north"), row("tag", "new <i>"), row("tag", "gone"))
    shown = mara.post(NEW, built | {"drop_action": "2"}).text
    assert ("new &lt;i&gt;" in shown, "gone" in shown) == (True, False)
    built = form | rows(row("assign", to="team:north"), row("tag", "new <i>"))
    shown = mara.post(NEW, built | {"preview": "1", "days": "92"}).text
    assert ("1 time in the last 92 days" in shown, "Dana &lt;i&gt;" in shown) == (True, True)
    assert mara.post(NEW, built).status_code == 303
    made = next(one for one in deps.store.of(ws).automations.all() if not one.is_shipped)
    assert (made.name, made.is_on, made.content.condition) == ("Greet <b>", False, {"all": [{"field": "owner", "is": "none"}]})
    assert made.content.actions[0] == AutomationAction(kind=AutomationDeed.ASSIGN, to="team:north")

    edit = f"/settings/automations/{made.id}/edit"
    assert 'value="Greet &lt;b&gt;"' in mara.get(edit).text
    change_automation(deps, office.workspace, made.id, is_on=True)
    assert mara.post(edit, built | {"version": "0"}).status_code == 422
    assert mara.post(edit, built | {"version": "1", "name": "Hello"}).status_code == 303
    assert (automation_of(deps, ws, made.id).name, automation_of(deps, ws, made.id).is_on) == ("Hello", True)
    assert [entry.details for entry in deps.store.of(ws).audit.latest(AuditQuery(), limit=2)] == [
        {"changed": "Hello", "on": "yes"},
        {"added": "Greet <b>"},
    ]

    assert "Keep or close: no contact for {days} days" in mara.get(f"{NEW}?of=long_stale").text
    for refused in (
        "/settings/automations/stale/edit",
        f"{NEW}?of=message_sent",
        f"{NEW}?of=nothing",
        "/settings/automations/nothing/edit",
    ):
        assert mara.get(refused).status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "The name"),
        ({"trigger": "no_contact", "number": "0"}, "The number of days must be from 1 to 3,650."),
        ({"trigger": "date", "field": "none"}, "The stage or field must be the name of a custom field."),
        (rows(), "Actions: must be 1 to 5."),
        (rows(row("task", "")), "Actions:"),
        (rows(row("assign", to="team:other")), "a team, or rules"),
        ({"f": ["owner"], "o": ["is"], "v": ["me"]}, "for the whole workspace"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(office, signed_in, changes, said):
    """Nothing is saved."""
    form = {"name": "Greet", "trigger": "created"} | rows(row("tag", "kept")) | changes
    answer = signed_in(office.admin).post(NEW, form)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_a_condition_of_a_program_stays(deps, office, signed_in):
    """One that the rows cannot show is kept when the rest changes, and copied."""
    nested = {"all": [{"any": [{"field": "score", "at_least": 5.0}, {"field": "tags", "is": "x"}]}, {"field": "company", "is_set": True}]}
    tag = AutomationAction(kind=AutomationDeed.TAG, text="a")
    content = AutomationContent(trigger=AutomationTrigger.REPLY, condition=nested, actions=(tag,))
    made = add_automation(deps, office.workspace, name="Nested", content=content)
    form = {"name": "Copy", "trigger": "reply", "nested": made.id} | rows(row("tag", "b"))
    assert signed_in(office.admin).post(NEW, form).status_code == 303
    changed = signed_in(office.admin).post(f"/settings/automations/{made.id}/edit", form | {"nested": "", "version": "0"})
    assert changed.status_code == 303
    found = [one for one in deps.store.of(office.workspace.id).automations.all() if not one.is_shipped]
    want = msgspec.structs.replace(made.content, actions=(AutomationAction(kind=AutomationDeed.TAG, text="b"),))
    assert [one.content for one in found] == [want, want]
