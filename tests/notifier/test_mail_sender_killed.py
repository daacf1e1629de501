"""`kill -9` of the process that sends, again and again while it works: nothing is lost, and little arrives twice."""

import dataclasses
import random
import time
from collections import Counter
from datetime import timedelta

import pytest

from tests.mail_receivers import mail_receiver
from tests.notifier.test_process import notify
from tracker.actions.leads import leads
from tracker.actions.mail.messages import create_message
from tracker.actions.mail_queue.delivery import complete_interrupted
from tracker.actions.mail_queue.outbox import send_message
from tracker.actions.team import reps
from tracker.actions.workspace import workspaces
from tracker.base.clock import utc_now
from tracker.domain.mail.message import MessageState

MESSAGES, KILLS = 120, 5


@pytest.fixture
def server():
    """The mail server."""
    with mail_receiver() as running:
        yield running


def fill(deps, clock):
    """Messages of three mailboxes that only the sender's process tries."""
    workspace = workspaces.add_workspace(deps, "Northbeam").id
    people = [reps.add_rep(deps, workspace, email=f"{name}@us.example", name=name) for name in ("ada", "ben", "cem")]
    later = clock() + timedelta(hours=1)  # what is due is sent here
    for number in range(MESSAGES):
        lead = leads.add_lead(deps, workspace, email=f"lead{number}@acme.example", name=f"Lead {number}")
        made = create_message(deps, workspace, lead=lead.id, rep=people[number % 3].id, subject="s", html="<p>x</p>", track=False)
        send_message(deps, workspace, made.id, send_at=later, working_hours=False)
    rows = deps.store.database.messages
    rows.update_many({"ws": workspace}, {"$set": {"next_try_at": clock()}})
    return workspace, rows


def test_no_message_is_lost(deps, settings, tmp_path, server, monkeypatch):
    """Doubles arise only where the process died between the end of a text and the record of the answer: one a mailbox and kill."""
    monkeypatch.setenv("EDGE_URL", "https://links.us.example")
    wired = dataclasses.replace(settings, edge_url="https://links.us.example", smtp_url=f"smtp://127.0.0.1:{server.port}")
    deps = dataclasses.replace(deps, settings=wired)
    workspace, rows = fill(deps, utc_now)
    left = {"ws": workspace, "state": {"$ne": MessageState.SENT.value}}
    for number in range(KILLS + 1):
        rows.update_many({"ws": workspace, "state": MessageState.SENDING.value}, {"$set": {"next_try_at": utc_now()}})  # leases expire
        with notify(wired, tmp_path) as process:
            seen, wanted = len(server.seen), random.randint(1, MESSAGES // (KILLS + 2))
            while rows.count_documents(left) and (number == KILLS or len(server.seen) < seen + wanted):
                assert process.poll() is None, process.said()
                time.sleep(0.002)
    times = Counter(server.ids)
    assert len(times) == MESSAGES
    assert sum(times.values()) - MESSAGES <= KILLS * 3
    doubled = {key.split("@")[0].strip("<") for key, count in times.items() if count > 1}
    assert doubled <= {row["_id"].partition(":")[2] for row in rows.find({"may_be_duplicate": True})}
    complete_interrupted(deps, utc_now() + timedelta(minutes=2))
    here = deps.store.of(workspace)
    assert sum(len(here.events.of_lead(message.lead)) for message in here.messages.where({})) == MESSAGES
