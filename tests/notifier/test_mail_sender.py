"""The mail queue with scripted mail servers: every message ends once as sent, or as a failure that the rep sees."""

import dataclasses
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest

from notifier.mail_sender import MailSender, QueueSender
from tests.mail_receivers import DROP, mail_receiver
from tests.smtp_servers import BANNER, dialogue, scripted, silent
from tracker.actions.leads import leads, opt_outs
from tracker.actions.mail.automatic import INTERRUPTED
from tracker.actions.mail.messages import create_message, mark_sent
from tracker.actions.mail_queue.delivery import complete_interrupted
from tracker.actions.mail_queue.outbox import cancel_sending, queue_message, send_message
from tracker.actions.team import reps
from tracker.actions.workspace import workspaces
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.base.ids import new_id
from tracker.base.network.allowed_addresses import MAIL_PORTS, AllowedTarget
from tracker.base.network.resolver import Resolver
from tracker.domain.mail.message import MessageState
from tracker.domain.outreach.campaign import Campaign, CampaignState
from tracker.domain.workspace.mail_server import MailServer
from tracker.mail.connections import Connections
from tracker.mail.mime import build
from tracker.mail.replies import Unconfirmed
from tracker.mail.routes import Route

NOON = datetime(2026, 10, 5, 10, 0, tzinfo=UTC)
"""A Monday, 12:00 in Berlin."""
BERLIN = ZoneInfo("Europe/Berlin")
OK = "250 2.0.0 Ok: queued as 4F2A"


@pytest.fixture
def server():
    """The mail server."""
    with mail_receiver() as running:
        yield running


class Office:
    """A workspace with a rep in Berlin, and the time of the test."""

    def __init__(self, deps, clock):
        self.deps, self.clock = deps, clock
        self.workspace = workspaces.add_workspace(deps, "Northbeam", timezone="Europe/Berlin").id
        self.store = deps.store.of(self.workspace)
        self.rita = self.rep("rita")
        self.sender = MailSender(deps)

    def rep(self, name):
        made = reps.add_rep(self.deps, self.workspace, email=f"{name}@us.example", name=name.title())
        return reps.change_rep(self.deps, self.workspace, made.id, timezone="Europe/Berlin")

    def draft(self, name="dana", rep=None, **more):
        known = self.store.leads.by_email(f"{name}@acme.example")
        lead = known or leads.add_lead(self.deps, self.workspace, email=f"{name}@acme.example", name=name.title())
        html = "<p>Hello {{first_name}}</p>"
        return create_message(self.deps, self.workspace, lead=lead.id, rep=(rep or self.rita).id, subject="Offer", html=html, **more)

    def send(self, message, **more):
        return send_message(self.deps, self.workspace, message.id, **more)

    def queued(self, name="dana", rep=None):
        """A message that only the sender's thread tries, as while its mailbox is busy."""
        made = self.draft(name, rep)
        self.send(made, send_at=self.clock[0] + timedelta(seconds=1), working_hours=False)
        return made

    def get(self, message):
        return self.store.messages.get(message.id)

    def wait(self, **span):
        self.clock[0] += timedelta(**span)
        return self.sender.send_all()


@pytest.fixture
def office(settings, server, redis, make_deps):
    """An office whose server is `server`."""
    clock = [NOON]
    wired = dataclasses.replace(
        settings,
        smtp_url=f"smtp://127.0.0.1:{server.port}",
        edge_url="https://links.us.example",
        ehlo_name="mail.us.example",
        outbound_allow=(AllowedTarget(ip_network("127.0.0.1/32"), None),),
    )
    deps = make_deps(wired, lambda: clock[0])
    deps.keys.refresh()
    made = Office(deps, clock)
    yield made
    made.sender.stop(5)


@pytest.fixture(autouse=True)
def _keys(deps):
    """Signing keys."""


def test_a_sent_message_keeps_the_servers_answer(office, server):
    """At once, with the configured EHLO name and a Message-ID fixed before."""
    sent = office.send(office.draft())

    assert (sent.state, sent.server_answer, sent.tries, sent.next_try_at) == (MessageState.SENT, OK, 1, None)
    assert server.ids == [sent.message_id]
    assert server.helos == ["mail.us.example"]
    assert [event.kind for event in office.store.events.of_lead(sent.lead)] == ["sent"]


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("mail", "421 4.7.0 too many"),
        ("rcpt", "451 4.7.1 greylisted"),
        ("data", "451 later"),
        ("data", "421 shutting down"),
        ("mail", DROP),
    ],
)
def test_a_temporary_failure_is_tried_again(office, server, stage, reply):
    """Queued with the reason; a minute later it is sent, with the same Message-ID."""
    getattr(server, stage).append(reply)
    made = office.draft()

    queued = office.send(made)

    assert (queued.state, queued.next_try_at) == (MessageState.QUEUED, NOON + timedelta(minutes=1))
    assert queued.error
    assert office.wait(seconds=59) == 0
    assert office.wait(seconds=1) == 1
    sent = office.get(made)
    assert (sent.state, sent.error, sent.tries, sent.may_be_duplicate) == (MessageState.SENT, None, 2, False)
    assert server.ids == [queued.message_id]


def test_a_permanent_failure_ends_at_once(office, server):
    """In words, with the server's own words beside them; the rep may try again."""
    server.rcpt.append("550 5.1.1 no dana here")
    made = office.draft()

    with pytest.raises(DeliveryError, match="no such mailbox"):
        office.send(made)

    failed = office.get(made)
    assert (failed.state, failed.next_try_at, failed.server_answer) == (MessageState.FAILED, None, "550 5.1.1 no dana here")
    assert office.wait(days=4) == 0
    assert office.send(made).state is MessageState.SENT


def test_a_connection_that_ends_after_the_text_is_tried_again_and_said(office, server):
    """It may have arrived: the record says so, also after it was sent."""
    server.data.append(DROP)
    made = office.draft()

    queued = office.send(made)

    assert (queued.state, queued.may_be_duplicate) == (MessageState.QUEUED, True)
    assert "may have arrived" in queued.error
    office.wait(minutes=1)
    assert office.get(made).may_be_duplicate
    assert [mail["Message-ID"] for mail in server.seen] == [queued.message_id] * 2


@pytest.mark.parametrize(("reply", "state", "may_be_duplicate"), [("252 taken", "sent", False), ("354 odd", "queued", True)])
def test_an_unusual_answer_to_the_text(office, server, reply, state, may_be_duplicate):
    """The first digit counts: what was taken is not sent again, and what is neither taken nor refused may have arrived."""
    server.data.append(reply)
    made = office.draft()

    found = office.send(made)

    assert (found.state.value, found.may_be_duplicate, found.server_answer) == (state, may_be_duplicate, reply)


def test_after_three_days_it_failed(office, server):
    """The last answer is the reason."""
    server.data.extend(["451 later"] * 99)
    made = office.draft()
    office.send(made)

    for _ in range(200):
        office.wait(hours=1)

    failed = office.get(made)
    assert failed.state is MessageState.FAILED
    assert failed.error.startswith("Given up after three days: the mail server refused the message (451")
    assert 20 < failed.tries < 30


def test_one_recipients_failure_stops_no_other(office, server):
    """A refused recipient between two others; all over one connection."""
    made = [office.queued(name) for name in ("ada", "ben", "cem")]
    server.rcpt.extend(["", "550 no", ""])

    office.wait(seconds=1)

    assert [office.get(one).state.value for one in made] == ["sent", "failed", "sent"]
    assert (server.connections, len(server.taken)) == (1, 2)


def test_a_server_that_is_away_holds_the_mailbox_not_others(office, server):
    """One try a minute while it is away, and nothing is given up; a mailbox of another rep is not held."""
    made = [office.queued(name) for name in ("ada", "ben", "cem")]
    server.mail.append("421 closing")

    assert office.wait(seconds=1) == 1

    assert [office.get(one).tries for one in made] == [1, 0, 0]
    other = office.queued("dora", office.rep("tom"))
    assert office.wait(seconds=1) == 1
    assert office.get(other).state is MessageState.SENT
    office.wait(minutes=1)
    assert {office.get(one).state for one in made} == {MessageState.SENT}


def test_an_unreachable_server_is_a_temporary_failure(office):
    """Nothing listens at the port."""
    deps = dataclasses.replace(office.deps, settings=dataclasses.replace(office.deps.settings, smtp_url="smtp://127.0.0.1:9"))
    queued = send_message(deps, office.workspace, office.draft().id)

    assert (queued.state, queued.may_be_duplicate) == (MessageState.QUEUED, False)
    assert "cannot be reached" in queued.error


def test_a_message_whose_sender_died_is_sent_when_its_lease_expires(office, server):
    """It may have arrived, which cannot be known: the record says so."""
    made = office.queued()
    office.clock[0] += timedelta(seconds=1)
    assert office.deps.store.mail_queue.claim(office.clock[0]) is not None  # the process is killed here

    assert office.wait(seconds=89) == 0
    assert office.wait(seconds=1) == 1
    assert (office.get(made).state, office.get(made).may_be_duplicate, len(server.taken)) == (MessageState.SENT, True, 1)


def test_interrupted_email_that_no_person_sent_waits_for_a_person(office, server):
    """After a dead process, and after an end without an answer: it may have arrived, and only a person sends it again."""
    campaign = Campaign(id=new_id(), workspace=office.workspace, name="C", template="t", state=CampaignState.RUNNING, created_at=NOON)
    office.store.campaigns.add(campaign)
    made = [office.draft(name, campaign=campaign.id, automatic=f"campaign:{campaign.id}") for name in ("ada", "ben")]
    queue_message(office.deps, office.workspace, made[0].id)
    assert office.deps.store.mail_queue.claim(office.clock[0]) is not None  # the process is killed here
    assert office.wait(seconds=90) == 1
    failed = office.get(made[0])
    assert (failed.state, failed.error, server.taken) == (MessageState.FAILED, INTERRUPTED, [])
    assert office.wait(days=4) == 0
    assert office.send(made[0]).state is MessageState.SENT
    (sent,) = server.seen
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    server.data.append(DROP)
    queue_message(office.deps, office.workspace, made[1].id)
    assert office.wait(seconds=0) == 1
    assert (office.get(made[1]).state, office.get(made[1]).error) == (MessageState.FAILED, INTERRUPTED)

    paused = office.draft("cem", campaign=campaign.id, automatic=f"campaign:{campaign.id}")
    office.store.campaigns.switch(campaign.id, (CampaignState.RUNNING,), state=CampaignState.PAUSED)
    queue_message(office.deps, office.workspace, paused.id)
    assert office.wait(seconds=0) == 1
    assert (office.get(paused).state, office.get(paused).error) == (MessageState.QUEUED, "The campaign is paused.")
    office.store.campaigns.switch(campaign.id, (CampaignState.PAUSED,), state=CampaignState.CANCELLED)
    office.wait(minutes=10)
    assert (office.get(paused).state, office.get(paused).error) == (MessageState.FAILED, "Not sent: the campaign was cancelled.")


def test_a_message_whose_sender_died_after_the_answer_is_not_sent_again(office, server):
    """Only its event is recorded."""
    made = office.queued()
    office.clock[0] += timedelta(seconds=1)
    office.deps.store.mail_queue.claim(office.clock[0])
    office.store.messages.claim(made.id, from_states=(MessageState.SENDING,), to=MessageState.SENT, sent_at=office.clock[0])

    office.clock[0] += timedelta(minutes=2)
    assert complete_interrupted(office.deps, office.clock[0]) == 1
    assert complete_interrupted(office.deps, office.clock[0]) == 0
    assert (office.sender.send_all(), server.seen) == (0, [])
    (event,) = office.store.events.of_lead(made.lead)
    assert (event.kind, event.at) == ("sent", NOON + timedelta(seconds=1))


def test_above_the_daily_limit_it_waits_for_the_next_working_day(office, server):
    """Counted per mailbox in the rep's zone; said in words; another rep's mailbox has a limit of its own."""
    office.deps.store.workspaces.change(office.workspace, daily_limit=2)
    made = [office.draft(name) for name in ("ada", "ben", "cem")]
    for one in made:
        office.send(one)

    third = office.get(made[2])
    assert (third.state, third.next_try_at) == (MessageState.QUEUED, datetime(2026, 10, 6, 8, 0, tzinfo=BERLIN))
    assert third.error == "The daily limit of 2 emails is reached. It is sent on Tuesday at 08:00."
    assert (len(server.taken), third.tries) == (2, 0)
    assert office.send(office.draft("dora", office.rep("tom"))).state is MessageState.SENT
    office.wait(hours=20)
    assert office.get(made[2]).state is MessageState.SENT


def test_a_reps_own_limit_counts(office, server):
    """Instead of the workspace's."""
    office.store.reps.change(office.rita.id, daily_limit=0)
    assert office.send(office.draft()).state is MessageState.QUEUED
    assert server.taken == []


def test_a_scheduled_message_is_sent_at_its_time(office, server):
    """It is not sent before; it can be cancelled before, sent at once, and scheduled anew."""
    made = office.draft()
    at = NOON + timedelta(hours=2)

    scheduled = office.send(made, send_at=at)

    assert (scheduled.state, scheduled.send_at, scheduled.next_try_at) == (MessageState.SCHEDULED, at, at)
    assert office.wait(hours=1) == 0
    assert cancel_sending(office.deps, office.workspace, made.id).state is MessageState.DRAFT
    assert office.wait(hours=2) == 0
    with pytest.raises(Conflict, match="does not wait"):
        cancel_sending(office.deps, office.workspace, made.id)
    office.send(made, send_at=office.clock[0] + timedelta(hours=1))
    assert office.send(made).state is MessageState.SENT
    assert office.wait(hours=2) == 0
    assert len(server.taken) == 1


def test_what_is_scheduled_waits_for_working_hours_unless_told_otherwise(office):
    """Saturday becomes Monday, 8:00 in the sender's zone. What a person sends at once goes at any hour."""
    saturday = datetime(2026, 10, 10, 9, 0, tzinfo=UTC)
    monday = datetime(2026, 10, 12, 8, 0, tzinfo=BERLIN)
    assert office.send(office.draft("ada"), send_at=saturday).next_try_at == monday
    assert office.send(office.draft("ben"), send_at=saturday, working_hours=False).next_try_at == saturday
    office.clock[0] = saturday
    assert office.send(office.draft("cem")).state is MessageState.SENT
    assert office.send(office.draft("dora"), working_hours=True).next_try_at == monday


def test_retries_of_what_waits_for_working_hours_wait_too(office, server):
    """A refusal at 17:59 in Berlin is tried again the next morning."""
    server.data.append("451 later")
    made = office.draft()
    office.send(made, send_at=datetime(2026, 10, 5, 15, 59, tzinfo=UTC))

    office.wait(hours=5, minutes=59)

    assert office.get(made).next_try_at == datetime(2026, 10, 6, 8, 0, tzinfo=BERLIN)


@pytest.mark.parametrize("days", [-2, 400])
def test_times_far_away_are_refused(office, days):
    """A mistyped year is no schedule."""
    with pytest.raises(Invalid, match="within the next year"):
        office.send(office.draft(), send_at=NOON + timedelta(days=days))


def test_what_is_being_sent_cannot_be_cancelled_or_sent_twice(office):
    """Nor told to be sent by another program."""
    made = office.queued()
    office.clock[0] += timedelta(seconds=1)
    office.deps.store.mail_queue.claim(office.clock[0])

    with pytest.raises(Conflict, match="being sent"):
        cancel_sending(office.deps, office.workspace, made.id)
    with pytest.raises(Conflict):
        office.send(made)
    with pytest.raises(Conflict):
        mark_sent(office.deps, office.workspace, made.id)


def test_what_another_program_sent_is_not_sent_again(office, server):
    """A waiting message that is told to be sent leaves the queue."""
    made = office.queued()
    mark_sent(office.deps, office.workspace, made.id)

    assert office.wait(days=1) == 0
    assert server.seen == []


def test_what_another_program_sent_has_its_event_though_the_process_died(office, server):
    """Between the record of the state and that of the event; the sender records it when the lease expires."""
    made, moments = office.draft(), iter(office.clock[:])
    dying = dataclasses.replace(office.deps, now=lambda: next(moments))  # the second look at the clock ends it
    with pytest.raises(StopIteration):
        mark_sent(dying, office.workspace, made.id)
    assert (office.get(made).state, office.store.events.of_lead(made.lead)) == (MessageState.SENT, [])

    assert (office.wait(seconds=90), office.wait(days=1), server.seen) == (1, 0, [])
    assert [(event.kind, event.at) for event in office.store.events.of_lead(made.lead)] == [("sent", NOON)]


def test_who_opted_out_meanwhile_gets_no_mail(office, server):
    """The waiting message fails with the reason."""
    made = office.queued()
    opt_outs.opt_out(office.deps, office.workspace, made.lead)

    office.wait(minutes=1)

    assert (office.get(made).state, server.seen) == (MessageState.FAILED, [])
    assert "no more mail" in office.get(made).error


def test_a_busy_mailbox_leaves_the_message_to_the_sender(office, server):
    """Two requests at once do not open two connections: the second message is queued and sent right after."""
    office.queued("ada")
    office.clock[0] += timedelta(seconds=1)
    assert office.deps.store.mail_queue.claim(office.clock[0]) is not None

    second = office.send(office.draft("ben"))

    assert (second.state, second.error, server.connections) == (MessageState.QUEUED, None, 0)
    assert office.sender.send_all() == 1
    assert office.get(second).state is MessageState.SENT


def test_the_thread_sends_what_is_due(office, server):
    """Started like the process does; several mailboxes at once, each over one connection."""
    people = [office.rep(name) for name in ("tom", "uma", "vic")]
    made = [office.queued(f"{name}{number}", rep) for number in range(4) for name, rep in zip("xyz", people, strict=True)]
    office.clock[0] += timedelta(seconds=1)

    office.sender.start()
    office.sender.wake()
    while office.store.messages.sent_between(NOON - timedelta(days=1), NOON + timedelta(days=1)) < len(made):
        pass
    office.sender.stop(5)

    assert sorted(server.ids) == sorted(office.get(one).message_id for one in made)
    assert server.connections == 3


# Connections


def mail(number: int = 1):
    """A mail."""
    return build(
        sender=("", "a@us.example"), recipient=("", "b@x.example"), subject="s", text="t", html=None, message_id=f"{number}@x", at=NOON
    )


def to(port: int, **more) -> Route:
    """A route to a server of this test."""
    return Route(MailServer(host="127.0.0.1", port=port, **more), is_trusted=False)


ALLOWED = Resolver((AllowedTarget(ip_network("127.0.0.0/8"), None),), MAIL_PORTS)


def test_a_connection_is_reused_until_it_is_idle_or_another_server_applies(server):
    """The server sees RSET between messages; after a while, and for another route, a new connection."""
    clock = [0.0]
    with Connections(clock=lambda: clock[0]) as connections, mail_receiver() as other:

        def send(port: int) -> None:
            connections.send("rita", to(port), mail(), sender="a@us.example", recipient="b@x.example", resolver=ALLOWED)

        send(server.port), send(server.port)
        assert server.connections == 1
        clock[0] = 40.0
        send(server.port)
        assert server.connections == 2
        send(other.port)
        assert (server.connections, other.connections) == (2, 1)


def test_a_kept_connection_that_the_server_closed_is_opened_anew(server):
    """Without a failure of the message."""
    with Connections() as connections:
        server.mail = ["", DROP]
        for expected in (1, None, 2):
            try:
                connections.send("rita", to(server.port), mail(), sender="a@us.example", recipient="b@x.example", resolver=ALLOWED)
            except DeliveryError:
                assert expected is None
        assert (server.connections, len(server.taken)) == (2, 2)


def test_a_server_that_is_slow_with_tls_ends_in_time():
    """One deadline for the whole try; nothing was sent, so nothing may have arrived."""
    with scripted(silent) as slow, Connections() as connections:
        route, people = to(slow.port, security="tls"), {"sender": "a@us.example", "recipient": "b@x.example"}
        with pytest.raises(DeliveryError, match="no answer in time") as caught:
            connections.send("rita", route, mail(), **people, resolver=ALLOWED, seconds=1.0)
    assert not caught.value.permanent
    assert not isinstance(caught.value, Unconfirmed)


def test_the_servers_words_are_one_printable_line(office, server):
    """What is stored of an answer cannot break a log line or a page."""
    server.otherwise = "250 2.0.0 \x1b[31mOk\x00 <b>" + "x" * 900
    sent = office.send(office.draft())
    assert sent.server_answer.startswith("250 2.0.0 ?[31mOk? <b>xxx")
    assert len(sent.server_answer) == 500


def test_a_refused_password_keeps_every_message(office):
    """An admin can correct it: the first message says why it waits, the others of the mailbox wait without a try."""
    first, second = office.queued(), office.queued("tom")
    with scripted(dialogue(BANNER, b"250-x\r\n250 AUTH PLAIN\r\n", b"535 5.7.8 no\r\n")) as refuser:
        refusing = MailServer(host="127.0.0.1", port=refuser.port, user="rita", password="old")
        office.deps.store.workspaces.change(office.workspace, mail_server=refusing)
        office.wait(seconds=2)

    for made in (first, second):
        assert office.get(made).state in (MessageState.QUEUED, MessageState.SCHEDULED)
    assert "did not accept user name and password (535" in office.get(first).error
    office.deps.store.workspaces.change(office.workspace, mail_server=None)
    office.wait(minutes=5)
    assert {office.get(made).state for made in (first, second)} == {MessageState.SENT}


class _Stumbling(QueueSender[str, str]):
    """Its queue fails once with an error that nothing foresees."""

    def __init__(self, deps):
        super().__init__(deps)
        self.claims, self.is_asked_again = 0, threading.Event()

    def prepare(self):
        return 0

    def claim(self, _skip):
        self.claims += 1
        if self.claims == 1:
            raise KeyError("row")
        self.is_asked_again.set()

    def next_due(self, _skip):
        return None


def test_an_internal_error_does_not_end_the_thread(deps):
    """Else nothing would be sent until the process is started again."""
    sender = _Stumbling(deps)
    sender.start()
    while not sender.is_asked_again.wait(0.02):
        sender.wake()
    sender.stop(5)
