"""/rules: numbers and own rules, their preview, and how far leads are scored again."""


def test_rules_have_numbers_and_own_ones_are_kept_and_previewed(api):
    """What is left out is as shipped; own rules stay unless they are given; their ids can be used among the items."""
    lead = api.call("POST", "/leads", {"email": "dana@acme.example", "name": "Dana", "job_title": "Head of IT"}).json["id"]
    chief = {"why": "Chief", "trigger": "field", "text": "job_title", "comparison": "contains", "value": "head", "points": 30}
    body = {"items": [{"name": "clicked", "points": 3, "cap": 40, "on": False}], "own": [chief]}
    seen = api.call("POST", "/rules/preview", body).json
    assert (seen["leads"], seen["changed"], seen["moved"]) == (1, 1, [{"before": "unrated", "after": "nurture", "count": 1}])
    assert [(one["lead"], one["before"], one["after"]) for one in seen["largest"]] == [(lead, 0, 30)]
    assert not [rule for rule in api.get("/rules").json["items"] if rule["own"]]

    found = {rule["name"]: rule for rule in api.put("/rules", body).json["items"]}
    clicked, own = found["clicked"], next(rule for rule in found.values() if rule["own"])
    assert (clicked["cap"], clicked["on"], clicked["half_life_days"], own["side"], own["points"]) == (40, False, 14, "fit", 30)
    assert api.get("/rules/progress").json["left"] >= 1
    found = {rule["name"]: rule for rule in api.put("/rules", {"items": [{"name": own["name"], "points": 5}]}).json["items"]}
    assert (found["clicked"]["cap"], found["clicked"]["on"], found[own["name"]]["points"]) == (12, True, 5)
    for wrong in ({"items": [{"name": "fit_size", "points": 3, "cap": 4}]}, {"items": [], "own": [chief | {"text": "score"}]}):
        assert api.put("/rules", wrong).status_code == 422
        assert api.call("POST", "/rules/preview", wrong).status_code == 422
    assert not [rule for rule in api.put("/rules", {"items": [], "own": []}).json["items"] if rule["own"]]
