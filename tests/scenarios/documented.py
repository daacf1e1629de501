"""The scenario set S1 to S22: behaviour that vendors and practitioners document."""

from random import Random

from tests.scenarios import browsers
from tests.scenarios.addresses import gateway
from tests.scenarios.browsers import GMAIL, GMAIL_PREFETCH, OUTLOOK, program, reader
from tests.scenarios.language import Expected, Mail
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
    HOME,
    IPHONE,
    MIMECAST,
    OFFICE,
    PROOFPOINT,
    RELAY,
    SAFARI,
    scanner,
    scenario,
)  # fmt: skip


@scenario("S1")
def apple_proxy_alone() -> Mail:
    """Apple's privacy protection loads the pixel between 5 minutes and 24 hours after sending."""
    mail = Mail()
    mail.open(300, program(browsers.APPLE_PROXY, RELAY))
    mail.open(80000, program(browsers.APPLE_PROXY, RELAY))
    return mail


@scenario("S2")
def apple_proxy_then_click() -> Mail:
    """The same, then a true click from an iPhone."""
    mail = Mail()
    mail.open(300, program(browsers.APPLE_PROXY, RELAY))
    mail.visit(mail.click(7000, IPHONE), 7001, IPHONE, inputs=3)
    return mail


@scenario("S3")
def gmail_open_and_reopen() -> Mail:
    """Gmail's proxy loads the pixel when the reader opens; a second open is cached; then a click."""
    mail = Mail()
    mail.open(4000, reader(GMAIL, GOOGLE))
    mail.visit(mail.click(9000, CHROME), 9001, CHROME, inputs=3)
    return mail


@scenario("S4")
def gmail_prefetch_then_open() -> Mail:
    """Gmail prefetches with an Edge/12.246 agent while a session is open; the proxy opens later."""
    mail = Mail()
    mail.open(100, program(GMAIL_PREFETCH, GOOGLE))
    mail.open(2000, reader(GMAIL, GOOGLE))
    return mail


@scenario("S5")
def outlook_then_edge() -> Mail:
    """Outlook on the desktop opens, Edge follows the link."""
    mail = Mail()
    mail.open(1500, reader(OUTLOOK, OFFICE))
    mail.visit(mail.click(1520, EDGE), 1521, EDGE, inputs=8)
    return mail


@scenario("S6", scans=True)
def safe_attachments() -> Mail:
    """All links within 10 s, Chrome's agent, AS8075, scripts run."""
    mail, client = Mail(), scanner(AZURE, browsers.NEWEST - 3)
    for link in range(1, 6):
        mail.visit(mail.click(40 + link * 1.8, client, link), 41 + link * 1.8, client, stay=4, inputs=0)
    return mail


@scenario("S7", scans=True)
def safe_links_pair() -> Mail:
    """Safe Links checks at click time, milliseconds beside the person."""
    mail = Mail()
    mail.click(2000, scanner(EOP, 110), 2)
    mail.visit(mail.click(2000.15, EDGE, 2), 2001, EDGE, inputs=4)
    return mail


@scenario("S8", scans=True)
def barracuda() -> Mail:
    """All links within 60 s, from a home provider's address, no named agent."""
    mail, client = Mail(), scanner(HOME, browsers.NEWEST - 14, fetch=False)
    for link in range(1, 8):
        mail.click(25 + link * 7, client, link)
    return mail


@scenario("S9", scans=True)
def proofpoint() -> Mail:
    """One link after some minutes, no scripts."""
    mail = Mail()
    mail.click(560, scanner(PROOFPOINT, browsers.NEWEST - 5), 2)
    return mail


@scenario("S10", scans=True)
def mimecast() -> Mail:
    """HEAD, then GET."""
    mail, client = Mail(), scanner(MIMECAST, browsers.NEWEST - 5)
    mail.head(70, client)
    mail.click(71, client)
    return mail


@scenario("S11", scans=True)
def slow_drip() -> Mail:
    """20 to 90 s between links."""
    mail, client = Mail(), scanner(AMAZON, browsers.NEWEST - 5)
    for number, at in enumerate((60, 95, 180, 240), 1):
        mail.click(at, client, number)
    return mail


@scenario("S12")
def fast_person() -> Mail:
    """Opens and clicks four seconds after delivery."""
    mail = Mail()
    mail.open(4, CHROME)
    mail.visit(mail.click(8, CHROME), 9, CHROME, inputs=5)
    return mail


@scenario("S13")
def double_click() -> Mail:
    """Two clicks on one link within a quarter of a second: one counts."""
    mail = Mail()
    mail.click(4000, CHROME)
    mail.visit(mail.click(4000.24, CHROME), 4001, CHROME, inputs=5)
    return mail


@scenario("S14")
def five_tabs() -> Mail:
    """Opens five tabs within two seconds and reads one of them: the trap for rules about bursts."""
    mail = Mail()
    clicks = [mail.click(4000 + link * 0.42, CHROME, link) for link in range(1, 6)]
    mail.visit(clicks[0], 4003, CHROME, inputs=11)
    return mail


@scenario("S15")
def behind_a_gateway() -> Mail:
    """Behind Zscaler, and behind a VPN in a cloud an hour after sending."""
    mail, zscaler, vpn = Mail(), CHROME.but(address=gateway(Random(3))), EDGE.but(address=AMAZON)
    mail.visit(mail.click(200, zscaler), 201, zscaler, inputs=3)
    mail.visit(mail.click(3600, vpn), 3601, vpn, inputs=3)
    return mail


@scenario("S15")
def behind_a_gateway_that_names_itself() -> Mail:
    """Zscaler, Netskope, iboss and Umbrella as forward proxies: `via` has their name, and their addresses are theirs. From 30 s on."""
    mail = Mail()
    names = ("1.1 zscaler.example (Zscaler)", "1.1 nskp-proxy", "1.1 iboss", "1.1 proxy10.ams.swg.umbrella.com (IronPort-WSA)")
    for number, via in enumerate(names):
        for client in (CHROME, EDGE):
            behind = client.but(address=gateway(Random(number)), headers=client.headers | {"via": via})
            at = 30 + number * 400 + 60 * (client is EDGE)
            mail.visit(mail.click(at, behind), at + 1, behind, inputs=3)
    return mail


@scenario("S16")
def forwarded() -> Mail:
    """Three devices follow links of one mail."""
    mail = Mail()
    for at, client in ((1000, CHROME), (1400, IPHONE), (9000, FIREFOX)):
        mail.visit(mail.click(at, client), at + 1, client, inputs=3)
    return mail


@scenario("S17")
def posted_in_chats() -> Mail:
    """Slack, Teams and WhatsApp preview the link."""
    mail = Mail()
    for number, agent in enumerate(("Slackbot-LinkExpanding 1.0", "SkypeUriPreview Preview/0.5", "WhatsApp/2.24.20.89 A")):
        mail.click(1000 + number * 100, program(agent, AMAZON))
    return mail


@scenario("S18", rep_addresses=frozenset({HOME}))
def rep_reads_the_own_mail() -> Mail:
    """The rep's own browser, by its signed mark."""
    mail, own = Mail(), CHROME.but(expected=Expected.SILENT)
    mail.open(60, own, signs=("own",))
    mail.click(70, own, signs=("own",))
    return mail


@scenario("S19")
def archive_crawler() -> Mail:
    """A mailing list's archive is crawled for days."""
    mail, client = Mail(), program("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", GOOGLE)
    for link in range(1, 5):
        mail.click(40000 * link, client, link)
    return mail


@scenario("S20")
def leaked_link() -> Mail:
    """Curl and a monitor on a leaked link."""
    mail = Mail()
    mail.click(5000, program("curl/8.9.1", ELSEWHERE))
    mail.click(9000, program("python-requests/2.32.3", AMAZON))
    return mail


@scenario("S21")
def images_blocked() -> Mail:
    """A click without an open."""
    mail = Mail()
    mail.visit(mail.click(5000, SAFARI), 5001, SAFARI, inputs=2)
    return mail


@scenario("S22", is_live=False)
def text_client() -> Mail:
    """A mail program that shows text: the link is pasted into a browser; the site has no snippet."""
    mail = Mail()
    mail.click(5000, FIREFOX)
    mail.click(9000, ANDROID)
    return mail
