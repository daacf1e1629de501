"""Sentences for the reasons of verdicts (rules/verdicts): why an event counts, does not count, or is not confirmed. Pure."""

from tracker.domain.activity.event import Event
from tracker.rules.verdicts.shown_reasons import shown_reasons
from tracker.rules.verdicts.user_agents.agent import AgentKind
from tracker.rules.verdicts.user_agents.signatures import SIGNATURES

_ROBOT = "The program names itself a robot, or is on a public list of robots."

_REASONS = {
    "own_browser": "It came from a browser of your team.",
    "prefetch_header": "The program said that it loads the page in advance.",
    "apple_privacy_proxy": "Apple Mail loads images automatically.",
    "gmail_prefetch": "Gmail loads images automatically.",
    "robot_agent": _ROBOT,
    "link_preview": "A chat program or assistant made a link preview.",
    "no_agent": "The program did not give its name, as every browser does.",
    "office_program": "A Microsoft Office program sent the request.",
    "rep_address": "It came from an internet address that your team uses.",
    "exchange_online_network": "It came from Microsoft's mail filter.",
    "exchange_online_early": "It came from Microsoft's mail filter soon after the email was sent.",
    "mail_security_network": "It came from the network of a mail security company.",
    "mail_security_early": "It came from the network of a mail security company soon after the email was sent.",
    "cloud_early": "It came from a data centre within ten minutes after the email was sent.",
    "cloud": "It came from a data centre, where few people browse.",
    "cloud_at_once": "It came from a data centre within two minutes after the email was sent.",
    "burst": "Several links were followed faster than a person can click.",
    "quick_links": "Three links were followed within a second.",
    "quick_links_late": "Three links were followed within a second, at a time when security checks are rare.",
    "sweep": "One program followed all links in a row, and read none of the pages.",
    "many_addresses": "Several internet addresses followed the links within seconds.",
    "probe_beside": "A security check of the same link came at almost the same time.",
    "no_fetch_metadata": "The request lacks details that current browsers send.",
    "no_language": "The request names no language, as every browser does.",
    "no_navigation": "The request did not ask for a page, as a click does.",
    "automated_browser": "A program controlled the browser.",
    "outdated_browser": "The browser named is several years old.",
    "unconfirmed": "It came when security checks are common, and no one used the page.",
    "no_page_view": "The page was never shown.",
    "no_input": "The page was shown, but not used.",
    "like_the_scanner": "It looks like earlier security checks at this company.",
    "just_like_the_scanner": "It matches earlier security checks at this company in time, network and program.",
    "input_on_page": "A person used the page.",
    "second_page": "The visitor went on to a second page.",
    "browser_headers": "The request looks like one of a browser.",
    "complete_browser": "The request has all details that a browser sends when a person clicks.",
    "like_a_scanners_click": "The program that opened the email also checked its links.",
    "scanned_at_once": "Emails to this company are checked, and this open came within a minute.",
    "like_a_persons_click": "A person who clicked used the same program and internet address.",
    "mail_proxy_at_once": "The email provider loaded the image as soon as the email arrived.",
    "mail_proxy": "The email provider loaded the image because a person opened the email.",
    "privacy_relay": "Apple Mail loaded the image through its privacy relay.",
    "apple_mail": "Apple Mail loaded the image on the reader's device.",
    "brought_by_machine": "An automatic click led to this visit.",
    "browser": "A browser sent the request, and nothing speaks against a person.",
    "corrected": "Your team set the cause.",
    "same_second": "It repeats another event of the same second.",
    "held": "Leadlight waits a few seconds for further signs.",
    "demo": "Events in the demo come from people, unless a program names itself.",
    "recorded": "Your team or another program recorded it.",
}
"""By the name of the reason: those of `reasons.REASONS` and `pages.PAGE_REASONS`, and what else `classify` and `pages` give."""

_FORMER = {
    "too_soon": "It came within a second after the email was sent.",
    "mail_program": "A mail program sent the request.",
    "office_probe": "A Microsoft Office program checked the link.",
}
"""Reasons on events of older versions, until `leadlight reclassify`."""

_AGENT_KINDS = {
    AgentKind.BROWSER: "A browser sent the request.",
    AgentKind.MAIL_PROGRAM: "A mail program sent the request.",
    AgentKind.OFFICE: "A Microsoft Office program sent the request.",
    AgentKind.IMAGE_PROXY: "The email provider loaded the image.",
    AgentKind.PREFETCH: "The email provider loads images automatically.",
    AgentKind.PREVIEWER: "A chat program or assistant made a link preview.",
    AgentKind.ROBOT: _ROBOT,
    AgentKind.STRIPPED_WEBKIT: "Apple Mail sent the request.",
    AgentKind.NONE: "The program did not give its name, as every browser does.",
}
_AGENTS = {signature.name: _AGENT_KINDS[signature.kind] for signature in SIGNATURES} | {
    AgentKind.STRIPPED_WEBKIT.value: _AGENT_KINDS[AgentKind.STRIPPED_WEBKIT]
}
_TEXTS = _AGENTS | _FORMER | _REASONS


def reason_text(reason: str) -> str:
    """One sentence for the reason. Names of robot lists and signs, which the demo gives as reasons, mean a robot."""
    return _TEXTS.get(reason, _ROBOT)


def has_text(reason: str) -> bool:
    """Whether the reason has a sentence of its own."""
    return reason in _TEXTS


def reasons_of(event: Event) -> tuple[str, ...]:
    """Why the event has its verdict, in sentences, each once (see `shown_reasons`)."""
    return tuple(dict.fromkeys(reason_text(name) for name in shown_reasons(event)))
