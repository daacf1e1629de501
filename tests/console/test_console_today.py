"""Today: the blocks, whose day it is, the steps of a row with and without scripts, and What next?."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tracker.actions.leads import archive, leads
from tracker.actions.pipeline import notes, tasks
from tracker.actions.workspace import workspaces
from tracker.base.metrics import NEXT_STEPS, counted
from tracker.domain.leads.lead import Derived, NextAction
from workers.recompute.run import recompute

SCRIPT = {"headers": {"Origin": "http://localhost", "X-Requested-With": "fetch"}}
LONG_AGO = datetime(2027, 3, 10, 12, tzinfo=UTC)
"""A Wednesday, so that the next working day is the next day."""


@pytest.fixture
def now(deps):
    """The time of the tests."""
    return LONG_AGO


@pytest.fixture
def deps(deps, now):
    """With the clock at a fixed time."""
    return replace(deps, now=lambda: now)


@pytest.fixture
def mine(signed_in, office):
    """The rep's browser."""
    return signed_in(office.rep)


@pytest.fixture
def add(deps, office):
    """Adds a lead of the rep, and recomputes."""

    def make(name, *, ago=0.0, derived=None, **more):
        earlier = replace(deps, now=lambda: deps.now() - timedelta(hours=ago))
        values = {"owner": office.rep.id} | more
        lead = leads.add_lead(earlier, office.workspace.id, email=f"{name.split()[0].lower()}@acme.example", name=name, **values)
        recompute(deps, "live")
        here = deps.store.of(office.workspace.id)
        if derived:
            here.leads.change(lead.id, derived=Derived(**derived))
        return here.leads.get(lead.id)

    return make


def call(deps, office, lead, *, ago, **more):
    at = deps.now() - timedelta(hours=ago)
    notes.add_note(deps, office.workspace.id, lead=lead.id, kind="call", text="Called", at=at, rep=office.rep.id, **more)
    recompute(deps, "live")


def blocks(text):
    """The names in each block, by its title."""
    found = {}
    for part in text.split('class="today-block"')[1:]:
        title = re.search(r"live-heading[^>]*>([^<]+)<", part)[1]
        found[title] = re.findall(r"data-row-link[^>]*>([^<]+)<", part)
    return found


def test_each_lead_is_in_its_most_urgent_block(mine, deps, office, add):
    """Once, whatever else is true of it."""
    now = deps.now()
    hot = {"quadrant": "call_now", "last_seen_at": now - timedelta(hours=2), "last_kind": "view", "last_url": "https://us.example/pricing"}
    add("Hot Lead", ago=90, derived=hot, next_action=NextAction("Call", now - timedelta(days=3)))
    add("Asked Lead", ago=30, derived={"inquired_at": now - timedelta(hours=1), "last_contact_at": now - timedelta(hours=1)})
    add("Due Lead", ago=1, next_action=NextAction("Send prices", now - timedelta(days=2)))
    add("New Lead", ago=30)
    add("Fresh Lead", ago=2, next_action=NextAction("Later", now + timedelta(days=4)))
    silent, stale, older, open_ended = (
        add(name, ago=2000, stage="Contacted") for name in ("Silent Lead", "Stale Lead", "Older Lead", "Open Lead")
    )
    call(deps, office, silent, ago=60, result="no_answer")
    call(deps, office, stale, ago=24 * 16)
    call(deps, office, older, ago=24 * 40)
    call(deps, office, open_ended, ago=3)
    add("Won Lead", ago=2000, stage="Won")

    text = mine.get("/today").text

    assert blocks(text) == {
        "Call now": ["Hot Lead"],
        "Inquiries without first contact": ["Asked Lead"],
        "Overdue and due today": ["Due Lead"],
        "New for over 24 hours": ["New Lead"],
        "No response for 48 hours": ["Silent Lead"],
        "No contact for 14 days": ["Stale Lead"],
        "No contact for 30 days": ["Older Lead"],
        "Nothing planned": ["Open Lead"],
    }
    assert "Viewed Pricing 2 h ago" in text
    assert "2 days overdue" in text


def test_archived_and_other_reps_leads_are_left_out(mine, signed_in, deps, office, add):
    """A rep's day has their own leads, and new ones that no one owns; an admin chooses a rep or the team."""
    add("Own Lead", ago=30)
    add("Free Lead", ago=30, owner=None)
    add("Admin Lead", ago=30, owner=office.admin.id)
    gone = add("Gone Lead", ago=30)
    archive.archive_lead(deps, office.workspace.id, gone.id)

    admin = signed_in(office.admin)

    def shown(browser, who=""):
        return sorted(blocks(browser.get(f"/today?who={who}").text).get("New for over 24 hours", []))

    assert shown(mine) == ["Free Lead", "Own Lead"]
    assert shown(admin) == ["Admin Lead", "Free Lead"]
    assert shown(admin, office.rep.id) == ["Free Lead", "Own Lead"]
    assert shown(admin, "team") == ["Admin Lead", "Free Lead", "Own Lead"]
    assert shown(admin, "0" * 32) == shown(admin, "x") == shown(admin)


def test_a_rep_who_sees_own_leads_only_has_no_choice(mine, deps, office, add):
    """A colleague's day is their own day, and the team is themselves and leads without an owner."""
    add("Own Lead", ago=30)
    add("Admin Lead", ago=30, owner=office.admin.id)
    policy = replace_policy(office, reps_see="own")
    workspaces.change_workspace(deps, office.workspace.id, policy=policy)

    for who in ("", "team", office.admin.id):
        assert blocks(mine.get(f"/today?who={who}").text) == {"New for over 24 hours": ["Own Lead"]}
    assert "Whose day" not in mine.get("/today").text


def replace_policy(office, **values):
    return msgspec.structs.replace(office.workspace.policy, **values)


def test_tasks_about_other_reps_leads_are_due_too(mine, deps, office, add):
    """With the task's own text, not the lead's next action."""
    lead = add("Admin Lead", owner=office.admin.id, next_action=NextAction("Hers", deps.now() - timedelta(days=9)))
    tasks.add_task(deps, office.workspace.id, lead=lead.id, text="Send the plan", due=deps.now() - timedelta(hours=1), rep=office.rep.id)

    text = mine.get("/today").text

    assert blocks(text) == {"Overdue and due today": ["Admin Lead"]}
    assert "Send the plan" in text
    assert "Hers" not in text


def test_a_long_block_links_to_the_list(mine, add):
    """With its number; the list shows all of them and says why."""
    for number in range(8):
        add(f"Lead{number} Smith", ago=30 + number)

    text = mine.get("/today").text
    rows = mine.get("/leads?today=new").text

    assert len(blocks(text)["New for over 24 hours"]) == 6
    assert 'href="/leads?today=new">All 8' in text
    assert all(f"Lead{number} Smith" in rows for number in range(8))
    assert "New for over 24 hours" in rows


def test_an_empty_day_says_what_comes_next(mine, add, deps):
    """Nothing at all asks for an import."""
    assert "Import your leads to see who needs you." in mine.get("/today").text
    add("Marcus Bell", next_action=NextAction("Call again", deps.now() + timedelta(days=1)), ago=1)

    text = mine.get("/today").text

    assert "You are up to date." in text
    assert "Next: Call again, Marcus Bell, tomorrow 12:00." in text


def test_signing_in_lands_on_today(mine, add):
    """The start page redirects there once there are leads."""
    add("Dana Whitfield")

    assert mine.get("/").headers["Location"] == "/today"


@pytest.mark.parametrize("is_script", [True, False])
def test_a_call_is_logged_and_asks_what_next(mine, deps, office, add, is_script):
    """With scripts the answer is the next form; without, a page. The due action is done; the choice becomes the next one."""
    here = deps.store.of(office.workspace.id)
    lead = add("Dana Whitfield", next_action=NextAction("Call", deps.now() - timedelta(hours=1)))
    more = SCRIPT if is_script else {}
    path = f"/today/{lead.id}"
    assert 'name="result" value="no_answer"' in mine.get(f"{path}/call", **more).text
    form = {"kind": "call", "direction": "out", "result": "no_answer", "done": "yes", "call_back": "2027-03-12T09:00"}

    answer = mine.post(f"{path}/call", form, **more)
    asked = answer if is_script else mine.get(answer.headers["Location"])

    assert answer.status_code == (200 if is_script else 303)
    assert re.findall(r'name="choice" value="(\w+)"', asked.text) == ["first", "second", "none", "own"]
    assert "Call again" in asked.text
    assert "tomorrow 09:00" in asked.text
    (note,) = here.notes.of_lead(lead.id)
    assert (note.result, note.text, note.rep) == ("no_answer", "No answer.", office.rep.id)
    assert here.leads.get(lead.id).next_action is None

    done = mine.post(f"{path}/next", {"choice": "first", "after": "no_answer"}, **more)
    assert done.status_code == (204 if is_script else 303)
    action = here.leads.get(lead.id).next_action
    assert (action.text, action.due) == ("Call again", datetime(2027, 3, 11, 9, tzinfo=UTC))


def test_a_promised_call_is_planned_at_once(mine, deps, office, add):
    """Call back on: the date becomes the next action, and nothing else is asked."""
    lead = add("Dana Whitfield")

    answer = mine.post(f"/today/{lead.id}/call", {"kind": "call", "result": "call_back", "call_back": "2027-03-12T15:30"}, **SCRIPT)

    assert answer.status_code == 204
    action = deps.store.of(office.workspace.id).leads.get(lead.id).next_action
    assert (action.text, action.due) == ("Call back", datetime(2027, 3, 12, 15, 30, tzinfo=UTC))


def test_what_next_is_answered_or_skipped_and_counted(mine, deps, office, add):
    """Keeping what is planned, an own action, a skip."""
    lead = add("Dana Whitfield", next_action=NextAction("Send prices", deps.now() + timedelta(days=2)))
    before = counted(NEXT_STEPS, "choice")

    mine.post(f"/today/{lead.id}/next", {"choice": "none", "after": "reached"})
    mine.post(f"/today/{lead.id}/next", {"choice": "own", "after": "reached", "text": "Send a sample", "due": "2027-03-11T10:00"})
    mine.post(f"/today/{lead.id}/next", {"choice": "first", "after": "reached", "skip": "yes"})

    assert {task.text for task in deps.store.of(office.workspace.id).tasks.open_of_lead(lead.id)} == {"Send prices", "Send a sample"}
    now = counted(NEXT_STEPS, "choice")
    assert {name: now[name] - before.get(name, 0) for name in ("none", "own", "skipped")} == {"none": 1, "own": 1, "skipped": 1}


def test_every_step_does_what_it_says(mine, deps, office, add):
    """Note, task, snooze, move, done, archive."""
    here, lead = deps.store.of(office.workspace.id), add("Dana Whitfield", next_action=NextAction("Call", deps.now()))
    path = f"/today/{lead.id}"

    assert mine.post(f"{path}/note", {"text": "Prefers mornings"}, **SCRIPT).status_code == 204
    assert mine.post(f"{path}/task", {"text": "Send a map", "due": "2027-04-01T08:00"}, **SCRIPT).status_code == 204
    assert mine.post(f"{path}/snooze", {"days": "3"}, **SCRIPT).status_code == 204
    first, second = here.tasks.open_of_lead(lead.id)
    assert (first.text, first.due, first.former_dues) == ("Call", datetime(2027, 3, 15, 9, tzinfo=UTC), (deps.now(),))
    assert second.text == "Send a map"
    assert "Send the offer" in mine.post(f"{path}/move", {"stage": "Qualified"}, **SCRIPT).text
    assert mine.post(f"{path}/move", {"stage": "Lost"}, **SCRIPT).status_code == 422
    assert "What next?" in mine.post(f"{path}/done", {"task": second.id}, **SCRIPT).text
    assert [task.text for task in here.tasks.open_of_lead(lead.id)] == ["Call"]
    assert mine.post(f"{path}/archive", **SCRIPT).status_code == 204

    found = here.leads.get(lead.id)
    assert (found.stage, found.archived_at, here.notes.of_lead(lead.id)[0].text) == ("Qualified", deps.now(), "Prefers mornings")
    assert mine.get(f"{path}/nothing").status_code == 404


def test_a_task_of_another_lead_is_not_touched(mine, deps, office, add):
    """A form that names one acts on the lead's own next action instead."""
    lead, other = add("Dana Whitfield"), add("Omar Reed")
    task = tasks.add_task(deps, office.workspace.id, lead=other.id, text="Call", due=deps.now())

    mine.post(f"/today/{lead.id}/done", {"task": task.id})

    assert deps.store.of(office.workspace.id).tasks.get(task.id).done_at is None


def test_hostile_names_are_only_text(mine, add):
    """In rows and forms."""
    lead = add('Eve "><script>alert(1)</script>', ago=30)

    for page in ("/today", f"/today/{lead.id}/call", f"/today/{lead.id}/next?after=%22%3E%3Cscript%3E"):
        assert "<script>alert" not in mine.get(page).text
        assert 'value=""><script>' not in mine.get(page).text


def test_an_archived_lead_is_restored_on_its_page(mine, deps, office, add):
    """It says so, and the list of archived leads has it."""
    lead = add("Dana Whitfield")

    mine.post(f"/leads/{lead.id}/archive")
    assert "Archived</span>" in mine.get(f"/leads/{lead.id}").text
    assert "Dana Whitfield" in mine.get("/leads?archived=yes").text
    mine.post(f"/leads/{lead.id}/archive", {"restore": "yes"})

    assert "Archived</span>" not in mine.get(f"/leads/{lead.id}").text
    assert deps.store.of(office.workspace.id).leads.get(lead.id).archived_at is None
