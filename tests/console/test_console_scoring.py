"""Settings, Score: numbers, previews, own rules, the reset, who changed what, and what is wrong."""

from tracker.actions.leads import leads
from tracker.actions.pipeline.scores import leads_to_rescore
from tracker.domain.workspace.scoring import ScoringRuleChange

PAGE, NEW = "/settings/rules", "/settings/rules/own/new"


def test_rules_are_changed_previewed_and_reset(deps, office, signed_in):
    """A preview saves nothing; hostile names are text; the history names who changed what; a wrong number keeps what was typed."""
    ws, mara = office.workspace.id, signed_in(office.admin)
    leads.add_lead(deps, ws, email="dana@acme.example", name="Dana <i>", job_title="Head of IT")
    rule = {"name": "Chief <b>", "trigger": "field", "field": "job_title", "comparison": "contains", "value": "head", "points": "30"}
    shown = mara.post(NEW, rule | {"preview": "1"}).text
    assert ("1 score of 1 lead would change" in shown, "Dana &lt;i&gt;" in shown, "Not rated yet" in shown) == (True, True, True)
    assert deps.store.workspaces.get(ws).own_rules == ()
    assert mara.post(NEW, rule).status_code == 303
    (own,) = deps.store.workspaces.get(ws).own_rules
    assert leads_to_rescore(deps, ws) == 1
    assert mara.get(f"{PAGE}/progress").json == {"left": 1}
    shown = mara.get(PAGE).text
    assert ("Chief &lt;b&gt;" in shown, "1</b> leads" in shown, "added Chief &lt;b&gt;, +30" in shown) == (True, True, True)

    numbers = {
        "points-clicked": "9",
        "cap-clicked": "40",
        "half_life_days-clicked": "14",
        "off-page_view": "yes",
        "days-no_open_30_days": "45",
    }
    assert "0 scores of 1 lead would change" in mara.post(PAGE, numbers | {"preview": "1"}).text
    assert deps.store.workspaces.get(ws).rules == {}
    assert mara.post(PAGE, numbers).status_code == 303
    found = deps.store.workspaces.get(ws)
    assert found.rules == {"clicked": 9}
    assert found.rule_changes == {
        "clicked": ScoringRuleChange(cap=40),
        "page_view": ScoringRuleChange(is_off=True),
        "no_open_30_days": ScoringRuleChange(days=45),
    }
    wrong = mara.post(PAGE, {"cap-clicked": "0", "points-form": "17"})
    assert (wrong.status_code, "At most must be from 1 to 10,000." in wrong.text, 'value="17"' in wrong.text) == (422, True, True)
    assert mara.post(f"{PAGE}/reset", {}).status_code == 303
    found = deps.store.workspaces.get(ws)
    assert (found.rules, found.rule_changes, found.own_rules) == ({}, {}, (own,))

    edit = f"{PAGE}/own/{own.id}"
    assert 'value="Chief &lt;b&gt;"' in mara.get(edit).text
    wrong = mara.post(edit, rule | {"points": "many"})
    assert (wrong.status_code, "Points must be a whole number." in wrong.text, 'value="many"' in wrong.text) == (422, True, True)
    assert mara.post(NEW, rule).status_code == 422, "two rules about the same"
    assert mara.post(edit, rule | {"off": "yes"}).status_code == 303
    assert not deps.store.workspaces.get(ws).own_rules[0].is_on
    assert mara.post(edit, {"remove": "1"}).status_code == 303
    assert mara.get(edit).status_code == 404
