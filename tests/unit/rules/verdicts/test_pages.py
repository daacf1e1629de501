"""Verdicts on visits: one for each, from all events of the browser."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios import browsers
from tests.scenarios.addresses import networks
from tests.unit.rules.verdicts.evidence_samples import CHROME, CLOUD, EOP, HOME, SENT, VENDOR
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.rules.verdicts.pages import VisitorEvidence, classify_pages


def page_event(seconds: float, kind: EventKind = EventKind.VIEW, **more: Any) -> Event:
    """A page view of a person's browser."""
    at = SENT + timedelta(seconds=seconds)
    values = {"agent": CHROME, "address": HOME, "page": "p", "visitor": "v", "id": f"{kind.value}{seconds}"} | more
    return Event(workspace="w", kind=kind, at=at, received=at, verdict=Verdict(Label.UNKNOWN, 0), **values)


def verdicts(*events: Event, after: float = 3600, **more: Any) -> list[Verdict]:
    """The verdicts of these events, `after` seconds from the last."""
    as_of = events[-1].at + timedelta(seconds=after)
    found = classify_pages(VisitorEvidence(events=events, as_of=as_of, **more), networks())
    return [found[event.id] for event in events]


@pytest.mark.parametrize(
    ("changes", "more", "label", "reason"),
    [
        ({}, {"inputs": {"p": 3}}, Label.HUMAN, "input_on_page"),
        ({}, {}, Label.HUMAN, "browser"),
        ({}, {"inputs": {"p": 0}}, Label.UNSURE, "no_input"),
        ({}, {"is_own": True}, Label.SELF, "own_browser"),
        ({"agent": "curl/8.9.1"}, {}, Label.SCANNER, "robot_agent"),
        ({"agent": "WhatsApp/2.24"}, {}, Label.SCANNER, "link_preview"),
        ({"agent": ""}, {}, Label.SCANNER, "no_agent"),
        ({"address": EOP}, {}, Label.SCANNER, "exchange_online_network"),
        ({"address": VENDOR}, {}, Label.SCANNER, "mail_security_network"),
        ({"address": CLOUD}, {}, Label.UNSURE, "cloud"),
        ({"address": CLOUD}, {"inputs": {"p": 2}}, Label.HUMAN, "input_on_page"),
        ({"signs": ("webdriver",)}, {}, Label.SCANNER, "automated_browser"),
        ({"headers": {"sec-ch-ua": browsers.brands(150, "HeadlessChrome")}}, {}, Label.SCANNER, "automated_browser"),
        ({"landing": "c"}, {"brought": {"c": Label.SCANNER}}, Label.SCANNER, "brought_by_machine"),
        ({"landing": "c"}, {"brought": {"c": Label.SCANNER}, "inputs": {"p": 5}}, Label.HUMAN, "input_on_page"),
        ({"landing": "c"}, {"brought": {"c": Label.HUMAN}, "inputs": {"p": 0}}, Label.HUMAN, "browser"),
        ({}, {"is_demo": True, "inputs": {"p": 0}}, Label.HUMAN, "demo"),
    ],
)
def test_one_sign_of_a_visit(changes: dict, more: dict, label: Label, reason: str):
    """Each reason in its simplest case, and what outweighs it."""
    (found,) = verdicts(page_event(0, **changes), **more)
    assert (found.label, reason in found.reasons) == (label, True)


def test_a_page_that_is_still_open_may_get_input():
    """No input is a sign half a minute after the last event only."""
    assert verdicts(page_event(0), inputs={"p": 0}, after=20)[0].label is Label.HUMAN


def test_input_on_one_page_is_for_the_whole_visit():
    """The first page was not touched, the second was; another visit an hour later stands for itself."""
    events = [page_event(0, page="a"), page_event(60, page="b"), page_event(7200, page="c")]
    assert [v.label for v in verdicts(*events, inputs={"a": 0, "b": 4, "c": 0})] == [Label.HUMAN, Label.HUMAN, Label.UNSURE]


def test_a_trusted_submit_is_a_person_and_a_scripted_one_is_not():
    """A form that a script sends in an automated browser is a machine's."""
    view = page_event(0, address=CLOUD, signs=("webdriver",))
    trusted = page_event(30, EventKind.SUBMIT, address=CLOUD, signs=("trusted",))
    assert verdicts(page_event(0, address=CLOUD), trusted, inputs={"p": 0})[1].label is Label.HUMAN
    scripted = page_event(30, EventKind.SUBMIT, address=CLOUD, signs=("webdriver",))
    assert verdicts(view, scripted, inputs={"p": 0})[1].label is Label.SCANNER


def test_a_form_sent_twice_within_a_second_counts_once():
    """The second submit of the same form is a duplicate; one two seconds later is not."""
    forms = [page_event(at, EventKind.SUBMIT, target="contact", signs=("trusted",)) for at in (10, 10.4, 12)]
    assert [v.label for v in verdicts(*forms)] == [Label.HUMAN, Label.DUPLICATE, Label.HUMAN]


def test_a_correction_of_one_event_decides_its_visit():
    """A rep who says that a machine sent one event of a visit means all of it."""
    events = [page_event(0), page_event(9, EventKind.DOWNLOAD)]
    assert [v.label for v in verdicts(*events, pinned={events[1].id: "machine"})] == [Label.SCANNER, Label.SCANNER]


def test_order_of_arrival_never_matters():
    """The same events in another order."""
    events = [page_event(n * 700, page=f"p{n}") for n in range(6)]
    evidence = {"inputs": {"p1": 2}, "as_of": SENT + timedelta(days=1)}
    first, second = (classify_pages(VisitorEvidence(events=each, **evidence), networks()) for each in (tuple(events), tuple(events[::-1])))
    assert first == second
