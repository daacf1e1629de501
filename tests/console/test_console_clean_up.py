"""Clean up: each number is that of the list behind it, and likely duplicates are told apart."""

import html
import re
from urllib.parse import urlsplit

import pytest

from tracker.actions.leads import leads
from tracker.actions.leads.archive import archive_lead
from tracker.actions.mail_inbound.outcomes import record_absence, record_bounce, record_reply
from tracker.actions.workspace import workspaces
from tracker.base.ids import new_id
from tracker.domain.mail.message import Message, MessageState
from tracker.domain.workspace.workspace import Policy


@pytest.fixture
def messy(deps, office):
    """Six leads: two of one person, one without an owner, one with source and task, one archived, one of the rep alone."""

    def add(email, name, **more):
        return leads.add_lead(deps, office.workspace.id, email=email, name=name, **{"owner": office.admin.id, **more})

    add("dana.w@gmail.com", "Dana Whitfield", source="Event")
    add("danaw+news@gmail.com", "<b>D. Whitfield")
    add("omar@acme.example", "Omar Haddad", owner=None)
    add("lea@acme.example", "Lea Kundin", source="Event")
    gone = add("old@acme.example", "Old Lead", source="Event")
    archive_lead(deps, office.workspace.id, gone.id)
    add("rep@acme.example", "Ruth Alder", owner=office.rep.id)


def message_to(lead, at):
    """An email that was sent to the lead."""
    texts = {"subject": "Offer", "html": "", "source_html": ""}
    return Message(id=new_id(), workspace=lead.workspace, lead=lead.id, state=MessageState.SENT, created_at=at, sent_at=at, **texts)


def kinds_of(text):
    """By label, the number and the address of its list."""
    found = re.findall(
        r'<th scope="row">(?:<a class="plain" href="([^"]*)">)?([\w ]+?)(?:</a>)? <i class="quiet">.*?<td class="number">([\d,+]+)', text
    )
    return {label: (int(number), html.unescape(link)) for link, label, number in found}


def test_each_number_is_that_of_its_list(signed_in, office, messy):
    mara = signed_in(office.admin)
    found = kinds_of(mara.get("/clean-up").text)
    assert {label: number for label, (number, _) in found.items()} == {
        "No source": 3,
        "No owner": 1,
        "No next action": 5,
        "Bounced": 0,
        "Changed addresses": 0,
        "Opted out": 0,
        "Stale": 0,
        "Never contacted": 0,
        "Archived": 1,
    }
    for label, (number, link) in found.items():
        assert not number or mara.get(link).text.count("data-row-link") == number, label


def test_each_number_has_one_action_for_all_of_its_leads(deps, signed_in, office, messy):
    """It changes exactly the leads of the number, and one step undoes it."""
    mara, here = signed_in(office.admin), deps.store.of(office.workspace.id)
    forms = re.findall(r'<form class="clean-up".*?</form>', mara.get("/clean-up").text, re.DOTALL)
    assert [re.search(r'aria-label="([^"]+)">[^<]*</button>', form)[1] for form in forms] == [
        *("Set source: No source", "Assign: No owner", "Add task: No next action", "Restore: Archived")
    ]
    for form, chosen in zip(forms, ({"source": "Event"}, {"owner": office.rep.id}, {}, {}), strict=True):
        hidden = {name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="(every|text|due)" value="([^"]*)"', form)}
        action = re.search(r'name="action" value="(\w+)"', form)[1]
        assert mara.post("/leads/bulk", {"action": action, **hidden, **chosen}).status_code == 303
    found = {label: number for label, (number, _) in kinds_of(mara.get("/clean-up").text).items()}
    assert (found["No source"], found["No owner"], found["No next action"], found["Archived"]) == (0, 0, 1, 0), (
        "the restored lead has no task"
    )
    assert here.leads.by_email("omar@acme.example").owner == office.rep.id


def test_two_leads_of_one_person_are_shown_until_told_apart(signed_in, office, messy):
    mara = signed_in(office.admin)
    text = mara.get("/clean-up").text
    assert (text.count('class="pair"'), "&lt;b&gt;D. Whitfield" in text, "<b>D." in text) == (1, True, False)
    one, other = (re.search(rf'name="{name}" value="(\w+)"', text)[1] for name in ("lead", "other"))
    answer = mara.post("/leads/not-same", {"lead": one, "other": other, "back": "clean-up"})
    assert answer.headers["Location"] == "/clean-up#same"
    assert 'class="pair"' not in mara.get("/clean-up").text


def test_a_rep_sees_own_leads_alone(signed_in, office, deps, messy):
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    text = signed_in(office.rep).get("/clean-up").text
    assert ("Whitfield" in text, kinds_of(text)["No source"][0], kinds_of(text)["Archived"][0]) == (False, 2, 0)


def test_changed_addresses_are_used_by_a_person_alone(deps, signed_in, office, messy):
    """Proposed from an answer, its text, an automatic answer and a bounce; used for one or all with an undo; refused ones do not come back."""
    mara, here, now = signed_in(office.admin), deps.store.of(office.workspace.id), deps.now()
    found = {one.email: one for one in here.leads.by_ids(here.leads.all_ids()).values()}
    omar, lea, ruth, dana = (
        found[f"{name}@{host}"] for name, host in (*((n, "acme.example") for n in ("omar", "lea", "rep")), ("dana.w", "gmail.com"))
    )
    sent = {lead.id: here.messages.add(message_to(lead, now)) for lead in (omar, lea, ruth, dana)}
    record_reply(deps, sent[omar.id], key="<1@x>", at=now, sender='omar"<b>@home.example', text="Yes")
    assert here.leads.get(omar.id).new_email is None, "no address"
    record_reply(deps, sent[omar.id], key="<2@x>", at=now, sender="omar@home.example", text="Yes")
    record_absence(deps, sent[lea.id], key="<3@x>", at=now, text="I have moved. My new address is lea@new.example")
    record_bounce(deps, sent[ruth.id], key="<4@x>", at=now, is_hard=True, reason="551 please try <ruth@new.example>")
    for sender in ("lea@acme.example", office.rep.email, "dana.w@gmail.com"):
        record_reply(deps, sent[dana.id], key=f"<{sender}>", at=now, sender=sender, text="Yes")
    assert here.leads.get(dana.id).new_email is None, "other leads, reps, and the lead"
    page = mara.get("/clean-up").text
    assert kinds_of(page)["Changed addresses"][0] == 3
    assert page.count('action="/leads/') - page.count('action="/leads/bulk"') - page.count('action="/leads/not-same"') == 3
    assert [lead.email for lead in (here.leads.get(one.id) for one in (omar, lea, ruth))] == [omar.email, lea.email, ruth.email]

    path = f"/leads/{omar.id}/new-address"
    assert "omar@home.example" in mara.get(f"/leads/{omar.id}").text
    mara.post(path, {"address": "else@x.example", "use": "yes"})
    assert here.leads.get(omar.id).email == omar.email, "another one than was shown"
    assert mara.post(path, {"address": "omar@home.example", "use": "no", "back": "clean-up"}).headers["Location"] == "/clean-up#addresses"
    record_reply(deps, sent[omar.id], key="<5@x>", at=now, sender="Omar@home.example", text="Again")
    assert kinds_of(mara.get("/clean-up").text)["Changed addresses"][0] == 2

    leads.add_lead(deps, office.workspace.id, email="lea@new.example", name="Lea K.")
    every = urlsplit(kinds_of(mara.get("/clean-up").text)["Changed addresses"][1]).query
    assert mara.post("/leads/bulk", {"action": "new_email", "every": every}).status_code == 303
    after = here.leads.get(ruth.id)
    assert (after.email, after.bounced_at, after.new_email, here.leads.get(lea.id).email) == ("ruth@new.example", None, None, lea.email)
    undone = re.search(r'action="/changes/(\w+)/undo"', mara.get("/clean-up").text)
    assert mara.post(f"/changes/{undone[1]}/undo").status_code == 303
    after = here.leads.get(ruth.id)
    assert (after.email, after.bounced_at is None, after.new_email) == (ruth.email, False, "ruth@new.example")
