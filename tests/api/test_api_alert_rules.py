"""Custom alert rules by API: checked, previewed, changed and removed; each caller with own ones and those of the workspace."""

import pytest

from tests.api.samples import add_alert, add_view

RULE = {"name": "Prices", "trigger": "page", "text": "/pricing", "condition": {"field": "stage", "is": "New"}, "priority": "quiet"}


def test_a_rule_is_previewed_saved_changed_and_removed(api, deps, workspace, hire):
    """Names become ids; the preview has what happened before; a rep's rule is for own leads and hidden from others."""
    rosa, as_rosa = hire("Rosa")
    _, as_ivo = hire("Ivo")
    lead = api.lead(owner=rosa.id)
    add_view(deps, workspace.id, lead["id"])
    found = as_rosa.post("/alert-rules/preview", RULE | {"text": "*", "condition": {"field": "source", "is_empty": True}}).json
    assert (found["count"], found["todays_fields"], found["partial"]) == (1, ["Source"], False)
    assert (found["alerts"][0]["lead"], found["alerts"][0]["priority"]) == (lead["id"], "quiet")
    assert as_rosa.post("/alert-rules/preview", RULE | {"text": "/careers"}).json["count"] == 0
    assert as_ivo.post("/alert-rules/preview", RULE | {"text": "*"}).json["count"] == 0
    assert as_rosa.get("/alert-rules").json["items"] == []

    made = as_rosa.post("/alert-rules", RULE | {"lead_list": "hot"}).json
    assert (made["rep"], made["words"]) == (rosa.id, "Views /pricing, if Stage is New and on the list “Hot”")
    stage = next(one["id"] for one in api.get("/stages").json["items"] if one["name"] == "New")
    assert made["condition"] == {"field": "stage", "is": stage}
    assert as_ivo.get(f"/alert-rules/{made['id']}").status_code == 404
    changed = as_rosa.patch(f"/alert-rules/{made['id']}", {"occasion": "after_quiet", "quiet_days": 7, "lead_list": None}).json
    assert changed["words"] == "Views /pricing after 7 quiet days, if Stage is New"
    shared = api.post("/alert-rules", RULE | {"name": "All"}).json
    assert [one["name"] for one in as_rosa.get("/alert-rules").json["items"]] == ["Prices", "All"]
    assert as_rosa.patch(f"/alert-rules/{shared['id']}", {"text": "/x"}).status_code == 403

    for useful in (True, True, False, None):
        add_alert(deps, workspace.id, lead["id"], rosa.id, custom=made["id"])
        if useful is not None:
            api.patch(f"/alerts/{as_rosa.get('/alerts').json['items'][0]['id']}", {"useful": useful})
    assert as_rosa.get(f"/alert-rules/{made['id']}").json["use"] == {"alerts": 4, "useful": 2, "rated": 3}
    assert as_rosa.delete(f"/alert-rules/{made['id']}").status_code == 204
    assert [one["name"] for one in as_rosa.get("/alert-rules").json["items"]] == ["All"]


def test_shipped_rules_have_other_priorities(api, hire):
    """A rep's own one goes before that of the workspace, which only admins set."""
    _, as_rosa = hire("Rosa")
    assert as_rosa.put("/alert-rules/shipped", {"rule": "click", "priority": "off", "own": False}).status_code == 403
    api.put("/alert-rules/shipped", {"rule": "click", "priority": "digest"})
    own = as_rosa.put("/alert-rules/shipped", {"rule": "click", "priority": "quiet"}).json
    assert (own["priority"], own["workspace"], own["own"]) == ("quiet", "digest", "quiet")
    back = as_rosa.put("/alert-rules/shipped", {"rule": "click", "priority": None}).json
    assert (back["priority"], back["own"]) == ("digest", None)
    assert api.put("/alert-rules/shipped", {"rule": "form", "priority": "quiet"}).status_code == 404


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"trigger": "page", "text": " "}, "text"),
        ({"trigger": "form", "text": "nosuch"}, "text"),
        ({"trigger": "score", "number": 0}, "number"),
        ({"occasion": "after_quiet"}, "quiet_days"),
        ({"condition": {"field": "nosuch", "is": "x"}}, "condition.field"),
        ({"condition": {"field": "owner", "is": "me"}}, "condition"),
        ({"lead_list": "nosuch"}, "lead_list"),
        ({"lead_list": "mine"}, "lead_list"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_refused(api, more, field):
    """Also by the preview."""
    for path in ("/alert-rules", "/alert-rules/preview"):
        answer = api.post(path, RULE | more)
        assert (answer.status_code, answer.json["field"]) == (422, field)
