"""User agents: which kind of program an agent names."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.verdicts.user_agents.agent import AgentKind
from tracker.rules.verdicts.user_agents.classify import LONGEST, agent_of
from tracker.rules.verdicts.user_agents.robots import shipped_robots
from tracker.rules.verdicts.user_agents.signatures import SIGNATURES

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; SM-S921B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/140.0.7339.51 Mobile Safari/537.36"
)
ASSISTANT = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible;"

BROWSERS = [
    f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36",
    f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0",
    f"{WINDOWS} Chrome/140.0.0.0 YaBrowser/25.8 Safari/537.36",
    f"{WINDOWS} Chrome/138.0.0.0 Safari/537.36 AVG/138.0",
    f"{MAC} Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
    # Desktop apps with a browser of their own: they have the name of their link previewer.
    f"{WINDOWS} Teams/1.7.00.1864 Chrome/102.0.5005.167 Electron/19.1.8 Safari/537.36",
    f"{WINDOWS} Slack/4.45.64 Chrome/138.0.7204.100 Electron/37.2.1 Safari/537.36",
    f"{WINDOWS} discord/1.0.9200 Chrome/134.0.6998.205 Electron/35.3.0 Safari/537.36",
    f"{WINDOWS} Notion/4.13 Chrome/136 Electron/36.1 Safari/537.36",
    # Browsers inside apps.
    IPHONE,
    f"{IPHONE} Instagram 390.0.0.28.85 (iPhone15,2; iOS 18_6; en_US; en; scale=3.00; 1179x2556; IABMV/1; 768990012)",
    f"{IPHONE} [FBAN/FBIOS;FBAV/520.0.0.38.101;FBBV/756351453;FBDV/iPhone15,2;FBMD/iPhone;FBSN/iOS;FBSV/18.6;FBLC/en_US;FBOP/5]",
    f"{IPHONE} Line/15.10.0",
    f"{IPHONE} MicroMessenger/8.0.60(0x18003c2b) NetType/WIFI Language/en",
    f"{IPHONE} [LinkedInApp]/9.31.3402",
    f"{IPHONE} Snapchat/13.50.0.42 (like Safari/8620.1.16.10.11, panda)",
    f"{IPHONE} GSA/380.0.780 Safari/604.1",
    f"{IPHONE} WhatsApp/25.20.80",
    f"{IPHONE} Teams/7.15.0",
    f"{ANDROID} [FB_IAB/FB4A;FBAV/520.0.0.42.83;IABMV/1;]",
    f"{ANDROID} Telegram-Android/11.14.1 (Samsung SM-S921B; Android 14; SDK 34; HIGH)",
    f"{ANDROID} Viber/25.6",
    # Models whose name has the name of a robot or a library.
    "Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 12; Ruby) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; U; Android 4.0.4; de-de; Radar Check Build/IMM76D) AppleWebKit/534.30 Version/4.0 Mobile Safari/534.30",
    # Televisions, consoles, cars, old telephones.
    "Mozilla/5.0 (SMART-TV; LINUX; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/8.0 TV Safari/537.36",
    "Opera/9.80 (Linux armv6l; U; NETRANGEMMH;HbbTV/1.1.1;CE-HTML/1.0;TCL LF1V349; en) Presto/2.8.115 Version/11.10",
    "Mozilla/5.0 (PlayStation; PlayStation 5/9.60) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16 Safari/605.1.15",
    "Nokia5310XpressMusic/2.0 (10.10) Profile/MIDP-2.1 Configuration/CLDC-1.1 UCWEB/2.0 (Java; U; MIDP-2.0) UCBrowser/9.5.0.449",
    "SonyEricssonJ105i/R1x Browser/NetFront/3.4 Profile/MIDP-2.1 Configuration/CLDC-1.1 JavaPlatform/JP-8.4",
]

MAIL_PROGRAMS = [
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.17928; ms-office; MSOffice 16)",
    "MacOutlook/16.89.24091630 (Intelx64 Mac OS X Version 14.6.1 (Build 23G93))",
    "Outlook-iOS/723.4027091.prod.iphone (4.28.0)",
    "Outlook-Android/2.0",
    "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
    "Airmail 5.7 rv:700 (Macintosh; Mac OS X 14.5)",
]

OFFICE = [
    "Microsoft Office Existence Discovery",
    "Microsoft Office Protocol Discovery",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Microsoft-WebDAV-MiniRedir/10.0.19045",
    f"{WINDOWS} Chrome/128.0.0.0 Safari/537.36 Edg/128.0.0.0 OneOutlook/1.2024.821.100",
    "Microsoft Office Word 2014",
]

PREVIEWERS = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Twitterbot/1.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    f"{MAC} facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
    "Iframely/1.3.1 (+https://iframely.com/docs/about)",
    "NotionEmbedder",
    "Viber/13.3.0.22",
    "Zoom.us bot",
    f"{ASSISTANT} ChatGPT-User/1.0; +https://openai.com/bot)",
    f"{ASSISTANT} Claude-User/1.0; +Claude-User@anthropic.com)",
    f"{ASSISTANT} Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
    f"{ASSISTANT} MistralAI-User/1.0; +https://docs.mistral.ai/robots)",
    f"{ASSISTANT} SomethingNew-User/1.0)",
]

ROBOTS = [
    "curl/8.5.0",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "Java/17.0.1",
    "node",
    "okhttp/4.12.0",
    f"{WINDOWS} HeadlessChrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "DoCoMo/2.0 N905i(c100;TB;W24H16) (compatible; Googlebot-Mobile/2.1; +http://www.google.com/bot.html)",
    f"{ANDROID} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    # Signs without a list.
    f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 Unheardof/1.0 (+https://example.com/about)",
    f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 webmaster@example.com",
    "Mozilla/5.0 (compatible; Unheardof)",
    f"{WINDOWS} Chrome/83.0.4103.61 Safari/537.36 (compatible; unheardof)",
    "Unheardof",
    "Unheardof/1.2",
    "Unheardof Email Protection (sandbox)",
    "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))",
    "${jndi:ldap://example.com/a}",
    "Mozilla",
    "User-Agent: Mozilla/5.0",
    # A robot that is based on a mail program.
    "Mozilla/5.0 (Windows; U; Windows NT 5.0; rv:1.7.10) Gecko/20050716 Thunderbird/1.0.6 - WebCrawler http://example.com/bot.html",
]

CASES = {
    AgentKind.BROWSER: BROWSERS,
    AgentKind.MAIL_PROGRAM: MAIL_PROGRAMS,
    AgentKind.OFFICE: OFFICE,
    AgentKind.IMAGE_PROXY: [
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    ],
    AgentKind.PREFETCH: [
        "Mozilla/5.0",
        f"{WINDOWS} Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
    ],
    AgentKind.PREVIEWER: PREVIEWERS,
    AgentKind.ROBOT: ROBOTS,
    AgentKind.STRIPPED_WEBKIT: [MAC, f" {MAC} "],
    AgentKind.NONE: ["", "  ", "\t\n"],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in CASES.items() for text in texts])
def test_an_agent_has_the_kind_of_its_program(kind: AgentKind, text: str):
    """Each kind, with agents that resemble another kind."""
    assert kind is agent_of(text).kind


@pytest.mark.parametrize(
    ("text", "family", "major", "is_desktop", "is_legacy"),
    [
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36", "chrome", 140, True, False),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 Edg/141.0.0.0", "edge", 141, True, False),
        (f"{WINDOWS} Slack/4.45.64 Chrome/138.0.7204.100 Electron/37.2.1 Safari/537.36", "electron", 37, True, False),
        (f"{MAC} Version/18.6 Safari/605.1.15", "safari", 18, True, False),
        (MAC, "webkit", 605, True, False),
        (ANDROID, "chrome", 140, False, False),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", "firefox", 142, True, False),
        ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "msie", 11, True, True),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "msie", 8, True, True),
        ("curl/8.5.0", "", None, False, False),
    ],
)
def test_an_agent_names_its_browser(text: str, family: str, major: int | None, *, is_desktop: bool, is_legacy: bool):
    """The browser itself, and not the one that it descends from."""
    agent = agent_of(text)

    assert (family, major, is_desktop, is_legacy) == (agent.family, agent.major, agent.is_desktop, agent.is_legacy)


def test_a_robot_of_a_list_carries_the_pattern():
    """The name is from a bounded set; the pattern explains."""
    agent = agent_of("python-requests/2.32.3")

    assert (agent.kind, agent.name) == (AgentKind.ROBOT, "robot_list")
    assert agent.pattern in shipped_robots_patterns()


def shipped_robots_patterns() -> set[str]:
    return {pattern for source in shipped_robots().sources for pattern in source.patterns}


def test_only_the_first_characters_count():
    """As many as the edge keeps: what stands behind them changes nothing."""
    browser = f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36"

    assert agent_of(browser.ljust(LONGEST)) == agent_of(browser.ljust(LONGEST) + "Googlebot http://example.com")


_PARTS = st.sampled_from(
    [
        "Mozilla/5.0 ",
        "(",
        ")",
        "compatible; ",
        "Android ",
        "; ",
        "MSIE 7.0",
        "Trident/",
        "rv:",
        "bot",
        "http://",
        "@",
        "Edge/12.246 ",
        "\x00",
    ]
)


@given(
    st.one_of(st.text(max_size=9000), st.lists(_PARTS, max_size=900).map("".join), st.text(st.characters(categories=["Cs"]), max_size=20))
)
def test_any_text_has_one_kind(text: str):
    """Whatever a client sends, there is an answer, and always the same."""
    agent = agent_of(text)

    assert agent == agent_of(text)
    assert isinstance(agent.kind, AgentKind)
    assert agent.name


def test_every_pattern_is_understood():
    """A refused pattern would be left out of its set without a word."""
    for pattern in shipped_robots_patterns() | {signature.pattern for signature in SIGNATURES}:
        re2.compile(pattern)


def test_the_lists_say_where_they_come_from():
    """Package, version and licence of each."""
    assert {("isbot", "Unlicense"), ("crawler-user-agents", "MIT"), ("uap-core", "Apache-2.0")} == {
        (source.package, source.licence) for source in shipped_robots().sources if source.version
    }
