"""Signing in: one-time links, passwords, rate limits and the end of sessions."""

import argparse
import dataclasses
from datetime import timedelta

import pytest

from tracker.actions.team import api_keys, passwords, reps, sessions, sign_in_limits, sign_in_links
from tracker.actions.workspace import first_start, workspaces
from tracker.base.errors import Conflict, Invalid
from tracker.cli.commands import reps as cli_reps
from tracker.domain.team.rep import Role

PASSWORD = "correct horse battery"


@pytest.fixture
def rosa(deps):
    """A rep with a password."""
    workspace = workspaces.first_workspace(deps)
    rep = reps.add_rep(deps, workspace.id, email="Rosa@us.example", name="Rosa")
    passwords.set_password(deps, rep, PASSWORD)
    return rep


def later(deps, **more):
    """The same process at a later time."""
    return dataclasses.replace(deps, now=lambda: deps.now() + timedelta(**more))


def token_of(link):
    return link.rpartition("/")[2]


def test_the_first_start_creates_one_admin_and_one_link(deps):
    """Repeated starts: one workspace, one admin, and links only until there is a password."""
    first = first_start.first_sign_in(deps)
    second = first_start.first_sign_in(deps)

    assert sign_in_links.use(deps, token_of(first)) is None
    admin, _ = sign_in_links.use(deps, token_of(second))
    assert admin.role is Role.ADMIN
    assert len(deps.store.workspaces.all()) == 1
    passwords.set_password(deps, admin, PASSWORD)
    assert first_start.first_sign_in(deps) is None


def test_a_link_signs_in_once_within_a_quarter_of_an_hour(deps, rosa):
    """Only using it and its expiry end it; the token is not stored."""
    token = token_of(sign_in_links.printed(deps, rosa))

    assert sign_in_links.peek(deps, token).id == rosa.id
    assert sign_in_links.peek(deps, token).id == rosa.id
    assert token not in str(list(deps.store.sign_in_links.rows.find()))
    assert sign_in_links.use(deps, token)[0].id == rosa.id
    assert sign_in_links.use(deps, token) is None
    old = token_of(sign_in_links.printed(deps, rosa))
    assert sign_in_links.use(later(deps, minutes=16), old) is None
    invitation = token_of(sign_in_links.shown(deps, rosa))
    assert sign_in_links.peek(later(deps, days=2), invitation)


def test_passwords_are_checked_and_never_stored(deps, rosa):
    """Any spelling of the address works with the right password; the store holds an argon2id hash."""
    assert passwords.sign_in(deps, " rosa@US.example", PASSWORD).id == rosa.id
    assert passwords.sign_in(deps, "rosa@us.example", "wrong") is None
    assert passwords.sign_in(deps, "unknown@us.example", PASSWORD) is None
    assert deps.store.persons.get(rosa.id).password_hash.startswith("$argon2id$")


def test_guessing_is_slowed_down_by_account_and_by_address(deps, rosa):
    """After ten wrong attempts the right password must wait too; known and unknown accounts behave the same."""
    moment = later(deps, minutes=60).now().replace(minute=1)  # MongoDB forgets tries by its own clock
    deps = dataclasses.replace(deps, now=lambda: moment)
    for email in (rosa.email, "unknown@us.example"):
        for _ in range(10):
            passwords.sign_in(deps, email, "wrong")
        with pytest.raises(sign_in_limits.TooManyTries):
            passwords.sign_in(deps, email, PASSWORD)
    assert passwords.sign_in(later(deps, minutes=16), rosa.email, PASSWORD)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "rosa@us.example", "x" * 300])
def test_weak_passwords_are_refused(deps, rosa, password):
    """Too short, too long, one repeated character, or the address itself."""
    with pytest.raises(Invalid):
        passwords.set_password(deps, rosa, password)


def test_a_new_password_signs_every_other_browser_out(deps, rosa):
    """Only the browser that changed it stays signed in."""
    here, there = sessions.start(deps, rosa), sessions.start(deps, rosa)

    passwords.set_password(deps, rosa, "another good phrase", keep_session=here)

    assert sessions.find(deps, here)
    assert sessions.find(deps, there) is None


def test_a_session_is_new_at_sign_in_and_ends(deps, rosa):
    """No session id from before signing in stays valid; sign-out, expiry and deactivation end it."""
    before = sessions.start(deps, rosa)
    token = sessions.start(deps, rosa, replaces=before)

    assert sessions.find(deps, before) is None
    assert sessions.find(deps, token)[1].id == rosa.id
    assert token not in str(list(deps.store.sessions.rows.find()))
    assert sessions.find(later(deps, days=15), token) is None
    sessions.end(deps, token)
    assert sessions.find(deps, token) is None
    token = sessions.start(deps, rosa)
    reps.change_rep(deps, rosa.workspace, rosa.id, is_active=False)
    assert sessions.find(deps, token) is None
    assert passwords.sign_in(deps, rosa.email, PASSWORD) is None


def test_the_last_admin_stays_one(deps):
    """Someone must be able to change the settings."""
    admin = first_start.first_admin(deps)

    for change in ({"role": Role.REP}, {"is_active": False}):
        with pytest.raises(Invalid):
            reps.change_rep(deps, admin.workspace, admin.id, **change)
    reps.add_rep(deps, admin.workspace, email="ivo@us.example", name="Ivo", role=Role.ADMIN)
    assert reps.change_rep(deps, admin.workspace, admin.id, role=Role.REP).role is Role.REP


def test_one_address_is_one_rep(deps, rosa):
    """Addresses are compared without case."""
    with pytest.raises(Conflict):
        reps.add_rep(deps, rosa.workspace, email="ROSA@us.example", name="Rosa")


def test_a_key_is_shown_once_and_found_by_its_text(deps, rosa):
    """The store holds the hash only; a removed key is invalid."""
    made, text = api_keys.new_key(deps, rosa.workspace, name="CRM", rep=rosa.id)

    assert api_keys.find(deps, text).id == made.id
    assert text not in str(list(deps.store.keys.rows.find()))
    assert api_keys.find(deps, text + "x") is None
    api_keys.remove_key(deps, rosa.workspace, made.id)
    assert api_keys.find(deps, text) is None


def test_a_link_of_the_machine_is_for_the_rep_who_has_the_address(deps, rosa):
    """Not for a colleague who has it as pending address."""
    other = reps.add_rep(deps, rosa.workspace, email="ivo@us.example", name="Ivo")
    deps.store.of(rosa.workspace).reps.change(other.id, pending_email=rosa.email)

    assert cli_reps._only(deps, argparse.Namespace(email=rosa.email.upper(), workspace=None)).id == rosa.id


def test_pending_addresses_do_not_displace_the_rep_with_the_address(deps, rosa):
    """However many reps, older and of another workspace, have it as pending address."""
    other = workspaces.add_workspace(deps, "Southgate").id
    for number in range(5):
        rep = reps.add_rep(deps, other, email=f"rep{number}@south.example", name="Rep")
        passwords.set_password(deps, rep, "another good phrase")
        deps.store.of(other).reps.change(rep.id, pending_email=rosa.email, created_at=rosa.created_at - timedelta(days=1))

    assert passwords.sign_in(deps, rosa.email, PASSWORD).id == rosa.id
