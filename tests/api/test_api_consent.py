"""Consent by API: what a lead said with its proof, the list of all leads, the policy, and what messages say."""

import pytest

HTML = '<p>Hi <a href="https://acme.example/x">x</a></p>'


def test_a_consent_is_shown_with_its_proof_and_history(api):
    """On the lead, in the history, newest first, and in the list of all leads."""
    lead = api.lead(country="Germany")
    assert lead["tracking_consent"] == {"state": "unknown", "at": None, "how": None, "wording": None, "by": None}

    path = f"/leads/{lead['id']}/consent"
    changed = api.put(path, {"state": "granted", "how": "form", "wording": "May we?"}).json
    proof = changed["tracking_consent"]
    assert (proof["state"], proof["how"], proof["wording"], proof["by"]) == ("granted", "form", "May we?", "api")
    assert proof["at"].endswith("Z")
    api.put(path, {"state": "refused", "how": "phone"})

    assert [row["state"] for row in api.get(path).json["items"]] == ["refused", "granted"]
    assert api.get(f"/leads/{lead['id']}").json["tracking_consent"]["state"] == "refused"
    (row,) = api.get("/consents").json["items"]
    assert (row["lead"], row["email"], row["country"], row["state"]) == (lead["id"], "dana@acme.example", "Germany", "refused")
    assert (row["allowed"], row["reason"].startswith("permission refused on")) == ("off", True)


@pytest.mark.parametrize(
    "body",
    [
        {"state": "granted"},
        {"state": "perhaps", "how": "form"},
        {"state": "granted", "how": ""},
        {"state": "granted", "how": "a\nb"},
        {"state": "granted", "how": "x" * 61},
        {"state": "granted", "how": "form", "wording": "x" * 5_001},
    ],
    ids=lambda body: str(body)[:50],
)
def test_what_is_no_consent_is_refused(api, body):
    """422, and nothing is recorded."""
    lead = api.lead()
    assert api.put(f"/leads/{lead['id']}/consent", body).status_code == 422
    assert api.get(f"/leads/{lead['id']}/consent").json["items"] == []


def test_the_policy_decides_and_messages_say_why(api):
    """While nothing is decided everything is tracked; then by country, with the reason on message and links."""
    lead = api.lead(country="Germany")
    offered = api.get("/tracking-policy").json
    assert (offered["is_decided"], offered["countries"]["DE"], offered["elsewhere"]) == (False, "off", "full")
    before = api.post("/messages", {"lead": lead["id"], "subject": "x", "html": HTML}).json
    assert (before["tracking"], before["track"], before["tracking_reason"]) == ("full", True, None)

    decided = api.put("/tracking-policy", {"own_country": "Schweiz", "countries": {"Deutschland": "off", "CA": "links"}}).json
    assert (decided["is_decided"], decided["own_country"], decided["countries"]) == (True, "CH", {"CA": "links", "DE": "off"})
    assert decided["decided_by"]
    assert api.put("/tracking-policy", {"own_country": "Atlantis"}).status_code == 422

    made = api.post("/messages", {"lead": lead["id"], "subject": "x", "html": HTML, "track": True, "ask_consent": True}).json
    assert (made["tracking"], made["track"], made["pixel_url"], made["asks_consent"]) == ("off", False, None, True)
    assert made["tracking_reason"] == "No tracking: Germany, no permission yet"
    assert [(link["tracked_url"], link["reason"]) for link in made["links"]] == [(None, "consent")]
    assert "Dürfen wir sehen" in made["html"]

    api.patch(f"/leads/{lead['id']}", {"country": "Canada"})
    made = api.post("/messages", {"lead": lead["id"], "subject": "x", "html": HTML}).json
    assert (made["tracking"], made["pixel_url"], made["tracking_reason"]) == ("links", None, "Links only: Canada, no permission yet")
    link = api.post("/links", {"lead": lead["id"], "url": "https://acme.example/x", "label": "x"}).json
    assert (link["reason"], "/c/" in link["tracked_url"]) == (None, True)
