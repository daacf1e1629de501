"""Contacts: what counts as the company's first contact, as a response, and as waiting."""

from datetime import timedelta

import pytest

from tests.scenes import NOON
from tracker.domain.mail.envelope import Envelope
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.score import Count, DayFacts
from tracker.rules.pipeline.contacts import Contacts, contacts_of

HOUR = timedelta(hours=1)


def note(kind, at=NOON, **more):
    return Note(id="n", workspace="w", lead="l", kind=kind, text="x", at=at, created_at=at, **more)


def message(at=NOON, **more):
    return MessageBrief(id="m", workspace="w", lead="l", subject="s", sent_at=at, **more)


def facts(name, at=NOON):
    return DayFacts(lead="l", day="2026-11-18", counts={name: Count(1, at, "e", at, "e")})


@pytest.mark.parametrize(
    ("notes", "is_first", "is_response"),
    [
        ([note("note")], False, False),
        ([note("call", direction="out", result="no_answer")], True, False),
        ([note("call", direction="out", result="left_message")], True, False),
        ([note("call", direction="out", result="call_back")], True, False),
        ([note("call", direction="out", result="reached")], True, True),
        ([note("call")], True, True),
        ([note("call", direction="in", result="left_message")], False, True),
        ([note("call", direction="in", result="reached")], True, True),
        ([note("meeting", direction="out")], True, True),
        ([note("chat", direction="out")], True, False),
        ([note("chat", direction="in")], True, True),
    ],
    ids=lambda value: f"{value[0].kind}-{value[0].direction}-{value[0].result}" if isinstance(value, list) else str(value),
)
def test_what_a_note_is(notes, is_first, is_response):
    """The company's contact, the lead's response, both or neither."""
    found = contacts_of(notes, [], [])

    assert (found.first_contact_at is not None, found.last_response_at is not None) == (is_first, is_response)


@pytest.mark.parametrize(
    ("sent", "is_contact"),
    [
        (message(rep="r"), True),
        (message(), True),
        (message(rep="r", campaign="autumn"), True),
        (message(campaign="autumn"), False),
        (message(rep="r", envelope=Envelope(copy_to="a@b.example")), False),
        (message(at=None, rep="r"), False),
    ],
)
def test_what_a_message_is(sent, is_contact):
    """Sent by a person to the lead: neither a copy, nor a program's campaign, nor a draft."""
    assert (contacts_of([], [sent], []).first_contact_at is not None) == is_contact


def test_waiting_begins_with_the_first_contact_after_a_response():
    """Another attempt does not begin it again; a response ends it."""
    tries = [note("call", NOON - 9 * HOUR), note("call", NOON - 5 * HOUR, result="no_answer"), note("call", NOON, result="no_answer")]

    assert contacts_of(tries, [], []).waits_since == NOON - 5 * HOUR
    assert contacts_of(tries, [], [facts("reply", NOON + HOUR)]).waits_since is None


def test_an_inquiry_is_open_until_the_company_contacts_the_lead():
    """An earlier contact does not answer it."""
    asked = [facts("form", NOON)]

    assert contacts_of([note("call", NOON - HOUR)], [], asked).inquired_at == NOON
    assert contacts_of([note("call", NOON + HOUR, result="no_answer")], [], asked).inquired_at is None
    assert contacts_of([], [], [facts("page_view")]) == Contacts()
