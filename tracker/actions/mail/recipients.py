"""The recipients of one email: which of them are leads, who get a message of their own, and which get an untracked copy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.mail_addresses import mailbox_key
from tracker.base.network.host_names import ascii_host
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.envelope import Mailbox

_MOST_RECIPIENTS = 50
"""Recipients of one email, all fields together."""

MaySee = Callable[[Lead], bool]
"""Whether the sender may see the lead. The address of a lead that the sender may not see is an address like any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """The recipients of one email besides the first lead."""

    to: tuple[Mailbox, ...] = ()
    """What the mail shows in `To`, the first lead included; empty where that lead is the only recipient."""
    cc: tuple[Mailbox, ...] = ()
    leads: tuple[Lead, ...] = ()
    """Further leads, of all fields."""
    others: tuple[str, ...] = ()
    """Addresses that get an untracked copy."""


def find_recipients(
    deps: Deps, workspace: str, lead: Lead, *, to: Sequence[str], cc: Sequence[str], bcc: Sequence[str], may_see: MaySee
) -> Recipients:
    """The recipients of an email to `lead`; `to` are ids of further leads, `cc` and `bcc` addresses. No address gets it twice.

    Raises Invalid (`to`, `cc`, `bcc`), also for a lead that asked for no more mail.
    """
    if not (to or cc or bcc):
        return Recipients()
    if len(to) + len(cc) + len(bcc) >= _MOST_RECIPIENTS:
        raise Invalid("to", f"an email may have {_MOST_RECIPIENTS} recipients at most")
    shown = [lead, *_leads(deps, workspace, lead, to, may_see)]
    addresses = {"cc": [mail_address("cc", text) for text in cc], "bcc": [mail_address("bcc", text) for text in bcc]}
    known = deps.store.of(workspace).leads.addressees(address for found in addresses.values() for address in found)
    by_address = {_key(found.email): found for found in known.values()}
    seen, leads, others = {_key(found.email) for found in shown}, shown[1:], []
    for field, found in addresses.items():
        for address in found:
            match = by_address.get(_key(address))
            _check_wanted(field, match, address, may_see)
            if _key(address) not in seen:
                seen.add(_key(address))
                if match and may_see(match):
                    leads.append(match)
                else:
                    others.append(address)
    return Recipients(
        to=tuple(Mailbox(found.email, found.name) for found in shown),
        cc=tuple(_mailbox(address, by_address.get(_key(address)), may_see) for address in dict.fromkeys(addresses["cc"])),
        leads=tuple(leads),
        others=tuple(others),
    )


def _leads(deps: Deps, workspace: str, first: Lead, to: Sequence[str], may_see: MaySee) -> list[Lead]:
    """The further leads of `to`, without repetition."""
    found = deps.store.of(workspace).leads.by_ids(to)
    chosen = [found[key] for key in dict.fromkeys(to) if key in found and key != first.id]
    if len(found) < len(set(to)) or not all(may_see(lead) for lead in chosen):
        raise Invalid("to", "must be ids of leads")
    for lead in chosen:
        _check_wanted("to", lead, lead.name, may_see)
    return chosen


def _check_wanted(field: str, lead: Lead | None, name: str, may_see: MaySee) -> None:
    """Only who may see the lead is told the day."""
    if lead and lead.opted_out_at is not None:
        day = f" on {lead.opted_out_at:%d %B %Y}" if may_see(lead) else ""
        raise Invalid(field, f"{name} asked for no more mail{day}.")


def _mailbox(address: str, lead: Lead | None, may_see: MaySee) -> Mailbox:
    return Mailbox(address, lead.name if lead and may_see(lead) and lead.name != lead.email else "")


def mail_address(field: str, text: str) -> str:
    """An address for a mail header, its domain in ASCII. Raises Invalid."""
    local, _, host = checks.email(field, text).rpartition("@")
    try:
        address = f"{local}@{ascii_host(host)}"
    except ValueError:
        address = ""
    if not address.isascii() or not address:
        raise Invalid(field, "must be an address with ASCII letters before the @")
    return address


def _key(address: str) -> str:
    return mailbox_key(address)
