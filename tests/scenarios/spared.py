"""One person for every reason, whom it must not hit; for every reason that speaks for people, a machine that it must not excuse."""

from tests.scenarios import browsers
from tests.scenarios.addresses import gateway
from tests.scenarios.browsers import GMAIL, OUTLOOK, program, reader
from tests.scenarios.language import Act, Mail
from tests.scenarios.written import (
    AMAZON,
    ANDROID,
    AZURE,
    CHROME,
    EDGE,
    ELSEWHERE,
    EOP,
    FIREFOX,
    GOOGLE,
    IPHONE,
    OFFICE,
    RELAY,
    RNG,
    SAFARI,
    scanner,
    spares,
)  # fmt: skip
from tracker.rules.verdicts.evidence import ScanProfile
from tracker.rules.verdicts.request import prefix_of

PROFILE = ScanProfile(
    messages=20, scanned=18, earliest=20, latest=90, networks=frozenset({prefix_of(AMAZON)}), families=frozenset({"chrome"})
)
ELECTRON = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.45.64 Chrome/150.0.7204.100 "
    "Electron/42.2.1 Safari/537.36"
)
CUBOT = "Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36"


def _person(mail: Mail, at: float, client, **more: object) -> None:
    mail.visit(mail.click(at, client, **more), at + 1, client, inputs=4)


@spares("own_browser", "rep_address")
def lead_beside_the_rep() -> Mail:
    """The rep's browser opens the mail, the lead follows a link from elsewhere."""
    mail = Mail()
    mail.open(60, CHROME, signs=("own",))
    _person(mail, 900, EDGE)
    return mail


@spares("prefetch_header")
def prerendered_and_shown() -> Mail:
    """A page that was prerendered and then shown to the person."""
    mail = Mail()
    click = mail.click(900, CHROME, headers={"sec-purpose": "prefetch;prerender"})
    mail.visit(click, 902, CHROME, inputs=3, signs=("activated",))
    return mail


@spares("apple_privacy_proxy", "privacy_relay", "gmail_prefetch", "mail_proxy_at_once")
def reads_through_gmail() -> Mail:
    """Gmail's proxy, an hour after sending, is the reader; so is Safari through the relay."""
    mail = Mail()
    mail.open(3600, reader(GMAIL, GOOGLE))
    _person(mail, 3700, SAFARI.but(address=RELAY))
    return mail


@spares("robot_agent", "link_preview", "no_agent")
def names_like_robots() -> Mail:
    """A phone of the brand Cubot, and a link opened inside Slack's desktop app."""
    mail = Mail()
    _person(mail, 900, ANDROID.but(agent=CUBOT, headers=browsers.navigation("de-DE,de;q=0.9", hints=browsers.brands(150))))
    _person(mail, 5000, CHROME.but(agent=ELECTRON, headers=browsers.navigation("en-US,en", hints=browsers.brands(150, "Not"))))
    return mail


@spares("office_program")
def outlook_with_explorer_inside() -> Mail:
    """Outlook's own agent is a reader's when it opens; the click comes from Edge."""
    mail = Mail()
    mail.open(1500, reader(OUTLOOK, OFFICE))
    _person(mail, 1530, EDGE)
    return mail


@spares("exchange_online_network", "exchange_online_early", "mail_security_network", "mail_security_early", scans=True)
def behind_a_web_gateway() -> Mail:
    """A web gateway carries people and is in no list."""
    mail, client = Mail(), CHROME.but(address=gateway(RNG))
    mail.open(90, client)
    _person(mail, 100, client)
    return mail


@spares("cloud_early", "cloud_at_once")
def cloud_after_ten_minutes() -> Mail:
    """Behind a VPN in a cloud, eleven minutes after sending; the page is not touched."""
    mail, client = Mail(), CHROME.but(address=AMAZON)
    mail.open(655, client)
    mail.click(660, client, url="https://files.other.test")
    return mail


@spares("cloud")
def office_line() -> Mail:
    """An address of no list."""
    mail = Mail()
    _person(mail, 900, EDGE)
    return mail


@spares("burst", "sweep", "quick_links", "many_addresses")
def tabs_one_by_one() -> Mail:
    """Three tabs within a second, an hour after sending, on a site without a snippet."""
    mail = Mail(is_live=False)
    for link in range(1, 4):
        mail.click(3600 + link * 0.48, CHROME, link)
    return mail


@spares("quick_links_late")
def two_links_in_a_second() -> Mail:
    """Two tabs within a second."""
    mail = Mail(is_live=False)
    mail.click(3600, CHROME, 1)
    mail.click(3600.6, CHROME, 2)
    return mail


@spares("probe_beside", scans=True)
def head_from_microsoft_beside() -> Mail:
    """Microsoft sends HEAD five seconds before the person's click from another network."""
    mail = Mail()
    mail.head(1195, program("", EOP))
    _person(mail, 1200, CHROME)
    return mail


@spares("no_fetch_metadata", "no_language", "no_navigation")
def chrome_on_an_old_iphone() -> Mail:
    """Chrome on an iPhone is WebKit: with iOS 15 it sends no Sec-Fetch-*. Chrome over plain http does not either."""
    agent = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/153.0.7500.1 "
        "Mobile/15E148 Safari/604.1"
    )
    mail = Mail()
    _person(mail, 900, IPHONE.but(agent=agent, headers=browsers.navigation("fr-FR,fr;q=0.9", fetch=False)))
    return mail


@spares("no_fetch_metadata", is_https=False)
def over_plain_http() -> Mail:
    """Chrome sends no Sec-Fetch-* and no client hints over plain http."""
    mail = Mail()
    _person(mail, 900, CHROME.but(headers=browsers.navigation("en-US,en;q=0.9", https=False, hints=browsers.brands(153))))
    return mail


@spares("automated_browser")
def opera_with_versions_of_its_own() -> Mail:
    """Opera names its own version and that of its engine."""
    hints = browsers.brands(153, "Opera", 138)
    client = CHROME.but(agent=browsers.chromium(153, ending=" OPR/138.0.0.0"), headers=browsers.navigation("en", hints=hints))
    mail = Mail()
    _person(mail, 900, client)
    return mail


@spares("outdated_browser")
def samsung_behind_chrome() -> Mail:
    """Samsung Internet's engine is twenty versions behind Chrome; so is a phone's."""
    agent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/130.0.0.0 Mobile Safari/537.36"
    mail = Mail()
    _person(mail, 900, ANDROID.but(agent=agent, headers=browsers.navigation("en", hints=browsers.brands(130, "Samsung Internet", 27))))
    return mail


@spares("unconfirmed", scans=True, is_live=False)
def fast_on_a_site_without_snippet() -> Mail:
    """A minute after sending on a domain that scans, to a site that could not show a person."""
    mail = Mail()
    mail.click(60, CHROME)
    return mail


@spares("unconfirmed")
def early_on_an_unknown_domain() -> Mail:
    """Three minutes after sending, mail exchanger unknown, an ad blocker keeps the snippet out."""
    mail = Mail()
    mail.click(180, CHROME)
    return mail


@spares("no_page_view", "no_input", is_live=False)
def snippet_not_known_to_work() -> Mail:
    """A site whose snippet reported nothing lately."""
    mail = Mail()
    mail.click(900, IPHONE)
    return mail


@spares("like_the_scanner", "just_like_the_scanner", scans=True, profile=PROFILE)
def reader_on_a_scanned_domain() -> Mail:
    """The domain's scanner comes within 90 s from a cloud with Chrome; the reader comes later with Firefox."""
    mail = Mail()
    _person(mail, 4000, FIREFOX)
    return mail


@spares("like_a_scanners_click", "scanned_at_once", scans=True)
def opens_after_the_scan() -> Mail:
    """The scanner's sweep, and the reader's open and click in another browser two minutes later."""
    mail, client = Mail(), scanner(ELSEWHERE)
    for link in range(1, 5):
        mail.click(40 + link * 0.1, client, link)
    mail.open(160, FIREFOX)
    _person(mail, 170, FIREFOX)
    return mail


@spares("input_on_page", "second_page", scans=True)
def crawls_two_pages() -> Mail:
    """A sandbox runs two pages without any input."""
    mail, client = Mail(), scanner(ELSEWHERE, browsers.NEWEST, window=frozenset({"webdriver"}))
    mail.visit(mail.click(40, client), 41, client, pages=("/", "/pricing"), stay=6, inputs=0)
    return mail


@spares("complete_browser", "browser_headers", "apple_mail", scans=True)
def library_under_a_browsers_name() -> Mail:
    """A library names Chrome and sends neither Sec-Fetch-* nor a language."""
    mail, client = Mail(), scanner(ELSEWHERE, browsers.NEWEST, fetch=False, language=False)
    mail.click(40, client)
    return mail


@spares("mail_proxy", "like_a_persons_click")
def gmail_in_the_first_seconds() -> Mail:
    """Gmail's proxy within seconds of sending loads on arrival."""
    mail = Mail()
    mail.open(2, program(GMAIL, GOOGLE))
    return mail


@spares("page:own_browser", "page:robot_agent", "page:link_preview", "page:no_agent", "page:exchange_online_network")
def visitor_on_an_office_line() -> Mail:
    """A visit from an address of no list."""
    mail = Mail()
    _person(mail, 900, EDGE)
    return mail


@spares("page:mail_security_network", "page:cloud", "page:automated_browser", "page:brought_by_machine", scans=True)
def visitor_after_the_scan() -> Mail:
    """A scanner follows the link from a cloud and shows the page; the person's visit comes by a click of its own."""
    mail, client = Mail(), scanner(AZURE, window=frozenset({"webdriver"}))
    mail.visit(mail.click(40, client), 41, client, inputs=0)
    _person(mail, 900, CHROME)
    return mail


@spares("page:no_input")
def form_after_reading() -> Mail:
    """Reads without touching for a while, then sends a form."""
    mail = Mail()
    click = mail.click(900, SAFARI)
    visitor = mail.visit(click, 901, SAFARI, pages=("/contact",), stay=60, inputs=9, first_input=50)
    mail.act(Act.SUBMIT, 960, SAFARI, visitor)
    return mail


@spares("page:input_on_page", scans=True)
def form_by_script() -> Mail:
    """A robot sends the form by script: no input is trusted."""
    mail, client = Mail(), scanner(AMAZON, window=frozenset({"webdriver"}))
    visitor = mail.visit(mail.click(40, client), 41, client, pages=("/contact",), stay=6, inputs=0)
    mail.act(Act.SUBMIT, 45, client, visitor, trusted=False)
    return mail
