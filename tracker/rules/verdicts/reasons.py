"""The reasons of verdicts on opens and clicks: named rows of points. Three points or more mean a machine, none or less a person.

Between the two the verdict is *unsure*. Every reason that applies is kept on the event. Sources and measured evidence: docs/verdicts.md.
To add a reason, write its test below, a row in REASONS, its words in `console/text/reason_text.py` and a person whom it must not hit
in `tests/scenarios/`. Then raise RULES_VERSION.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tracker.domain.activity.own_browser import OWN
from tracker.rules.verdicts.networks import NetworkClass
from tracker.rules.verdicts.request import Request
from tracker.rules.verdicts.user_agents.agent import AgentKind

RULES_VERSION = 4
MACHINE, PERSON = 3, 0
"""At least so many points: a machine. At most so many: a person."""

_EARLY = timedelta(minutes=10)
_SCANS_ARE_OVER = timedelta(minutes=30)
"""One scan of a hundred comes later (836 scans, craft-campaign#546)."""
_AT_ONCE = timedelta(minutes=1)
_NO_VIEW_AFTER = timedelta(seconds=10)
_PROXY_PREFETCH = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Reason:
    """One sign. Points count towards a machine; None: the reason says nothing of that kind of event."""

    name: str
    clicks: int | None
    opens: int | None
    when: Callable[[Request], bool]


def _agent(*kinds: AgentKind) -> Callable[[Request], bool]:
    return lambda request: request.agent.kind in kinds


def _network(kind: NetworkClass) -> Callable[[Request], bool]:
    return lambda request: request.network.class_ is kind


def _early_network(kind: NetworkClass, limit: timedelta = _EARLY) -> Callable[[Request], bool]:
    return lambda request: request.network.class_ is kind and request.is_younger_than(limit)


def _is_own(request: Request) -> bool:
    """A rep's browser, by its signed mark. Test mails to the team are exempt."""
    return OWN in request.event.signs and not request.evidence.is_test


def _is_late(request: Request) -> bool:
    """Half an hour or more after sending, when scans are over."""
    return request.age is not None and request.age >= _SCANS_ARE_OVER


def _is_late_cloud(request: Request) -> bool:
    return request.network.class_ is NetworkClass.CLOUD and not request.is_younger_than(_EARLY)


def _is_proxy_prefetch(request: Request) -> bool:
    return request.agent.kind is AgentKind.IMAGE_PROXY and request.is_younger_than(_PROXY_PREFETCH)


def _is_proxy_open(request: Request) -> bool:
    return request.agent.kind is AgentKind.IMAGE_PROXY and not request.is_younger_than(_PROXY_PREFETCH)


def _is_relay_webkit(request: Request) -> bool:
    return request.agent.kind is AgentKind.STRIPPED_WEBKIT and request.network.class_ is NetworkClass.RELAY


def _is_own_webkit(request: Request) -> bool:
    return request.agent.kind is AgentKind.STRIPPED_WEBKIT and request.network.class_ is not NetworkClass.RELAY


def _is_unconfirmed(request: Request) -> bool:
    """A click at the time of scans, to a site that would have shown a person within ten seconds.

    Scanners run real browsers, so that only a person's input tells the two apart. Where inputs are not reported it says nothing.
    """
    if not request.is_at_scan_time or not request.is_to_live_site:
        return False
    is_known = request.evidence.as_of - request.event.at >= _NO_VIEW_AFTER
    landing = request.landing
    is_silent = landing is None or landing.inputs == 0
    return is_known and is_silent and not request.has_input and not request.is_shown_by_webkit


def _is_unfollowed(request: Request) -> bool:
    """A click to a site with a working snippet whose page was never shown. Known ten seconds after the click."""
    is_known = request.evidence.as_of - request.event.at >= _NO_VIEW_AFTER
    return is_known and request.landing is None and request.is_to_live_site and not _is_unconfirmed(request)


def _has_no_input(request: Request) -> bool:
    """A page that was left without any input. A page that is still open may get some."""
    landing = request.landing
    is_over = landing is not None and request.evidence.as_of - landing.last_at >= _NO_VIEW_AFTER
    is_untouched = is_over and landing is not None and landing.inputs == 0 and not landing.submitted
    return is_untouched and not _is_unconfirmed(request)


def _is_scanned_at_once(request: Request) -> bool:
    """A browser loads the pixel within a minute on a domain that scans."""
    is_browser = request.agent.kind is AgentKind.BROWSER
    return is_browser and request.evidence.recipient.scans is True and request.is_younger_than(_AT_ONCE)


def _learned(matches: int) -> Callable[[Request], bool]:
    return lambda request: request.scan_profile_matches == matches


REASONS = (
    Reason("own_browser", 10, 10, _is_own),
    Reason("prefetch_header", 10, 10, lambda r: r.is_prefetch and not r.is_alive),
    Reason("apple_privacy_proxy", 10, 10, lambda r: r.agent.kind is AgentKind.PREFETCH and r.agent.name == "apple_privacy_proxy"),
    Reason("gmail_prefetch", 10, 10, lambda r: r.agent.kind is AgentKind.PREFETCH and r.agent.name == "gmail_prefetch"),
    Reason("robot_agent", 8, 8, _agent(AgentKind.ROBOT)),
    Reason("link_preview", 8, 8, _agent(AgentKind.PREVIEWER)),
    Reason("no_agent", 6, 6, _agent(AgentKind.NONE)),
    Reason("office_program", 6, -4, lambda r: r.is_office),
    Reason("rep_address", 2, 2, lambda r: r.is_of_rep_address),
    Reason("exchange_online_network", 6, None, _network(NetworkClass.EOP)),
    Reason("exchange_online_early", None, 6, _early_network(NetworkClass.EOP)),
    Reason("mail_security_network", 4, None, _network(NetworkClass.MAIL_SECURITY)),
    Reason("mail_security_early", None, 6, _early_network(NetworkClass.MAIL_SECURITY)),
    Reason("cloud_early", 3, None, _early_network(NetworkClass.CLOUD)),
    Reason("cloud", 2, None, _is_late_cloud),
    Reason("cloud_at_once", None, 4, _early_network(NetworkClass.CLOUD, timedelta(minutes=2))),
    Reason("burst", 4, None, lambda r: r.is_in_burst),
    Reason("quick_links", 4, None, lambda r: r.is_in_quick_row and not _is_late(r)),
    Reason("quick_links_late", 2, None, lambda r: r.is_in_quick_row and _is_late(r)),
    Reason("sweep", 3, None, lambda r: r.is_in_sweep),
    Reason("many_addresses", 4, None, lambda r: r.is_among_many_addresses),
    Reason("probe_beside", 3, 3, lambda r: r.is_near_probe),
    Reason("no_fetch_metadata", 2, None, lambda r: r.lacks_fetch_metadata),
    Reason("no_language", 2, None, lambda r: r.lacks_language),
    Reason("no_navigation", 2, None, lambda r: not r.is_navigation and not r.agent.is_legacy),
    Reason("automated_browser", 4, None, lambda r: r.is_automated_browser),
    Reason("outdated_browser", 2, None, lambda r: r.is_outdated_browser),
    Reason("unconfirmed", 3, None, _is_unconfirmed),
    Reason("no_page_view", 1, None, _is_unfollowed),
    Reason("no_input", 1, None, _has_no_input),
    Reason("like_the_scanner", 2, 2, _learned(2)),
    Reason("just_like_the_scanner", 4, 4, _learned(3)),
    Reason("input_on_page", -8, None, lambda r: r.has_input),
    Reason("second_page", -8, None, lambda r: r.has_second_page),
    Reason("browser_headers", -1, None, lambda r: r.is_plain_browser),
    Reason("complete_browser", -1, None, lambda r: r.is_complete_browser),
    Reason("like_a_scanners_click", None, 4, lambda r: r.is_beside_scan),
    Reason("scanned_at_once", None, 1, _is_scanned_at_once),
    Reason("like_a_persons_click", None, -4, lambda r: r.is_of_reader),
    Reason("mail_proxy_at_once", None, 6, _is_proxy_prefetch),
    Reason("mail_proxy", None, -4, _is_proxy_open),
    Reason("privacy_relay", None, 8, _is_relay_webkit),
    Reason("apple_mail", None, -3, _is_own_webkit),
)
"""Evaluated in this order; the sum decides, so the order only orders the reasons on the event. `own_browser` decides alone."""


_CLICK_REASONS = tuple((reason.name, reason.clicks, reason.when) for reason in REASONS if reason.clicks is not None)
_OPEN_REASONS = tuple((reason.name, reason.opens, reason.when) for reason in REASONS if reason.opens is not None)


def spoken_reasons(request: Request) -> dict[str, int]:
    """The points of each reason that applies, by name."""
    return {name: points for name, points, applies in (_CLICK_REASONS if request.is_click else _OPEN_REASONS) if applies(request)}
