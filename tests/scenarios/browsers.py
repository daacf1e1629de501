"""Browsers and programs as clients: agents, and the headers that the edge keeps of a navigation.

Sources: Sec-Fetch-* by Chrome 76/80, Firefox 90 and Safari 16.4; Sec-Fetch-User by no Safari (MDN browser-compat-data, webkit.org/b/247697);
client hints by Chromium only; neither over plain http. WebKit carries every browser on iOS.
"""

from random import Random

from tests.scenarios.language import Cause, Client, Expected

NEWEST = 153
"""Chrome's version when the messages of the corpus were sent."""
WINDOWS, MAC = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"
LANGUAGES = ("en-US,en;q=0.9", "de-DE,de;q=0.9,en;q=0.8", "fr-FR,fr;q=0.9", "en-GB,en;q=0.9", "es-ES,es;q=0.9", "nl-NL,nl;q=0.9")
_HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


def navigation(language: str, *, hints: str = "", fetch: bool = True, user: bool = True, https: bool = True) -> dict[str, str]:
    """The headers of a page that a browser navigates to."""
    headers = {"accept": _HTML, "accept-language": language, "accept-encoding": "gzip, deflate, br"}
    if https and fetch:
        headers |= {"sec-fetch-dest": "document", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}
        if user:
            headers["sec-fetch-user"] = "?1"
    if https and hints:
        headers |= {"sec-ch-ua": hints, "sec-ch-ua-mobile": "?0", "sec-ch-ua-platform": '"Windows"'}
    return headers


def brands(version: int, name: str = "Google Chrome", own: int | None = None) -> str:
    """`Sec-CH-UA` of a Chromium browser."""
    return f'"Chromium";v="{version}", "{name}";v="{own or version}", "Not)A;Brand";v="24"'


def chromium(version: int, system: str = WINDOWS, ending: str = "") -> str:
    """The agent of a Chromium browser."""
    return f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36{ending}"


def _version(rng: Random) -> int:
    """Most people have the newest versions, some are months behind, few have the last one for Windows 7."""
    drawn = rng.random()
    return NEWEST - rng.randint(0, 2) if drawn < 0.9 else NEWEST - rng.randint(3, 10) if drawn < 0.985 else 109


def chrome(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """Chrome on Windows, Mac or Linux. A page that a script opens, as some webmail does, sends no Sec-Fetch-User."""
    version, system = _version(rng), rng.choice((WINDOWS, WINDOWS, MAC, "X11; Linux x86_64"))
    user = rng.random() < 0.92
    return chromium(version, system), navigation(language, hints=brands(version), user=user, https=https)


def edge(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """Edge on Windows."""
    version = _version(rng)
    return chromium(version, WINDOWS, f" Edg/{version}.0.0.0"), navigation(language, hints=brands(version, "Microsoft Edge"), https=https)


def derived(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """Brave, Opera, Vivaldi and Yandex: Chromium with names and versions of their own."""
    version = NEWEST - rng.randint(0, 4)
    ending, name, own = rng.choice(
        (
            ("", "Brave", version),
            (f" OPR/{version - 15}.0.0.0", "Opera", version - 15),
            ("", "Vivaldi", 8),
            (" YaBrowser/26.8", "YaBrowser", 26),
        )
    )
    return chromium(version, WINDOWS, ending), navigation(language, hints=brands(version, name, own), https=https)


def firefox(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """Firefox; some use the extended-support release."""
    version = rng.choice((146, 147, 148, 140, 128))
    system = rng.choice((WINDOWS, "Macintosh; Intel Mac OS X 10.15", "X11; Linux x86_64"))
    return f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0", navigation(language, https=https)


def safari(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """Safari on a Mac, one in eight before 16.4, which sends no Sec-Fetch-*."""
    version = rng.choice(("26.1", "26.0", "18.6", "18.5", "17.6", "16.6", "15.6", "26.1"))
    agent = f"Mozilla/5.0 ({MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version} Safari/605.1.15"
    return agent, navigation(language, fetch=version != "15.6", user=False, https=https)


def _ios(rng: Random) -> tuple[str, int, bool]:
    """The agent up to its engine, the version of Safari, and whether Sec-Fetch-* are sent."""
    major = rng.choice((26, 26, 18, 18, 18, 17, 16, 15))
    system = 18 if major == 26 else major  # the agent's system version stays at 18 from iOS 26 on
    start = f"Mozilla/5.0 (iPhone; CPU iPhone OS {system}_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    return start, major, major > 16


def iphone(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """Safari on an iPhone."""
    start, major, fetch = _ios(rng)
    return f"{start} Version/{major}.3 Mobile/15E148 Safari/604.1", navigation(language, fetch=fetch, user=False, https=https)


def iphone_other(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """Chrome, Edge or Firefox on an iPhone: their own names around WebKit."""
    start, _, fetch = _ios(rng)
    name = rng.choice((f"CriOS/{NEWEST}.0.7500.1", f"EdgiOS/{NEWEST}.0.1", "FxiOS/146.0"))
    return f"{start} {name} Mobile/15E148 Safari/604.1", navigation(language, fetch=fetch, user=False, https=https)


def iphone_app(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """The web view of a mail or chat app on an iPhone."""
    start, _, fetch = _ios(rng)
    app = rng.choice(("", " GSA/380.0.780 Safari/604.1", " [LinkedInApp]/9.31.3402", " Teams/7.15.0"))
    return f"{start} Mobile/15E148{app}", navigation(language, fetch=fetch, user=False, https=https)


def android(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """Chrome on Android, also as the custom tab of a mail app."""
    version = _version(rng)
    agent = f"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Mobile Safari/537.36"
    return agent, navigation(language, hints=brands(version), user=rng.random() < 0.85, https=https)


def samsung(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """Samsung Internet, whose engine is some versions behind."""
    version = NEWEST - rng.randint(6, 24)
    agent = (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 "
        f"Chrome/{version}.0.0.0 Mobile Safari/537.36"
    )
    return agent, navigation(language, hints=brands(version, "Samsung Internet", 29), https=https)


def android_app(rng: Random, language: str, *, https: bool) -> tuple[str, dict[str, str]]:
    """The web view of a mail app on Android, which names its app."""
    version = NEWEST - rng.randint(0, 4)
    agent = (
        f"Mozilla/5.0 (Linux; Android 15; SM-S921B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/{version}.0.0.0 "
        "Mobile Safari/537.36"
    )
    headers = navigation(language, hints=brands(version, "Android WebView"), user=rng.random() < 0.5, https=https)
    return agent, headers | {"x-requested-with": rng.choice(("com.microsoft.office.outlook", "com.yahoo.mobile.client.android.mail"))}


DESKTOP = (chrome, chrome, chrome, edge, edge, firefox, safari, derived)
PHONE = (iphone, iphone, iphone_other, iphone_app, android, android, samsung, android_app)


def person(rng: Random, address: str, *, https: bool = True, made=None, expected: Expected | None = None) -> Client:
    """A person's browser, of this make or any."""
    make = made or rng.choice((*DESKTOP, *PHONE))
    agent, headers = make(rng, rng.choice(LANGUAGES), https=https)
    return Client(cause=Cause.PERSON, agent=agent, address=address, headers=headers, expected=expected)


def program(agent: str, address: str, **headers: str) -> Client:
    """A program that is no browser."""
    return Client(cause=Cause.MACHINE, agent=agent, address=address, headers={"accept": "*/*"} | headers)


def reader(agent: str, address: str, **headers: str) -> Client:
    """The mail program of a person, or its provider's proxy, which loads the pixel."""
    return Client(cause=Cause.PERSON, agent=agent, address=address, headers=headers)


def sandbox(
    rng: Random, address: str, version: int, *, fetch: bool = True, language: bool = True, hints: str | None = None, https: bool = True,
    window: frozenset[str] = frozenset(), system: str = WINDOWS, expected: Expected | None = None,
) -> Client:  # fmt: skip
    """A scanner that shows itself as Chrome; real Chromium where `fetch` is set, an HTTP library where it is not."""
    headers = navigation("en-US,en;q=0.9", fetch=fetch, hints=brands(version) if hints is None and fetch else hints or "", https=https)
    if not language:
        del headers["accept-language"]
    return Client(cause=Cause.MACHINE, agent=chromium(version, system), address=address, headers=headers, window=window, expected=expected)


GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 "
    "Edge/12.246 Mozilla/5.0"
)
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
APPLE_PROXY = "Mozilla/5.0"
APPLE_MAIL = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; .NET4.0C; Microsoft Outlook 16.0.17928; ms-office; MSOffice 16)"
OFFICE_PROBE = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"
THUNDERBIRD = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0"
ONE_OUTLOOK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0 OneOutlook/1.2026.1104.200"
