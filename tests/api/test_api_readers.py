"""Someone else with a lead's mail, by API: `reader` of events and visits."""

from datetime import timedelta
from typing import Any

from tests.api.conftest import Program
from tests.scenes import CHROME, NOON, make_scene
from tracker.actions.deps import Deps
from tracker.actions.team import api_keys

MAC = CHROME.replace("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")


def test_events_and_visits_have_a_reader(app: Any, deps: Deps) -> None:
    """`other` for what someone else did, null for the lead."""
    scene = make_scene(deps)
    program = Program(app.test_client(), api_keys.new_key(deps, scene.workspace.id, rep=scene.rep.id)[1])
    lead = scene.lead()
    message = scene.message(lead)
    for visitor, minutes, client in (("lead", 0, {}), ("other", 3, {"agent": MAC, "address": "198.51.100.20"})):
        click = scene.click(message, NOON + timedelta(minutes=minutes), **client)
        scene.page(visitor, "/", NOON + timedelta(minutes=minutes, seconds=1), landing=click.id, landing_at=click.at, **client)
    scene.spool()
    scene.settle()

    events = program.get(f"/leads/{lead.id}/events").json["items"]
    assert [(e["kind"], e["reader"]) for e in events] == [
        ("sent", None),
        ("click", None),
        ("view", None),
        ("click", "other"),
        ("view", "other"),
    ]
    visits = program.get(f"/leads/{lead.id}/visits").json["items"]
    assert [(v["visitor"], v["lead"], v["reader"]) for v in visits] == [("other", lead.id, "other"), ("lead", lead.id, None)]
    assert program.get(f"/visits/{visits[0]['id']}").json["reader"] == "other"
