"""The authorization matrix of the API: every operation, for every kind of caller, on every kind of record."""

import base64

import msgspec
import pytest
from flask import Flask

from tests.api.samples import body_of
from tests.authorization.rights import ADMIN, LEAD, LIST, MAKER, OPERATIONS, OWN, OWN_ADMIN, PRIVATE, SHARED
from tests.authorization.world import PREFIX, Caller, Records, World
from tracker.actions.deps import Deps
from tracker.domain.alerting.alert import AlertRule
from tracker.rules.reports.catalogue import METRICS
from tracker.web.api.app import operations
from tracker.web.api.operations import Operation

ALL = sorted(
    operations(),
    key=lambda operation: (operation.method == "DELETE" or operation.path.endswith("/deactivate"), operation.name == "erase_lead"),
)
"""What removes something comes last."""
REPORTS = ("sources", "stages", "activity")


def call_of(operation: Operation) -> str:
    """As the table of rights names it."""
    return f"{operation.method} {operation.path}"


def send(caller: Caller, operation: Operation, records: Records, name: str = "webhook", **headers: str) -> tuple[int, str, str]:
    """Calls the operation on these records: the status, everything that came back, and what was sent."""
    ids = records.ids | {"name": name}
    path = operation.path.format(**ids)
    if operation.query and "lead" in operation.query.model_fields:
        path += f"?lead={records.ids['lead']}"
    body = body_of(call_of(operation), ids) if operation.body else None
    if operation.file:
        body = b"email,name\nfresh@lead.example,Fresh\n"
    answer = caller.api(operation.method, path, body, **headers)
    is_stream = answer.mimetype == "text/event-stream"
    text = "" if is_stream else answer.text
    answer.close()
    return answer.status_code, f"{answer.headers} {text} {decoded(text)}", f"{path} {body}"


def decoded(text: str) -> str:
    """What the cursor of a list says, since it is no secret to who takes it apart."""
    _, _, rest = text.partition('"next":"')
    cursor = rest.partition('"')[0]
    if not cursor or cursor.isdecimal():
        return ""
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("utf-8", "replace")


def names_of(operation: Operation) -> tuple[str, ...]:
    """The values that `{name}` of its path is tried with."""
    if operation.path.startswith("/hooks"):
        return ("lead.created",)
    if not operation.path.startswith("/reports"):
        return ("webhook",)
    return tuple(METRICS) if operation.path.endswith("/records") else (*REPORTS, *METRICS)


def refusals(operation: Operation, who: str) -> tuple[int, ...]:
    """How an operation on Ivo's records may end for Rosa, and for Zoe from the other workspace."""
    right, is_about_one = OPERATIONS[call_of(operation)], "{" in operation.path.replace("{name}", "")
    if right in (LEAD, OWN, PRIVATE, OWN_ADMIN) or (who == "zoe" and is_about_one):
        return (404,)
    if who == "rosa":
        return (403,) if right in (ADMIN, MAKER) else (200, 201, 202, 403)
    return (200, 201, 202, 204, 404, 422)


def test_every_operation_says_who_may_use_it() -> None:
    """A new operation needs a line in rights.py, and a removed one leaves none behind."""
    assert {call_of(operation) for operation in operations()} == set(OPERATIONS)


def test_what_the_code_declares_is_what_the_table_says() -> None:
    """Operations for admins are declared as such; those on one lead guard themselves before an answer can be repeated."""
    for operation in operations():
        right = OPERATIONS[call_of(operation)]
        assert operation.admin == (right is ADMIN), call_of(operation)
        if operation.method == "POST" and not operation.admin:
            assert operation.authorize or operation.authorize_replay, f"{call_of(operation)} is repeated unchecked"


def test_without_a_key_nothing_is_done(app: Flask, world: World) -> None:
    """No key, a wrong one, and a browser's session: 401, but for the live stream."""
    unauthenticated = Caller(app, world.rosa.deps, None, "")
    wrong = []
    for operation in ALL:
        for path in (operation.path.format(**world.his.ids),):
            world.rosa.deps.store.database.tries.delete_many({})  # there are more calls than wrong keys are answered in a minute
            answer = app.test_client().open(PREFIX + path, method=operation.method)
            status, told, _ = send(unauthenticated, operation, world.his)
            wrong += [call_of(operation)] if answer.status_code != 401 or status != 401 or world.his.shown_in(told, path) else []
    assert wrong == []


@pytest.mark.parametrize("who", ["rosa", "zoe"])
def test_what_may_not_be_seen_is_not_found(world: World, who: str) -> None:
    """A colleague's record for a rep who sees only own leads, and any record for another workspace's admin: 404 and no word of it."""
    caller = getattr(world, who)
    wrong = []
    for operation in ALL:
        for name in names_of(operation):
            status, told, sent = send(caller, operation, world.his, name)
            shown = world.his.shown_in(told, sent, is_foreign=who == "zoe")
            if status not in refusals(operation, who) or (shown and OPERATIONS[call_of(operation)] is not SHARED):
                wrong.append((call_of(operation), name, status, shown))
    assert wrong == []


def test_only_admins_change_what_is_everybodys(world: World) -> None:
    """A rep's key gets 403 for every operation of admins, and for the rep's own channels."""
    wrong = []
    for operation in ALL:
        if OPERATIONS[call_of(operation)] in (ADMIN, OWN_ADMIN):
            status, _, _ = send(world.rosa, operation, world.hers)
            wrong += [(call_of(operation), status)] if status != 403 else []
    assert wrong == []


@pytest.mark.parametrize("who", ["rosa", "ivo", "ada", "program"])
def test_what_may_be_done_is_done(world: World, who: str) -> None:
    """The positive control: on own records reps, and on a rep's records admins, are never told 401, 403 or 404."""
    caller = getattr(world, who)
    records = world.hers if who == "rosa" else world.his
    wrong = []
    for operation in ALL:
        right = OPERATIONS[call_of(operation)]
        if (who in ("rosa", "ivo") and right in (ADMIN, OWN_ADMIN)) or (who in ("ada", "program") and right is PRIVATE):
            continue
        for name in names_of(operation):
            if name == "activity" and who in ("rosa", "ivo"):
                continue
            status, told, _ = send(caller, operation, records, name)
            if status in (401, 403, 404) or status >= 500:
                wrong.append((call_of(operation), name, status, told[-200:]))
    assert wrong == []


def test_lists_show_own_and_unowned_records(world: World) -> None:
    """Each list holds the rep's own mark and that of records without an owner, never a colleague's, whatever the size of its pages."""
    for operation in [o for o in ALL if OPERATIONS[call_of(o)] is LIST and "{" not in o.path]:
        for size in (1, 2, 50):
            told, cursor = "", ""
            for _ in range(60):
                path = f"{operation.path}?limit={size}{f'&cursor={cursor}' if cursor else ''}"
                answer = world.rosa.api("GET", path)
                assert answer.status_code == 200, (path, answer.text)
                told += answer.text + decoded(answer.text)
                cursor = answer.json["next"]
                if not cursor:
                    break
            assert world.his.shown_in(told) == [], operation.path
            assert world.foreign.shown_in(told) == [], operation.path
            if operation.path not in ("/stages", "/fields", "/chips"):
                assert world.hers.mark in told, operation.path
                assert world.unowned.mark in told, operation.path


def test_searches_and_filters_find_nothing_of_a_colleague(world: World) -> None:
    """By any word, owner, tag, source, company or campaign of a colleague's lead."""
    mark, ids = world.his.mark, world.his.ids
    for path in (
        f"/leads?search={mark}",
        f"/leads?owner={ids['rep']}",
        f"/leads?tag={mark}",
        f"/leads?source=Source {mark}",
        f"/leads?company={ids['company']}",
        f"/companies?search={mark}",
        f"/messages?campaign={mark}",
        f"/messages?lead={ids['lead']}",
        f"/alerts?lead={ids['lead']}",
        f"/tasks?lead={ids['lead']}",
        f"/notes?lead={ids['lead']}",
        f"/inquiries?lead={ids['lead']}",
        f"/sales?lead={ids['lead']}",
    ):
        answer = world.rosa.api("GET", path)
        assert (answer.status_code, answer.json) == (200, {"items": [], "next": None}), path
        assert world.ada.api("GET", path).json["items"], path


def test_counts_are_of_what_is_seen(world: World) -> None:
    """Sources, stages and reports count two leads for Rosa, her own and the one without an owner, and three for an admin."""
    for path, name in (("/sources", "leads"), ("/stages", "leads"), ("/reports/sources", "leads"), ("/reports/stages", "leads")):
        own, whole = (sum(row[name] or 0 for row in caller.api("GET", path).json["items"]) for caller in (world.rosa, world.ada))
        assert (own, whole) == (2, 3), path


def test_built_in_lists_count_what_is_seen(world: World) -> None:
    """Leads that have slipped, since they have no owner or nothing is planned: a colleague's counts for admins alone."""
    assert world.ivo.api("PATCH", f"/tasks/{world.his.ids['task']}", {"done": True}).status_code == 200
    for caller, slipped, own in ((world.rosa, 1, 1), (world.ivo, 2, 1), (world.ada, 2, 0)):
        found = {one["id"]: one["leads"] for one in caller.api("GET", "/chips").json["items"]}
        assert (found["slipped"], found["mine"], found["no_owner"]) == (slipped, own, 1)
        assert caller.api("GET", "/lists/slipped").json["leads"] == slipped


def test_automatic_traffic_counts_what_is_seen(world: World) -> None:
    """Requests, reasons and domains of a colleague's leads count for admins alone, and are listed for no one else."""
    for caller, number in ((world.rosa, 2), (world.ivo, 2), (world.ada, 3), (world.program, 3), (world.zoe, 1)):
        found = caller.api("GET", "/automatic-traffic").json
        assert [row["automatic"] for row in found["counts"] if row["kind"] == "page"] == [number]
        assert found["reasons"] == [{"name": "robot_agent", "events": number}]
        assert found["domains"] == [{"name": "lead.example", "events": number}]
        assert len(found["items"]) == number


def test_reports_add_up_what_is_seen(world: World) -> None:
    """Moves and sales of a colleague's lead count for admins alone; what cannot be narrowed down is refused."""
    for caller, records in ((world.rosa, world.hers), (world.ivo, world.his)):
        assert caller.api("PATCH", f"/leads/{records.ids['lead']}", {"stage": "Qualified"}).status_code == 200

    def moved(caller: Caller) -> int:
        return sum(row["moved_in"] for row in caller.api("GET", "/reports/stages").json["items"])

    def sold(caller: Caller) -> int:
        return sum(row["sales"].get("EUR", 0) for row in caller.api("GET", "/reports/sources").json["items"])

    assert (moved(world.rosa), moved(world.ada)) == (1, 2)
    assert (sold(world.rosa), sold(world.ada)) == (2 * 4711, 3 * 4711)
    assert world.rosa.api("GET", "/reports/activity").status_code == 403


def test_a_company_of_several_owners_is_changed_by_admins(world: World, deps: Deps) -> None:
    """A rep who gives its name to an own lead sees the company, and renames nothing on a colleague's lead."""
    store, theirs = deps.store.of(world.workspace.id), world.his.ids["company"]
    store.leads.change(world.hers.ids["lead"], company_id=theirs)

    assert world.rosa.api("PATCH", f"/companies/{theirs}", {"name": "Renamed"}).status_code == 403
    assert store.companies.get(theirs).name != "Renamed"


def test_a_company_without_leads_is_everybodys(world: World, deps: Deps) -> None:
    """Until a colleague's lead works there."""
    made = world.rosa.api("POST", "/companies", {"name": "Empty"}).json["id"]
    assert world.ivo.api("GET", f"/companies/{made}").status_code == 200
    world.ivo.api("PATCH", f"/leads/{world.his.ids['lead']}", {"company": "Empty"})

    assert world.rosa.api("GET", f"/companies/{made}").status_code == 404
    assert world.rosa.api("PATCH", f"/companies/{made}", {"industry": "x"}).status_code == 404
    assert world.ivo.api("GET", f"/companies/{made}").status_code == 200


def test_an_alert_that_names_a_colleagues_lead_is_hidden(world: World, deps: Deps) -> None:
    """Several people of one company were on the site, and one of them is a colleague's lead by now: in lists, the bell and by id."""
    store, others = deps.store.of(world.workspace.id), (world.his.ids["lead"],)
    known = store.alerts.get(world.hers.ids["alert"])
    named = msgspec.structs.replace(known, id="f" * 32, cause="e" * 32, rule=AlertRule.COMPANY, text=world.his.mark, others=others)
    store.alerts.save([named])
    for path in ("/alerts", "/alerts?view=mine", f"/alerts?lead={named.lead}"):
        assert world.his.mark not in world.rosa.api("GET", path).text, path
        assert world.hers.ids["alert"] in world.rosa.api("GET", path).text, path
    assert world.rosa.api("PATCH", f"/alerts/{named.id}", {"state": "done"}).status_code == 404
    assert world.his.mark in world.ada.api("GET", f"/alerts?lead={named.lead}").text
    for path in ("/alerts", "/alerts?view=all", "/bell"):
        assert world.his.mark not in world.rosa.page("GET", path).text, path


def test_in_the_open_mode_reps_see_all_leads(world: World, deps: Deps) -> None:
    """The policy `all` opens what `own` closes, and nothing of the other workspace."""
    world.set_policy(deps, "all")
    wrong = []
    for operation in ALL:
        if OPERATIONS[call_of(operation)] is LEAD and operation.method == "GET":
            status, told, sent = send(world.rosa, operation, world.his)
            wrong += [(call_of(operation), status)] if status != 200 or world.foreign.shown_in(told, sent) else []
    assert wrong == []
