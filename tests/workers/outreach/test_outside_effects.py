"""What automations do outside: once, when the cause is certain, and not for who must not be written to; interrupted, it waits for a person."""

from datetime import timedelta

import msgspec
import pytest

from notifier.hooks.delivery import HookDelivery
from tests.outreach_company import MONDAY
from tracker.actions.automations.effects import effect_id, entry_id
from tracker.actions.automations.engine import run_automations
from tracker.actions.automations.outside_log import outside_of, try_outside_again
from tracker.actions.automations.settings import add_automation, change_automation
from tracker.actions.automations.undo_entry import undo_entry
from tracker.actions.changes.undo import undo
from tracker.actions.hooks.hooks import add_hook
from tracker.actions.leads.archive import archive_lead
from tracker.actions.leads.opt_outs import opt_out
from tracker.actions.mail.automatic import INTERRUPTED
from tracker.actions.mail_queue.outbox import send_message
from tracker.actions.merging.merge import merge
from tracker.actions.outreach.enrolments import enrol
from tracker.actions.pipeline.stages import move_lead
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import new_id
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.outreach.sequence import EnrolmentState
from tracker.domain.pipeline.automation import AutomationAction, AutomationContent, AutomationDeed, AutomationState, AutomationTrigger
from tracker.domain.pipeline.automation_effect import EffectState
from workers.periodic.outreach import run_outreach

D, T = AutomationDeed, AutomationTrigger
MINUTE = timedelta(minutes=1)


def switch_on(company, trigger, **targets):
    """An automation with these actions, by kind."""
    actions = tuple(AutomationAction(kind=D(kind), text=target) for kind, target in targets.items())
    content = AutomationContent(trigger=trigger, actions=actions)
    return add_automation(company.deps, company.workspace, name="Own", content=content, is_on=True).id


def states(company, lead):
    """What became of the effects of the lead's last entry, by kind."""
    entries = company.here.automation_log.page(lead=lead.id).items
    found = outside_of(company.deps, company.ws, entries)
    return {one.effect.kind.value: (one.state, one.reason) for entry in entries for one in found.get(entry.id, [])}


def later(company, span=MINUTE):
    """Time passes, with a run of everything, twice."""
    company.clock[0] += span
    for _ in range(2):
        run_automations(company.deps, company.clock[0])
        run_outreach(company.deps, company.clock[0])
        company.sender.send_all()


def test_each_once_and_stopped_for_who_must_not_be_written_to(company, server):
    """A stage starts an email, an event for a webhook and a sequence; opted out, archived, undone and taken back: nothing."""
    hook = add_hook(company.deps, company.ws, url="https://hooks.example/x", events=["lead.created"])
    sequence = company.sequence(company.email(1))
    switch_on(company, T.STAGE, template=company.template, webhook=hook.id, sequence=sequence.id)
    leads = {name: company.scene.lead(name) for name in ("Good", "Out", "Old", "Undone", "Back")}
    company.clock[0] += MINUTE
    for lead in leads.values():
        move_lead(company.deps, company.ws, lead.id, "Contacted", actor=company.rep.id)
    company.clock[0] += MINUTE
    run_automations(company.deps, company.clock[0])
    due = company.here.automation_effects.due(company.clock[0], 50)
    company.here.automation_effects.add_once(
        msgspec.structs.replace(due[0], id=new_id(), kind=D.TAG, due_at=MONDAY)
    )  # fails, and stops no other
    assert states(company, leads["Good"]) == dict.fromkeys(("template", "webhook", "sequence"), ("waiting", ""))
    opt_out(company.deps, company.ws, leads["Out"].id)
    archive_lead(company.deps, company.ws, leads["Old"].id)
    (entry,) = company.here.automation_log.page(lead=leads["Undone"].id).items
    assert undo_entry(company.deps, company.ws, entry.id, actor=company.rep.id).state is AutomationState.UNDONE
    (move,) = company.here.moves.of_lead(leads["Back"].id)
    company.here.moves.withdraw([move.id], is_withdrawn=True)
    later(company)
    later(company)

    assert [mail.recipients for mail in server.taken] == [["good@acme.example"]]
    assert states(company, leads["Good"]) == dict.fromkeys(("template", "webhook", "sequence"), ("done", ""))
    events = company.here.hook_events.log_of(hook.id).items
    assert [(event.type, event.leads, event.is_once) for event in events] == [("automation.acted", (leads["Good"].id,), True)]
    assert [one.lead for one in company.here.enrolments.page(sequence.id).items] == [leads["Good"].id]
    for name, reason in (
        ("Out", "Asked for no more email"),
        ("Old", "The lead was archived or removed"),
        ("Undone", "It was undone"),
        ("Back", "What started it turned out not to have happened"),
    ):
        assert states(company, leads[name])["template"] == ("stopped", reason)
    assert company.here.messages.of_lead(leads["Good"].id)[0].automatic.startswith("automation:")


def test_requests_wait_until_they_are_certain_and_interrupted_ones_for_a_person(company, server):
    """A click counts five minutes later; an email or event whose process died is sent again by a person only."""
    hook = add_hook(company.deps, company.ws, url="https://hooks.example/x", events=["lead.created"])
    switch_on(company, T.CLICK, template=company.template, webhook=hook.id)
    lead = company.scene.lead("Dana")
    message = company.scene.message(lead, MONDAY - timedelta(days=2), rep=company.rep.id)
    company.scene.click(message, MONDAY + MINUTE)
    company.scene.spool()
    company.clock[0] = MONDAY + 2 * MINUTE
    company.scene.settle()
    later(company)
    assert (states(company, lead)["template"], server.taken) == (("waiting", ""), [])
    company.clock[0] = MONDAY + 7 * MINUTE
    run_outreach(company.deps, company.clock[0])
    assert company.deps.store.mail_queue.claim(company.clock[0]) is not None  # both processes are killed here
    assert company.deps.store.hook_queue.claim(company.clock[0]) is not None
    later(company, timedelta(minutes=5))
    event = company.deps.store.hook_queue.claim(company.clock[0])
    HookDelivery(company.deps, None).deliver(event)
    found = states(company, lead)
    assert (found["template"], found["webhook"][0], server.taken) == (("failed", INTERRUPTED), "failed", [])
    later(company, timedelta(days=1))
    assert (server.taken, company.deps.store.hook_queue.claim(company.clock[0])) == ([], None)
    later(company, timedelta(minutes=-company.clock[0].minute % 10))
    alerts = sorted((one.title, one.rep, one.text) for one in company.here.alerts.latest(limit=50) if one.rule is AlertRule.PARKED)
    assert [(title, rep) for title, rep, _ in alerts] == [
        (f"Dana (Acme): {what}", company.rep.id) for what in ("Email not sent", "Webhook not told")
    ]
    assert alerts[0][2] == f"Automation “Own”: {INTERRUPTED}"

    (entry,) = company.here.automation_log.page(lead=lead.id).items
    for one in outside_of(company.deps, company.ws, [entry])[entry.id]:
        try_outside_again(company.deps, company.ws, one.effect.id)
    assert [mail.recipients for mail in server.taken] == [["dana@acme.example"]]
    assert company.deps.store.hook_queue.claim(company.clock[0]).attempts == 1
    with pytest.raises(Conflict):
        try_outside_again(company.deps, company.ws, one.effect.id)


def test_an_email_in_the_queue_does_not_go_after_an_undo_or_a_switch(company, server):
    """Asked right before it is handed to the mail server."""
    key = switch_on(company, T.STAGE, template=company.template)
    leads = [company.scene.lead(name) for name in ("Undone", "Off")]
    company.clock[0] += MINUTE
    for lead in leads:
        move_lead(company.deps, company.ws, lead.id, "Contacted", actor=company.rep.id)
    company.clock[0] += MINUTE
    run_automations(company.deps, company.clock[0])
    run_outreach(company.deps, company.clock[0])
    (entry,) = company.here.automation_log.page(lead=leads[0].id).items
    undo_entry(company.deps, company.ws, entry.id, actor=company.rep.id)
    change_automation(company.deps, company.workspace, key, is_on=False)
    company.sender.send_all()
    assert server.taken == []
    errors = {company.here.messages.of_lead(lead.id)[0].error for lead in leads}
    assert errors == {"Not sent: the automation was switched off."}
    assert company.here.automation_effects.untold(company.clock[0], 9) == [], "what a person ended is told to no one"
    change_automation(company.deps, company.workspace, key, is_on=True)
    (message,) = company.here.messages.of_lead(leads[0].id)
    with pytest.raises(Invalid, match="it was undone"):
        send_message(company.deps, company.ws, message.id)


def test_merges_changes_and_undos_while_something_waits(company, server):
    """A cause acts once, also for leads that are merged after it; what was taken out of the automation, or undone, is not done."""
    sequence = company.sequence(company.email(2))
    key = switch_on(company, T.STAGE, template=company.template, sequence=sequence.id, tag="hot")
    ada, ben, cem, dan, eva = (company.scene.lead(name) for name in ("Ada", "Ben", "Cem", "Dan", "Eva"))

    def move(lead):
        company.clock[0] += MINUTE
        move_lead(company.deps, company.ws, lead.id, "Contacted", actor=company.rep.id)
        company.clock[0] += MINUTE
        run_automations(company.deps, company.clock[0])
        return company.here.automation_log.page(lead=lead.id).items[0].id

    entry = move(ben)
    later(company)
    merge(company.deps, company.ws, ada.id, ben.id)
    done = company.here.automation_effects.get(effect_id(entry, D.TEMPLATE))
    other = effect_id(entry_id(company.here.automations.get(key), ada.id, done.cause), D.TEMPLATE)  # of an earlier merge, taken back
    waiting = msgspec.structs.replace(done, id=other, lead=ada.id, state=EffectState.WAITING)
    company.here.automation_effects.add_once(waiting)
    later(company)
    later(company, timedelta(hours=1))
    assert [mail.recipients for mail in server.taken] == [["ben@acme.example"]]
    assert company.here.automation_effects.get(other).reason == "It was done for a lead that is merged with this one"
    assert [one.id for one in company.here.automation_log.page(lead=ada.id).items] == [entry]

    enrol(company.deps, company.workspace, sequence, cem.id, rep=None, cause=move(cem))  # as a run that was killed then
    content = company.here.automations.get(key).content
    content = msgspec.structs.replace(content, actions=tuple(one for one in content.actions if one.kind is not D.TEMPLATE))
    company.here.automations.change(key, content=content)
    later(company)
    assert states(company, cem) == {"sequence": ("done", ""), "template": ("stopped", "The automation was changed")}
    (added,) = company.here.enrolments.of_lead(cem.id)
    undo_entry(company.deps, company.ws, added.cause, actor=company.rep.id)
    assert company.state(added) == (EnrolmentState.STOPPED, "The automation that added it was undone")

    undo(company.deps, company.ws, move(dan), actor=company.rep.id, may_see=lambda _: True)
    later(company)
    assert (states(company, dan), company.here.enrolments.of_lead(dan.id)) == ({"sequence": ("stopped", "It was undone")}, [])

    entry = move(eva)
    later(company, timedelta(days=2))
    assert company.here.changes.remove(entry)  # as it is after a day
    with pytest.raises(Conflict, match="for a day"):
        undo_entry(company.deps, company.ws, entry, actor=company.rep.id)
