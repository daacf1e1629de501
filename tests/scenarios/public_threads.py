"""Scenarios of public threads, 2023 to 2026, with their numbers."""

from tests.scenarios import browsers
from tests.scenarios.browsers import GMAIL, OUTLOOK, program, reader
from tests.scenarios.language import Cause, Expected, Mail
from tests.scenarios.written import (
    AMAZON,
    ANDROID,
    AZURE,
    CHROME,
    EDGE,
    ELSEWHERE,
    EOP,
    GOOGLE,
    HOME,
    IPHONE,
    OFFICE,
    RELAY,
    SAFARI,
    TREND_MICRO,
    scanner,
    scenario,
)  # fmt: skip


@scenario("putyourlightson/craft-campaign#546", scans=True)
def burst_of_all_links() -> Mail:
    """836 bursts: median 43 s after sending, all nine links in one sub-second sweep, the pixel 9 s before."""
    mail, client = Mail(), scanner(HOME, browsers.NEWEST)
    mail.open(34, client)
    for link in range(1, 10):
        mail.click(43 + link * 0.09, client, link)
    return mail


@scenario("MillionSend/millionsend#22", scans=True)
def two_services_fetch_all_links() -> Mail:
    """EOP and Trend Micro fetch all links milliseconds apart, tens of seconds to minutes after; single-link hits follow."""
    mail = Mail()
    for start, address in ((38, EOP), (140, TREND_MICRO)):
        for link in range(1, 5):
            mail.click(start + link * 0.004, scanner(address), link)
    mail.click(400, scanner(AZURE, browsers.NEWEST - 4), 3)
    return mail


@scenario("emdash-cms/emdash#3298", scans=True)
def mangled_token_then_person() -> Mail:
    """22 s after sending two GETs from AS8075 with headless Chrome, the first token mangled; the person 4 minutes later."""
    mail, client = Mail(), scanner(AZURE, browsers.NEWEST - 6, hints=browsers.brands(browsers.NEWEST - 6, "HeadlessChrome"))
    mail.refused(22, client)
    mail.click(22.3, client)
    click = mail.click(262, CHROME)
    mail.visit(click, 263, CHROME, inputs=9)
    return mail


@scenario("resend/resend-node#901", scans=True)
def second_click_from_elsewhere() -> Mail:
    """Two clicks on one link 12 s apart, from different addresses and systems; the first is the scanner's."""
    mail = Mail()
    mail.click(31, scanner(AMAZON, fetch=False))
    click = mail.click(43, SAFARI)
    mail.visit(click, 44, SAFARI, inputs=4)
    return mail


@scenario("warmbly#564")
def opened_by_hand_with_a_stripped_agent() -> Mail:
    """An open by hand 24 minutes after sending, with a WebKit agent that ends behind the engine; then a click in Safari."""
    mail = Mail()
    mail.open(24 * 60, reader(browsers.APPLE_MAIL, SAFARI.address))
    mail.visit(mail.click(24 * 60 + 9, SAFARI), 24 * 60 + 10, SAFARI, inputs=3)
    return mail


@scenario("warmbly#412")
def open_and_click_together() -> Mail:
    """A person whose program loads pictures only on the click: open and click from one address within milliseconds."""
    mail = Mail()
    mail.open(3000, CHROME)
    mail.visit(mail.click(3000.012, CHROME), 3001, CHROME, inputs=5)
    return mail


@scenario("warmbly#438")
def nat_gateway_of_a_cloud() -> Mail:
    """A whole cloud network also carries people: a click through a NAT gateway an hour after sending."""
    mail, client = Mail(), CHROME.but(address=AMAZON)
    mail.visit(mail.click(3600, client), 3601, client, inputs=7)
    return mail


@scenario("mautic#16263, #9162, #9798", scans=True)
def gateway_past_agent_lists() -> Mail:
    """A gateway passes agent lists and a 2 s window: a current agent, all links 60 s after sending."""
    mail, client = Mail(), scanner(ELSEWHERE, browsers.NEWEST)
    for link in range(1, 6):
        mail.click(60 + link * 0.1, client, link)
    return mail


@scenario("OpenAEV#7470", scans=True)
def detonation_runs_the_page() -> Mail:
    """Safe Links detonates a link and prefetches the pixel; its browser runs scripts and touches nothing."""
    mail, client = Mail(), scanner(AZURE, browsers.NEWEST - 2, window=frozenset({"webdriver"}))
    mail.open(30, client)
    mail.visit(mail.click(41, client), 42, client, stay=8, inputs=0, pages=("/", "/pricing"))
    return mail


@scenario("Ghost#30388, kannon#412, Rock#7034", scans=True)
def one_time_link_consumed() -> Mail:
    """A scanner consumes a one-time link before the person, who follows it two minutes later."""
    mail = Mail()
    mail.click(20, scanner(EOP, 91, language=False))
    mail.visit(mail.click(140, EDGE), 141, EDGE, inputs=6)
    return mail


@scenario("SergeyMosin/Appointments#293", scans=True)
def head_before_and_after_the_person() -> Mail:
    """HEAD with an empty agent from Microsoft, before and after the person's click."""
    mail = Mail()
    mail.head(1190, program("", EOP))
    mail.visit(mail.click(1200, CHROME), 1201, CHROME, inputs=5)
    mail.head(1215, program("", EOP))
    return mail


@scenario("next-auth#1840, usdr-gost#2442")
def new_outlook_looks_first() -> Mail:
    """The new Outlook: GET with `OneOutlook/…` and `x-native-host` from the reader's address, then the reader's own."""
    mail = Mail()
    mail.open(700, reader(browsers.ONE_OUTLOOK, OFFICE))
    mail.click(710, program(browsers.ONE_OUTLOOK, OFFICE, **{"x-native-host": "OneOutlook/1.2026.1104.200"}))
    mail.visit(mail.click(712, EDGE), 713, EDGE, inputs=4)
    return mail


@scenario("edalzell/laravel-passwordless-login#79, opencollective#3656", scans=True)
def character_appended() -> Mail:
    """Microsoft addresses with old Chromes; `%27` appended to the token, which is repaired."""
    mail = Mail()
    mail.click(35, scanner(EOP, 79, fetch=False), signs=("repaired",))
    mail.click(36, scanner(AZURE, 86, fetch=False), signs=("repaired",))
    return mail


@scenario("gophish#2446, #2357, #973, #1390")
def gmail_within_seconds() -> Mail:
    """GoogleImageProxy within seconds, with few headers: no open. The reader's open an hour later is one."""
    mail = Mail()
    mail.open(3, program(GMAIL, GOOGLE))
    mail.open(3600, reader(GMAIL, GOOGLE))
    mail.visit(mail.click(3620, CHROME), 3621, CHROME, inputs=2)
    return mail


@scenario("gophish#1009, #499")
def apple_link_preview() -> Mail:
    """IPhone and macOS link previews load the page with the reader's own agent; the reader follows 5 s later."""
    mail = Mail()
    preview = IPHONE.but(cause=Cause.MACHINE, headers={**IPHONE.headers, "purpose": "preview"})
    mail.visit(mail.click(500, preview), 500.6, preview, stay=2, inputs=0)
    mail.visit(mail.click(505.4, IPHONE), 506, IPHONE, inputs=8)
    return mail


@scenario("dubinc/dub#1860, YOURLS#3967, Crawler-Detect#552")
def chat_previews() -> Mail:
    """Slack, WhatsApp and Teams preview a posted link; `Barracuda Sentinel (EE)` reads the mail."""
    mail = Mail()
    agents = (
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "WhatsApp/2.24.20.89 A",
        "SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
        "Barracuda Sentinel (EE)",
    )
    for number, agent in enumerate(agents):
        mail.click(900 + number * 40, program(agent, AMAZON))
    return mail


@scenario("MicrosoftDocs/defender-docs#363", scans=True)
def check_at_click_time() -> Mail:
    """Safe Links in Outlook mobile checks by API when the link is tapped: the pair of check and person within a second."""
    mail = Mail()
    mail.click(5000, scanner(AZURE, browsers.NEWEST - 12, fetch=False), 2)
    mail.visit(mail.click(5000.4, IPHONE, 2), 5001.2, IPHONE, inputs=6)
    return mail


@scenario("warmbly#412", is_sent_known=False)
def time_of_sending_unknown() -> Mail:
    """The clock starts at hand-off: where it is unknown, a person's click is a person's."""
    mail = Mail()
    mail.open(0.4, reader(OUTLOOK, OFFICE))
    mail.visit(mail.click(9, EDGE), 10, EDGE, inputs=3)
    return mail


@scenario("docs/verdicts.md: pairs that one message cannot tell", scans=True)
def real_browser_without_a_sign() -> Mail:
    """One link in a current browser, 40 s after sending, on a domain that scans; the page is shown and not touched."""
    mail, client = Mail(), scanner(ELSEWHERE, browsers.NEWEST, expected=Expected.UNSURE_ALLOWED)
    mail.visit(mail.click(40, client), 41, client, stay=15, inputs=0)
    return mail


@scenario("docs/verdicts.md: guards")
def relay_is_no_sign_against_a_click() -> Mail:
    """Apple's relay loads the pixel, and its reader follows a link through the relay."""
    mail, client = Mail(), SAFARI.but(address=RELAY)
    mail.open(600, program(browsers.APPLE_PROXY, RELAY))
    mail.visit(mail.click(1200, client), 1201, client, inputs=3)
    mail.visit(mail.click(9000, ANDROID), 9001, ANDROID, inputs=3)
    return mail
