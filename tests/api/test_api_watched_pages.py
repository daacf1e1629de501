"""Watched pages and proposals by API: who switches alerts on for whom, bounds, and marks of messages."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Program
from tracker.actions.alerting import watched_pages
from tracker.actions.deps import Deps
from tracker.domain.team.rep import Role
from tracker.domain.workspace.workspace import Workspace

URL = "https://www.us.example/Pricing/?from=mail"
Hire = Callable[..., Any]


def test_a_rep_watches_a_page_and_stops(api: Program, hire: Hire) -> None:
    """Query, case and the slash at the end do not matter; the same page again changes nothing."""
    rosa, as_rosa = hire("Rosa")
    made = as_rosa.post("/watched-pages", {"url": URL, "title": "Pricing – Acme"})
    assert made.status_code == 201, made.text
    assert made.json | {"id": "", "since": ""} == {
        "id": "", "rep": rosa.id, "url": "https://www.us.example/pricing", "name": "Pricing", "since": "",
    }  # fmt: skip
    assert as_rosa.post("/watched-pages", {"url": "https://www.us.example:443/pricing#x"}).json == made.json
    assert as_rosa.get("/watched-pages").json["items"] == [made.json] == api.get("/watched-pages").json["items"]
    assert [entry["action"] for entry in api.get("/audit?action=page_watched").json["items"]] == ["page_watched"]

    assert as_rosa.delete(f"/watched-pages/{made.json['id']}").status_code == 204
    assert as_rosa.delete(f"/watched-pages/{made.json['id']}").status_code == 404
    assert as_rosa.get("/watched-pages").json["items"] == []
    again = as_rosa.post("/watched-pages", {"url": URL}).json
    assert (again["id"], again["since"] > made.json["since"]) == (made.json["id"], True)


def test_only_admins_watch_for_the_team(api: Program, hire: Hire) -> None:
    """Every rep sees the team's pages; a key of no rep watches for the team."""
    _, as_rosa = hire("Rosa")
    _, as_boss = hire("Boss", Role.ADMIN)
    assert as_rosa.post("/watched-pages", {"url": URL, "team": True}).status_code == 403
    assert api.post("/watched-pages", {"url": URL, "team": False}).status_code == 422
    made = as_boss.post("/watched-pages", {"url": URL, "team": True}).json
    assert made["rep"] is None
    assert api.post("/watched-pages", {"url": URL}).json == made
    assert as_rosa.get("/watched-pages").json["items"] == [made]
    assert as_rosa.delete(f"/watched-pages/{made['id']}").status_code == 403
    assert as_boss.delete(f"/watched-pages/{made['id']}").status_code == 204


def test_a_colleagues_pages_are_not_there(hire: Hire, stranger: Program) -> None:
    """Admins see and stop them; another workspace does not."""
    _, as_rosa = hire("Rosa")
    _, as_ivo = hire("Ivo")
    _, as_boss = hire("Boss", Role.ADMIN)
    made = as_ivo.post("/watched-pages", {"url": URL}).json
    for caller in (as_rosa, stranger):
        assert caller.get("/watched-pages").json["items"] == []
        assert caller.delete(f"/watched-pages/{made['id']}").status_code == 404
    assert as_boss.get("/watched-pages").json["items"] == [made]
    assert as_boss.delete(f"/watched-pages/{made['id']}").status_code == 204


@pytest.mark.parametrize("url", ["", "x", "/pricing", "javascript:alert(1)", "ftp://www.us.example/", "https://", "https://x:99999/"])
def test_what_is_no_page_is_refused(api: Program, url: str) -> None:
    """A field error, as everywhere."""
    assert api.post("/watched-pages", {"url": url}).status_code == 422


def test_the_number_of_pages_is_bounded(deps: Deps, workspace: Workspace, hire: Hire) -> None:
    """A hundred for each rep; a stopped one makes room."""
    rosa, as_rosa = hire("Rosa")
    for number in range(watched_pages.MOST_WATCHED):
        page, _ = watched_pages.watch_page(deps, workspace.id, rosa.id, f"https://www.us.example/{number}")
    assert as_rosa.post("/watched-pages", {"url": URL}).status_code == 409
    assert as_rosa.post("/watched-pages", {"url": page.url}).status_code == 201, "it is watched already"
    as_rosa.delete(f"/watched-pages/{page.id}")
    assert as_rosa.post("/watched-pages", {"url": URL}).status_code == 201


def test_a_message_is_marked_as_a_proposal(api: Program) -> None:
    """At creation and later; null lets kind and subject decide again."""
    lead = api.lead()["id"]

    def create(**more: Any) -> dict[str, Any]:
        made: dict[str, Any] = api.post("/messages", {"lead": lead, "subject": "Hello", "html": "<p>x</p>", **more}).json
        return made

    def mark(message: dict[str, Any], *, proposal: bool | None) -> tuple[bool | None, bool]:
        changed = api.patch(f"/messages/{message['id']}", {"proposal": proposal}).json
        return changed["proposal"], changed["is_proposal"]

    made = [create(), create(subject="Our offer"), create(kind="proposal"), create(proposal=True), create(subject="Offer", proposal=False)]
    assert [(m["proposal"], m["is_proposal"]) for m in made] == [(None, False), (None, True), (None, True), (True, True), (False, False)]
    assert [mark(made[1], proposal=value) for value in (False, True, None)] == [(False, False), (True, True), (None, True)]
    assert api.get(f"/messages/{made[4]['id']}").json["is_proposal"] is False
    assert api.patch(f"/messages/{made[0]['id']}", {}).status_code == 422
    assert api.patch(f"/messages/{made[0]['id']}", {"proposal": "maybe"}).status_code == 422
