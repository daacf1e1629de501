"""What does not count, in numbers: by kind and cause, by reason, network and domain."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.rules.automatic_traffic import TrafficCause, TrafficFilter, TrafficKind, cause_of, kind_of_traffic, matches, summed_up
from tracker.rules.verdicts.networks import shipped_networks

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)


def event(kind: EventKind = EventKind.CLICK, label: Label = Label.SCANNER, *reasons: str, **more: Any) -> Event:
    """An event of a message, unless it is a page event."""
    source = {} if kind is EventKind.VIEW else {"message": "m"}
    values = {"id": "e", "workspace": "w", "at": AT, "received": AT, "lead": "dana"} | source | more
    return Event(kind=kind, verdict=Verdict(label, 0.9, reasons), **values)


def summary(*events: Event) -> Any:
    return summed_up(events, {"dana": "dana@Acme.example", "omar": "omar@beta.example"}, shipped_networks())


@pytest.mark.parametrize("label", list(Label))
def test_every_label_has_a_cause(label: Label) -> None:
    """What stands is a person's; what stands not is something else."""
    found = event(label=label)
    assert (cause_of(found) is TrafficCause.PERSON) == found.stands


def test_a_click_on_a_page_is_a_page_event_and_a_call_is_none() -> None:
    """Only tokens make opens and clicks; what a rep recorded is no request."""
    assert kind_of_traffic(event(EventKind.OPEN)) is TrafficKind.OPEN
    assert kind_of_traffic(event(EventKind.CLICK)) is TrafficKind.CLICK
    assert kind_of_traffic(event(EventKind.CLICK, message=None)) is TrafficKind.PAGE
    assert kind_of_traffic(event(EventKind.CLICK, message=None, share="s")) is TrafficKind.CLICK
    assert kind_of_traffic(event(EventKind.CALL, message=None)) is None
    assert kind_of_traffic(event(EventKind.SENT)) is None


def test_people_count_in_the_totals_and_nowhere_else() -> None:
    """Reasons, networks and domains are of what is filtered."""
    found = summary(event(EventKind.CLICK, Label.HUMAN, "complete_browser"), event(EventKind.CLICK, Label.SCANNER, "burst"))
    assert found.counts[TrafficKind.CLICK] == {**dict.fromkeys(TrafficCause, 0), TrafficCause.PERSON: 1, TrafficCause.AUTOMATIC: 1}
    assert (found.total(), found.total(TrafficCause.PERSON)) == (2, 1)
    assert (found.reasons, found.domains) == ((("burst", 1),), (("acme.example", 1),))


def test_reasons_for_a_person_are_not_counted() -> None:
    """A click with a browser's headers is not filtered because of these."""
    machine = event(EventKind.CLICK, Label.SCANNER, "burst", "browser_headers")
    unsure = event(EventKind.CLICK, Label.UNSURE, "no_page_view", "browser_headers")
    own = event(EventKind.VIEW, Label.SELF, "own_browser", "input_on_page")
    assert dict(summary(machine, own).reasons) == {"burst": 1, "own_browser": 1}
    assert dict(summary(unsure).reasons) == {"no_page_view": 1}


def test_networks_and_domains_are_of_automatic_requests() -> None:
    """The largest first; own traffic and anonymous visitors name no domain."""
    rows = [event(address="40.92.0.1"), event(address="40.92.0.2"), event(lead="omar", address="203.0.113.7"), event(lead=None)]
    found = summary(*rows, event(label=Label.SELF, lead="omar", address="40.92.0.1"))
    assert found.networks == (("Microsoft", 2),)
    assert found.domains == (("acme.example", 2), ("omar@beta.example".partition("@")[2], 1))


@pytest.mark.parametrize(
    ("wanted", "is_listed"),
    [
        (TrafficFilter(), True),
        (TrafficFilter(kind=TrafficKind.CLICK, cause=TrafficCause.AUTOMATIC), True),
        (TrafficFilter(kind=TrafficKind.OPEN), False),
        (TrafficFilter(cause=TrafficCause.UNSURE), False),
        (TrafficFilter(is_wanted="burst".__eq__), True),
        (TrafficFilter(is_wanted="browser_headers".__eq__), False),
    ],
)
def test_filters_narrow_the_list(wanted: TrafficFilter, *, is_listed: bool) -> None:
    """By kind, cause and any reason that is shown; a person's event is in no list."""
    assert matches(event(EventKind.CLICK, Label.SCANNER, "burst", "browser_headers"), wanted) is is_listed
    assert not matches(event(EventKind.CLICK, Label.HUMAN, "burst"), wanted)
