"""The sender of a rep's email: set by the rep in the profile. Used by console and API."""

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.mail_addresses import address_key
from tracker.domain.team.rep import Rep
from tracker.domain.team.sender import SenderProfile
from tracker.mail.signature import clean_signature

_LONGEST_SIGNATURE = 5000


def own_addresses(deps: Deps, rep: Rep) -> list[str]:
    """The addresses that the rep may send from: the rep's own, then other confirmed ones of the person."""
    confirmed = [found.email for found in deps.store.confirmed_addresses.of_person(rep.person_id)]
    return [rep.email, *(email for email in confirmed if address_key(email) != address_key(rep.email))]


def set_sender(deps: Deps, rep: Rep, *, name: str, address: str, reply_to: str, signature: str) -> Rep:
    """Saves the sender. Raises Invalid for an address that is not the rep's own, so that no rep writes in another's name."""
    chosen = next((own for own in own_addresses(deps, rep) if address_key(own) == address_key(address)), None)
    if address.strip() and chosen is None:
        raise Invalid("address", "must be your address, or another one that you confirmed")
    if len(signature) > _LONGEST_SIGNATURE:
        raise Invalid("signature", f"must have {_LONGEST_SIGNATURE:,} characters at most")
    sender = SenderProfile(
        name=checks.line("name", name, longest=120, required=False),
        address="" if chosen in (None, rep.email) else str(chosen),
        reply_to=checks.email("reply_to", reply_to) if reply_to.strip() else "",
        signature=clean_signature(signature),
    )
    return deps.store.of(rep.workspace).reps.change(rep.id, sender=sender)
