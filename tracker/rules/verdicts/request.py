"""One open or click beside everything else about its message, with what the reasons ask of it. Pure; made by `classify`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from ipaddress import ip_address

from tracker.domain.activity.event import Event, EventKind, Label
from tracker.rules.verdicts import browser_headers, click_patterns
from tracker.rules.verdicts.click_patterns import Clicks
from tracker.rules.verdicts.evidence import Landing, MessageEvidence
from tracker.rules.verdicts.networks import NetworkClass, Networks
from tracker.rules.verdicts.user_agents.agent import Agent, AgentKind
from tracker.rules.verdicts.user_agents.classify import agent_of

MACHINE_NETWORKS = frozenset({NetworkClass.EOP, NetworkClass.MAIL_SECURITY, NetworkClass.CLOUD})

SCAN_TIME, SHORT_SCAN_TIME = timedelta(minutes=5), timedelta(minutes=2)
"""Nineteen of twenty scans come within five minutes after sending, three of four within two (836 scans, craft-campaign#546)."""

_PREFETCH_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_PREFETCH_WORDS = ("prefetch", "prerender", "preview")
_KNOWN_VERSION, _KNOWN_DAY, _DAYS_A_VERSION = 131, datetime.fromisoformat("2024-11-12T00:00:00+00:00"), 32
"""Chrome 131 was released that day, and a version follows every 32 days on average (chromiumdash.appspot.com)."""
_OUTDATED = 24


class Request:
    """One open or click of a message. Every property is a fact about it that a reason may read."""

    def __init__(
        self, event: Event, evidence: MessageEvidence, networks: Networks, clicks: Clicks, judged: Sequence[tuple[Event, Label]] = ()
    ) -> None:
        self.event, self.evidence, self._clicks, self._judged = event, evidence, clicks, judged
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

    @cached_property
    def age(self) -> timedelta | None:
        """How long after sending it arrived; None where the time of sending is unknown. Negative where two clocks disagree."""
        return None if self.evidence.sent_at is None else self.event.at - self.evidence.sent_at

    def is_younger_than(self, limit: timedelta) -> bool:
        """Whether the message was sent less than that ago. Clocks may differ by as much; beyond, the time says nothing."""
        return self.age is not None and abs(self.age) < limit

    @cached_property
    def landing(self) -> Landing | None:
        """What the browser that followed the click did."""
        return self.evidence.landings.get(self.event.id)

    @cached_property
    def has_input(self) -> bool:
        """Whether a person was seen on the page: trusted input, a trusted submit, or a second page with input reporting."""
        landing = self.landing
        return landing is not None and (bool(landing.inputs) or landing.submitted)

    @property
    def has_second_page(self) -> bool:
        """Whether the browser that followed the click went on to another page, where inputs, which say more, are not reported."""
        landing = self.landing
        return landing is not None and landing.pages > 1 and landing.inputs is None and not self.is_automated_browser

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
        """A current browser always says `sec-fetch-mode` over https."""
        is_expected = self.evidence.is_https and browser_headers.expects_fetch_metadata(self.agent, self.event.agent)
        return is_expected and "sec-fetch-mode" not in self.event.headers

    @property
    def lacks_language(self) -> bool:
        """Every browser of a person names a language. A request without any `accept` header was not kept whole: that is no sign."""
        headers = self.event.headers
        is_whole = "accept" in headers or "sec-fetch-mode" in headers
        return is_whole and browser_headers.expects_fetch_metadata(self.agent, self.event.agent) and "accept-language" not in headers

    @property
    def is_navigation(self) -> bool:
        """Whether a page is asked for, as when a person follows a link."""
        return browser_headers.is_navigation(self.event.headers)

    @cached_property
    def is_automated_browser(self) -> bool:
        """Headless Chrome by its client hints, hints that contradict the agent, or `navigator.webdriver`."""
        event, landing = self.event, self.landing
        if browser_headers.is_headless(event.headers) or (landing is not None and "webdriver" in landing.signs):
            return True
        return browser_headers.contradicts_agent(self.agent, event.agent, event.headers)

    @property
    def is_outdated_browser(self) -> bool:
        """Internet Explorer, or desktop Chrome two years behind when it was used."""
        if self.agent.is_legacy:
            return True
        newest = _KNOWN_VERSION + (self.event.at - _KNOWN_DAY).days // _DAYS_A_VERSION
        version = browser_headers.chromium_version(self.agent, self.event.agent) if self.agent.family == "chrome" else None
        return self.agent.is_desktop and version is not None and version < newest - _OUTDATED

    @cached_property
    def is_plain_browser(self) -> bool:
        """Headers as the named browser sends them when a person follows a link; no sign of automation."""
        event = self.event
        is_so = browser_headers.is_as_sent_by(self.agent, event.agent, event.headers, is_https=self.evidence.is_https)
        return is_so and not self.is_automated_browser

    @property
    def is_complete_browser(self) -> bool:
        """The same with fetch metadata, which few programs imitate, and from no network of machines.

        A cloud carries people too: ten minutes after sending it counts as one only where the recipient's domain scans.
        """
        if not self.is_plain_browser or "sec-fetch-mode" not in self.event.headers:
            return False
        is_late = not self.is_younger_than(timedelta(minutes=10))
        is_shared = self.network.class_ is NetworkClass.CLOUD and is_late and self.evidence.recipient.scans is not True
        return is_shared or self.network.class_ not in MACHINE_NETWORKS

    @cached_property
    def is_at_scan_time(self) -> bool:
        """Whether scans come so soon after sending: for five minutes on a domain that is known to scan, for two on any other."""
        return self.is_younger_than(SCAN_TIME if self.evidence.recipient.scans is True else SHORT_SCAN_TIME)

    @cached_property
    def is_to_live_site(self) -> bool:
        """Whether the link leads to a site whose snippet is known to work."""
        return self.event.id in self.evidence.live_clicks

    @property
    def is_shown_by_webkit(self) -> bool:
        """Whether WebKit, which scanners do not run, showed the page."""
        event = self.event
        return self.landing is not None and browser_headers.is_true_webkit(self.agent, event.agent, event.headers)

    @cached_property
    def is_beside_scan(self) -> bool:
        """For opens: whether a scanner's click came from the same program, within 30 s or from its network within ten minutes."""
        own = prefix_of(self.event.address)
        return any(
            label is Label.SCANNER
            and click.agent == self.event.agent
            and abs(click.at - self.event.at) <= (timedelta(minutes=10) if prefix_of(click.address) == own else timedelta(seconds=30))
            for click, label in self._judged
        )

    @property
    def is_of_reader(self) -> bool:
        """For opens: whether a person's click came from the same address and program."""
        key = (self.event.address, self.event.agent)
        return any(label is Label.HUMAN and (click.address, click.agent) == key for click, label in self._judged)

    @cached_property
    def is_in_burst(self) -> bool:
        """Whether two links of the message were requested within 300 ms of each other, or four within a second: no hand is so fast."""
        return self._links_within(timedelta(milliseconds=300)) >= 2 or self._links_within(timedelta(seconds=1)) >= 4  # noqa: PLR2004

    @cached_property
    def is_in_quick_row(self) -> bool:
        """Whether three links were requested within a second, as scanners do and a hand just can that opens tabs."""
        return self._links_within(timedelta(seconds=1)) >= 3 and not self.is_in_burst  # noqa: PLR2004

    @cached_property
    def is_in_sweep(self) -> bool:
        """Whether its client followed one link after the other, with no person on the pages, and not at once."""
        return self.is_click and not self._is_at_once and click_patterns.is_in_sweep(self._clicks, self.event, self.evidence)

    @cached_property
    def is_among_many_addresses(self) -> bool:
        """Whether several addresses followed links of the message within seconds."""
        return self.is_click and click_patterns.is_in_crowd(self._clicks, self.event)

    @property
    def _is_at_once(self) -> bool:
        return self.is_in_burst or self.is_in_quick_row

    def _links_within(self, window: timedelta) -> int:
        return click_patterns.links_within(self._clicks, self.event, window) if self.is_click else 0

    @cached_property
    def is_near_probe(self) -> bool:
        """Whether a HEAD request, a refused or a repaired token came within 20 s from the same network or one of machines."""
        if "repaired" in self.event.signs:
            return True
        window, own = timedelta(seconds=20), prefix_of(self.event.address)
        probes = [(p.at, p.address) for p in self.evidence.probes]
        probes += [(e.at, e.address) for e in self._clicks.repaired]
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
            self.agent.kind is AgentKind.OFFICE or "x-native-host" in self.event.headers or "microsoft outlook" in self.event.agent.lower()
        )

    @property
    def scan_profile_matches(self) -> int:
        """How many of delay, network and agent family match the recipient domain's scanner; 0 where too little is known."""
        profile, age = self.evidence.recipient.scan_profile, self.age
        if profile is None or age is None:
            return 0
        return profile.matches(age.total_seconds(), prefix_of(self.event.address), self.agent.family)


def prefix_of(address: str) -> str:
    """The `/24` (IPv4) or `/48` (IPv6) that an address is in; empty for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    keep = 24 if parsed.version == 4 else 48  # noqa: PLR2004
    shift = parsed.max_prefixlen - keep
    return f"{parsed.version}:{int(parsed) >> shift:x}"
