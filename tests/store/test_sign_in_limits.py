"""Limits on guessing: tries count before the password is looked at, strangers lock only themselves out, and the owner gets in."""

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
    """The clock stands, in the middle of a window; not in the past, since MongoDB forgets tries by its own clock."""
    now = datetime(2100, 1, 1, 12, 5, tzinfo=UTC)
    return dataclasses.replace(deps, now=lambda: now)


@pytest.fixture
def rosa(still: Deps) -> Rep:
    workspace = workspaces.first_workspace(still)
    rep = reps.add_rep(still, workspace.id, email="rosa@us.example", name="Rosa")
    passwords.set_password(still, rep, PASSWORD)
    return rep


def guess(deps: Deps, rep: Rep, client: str, password: str = "wrong wrong", waits: list[float] | None = None) -> str:
    """What one try comes to: in, wrong, or locked."""
    try:
        found = passwords.sign_in(deps, rep.email, password, client=client, sleep=(waits if waits is not None else []).append)
    except TooManyTries:
        return "locked"
    return "in" if found else "wrong"


def test_parallel_guesses_do_not_escape_the_limit(still: Deps, rosa: Rep) -> None:
    """Of forty at once from one client, ten are looked at."""
    with ThreadPoolExecutor(40) as pool:
        found = list(pool.map(lambda _: guess(still, rosa, "198.51.100.1"), range(40)))

    assert found.count("wrong") == PER_PAIR
    assert found.count("locked") == 40 - PER_PAIR


def test_a_stranger_locks_only_themselves_out(still: Deps, rosa: Rep) -> None:
    """The owner, at another address, signs in at once."""
    for _ in range(30):
        guess(still, rosa, "198.51.100.1")

    assert guess(still, rosa, "198.51.100.1", PASSWORD) == "locked"
    assert guess(still, rosa, "203.0.113.9", PASSWORD) == "in"


def test_guesses_from_many_addresses_slow_the_account_down(still: Deps, rosa: Rep) -> None:
    """From twenty on, each waits for a turn of its own in its network; where they are taken it is refused for seconds, elsewhere none is."""
    waits: list[float] = []
    found = [guess(still, rosa, f"198.51.100.{number}", waits=waits) for number in range(SLOW_FROM + 40)]

    assert found == ["wrong"] * (SLOW_FROM + 11) + ["locked"] * 29
    assert waits[:11] == [float(n) for n in range(11)]
    assert len(waits) == 11 + 29 * 3
    assert guess(still, rosa, "203.0.113.9", PASSWORD, others := []) == "in"
    assert others == [0.0]


def test_another_address_of_the_person_is_no_way_around(still: Deps, rosa: Rep) -> None:
    """Tries count for the person, whichever of their addresses is used."""
    still.store.of(rosa.workspace).reps.change(rosa.id, pending_email="rosa@home.example")
    for email in ("rosa@us.example", "rosa@home.example"):
        for _ in range(PER_PAIR // 2):
            passwords.sign_in(still, email, "wrong wrong", client="198.51.100.1")

    assert guess(still, rosa, "198.51.100.1", PASSWORD) == "locked"


def test_a_huge_address_costs_nothing(still: Deps, rosa: Rep) -> None:
    """What is longer than any address is none, whatever folding it would cost."""
    assert passwords.sign_in(still, "\ufdfa" * 500_000 + "@us.example", PASSWORD) is None


def test_the_owner_gets_in_where_they_were_before(still: Deps, rosa: Rep) -> None:
    """A client that signed in to the account before does not wait, however many others guess."""
    assert guess(still, rosa, "203.0.113.9", PASSWORD) == "in"
    for number in range(SLOW_FROM + 40):
        guess(still, rosa, f"198.51.100.{number}")
    waits: list[float] = []

    assert guess(still, rosa, "203.0.113.9", PASSWORD, waits) == "in"
    assert waits == []


def test_a_right_password_is_not_held_against_anybody(still: Deps, rosa: Rep) -> None:
    """Repeated successful sign-ins lock no account."""
    assert [guess(still, rosa, "203.0.113.9", PASSWORD) for _ in range(60)] == ["in"] * 60


def test_guesses_at_many_accounts_from_one_client_are_limited(still: Deps, rosa: Rep) -> None:
    """Fifty wrong tries at fifty accounts, and the client has to wait."""
    for number in range(50):
        passwords.sign_in(still, f"rep{number}@us.example", "wrong wrong", client="198.51.100.1")

    assert guess(still, rosa, "198.51.100.1") == "locked"
    assert guess(still, rosa, "198.51.100.2") == "wrong"
