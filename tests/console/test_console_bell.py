"""The bell's list: alerts that are not confirmed yet."""

from collections.abc import Callable
from datetime import timedelta

from tests.console.conftest import Browser
from tests.scenes import HEADERS, make_scene
from tracker.actions.deps import Deps
from tracker.actions.team import api_keys
from tracker.domain.alerting.alert import AlertState, Priority
from tracker.domain.team.rep import Rep

OLD_CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.0.0 Safari/537.36"


def test_an_unsure_click_is_a_quiet_row_and_sent_nowhere(deps: Deps, signed_in: Callable[[Rep], Browser]) -> None:
    """The bell says *Not confirmed*, the timeline says why, the API has the state; no live message makes a toast of it."""
    scene = make_scene(deps)
    dana, sent = scene.lead(), deps.now() - timedelta(hours=2)
    headers = {name: value for name, value in HEADERS.items() if not name.startswith("sec-")}
    scene.click(scene.message(dana, sent), sent + timedelta(hours=1), agent=OLD_CHROME, headers=headers)
    scene.spool()
    scene.settle()

    (alert,) = scene.store.alerts.latest()
    assert (alert.state, alert.priority) == (AlertState.UNSURE, Priority.QUIET)
    assert scene.store.deliveries.of_alerts([alert.id]) == {alert.id: []}

    rita = signed_in(scene.rep)
    bell, page = rita.get("/bell").text, rita.get(f"/leads/{dana.id}").text
    assert "Not confirmed: a click by Dana Whitfield" in bell
    assert "bell-quiet" in bell
    assert "You are alerted if a person reads the page." in bell
    assert "Not confirmed</span>" in page
    assert "The browser named is several years old." in page

    _, key = api_keys.new_key(deps, scene.workspace.id, rep=scene.rep.id)
    (shown,) = rita.client.get("/api/v1/alerts", headers={"Authorization": f"Bearer {key}"}).json["items"]
    assert (shown["state"], shown["deliveries"]) == ("unsure", [])
