"""Kinds of people: whatever they read mail with, an alert is due."""

from tests.scenarios import browsers
from tests.scenarios.addresses import gateway, listed, unlisted
from tests.scenarios.browsers import GMAIL, OUTLOOK, program, reader
from tests.scenarios.draw import Draw, kind
from tests.scenarios.language import Act, Episode
from tracker.rules.verdicts.networks import NetworkClass

PEOPLE = "people"


def _plain(draw: Draw, made, name: str, *, at: float | None = None) -> Episode:
    mail, client = draw.mail(), draw.person(made)
    when = draw.reading() if at is None else at
    draw.reads(mail, when, client)
    draw.follows(mail, when + draw.between(2, 120), client)
    return mail.done(name)


@kind(PEOPLE)
def chrome(draw: Draw) -> Episode:
    """Chrome on a desktop."""
    return _plain(draw, browsers.chrome, "chrome")


@kind(PEOPLE)
def edge(draw: Draw) -> Episode:
    """Outlook on Windows shows the mail, Edge follows the link."""
    mail, client = draw.mail(), draw.person(browsers.edge)
    at = draw.reading()
    mail.open(at, reader(OUTLOOK, client.address))
    draw.follows(mail, at + draw.between(2, 60), client)
    return mail.done("edge")


@kind(PEOPLE)
def firefox(draw: Draw) -> Episode:
    """Firefox sends Sec-Fetch-* and no client hints."""
    return _plain(draw, browsers.firefox, "firefox")


@kind(PEOPLE)
def safari(draw: Draw) -> Episode:
    """Safari on a Mac: no Sec-Fetch-User, before 16.4 no Sec-Fetch-* at all."""
    return _plain(draw, browsers.safari, "safari")


@kind(PEOPLE)
def iphone(draw: Draw) -> Episode:
    """Safari on an iPhone."""
    return _plain(draw, browsers.iphone, "iphone")


@kind(PEOPLE)
def iphone_other(draw: Draw) -> Episode:
    """Chrome, Edge or Firefox on an iPhone, which are WebKit."""
    return _plain(draw, browsers.iphone_other, "iphone_other")


@kind(PEOPLE)
def android(draw: Draw) -> Episode:
    """Chrome on Android."""
    return _plain(draw, browsers.android, "android")


@kind(PEOPLE)
def samsung(draw: Draw) -> Episode:
    """Samsung Internet, whose engine is older than Chrome's."""
    return _plain(draw, browsers.samsung, "samsung")


@kind(PEOPLE)
def android_app(draw: Draw) -> Episode:
    """The web view of a mail app on Android."""
    return _plain(draw, browsers.android_app, "android_app")


@kind(PEOPLE)
def iphone_app(draw: Draw) -> Episode:
    """The web view of an app on an iPhone."""
    return _plain(draw, browsers.iphone_app, "iphone_app")


@kind(PEOPLE)
def derived(draw: Draw) -> Episode:
    """Brave, Opera, Vivaldi, Yandex."""
    return _plain(draw, browsers.derived, "derived")


@kind(PEOPLE)
def fast(draw: Draw) -> Episode:
    """Opens and clicks four to twenty seconds after delivery."""
    return _plain(draw, None, "fast", at=draw.between(4, 20))


@kind(PEOPLE)
def five_tabs(draw: Draw) -> Episode:
    """Opens three to five links in new tabs within two seconds, then looks at one of them (S14)."""
    mail, client = draw.mail(), draw.person(draw.rng.choice(browsers.DESKTOP))
    at = draw.reading()
    draw.reads(mail, at, client)
    moment, clicks = at + draw.between(3, 40), []
    for link in range(1, draw.rng.randint(3, 5) + 1):
        clicks.append((mail.click(moment, client, link), moment))
        moment += draw.between(0.35, 0.6)
    click, when = draw.rng.choice(clicks)
    draw.browses(mail, click, when, client)
    return mail.done("five_tabs")


@kind(PEOPLE)
def double_click(draw: Draw) -> Episode:
    """A double click on one link (S13)."""
    mail, client = draw.mail(), draw.person()
    at = draw.reading()
    draw.reads(mail, at, client)
    mail.click(at + 5, client, 2)
    click = mail.click(at + 5 + draw.between(0.1, 0.4), client, 2)
    draw.browses(mail, click, at + 5.4, client)
    return mail.done("double_click")


@kind(PEOPLE)
def no_images(draw: Draw) -> Episode:
    """Images are blocked, or the mail is read as text: a click without an open (S21, S22)."""
    mail = draw.mail()
    draw.follows(mail, draw.reading(), draw.person())
    return mail.done("no_images")


@kind(PEOPLE)
def web_gateway(draw: Draw) -> Episode:
    """Behind Zscaler or Netskope, which are in no list (S15)."""
    mail, client = draw.mail(), draw.person(draw.rng.choice(browsers.DESKTOP), gateway(draw.rng))
    at = draw.reading()
    draw.reads(mail, at, client)
    draw.follows(mail, at + draw.between(2, 60), client)
    return mail.done("web_gateway")


@kind(PEOPLE)
def cloud_vpn(draw: Draw) -> Episode:
    """Behind a VPN or NAT gateway in a cloud, ten minutes or more after sending (S15, warmbly#438)."""
    mail, client = draw.mail(), draw.person(draw.rng.choice(browsers.DESKTOP), listed(draw.rng, NetworkClass.CLOUD))
    at = max(draw.reading(), 620)
    draw.reads(mail, at, client)
    draw.follows(mail, at + draw.between(2, 60), client)
    return mail.done("cloud_vpn")


@kind(PEOPLE)
def old_proxy(draw: Draw) -> Episode:
    """A company's proxy names itself in `via` and takes away client hints; one in three also Sec-Fetch-*."""
    mail, client = draw.mail(), draw.person(draw.rng.choice((browsers.chrome, browsers.edge)))
    gone = ("sec-ch", "sec-fetch") if draw.chance(0.33) else ("sec-ch",)
    kept = {name: value for name, value in client.headers.items() if not name.startswith(gone)}
    client = client.but(headers=kept | {"via": "1.1 proxy.corp.test (squid/6.6)"})
    at = draw.reading()
    draw.reads(mail, at, client)
    draw.follows(mail, at + draw.between(2, 60), client)
    return mail.done("old_proxy")


@kind(PEOPLE)
def ad_blocker(draw: Draw) -> Episode:
    """An ad blocker keeps the snippet out: no view although the site is live."""
    mail, client = draw.mail(is_live=True), draw.person()
    at = draw.reading()
    draw.reads(mail, at, client)
    mail.click(at + draw.between(2, 60), client, draw.rng.randint(1, 4))
    return mail.done("ad_blocker")


@kind(PEOPLE)
def glances(draw: Draw) -> Episode:
    """Reads the page without touching anything and closes it."""
    mail, client = draw.mail(is_live=True), draw.person()
    at = draw.reading()
    draw.reads(mail, at, client)
    click = mail.click(at + 8, client)
    mail.visit(click, at + 9, client, stay=draw.between(3, 25), inputs=0)
    return mail.done("glances")


@kind(PEOPLE)
def sends_a_form(draw: Draw) -> Episode:
    """Follows a link, reads two pages and sends the contact form."""
    mail, client = draw.mail(is_live=True), draw.person()
    at = draw.reading()
    click = mail.click(at, client)
    visitor = mail.visit(click, at + 1, client, pages=("/", "/contact"), stay=30, inputs=12)
    mail.act(Act.SUBMIT, at + 60, client, visitor)
    return mail.done("sends_a_form")


@kind(PEOPLE)
def prerendered(draw: Draw) -> Episode:
    """The browser prerenders the page of a link, and the person then follows it."""
    mail, client = draw.mail(is_live=True), draw.person(browsers.chrome)
    at = draw.reading()
    click = mail.click(at, client, headers={"sec-purpose": "prefetch;prerender"})
    mail.visit(click, at + draw.between(0.6, 3), client, stay=25, inputs=draw.rng.randint(2, 20), signs=("activated",))
    return mail.done("prerendered")


@kind(PEOPLE)
def relay_user(draw: Draw) -> Episode:
    """Safari behind iCloud Private Relay, whose addresses are no sign against clicks."""
    mail, client = draw.mail(), draw.person(draw.rng.choice((browsers.safari, browsers.iphone)), listed(draw.rng, NetworkClass.RELAY))
    mail.open(draw.between(60, 3000), program(browsers.APPLE_PROXY, client.address))
    draw.follows(mail, draw.reading(), client)
    return mail.done("relay_user")


@kind(PEOPLE)
def reads_twice(draw: Draw) -> Episode:
    """Opens in Gmail, follows a link, comes back hours later on another device."""
    mail = draw.mail()
    at = draw.reading()
    mail.open(at, reader(GMAIL, "66.249.84.12"))
    draw.follows(mail, at + 20, draw.person(draw.rng.choice(browsers.DESKTOP)))
    later = at + draw.between(7200, 90000)
    mail.open(later, reader(GMAIL, "66.249.84.14"))
    draw.follows(mail, later + 12, draw.person(draw.rng.choice(browsers.PHONE)))
    return mail.done("reads_twice")


@kind(PEOPLE)
def browses_links(draw: Draw) -> Episode:
    """Follows two or three links one after the other, five to ninety seconds apart."""
    mail, client = draw.mail(), draw.person()
    at = draw.reading()
    draw.reads(mail, at, client)
    for link in draw.rng.sample(range(1, 6), draw.rng.randint(2, 3)):
        at += draw.between(5, 90)
        draw.follows(mail, at, client, link)
    return mail.done("browses_links")


@kind(PEOPLE)
def old_machine(draw: Draw) -> Episode:
    """A desktop with the last Chrome for Windows 7, or with Chrome a year behind."""
    mail, version = draw.mail(), draw.rng.choice((109, browsers.NEWEST - 16, browsers.NEWEST - 22))
    client = draw.person(browsers.chrome)
    headers = browsers.navigation("en-US,en;q=0.9", hints=browsers.brands(version), https=draw.https)
    client = client.but(agent=browsers.chromium(version), headers=headers)
    at = draw.reading()
    draw.reads(mail, at, client)
    draw.follows(mail, at + draw.between(2, 60), client)
    return mail.done("old_machine")


@kind(PEOPLE)
def moving_network(draw: Draw) -> Episode:
    """A phone changes from the office network to the mobile one between two clicks a few seconds apart."""
    mail, client = draw.mail(), draw.person(draw.rng.choice(browsers.PHONE))
    at = draw.reading()
    draw.follows(mail, at, client, 1)
    draw.follows(mail, at + draw.between(4, 14), client.but(address=unlisted(draw.rng)), 2)
    return mail.done("moving_network")


@kind(PEOPLE, undecidable=True)
def cloud_vpn_at_once(draw: Draw) -> Episode:
    """Behind a VPN in a cloud, within ten minutes, and an ad blocker keeps the snippet out: as a scanner looks."""
    mail, client = draw.mail(is_live=True), draw.person(browsers.chrome, listed(draw.rng, NetworkClass.CLOUD))
    mail.click(draw.between(20, 580), client)
    return mail.done("cloud_vpn_at_once")


@kind(PEOPLE)
def opened_file(draw: Draw) -> Episode:
    """Follows a link and downloads a file on the page."""
    mail, client = draw.mail(is_live=True), draw.person()
    at = draw.reading()
    draw.reads(mail, at, client)
    click = mail.click(at + 9, client)
    visitor = mail.visit(click, at + 10, client, stay=40, inputs=4)
    mail.act(Act.DOWNLOAD, at + 30, client, visitor, path="/offer.pdf")
    return mail.done("opened_file")
