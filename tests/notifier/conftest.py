"""A workspace with a lead, a rep and receivers on loopback; the test sets the time."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import msgspec
import pytest

from notifier.delivery import Deliverer
from notifier.dispatcher import Dispatcher
from tests.notifier.receivers import Mails, Receiver, mail_server, receiver
from tracker.actions.deps import Deps
from tracker.base.http.outbound import Outbound
from tracker.base.ids import id_of, new_id
from tracker.base.settings import AllowedTarget, Settings
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority, Times, WithdrawnReason
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.routes import EDITABLE, RESENDABLE

START = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
WORKSPACE = "0123456789abcdef"


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """Slack or a webhook's receiver."""
    with receiver() as server:
        yield server


@pytest.fixture
def mails() -> Iterator[Mails]:
    """The workspace's mail server."""
    with mail_server() as server:
        yield server


class Desk:
    """The records and helpers of a test of deliveries."""

    def __init__(self, deps: Deps, rep: Rep, lead: Lead) -> None:
        self.deps, self.rep, self.lead = deps, rep, lead
        self.store = deps.store.of(WORKSPACE)
        self.clock: list[datetime] = []
        self.dispatcher: Dispatcher

    def pass_time(self, **span: float) -> None:
        self.clock[0] += timedelta(**span)

    def channel(self, name: ChannelName, rep: str | None = "rep", **config: str) -> Channel:
        owner = self.rep.id if rep == "rep" else rep
        value = Channel(id=id_of(WORKSPACE, owner or "team", name), workspace=WORKSPACE, rep=owner, name=name, config=config)
        return self.store.channels.put(value)

    def alert(self, *channels: ChannelName, rep: str | None = "rep", **values: Any) -> Alert:
        owner = self.rep.id if rep == "rep" else rep
        now = self.clock[0]
        fields = {
            "id": new_id(), "workspace": WORKSPACE, "lead": self.lead.id, "rep": owner, "rule": AlertRule.CLICK, "cause": "c",
            "episode": "e", "at": now, "priority": Priority.LOUD, "title": "Dana Whitfield (Acme) is on Pricing",
            "text": "Second visit today, from “Offer v2”.", "times": Times(event=now, verdict=now, decided=now),
        }  # fmt: skip
        alert = Alert(**{**fields, **values})
        self.store.alerts.add(alert)
        self.store.deliveries.open_once(self.row(alert, name) for name in channels)
        return alert

    def row(self, alert: Alert, name: ChannelName) -> Delivery:
        return Delivery(
            id=id_of(alert.id, name, alert.rep or "team"), workspace=WORKSPACE, alert=alert.id, lead=alert.lead, rep=alert.rep,
            channel=name, state=DeliveryState.DUE, due_at=self.clock[0], created_at=self.clock[0],
        )  # fmt: skip

    def delivery(self, alert: Alert, name: ChannelName) -> Delivery:
        return self.store.deliveries.get(id_of(alert.id, name, alert.rep or "team"))

    def change(self, alert: Alert, **values: Any) -> Alert:
        """As the worker does: makes the deliveries due that the change concerns, then saves the alert."""
        changed = msgspec.structs.replace(alert, revision=alert.revision + 1, **values)
        self.announce(changed, alert)
        self.store.alerts.save([changed])
        return changed

    def announce(self, changed: Alert, before: Alert) -> None:
        """The first half of a change."""
        self.store.deliveries.edit_due({changed.id: changed.revision}, self.clock[0], EDITABLE)
        if (changed.state, changed.priority) != (before.state, before.priority):
            self.store.deliveries.edit_due({changed.id: changed.revision}, self.clock[0], RESENDABLE)

    def withdraw(self, alert: Alert, reason: WithdrawnReason = WithdrawnReason.AUTOMATIC) -> Alert:
        """As the worker does when the alert no longer follows from the events."""
        withdrawn = self.change(alert, state=AlertState.WITHDRAWN, withdrawn=reason)
        self.store.deliveries.cancel([alert.id])
        return withdrawn

    def restore(self, alert: Alert) -> Alert:
        """As the worker does when a withdrawn alert stands again."""
        self.store.deliveries.reopen([alert.id], self.clock[0])
        return self.change(alert, state=AlertState.STANDING, withdrawn=None)

    def deliver(self) -> int:
        return self.dispatcher.deliver_all()


@pytest.fixture
def wired(settings: Settings, hook: Receiver, mails: Mails) -> Settings:
    """Settings with the addresses of the receivers."""
    return dataclasses.replace(
        settings,
        outbound_allow=(AllowedTarget(ip_network("127.0.0.0/8"), None),),
        slack_api_url=f"{hook.url}/api",
        smtp_url=f"smtp://127.0.0.1:{mails.port}",
        public_url="https://leads.example.com",
    )


@pytest.fixture
def desk(wired: Settings, redis: Any, make_deps: Callable[..., Deps]) -> Iterator[Desk]:
    """A workspace with one lead and one rep; the dispatcher runs in the test's thread, with the test's clock."""
    clock = [START]
    deps = make_deps(wired, lambda: clock[0])
    deps.store.workspaces.add(Workspace(id=WORKSPACE, name="Northwind", created_at=START))
    store = deps.store.of(WORKSPACE)
    rep = store.reps.add(
        Rep(id=new_id(), workspace=WORKSPACE, email="rita@northwind.example", name="Rita", role=Role.ADMIN, created_at=START)
    )
    lead = Lead(
        id=new_id(), workspace=WORKSPACE, email="dana@acme.example", name="Dana Whitfield", company="Acme", owner=rep.id,
        created_at=START, updated_at=START,
    )  # fmt: skip
    store.leads.add(lead)
    outbound = Outbound(wired.outbound_allow, total=1.0)
    made = Desk(deps, rep, lead)
    made.clock = clock
    made.dispatcher = Dispatcher(deps, Deliverer(deps, outbound, spread=lambda: 0.0))
    yield made
    made.dispatcher.stop(5)
    outbound.close()
