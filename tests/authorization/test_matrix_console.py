"""The authorization matrix of the console: every page and form, for every kind of caller, on every kind of record."""

import io
import re
import zipfile

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.authorization.rights import ADMIN, ANYONE, LEAD, LIST, MAKER, OWN, PAGES, PRIVATE
from tests.authorization.world import Caller, Records, World, browse
from tests.notifier.push_devices import AUTH, P256DH
from tracker.actions.deps import Deps
from tracker.actions.team import sessions
from tracker.web.api.paths import is_for_programs

FORMS: dict[str, dict[str, str]] = {
    "POST /leads": {"email": "fresh@lead.example", "name": "Fresh"},
    "POST /leads/<lead>/stage": {"stage": "Contacted"},
    "POST /leads/<lead>/notes": {"kind": "call", "text": "x"},
    "POST /leads/<lead>/touches": {"type": "Webinar"},
    "POST /leads/<lead>/write": {"subject": "x", "body": "x"},
    "POST /leads/<lead>/write/check": {"subject": "x", "body": "x"},
    "POST /leads/<lead>/write/preview": {"subject": "x", "body": "x"},
    "POST /leads/<lead>/write/test": {"subject": "x", "body": "x"},
    "POST /leads/lists": {"name": "x"},
    "POST /saved-reports": {"name": "x", "report": "won", "period": "year"},
    "POST /leads/lists/<saved>": {"name": "x"},
    "POST /mail/snippets": {"name": "x", "text": "x"},
    "POST /mail/templates": {"name": "x", "subject": "x", "body": "x"},
    "POST /settings/forms/<form>": {"kind": "inquiry"},
    "POST /settings/alert-rules/<rule>": {"name": "x", "trigger": "page", "text": "/x"},
    "POST /settings/alert-times": {"hours": "always", "start": "08:00", "end": "19:00"},
    "POST /watched-pages": {"url": "https://www.us.example/new"},
    "POST /alerts/<alert>": {"do": "done"},
    "POST /settings/mail-clients": {"name": "x"},
    "POST /settings/push": {"endpoint": "https://push.example/x", "p256dh": P256DH, "auth": AUTH},
    "POST /settings/webhooks": {"url": "https://hooks.us.example/x", "events": "lead.created"},
    "POST /settings/webhooks/<hook>": {"name": "x", "url": "https://hooks.us.example/x", "events": "lead.created"},
    "POST /settings/webhooks/<hook>/replay": {"hours": "24"},
    "POST /settings/me/zone": {"timezone": "Europe/Lisbon"},
}
"""Where an empty form would be refused for what it holds rather than for who sends it."""


def pages_of(app: Flask) -> list[str]:
    """The pages that the walks below open: those that say who may use them. What removes something comes last."""
    return sorted(every_page(app) & PAGES.keys(), key=lambda page: (page.endswith("/remove"), page))


def every_page(app: Flask) -> set[str]:
    """Every page and form that the app answers, as `GET /leads/<lead>`; the API and static files are not the console's."""
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and not is_for_programs(rule.rule):
            path = re.sub(r"<[a-z]+:", "<", rule.rule)
            found |= {f"{method} {path}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def path_of(page: str, records: Records, world: World) -> str:
    """The address of the page about these records."""
    ids = records.ids
    parts = {
        "lead": ids["lead"],
        **{name: ids[name] for name in ("note", "sale", "task", "link")},
        "change": ids["change"],
        "company": ids["company"],
        "message": ids["message"],
        "conversation": ids["conversation"],
        "link": ids["link"],
        "visit": ids["visit"],
        "event": ids["event"],
        "form": ids["form"],
        "alert": ids["alert"],
        "delivery": ids["delivery"],
        "hook": ids["hook"],
        "device": ids["device"],
        "watched": ids["watched_page"],
        "attachment": ids["attachment"],
        "template": ids["template"],
        "team": ids["team"],
        "source": ids["source"],
        "cost": ids["cost"],
        "target": ids["target"],
        "automation": ids["automation"],
        "entry": ids["automation_entry"],
        "sequence": ids["sequence"],
        "effect": ids["effect"],
        "enrolment": ids["enrolment"],
        "campaign": ids["campaign"],
        "rate": ids["rate"],
        "field": ids["field"],
        "snippet": ids["snippet"],
        "password": ids["app_password"],
        "rep": ids["rep"],
        "saved": ids["saved_report" if "/saved-reports/" in page else "lead_list"],
        "job": ids["lead_import"],
        "key": ids["site_key"],
        "token": "ab" * 16,
        "number": "new",
        "rule": ids["alert_rule"],
        "own": "new",
        "client": "apple",
        "scope": "me",
        "step": "call",
        "name": "leads-added" if "/reports/" in page else "webhook",
        "workspace": world.zoe.rep.workspace if world.zoe.rep else "",
    }
    path = page.partition(" ")[2]
    return re.sub(r"<([a-z]+)>", lambda found: parts[found[1]], path)


def send(world: World, caller: Caller | None, app: Flask, page: str, records: Records) -> tuple[int, str]:
    """Opens the page or sends its form: the status, and everything that came back."""
    method, path = page.partition(" ")[0], path_of(page, records, world)
    form: dict[str, object] = {**FORMS.get(page, {})}
    if page == "POST /take":
        form["lead"] = records.ids["lead"]
    if page == "POST /leads/enrol":
        form |= {"lead": records.ids["lead"], "sequence": records.ids["sequence"]}
    if page == "POST /leads/not-same":
        form |= {"lead": records.ids["lead"], "other": records.ids["lead"]}
    if page == "GET /leads/<lead>/merge":
        path += f"?with={records.ids['other']}"
    if page == "POST /leads/<lead>/merge":
        form["with"] = records.ids["other"]
    if page == "POST /leads/<lead>/part":
        form["merged"] = records.ids["merged"]
    if page == "POST /leads/<lead>/tasks/done":
        form["task"] = records.ids["task"]
    if page == "POST /leads/import":
        form["file"] = (io.BytesIO(b"email\nfresh@lead.example\n"), "leads.csv")
    answer = caller.page(method, path, form) if caller else browse(app.test_client(), method, path, dict(form))
    text = "" if answer.mimetype == "text/event-stream" else text_of(answer)
    answer.close()
    return answer.status_code, f"{answer.headers} {text}"


def text_of(answer: TestResponse) -> str:
    """What came back; of a ZIP file, what its files contain."""
    if answer.mimetype != "application/zip":
        return answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    return " ".join(archive.read(name).decode() for name in archive.namelist())


def test_every_page_says_who_may_use_it(app: Flask) -> None:
    """A new page or form needs a line in rights.py, and a removed one leaves none behind."""
    assert set(every_page(app)) == set(PAGES)


def test_pages_for_admins_are_marked_as_such(app: Flask) -> None:
    """What the table says of admins and of everybody is what the views declare."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"GET", "POST"}:
            right = PAGES.get(f"{method} {rule.rule}")
            view = app.view_functions[rule.endpoint]
            if right is not None:
                assert getattr(view, "is_admin", False) == (right is ADMIN), rule.rule
                assert getattr(view, "is_public", False) == (right is ANYONE), rule.rule


def test_strangers_are_asked_to_sign_in(app: Flask, world: World) -> None:
    """Without a session: pages lead to the sign-in, forms are refused; nothing is shown."""
    wrong = []
    for page in pages_of(app):
        if PAGES[page] is ANYONE:
            continue
        status, told = send(world, None, app, page, world.his)
        is_refused = (status == 303 and "Location: /sign-in" in told) if page.startswith("GET") else status == 403
        if not is_refused or world.his.mark in told:
            wrong.append((page, status))
    assert wrong == []


@pytest.mark.parametrize("who", ["rosa", "zoe"])
def test_what_may_not_be_seen_is_not_found(app: Flask, world: World, who: str) -> None:
    """A colleague's record for a rep who sees only own leads, and any record for another workspace's admin: 404 and no word of it."""
    caller = getattr(world, who)
    wrong = []
    for page in pages_of(app):
        right = PAGES[page]
        if right is ANYONE or (who == "zoe" and (right is OWN or page in OTHERWISE)):
            continue
        status, told = send(world, caller, app, page, world.his)
        wanted = (404,) if right in (LEAD, OWN, PRIVATE) else (403,) if right in (ADMIN, MAKER) and who == "rosa" else None
        about = path_of(page, world.his, world)
        shown = world.his.shown_in(told, about, is_foreign=who == "zoe")
        if (wanted and status not in wanted) or status >= 500 or shown:
            wrong.append((page, status, shown))
    assert wrong == []


@pytest.mark.parametrize("who", ["rosa", "ada"])
def test_what_may_be_done_is_done(app: Flask, world: World, who: str) -> None:
    """The positive control: on own records reps, and on a rep's records admins, are told neither 403 nor 404, and shown nothing else."""
    caller = getattr(world, who)
    wrong = []
    for page in pages_of(app):
        right = PAGES[page]
        if right in (ANYONE, OWN) or (right is {"rosa": ADMIN, "ada": PRIVATE}[who]) or page in (*OTHERWISE, *GONE):
            continue
        status, told = send(world, caller, app, page, world.hers)
        shown = [*(world.his.shown_in(told) if who == "rosa" else []), *world.foreign.shown_in(told, is_foreign=True)]
        if status in (401, 403, 404) or status >= 500 or shown:
            wrong.append((page, status, shown))
    assert wrong == []


OTHERWISE = (
    "POST /demo",
    "POST /demo/enter",
    "POST /demo/mail",
    "POST /demo/remove",
    "GET /replay/framing",
    "GET /leads/import/<token>/errors.csv",
    "POST /leads/import/<token>/preview",
    "POST /settings/keys/<key>/remove",
    "POST /setup/edge",
    "POST /setup/mail/check",
)
"""Refused for another reason here: there is no demo, page, file or key of that name; or it would reach out of the test."""
GONE = ("POST /settings/push/<device>/remove",)
"""What an earlier form took along: a device goes with the sessions that *Sign out elsewhere* ends."""


def test_lists_show_own_and_unowned_records(app: Flask, world: World) -> None:
    """Each list has the rep's own mark, or that of records without an owner, never a colleague's."""
    for page in [page for page in pages_of(app) if PAGES[page] is LIST]:
        _, told = send(world, world.rosa, app, page, world.his)
        assert world.his.shown_in(told) == [], page
        if page != "GET /bell/count":
            assert world.hers.mark in told, page
            assert world.unowned.mark in told, page
    assert world.rosa.page("GET", "/bell/count").json["on_site"] == 2
    assert world.ada.page("GET", "/bell/count").json["on_site"] == 3


@pytest.mark.parametrize("query", ["q={mark}", "owner={rep}", "source=Source {mark}", "sort=name&q={mark}"])
def test_filters_find_nothing_of_a_colleague(world: World, query: str) -> None:
    """The list of leads under every filter; the page itself repeats the words that were asked for."""
    asked = query.format(mark=world.his.mark, rep=world.his.ids["rep"])
    page = world.rosa.page("GET", f"/leads?{asked}").text
    assert world.his.ids["lead"] not in page
    assert f"Lead {world.his.mark}" not in page
    assert world.his.ids["lead"] in world.ada.page("GET", f"/leads?{asked}").text


def test_the_palette_finds_and_names_nothing_of_a_colleague(world: World) -> None:
    """Its search, and what a browser says was opened last: records of a colleague and of another workspace are not there."""
    for records in (world.his, world.foreign):
        kinds = {"lead": "lead", "company": "company", "list": "lead_list"}
        recent = ",".join(f"{kind}:{records.ids[name]}" for kind, name in kinds.items() if name in records.ids)
        found = world.rosa.page("GET", f"/palette/search?q={records.mark}").json
        assert found == {"leads": [], "companies": [], "lists": []}
        assert world.rosa.page("GET", f"/palette?recent={recent}").json["recent"] == []
    assert [one["id"] for one in world.ada.page("GET", f"/palette/search?q={world.his.mark}").json["leads"]] == [world.his.ids["lead"]]


def test_colleagues_of_a_lead_are_those_that_may_be_seen(world: World, deps: Deps) -> None:
    """The lead page names other leads of the company, not a colleague's."""
    store = deps.store.of(world.workspace.id)
    store.leads.change(world.hers.ids["lead"], company_id=world.his.ids["company"])

    assert world.his.ids["lead"] not in world.rosa.page("GET", f"/leads/{world.hers.ids['lead']}").text
    assert world.his.ids["lead"] in world.ada.page("GET", f"/leads/{world.hers.ids['lead']}").text


def test_the_teams_channels_are_for_admins(app: Flask, world: World) -> None:
    """A rep's form for the team's channel is refused; only `me` is theirs."""
    for path in ("/settings/alerts/team/webhook", "/settings/alerts/team/webhook/test", "/settings/alerts/team/webhook/remove"):
        assert world.rosa.page("POST", path, {"url": "https://evil.example/"}).status_code == 403, path
    assert f"hooks.example/{world.unowned.mark}" not in world.rosa.page("GET", "/settings/alerts").text


def test_a_session_that_ended_is_no_session(app: Flask, world: World, deps: Deps) -> None:
    """An unknown session is as none."""
    client = app.test_client()
    token = sessions.start(deps, world.rosa.rep)
    assert browse(client, "GET", "/leads", session=token).status_code == 200
    assert browse(client, "GET", "/leads", session=token[:-1] + "x").status_code == 303
