"""Settings, Team, Assignment: rules are added, tried, ordered and removed; who is out of office; Add lead by rules."""

from tracker.actions.workspace import teams
from tracker.domain.team.rep import Role


def test_rules_are_made_and_tried(deps, office, signed_in):
    """The page says who would get a lead; a rule with a slip comes back as it was typed; leads of the form go by the rules."""
    store = deps.store.of(office.workspace.id)
    browser = signed_in(office.admin)
    assert "No rules yet" in browser.get("/settings/assignment").text
    rule = {"name": "Fair", "to": f"rep:{office.rep.id}", "f": ["source", ""], "o": ["is", ""], "v": ["Trade fair", ""]}
    wrong = browser.post("/settings/assignment/new", rule | {"name": " "})
    assert wrong.status_code == 422
    assert "Trade fair" in wrong.text
    assert 'aria-label="Value" value=""' in browser.post("/settings/assignment/new", rule | {"add": "1"}).text
    assert browser.post("/settings/assignment/new", rule).status_code == 303
    assert browser.post("/settings/assignment/new", {"name": "All <b>", "to": f"rep:{office.admin.id}"}).status_code == 303
    shown = browser.get("/settings/assignment?try=1&source=Trade+fair").text
    assert "Source is Trade fair" in shown
    assert "All &lt;b&gt;" in shown
    assert "This lead would go to Tom Birch, by the rule “Fair”." in shown
    assert "by the rule “All &lt;b&gt;”" in browser.get("/settings/assignment?try=1").text
    assert 'value="Trade fair" selected' in browser.get("/settings/assignment/0").text
    assert browser.get("/settings/assignment/7").status_code == 404

    assert browser.get("/leads/new").text.count("Assign by rules") == 1
    added = browser.post("/leads", {"email": "dana@acme.example", "name": "Dana", "owner": "rules"}).headers["Location"]
    lead = store.leads.by_email("dana@acme.example")
    assert (lead.owner, added.rpartition("/")[2]) == (office.admin.id, lead.id)
    assert "Assigned to you, by the rule “All &lt;b&gt;”" in browser.get(f"/leads/{lead.id}").text

    browser.get("/settings/assignment")
    for change in ("up-1", "remove-1", "remove-9", "x"):
        assert browser.post("/settings/assignment", {"change": change}).status_code == 303
    assert [one.name for one in deps.store.workspaces.get(office.workspace.id).assignment_rules] == ["All <b>"]


def test_days_out_of_office(deps, office, signed_in):
    """One's own on the profile, those of a team by its leader, all by admins; no one else's."""
    reps = deps.store.of(office.workspace.id).reps
    days = {"away_first": "2027-07-05", "away_last": "2027-07-16"}
    as_rep = signed_in(office.rep)
    as_rep.get("/settings/me")
    assert as_rep.post("/settings/me/away", days).status_code == 303
    assert str(reps.get(office.rep.id).out_of_office) == "2027-07-05 to 2027-07-16"
    assert as_rep.post("/settings/me/away", days | {"rep": office.admin.id}).status_code == 404
    teams.add_team(deps, office.workspace.id, name="All", members=[office.admin.id], leader=office.rep.id)
    assert "Mara Oliveira" in as_rep.get("/settings/me").text
    assert as_rep.post("/settings/me/away", days | {"rep": office.admin.id}).status_code == 303
    assert reps.get(office.admin.id).role is Role.ADMIN
    browser = signed_in(office.admin)
    assert "Out of office 2027-07-05 to 2027-07-16" in browser.get("/settings/team").text
    assert browser.post(f"/settings/team/{office.rep.id}", {"away_first": "", "away_last": ""}).status_code == 303
    assert reps.get(office.rep.id).out_of_office is None
