"""A lost key: channels are disabled and mail waits for its password, until the secrets are entered again."""

import msgspec
import pytest

from tests.notifier.conftest import WORKSPACE, Desk
from tests.notifier.receivers import Mails, Receiver
from tracker.base.encryption import keyring_file
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import MUST_RETYPE, ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.workspace.mail_server import MAIL_MUST_RETYPE, MailServer

SLACK, EMAIL, WEBHOOK = ChannelName.SLACK, ChannelName.EMAIL, ChannelName.WEBHOOK


def lose_key(desk: Desk) -> None:
    """Simulates the loss of the key of all stored secrets."""
    keyring_file.retire_others(desk.deps.settings.secret_keys_file, keyring_file.add_key(desk.deps.settings.secret_keys_file))
    desk.deps.store.keyring.ensure()


@pytest.mark.parametrize("rule", [AlertRule.CLICK, AlertRule.TEST])
@pytest.mark.parametrize("name", [SLACK, WEBHOOK])
def test_nothing_is_sent_without_its_secret(desk: Desk, hook: Receiver, name, rule):
    """Neither unsigned nor as a test; after it is entered again, the next alert is delivered."""
    config = {"bot_token": "xoxb-1", "channel": "C1"} if name is SLACK else {"url": hook.url, "secret": "s" * 32}
    channel = desk.channel(name, **config)
    lose_key(desk)
    alert = desk.alert(name, rule=rule)
    desk.deliver()

    assert (desk.delivery(alert, name).state, desk.delivery(alert, name).error, hook.calls) == (DeliveryState.FAILED, MUST_RETYPE, [])
    assert desk.store.channels.get(channel.id).disabled_reason == MUST_RETYPE
    row = desk.deps.store.database.channels.find_one({})
    assert row["disabled_reason"] is None, "stopped for as long as the key is lost, not for good"
    desk.channel(name, **({"webhook_url": hook.url} if name is SLACK else {"url": hook.url}))
    again = desk.alert(name)
    desk.deliver()
    assert desk.delivery(again, name).state is DeliveryState.DELIVERED


def test_mail_waits_for_its_password(desk: Desk, mails: Mails):
    """It is sent through no other server, and the reps' channels stay enabled."""
    server = MailServer(host="127.0.0.1", port=mails.port, user="u", password="p")
    desk.deps.store.workspaces.change(WORKSPACE, mail_server=server)
    desk.channel(EMAIL, address="rita@northwind.example")
    lose_key(desk)
    alert = desk.alert(EMAIL)
    desk.deliver()

    assert (desk.delivery(alert, EMAIL).state, desk.delivery(alert, EMAIL).error) == (DeliveryState.DUE, MAIL_MUST_RETYPE)
    assert (mails.mails, desk.store.channels.all()[0].disabled_reason) == ([], None)
    desk.deps.store.workspaces.change(WORKSPACE, mail_server=msgspec.structs.replace(server, user="", password=""))
    desk.clock[0] = desk.deps.store.delivery_queue.next_due()
    desk.deliver()
    assert (desk.delivery(alert, EMAIL).state, len(mails.mails)) == (DeliveryState.DELIVERED, 1)
