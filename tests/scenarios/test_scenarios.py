"""Every written scenario ends as it should, whatever the order of arrival."""

from random import Random

import pytest

from tests.scenarios import documented, public_threads, spared
from tests.scenarios.language import Act, Cause, Episode, Expected, Step
from tests.scenarios.measure import machine_runs, person_runs
from tests.scenarios.replay import AFTERWARDS, State, moment, replay, state_at
from tests.scenarios.written import SCENARIOS, SPARED
from tracker.domain.activity.event import STANDING, Label
from tracker.rules.verdicts.pages import PAGE_REASONS
from tracker.rules.verdicts.reasons import REASONS

MODULES = (documented, public_threads, spared)
"""Importing them fills the table."""
_MACHINE_LABELS = {Label.SCANNER, Label.PREFETCH, Label.SELF}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str):
    """A person alerts loudly and stands at the end; a machine never alerts; what cannot be told is never called a machine's."""
    episode = SCENARIOS[name]
    outcome = replay(episode)
    labels = {step.id: outcome.final.verdicts[step.id].label for step in episode.steps if step.is_event}
    problems = []
    for run in person_runs(episode):
        wanted = run[0].client.expectation
        is_loud = any(step.id in outcome.raised for step in run)
        if wanted is Expected.LOUD and not (is_loud and any(labels[step.id] in STANDING for step in run)):
            problems.append(f"missed: {_explained(run, outcome.final)}")
        if wanted is Expected.SILENT and is_loud:
            problems.append(f"loud: {_explained(run, outcome.final)}")
        if wanted is Expected.UNSURE_ALLOWED and all(labels[step.id] in _MACHINE_LABELS for step in run):
            problems.append(f"called a machine: {_explained(run, outcome.final)}")
    alerting = [run for run in machine_runs(episode) if any(step.id in outcome.raised for step in run)]
    problems += [f"machine alerted: {_explained(run, outcome.final)}" for run in alerting]
    problems += [
        f"open counted: {step.at} {outcome.final.verdicts[step.id]}"
        for step in episode.steps
        if step.act is Act.OPEN and step.client.cause is Cause.MACHINE and labels[step.id] in STANDING
    ]
    assert problems == []


def _explained(run: list[Step], state: State) -> list[object]:
    return [(step.at, step.act.value, state.verdicts[step.id].label.value, state.verdicts[step.id].reasons) for step in run]


@pytest.mark.parametrize("name", SCENARIOS)
def test_arrival_order_changes_nothing(name: str):
    """The same requests in any order of arrival end in identical verdicts."""
    episode = SCENARIOS[name]
    end = moment(max(step.at for step in episode.steps)) + AFTERWARDS
    expected = state_at(episode, end)
    for seed in range(3):
        assert state_at(episode, end, order=lambda steps, seed=seed: Random(seed).sample(steps, len(steps))) == expected


def _speaking(name: str, episode: Episode) -> list[tuple[float, str]]:
    """Where the reason spoke of what it must spare: against a person, or for a machine."""
    state = replay(episode).final
    return [
        (step.at, step.act.value)
        for step in episode.steps
        if step.is_event and "own" not in step.signs and name.removeprefix("page:") in state.verdicts[step.id].reasons
        if step.client.cause is _spared_cause(name, step.act)
    ]


def _spared_cause(name: str, act: Act) -> Cause | None:
    """Whom the reason must spare where it speaks of such an act; None where it does not."""
    if act in (Act.OPEN, Act.CLICK):
        points = next(((r.clicks if act is Act.CLICK else r.opens) for r in REASONS if r.name == name), None)
    else:
        points = next((r.points for r in PAGE_REASONS if f"page:{r.name}" == name), None)
    return None if points is None else Cause.PERSON if points > 0 else Cause.MACHINE


@pytest.mark.parametrize("name", SPARED)
def test_a_reason_spares_its_person(name: str):
    """In the scenarios of a reason it does not speak of the client that it must not hit."""
    assert [(each, _speaking(name, episode)) for each, episode in SPARED[name] if _speaking(name, episode)] == []


def test_every_reason_has_a_person_to_spare():
    """A reason without such a scenario is not finished."""
    names = {reason.name for reason in REASONS} | {f"page:{reason.name}" for reason in PAGE_REASONS}
    assert names == set(SPARED)
