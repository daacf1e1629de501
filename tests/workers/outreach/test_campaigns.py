"""Campaigns: who gets one and who does not, spread over working hours, each lead once whatever is killed, with the headers of RFC 8058."""

import re
from datetime import timedelta

import msgspec
import pytest

from tests.killed import run_and_die
from tests.outreach_company import MONDAY
from tracker.actions.leads.lists import add_list
from tracker.actions.leads.opt_outs import opt_out
from tracker.actions.mail.automatic import INTERRUPTED, check_automatic
from tracker.actions.mail.templates import add_template
from tracker.actions.mail_queue.delivery import deliver
from tracker.actions.merging.merge import merge
from tracker.actions.outreach.audience import audience_of
from tracker.actions.outreach.campaigns import add_campaign, change_campaign, start_campaign, switch_campaign, try_campaign
from tracker.actions.outreach.run_campaigns import MAKER_LEFT, run_campaigns
from tracker.actions.team.hand_over import deactivate
from tracker.base.errors import Conflict
from tracker.base.ids import new_id
from tracker.domain.mail.message import MessageState
from tracker.domain.outreach.campaign import CampaignState, RecipientState
from tracker.domain.team.rep import Rep, Role
from tracker.mail.connections import Connections
from tracker.rules.conditions.condition import parsed
from tracker.rules.visibility import Viewer

MINUTE = timedelta(minutes=1)


def draft(company, **more):
    """A campaign to all open leads."""
    viewer = Viewer(company.workspace, company.rep)
    chosen = add_list(company.deps, viewer, name="Open", condition=parsed({"field": "stage_kind", "is": "open"}))
    return add_campaign(company.deps, viewer, name="Spring", lead_list=chosen.id, template=company.template, **more)


def minutes(company, count):
    """Time passes, with two runs a minute."""
    for _ in range(count):
        company.clock[0] += MINUTE
        for _ in range(2):
            run_campaigns(company.deps, company.clock[0])
            company.sender.send_all()


def test_a_campaign(company, server):
    """The reasons of who is left out, a test, the pace, the link and headers, a pause, and its end."""
    made = draft(company, every_minutes=3)
    leads = {name: company.scene.lead(name) for name in ("Ada", "Ben", "Cem", "Out", "Bounced", "Got", "Unowned")}
    opt_out(company.deps, company.ws, leads["Out"].id)
    company.here.leads.change(leads["Bounced"].id, bounced_at=MONDAY)
    company.here.leads.change(leads["Unowned"].id, owner=None)
    company.scene.message(leads["Got"], template=company.template, sent_at=MONDAY - timedelta(days=9))
    template = company.here.templates.get(company.template)
    reasons = {one.lead.name: one.reason for one in audience_of(company.deps, company.workspace, made, template)}
    assert {name: reasons[name] for name in ("Out", "Bounced", "Got", "Unowned", "Ada")} == {
        "Out": "Asked for no more email",
        "Bounced": "Email to this address bounced",
        "Got": "Already got this email",
        "Unowned": "No owner who can send email",
        "Ada": "",
    }
    try_campaign(company.deps, company.workspace, made, company.rep)
    assert (server.taken[0].recipients, company.here.messages.page(campaign=made.id).items) == ([company.rep.email], [])
    stale, viewer = made, Viewer(company.workspace, company.rep)
    made = change_campaign(company.deps, viewer, made, name="Spring 2")
    with pytest.raises(Conflict, match="changed meanwhile"):
        start_campaign(company.deps, company.workspace, stale)
    draft_of_both = company.here.campaigns.get(made.id)
    made = start_campaign(company.deps, company.workspace, made)
    for late in (made, draft_of_both):
        with pytest.raises(Conflict):
            start_campaign(company.deps, company.workspace, late)
    assert company.here.campaign_recipients.counts(made.id) == {"waiting": 3, "left_out": 4}
    minutes(company, 3)
    assert len(server.taken) == 2
    mail = server.taken[1]
    (link,) = re.findall(r"https://links\.us\.example/u/[\w.-]+", mail.get_body(("html",)).get_content())
    assert link in mail["List-Unsubscribe"]
    assert (mail["List-Unsubscribe-Post"], "Stop this mail" in mail.get_body(("html",)).get_content()) == (
        "List-Unsubscribe=One-Click",
        True,
    )
    switch_campaign(company.deps, made, CampaignState.PAUSED)
    minutes(company, 5)
    assert len(server.taken) == 2
    switch_campaign(company.deps, made, CampaignState.RUNNING)
    last = next(one for one in company.here.campaign_recipients.waiting(made.id, 5)[::-1])
    opt_out(company.deps, company.ws, last.lead)
    minutes(company, 8)
    assert len(server.taken) == 3
    assert company.here.campaigns.get(made.id).state is CampaignState.DONE
    assert company.here.campaign_recipients.counts(made.id) == {"written": 2, "left_out": 5}
    figures = company.here.messages.campaign_figures(made.id)
    assert (figures.sent, figures.waiting, figures.failed) == (2, 0, 0)
    assert {one.campaign for one in company.here.messages.page(campaign=made.id).items} == {made.id}


def test_killed_runs_send_to_each_lead_once(company, server):
    """Killed before each of its writes, it sends to all in the end and to no one twice; nothing outside working hours."""
    made = draft(company, every_minutes=1)
    names = ("ada", "ben", "cem")
    for name in names:
        company.scene.lead(name.title())
    made = start_campaign(company.deps, company.workspace, made)
    for number in range(14):
        company.clock[0] += MINUTE
        run_and_die(company, run_campaigns, number % 5)
        company.sender.send_all()
    minutes(company, 6)
    assert sorted(mail.recipients[0] for mail in server.taken) == [f"{name}@acme.example" for name in names]
    assert company.here.campaigns.get(made.id).state is CampaignState.DONE

    other = add_template(company.deps, company.ws, name="Other", subject="Hi", html="<p>Hi</p>").id
    again = add_campaign(
        company.deps, Viewer(company.workspace, company.rep), name="Again", lead_list="hot", template=other, needs_consent=True
    )
    assert again.needs_consent
    second = draft(company, sender=company.rep.id)
    second = company.here.campaigns.change(second.id, template=other)
    start_campaign(company.deps, company.workspace, second)
    company.clock[0] = MONDAY + timedelta(hours=12)
    minutes(company, 3)
    assert len(server.taken) == 3
    assert {one.state for one in company.here.campaign_recipients.page(second.id).items} == {RecipientState.WAITING}


def test_who_may_write_is_asked_again(company, server):
    """A campaign leaves out leads that get another owner; after its maker leaves, no one gets it. One that fails stops no other."""
    company.here.reps.change(company.rep.id, role=Role.REP)
    leads = [company.scene.lead(name) for name in ("Ada", "Ben", "Cem")]
    other = company.here.reps.add(
        Rep(id=new_id(), workspace=company.ws, email="tom@us.example", name="Tom", role=Role.REP, created_at=MONDAY)
    )
    made = start_campaign(company.deps, company.workspace, draft(company, every_minutes=1))
    broken = company.here.campaigns.add(msgspec.structs.replace(made, id=new_id(), created_at=MONDAY, rep=None, every_minutes=10**15))
    company.here.campaign_recipients.add_once_each(
        [msgspec.structs.replace(one, id=new_id(), campaign=broken.id) for one in company.here.campaign_recipients.waiting(made.id, 1)]
    )
    company.here.leads.change(leads[0].id, owner=other.id)
    minutes(company, 1)
    assert [mail.recipients[0] for mail in server.taken] == ["ben@acme.example"]
    company.here.campaigns.change(made.id, rep=other.id)  # as if Tom, who was an admin then, had made it
    company.here.reps.change(other.id, is_active=False)
    minutes(company, 2)
    found = {one.lead: (one.state, one.reason) for one in company.here.campaign_recipients.page(made.id).items}
    assert found[leads[0].id] == (RecipientState.LEFT_OUT, "Has another owner")
    assert (len(server.taken), found[leads[2].id]) == (1, (RecipientState.LEFT_OUT, MAKER_LEFT))


def test_owners_merges_and_the_end_while_it_is_sent(company, server):
    """The owner of then sends; of two merged leads one gets it; while emails wait in the mail queue, it can be ended."""
    ada, ben, cem, dan = (company.scene.lead(name) for name in ("Ada", "Ben", "Cem", "Dan"))
    tom = company.here.reps.add(
        Rep(id=new_id(), workspace=company.ws, email="tom@us.example", name="Tom", role=Role.ADMIN, created_at=MONDAY)
    )
    made = start_campaign(company.deps, company.workspace, draft(company, every_minutes=1))
    company.here.leads.change(ada.id, owner=tom.id)
    minutes(company, 2)
    senders = {lead.name: [one.rep for one in company.here.messages.of_lead(lead.id)] for lead in (ada, ben, cem, dan)}
    assert senders == {"Ada": [tom.id], "Ben": [company.rep.id], "Cem": [company.rep.id], "Dan": []}
    deactivate(company.deps, company.ws, company.rep.id, to=tom.id)
    company.here.campaigns.change(made.id, rep=None)
    for _ in range(3):
        company.clock[0] += MINUTE
        run_campaigns(company.deps, company.clock[0])
    assert [one.rep for one in company.here.messages.of_lead(dan.id)] == [tom.id]
    assert company.here.campaign_recipients.counts(made.id) == {"written": 4}
    assert company.here.campaigns.get(made.id).state is CampaignState.RUNNING
    merge(company.deps, company.ws, cem.id, dan.id)
    company.sender.send_all()
    assert len(server.taken) == 3
    assert {one.error for one in company.here.messages.of_lead(cem.id)} == {None, "Not sent: the lead got it under another address."}
    minutes(company, 1)
    assert company.here.campaigns.get(made.id).state is CampaignState.DONE


def test_of_two_emails_that_are_being_sent_one_goes(company, server):
    """Both to leads that were merged: one waits for the other, whichever it is, and goes where that one failed, unless it may have arrived."""
    ada, ben, cem, dan = (company.scene.lead(name) for name in ("Ada", "Ben", "Cem", "Dan"))
    start_campaign(company.deps, company.workspace, draft(company, every_minutes=1))
    for _ in range(5):
        company.clock[0] += MINUTE
        run_campaigns(company.deps, company.clock[0])
    get = company.here.messages.get

    def two(kept, gone):
        merge(company.deps, company.ws, kept.id, gone.id)
        return sorted(one.id for one in company.here.messages.of_lead(kept.id))

    def claim(message):
        return company.deps.store.mail_queue.claim_one(company.ws, message, company.clock[0])

    first, second = map(claim, two(ada, ben))
    pauses = [check_automatic(company.deps, company.workspace, one, company.here.leads.get(ada.id), company.rep) for one in (first, second)]
    assert [pause.time for pause in pauses] == [2 * MINUTE, 10 * MINUTE], "they do not meet each time"
    with Connections() as connections:
        assert deliver(company.deps, first, connections) is None
        assert (get(first.id).state, server.taken) == (MessageState.QUEUED, [])
        server.rcpt.append("550 5.1.1 no such mailbox")
        deliver(company.deps, second, connections)
    assert get(second.id).state is MessageState.FAILED
    other, lost = two(cem, dan)
    claim(lost)  # by a process that is killed then
    for _ in range(12):
        company.clock[0] += MINUTE
        company.sender.send_all()
    assert (get(first.id).state, len(server.taken)) == (MessageState.SENT, 1)
    assert [get(one).error for one in (lost, other)] == [INTERRUPTED, "Not sent: the lead may have got it under another address."]
