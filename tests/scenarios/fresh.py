"""Kinds that were written when the rules had been changed already, as a check on both halves. Rules are not changed for them."""

from tests.scenarios import browsers
from tests.scenarios.addresses import listed, unlisted
from tests.scenarios.browsers import NEWEST, program, sandbox
from tests.scenarios.draw import Draw, kind
from tests.scenarios.language import Cause, Episode
from tests.scenarios.machines import MACHINES
from tests.scenarios.people import PEOPLE
from tracker.rules.verdicts.networks import NetworkClass


@kind(PEOPLE, is_fresh=True)
def browser_isolation(draw: Draw) -> Episode:
    """A remote browser in a cloud shows the page to a person: Chrome on Linux, input as usual."""
    mail, version = draw.mail(), NEWEST - draw.rng.randint(0, 3)
    client = draw.person(browsers.chrome, listed(draw.rng, NetworkClass.CLOUD))
    headers = browsers.navigation("en-US,en;q=0.9", hints=browsers.brands(version), https=draw.https)
    draw.follows(mail, draw.reading(), client.but(agent=browsers.chromium(version, "X11; Linux x86_64"), headers=headers))
    return mail.done("browser_isolation")


@kind(PEOPLE, is_fresh=True)
def strict_firefox(draw: Draw) -> Episode:
    """Firefox with strict tracking protection: the snippet never runs."""
    mail, client = draw.mail(is_live=True), draw.person(browsers.firefox)
    at = draw.reading()
    draw.reads(mail, at, client)
    mail.click(at + draw.between(3, 40), client, 2)
    return mail.done("strict_firefox")


@kind(PEOPLE, is_fresh=True)
def lock_screen(draw: Draw) -> Episode:
    """Taps a link from a notification within a minute, and puts the phone away half of the time without touching the page."""
    mail, client, at = draw.mail(), draw.person(browsers.iphone), draw.between(10, 60)
    click = mail.click(at, client)
    if draw.live:
        mail.visit(click, at + draw.between(0.8, 3), client, stay=draw.between(4, 30), inputs=draw.rng.choice((0, 3, 8)), first_input=3)
    return mail.done("lock_screen")


@kind(PEOPLE, is_fresh=True)
def two_by_middle_click(draw: Draw) -> Episode:
    """Opens two links with the middle button, half a second apart, and reads both later."""
    mail, client, at = draw.mail(), draw.person(draw.rng.choice(browsers.DESKTOP)), draw.reading()
    first, second = mail.click(at, client, 1), mail.click(at + draw.between(0.4, 0.9), client, 2)
    draw.browses(mail, first, at + 1, client)
    draw.browses(mail, second, at + 40, client)
    return mail.done("two_by_middle_click")


@kind(PEOPLE, is_fresh=True)
def old_telephone(draw: Draw) -> Episode:
    """An old Android with the web view of Chrome 95."""
    mail, client = draw.mail(), draw.person(browsers.android_app)
    agent = "Mozilla/5.0 (Linux; Android 8.1.0; SM-J530F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/95.0.4638.74 Mobile Safari/537.36"
    headers = browsers.navigation("pl-PL,pl;q=0.9", hints=browsers.brands(95, "Android WebView"), user=False, https=draw.https)
    draw.follows(mail, draw.reading(), client.but(agent=agent, headers=headers))
    return mail.done("old_telephone")


@kind(PEOPLE, is_fresh=True)
def terminal_server(draw: Draw) -> Episode:
    """Three colleagues on one terminal server read the forwarded mail within two minutes: one address, one agent."""
    mail, client, at = draw.mail(), draw.person(browsers.edge), draw.reading()
    for _ in range(3):
        draw.follows(mail, at, client)
        at += draw.between(5, 60)
    return mail.done("terminal_server")


@kind(PEOPLE, is_fresh=True)
def reads_on_the_train(draw: Draw) -> Episode:
    """A phone whose provider changes its address with every request."""
    mail, client, at = draw.mail(), draw.person(draw.rng.choice(browsers.PHONE)), draw.reading()
    for link in range(1, 4):
        draw.follows(mail, at, client.but(address=unlisted(draw.rng)), link)
        at += draw.between(8, 40)
    return mail.done("reads_on_the_train")


@kind(MACHINES, is_fresh=True)
def telephone_sandbox(draw: Draw) -> Episode:
    """A sandbox that names Safari on an iPhone and sends no Sec-Fetch-*, from a network of no list."""
    mail, at, client = draw.mail(scans=True), draw.scanning(), draw.person(browsers.iphone)
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
    client = client.but(cause=Cause.MACHINE, agent=agent, headers=browsers.navigation("en-US", fetch=False))
    for link in range(1, draw.rng.randint(2, 4)):
        mail.click(at, client, link)
        at += draw.between(0.5, 30)
    return mail.done("telephone_sandbox")


@kind(MACHINES, is_fresh=True)
def own_appliance(draw: Draw) -> Episode:
    """The company's own gateway, at its own address, opens every link with a library that names a current Firefox."""
    mail, at = draw.mail(scans=None), draw.scanning()
    client = program("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:147.0) Gecko/20100101 Firefox/147.0", unlisted(draw.rng))
    draw.sweeps(mail, at, client, draw.rng.randint(2, 6), draw.between(0.5, 8))
    return mail.done("own_appliance")


@kind(MACHINES, is_fresh=True)
def two_sandboxes(draw: Draw) -> Episode:
    """Two sandboxes in two countries each open two links in real browsers, at the same time."""
    mail, at = draw.mail(scans=True), draw.scanning()
    for _ in range(2):
        client = sandbox(draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 8), https=draw.https)
        for link in (1, 2):
            click = mail.click(at + draw.between(0, 5), client, link)
            draw.lingers(mail, click, at + 6, client, 0.6)
    return mail.done("two_sandboxes")


@kind(MACHINES, is_fresh=True)
def link_checker(draw: Draw) -> Episode:
    """A security extension in the reader's webmail fetches all links when the mail is opened; the reader follows none."""
    mail, client, at = draw.mail(), draw.person(browsers.chrome), draw.reading()
    headers = {**client.headers, "accept": "*/*"} | ({"sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty"} if draw.https else {})
    headers.pop("sec-fetch-user", None)
    draw.sweeps(mail, at, client.but(cause=Cause.MACHINE, headers=headers), draw.rng.randint(2, 6), draw.between(0.3, 3))
    return mail.done("link_checker")


@kind(MACHINES, is_fresh=True)
def cloud_fleet(draw: Draw) -> Episode:
    """A fleet in clouds opens a link each minute or two, each from another address, in real browsers."""
    mail, at = draw.mail(scans=draw.rng.choice((True, None))), draw.scanning()
    for link in range(1, draw.rng.randint(3, 6)):
        client = sandbox(draw.rng, listed(draw.rng, NetworkClass.CLOUD), NEWEST - draw.rng.randint(0, 10), https=draw.https)
        click = mail.click(at, client, link)
        draw.lingers(mail, click, at, client, 0.5)
        at += draw.between(60, 150)
    return mail.done("cloud_fleet")


@kind(MACHINES, is_fresh=True)
def rescan_at_open(draw: Draw) -> Episode:
    """Hours later, when the reader opens the mail, the gateway scans two links again from its cloud; the reader follows none."""
    mail, at = draw.mail(scans=True), draw.reading(9000)
    draw.reads(mail, at, draw.person(browsers.edge))
    client = sandbox(draw.rng, listed(draw.rng, NetworkClass.CLOUD), NEWEST - 2, https=draw.https)
    draw.sweeps(mail, at + 4, client, 2, 6)
    return mail.done("rescan_at_open")


@kind(MACHINES, is_fresh=True)
def assistant(draw: Draw) -> Episode:
    """An assistant summarises the mail and reads a link, under its name or in a headless browser."""
    mail = draw.mail()
    named = program(
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ChatGPT-User/1.0; +https://openai.com/bot)", unlisted(draw.rng)
    )
    plain = sandbox(
        draw.rng, listed(draw.rng, NetworkClass.CLOUD), NEWEST - 1, hints=browsers.brands(NEWEST - 1, "HeadlessChrome"), https=draw.https
    )
    mail.click(draw.reading(), draw.rng.choice((named, plain)))
    return mail.done("assistant")


@kind(MACHINES, is_fresh=True)
def repeats_from_everywhere(draw: Draw) -> Episode:
    """One link three times within ten seconds, from three home providers, in real browsers."""
    mail, at = draw.mail(scans=True), draw.scanning()
    for _ in range(3):
        client = sandbox(draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 12), https=draw.https)
        mail.click(at, client)
        at += draw.between(0.5, 4)
    return mail.done("repeats_from_everywhere")
