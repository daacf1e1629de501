"""Email to the operator: once when a problem begins, once when it is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.notifier.receivers import Mails, mail_server
from tests.ports import free_ports
from tests.scenes import make_scene
from tests.smtp_servers import certificate, scripted
from tracker.actions.deps import Deps
from tracker.actions.ops.certificates import check_certificates
from tracker.actions.ops.operator_mail import OperatorMail, operator_address
from tracker.base.ids import id_of
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import Channel, ChannelName
from workers.periodic.alarms import AlarmMonitor

BACKUP = Alarm(kind=AlarmKind.BACKUP, title="The nightly backup failed", text="The disk is full.")


@pytest.fixture
def mails():
    with mail_server() as found:
        yield found


@pytest.fixture
def machine(deps: Deps, mails: Mails) -> Deps:
    """An instance with a mail server and an admin."""
    make_scene(deps)
    return replace(deps, settings=replace(deps.settings, smtp_url=f"smtp://127.0.0.1:{mails.port}"))


def subjects(mails: Mails) -> list[str]:
    return [mail["subject"] for mail in mails.mails]


def test_a_problem_is_told_once_and_its_end_once(machine: Deps, mails: Mails):
    """Also by another process than the one that told the beginning."""
    now = machine.now()
    machine.store.alarms.begin(BACKUP, now)
    for _ in range(2):
        OperatorMail().run(machine, now)
    assert (subjects(mails), mails.mails[0].recipients) == ([BACKUP.title], ["rep@northwind.example"])
    assert BACKUP.text in mails.mails[0].get_content()

    machine.store.alarms.end(AlarmKind.BACKUP)
    for _ in range(2):
        OperatorMail().run(machine, now)
    assert subjects(mails) == [BACKUP.title, f"Over: {BACKUP.title}"]
    machine.store.alarms.begin(BACKUP, now)
    OperatorMail().run(machine, now)
    assert subjects(mails)[2:] == [BACKUP.title]


def test_a_mail_server_that_is_away_is_tried_again(machine: Deps, mails: Mails):
    """After five minutes, and nothing is lost."""
    now, sender = machine.now(), OperatorMail()
    away = replace(machine, settings=replace(machine.settings, smtp_url=f"smtp://127.0.0.1:{free_ports()}"))
    machine.store.alarms.begin(BACKUP, now)
    sender.run(away, now)
    sender.run(machine, now + timedelta(minutes=4))
    assert subjects(mails) == []
    sender.run(machine, now + timedelta(minutes=5))
    assert subjects(mails) == [BACKUP.title]


def test_problems_of_one_company_are_not_the_operators(machine: Deps, mails: Mails):
    """Except those of the mail server of the oldest workspace, which may be the operator's own."""
    first, other = machine.store.workspaces.first(), make_scene(machine, "Newcomer").workspace
    machine.store.database.workspaces.update_one({"_id": other.id}, {"$set": {"created_at": first.created_at + timedelta(days=1)}})
    for workspace in (first, other):
        for kind in (AlarmKind.QUIET, AlarmKind.SMTP):
            machine.store.alarms.begin(Alarm(kind=kind, workspace=workspace.id, title=f"{kind} {workspace.name}", text="x"), machine.now())
    OperatorMail().run(machine, machine.now())
    assert subjects(mails) == [f"smtp {first.name}"]


def test_without_a_mail_server_the_console_tells(deps: Deps):
    """The bell has the alert; nothing fails."""
    scene = make_scene(deps)
    deps.store.alarms.begin(BACKUP, deps.now())
    OperatorMail().run(deps, deps.now())
    AlarmMonitor().run(deps, deps.now())
    assert [alert.title for alert in scene.store.alerts.latest() if alert.rule is AlertRule.ALARM] == [BACKUP.title]
    assert deps.store.operator_notices.told() == []


def test_the_operator_gets_one_email_and_not_an_alert_beside_it(machine: Deps):
    """Whose alerts go to the same address; another admin's address gets the alert."""
    scene_rep = machine.store.of(machine.store.workspaces.first().id)
    admin = next(rep for rep in scene_rep.reps.active())
    address = operator_address(machine)
    for n, own in enumerate((address, "other@northwind.example")):
        key = id_of(admin.workspace, str(n))
        scene_rep.channels.add(Channel(id=key, workspace=admin.workspace, rep=admin.id, name=ChannelName.EMAIL, config={"address": own}))
        machine.store.database.alarms.delete_many({})
        machine.store.alarms.begin(BACKUP, machine.now() + n * timedelta(hours=1))
        AlarmMonitor().run(machine, machine.now() + n * timedelta(hours=1))
        scene_rep.channels.remove(key)
    alerts = scene_rep.alerts.latest()
    rows = scene_rep.deliveries.of_alerts(alert.id for alert in alerts)
    assert sum(len(found) for found in rows.values()) == 1


def test_the_address_is_the_setting_else_the_first_admin(machine: Deps):
    """Not the placeholder of an admin who has not signed in."""
    assert operator_address(machine) == "rep@northwind.example"
    named = replace(machine, settings=replace(machine.settings, operator_email="ops@example.net"))
    assert operator_address(named) == "ops@example.net"


def test_a_certificate_is_an_alarm_two_weeks_before_its_end(deps: Deps, tmp_path):
    """Also an untrusted one; after the renewal it is over. A server that is away changes nothing."""
    context, _ = certificate(tmp_path, "localhost")

    def greet(connection, _over):
        with context.wrap_socket(connection, server_side=True) as wire:
            wire.recv(1)

    def alarms(edge_url: str, now: datetime) -> list[str]:
        check_certificates(replace(deps, settings=replace(deps.settings, edge_url=edge_url)), now)
        return [alarm.text for alarm, _, _ in deps.store.alarms.active()]

    with scripted(greet) as server:
        url = f"https://localhost:{server.port}"
        assert "localhost on" in alarms(url, datetime.now(UTC))[0]
        assert len(alarms(f"https://localhost:{free_ports()}", datetime.now(UTC))) == 1
        assert alarms(url, datetime.now(UTC) - timedelta(days=14)) == []
    assert alarms("http://localhost:1", datetime.now(UTC)) == []
