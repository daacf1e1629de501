"""Templates and snippets by API: shared, versioned, measured."""

import msgspec
import pytest

from tracker.base.ids import new_id
from tracker.domain.mail.message import Message, MessageState, Reaction

HTML = "<p>Hi {{first_name|there}}</p>"


def make(api, **more):
    """A template."""
    answer = api.post("/templates", {"name": "Intro", "subject": "Hello {{company|you}}", "html": HTML, **more})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_message_is_made_from_a_template(api):
    """Subject, HTML and kind come from it; the message keeps its id and version, whatever the template becomes."""
    made = make(api, kind="proposal")
    lead = api.lead(company="Acme")

    message = api.post("/messages", {"lead": lead["id"], "template": made["id"]}).json
    api.patch(f"/templates/{made['id']}", {"html": "<p>New</p>", "kind": None})
    later = api.post("/messages", {"lead": lead["id"], "template": made["id"], "subject": "Own"}).json

    assert (message["subject"], message["kind"], message["is_proposal"]) == ("Hello Acme", "proposal", True)
    assert "Hi Dana" in api.get(f"/messages/{message['id']}").json["html"]
    assert (message["template"], message["template_version"]) == (made["id"], 1)
    assert (later["subject"], later["kind"], later["template_version"]) == ("Own", None, 2)


def test_a_version_is_a_change_of_content(api):
    """Name and archive do not count; the same content again changes nothing."""
    made = make(api)
    for change, version in (
        ({"name": "Other"}, 1),
        ({"subject": "x"}, 2),
        ({"subject": "x"}, 2),
        ({"html": "<p>y</p>"}, 3),
        ({"kind": "proposal"}, 4),
        ({"is_archived": True}, 4),
    ):
        assert api.patch(f"/templates/{made['id']}", change).json["version"] == version, change


def test_an_archived_template_is_not_used(api):
    """It stays in the list with its figures; taken back, it is used again."""
    made = make(api)
    lead = api.lead()["id"]
    api.patch(f"/templates/{made['id']}", {"is_archived": True})

    refused = api.post("/messages", {"lead": lead, "template": made["id"]})
    assert (refused.status_code, refused.json["field"]) == (422, "template")
    assert [item["is_archived"] for item in api.get("/templates").json["items"]] == [True]
    api.patch(f"/templates/{made['id']}", {"is_archived": False})
    assert api.post("/messages", {"lead": lead, "template": made["id"]}).status_code == 201


def test_a_message_without_template_needs_subject_and_html(api):
    """As before."""
    lead = api.lead()["id"]
    for body, field in (({"html": HTML}, "subject"), ({"subject": "x"}, "html")):
        answer = api.post("/messages", {"lead": lead, **body})
        assert (answer.status_code, answer.json["field"]) == (422, field)


def add_messages(deps, workspace, template, *reactions, **more):
    """Sent messages of the template with these reactions."""
    values = {"subject": "x", "html": "", "source_html": "", "state": MessageState.SENT, "pixel_url": "p", "sent_at": deps.now()} | more
    for reaction in reactions:
        message = Message(
            id=new_id(), workspace=workspace.id, lead="l", created_at=deps.now(), template=template, reaction=reaction, **values
        )
        deps.store.of(workspace.id).messages.add(message)


def test_rates_are_of_what_can_be_known(api, deps, workspace):
    """Opens only of messages with a pixel, clicks only of tracked ones; no drafts, no bounces, no automatic image loads."""
    made, other = make(api), make(api)
    now = deps.now()
    opened, clicked, nothing = Reaction(opened_at=now), Reaction(opened_at=now, clicked_at=now), Reaction()
    add_messages(deps, workspace, made["id"], opened, clicked, nothing, Reaction(machine_at=now, machine_name="Gmail"))
    add_messages(deps, workspace, made["id"], clicked, nothing, pixel_url=None)
    add_messages(deps, workspace, made["id"], nothing, pixel_url=None, track=False)
    add_messages(deps, workspace, made["id"], opened, state=MessageState.DRAFT)
    add_messages(deps, workspace, made["id"], opened, state=MessageState.BOUNCED)

    figures = api.get(f"/templates/{made['id']}").json["figures"]

    assert figures == {
        "sent": 7,
        "open_tracked": 4,
        "opened": 2,
        "open_rate": 0.5,
        "click_tracked": 6,
        "clicked": 2,
        "click_rate": pytest.approx(1 / 3),
    }
    listed = {item["id"]: item["figures"] for item in api.get("/templates").json["items"]}
    assert listed[made["id"]] == figures
    assert (listed[other["id"]]["sent"], listed[other["id"]]["open_rate"]) == (0, None)


def test_rates_read_the_index_alone(api, deps, workspace):
    """However long the emails are, the figures of all templates read no message."""
    made = make(api)
    add_messages(deps, workspace, made["id"], *[Reaction(opened_at=deps.now())] * 20)
    database = deps.store.database
    match = {"ws": workspace.id, "template": {"$gt": ""}, "state": "sent"}
    group = {"_id": "$template", "n": {"$sum": {"$cond": [{"$gt": ["$reaction.opened_at", None]}, 1, 0]}}, "p": {"$max": "$pixel_url"}}
    plan = database.command(
        {
            "explain": {"aggregate": "messages", "pipeline": [{"$match": match}, {"$group": group}], "cursor": {}},
            "verbosity": "executionStats",
        }
    )
    stats = plan["executionStats"] if "executionStats" in plan else plan["stages"][0]["$cursor"]["executionStats"]
    assert (stats["totalKeysExamined"], stats["totalDocsExamined"]) == (20, 0)


def test_another_workspace_has_its_own(api, stranger):
    """Neither seen nor used."""
    made = make(api)
    assert stranger.get("/templates").json["items"] == []
    answer = stranger.post("/messages", {"lead": stranger.lead()["id"], "template": made["id"]})
    assert (answer.status_code, answer.json["field"]) == (422, "template")


@pytest.mark.parametrize("body", [{"name": ""}, {"subject": "a\nb"}, {"html": " "}, {"html": "x" * 600_000}, {"kind": "x" * 61}])
def test_what_is_no_template_is_refused(api, body):
    """The field is named."""
    answer = api.post("/templates", {"name": "Intro", "subject": "Hello", "html": HTML, **body})
    assert (answer.status_code, answer.json["field"]) == (422, next(iter(body)))


def test_snippets_are_own_or_shared(api, hire):
    """A rep has own ones and everybody's; colleagues' own ones are not there for others."""
    _, rosa = hire("Rosa")
    _, ivo = hire("Ivo")
    own = rosa.post("/snippets", {"name": "Mine", "text": "a"}).json
    shared = rosa.post("/snippets", {"name": "Ours", "text": "b", "shared": True}).json

    assert [item["name"] for item in rosa.get("/snippets").json["items"]] == ["Mine", "Ours"]
    assert [item["name"] for item in ivo.get("/snippets").json["items"]] == ["Ours"]
    assert ivo.patch(f"/snippets/{own['id']}", {"text": "x"}).status_code == 404
    assert ivo.patch(f"/snippets/{shared['id']}", {"text": "x"}).json["text"] == "x"
    assert ivo.delete(f"/snippets/{own['id']}").status_code == 404
    assert rosa.delete(f"/snippets/{own['id']}").status_code == 204
    assert api.post("/snippets", {"name": "x", "text": "y", "shared": False}).status_code == 422


def test_attachments_and_recipients_by_api(api, hire, deps, workspace):
    """Uploads are Base64; the message names its files and recipients; a file is read by those who see the lead."""
    _, rosa = hire("Rosa")
    file = rosa.post("/attachments", {"name": "Offer.pdf", "content": "JVBERi0="}).json
    assert (file["type"], file["size"]) == ("application/pdf", 5)
    assert rosa.post("/attachments", {"name": "x", "content": "@"}).status_code == 422
    lead, other = rosa.lead(), rosa.lead("marcus@acme.example", "Marcus")

    made = rosa.post(
        "/messages",
        {
            "lead": lead["id"],
            "subject": "Plan",
            "html": HTML,
            "to": [other["id"]],
            "cc": ["boss@us.example"],
            "bcc": ["crm@us.example"],
            "attachments": [file["id"]],
        },
    ).json

    assert (made["to"], made["cc"]) == (["dana@acme.example", "marcus@acme.example"], ["boss@us.example"])
    assert made["is_proposal"]
    assert made["attachments"] == [{"id": file["id"], "name": "Offer.pdf", "type": "application/pdf", "size": 5}]
    batch = rosa.get(f"/messages?batch={made['batch']}").json["items"]
    assert [(one["lead"], one["copy_to"], one["track"]) for one in batch] == [
        (lead["id"], None, True),
        (other["id"], None, True),
        (lead["id"], "boss@us.example", False),
        (lead["id"], "crm@us.example", False),
    ]
    answer = rosa.get(f"/messages/{made['id']}/attachments/{file['id']}")
    assert (answer.data, answer.content_type) == (b"%PDF-", "application/octet-stream")
    assert answer.headers["Content-Disposition"] == "attachment; filename=Offer.pdf"
    assert rosa.get(f"/messages/{made['id']}/attachments/{'0' * 32}").status_code == 404
    policy = msgspec.structs.replace(workspace.policy, reps_see="own")
    deps.store.workspaces.change(workspace.id, policy=policy)
    deps.store.of(workspace.id).leads.change(lead["id"], owner="another")
    assert rosa.get(f"/messages/{made['id']}/attachments/{file['id']}").status_code == 404


def test_a_colleagues_message_is_not_answered(hire, deps, workspace):
    """Its Message-ID and subject are those of a lead that the rep may not see."""
    _, rosa = hire("Rosa")
    ivo_rep, ivo = hire("Ivo")
    lead = ivo.lead(owner=ivo_rep.id)
    message = ivo.post("/messages", {"lead": lead["id"], "subject": "Secret", "html": HTML}).json
    deps.store.workspaces.change(workspace.id, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    own = rosa.lead("kim@acme.example", "Kim")

    answer = rosa.post("/messages", {"lead": own["id"], "html": HTML, "reply_to_message": message["id"]})

    assert answer.status_code == 404
