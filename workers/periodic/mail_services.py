"""Looks up which services receive the mail of recipients' domains. One of the sweeps, in the background.

A domain is due when the first message to it is created, and again with a message a week later. An answer that changes whether the domain
scans marks the messages of the last ten minutes, a domain's first answer those of the last week, so that their verdicts do not depend on
when DNS answered.
"""

import logging
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.base.network.mail_exchangers import MailExchangerLookup
from tracker.domain.mail.mail_domain import FIRST_REACH, REACH, MailDomain
from tracker.rules.verdicts.mail_exchangers import exchanger_of_domain
from workers.periodic.message_marks import mark_messages

log = logging.getLogger(__name__)

_AT_ONCE, _THREADS = 32, 8
"""Domains of one round, and look-ups at the same time: with 2 s for each, a round lasts 8 s at most."""
_MOST_ROUNDS = 100


def look_up_mail_services(deps: Deps, now: datetime) -> int:
    """Looks up the domains that are due, also those that become due meanwhile; returns how many. Does nothing where DNS_SERVERS is off."""
    if deps.settings.dns_servers.is_off:
        return 0
    count = 0
    for _ in range(_MOST_ROUNDS):
        at = max(now, deps.now())
        if not (due := deps.store.mail_domains.due(at, _AT_ONCE)):
            break
        _look_up(deps, due, at)
        count += len(due)
    return count


def _look_up(deps: Deps, due: list[MailDomain], started_at: datetime) -> None:
    lookup = MailExchangerLookup(deps.settings.dns_servers.servers)
    with ThreadPoolExecutor(min(_THREADS, len(due)), thread_name_prefix="dns") as pool:
        answers = list(pool.map(lookup.hosts, [domain.id for domain in due]))
    # The answer is of now, not of the time at which the look-up began.
    at = max(started_at, deps.now())
    changed = [after for domain, hosts in zip(due, answers, strict=True) if (after := _changed(deps, domain, hosts, at))]
    is_first = {domain.id: domain.service is not None and domain.service.is_first for domain in changed}
    _mark(deps, [name for name, first in is_first.items() if not first], at - REACH)
    _mark(deps, [name for name, first in is_first.items() if first], at - FIRST_REACH)
    for domain, hosts in zip(due, answers, strict=True):
        deps.store.mail_domains.save(_after(domain, hosts, at), "checked_at", "failures", "next_at")
    log.info("mail services looked up", extra={"domains": len(due), "failed": answers.count(None), "changed": len(changed)})


def _after(domain: MailDomain, hosts: list[str] | None, now: datetime) -> MailDomain:
    if hosts is None:
        return domain.failed(now)
    found = exchanger_of_domain(hosts)
    return domain.answered(hosts, found.vendor, found.scans, now)


def _changed(deps: Deps, domain: MailDomain, hosts: list[str] | None, now: datetime) -> MailDomain | None:
    """Saves the answer; returns the domain if it says something new of scans. The look-up stays due until the messages are marked."""
    after = _after(domain, hosts, now)
    if hosts is not None:
        deps.store.mail_domains.save(after, "hosts", "services")
    return after if after.changed_scans(domain) else None


def _mark(deps: Deps, domains: Collection[str], since: datetime) -> None:
    found = deps.store.due_workspaces.with_mail_to(domains, since) if domains else ()
    in_due(deps, found, lambda one: mark_messages(deps, one.id, domains, since=since))
