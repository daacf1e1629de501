"""E-mail addresses of persons: confirmed by a mailed link, and used for mailed sign-in links once they are."""

from datetime import timedelta

from tracker.actions import checks, identity_mail, rights, sign_in_links
from tracker.actions.deps import Deps
from tracker.actions.secret_text import hash_of, new_secret
from tracker.actions.sign_in_limits import WINDOW, TooManyTries
from tracker.base.errors import Conflict
from tracker.domain.persons import AddressConfirmation, ConfirmedAddress
from tracker.domain.reps import Rep
from tracker.store.folding import folded

CONFIRM_PATH = "/confirm-address/"

_CONFIRMATION_LIFE = timedelta(days=1)
_MAILS_PER_ADDRESS = 5
_MAILS_PER_CLIENT = 20


def is_confirmed(deps: Deps, rep: Rep) -> bool:
    """Whether the rep's present address belongs to the rep's person."""
    found = deps.store.persons.confirmed(rep.email)
    return found is not None and found.person == rep.person_id


def ask_to_confirm(deps: Deps, rep: Rep, *, client: str = "") -> str:
    """Mails a link to the rep's pending address, else the present one; the address. Raises DeliveryError, Invalid, TooManyTries."""
    email = rep.pending_email or rep.email
    count_mail(deps, email, client)
    token, now = new_secret(), deps.now()
    confirmation = AddressConfirmation(
        id=hash_of(token),
        person=rep.person_id,
        workspace=rep.workspace,
        rep=rep.id,
        email=email,
        proven_to=identity_mail.proven_to(deps, rep.workspace) or "",
        created_at=now,
        expires_at=now + _CONFIRMATION_LIFE,
    )
    deps.store.persons.add_confirmation(confirmation)
    link = f"{deps.settings.public_url}{CONFIRM_PATH}{token}"
    text = (
        f"Hello {rep.name},\n\nopen this link to confirm that {email} is your address in Leadlight:\n\n{link}\n\n"
        "It works once, within a day, in a browser in which you are signed in. If you did not ask for this, do nothing."
    )
    identity_mail.send(deps, rep, email, "Confirm your address", text)
    return email


def peek(deps: Deps, token: str) -> AddressConfirmation | None:
    """What the link would confirm; looking does not use it up."""
    return deps.store.persons.find_confirmation(hash_of(token), deps.now())


def confirm(deps: Deps, token: str, person: str) -> ConfirmedAddress | None:
    """The address now belongs to the person, who is signed in; None where the link is used, too old or another person's.

    Raises Conflict where another person confirmed the address first, or a colleague carries it by now.
    """
    found = peek(deps, token)
    rep = deps.store.of(found.workspace).reps.find(found.rep) if found else None
    if found is None or rep is None or found.person != person or rep.person_id != person:
        return None
    if folded(found.email) not in (folded(rep.email), folded(rep.pending_email or "")):
        return None
    if not deps.store.persons.use_confirmation(hash_of(token)):
        return None
    _release(deps, found.email, person)
    address = ConfirmedAddress(id=folded(found.email), person=person, proven_to=found.proven_to, at=deps.now())
    if rep.pending_email and folded(rep.pending_email) == address.id:
        _replace(deps, rep, address)
    else:
        deps.store.persons.confirm(address)
    return address


def _release(deps: Deps, email: str, person: str) -> None:
    """An address of a person who may sign in nowhere any more is free for the next."""
    owner = deps.store.persons.confirmed(email)
    if owner and owner.person != person and not any(rep.is_active for rep in deps.store.persons.reps_of(owner.person)):
        deps.store.persons.forget_address(owner.person, email)


def _replace(deps: Deps, rep: Rep, address: ConfirmedAddress) -> None:
    """The pending address becomes the present one, and the former one is no longer the person's."""
    here = deps.store.of(rep.workspace).reps
    known = here.by_email(address.id)
    if known and known.id != rep.id:
        raise Conflict("a rep with this e-mail address works here already")
    deps.store.persons.confirm(address)
    here.change(rep.id, email=rep.pending_email, pending_email=None)
    if not any(folded(other.email) == folded(rep.email) for other in deps.store.persons.reps_of(rep.person_id)):
        deps.store.persons.forget_address(rep.person_id, rep.email)
    rights.changed(deps, rep.workspace)


def mail_sign_in_link(deps: Deps, email: str) -> Rep | None:
    """Mails a sign-in link to a confirmed address; whom it signs in. None, and no mail, for every other address.

    Raises DeliveryError. The caller answers the same in every case, so that nobody learns who works here, and has called `count_mail`.
    """
    owner = deps.store.persons.confirmed(email)
    if owner is None:
        return None
    reps = [rep for rep in deps.store.persons.reps_of(owner.person) if rep.is_active]
    reps.sort(key=lambda rep: folded(rep.email) != owner.id)
    for rep in reps:
        carrier = identity_mail.proven_to(deps, rep.workspace)
        # A server of one workspace carries no link that was proven to another, or to the operator alone.
        if carrier is None or (carrier and rep.workspace != (owner.proven_to or rep.workspace)):
            continue
        link = sign_in_links.mailed(deps, rep, proven_to=carrier)
        text = (
            f"Hello {rep.name},\n\nthis link signs you in to Leadlight once, within 15 minutes:\n\n{link}\n\n"
            "If you did not ask for it, do nothing: without the link nobody gets in."
        )
        identity_mail.send(deps, rep, checks.email("email", email), "Your sign-in link", text)
        return rep
    return None


def count_mail(deps: Deps, email: str, client: str) -> None:
    """Counts a mail that was asked for. Raises TooManyTries after 5 to one address, or 20 from one client, in a quarter of an hour."""
    now, tries = deps.now(), deps.store.sessions
    limits = {f"mail:{hash_of(folded(email))}": _MAILS_PER_ADDRESS} | ({f"mail-from:{client}": _MAILS_PER_CLIENT} if client else {})
    if any(tries.count_try(name, now, WINDOW) > most for name, most in limits.items()):
        raise TooManyTries("Too many mails were asked for. Wait a quarter of an hour.")
