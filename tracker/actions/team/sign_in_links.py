"""One-time sign-in links: shown to an admin, printed on the machine, or mailed to a confirmed address."""

from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.actions.team.secrets import hash_of, new_secret
from tracker.domain.team.rep import Rep
from tracker.domain.team.sign_in_link import LinkKind, SignInLink

PATH = "/sign-in/"
"""Before the token of a link."""

_LIFE = timedelta(minutes=15)
_INVITATION_LIFE = timedelta(days=3)
_CHOICE_LIFE = timedelta(minutes=5)


def shown(deps: Deps, rep: Rep) -> str:
    """An invitation, for an admin of the rep's workspace to hand on: works once within three days, proves only that workspace."""
    deps.store.of(rep.workspace).reps.change(rep.id, invited_at=deps.now())
    return _made(deps, rep, LinkKind.SHOWN, rep.workspace, _INVITATION_LIFE)


def mailed(deps: Deps, rep: Rep, *, proven_to: str) -> str:
    """For a mail to an address that the person confirmed: works once within 15 minutes.

    `proven_to`: the workspace whose mail server carries it, and whose admins may read it; empty: the operator's server.
    """
    return _made(deps, rep, LinkKind.MAILED, proven_to, _LIFE)


def printed(deps: Deps, rep: Rep, *, is_invitation: bool = False) -> str:
    """For the operator, on the machine: works once within 15 minutes (an invitation: three days), proves the person."""
    if is_invitation:
        deps.store.of(rep.workspace).reps.change(rep.id, invited_at=deps.now())
    return _made(deps, rep, LinkKind.MACHINE, "", _INVITATION_LIFE if is_invitation else _LIFE)


def chosen(deps: Deps, rep: Rep) -> str:
    """For a person whose password was just given, where it fits several: the path that signs in to this one, once, within five minutes."""
    return _made(deps, rep, LinkKind.CHOICE, "", _CHOICE_LIFE).removeprefix(deps.settings.public_url)


def peek(deps: Deps, token: str) -> Rep | None:
    """Whom the link would sign in; looking does not use it up, so that mail scanners cannot."""
    return _rep_of(deps, deps.store.sign_in_links.find(hash_of(token), deps.now()))


def use(deps: Deps, token: str) -> tuple[Rep, SignInLink] | None:
    """Uses the link up; whom it signs in, or None if it is used, too old or not ours."""
    link = deps.store.sign_in_links.use(hash_of(token), deps.now())
    rep = _rep_of(deps, link)
    return (rep, link) if rep and link else None


def _made(deps: Deps, rep: Rep, kind: LinkKind, limited_to: str, life: timedelta) -> str:
    token, now = new_secret(), deps.now()
    link = SignInLink(
        id=hash_of(token), workspace=rep.workspace, rep=rep.id, kind=kind, limited_to=limited_to, created_at=now, expires_at=now + life
    )
    deps.store.sign_in_links.add(link)
    return f"{deps.settings.public_url}{PATH}{token}"


def _rep_of(deps: Deps, link: SignInLink | None) -> Rep | None:
    rep = deps.store.of(link.workspace).reps.find(link.rep) if link else None
    return rep if rep and rep.is_active else None
