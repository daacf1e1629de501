"""Email addresses of persons: confirmed by a mailed link, and used for mailed sign-in links once they are."""

from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.actions.team import identity_mail, reps, rights_changes, sessions, sign_in_links
from tracker.actions.team.secrets import hash_of, new_secret
from tracker.actions.team.sign_in_limits import WINDOW, TooManyTries
from tracker.base.errors import Conflict
from tracker.base.mail_addresses import address_key
from tracker.domain.team.email_address import AddressConfirmation, ConfirmedAddress
from tracker.domain.team.rep import Rep
from tracker.domain.team.session import Session

CONFIRM_PATH = "/confirm-address/"

_CONFIRMATION_LIFE = timedelta(days=1)
_MAILS_PER_PAIR, _MAILS_PER_ADDRESS, _MAILS_PER_CLIENT = 3, 10, 20


def is_confirmed(deps: Deps, rep: Rep) -> bool:
    """Whether the rep's present address was proven to be the rep's person's."""
    return any(owner.person == rep.person_id for owner in deps.store.confirmed_addresses.by_address(rep.email))


def ask_to_confirm(deps: Deps, rep: Rep, session: Session, *, client: str = "") -> str:
    """Mails a link to the rep's pending address, else the present one; the address. Raises DeliveryError, Invalid, TooManyTries.

    A session that has proven one workspace alone can prove an address to that workspace alone.
    """
    email = rep.pending_email or rep.email
    if not count_mail(deps, email, client):
        raise TooManyTries("Too many emails were requested. Wait 15 minutes.")
    token, now = new_secret(), deps.now()
    confirmation = AddressConfirmation(
        id=hash_of(token),
        person=rep.person_id,
        workspace=rep.workspace,
        rep=rep.id,
        email=email,
        proven_to=identity_mail.proven_to(deps, rep.workspace) or session.limited_to,
        created_at=now,
        expires_at=now + _CONFIRMATION_LIFE,
    )
    deps.store.address_confirmations.add(confirmation)
    link = f"{deps.settings.public_url}{CONFIRM_PATH}{token}"
    text = (
        f"Hello {rep.name},\n\nopen this link to confirm that {email} is your address in Leadlight:\n\n{link}\n\n"
        "It works once, within a day, in a browser where you are signed in. If you did not request this, ignore this email."
    )
    identity_mail.send(deps, rep, email, "Confirm your address", text)
    return email


def peek(deps: Deps, token: str) -> AddressConfirmation | None:
    """What the link would confirm; looking does not use it up."""
    return deps.store.address_confirmations.find(hash_of(token), deps.now())


def confirm(deps: Deps, token: str, session: Session) -> ConfirmedAddress | None:
    """The address is now the person's, who is signed in; None where the link is used, too old or another person's.

    Raises Conflict where another person confirmed the address first, or a colleague carries it by now.
    """
    found = peek(deps, token)
    rep = deps.store.of(found.workspace).reps.find(found.rep) if found else None
    if found is None or rep is None or found.person != session.person or rep.person_id != session.person:
        return None
    if found.email not in (rep.email, rep.pending_email) or not deps.store.address_confirmations.use(hash_of(token)):
        return None
    _release(deps, found.email, session.person)
    proven_to = found.proven_to or session.limited_to
    address = ConfirmedAddress(email=found.email, person=session.person, proven_to=proven_to, at=deps.now())
    if found.email == rep.pending_email:
        _replace(deps, rep, address)
    else:
        deps.store.confirmed_addresses.confirm(address)
    return address


def _release(deps: Deps, email: str, person: str) -> None:
    """An address of a person who may sign in nowhere any more is free for the next."""
    for owner in deps.store.confirmed_addresses.by_address(email):
        if owner.person != person and not sessions.usable_reps(deps, owner.person):
            deps.store.confirmed_addresses.remove(owner.person, email)


def _replace(deps: Deps, rep: Rep, address: ConfirmedAddress) -> None:
    """The pending address becomes the present one, and the former one is no longer the person's."""
    here = deps.store.of(rep.workspace).reps
    known = here.by_email(address.email)
    if known and known.id != rep.id:
        raise Conflict("a rep with this email address already works here")
    deps.store.confirmed_addresses.confirm(address)
    reps.follow_in_demo(deps, here.change(rep.id, email=address.email, pending_email=None))
    others = [other.email for other in sessions.usable_reps(deps, rep.person_id)]
    if address_key(rep.email) not in map(address_key, others):
        deps.store.confirmed_addresses.remove(rep.person_id, rep.email)
    for one in deps.store.persons.reps_of(rep.person_id):
        deps.store.sign_in_links.remove_all(one.workspace, one.id)
    rights_changes.changed(deps, rep.workspace)


def mail_sign_in_link(deps: Deps, email: str) -> list[Rep]:
    """Mails sign-in links to a confirmed address, in the spelling that was confirmed; whom they sign in. No mail to other addresses.

    What was proven to one workspace alone opens that workspace alone. Raises DeliveryError. The caller answers the same in every
    case, so that the answer does not reveal who works here, and has called `count_mail`.
    """
    mailed = []
    for owner in deps.store.confirmed_addresses.by_address(email):
        found = [rep for rep in sessions.usable_reps(deps, owner.person) if owner.proven_to in ("", rep.workspace)]
        found.sort(key=lambda rep: address_key(rep.email) != address_key(owner.email))
        for rep in found:
            carrier = identity_mail.proven_to(deps, rep.workspace)
            if carrier is None:
                continue
            link = sign_in_links.mailed(deps, rep, proven_to=carrier or owner.proven_to)
            text = (
                f"Hello {rep.name},\n\nthis link signs you in to Leadlight once, within 15 minutes:\n\n{link}\n\n"
                "If you did not request it, ignore this email."
            )
            identity_mail.send(deps, rep, owner.email, "Your sign-in link", text)
            mailed.append(rep)
            break
    return mailed


def count_mail(deps: Deps, email: str, client: str) -> bool:
    """Counts a mail that was asked for; whether it may go out. Raises TooManyTries where this client asked too often.

    Each in a quarter of an hour: 3 mails to one address from one client, 20 from one client, and 10 to one address from anywhere.
    """
    now, limits, key = deps.now(), deps.store.rate_limits, address_key(email)
    if limits.count(f"mail-pair:{hash_of(f'{key} {client}')}", now, WINDOW) > _MAILS_PER_PAIR:
        raise TooManyTries("Too many emails were requested. Wait 15 minutes.")
    if client and limits.count(f"mail-from:{client}", now, WINDOW) > _MAILS_PER_CLIENT:
        raise TooManyTries("Too many emails were requested. Wait 15 minutes.")
    return limits.count(f"mail:{hash_of(key)}", now, WINDOW) <= _MAILS_PER_ADDRESS
