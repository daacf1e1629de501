"""Looks up which services receive the mail of recipients' domains. One of the sweeps, in the background.

A domain is due when the first message to it is created, and again with a message a week later. An answer that changes whether the domain
scans marks the messages of the last ten minutes, so that their verdicts do not depend on when DNS answered.
"""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.base.network.mail_exchangers import MailExchangerLookup
from tracker.domain.mail.mail_domain import REACH, MailDomain
from tracker.rules.verdicts.mail_exchangers import exchanger_of_domain
from workers.periodic.message_marks import mark_messages

log = logging.getLogger(__name__)

_AT_ONCE, _THREADS = 32, 8
"""Domains of one run, and look-ups at the same time: with 2 s for each, a run lasts 8 s at most."""


def look_up_mail_services(deps: Deps, now: datetime) -> int:
    """Looks up the domains that are due; returns how many. Does nothing where DNS_SERVERS is off."""
    if deps.settings.dns_servers.is_off:
        return 0
    due = deps.store.mail_domains.due(now, _AT_ONCE)
    if not due:
        return 0
    lookup = MailExchangerLookup(deps.settings.dns_servers.servers)
    with ThreadPoolExecutor(min(_THREADS, len(due)), thread_name_prefix="dns") as pool:
        answers = list(pool.map(lookup.hosts, [domain.id for domain in due]))
    # The answer is of now, not of the time at which the sweep was due.
    at = max(now, deps.now())
    changed = [domain.id for domain, hosts in zip(due, answers, strict=True) if _changes(deps, domain, hosts, at)]
    _mark(deps, changed, at)
    for domain, hosts in zip(due, answers, strict=True):
        deps.store.mail_domains.save(_after(domain, hosts, at), "checked_at", "failures", "next_at")
    log.info("mail services looked up", extra={"domains": len(due), "failed": answers.count(None), "changed": len(changed)})
    return len(due)


def _after(domain: MailDomain, hosts: list[str] | None, now: datetime) -> MailDomain:
    if hosts is None:
        return domain.failed(now)
    found = exchanger_of_domain(hosts)
    return domain.answered(hosts, found.vendor, found.scans, now)


def _changes(deps: Deps, domain: MailDomain, hosts: list[str] | None, now: datetime) -> bool:
    """Saves the answer; returns whether it says something new of scans. The look-up stays due until the messages are marked."""
    after = _after(domain, hosts, now)
    if hosts is not None:
        deps.store.mail_domains.save(after, "hosts", "services")
    return after.changed_scans(domain)


def _mark(deps: Deps, domains: Iterable[str], now: datetime) -> None:
    names = list(domains)
    for workspace in deps.store.workspaces.all() if names else ():
        mark_messages(deps, workspace.id, names, since=now - REACH)
