"""Evaluates SPF (RFC 7208): what a domain says of an address, and whether its record stays within the limits. Asks DNS only by `ask`."""

import ipaddress
from dataclasses import dataclass, field

from tracker.base.network.allowed_addresses import Address
from tracker.base.network.dns_records import Ask, DnsAnswer, DnsStatus, RecordType
from tracker.rules.sender.spf_terms import BadSpf, SpfTerm, expand_macros, is_spf, parse_spf

MOST_LOOKUPS, MOST_VOID = 10, 2
_MOST_HOSTS = 10
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_IPV4 = 4


class SpfError(Exception):
    """The evaluation ends: `result` is permerror or temperror, `reason` says why in a few words."""

    def __init__(self, result: str, reason: str) -> None:
        super().__init__(reason)
        self.result, self.reason = result, reason


@dataclass(frozen=True, slots=True)
class SpfReport:
    """The result of an evaluation."""

    result: str
    """As in RFC 7208, 2.6: none, neutral, pass, fail, softfail, temperror, permerror."""
    record: str = ""
    reason: str = ""
    """Why it is an error."""
    lookups: int = 0
    included: frozenset[str] = frozenset()
    """Every domain whose record is included, however deep."""
    all_qualifier: str = ""
    """The qualifier of the domain's own `all`; empty: it has none."""
    has_ptr: bool = False


@dataclass(slots=True)
class _Evaluation:
    """One evaluation. Without an address nothing matches, so that every term is visited."""

    origin: str
    address: Address | None
    ask: Ask
    lookups: int = 0
    void: int = 0
    included: set[str] = field(default_factory=set)
    has_ptr: bool = False

    def check_host(self, domain: str) -> str:
        text = record_of(domain, self.ask)
        if not text:
            return "none"
        try:
            terms = parse_spf(text)
        except BadSpf as error:
            raise SpfError("permerror", f"syntax: {str(error)[:60]}") from None
        for term in terms:
            if term.name == "redirect":
                return self._redirect(term, domain)
            if self._matches(term, domain):
                return _RESULTS[term.qualifier]
        return "neutral"

    def _redirect(self, term: SpfTerm, domain: str) -> str:
        self._count()
        target = self._target(term, domain)
        if target is None:
            return "neutral"
        self.included.add(target)
        result = self.check_host(target)
        if result == "none":
            raise SpfError("permerror", f"{target[:100]} has no SPF record")
        return result

    def _matches(self, term: SpfTerm, domain: str) -> bool:
        if term.name == "all":
            return self.address is not None
        if term.name in ("ip4", "ip6"):
            return self._is_in(term.target)
        self._count()
        self.has_ptr |= term.name == "ptr"
        target = self._target(term, domain)
        # `ptr` is obsolete (5.5) and counts only against the limit.
        return target is not None and term.name != "ptr" and self._matches_target(term, target)

    def _matches_target(self, term: SpfTerm, target: str) -> bool:
        match term.name:
            case "include":
                return self._included(target)
            case "exists":
                return bool(self._asked(target, "A").values) and self.address is not None
            case "mx":
                return self._exchangers(target, term)
        return self._hosts(target, term)

    def _included(self, target: str) -> bool:
        self.included.add(target)
        result = self.check_host(target)
        if result == "none":
            raise SpfError("permerror", f"{target[:100]} has no SPF record")
        return result == "pass"

    def _exchangers(self, target: str, term: SpfTerm) -> bool:
        hosts = [value.partition(" ")[2] for value in self._asked(target, "MX").values]
        if len(hosts) > _MOST_HOSTS:
            raise SpfError("permerror", f"{target[:100]} has more than {_MOST_HOSTS} mail exchangers")
        return any(self._hosts(host, term, is_counted=False) for host in hosts if host)

    def _hosts(self, target: str, term: SpfTerm, *, is_counted: bool = True) -> bool:
        if self.address is None:
            return False
        kind: RecordType = "A" if self.address.version == _IPV4 else "AAAA"
        bits = term.bits4 if self.address.version == _IPV4 else term.bits6
        found = self._asked(target, kind) if is_counted else self.ask(target, kind)
        return any(self._is_in(f"{value}/{bits}") for value in found.values)

    def _is_in(self, network: str) -> bool:
        return self.address is not None and self.address in ipaddress.ip_network(network, strict=False)

    def _target(self, term: SpfTerm, domain: str) -> str | None:
        """The domain of a term; None where macros need an address and there is none."""
        if not term.target:
            return domain
        if "%" not in term.target:
            return term.target.rstrip(".").lower()
        if self.address is None:
            return None
        try:
            return expand_macros(term.target, domain=domain, address=self.address, origin=self.origin).rstrip(".").lower()
        except BadSpf:
            raise SpfError("permerror", f"syntax: {term.target[:60]}") from None

    def _asked(self, name: str, kind: RecordType) -> DnsAnswer:
        answer = self.ask(name, kind)
        if answer.status is DnsStatus.FAILED:
            raise SpfError("temperror", f"no answer for {name[:100]}")
        self.void += answer.is_void
        if self.void > MOST_VOID:
            raise SpfError("permerror", f"more than {MOST_VOID} lookups without a result")
        return answer

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise SpfError("permerror", f"more than {MOST_LOOKUPS} lookups")


def record_of(domain: str, ask: Ask) -> str:
    """The SPF record of a domain, empty if it has none. Raises SpfError where it has several, or DNS does not answer."""
    answer = ask(domain, "TXT")
    if answer.status is DnsStatus.FAILED:
        raise SpfError("temperror", f"no answer for {domain[:100]}")
    found = [text for text in answer.values if is_spf(text)]
    if len(found) > 1:
        raise SpfError("permerror", "several records")
    return found[0] if found else ""


def evaluate(domain: str, address: Address | None, ask: Ask) -> SpfReport:
    """What the domain's record says of an address. Without an address: its limits and includes, all terms visited."""
    run = _Evaluation(domain, address, ask)
    record = reason = ""
    qualifier = ""
    try:
        record = record_of(domain, ask)
        result = run.check_host(domain)
        qualifier = next((term.qualifier for term in parse_spf(record) if term.name == "all"), "")
    except SpfError as error:
        result, reason = error.result, error.reason
    return SpfReport(
        result=result,
        record=record,
        reason=reason,
        lookups=run.lookups,
        included=frozenset(run.included),
        all_qualifier=qualifier,
        has_ptr=run.has_ptr,
    )
