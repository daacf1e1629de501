"""Web push in a real browser: the service worker shows an alert while no page is open, replaces it, and the app can be installed."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests.api.samples import add_alert
from tests.browser.test_live import FLAGS
from tests.notifier.push_devices import AUTH, P256DH
from tests.scenes import Scene, make_scene
from tracker.actions.alerting import push_devices
from tracker.actions.deps import Deps
from tracker.actions.team import sessions

_SHOWN = """async () => (await (await navigator.serviceWorker.getRegistration("/")).getNotifications())
    .map(({ title, body, tag, silent, actions, data }) => ({ title, body, tag, silent, actions: actions.map((one) => one.action), url: data.url }))"""


@pytest.fixture
def scene(console_deps: Deps) -> Scene:
    """A workspace with a rep, and a console."""
    return make_scene(console_deps)


def message(state: str, **more: object) -> str:
    """As notifier.channels.push writes it."""
    return json.dumps(
        {"tag": "a1", "title": "Dana is on Pricing", "body": "Second visit.", "url": "/leads/x", "state": state, "at": 0} | more
    )


def test_alerts_are_shown_while_no_page_is_open(scene: Scene) -> None:
    """By the browser's own protocol, as its push service delivers: shown, replaced by its tag, and nothing for what was read before."""
    alert = add_alert(scene.deps, scene.workspace.id, scene.lead().id, scene.rep.id)["alert"]
    url = f"http://localhost:{scene.deps.settings.port}"
    push_devices.subscribe(
        scene.deps, scene.workspace.id, scene.rep.id, endpoint="https://push.example/x", p256dh=P256DH, auth=AUTH, name="Firefox on Linux"
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = chromium.new_context(permissions=["notifications"])
        context.add_cookies([{"name": "ll_session", "value": sessions.start(scene.deps, scene.rep), "url": url}])
        page = context.new_page()
        page.goto(f"{url}/settings/alerts#push")
        expect(page.locator("[data-push-state]")).to_have_text("Off in this browser.")
        expect(page.get_by_text("Firefox on Linux")).to_be_visible()
        assert [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")] == []
        manifest = context.new_cdp_session(page).send("Page.getAppManifest")
        assert manifest["errors"] == []
        page.evaluate("async () => { await navigator.serviceWorker.register('/sw.js'); await navigator.serviceWorker.ready; }")

        control = context.new_cdp_session(page)
        found: list[dict] = []
        control.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
        control.send("ServiceWorker.enable")
        page.wait_for_timeout(500)
        registration = found[0]["registrationId"]

        def deliver(data: str) -> None:
            control.send("ServiceWorker.deliverPushMessage", {"origin": url, "registrationId": registration, "data": data})
            page.wait_for_timeout(700)

        page.goto("about:blank")
        deliver(message("withdrawn", tag="read before"))
        deliver(message("new", call="/today/x/call", alerts="/alerts", take=f"/alerts/{alert}", quiet=False))
        deliver("no JSON")
        page.goto(f"{url}/settings/alerts")
        (shown,) = page.evaluate(_SHOWN)
        assert (shown["tag"], shown["title"], shown["actions"], shown["silent"]) == ("a1", "Dana is on Pricing", ["call", "take"], False)
        deliver(message("withdrawn", title="Withdrawn: Dana is on Pricing", quiet=True))
        (replaced,) = page.evaluate(_SHOWN)
        assert (replaced["tag"], replaced["title"], replaced["actions"], replaced["silent"]) == (
            "a1",
            "Withdrawn: Dana is on Pricing",
            [],
            True,
        )
        # *On it*, as the worker does it after a click: the alert is taken, and the notification says so.
        (worker,) = context.service_workers
        worker.evaluate(
            "data => take({ title: 'Dana', body: '', tag: 'a1', data })", {"take": f"{url}/alerts/{alert}", "alerts": f"{url}/alerts"}
        )
        (said,) = page.evaluate(_SHOWN)
        assert (said["title"], said["silent"]) == ("You are on it. Dana", True)
        assert scene.store.alerts.get(alert).taken_by == scene.rep.id
        chromium.close()
