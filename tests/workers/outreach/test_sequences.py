"""Follow-up sequences: each step once, in the thread, within the limits; what ends them; and processes that are killed."""

import dataclasses
from datetime import timedelta

import msgspec
import pytest

from tests.killed import run_and_die
from tests.outreach_company import MONDAY
from tracker.actions.activity.event_log import changed
from tracker.actions.leads.opt_outs import opt_out
from tracker.actions.mail.automatic import INTERRUPTED
from tracker.actions.mail.outgoing import outgoing_mail
from tracker.actions.merging.merge import merge, unmerge
from tracker.actions.outreach.enrolments import enrol_many, go_on, take_out, try_again
from tracker.actions.outreach.run_sequences import run_sequences
from tracker.actions.outreach.sequences import change_sequence
from tracker.actions.pipeline.notes import add_note
from tracker.base.errors import Conflict, Invalid
from tracker.domain.alerting.alert import AlertRule, AlertState, Priority
from tracker.domain.mail.message import MessageState, Reaction
from tracker.domain.outreach.sequence import EnrolmentState, SequenceStep, StepKind, StepTest
from tracker.rules.outreach.merged import MERGED_AWAY
from tracker.rules.visibility import Viewer
from workers.recompute.run import recompute

DAY = timedelta(days=1)
K, S = StepKind, EnrolmentState


def test_steps_in_the_thread_once_each(company, server):
    """At once, an answer in the thread after two days without an open, and a task; who opened it gets the task only."""
    task = SequenceStep(id="", kind=K.TASK, text="Call", after=1)
    sequence = company.sequence(company.email(), company.email(2, StepTest.NOT_OPENED, is_answer=True), task)
    quiet, reader = company.scene.lead("Quinn"), company.scene.lead("Rea")
    one, other = (company.enrol(sequence, lead) for lead in (quiet, reader))
    with pytest.raises(Conflict):
        company.enrol(sequence, quiet)
    company.go(MONDAY + timedelta(hours=2))
    (message,) = company.here.messages.of_lead(reader.id)
    company.here.messages.save_reactions({message.id: Reaction(opened_at=company.clock[0])})
    company.go(MONDAY + 8 * DAY, timedelta(hours=6))

    first, second = (mail for mail in server.taken if mail.recipients == ["quinn@acme.example"])
    assert (second["Subject"], second["In-Reply-To"]) == ("Re: An offer", first["Message-ID"])
    assert sum(mail.recipients == ["rea@acme.example"] for mail in server.taken) == 1
    assert (company.state(one), company.state(other)) == ((S.FINISHED, ""), (S.FINISHED, ""))
    assert [task.text for lead in (quiet, reader) for task in company.here.tasks.open_of_lead(lead.id)] == ["Call", "Call"]
    assert company.here.leads.get(quiet.id).next_action.text == "Call"
    recompute(company.deps, "live")
    assert company.here.leads.get(quiet.id).derived.first_contact_at is None  # no person wrote
    with pytest.raises(Conflict):
        company.enrol(sequence, quiet)


def test_what_is_sent_by_itself_can_be_unsubscribed_by_one_click(company, server):
    """RFC 8058 on emails of sequences, campaigns and automations; not on those that a person wrote."""
    lead = company.scene.lead("Quinn")
    company.enrol(company.sequence(company.email()), lead)
    company.go(MONDAY + timedelta(hours=2))
    (message,) = company.here.messages.of_lead(lead.id)
    public = dataclasses.replace(company.deps, settings=dataclasses.replace(company.deps.settings, edge_url="https://t.us.example"))
    by_itself, by_person = (
        outgoing_mail(public, one, lead, company.rep) for one in (message, msgspec.structs.replace(message, automatic=""))
    )
    assert by_itself["List-Unsubscribe"].startswith("<https://t.us.example/u/")
    assert (by_itself["List-Unsubscribe-Post"], by_person["List-Unsubscribe"]) == ("List-Unsubscribe=One-Click", None)


def test_what_ends_it(company, server):
    """A meeting, an opt-out, a stage, by hand, archived, and an owner who leaves; also what waits in the mail queue is not sent."""
    sequence = company.sequence(company.email(), company.email(1), stop_stages=("Negotiation",))
    leads = {name: company.scene.lead(name) for name in ("Met", "Out", "Moved", "Hand", "Old", "Left")}
    found = {name: company.enrol(sequence, lead) for name, lead in leads.items()}
    company.go(MONDAY + timedelta(minutes=30))
    assert len(server.taken) == 6
    company.clock[0] += timedelta(minutes=5)
    add_note(company.deps, company.ws, lead=leads["Met"].id, kind="meeting", text="Talked", rep=company.rep.id)
    recompute(company.deps, "live")
    opt_out(company.deps, company.ws, leads["Out"].id)
    company.here.leads.change(leads["Moved"].id, stage="Negotiation")
    take_out(company.deps, company.ws, found["Hand"].id, "Taken out by Rita Reyes")
    company.here.leads.change(leads["Old"].id, archived_at=company.clock[0])
    company.here.leads.change(leads["Left"].id, owner=None)
    company.go(MONDAY + 3 * DAY, timedelta(hours=6))
    assert len(server.taken) == 6
    assert {name: company.state(one)[0] for name, one in found.items()} == dict.fromkeys(leads, S.STOPPED)
    assert company.state(found["Moved"])[1] == "In the stage Negotiation"
    with pytest.raises(Invalid):
        company.enrol(sequence, leads["Out"])
    with pytest.raises(Conflict):
        take_out(company.deps, company.ws, found["Hand"].id, "again")


def test_limits_hours_and_a_switch(company, server):
    """One email a lead and day, a number a day for the rep, only in working hours; a sequence that is off waits."""
    company.deps.store.workspaces.change(company.ws, automatic_limit=2)
    sequence, second = company.sequence(company.email()), company.sequence(company.email())
    leads = [company.scene.lead(name) for name in ("Ada", "Ben", "Cem")]
    for lead in leads:
        company.enrol(sequence, lead)
    company.enrol(second, leads[0])
    company.go(MONDAY + timedelta(hours=8), timedelta(hours=2))
    assert sorted(mail.recipients[0] for mail in server.taken) == ["ada@acme.example", "ben@acme.example"]
    change_sequence(company.deps, Viewer(company.workspace, None), second.id, is_on=False)
    company.go(MONDAY + DAY - timedelta(hours=1, minutes=30), timedelta(hours=6))
    assert len(server.taken) == 2
    company.go(MONDAY + 2 * DAY, timedelta(hours=6))
    assert [mail.recipients[0] for mail in server.taken[2:]] == ["cem@acme.example"]
    change_sequence(company.deps, Viewer(company.workspace, None), second.id, is_on=True)
    run_sequences(company.deps, company.clock[0] + timedelta(hours=1))
    change_sequence(company.deps, Viewer(company.workspace, None), second.id, is_on=False)  # the email is in the mail queue
    company.go(MONDAY + 2 * DAY + timedelta(hours=1))
    assert len(server.taken) == 3
    change_sequence(company.deps, Viewer(company.workspace, None), second.id, is_on=True)
    company.go(MONDAY + 2 * DAY + timedelta(hours=2))
    assert [mail.recipients[0] for mail in server.taken[3:]] == ["ada@acme.example"]


def test_a_failed_email_waits_for_a_person(company, server):
    """It says why, nothing is retried by itself, and a person sends it again or goes on without it."""
    sequence = company.sequence(company.email(), company.email(1))
    leads = [company.scene.lead(name) for name in ("Ada", "Ben")]
    again, without = (company.enrol(sequence, lead) for lead in leads)
    run_sequences(company.deps, company.clock[0])
    for _ in range(2):
        assert company.deps.store.mail_queue.claim(company.clock[0]) is not None  # the process is killed here
    company.go(MONDAY + 4 * DAY, timedelta(hours=6))
    assert (company.state(again), company.state(without), server.taken) == ((S.PARKED, INTERRUPTED), (S.PARKED, INTERRUPTED), [])
    (alert,) = [one for one in company.here.alerts.latest(limit=50) if one.rule is AlertRule.PARKED]
    assert (alert.rep, alert.lead in {lead.id for lead in leads}, alert.priority) == (company.rep.id, True, Priority.QUIET)
    assert alert.title in {f"{name} (Acme): Follow-up waits" for name in ("Ada", "Ben")}
    assert alert.text == f"Sequence “Follow up”: {INTERRUPTED} The same for 1 more lead."
    changed(company.deps, company.ws, alert.lead, MONDAY)
    recompute(company.deps, "live")
    assert company.here.alerts.get(alert.id).state is AlertState.STANDING
    try_again(company.deps, company.workspace, company.here.enrolments.get(again.id))
    go_on(company.deps, company.workspace, company.here.enrolments.get(without.id), company.rep)
    company.go(MONDAY + 9 * DAY, timedelta(hours=6))
    assert sorted(mail.recipients[0] for mail in server.taken) == ["ada@acme.example"] * 2 + ["ben@acme.example"]
    assert {company.state(one)[0] for one in (again, without)} == {S.FINISHED}


def test_without_a_mail_server_it_waits(company, server):
    """What an admin can change parks no lead; the email is sent once afterwards."""
    lead = company.scene.lead("Ada")
    one = company.enrol(company.sequence(company.email()), lead)
    away = dataclasses.replace(company.deps, settings=dataclasses.replace(company.deps.settings, smtp_url=None))
    for _ in range(3):
        run_sequences(away, company.clock[0])
    assert company.state(one) == (S.ACTIVE, "")
    company.go(company.clock[0] + timedelta(hours=1))
    assert ([mail.recipients[0] for mail in server.taken], company.state(one)[0]) == (["ada@acme.example"], S.FINISHED)


def test_killed_runs_send_each_step_once(company, server):
    """Killed before each of its writes: the email and the task of a step exist once, and all are completed."""
    sequence = company.sequence(company.email(), SequenceStep(id="", kind=K.TASK, text="Call", after=0))
    leads = [company.scene.lead(name) for name in ("Ada", "Ben")]
    found = [company.enrol(sequence, lead) for lead in leads]
    company.clock[0] += timedelta(minutes=1)
    kills = 0
    while not run_and_die(company, run_sequences, kills % 7):
        kills += 1
        assert kills < 60
    company.go(company.clock[0] + timedelta(hours=1))
    assert kills > 3
    assert sorted(mail.recipients[0] for mail in server.taken) == ["ada@acme.example", "ben@acme.example"]
    assert [len(company.here.tasks.open_of_lead(lead.id)) for lead in leads] == [1, 1]
    assert {company.state(one)[0] for one in found} == {S.FINISHED}
    assert {one.state for lead in leads for one in company.here.messages.of_lead(lead.id)} == {MessageState.SENT}


def test_merged_leads_are_in_a_sequence_once(company, server):
    """Two in it that become one get each step once; a merged id stands for the lead that was kept, also when it is added."""
    sequence = company.sequence(company.email(), company.email(1))
    kept, gone, late, alone = (company.scene.lead(name) for name in ("Ada", "Ben", "Cem", "Dan"))
    one, other = company.enrol(sequence, gone), company.enrol(sequence, late)
    company.go(MONDAY + timedelta(minutes=30))
    last = company.enrol(sequence, kept)
    merge(company.deps, company.ws, kept.id, gone.id)
    merge(company.deps, company.ws, alone.id, late.id)
    company.go(MONDAY + 4 * DAY, timedelta(hours=6))
    got = [mail.recipients[0] for mail in server.taken]
    assert sorted(got) == ["ada@acme.example", "ben@acme.example", "cem@acme.example", "dan@acme.example"]
    assert (company.state(one), company.state(last)[0], company.state(other)[0]) == ((S.STOPPED, MERGED_AWAY), S.FINISHED, S.FINISHED)
    viewer = Viewer(company.workspace, company.rep)
    had = "This lead had every step of the sequence"
    assert enrol_many(company.deps, viewer, sequence, [gone.id, kept.id, late.id], rep=None) == dict.fromkeys(
        (gone.id, kept.id, late.id), had
    )
    again = company.sequence(company.email())
    results = enrol_many(company.deps, viewer, again, [gone.id, kept.id], rep=None)
    assert (results, [found.lead for found in company.here.enrolments.page(again.id).items]) == ({gone.id: "", kept.id: ""}, [kept.id])
    assert company.here.messages.leads_with_template(company.template, [kept.id, alone.id]) == {kept.id, alone.id}


def test_merges_that_are_taken_back(company, server):
    """While two are one, each step goes once, also what waits in the mail queue; parted, each goes on by itself, unless taken out."""
    sequence = company.sequence(company.email(), company.email(1, is_answer=True))
    ada, ben, cem, dan, eva = (company.scene.lead(name) for name in ("Ada", "Ben", "Cem", "Dan", "Eva"))
    first = company.enrol(sequence, ben)
    company.go(MONDAY + timedelta(minutes=30))
    kept = company.enrol(sequence, ada)
    merge(company.deps, company.ws, ada.id, ben.id)
    twice, queued, out = (company.enrol(sequence, lead) for lead in (cem, dan, eva))
    company.clock[0] += timedelta(minutes=10)
    run_sequences(company.deps, company.clock[0])  # in the mail queue
    merge(company.deps, company.ws, dan.id, cem.id)
    merge(company.deps, company.ws, dan.id, eva.id)
    company.go(MONDAY + DAY + timedelta(hours=1), timedelta(hours=5))
    got = sorted(mail.recipients[0] for mail in server.taken)
    assert got == ["ada@acme.example", "ben@acme.example", "dan@acme.example", "dan@acme.example"]
    assert [company.state(one)[0] for one in (first, kept, twice, queued, out)] == [S.STOPPED, S.FINISHED, S.STOPPED, S.FINISHED, S.STOPPED]

    server.taken.clear()
    unmerge(company.deps, company.ws, ben.id)
    unmerge(company.deps, company.ws, cem.id)
    company.go(MONDAY + DAY + timedelta(hours=4), timedelta(hours=1))
    assert [mail.recipients[0] for mail in server.taken] == ["ben@acme.example"]
    assert [company.state(one)[0] for one in (first, kept, queued)] == [S.FINISHED] * 3

    later = company.sequence(company.email(5))
    kept, first = company.enrol(later, ada), company.enrol(later, ben)
    merge(company.deps, company.ws, ada.id, ben.id)
    company.clock[0] += timedelta(minutes=10)
    run_sequences(company.deps, company.clock[0])
    assert company.state(first) == (S.STOPPED, MERGED_AWAY)
    take_out(company.deps, company.ws, kept.id, "Taken out")
    unmerge(company.deps, company.ws, ben.id)
    company.clock[0] += timedelta(minutes=20)
    run_sequences(company.deps, company.clock[0])
    assert company.state(first) == (S.STOPPED, MERGED_AWAY)
