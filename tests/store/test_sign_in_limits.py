"""Limits on guessing: attempts are counted before the password is checked; other clients do not lock the owner out."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tracker.actions.deps import Deps
from tracker.actions.team import passwords, reps
from tracker.actions.team.sign_in_limits import PER_PAIR, SLOW_FROM, TooManyTries
from tracker.actions.workspace import workspaces
from tracker.domain.team.rep import Rep

PASSWORD = "correct horse battery"


@pytest.fixture
def still(deps: Deps) -> Deps:
    """A fixed time in the middle of a window; not in the past, because MongoDB expires attempts by its own clock."""
    now = datetime(2100, 1, 1, 12, 5, tzinfo=UTC)
    return dataclasses.replace(deps, now=lambda: now)


@pytest.fixture
def rosa(still: Deps) -> Rep:
    workspace = workspaces.first_workspace(still)
    rep = reps.add_rep(still, workspace.id, email="rosa@us.example", name="Rosa")
    passwords.set_password(still, rep, PASSWORD)
    return rep


def guess(deps: Deps, rep: Rep, client: str, password: str = "wrong wrong", waits: list[float] | None = None) -> str:
    """The result of one attempt: in, wrong, or locked."""
    try:
        found = passwords.sign_in(deps, rep.email, password, client=client, sleep=(waits if waits is not None else []).append)
    except TooManyTries:
        return "locked"
    return "in" if found else "wrong"


def test_parallel_guesses_do_not_escape_the_limit(still: Deps, rosa: Rep) -> None:
    """Of forty concurrent attempts of one client, ten are checked."""
    with ThreadPoolExecutor(40) as pool:
        found = list(pool.map(lambda _: guess(still, rosa, "198.51.100.1"), range(40)))

    assert found.count("wrong") == PER_PAIR
    assert found.count("locked") == 40 - PER_PAIR


def test_another_client_locks_only_itself_out(still: Deps, rosa: Rep) -> None:
    """The owner signs in from another address at once."""
    for _ in range(30):
        guess(still, rosa, "198.51.100.1")

    assert guess(still, rosa, "198.51.100.1", PASSWORD) == "locked"
    assert guess(still, rosa, "203.0.113.9", PASSWORD) == "in"


def test_guesses_from_many_addresses_slow_the_account_down(still: Deps, rosa: Rep) -> None:
    """From the twentieth on, attempts of a network are spaced; where no slot is free, they are refused for seconds."""
    waits: list[float] = []
    found = [guess(still, rosa, f"198.51.100.{number}", waits=waits) for number in range(SLOW_FROM + 40)]

    assert found == ["wrong"] * (SLOW_FROM + 11) + ["locked"] * 29
    assert waits[:11] == [float(n) for n in range(11)]
    assert len(waits) == 11 + 29 * 3
    assert guess(still, rosa, "203.0.113.9", PASSWORD, others := []) == "in"
    assert others == [0.0]


def test_attempts_count_for_all_addresses_of_a_person(still: Deps, rosa: Rep) -> None:
    """Another address of the person does not circumvent the limit."""
    still.store.of(rosa.workspace).reps.change(rosa.id, pending_email="rosa@home.example")
    for email in ("rosa@us.example", "rosa@home.example"):
        for _ in range(PER_PAIR // 2):
            passwords.sign_in(still, email, "wrong wrong", client="198.51.100.1")

    assert guess(still, rosa, "198.51.100.1", PASSWORD) == "locked"


def test_a_huge_address_costs_nothing(still: Deps, rosa: Rep) -> None:
    """An overlong address is rejected before it is normalized."""
    assert passwords.sign_in(still, "\ufdfa" * 500_000 + "@us.example", PASSWORD) is None


def test_a_known_client_does_not_wait(still: Deps, rosa: Rep) -> None:
    """A client that has signed in to the account before signs in at once, however many others guess."""
    assert guess(still, rosa, "203.0.113.9", PASSWORD) == "in"
    for number in range(SLOW_FROM + 40):
        guess(still, rosa, f"198.51.100.{number}")
    waits: list[float] = []

    assert guess(still, rosa, "203.0.113.9", PASSWORD, waits) == "in"
    assert waits == []


def test_successful_attempts_are_not_counted(still: Deps, rosa: Rep) -> None:
    """Repeated successful sign-ins do not lock the account."""
    assert [guess(still, rosa, "203.0.113.9", PASSWORD) for _ in range(60)] == ["in"] * 60


def test_guesses_at_many_accounts_from_one_client_are_limited(still: Deps, rosa: Rep) -> None:
    """After fifty wrong attempts at fifty accounts the client must wait."""
    for number in range(50):
        passwords.sign_in(still, f"rep{number}@us.example", "wrong wrong", client="198.51.100.1")

    assert guess(still, rosa, "198.51.100.1") == "locked"
    assert guess(still, rosa, "198.51.100.2") == "wrong"
