"""Kinds of machines: none of them may cause a loud alert."""

from tests.scenarios import browsers
from tests.scenarios.addresses import beside, listed, unlisted
from tests.scenarios.browsers import NEWEST, WINDOWS, program, sandbox
from tests.scenarios.draw import Draw, kind
from tests.scenarios.language import Act, Cause, Client, Episode
from tracker.rules.verdicts.networks import NetworkClass

MACHINES = "machines"
WEBDRIVER = frozenset({"webdriver"})
_AZURE = "Microsoft Azure"
_VENDORS = ("Mimecast", "Proofpoint", "Barracuda", "Trend Micro", "Cisco", "Broadcom Symantec")


def _azure(draw: Draw) -> str:
    return listed(draw.rng, NetworkClass.CLOUD, _AZURE)


@kind(MACHINES)
def safe_links_eop(draw: Draw) -> Episode:
    """Exchange Online opens the pixel and every link, tens of seconds after sending (MillionSend#22, craft-campaign#546)."""
    mail, at = draw.mail(scans=True), draw.scanning()
    client = sandbox(draw.rng, listed(draw.rng, NetworkClass.EOP), draw.rng.randint(79, NEWEST), fetch=draw.chance(0.5), https=draw.https)
    mail.open(max(0.3, at - draw.between(1, 20)), client)
    draw.sweeps(mail, at, client, draw.rng.randint(1, 10), draw.between(0.2, 1))
    return mail.done("safe_links_eop")


@kind(MACHINES)
def safe_links_azure(draw: Draw) -> Episode:
    """The same from other addresses of AS8075, with real Chromium that runs scripts (OpenAEV#7470)."""
    mail, at = draw.mail(scans=True), draw.scanning()
    hints = browsers.brands(NEWEST - 3, "HeadlessChrome") if draw.chance(0.4) else None
    clients = [sandbox(draw.rng, _azure(draw), NEWEST - draw.rng.randint(0, 30), hints=hints, https=draw.https) for _ in range(2)]
    for number, click in enumerate(draw.sweeps(mail, at, clients, draw.rng.randint(3, 9), draw.between(0.2, 1))):
        draw.lingers(mail, click, at + 1, clients[number % 2], 0.4)
    return mail.done("safe_links_azure")


@kind(MACHINES)
def single_azure(draw: Draw) -> Episode:
    """One link only, from a single address of AS8075 (MillionSend#22: single-link hits of the same fleet)."""
    mail, at = draw.mail(scans=True), draw.scanning()
    client = sandbox(
        draw.rng, _azure(draw), NEWEST - draw.rng.randint(0, 20), https=draw.https, window=WEBDRIVER if draw.chance(0.5) else frozenset()
    )
    click = mail.click(at, client)
    draw.lingers(mail, click, at, client, 0.5)
    return mail.done("single_azure")


@kind(MACHINES)
def single_late(draw: Draw) -> Episode:
    """One link, ten minutes to hours after sending, from a cloud (single-link hits, slow sandboxes)."""
    mail, at = draw.mail(), draw.between(620, 20000)
    client = sandbox(
        draw.rng, listed(draw.rng, NetworkClass.CLOUD), NEWEST - draw.rng.randint(0, 30), https=draw.https, fetch=draw.chance(0.6)
    )
    click = mail.click(at, client)
    draw.lingers(mail, click, at, client, 0.4)
    return mail.done("single_late")


@kind(MACHINES)
def unlisted_sweep(draw: Draw) -> Episode:
    """All links within a second, from a home provider's address and without a name (Barracuda, S8)."""
    mail, at = draw.mail(scans=True), draw.scanning()
    client = sandbox(draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 15), fetch=draw.chance(0.5), https=draw.https)
    if draw.chance(0.6):
        mail.open(at - draw.between(0.2, 9) if at > 10 else at, client)
    draw.sweeps(mail, at, client, draw.rng.randint(3, 9), draw.between(0.2, 1))
    return mail.done("unlisted_sweep")


@kind(MACHINES)
def unlisted_minute(draw: Draw) -> Episode:
    """All links within a minute, unsubscribing too, from a home provider's address (Barracuda, S8)."""
    mail, at = draw.mail(scans=True), draw.scanning()
    client = sandbox(draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 40), fetch=draw.chance(0.4), https=draw.https)
    draw.sweeps(mail, at, client, draw.rng.randint(4, 9), draw.between(15, 60))
    return mail.done("unlisted_minute")


@kind(MACHINES)
def many_hands(draw: Draw) -> Episode:
    """Each link from another address of a fleet, within a few seconds (proximity, Marketo)."""
    mail, at = draw.mail(scans=True), draw.scanning()
    clients = [
        sandbox(draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 25), https=draw.https) for _ in range(draw.rng.randint(3, 6))
    ]
    draw.sweeps(mail, at, clients, len(clients), draw.between(1, 12))
    return mail.done("many_hands")


@kind(MACHINES)
def slow_drip(draw: Draw) -> Episode:
    """Twenty to ninety seconds between links, from a vendor or cloud (S11)."""
    mail, at = draw.mail(scans=True), draw.scanning()
    kind_ = draw.rng.choice((NetworkClass.CLOUD, NetworkClass.MAIL_SECURITY))
    client = sandbox(draw.rng, listed(draw.rng, kind_), NEWEST - draw.rng.randint(0, 20), fetch=draw.chance(0.5), https=draw.https)
    for link in range(1, draw.rng.randint(3, 7)):
        mail.click(at, client, link)
        at += draw.between(20, 90)
    return mail.done("slow_drip")


@kind(MACHINES)
def slow_drip_unlisted(draw: Draw) -> Episode:
    """The same from a network of no list; the library behind it sends no Sec-Fetch-*."""
    mail, at = draw.mail(scans=True), draw.scanning()
    client = sandbox(
        draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(3, 40), fetch=False, language=draw.chance(0.5), https=draw.https
    )
    for link in range(1, draw.rng.randint(4, 7)):
        mail.click(at, client, link)
        at += draw.between(20, 90)
    return mail.done("slow_drip_unlisted")


@kind(MACHINES)
def vendor_single(draw: Draw) -> Episode:
    """One link after minutes, without scripts (Proofpoint, S9)."""
    mail, client = (
        draw.mail(scans=True),
        sandbox(draw.rng, listed(draw.rng, NetworkClass.MAIL_SECURITY, *_VENDORS), NEWEST - 9, https=draw.https),
    )
    mail.click(draw.between(60, 3600), client, draw.rng.randint(1, 5))
    return mail.done("vendor_single")


@kind(MACHINES)
def head_then_get(draw: Draw) -> Episode:
    """HEAD, then GET, from a vendor or an unlisted address (Mimecast, S10; Appointments#293)."""
    mail, at = draw.mail(scans=True), draw.scanning()
    address = listed(draw.rng, NetworkClass.MAIL_SECURITY, "Mimecast") if draw.chance(0.5) else unlisted(draw.rng)
    client = sandbox(draw.rng, address, NEWEST - draw.rng.randint(0, 12), fetch=draw.chance(0.5), https=draw.https)
    for link in range(1, draw.rng.randint(2, 4)):
        mail.head(at, client.but(agent=draw.rng.choice(("", client.agent)), address=beside(draw.rng, address)))
        mail.click(at + draw.between(0.2, 6), client, link)
        at += draw.between(2, 30)
    return mail.done("head_then_get")


@kind(MACHINES)
def mangled(draw: Draw) -> Episode:
    """The first token is changed and refused, or has a character appended and is repaired (emdash#3298, passwordless-login#79)."""
    mail, at = draw.mail(scans=True), draw.scanning()
    client = sandbox(draw.rng, _azure(draw) if draw.chance(0.6) else unlisted(draw.rng), NEWEST - draw.rng.randint(0, 20), https=draw.https)
    if draw.chance(0.5):
        mail.refused(at, client)
        mail.click(at + draw.between(0.3, 4), client.but(address=beside(draw.rng, client.address)))
    else:
        mail.click(at, client, signs=("repaired",))
    return mail.done("mangled")


@kind(MACHINES)
def library(draw: Draw) -> Episode:
    """curl, Python, Go and Java on a leaked link (S20)."""
    agents = ("curl/8.9.1", "python-requests/2.32.3", "Go-http-client/2.0", "Java/17.0.9", "okhttp/4.12.0", "axios/1.7.2", "")
    mail = draw.mail()
    at = draw.reading()
    for _ in range(draw.rng.randint(1, 3)):
        mail.click(at, program(draw.rng.choice(agents), unlisted(draw.rng)))
        at += draw.between(1, 4000)
    return mail.done("library")


@kind(MACHINES)
def faked_browser(draw: Draw) -> Episode:
    """A library under a browser's name, from a network of no list: one link, no Sec-Fetch-*, often no language."""
    mail, at = draw.mail(), draw.scanning()
    client = sandbox(
        draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 45), fetch=False, language=draw.chance(0.3), https=draw.https
    )
    mail.click(at, client.but(headers={**client.headers, "accept": "*/*"}))
    return mail.done("faked_browser")


@kind(MACHINES)
def chat_preview(draw: Draw) -> Episode:
    """Slack, Teams, WhatsApp, LinkedIn and others preview a forwarded link (S17)."""
    agents = (
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "WhatsApp/2.24.20.89 A", "SkypeUriPreview Preview/0.5",
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)",
    )  # fmt: skip
    mail = draw.mail()
    mail.click(draw.reading(), program(draw.rng.choice(agents), listed(draw.rng, NetworkClass.CLOUD)))
    return mail.done("chat_preview")


@kind(MACHINES)
def archive(draw: Draw) -> Episode:
    """A mailing list's archive is crawled (S19)."""
    mail, at = draw.mail(), draw.reading(20000)
    client = program("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", listed(draw.rng, NetworkClass.CLOUD))
    for link in range(1, 5):
        mail.click(at, client, link)
        at += draw.between(3, 600)
    return mail.done("archive")


@kind(MACHINES)
def mail_providers(draw: Draw) -> Episode:
    """Apple and Gmail load pictures before the mail is opened (S1, S4)."""
    mail = draw.mail()
    if draw.chance(0.5):
        mail.open(draw.between(5, 80000), program(browsers.APPLE_PROXY, listed(draw.rng, NetworkClass.RELAY)))
    else:
        mail.open(draw.between(60, 9000), program(browsers.GMAIL_PREFETCH, "66.249.84.33"))
    if draw.chance(0.5):
        mail.open(draw.between(0.5, 4), program(browsers.GMAIL, "66.249.84.20"))
    return mail.done("mail_providers")


@kind(MACHINES)
def new_outlook(draw: Draw) -> Episode:
    """The new Outlook looks a link up before its reader follows it, which never happens here (next-auth#1840)."""
    mail, address = draw.mail(), unlisted(draw.rng)
    mail.click(
        draw.reading(),
        program(browsers.ONE_OUTLOOK, address, **{"x-native-host": "OneOutlook/1.2026.1104.200", "accept-language": "en-US"}),
    )
    return mail.done("new_outlook")


@kind(MACHINES)
def headless_sandbox(draw: Draw) -> Episode:
    """A sandbox in no list runs the page of one link and shows itself in its window or its client hints."""
    mail, at = draw.mail(scans=True), draw.scanning()
    window, hints = (WEBDRIVER, None) if draw.chance(0.6) else (frozenset(), browsers.brands(NEWEST - 2, "HeadlessChrome"))
    client = sandbox(draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 12), hints=hints, window=window, https=draw.https)
    click = mail.click(at, client)
    if draw.live:
        mail.visit(
            click,
            at + draw.between(0.3, 3),
            client,
            stay=draw.between(2, 20),
            inputs=0,
            pages=("/", "/pricing") if draw.chance(0.3) else ("/",),
        )
    return mail.done("headless_sandbox")


@kind(MACHINES)
def form_filler(draw: Draw) -> Episode:
    """A robot follows the link and sends the form by script."""
    mail, at = draw.mail(scans=True, is_live=True), draw.scanning()
    client = sandbox(
        draw.rng, listed(draw.rng, NetworkClass.CLOUD), NEWEST - 4, https=draw.https, window=WEBDRIVER if draw.chance(0.6) else frozenset()
    )
    click = mail.click(at, client)
    visitor = mail.visit(click, at + 1, client, pages=("/contact",), stay=6, inputs=0)
    mail.act(Act.SUBMIT, at + 4, client, visitor, trusted=False)
    return mail.done("form_filler")


@kind(MACHINES)
def prefetcher(draw: Draw) -> Episode:
    """A reader's program or browser fetches links in advance, and the person never follows them."""
    mail, make = draw.mail(), draw.rng.choice((browsers.chrome, browsers.edge, browsers.android))
    client = draw.person(make).but(cause=Cause.MACHINE)
    at = draw.reading()
    name = draw.rng.choice(("sec-purpose", "purpose", "x-moz"))
    for link in range(1, draw.rng.randint(2, 4)):
        mail.click(at + draw.between(0, 0.5), client, link, headers={name: "prefetch"})
    return mail.done("prefetcher")


@kind(MACHINES)
def two_links(draw: Draw) -> Episode:
    """A mail with two links: both are opened a few hundred milliseconds apart, from an unlisted address."""
    mail, at = draw.mail(scans=True), draw.scanning()
    client = sandbox(draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 20), fetch=draw.chance(0.6), https=draw.https)
    mail.click(at, client, 1)
    mail.click(at + draw.between(0.03, 0.9), client, 2)
    return mail.done("two_links")


@kind(MACHINES)
def early_and_again(draw: Draw) -> Episode:
    """A sweep within minutes and another one hours later, from other addresses of the fleet."""
    mail, at = draw.mail(scans=True), draw.scanning()
    for moment in (at, at + draw.between(1900, 30000)):
        client = sandbox(
            draw.rng,
            _azure(draw) if draw.chance(0.5) else unlisted(draw.rng),
            NEWEST - draw.rng.randint(0, 25),
            fetch=draw.chance(0.5),
            https=draw.https,
        )
        draw.sweeps(mail, moment, client, draw.rng.randint(3, 6), 0.9)
    return mail.done("early_and_again")


@kind(MACHINES)
def link_preview_agent(draw: Draw) -> Episode:
    """Apple's link preview loads the page under the reader's own agent; the page is not touched (gophish#1009)."""
    mail, client = draw.mail(is_live=True), draw.person(browsers.iphone).but(cause=Cause.MACHINE)
    kept = {name: value for name, value in client.headers.items() if not name.startswith("sec-fetch")}
    client = client.but(headers=kept | {"sec-purpose": "preview"} if draw.chance(0.5) else kept | {"purpose": "preview"})
    at = draw.reading()
    click = mail.click(at, client)
    mail.visit(click, at + 0.6, client, stay=2, inputs=0)
    return mail.done("link_preview_agent")


@kind(MACHINES, undecidable=True)
def perfect_imitation(draw: Draw) -> Episode:
    """A current real browser without any sign, from a network of no list, opens one link of a mail: nothing tells it from a person."""
    mail = draw.mail(scans=True)
    at, client = draw.scanning(), sandbox(draw.rng, unlisted(draw.rng), NEWEST, https=draw.https)
    click = mail.click(at, client)
    draw.lingers(mail, click, at, client, 0.5)
    return mail.done("perfect_imitation")


@kind(MACHINES)
def old_explorer(draw: Draw) -> Episode:
    """A sandbox with Internet Explorer or an old Firefox and no language."""
    agent = draw.rng.choice(
        (
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
            f"Mozilla/5.0 ({WINDOWS}; rv:52.0) Gecko/20100101 Firefox/52.0",
        )
    )
    mail, at = draw.mail(scans=True), draw.scanning()
    client = Client(cause=Cause.MACHINE, agent=agent, address=unlisted(draw.rng), headers={"accept": "*/*"})
    for link in range(1, draw.rng.randint(2, 4)):
        mail.click(at, client, link)
        at += draw.between(2, 25)
    return mail.done("old_explorer")
