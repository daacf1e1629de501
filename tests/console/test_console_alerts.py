"""The page of alerts: its lists, what is done with a row, and the delivery log."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.api.samples import add_alert
from tests.console.conftest import Browser, Office
from tracker.actions.alerting import channels
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.base.clock import utc_now
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.team.rep import Rep

FETCH = {"X-Requested-With": "fetch"}
HOSTILE = '<b onmouseover="alert(1)">{{7*7}}'


@pytest.fixture
def tom(signed_in: Callable[[Rep], Browser], office: Office) -> Browser:
    return signed_in(office.rep)


def test_an_alert_is_worked_through(deps: Deps, office: Office, tom: Browser, signed_in: Callable[[Rep], Browser]) -> None:
    """Done, snooze, not useful and their reversal, for all alerts of the visit; the bell counts what is left unread."""
    here = deps.store.of(office.workspace.id)
    lead = leads.add_lead(deps, office.workspace.id, email="dana@acme.example", name=HOSTILE, owner=office.rep.id)
    visit = {"episode": "e1", "title": f"{HOSTILE} is on Pricing"}
    first, second = (add_alert(deps, office.workspace.id, lead.id, office.rep.id, **visit)["alert"] for _ in range(2))
    other = add_alert(deps, office.workspace.id, lead.id, office.rep.id, title="Omar was here")["alert"]

    def does(alert: str, what: str, **more: str) -> int:
        return tom.post(f"/alerts/{alert}", {"do": what, **more}, headers=FETCH).status_code

    def unread() -> int:
        return int(tom.get("/bell/count").json["unseen"])

    page = tom.get("/alerts").text
    assert ("1 more alert in this visit" in page, HOSTILE in page, "Not delivered by email" in page) == (True, False, True)
    assert unread() == 2
    assert does(first, "done") == 200
    assert {alert.done_by for alert in here.alerts.by_ids([first, second]).values()} == {office.rep.id}
    assert (unread(), "is on Pricing" in tom.get("/alerts", headers=FETCH).text) == (1, False)
    assert "is on Pricing" in tom.get("/alerts?view=done").text
    assert "is on Pricing" not in tom.get("/bell").text

    assert does(other, "snooze", **{"for": "soon"}) == 200
    assert timedelta(minutes=29) < here.alerts.get(other).snoozed_until - utc_now() < timedelta(minutes=31)
    assert (unread(), "Omar was here" in tom.get("/alerts?view=unread").text) == (0, False)
    assert "Snoozed until today" in tom.get("/alerts?view=all").text or "Snoozed until tomorrow" in tom.get("/alerts?view=all").text
    assert does(other, "snooze", until="2020-01-01T09:00") == does(other, "snooze", until="x") == does(other, "snooze") == 422
    assert does(other, "snooze", **{"for": "morning"}) == 200
    assert does(other, "unread") == 200
    assert unread() == 1
    assert does(other, "taken") == 200
    assert ("On it: Tom" in tom.get("/alerts").text, unread()) == (True, 0)
    third = add_alert(deps, office.workspace.id, lead.id, office.rep.id, title="Omar is back", at=utc_now())["alert"]
    tom.post(f"/leads/{lead.id}/notes", {"kind": "call", "result": "reached"})
    assert here.alerts.get(third).taken_by == office.rep.id
    assert does(third, "done") == does(third, "read") == 200
    assert (here.alerts.get(third).taken_by, does(third, "done")) == (None, 200)
    assert does(other, "not_useful") == 200
    assert "Useful after all" in tom.get("/alerts").text
    assert does(other, "explode") == 422

    assert tom.post(f"/alerts/{other}", {"do": "done", "view": "unread"}).headers["Location"] == "/alerts?view=unread"
    for view, empty in (("unread", "No unread alerts."), ("mine", "No open alerts."), ("nonsense", "No open alerts.")):
        assert empty in tom.get(f"/alerts?view={view}").text
    assert tom.get("/alerts?cursor=x").status_code == 422

    mara = signed_in(office.admin)
    assert "Omar was here" not in mara.get("/alerts").text
    assert "Omar was here" in mara.get("/alerts?view=all").text
    hers = add_alert(deps, office.workspace.id, lead.id, office.admin.id)["alert"]
    assert does(hers, "done") == 403
    assert tom.get(f"/alerts/{hers}/deliveries").status_code == 200


def test_the_delivery_log_sends_again(deps: Deps, office: Office, tom: Browser) -> None:
    """As a dialog and, without scripts, as a page."""
    lead = leads.add_lead(deps, office.workspace.id, email="dana@acme.example", name="Dana", owner=office.rep.id)
    ids = add_alert(deps, office.workspace.id, lead.id, office.rep.id)
    channels.set_channel(deps, office.workspace.id, office.rep.id, "email", {"address": "tom@us.example"})
    path = f"/alerts/{ids['alert']}/deliveries"
    page, dialog = tom.get(path).text, tom.get(path, headers=FETCH).text
    assert ("<html" in page, "<html" in dialog) == (True, False)
    assert "550 no such mailbox" in dialog
    assert "Send again" in dialog
    again = tom.post(f"{path}/{ids['delivery']}/retry", headers=FETCH)
    assert (again.status_code, "Waiting" in again.text, f"{ids['delivery']}/retry" in again.text) == (200, True, False)
    assert tom.post(f"{path}/{ids['delivery']}/retry", headers=FETCH).status_code == 409


@pytest.mark.parametrize(("rule", "is_offered"), [(AlertRule.CLICK, True), (AlertRule.PARKED, False), (AlertRule.TASK, False)])
def test_only_the_cause_of_an_event_is_corrected(deps: Deps, office: Office, tom: Browser, rule: AlertRule, *, is_offered: bool) -> None:
    """A reminder, and a follow-up that waits, have no event that could be automatic."""
    lead = leads.add_lead(deps, office.workspace.id, email="dana@acme.example", name="Dana", owner=office.rep.id)
    add_alert(deps, office.workspace.id, lead.id, office.rep.id, rule=rule)
    assert ("That was me" in tom.get("/alerts").text) is is_offered
