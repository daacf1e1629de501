"""Kinds in which machines and a person use the same message."""

from tests.scenarios import browsers
from tests.scenarios.addresses import beside, listed, unlisted
from tests.scenarios.browsers import NEWEST, program, sandbox
from tests.scenarios.draw import Draw, kind
from tests.scenarios.language import Cause, Episode, Mail
from tracker.rules.verdicts.networks import NetworkClass

MIXED = "mixed"


def _after(draw: Draw, name: str, scan, low: float, high: float, made=None) -> Episode:
    """What `scan` records first, then a person so many seconds later."""
    mail: Mail = draw.mail(scans=True)
    end = scan(mail)
    at, client = end + draw.between(low, high), draw.person(made)
    draw.reads(mail, at, client)
    draw.follows(mail, at + draw.between(3, 40), client)
    return mail.done(name)


@kind(MIXED)
def sweep_then_person(draw: Draw) -> Episode:
    """A scanner opens every link; the person comes one to twenty minutes later, in the same episode."""

    def scan(mail: Mail) -> float:
        at, client = draw.scanning(), sandbox(draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 20), https=draw.https)
        draw.sweeps(mail, at, client, draw.rng.randint(3, 8))
        return at

    return _after(draw, "sweep_then_person", scan, 60, 1200)


@kind(MIXED)
def eop_then_person(draw: Draw) -> Episode:
    """Two requests from Microsoft, the first token mangled; the person four minutes later (emdash#3298)."""

    def scan(mail: Mail) -> float:
        at, client = draw.scanning(), sandbox(draw.rng, listed(draw.rng, NetworkClass.EOP), NEWEST - 8, https=draw.https)
        mail.refused(at, client)
        mail.click(at + 0.4, client)
        return at

    return _after(draw, "eop_then_person", scan, 30, 600)


@kind(MIXED)
def pair_at_click(draw: Draw) -> Episode:
    """Safe Links checks a link when it is clicked: Microsoft's request and the person's within three seconds (S7, defender-docs#363)."""
    mail, client = draw.mail(scans=True), draw.person(draw.rng.choice((browsers.edge, browsers.chrome, browsers.iphone_app)))
    at, link = draw.reading(), draw.rng.randint(1, 4)
    draw.reads(mail, at - 3, client)
    address = listed(draw.rng, NetworkClass.EOP) if draw.chance(0.5) else listed(draw.rng, NetworkClass.CLOUD, "Microsoft Azure")
    check = sandbox(draw.rng, address, NEWEST - draw.rng.randint(0, 30), fetch=draw.chance(0.5), https=draw.https)
    mail.click(at + draw.between(-2, 2), check, link)
    draw.follows(mail, at, client, link)
    return mail.done("pair_at_click")


@kind(MIXED)
def second_scanner(draw: Draw) -> Episode:
    """The person twelve seconds after the scanner, from another address and system (resend-node#901)."""

    def scan(mail: Mail) -> float:
        at, client = draw.scanning(), sandbox(draw.rng, listed(draw.rng, NetworkClass.CLOUD), NEWEST - 20, fetch=False, https=draw.https)
        mail.click(at, client)
        return at

    return _after(draw, "second_scanner", scan, 9, 15)


@kind(MIXED)
def head_around_person(draw: Draw) -> Episode:
    """Microsoft sends HEAD with an empty agent before and after the person (Appointments#293)."""
    mail, client = draw.mail(scans=True), draw.person()
    at, checker = draw.reading(), program("", listed(draw.rng, NetworkClass.EOP))
    mail.head(at - draw.between(0.5, 8), checker)
    draw.follows(mail, at, client)
    mail.head(at + draw.between(0.5, 8), checker)
    return mail.done("head_around_person")


@kind(MIXED)
def outlook_probe_then_person(draw: Draw) -> Episode:
    """The new Outlook looks the link up from the reader's own address, then the reader follows it (next-auth#1840)."""
    mail, client = draw.mail(), draw.person(browsers.edge)
    at, link = draw.reading(), draw.rng.randint(1, 4)
    mail.click(at - draw.between(0.3, 4), program(browsers.ONE_OUTLOOK, client.address, **{"x-native-host": "OneOutlook"}), link)
    draw.follows(mail, at, client, link)
    return mail.done("outlook_probe_then_person")


@kind(MIXED)
def forwarded(draw: Draw) -> Episode:
    """The mail is passed on: three people on three devices and networks within days (S16)."""
    mail, at = draw.mail(), draw.reading()
    for _ in range(3):
        draw.follows(mail, at, draw.person())
        at += draw.between(40, 90000)
    return mail.done("forwarded")


@kind(MIXED)
def meeting_link(draw: Draw) -> Episode:
    """The link is posted to a channel: a preview, then two or three colleagues within a minute, from one office address."""
    mail, at, office = draw.mail(), draw.reading(), unlisted(draw.rng)
    preview = program("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", listed(draw.rng, NetworkClass.CLOUD))
    mail.click(at, preview, 1)
    for _ in range(draw.rng.randint(2, 3)):
        at += draw.between(6, 25)
        draw.follows(mail, at, draw.person(draw.rng.choice(browsers.DESKTOP), office), 1)
    return mail.done("meeting_link")


@kind(MIXED)
def person_then_sweep(draw: Draw) -> Episode:
    """The scanner comes minutes after a fast person."""
    mail, client = draw.mail(scans=True), draw.person()
    at = draw.between(15, 60)
    draw.reads(mail, at, client)
    draw.follows(mail, at + 6, client)
    late = at + draw.between(60, 900)
    scanner = sandbox(draw.rng, listed(draw.rng, NetworkClass.CLOUD), NEWEST - 5, https=draw.https)
    draw.sweeps(mail, late, scanner, draw.rng.randint(3, 7))
    return mail.done("person_then_sweep")


@kind(MIXED)
def mpp_then_click(draw: Draw) -> Episode:
    """Apple loads the pixel in advance; the person follows a link from an iPhone (S2)."""
    mail = draw.mail()
    mail.open(draw.between(60, 5000), program(browsers.APPLE_PROXY, listed(draw.rng, NetworkClass.RELAY)))
    draw.follows(mail, draw.reading(), draw.person(browsers.iphone))
    return mail.done("mpp_then_click")


@kind(MIXED)
def sweep_beside_person(draw: Draw) -> Episode:
    """A sweep, and a person's click on one link within the next minute, at an address of the same office gateway."""

    def scan(mail: Mail) -> float:
        at = draw.scanning()
        client = sandbox(draw.rng, unlisted(draw.rng), NEWEST - draw.rng.randint(0, 9), fetch=draw.chance(0.5), https=draw.https)
        draw.sweeps(mail, at, client, 4)
        return at + 1

    return _after(draw, "sweep_beside_person", scan, 3, 60)


@kind(MIXED)
def preview_then_reader(draw: Draw) -> Episode:
    """An iPhone previews the link with the reader's agent, then the reader opens it (gophish#499)."""
    mail, client = draw.mail(), draw.person(browsers.iphone)
    at = draw.reading()
    preview = client.but(
        cause=Cause.MACHINE, headers={**client.headers, "sec-purpose": "preview"}, address=beside(draw.rng, client.address)
    )
    mail.click(at, preview, 1)
    draw.follows(mail, at + draw.between(2, 9), client, 1)
    return mail.done("preview_then_reader")
