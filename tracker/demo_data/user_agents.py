"""User agents of the demo's browsers and mail software. Used by demo_data.history and demo.live_walk."""

from dataclasses import dataclass

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
EDGE = f"{CHROME} Edg/140.0.0.0"
MAC_CHROME = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"

BROWSERS = (CHROME, EDGE, MAC_CHROME, FIREFOX, SAFARI, IPHONE, ANDROID)


@dataclass(frozen=True, slots=True)
class MailSoftware:
    """The mail software of a company. `machine_after` is the delay of its automatic requests, in seconds."""

    open_agent: str
    open_address: str
    machine_after: float | None = None
    machine_clicks: bool = False
    machine_agent: str = ""
    machine_address: str = ""


MAIL_SOFTWARE = {
    "gmail": MailSoftware(
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "66.249.84.107",
    ),
    "outlook": MailSoftware("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)", ""),
    "apple": MailSoftware("", "", machine_after=21.0, machine_agent="Mozilla/5.0", machine_address="17.58.101.20"),
    "scanner": MailSoftware(
        CHROME,
        "",
        machine_after=3.0,
        machine_clicks=True,
        machine_agent="Mozilla/5.0 (compatible; BarracudaLinkBot/2.1)",
        machine_address="209.222.82.14",
    ),
}
"""By the name in `DemoCompany.mail`. Apple Mail loads every image, so opens of its users are unknown."""
