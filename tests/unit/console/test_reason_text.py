"""Sentences for the reasons of verdicts."""

import re

import pytest

from tests.unit.console.test_timeline import event
from tracker.domain.activity.event import EventKind, Label, Verdict
from tracker.rules.verdicts.pages import PAGE_REASONS
from tracker.rules.verdicts.reasons import REASONS
from tracker.rules.verdicts.user_agents.signatures import SIGNATURES
from tracker.web.console.text.event_text import EventNames, automatic_reason
from tracker.web.console.text.reason_text import has_text, reason_text, reasons_of

OTHERS = ("browser", "corrected", "same_second", "held", "demo", "recorded", "stripped_webkit")
"""Reasons that no table has: what `classify`, `pages` and `first` give beside them."""
NAMES = sorted({reason.name for reason in (*REASONS, *PAGE_REASONS)} | {signature.name for signature in SIGNATURES} | set(OTHERS))


@pytest.mark.parametrize("name", NAMES)
def test_every_reason_has_a_sentence(name):
    """A new row of a table needs words, because the timeline shows them. They hold no codes."""
    assert has_text(name)
    assert re.fullmatch(r"[A-Z][^_.]{10,110}\.", reason_text(name))


def test_names_of_robot_lists_and_signs_mean_a_robot():
    """The demo gives what matched in the agent as the reason."""
    assert reason_text("names_itself_robot") == reason_text("robot_list") == reason_text("robot_agent")


def test_sentences_stand_once_in_the_order_of_the_reasons():
    """Two link previewers are one sentence."""
    found = reasons_of(event(EventKind.CLICK, verdict=Verdict(Label.UNSURE, 0.5, ("held", "slack_preview", "link_preview"))))
    assert found == (reason_text("held"), reason_text("link_preview"))


@pytest.mark.parametrize(
    ("kind", "label", "shown"),
    [
        (EventKind.CLICK, Label.SCANNER, ("office_program", "no_agent")),
        (EventKind.OPEN, Label.SCANNER, ("no_agent",)),
        (EventKind.OPEN, Label.UNSURE, ("office_program", "no_agent")),
    ],
)
def test_a_machine_shows_only_what_speaks_against_a_person(kind, label, shown):
    """An Office program speaks against a click and for an open; an unsure event shows both sides."""
    found = reasons_of(event(kind, verdict=Verdict(label, 0.9, ("office_program", "no_agent"))))
    assert found == tuple(reason_text(name) for name in shown)


def test_an_own_visit_does_not_show_that_a_person_used_the_page():
    """For a page event, that speaks for a person; the team's browser decides."""
    found = reasons_of(event(EventKind.VIEW, verdict=Verdict(Label.SELF, 0.9, ("own_browser", "input_on_page"))))
    assert found == (reason_text("own_browser"),)


@pytest.mark.parametrize("label", list(Label))
def test_every_label_is_said_in_a_few_words(label):
    """Also where no reason says more."""
    assert automatic_reason(event(EventKind.OPEN, verdict=Verdict(label, 0.9)), EventNames({}, {}, {}))
