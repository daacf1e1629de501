"""Receivers of a company's alerts: Slack-format HTTP, a webhook, mail. They count deliveries by key."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.faults.rig.dataset import Company
from tests.notifier.receivers import Mails, Receiver, mail_server, receiver
from tracker.domain.alerting.alert import AlertState
from tracker.domain.alerting.delivery import DeliveryState


@dataclass
class Receivers:
    """The receivers of one stack; the rep of each company has separate channels."""

    hook: Receiver
    mails: Mails

    def connect(self, company: Company) -> None:
        """Sets up Slack, e-mail and webhook channels of the company's rep."""
        company.set_channels(
            slack={"webhook_url": f"{self.hook.url}/slack/{company.workspace}"},
            webhook={"url": f"{self.hook.url}/hook/{company.workspace}"},
            email={"address": f"{company.workspace}@northwind.example"},
        )

    def hooks(self, company: Company) -> Counter[str]:
        """The number of webhook calls by key."""
        calls = [call for call in self.hook.calls if call.path == f"/hook/{company.workspace}"]
        return Counter(call.headers["webhook-id"] for call in calls)

    def slacks(self, company: Company) -> int:
        """The number of messages posted to Slack."""
        return sum(call.path == f"/slack/{company.workspace}" for call in self.hook.calls)

    def mails_of(self, company: Company) -> Counter[str]:
        """The number of mails by Message-ID."""
        address = f"{company.workspace}@northwind.example"
        return Counter(mail["Message-ID"] for mail in self.mails.mails if address in mail.recipients)

    def assert_each_delivered(self, company: Company, *, duplicates: int = 0) -> None:
        """Every standing alert was delivered by every channel. Repeats have the same key; there are at most `duplicates` of them."""
        store = company.store
        alerts = {alert.id: alert for alert in store.alerts.where({})}
        rows = [row for row in store.deliveries.where({}) if alerts[row.alert].state is AlertState.STANDING]
        by_alert = {alert: [row for row in rows if row.alert == alert] for alert, a in alerts.items() if a.state is AlertState.STANDING}
        assert all({row.channel.value for row in own} == {"slack", "webhook", "email"} for own in by_alert.values()), "an alert has no row"
        assert {row.state for row in rows} <= {DeliveryState.DELIVERED}, [row for row in rows if row.state is not DeliveryState.DELIVERED]
        hooks = self.hooks(company)
        assert {row.id for row in rows if row.channel == "webhook"} <= set(hooks)
        for counts in (hooks, self.mails_of(company)):
            assert max(counts.values(), default=0) <= (2 if duplicates else 1), counts
            assert sum(counts.values()) - len(counts) <= duplicates
        heads = {row.reference.get("digest", row.id) for row in store.deliveries.where({}) if row.channel == "slack" and _was_posted(row)}
        assert len(heads) <= self.slacks(company) <= len(heads) + duplicates


def _was_posted(row: object) -> bool:
    return getattr(row, "at", None) is not None and "carried_by" not in getattr(row, "reference", {})


@contextmanager
def running_receivers(address: str = "127.0.0.1") -> Iterator[Receivers]:
    """Starts the receivers; `address` is that of the HTTP server."""
    with receiver(address) as hook, mail_server() as mails:
        yield Receivers(hook, mails)
