"""Clean up: each number is that of the list behind it, and likely duplicates are told apart."""

import html
import re

import pytest

from tracker.actions.leads import leads
from tracker.actions.leads.archive import archive_lead
from tracker.actions.workspace import workspaces
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
