"""One open or click beside everything else about its message, with what the reasons ask of it. Pure; made by `classify`."""

import re
from datetime import datetime, timedelta
from functools import cached_property
from ipaddress import ip_address

from tracker.domain.activity.event import Event, EventKind
from tracker.rules.verdicts.evidence import Landing, MessageEvidence
from tracker.rules.verdicts.networks import NetworkClass, Networks
from tracker.rules.verdicts.user_agents.agent import Agent, AgentKind
from tracker.rules.verdicts.user_agents.classify import agent_of

MACHINE_NETWORKS = frozenset({NetworkClass.EOP, NetworkClass.MAIL_SECURITY, NetworkClass.CLOUD})

_PREFETCH_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_PREFETCH_WORDS = ("prefetch", "prerender", "preview")
_CHROMIUM = frozenset({"chrome", "edge", "opera"})
_FETCH_METADATA_SINCE = 80
"""Chrome sends `sec-fetch-*` from this version on."""
_BRAND = re.compile(r'"(?:Chromium|Google Chrome|HeadlessChrome|Microsoft Edge)";v="(\d+)')
_KNOWN_VERSION, _KNOWN_DAY, _DAYS_A_VERSION = 131, datetime.fromisoformat("2024-11-12T00:00:00+00:00"), 32
"""Chrome 131 was released that day, and a version follows every 32 days on average (chromiumdash.appspot.com)."""


class Request:
    """One open or click of a message. Every property is a fact about it that a reason may read."""

    def __init__(self, event: Event, evidence: MessageEvidence, networks: Networks) -> None:
        self.event, self.evidence = event, evidence
        self.network = networks.of(event.address)
        self._networks = networks

    @cached_property
    def agent(self) -> Agent:
        """What the user agent says."""
        return agent_of(self.event.agent)

    @property
    def is_click(self) -> bool:
        """A click; otherwise an open."""
        return self.event.kind is EventKind.CLICK

    @property
    def age(self) -> timedelta | None:
        """How long after sending it arrived; None where the time of sending is unknown. Negative where two clocks disagree."""
        return None if self.evidence.sent_at is None else self.event.at - self.evidence.sent_at

    def is_younger_than(self, limit: timedelta) -> bool:
        """Whether the message was sent less than that ago."""
        return self.age is not None and self.age < limit

    @property
    def landing(self) -> Landing | None:
        """What the browser that followed the click did."""
        return self.evidence.landings.get(self.event.id)

    @property
    def has_input(self) -> bool:
        """Whether a person was seen on the page: trusted input, a trusted submit, or a second page with input reporting."""
        landing = self.landing
        return landing is not None and (bool(landing.inputs) or landing.submitted)

    @property
    def has_second_page(self) -> bool:
        """Whether the browser that followed the click went on to another page, by its own window's signs no automated one."""
        landing = self.landing
        return landing is not None and landing.pages > 1 and "webdriver" not in landing.signs

    @property
    def is_alive(self) -> bool:
        """Whether the page that was fetched in advance was shown to a person after all."""
        landing = self.landing
        return landing is not None and ("activated" in landing.signs or self.has_input)

    @property
    def is_prefetch(self) -> bool:
        """Whether its headers announce a prefetch or prerender."""
        headers = self.event.headers
        return any(word in headers.get(name, "").lower() for name in _PREFETCH_HEADERS for word in _PREFETCH_WORDS)

    @property
    def lacks_fetch_metadata(self) -> bool:
        """A Chromium browser over https always says `sec-fetch-mode`."""
        return self.evidence.is_https and self._is_modern_chromium and "sec-fetch-mode" not in self.event.headers

    @property
    def lacks_language(self) -> bool:
        """Every browser of a person names a language."""
        return self._is_modern_chromium and "accept-language" not in self.event.headers

    @property
    def _is_modern_chromium(self) -> bool:
        agent = self.agent
        return agent.family in _CHROMIUM and agent.major is not None and agent.major >= _FETCH_METADATA_SINCE

    @property
    def is_automated_browser(self) -> bool:
        """Headless Chrome by its client hints, hints that contradict the agent, or `navigator.webdriver`."""
        brands = self.event.headers.get("sec-ch-ua", "")
        if "headless" in brands.lower() or (self.landing is not None and "webdriver" in self.landing.signs):
            return True
        versions = {int(found) for found in _BRAND.findall(brands)}
        return bool(versions) and self.agent.family == "chrome" and self.agent.major is not None and self.agent.major not in versions

    @property
    def is_outdated_browser(self) -> bool:
        """Internet Explorer, or desktop Chrome more than twelve versions behind when it was used."""
        agent = self.agent
        if agent.is_legacy:
            return True
        newest = _KNOWN_VERSION + (self.event.at - _KNOWN_DAY).days // _DAYS_A_VERSION
        return agent.family == "chrome" and agent.is_desktop and agent.major is not None and agent.major < newest - 12

    @property
    def is_complete_browser(self) -> bool:
        """Headers as a browser sends them when a person follows a link, from no network of machines."""
        headers = self.event.headers
        return (
            headers.get("sec-fetch-user") == "?1"
            and "sec-fetch-mode" in headers
            and "accept-language" in headers
            and self.network.class_ not in MACHINE_NETWORKS
        )

    @cached_property
    def is_in_burst(self) -> bool:
        """Whether two links of the message were requested within 300 ms of each other, or three within a second."""
        if not self.is_click:
            return False
        at = self.event.at
        near = [e for e in self.evidence.events if e.kind is EventKind.CLICK and abs(e.at - at) < timedelta(seconds=1)]
        links = {e.link for e in near if abs(e.at - at) <= timedelta(milliseconds=300)}
        if len(links) >= 2:  # noqa: PLR2004 - two links
            return True
        moments = sorted({e.at for e in near})
        return any(len({e.link for e in near if start <= e.at <= start + timedelta(seconds=1)}) >= 3 for start in moments if start <= at)  # noqa: PLR2004

    @cached_property
    def is_among_many_addresses(self) -> bool:
        """Whether three addresses or more clicked in the message within fifteen seconds."""
        near = [e for e in self.evidence.events if e.kind is EventKind.CLICK and abs(e.at - self.event.at) <= timedelta(seconds=15)]
        window = timedelta(seconds=15)
        starts = [e.at for e in near if e.at <= self.event.at]
        return any(len({e.address for e in near if start <= e.at <= start + window}) >= 3 for start in starts)  # noqa: PLR2004

    @cached_property
    def is_near_probe(self) -> bool:
        """Whether a HEAD request, a refused or a repaired token came within 20 s from the same network or one of machines."""
        if "repaired" in self.event.signs:
            return True
        window, own = timedelta(seconds=20), prefix_of(self.event.address)
        probes = [(p.at, p.address) for p in self.evidence.probes]
        probes += [(e.at, e.address) for e in self.evidence.events if "repaired" in e.signs]
        return any(abs(at - self.event.at) <= window and self._is_related(address, own) for at, address in probes)

    def _is_related(self, address: str, own: str) -> bool:
        if own and prefix_of(address) == own:
            return True
        return self._networks.of(address).class_ in MACHINE_NETWORKS and self.network.class_ in MACHINE_NETWORKS

    @property
    def is_of_rep_address(self) -> bool:
        """Whether it came from a public address of a rep's session."""
        return self.event.address in self.evidence.rep_addresses

    @property
    def is_office(self) -> bool:
        """Whether an Office program asked, or the new Outlook on behalf of its reader."""
        return (
            self.agent.kind is AgentKind.OFFICE
            or "x-native-host" in self.event.headers
            or self.event.agent.lower().startswith("microsoft outlook")
        )

    @property
    def scan_profile_matches(self) -> int:
        """How many of delay, network and agent family match the recipient domain's scanner; 0 where too little is known."""
        profile, age = self.evidence.recipient.scan_profile, self.age
        if profile is None or age is None:
            return 0
        is_in_time = profile.earliest <= age.total_seconds() <= profile.latest
        return is_in_time + (prefix_of(self.event.address) in profile.networks) + (self.agent.family in profile.families)


def prefix_of(address: str) -> str:
    """The `/24` (IPv4) or `/48` (IPv6) that an address is in; empty for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    keep = 24 if parsed.version == 4 else 48  # noqa: PLR2004
    shift = parsed.max_prefixlen - keep
    return f"{parsed.version}:{int(parsed) >> shift:x}"
