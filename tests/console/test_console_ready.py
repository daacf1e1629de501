"""`/readyz` of the console: whether anything is away or late, by name."""

import json
from datetime import timedelta

from pymongo.errors import AutoReconnect

from tracker.actions.ops.hosts import DRAINS_KEY
from tracker.actions.team import sessions
from tracker.base.clock import to_ms
from tracker.web.console.app import create_app


def test_all_is_well(deps, office):
    """Everything answers, nothing waits."""
    found = create_app(deps).test_client().get("/readyz")

    assert found.status_code == 200
    assert (found.json["mongodb"], found.json["redis"], found.json["late"]) == ("ok", "ok", {})


def test_a_late_drain_and_an_old_mark_are_named(deps, office):
    """The response lists each lag in seconds; 503 signals it to monitoring."""
    behind = {"at": to_ms(deps.now()), "lag_events": 100, "lag_seconds": 90.0}
    deps.redis.hset(DRAINS_KEY, deps.settings.host_name, json.dumps(behind))
    deps.store.dirty.mark(office.workspace.id, "ab" * 16, [deps.now()])
    deps.store.database.dirty.update_many({}, {"$set": {"marked_at": deps.now() - timedelta(minutes=2)}})

    found = create_app(deps).test_client().get("/readyz")

    assert found.status_code == 503
    assert (found.json["late"].keys(), found.json["late"]["drain"]) == ({"drain", "recount"}, "90 s behind")


def test_the_page_about_an_unavailable_database_reads_no_database(deps, office):
    """Without the menu, whose queries would fail as well and make the response a 500."""
    app = create_app(deps)

    def fail() -> None:
        raise AutoReconnect

    app.add_url_rule("/away", view_func=fail)
    client = app.test_client()
    client.set_cookie("ll_session", sessions.start(deps, office.rep))

    found = client.get("/away")

    assert (found.status_code, found.headers["Retry-After"]) == (503, "5")
    assert "Temporarily unavailable" in found.text
    assert "Sign out" not in found.text
    assert "Sign out" in client.get("/no-such-page").text
