"""The bars, on random episodes of fixed seeds. `make truth` prints the figures of each kind."""

import pytest

from tests.scenarios.draw import HELD_OUT, KINDS, TUNING, Kind, episodes
from tests.scenarios.measure import Figures
from tests.scenarios.replay import AFTERWARDS, moment, state_at
from tests.scenarios.truth import measure_kinds, total

SEED, COUNT = 11, 20
BY_NAME = {kind.name: kind for kind in KINDS}


@pytest.fixture(scope="module", name="measured")
def measured_kinds() -> dict[str, Figures]:
    """Twenty episodes of every kind."""
    return measure_kinds(KINDS, [SEED], COUNT)


@pytest.mark.parametrize("half", [TUNING, HELD_OUT])
@pytest.mark.parametrize(
    ("part", "whole", "most"),
    [
        ("machine_alerts", "machine_runs", 5),
        ("missed", "person_runs", 3),
        ("unsure", "person_runs", 5),
        ("called_machine", "person_runs", 1),
        ("machine_opens_counted", "machine_opens", 2),
        ("machine_leads_scored", "machine_leads", 2),
    ],
)
def test_bars(measured: dict[str, Figures], part: str, whole: str, most: float, half: str):
    """Each bar in percent, in each half of the kinds that one message can tell.

    The fresh kinds have no bar: they keep people that exceed it, behind clouds or with a page that is never touched in the first minute.
    """
    kinds = [kind for kind in KINDS if kind.half == half and not kind.is_undecidable]
    assert total(measured, kinds).share(part, whole) <= most


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_shuffle_changes_nothing(name: str):
    """Requests that arrive in another order, some of them late, end in the same state."""
    kind: Kind = BY_NAME[name]
    for episode in episodes(kind, SEED, 2):
        end = moment(max(step.at for step in episode.steps)) + AFTERWARDS
        assert state_at(episode, end) == state_at(episode, end, order=lambda steps: steps[::-1])
